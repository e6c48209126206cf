// Elements chosen and written by positions along a dimension, and the order of a dimension turned.

internal import CKernels
internal import GraphModel

extension Tensor {
  /// The elements at the positions `index` along a dimension.
  ///
  /// `index` is int64, has as many dimensions, and is no longer than this tensor in the others.
  public func gather(dim: Int, index: Tensor) -> Tensor {
    let d = wrap(dim, "gather")
    let result = Tensor(empty: index.sizes, dtype)
    let x = contiguousData()
    let positions = x.positions(along: d, index, "gather")
    agk_gather(
      dtype.itemSize, Int64(index.count), result.pointer, x.pointer, positions.int64Pointer)
    if isRecording(self) {
      let node = GatherBackward0(dim: dim)
      node.addEdge(to: self)
      node.save(.input(self), 0)
      node.save(.input(index), 1)
      node.adopt(result)
    }
    return result
  }

  /// A copy with the elements of `source` at the positions `index` along a dimension.
  public func scatter(dim: Int, index: Tensor, src source: Tensor) -> Tensor {
    scattered(dim, index, source, "scatter", ScatterBackward0(dim: dim)) {
      target, positions, data in
      agk_scatter(
        dtype.itemSize, Int64(positions.count), target.pointer, positions.int64Pointer,
        data.pointer)
    }
  }

  /// A copy with the elements of `source` added at the positions `index` along a dimension.
  public func scatterAdd(dim: Int, index: Tensor, src source: Tensor) -> Tensor {
    scattered(dim, index, source, "scatter_add", ScatterAddBackward0(dim: dim)) {
      target, positions, data in
      agk_scatter_add(
        dtype.kernel, Int64(positions.count), target.pointer, positions.int64Pointer,
        data.pointer)
    }
  }

  private func scattered(
    _ dim: Int, _ index: Tensor, _ source: Tensor, _ operation: String,
    _ node: @autoclosure () -> Node, write: (Tensor, Tensor, Tensor) -> Void
  ) -> Tensor {
    let d = wrap(dim, operation)
    guard source.dtype == dtype else {
      refuse(operation, "Expected self.dtype to be equal to src.dtype")
    }
    let result = Tensor(empty: sizes, dtype)
    Elementwise.copy(self, into: result)
    var part = source
    for k in index.sizes.indices where part.sizes[k] != index.sizes[k] {
      part = noGrad { part.narrow(dim: k, start: 0, length: index.sizes[k]) }
    }
    write(result, result.positions(along: d, index, operation), part.contiguousData())
    if isRecording(self) || isRecording(source) {
      let node = node()
      node.addEdge(to: self)
      node.addEdge(to: source)
      node.save(.input(index), 0)
      node.adopt(result)
    }
    return result
  }

  /// Where the elements lie that `index` names along `d`, in elements from the first of this
  /// contiguous tensor.
  private func positions(along d: Int, _ index: Tensor, _ operation: String) -> Tensor {
    guard index.dtype == .int64 || index.count == 0 else {
      refuse(operation, "Expected dtype int64 for index, not \(index.dtype.name)")
    }
    guard Swift.max(index.sizes.count, 1) == Swift.max(sizes.count, 1) else {
      refuse(
        operation,
        "Index tensor of shape \(index.sizes) must have the same number of dimensions as input "
          + "tensor of shape \(sizes)")
    }
    let data = index.contiguousData()
    let result = Tensor(empty: index.sizes, .int64)
    let from = data.int64Pointer
    let to = result.int64Pointer
    let size = sizes.count > 0 ? sizes[d] : 1
    let strides = sizes.contiguousStrides
    let step = sizes.count > 0 ? strides[d] : 1
    var place = Dims(repeating: 0, count: index.sizes.count)
    var start = 0
    for i in 0..<index.count {
      guard from[i] >= 0, from[i] < size else {
        refuse(
          operation, "index \(from[i]) is out of bounds for dimension \(d) with size \(size)")
      }
      to[i] = Int64(start) + from[i] * Int64(step)
      var k = index.sizes.count - 1
      while k >= 0 {
        place[k] += 1
        if k != d { start += strides[k] }
        if place[k] < index.sizes[k] { break }
        if k != d { start -= strides[k] * place[k] }
        place[k] = 0
        k -= 1
      }
    }
    return result
  }

