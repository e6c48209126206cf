// Tensors taken apart along a dimension: split, chunk, tensor_split and their kin.

internal import GraphModel

extension Tensor {
  /// Views of `size` positions each along a dimension; the last may be shorter.
  public func split(_ size: Int, dim: Int = 0) -> [Tensor] {
    let (d, length) = splitDimension(dim, "split")
    guard size >= 0 else {
      refuse("split", "split expects split_size be non-negative, but got split_size=\(size)")
    }
    guard size > 0 || length == 0 else {
      refuse(
        "split",
        "split_size can only be 0 if dimension size is 0, but got dimension size of \(length)")
    }
    let count = size == 0 ? 1 : Swift.max((length + size - 1) / size, 1)
    let parts = (0..<count).map { Swift.min(size, length - $0 * size) }
    return parted(parts, d, "SplitBackward0") { SplitBackward0(sizes, dtype, dim, parts, size) }
  }

  /// Views of the given numbers of positions along a dimension, which they must add up to.
  public func split(_ splitSizes: [Int], dim: Int = 0) -> [Tensor] {
    let (d, length) = splitDimension(dim, "split_with_sizes")
    guard splitSizes.allSatisfy({ $0 >= 0 }), splitSizes.reduce(0, +) == length else {
      refuse(
        "split_with_sizes",
        "split_with_sizes expects split_sizes to sum exactly to \(length) (input tensor's size at "
          + "dimension \(dim)), but got split_sizes=\(splitSizes)")
    }
    return parted(splitSizes, d, "SplitWithSizesBackward0") {
      SplitWithSizesBackward0(sizes, dtype, dim, splitSizes)
    }
  }

  /// At most `chunks` views of one size along a dimension; the last may be shorter.
  public func chunk(_ chunks: Int, dim: Int = 0) -> [Tensor] {
    let (_, length) = splitDimension(dim, "chunk")
    guard chunks > 0 else {
      refuse("chunk", "chunk expects `chunks` to be greater than 0, got: \(chunks)")
    }
    if length == 0 { return split(Array(repeating: 0, count: chunks), dim: dim) }
    return split((length + chunks - 1) / chunks, dim: dim)
  }

  /// As `chunk`, but what comes out are no views: the parts and this tensor may not be changed in
  /// place afterwards.
  package func unsafeChunk(_ chunks: Int, dim: Int) -> [Tensor] {
    let (d, length) = splitDimension(dim, "unsafe_chunk")
    let size = Swift.max((length + chunks - 1) / chunks, 1)
    let parts = Swift.stride(from: 0, to: length, by: size).map { Swift.min(size, length - $0) }
    var start = offset
    let result = parts.map { length in
      var part = sizes
      part[d] = length
      defer { start += length * strides[d] }
      return Tensor(sharing: storage, sizes: part, strides: strides, offset: start, dtype: dtype)
    }
    if isRecording(self), !parts.isEmpty {
      let node = UnsafeSplitBackward0(sizes, dtype, dim, parts, size)
      node.addEdge(to: self)
      node.adopt(result)
    }
    return result
  }

  private func splitDimension(_ dim: Int, _ operation: String) -> (dim: Int, length: Int) {
    guard sizes.count > 0 else {
      refuse(operation, "expects at least a 1-dimensional tensor")
    }
    let d = wrap(dim, operation)
    return (d, sizes[d])
  }

  private func parted(_ lengths: [Int], _ d: Int, _ name: String, node: () -> Node) -> [Tensor] {
    var start = offset
    let parts = lengths.map { length in
      var part = sizes
      part[d] = length
      let view = Tensor(
        sharing: storage, sizes: part, strides: strides, offset: start, dtype: dtype)
      view.becomeView(of: self, creation: .multipleOutputs(name))
      start += length * strides[d]
      return view
    }
    if isRecording(self), !parts.isEmpty {
      let node = node()
      node.addEdge(to: self)
      node.adopt(parts)
    }
    return parts
  }

  // MARK: By sections or positions

  /// `sections` views along a dimension; the first ones are longer by one where it does not
  /// divide evenly.
  public func tensorSplit(_ sections: Int, dim: Int = 0) -> [Tensor] {
    let (d, length) = splitDimension(dim, "tensor_split")
    guard sections > 0 else {
      refuse("tensor_split", "number of sections must be larger than 0, got \(sections)")
    }
    let (size, longer) = length.quotientAndRemainder(dividingBy: sections)
    var start = 0
    return (0..<sections).map { i in
      let end = start + size + (i < longer ? 1 : 0)
      defer { start = end }
      return slice(dim: d, start: start, end: end, step: 1)
    }
  }

