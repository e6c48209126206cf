// Views of parts: select, slice, narrow, unbind.

internal import GraphModel

extension Tensor {
  /// One position along a dimension, which goes; a negative index counts from the end.
  public func select(dim: Int, index: Int) -> Tensor {
    guard sizes.count > 0 else {
      refuse("select", "select() cannot be applied to a 0-dim tensor.")
    }
    let d = wrap(dim, "select")
    let size = sizes[d]
    guard index >= -size, index < size else {
      refuse(
        "select",
        "index \(index) out of range for tensor of size \(sizes) at dimension \(d)")
    }
    var sizes = sizes
    var strides = strides
    let start = offset + (index < 0 ? index + size : index) * strides[d]
    sizes.remove(at: d)
    strides.remove(at: d)
    return makeView(sizes, strides, offset: start) {
      SelectBackward0(self.sizes, dim: dim, index: index)
    }
  }

  /// Every `step`-th position from `start` up to `end`, as Python slices: out of range is cut off.
  func slice(dim: Int, start: Int, end: Int, step: Int) -> Tensor {
    slice(SliceRange(dim: dim, start: start, end: end, step: step))
  }

  func slice(_ range: SliceRange) -> Tensor {
    guard sizes.count > 0 else {
      refuse("slice", "slice() cannot be applied to a 0-dim tensor.")
    }
    let d = wrap(range.dim, "slice")
    let step = range.step
    guard step > 0 else { refuse("slice", "slice step must be positive, not \(step)") }
    let size = sizes[d]
    let (start, end) = (range.start ?? 0, range.end ?? size)
    let first = Swift.min(Swift.max(start < 0 ? start + size : start, 0), size)
    let last = Swift.min(Swift.max(end < 0 ? end + size : end, first), size)
    var sizes = sizes
    var strides = strides
    let begin = offset + first * strides[d]
    sizes[d] = (last - first + step - 1) / step
    strides[d] *= step
    return makeView(sizes, strides, offset: begin) { SliceBackward0(self.sizes, range) }
  }

  /// The `length` positions from `start` along a dimension.
  public func narrow(dim: Int, start: Int, length: Int) -> Tensor {
    let d = wrap(dim, "narrow")
    let size = sizes.count > 0 ? sizes[d] : 0
    let first = start < 0 ? start + size : start
    guard first >= 0, first <= size else {
      refuse(
        "narrow",
        "start out of range (expected to be in range of [\(-size), \(size)], but got \(start)) for "
          + "shape \(sizes)")
    }
    guard sizes.count > 0, length >= 0, first + length <= size else {
      refuse(
        "narrow",
        "start (\(first)) + length (\(length)) exceeds dimension size (\(size)) of shape \(sizes)")
    }
    return slice(dim: dim, start: first, end: first + length, step: 1)
  }

  /// The positions along a dimension, each a tensor without it.
  public func unbind(dim: Int = 0) -> [Tensor] {
    guard sizes.count > 0 else {
      refuse("unbind", "Dimension specified as \(dim) but tensor has no dimensions")
    }
    let d = wrap(dim, "unbind")
    var sizes = sizes
    var strides = strides
    sizes.remove(at: d)
    strides.remove(at: d)
    let parts = (0..<self.sizes[d]).map { i in
      let part = Tensor(
        sharing: storage, sizes: sizes, strides: strides, offset: offset + i * self.strides[d],
        dtype: dtype)
      part.becomeView(of: self, creation: .multipleOutputs("UnbindBackward0"))
      return part
    }
    if isRecording(self), !parts.isEmpty {
      let node = UnbindBackward0(sizes, dim: dim, dtype: dtype)
      node.addEdge(to: self)
      node.adopt(parts)
    }
    return parts
  }
}

// MARK: - Derivatives

final class SelectBackward0: SizedViewNode {
  private let dim: Int
  private let index: Int

  init(_ sizes: Dims, dim: Int, index: Int) {
    self.dim = dim
    self.index = index
    super.init(sizes)
  }

  override var attributes: [String: AttributeValue] {
    super.attributes.merging(["dim": .int(dim), "index": .int(index)]) { $1 }
  }

  override func backward(_ g: Tensor) -> Gradients {
    Gradients(
      g.scattered(into: sizes, by: SelectBackwardBackward0(dim: dim, index: index)) {
        $0.select(dim: dim, index: index)
      })
  }
}

final class SelectBackwardBackward0: Node {
  private let dim: Int
  private let index: Int

  init(dim: Int, index: Int) {
    self.dim = dim
    self.index = index
    super.init()
  }

  override var attributes: [String: AttributeValue] { ["dim": .int(dim), "index": .int(index)] }
  override func backward(_ g: Tensor) -> Gradients {
    Gradients(g.select(dim: dim, index: index))
  }
}

/// A slice as it was asked for; nil is the dimension's own bound.
struct SliceRange {
  let dim: Int
  let start: Int?
  let end: Int?
  let step: Int

  var attributes: [String: AttributeValue] {
    [
      "dim": .int(dim), "start": start.map { .int($0) } ?? .none,
      "end": end.map { .int($0) } ?? .none, "step": .int(step),
    ]
  }
}

final class SliceBackward0: SizedViewNode {
  private let range: SliceRange

  init(_ sizes: Dims, _ range: SliceRange) {
    self.range = range
    super.init(sizes)
  }

  override var attributes: [String: AttributeValue] {
    super.attributes.merging(range.attributes) { $1 }
  }

  override func backward(_ g: Tensor) -> Gradients {
    Gradients(
      g.scattered(into: sizes, by: SliceBackwardBackward0(range)) { $0.slice(range) })
  }
}

final class SliceBackwardBackward0: Node {
  private let range: SliceRange

  init(_ range: SliceRange) {
    self.range = range
    super.init()
  }

  override var attributes: [String: AttributeValue] { range.attributes }
  override func backward(_ g: Tensor) -> Gradients { Gradients(g.slice(range)) }
}

extension Tensor {
  /// Zeros of the shape `sizes`, with this gradient in the part that `part` looks at.
  func scattered(
    into sizes: Dims, by node: @autoclosure () -> Node, part: (Tensor) -> Tensor
  ) -> Tensor {
    let result = Tensor.full(sizes, .int(0), dtype)
    noGrad { Elementwise.copy(self, into: part(result)) }
    if isRecording(self) {
      let node = node()
      node.addEdge(to: self)
      node.adopt(result)
    }
    return result
  }
}

final class UnbindBackward0: Node {
  private let sizes: Dims
  private let dim: Int
  private let dtype: DType

  init(_ sizes: Dims, dim: Int, dtype: DType) {
    self.sizes = sizes
    self.dim = dim
    self.dtype = dtype
    super.init()
  }

  override var attributes: [String: AttributeValue] { ["dim": .int(dim)] }

  override func backward(_ gradients: consuming Gradients) throws(AutogradError) -> Gradients {
    let parts = (0..<outputCount).map { gradients[$0] ?? Tensor.full(sizes, .int(0), dtype) }
    return Gradients(Tensor.stack(parts, dim: dim))
  }
}