  /// A copy with the order of some dimensions turned round.
  public func flip(_ dims: [Int]) -> Tensor {
    let wrapped = dims.map { wrap($0, "flip") }
    let result = Tensor(empty: sizes, dtype)
    if count > 0 {
      var strides = result.strides
      var start = 0
      for d in wrapped where sizes.count > 0 {
        start += strides[d] * (sizes[d] - 1)
        strides[d] = -strides[d]
      }
      let item = dtype.itemSize
      let loop = StridedLoop(sizes: sizes, strides: self.strides, strides)
      loop.forEachRun { length, offsets in
        agk_convert(
          dtype.kernel, dtype.kernel, Int64(length), result.pointer + (start + offsets[1]) * item,
          Int64(loop.step(1)), pointer + offsets[0] * item, Int64(loop.step(0)))
      }
    }
    if isRecording(self) {
      let node = FlipBackward0(dims)
      node.addEdge(to: self)
      node.adopt(result)
    }
    return result
  }

  /// The elements, with the number in `value`, which has no dimensions, where `mask` is true.
  public func maskedFill(_ mask: Tensor, _ value: Tensor) -> Tensor {
    guard value.sizes.count == 0 else {
      refuse(
        "maskedFill",
        "masked_fill only supports a 0-dimensional value tensor, but got tensor with "
          + "\(value.sizes.count) dimension(s).")
    }
    let result = Elementwise.where(mask, value, self, dtype)
    if isRecording(self) || isRecording(value) {
      let node = MaskedFillBackward1()
      node.addEdge(to: self)
      node.addEdge(to: value)
      node.save(.input(mask), 0)
      node.adopt(result)
    }
    return result
  }
}

final class GatherBackward0: DimensionNode {
  override class var savedNames: [String] { ["self", "index"] }
  override var attributes: [String: AttributeValue] {
    ["dim": .int(dim), "sparse_grad": .bool(false)]
  }
  override func backward(_ g: Tensor) -> Gradients {
    let zeros = Tensor.full(savedValue(0).sizes, .int(0), g.dtype)
    return Gradients(zeros.scatterAdd(dim: dim, index: savedValue(1), src: g))
  }
}

final class ScatterBackward0: DimensionNode {
  override class var savedNames: [String] { ["index"] }
  override func backward(_ g: Tensor) -> Gradients {
    let index = savedValue(0)
    let zeros = Tensor.full(index.sizes, .int(0), g.dtype)
    return Gradients(
      needs(0) ? g.scatter(dim: dim, index: index, src: zeros) : nil,
      needs(1) ? g.gather(dim: dim, index: index) : nil)
  }
}

final class ScatterAddBackward0: DimensionNode {
  override class var savedNames: [String] { ["index"] }
  override func backward(_ g: Tensor) -> Gradients {
    Gradients(needs(0) ? g : nil, needs(1) ? g.gather(dim: dim, index: savedValue(0)) : nil)
  }
}

final class FlipBackward0: Node {
  private let dims: [Int]

  init(_ dims: [Int]) {
    self.dims = dims
    super.init()
  }

  override var attributes: [String: AttributeValue] { ["dims": .ints(dims)] }
  override func backward(_ g: Tensor) -> Gradients { Gradients(g.flip(dims)) }
}

final class MaskedFillBackward1: Node {
  override class var savedNames: [String] { ["mask"] }
  override func backward(_ g: Tensor) -> Gradients {
    let mask = savedValue(0)
    let zero = Tensor.full(Dims(), .int(0), g.dtype)
    return Gradients(
      needs(0) ? g.maskedFill(mask, 0) : nil,
      needs(1) ? Tensor.where(mask, g, zero).sum() : nil)
  }
}