  /// Views along a dimension, cut at positions as Python's slices are.
  public func tensorSplit(_ indices: [Int], dim: Int = 0) -> [Tensor] {
    let (d, length) = splitDimension(dim, "tensor_split")
    return zip([0] + indices, indices + [length]).map {
      slice(dim: d, start: $0, end: $1, step: 1)
    }
  }

  /// Equal views side by side: along the second dimension, of a vector along the only one.
  public func hsplit(_ sections: Int) -> [Tensor] {
    evenly(sections, sizes.count == 1 ? 0 : 1, atLeast: 1, "hsplit")
  }

  /// Views side by side, cut at positions: along the second dimension, of a vector the only one.
  public func hsplit(_ indices: [Int]) -> [Tensor] {
    checkRank(1, "hsplit")
    return tensorSplit(indices, dim: sizes.count == 1 ? 0 : 1)
  }

  /// Equal views one below another: along the first of at least two dimensions.
  public func vsplit(_ sections: Int) -> [Tensor] { evenly(sections, 0, atLeast: 2, "vsplit") }

  /// Views one below another, cut at positions of the first of at least two dimensions.
  public func vsplit(_ indices: [Int]) -> [Tensor] {
    checkRank(2, "vsplit")
    return tensorSplit(indices, dim: 0)
  }

  /// Equal views one behind another: along the third of at least three dimensions.
  public func dsplit(_ sections: Int) -> [Tensor] { evenly(sections, 2, atLeast: 3, "dsplit") }

  /// Views one behind another, cut at positions of the third of at least three dimensions.
  public func dsplit(_ indices: [Int]) -> [Tensor] {
    checkRank(3, "dsplit")
    return tensorSplit(indices, dim: 2)
  }

  private func checkRank(_ rank: Int, _ operation: String) {
    guard sizes.count >= rank else {
      refuse(
        operation,
        "requires a tensor with at least \(rank) dimension, but got a tensor with \(sizes.count) "
          + "dimensions!")
    }
  }

  private func evenly(_ sections: Int, _ dim: Int, atLeast rank: Int, _ operation: String)
    -> [Tensor]
  {
    checkRank(rank, operation)
    guard sections > 0, sizes[dim] % sections == 0 else {
      refuse(
        operation,
        "attempted to split along dimension \(dim), but the size of the dimension \(sizes[dim]) is "
          + "not divisible by the split_size \(sections)!")
    }
    return tensorSplit(sections, dim: dim)
  }
}

// MARK: - Derivatives

/// The derivative of a split: the gradients of the parts put together.
class SplitNode: SizedViewNode {
  private let dtype: DType
  fileprivate let dim: Int
  fileprivate let parts: [Int]

  init(_ sizes: Dims, _ dtype: DType, _ dim: Int, _ parts: [Int]) {
    self.dtype = dtype
    self.dim = dim
    self.parts = parts
    super.init(sizes)
  }

  override final func backward(
    _ gradients: consuming Gradients
  ) throws(AutogradError) -> Gradients {
    let d = Tensor.wrap(dim, rank: sizes.count, name)
    var result: [Tensor] = []
    for (i, length) in parts.enumerated() {
      var part = sizes
      part[d] = length
      result.append(gradients[i] ?? .full(part, .int(0), dtype))
    }
    return Gradients(Tensor.cat(result, dim: d))
  }
}

final class SplitBackward0: EvenSplitNode {}
final class UnsafeSplitBackward0: EvenSplitNode {}

class EvenSplitNode: SplitNode {
  private let size: Int

  init(_ sizes: Dims, _ dtype: DType, _ dim: Int, _ parts: [Int], _ size: Int) {
    self.size = size
    super.init(sizes, dtype, dim, parts)
  }

  override final var attributes: [String: AttributeValue] {
    super.attributes.merging(["dim": .int(dim), "split_size": .int(size)]) { $1 }
  }
}

final class SplitWithSizesBackward0: SplitNode {
  override var attributes: [String: AttributeValue] {
    super.attributes.merging(["dim": .int(dim), "split_sizes": .ints(parts)]) { $1 }
  }
}
