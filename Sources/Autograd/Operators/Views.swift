// Views: other shapes on the same memory.

internal import GraphModel

// MARK: - Whole shapes

extension Tensor {
  /// The same elements in another shape, on the same memory; one size may be -1.
  ///
  /// Traps when the number of elements differs, or when no strides give the shape: `reshape`
  /// copies then.
  public func view(_ shape: [Int]) -> Tensor {
    let target = inferred(shape, "view")
    guard let strides = viewStrides(target) else {
      refuse(
        "view",
        "view size is not compatible with input tensor's size and stride (shape \(sizes), strides "
          + "\(self.strides), asked for \(shape)): at least one dimension spans across two "
          + "contiguous subspaces. Use .reshape(...) instead.")
    }
    return makeView(target, strides, offset: offset) { ViewBackward0(sizes) }
  }

  /// The same elements in another shape, on the same memory; one size may be -1.
  public func view(_ shape: Int...) -> Tensor { view(shape) }

  /// The same elements in another shape: a view where strides allow it, else a copy.
  public func reshape(_ shape: [Int]) -> Tensor {
    let target = inferred(shape, "reshape")
    if let strides = viewStrides(target) {
      return makeView(target, strides, offset: offset) {
        isContiguous ? ViewBackward0(sizes) : ReshapeAliasBackward0(sizes)
      }
    }
    return clone(contiguous: true).unsafeView(target)
  }

  /// The same elements in another shape: a view where strides allow it, else a copy.
  public func reshape(_ shape: Int...) -> Tensor { reshape(shape) }

  /// The dimensions from `startDim` to `endDim` joined into one; a view where strides allow it.
  public func flatten(startDim: Int = 0, endDim: Int = -1) -> Tensor {
    let start = wrap(startDim, "flatten")
    let end = wrap(endDim, "flatten")
    guard start <= end else {
      refuse("flatten", "flatten() has invalid args: start_dim cannot come after end_dim")
    }
    if sizes.count == 0 { return reshape([1]) }
    if start == end { return self }
    return reshape(
      Array(shape[..<start]) + [shape[start...end].reduce(1, *)] + Array(shape[(end + 1)...]))
  }

  /// A view of fresh memory in another shape, which PyTorch does not count as a view.
  func unsafeView(_ target: Dims) -> Tensor {
    let result = Tensor(
      sharing: storage, sizes: target, strides: target.contiguousStrides, offset: offset,
      dtype: dtype)
    if isRecording(self) {
      let node = UnsafeViewBackward0(sizes)
      node.addEdge(to: self)
      node.adopt(result)
    }
    return result
  }

  /// The shape asked for, with -1 worked out; traps when it does not fit.
  private func inferred(_ shape: [Int], _ operation: String) -> Dims {
    var known = 1
    var unknown: Int?
    for (i, size) in shape.enumerated() {
      if size == -1 {
        guard unknown == nil else { refuse(operation, "only one dimension can be inferred") }
        unknown = i
      } else {
        guard size >= 0 else { refuse(operation, "invalid shape dimension \(size)") }
        let (product, overflow) = known.multipliedReportingOverflow(by: size)
        guard !overflow else { refuse(operation, "shape '\(shape)' is too large") }
        known = product
      }
    }
    var target = Dims(shape, for: operation)
    if let unknown, known > 0, count % known == 0 { target[unknown] = count / known }
    if let unknown, known == 0 {
      refuse(
        operation,
        "cannot reshape tensor of \(count) elements into shape \(shape) because the unspecified "
          + "dimension size at \(unknown) can be any value")
    }
    guard (unknown == nil ? known : known * target[unknown!]) == count, count >= 0,
      unknown == nil || target[unknown!] >= 0
    else { refuse(operation, "shape '\(shape)' is invalid for input of size \(count)") }
    return target
  }

  /// The strides of a view of the shape `target`; nil when there are none.
  ///
  /// Source: ATen/TensorUtils.cpp, computeStride.
  func viewStrides(_ target: Dims) -> Dims? {
    if isContiguous { return target.contiguousStrides }
    if count == 0 { return sizes == target ? strides : target.contiguousStrides }
    var result = target
    var d = target.count - 1
    var base = strides[sizes.count - 1]
    var chunk = 1
    var viewed = 1
    for old in sizes.indices.reversed() {
      chunk *= sizes[old]
      let ends = old == 0 || (sizes[old - 1] != 1 && strides[old - 1] != chunk * base)
      guard ends else { continue }
      while d >= 0, viewed < chunk || target[d] == 1 {
        result[d] = viewed * base
        viewed *= target[d]
        d -= 1
      }
      guard viewed == chunk else { return nil }
      if old > 0 {
        base = strides[old - 1]
        chunk = 1
        viewed = 1
      }
    }
    return d == -1 ? result : nil
  }

  /// The elements seen with the given sizes, strides and offset into the storage, in elements.
  ///
  /// Traps when that reaches beyond the storage.
  public func asStrided(_ shape: [Int], _ stride: [Int], storageOffset: Int? = nil) -> Tensor {
    guard shape.count == stride.count else {
      refuse("asStrided", "mismatch in length of strides \(stride) and shape \(shape)")
    }
    return asStrided(Dims(shape, for: "asStrided"), Dims(stride), offset: storageOffset)
  }

  /// As the public one; an offset that is nil is this tensor's own.
  func asStrided(_ sizes: Dims, _ strides: Dims, offset givenOffset: Int?) -> Tensor {
    let offset = givenOffset ?? self.offset
    var last = offset
    for d in sizes.indices {
      guard sizes[d] >= 0, strides[d] >= 0 else {
        refuse("asStrided", "sizes \(sizes) and strides \(strides) must not be negative")
      }
      let (extent, overflow) = Swift.max(sizes[d] - 1, 0)
        .multipliedReportingOverflow(by: strides[d])
      let (sum, beyond) = last.addingReportingOverflow(extent)
      last = overflow || beyond ? .max : sum
    }
    // What is beyond 64 bits is out of bounds as well.
    let required = last < .max / 8 ? (last + 1) * dtype.itemSize : .max
    guard offset >= 0, sizes.contains(0) || required <= storage.byteCount else {
      refuse(
        "asStrided",
        "setStorage: sizes \(sizes), strides \(strides), storage offset \(offset), and itemsize "
          + "\(dtype.itemSize) requiring a storage size of \(required) are out of bounds for "
          + "storage of size \(storage.byteCount)")
    }
    return makeView(sizes, strides, offset: offset) {
      AsStridedBackward0(
        base: (self.sizes, self.strides, self.offset), sizes: sizes, strides: strides,
        offset: offset, isOffsetGiven: givenOffset != nil)
    }
  }

  /// A view of the given strides on fresh memory: no node, no base.
  func viewed(_ sizes: Dims) -> Tensor {
    Tensor(
      sharing: storage, sizes: sizes, strides: sizes.contiguousStrides, offset: offset,
      dtype: dtype)
  }
}

// MARK: - Dimensions moved, added and removed

extension Tensor {
  /// The dimensions in another order.
  public func permute(_ dims: [Int]) -> Tensor {
    guard dims.count == sizes.count else {
      refuse(
        "permute",
        "permute(sparse_coo): number of dimensions in the tensor input does not match the length "
          + "of the desired ordering of dimensions i.e. input.dim() = \(sizes.count) is not equal "
          + "to len(dims) = \(dims.count)")
    }
    let order = dims.map { wrap($0, "permute") }
    guard Set(order).count == order.count else {
      refuse("permute", "permute(): duplicate dims are not allowed: \(dims)")
    }
    return makeView(
      Dims(order.map { sizes[$0] }), Dims(order.map { strides[$0] }), offset: offset
    ) { PermuteBackward0(dims) }
  }

  /// The dimensions in another order.
  public func permute(_ dims: Int...) -> Tensor { permute(dims) }

  /// Two dimensions exchanged.
  public func transpose(_ dim0: Int, _ dim1: Int) -> Tensor {
    let a = wrap(dim0, "transpose")
    let b = wrap(dim1, "transpose")
    return exchanged(a, b) { TransposeBackward0(dim0, dim1) }
  }

  /// The transposed matrix; fewer than two dimensions stay as they are.
  public func t() -> Tensor {
    guard sizes.count <= 2 else {
      refuse(
        "t",
        "t() expects a tensor with <= 2 dimensions, but self is \(sizes.count)D: shape \(sizes)")
    }
    return exchanged(0, sizes.count == 2 ? 1 : 0) { TBackward0() }
  }

  private func exchanged(_ a: Int, _ b: Int, node: () -> Node) -> Tensor {
    var sizes = sizes
    var strides = strides
    (sizes[a], sizes[b]) = (sizes[b], sizes[a])
    (strides[a], strides[b]) = (strides[b], strides[a])
    return makeView(sizes, strides, offset: offset, node: node)
  }

  /// A dimension of size 1 put in before `dim`.
  public func unsqueeze(_ dim: Int) -> Tensor {
    let d = Tensor.wrap(dim, rank: sizes.count + 1, "unsqueeze")
    Dims.check(rank: sizes.count + 1, for: "unsqueeze")
    var sizes = sizes
    var strides = strides
    strides.insert(d < sizes.count ? sizes[d] * strides[d] : 1, at: d)
    sizes.insert(1, at: d)
    return makeView(sizes, strides, offset: offset) { UnsqueezeBackward0(dim: dim) }
  }

  /// All dimensions of size 1 left out.
  public func squeeze() -> Tensor {
    let kept = sizes.indices.filter { sizes[$0] != 1 }
    return makeView(
      Dims(kept.map { sizes[$0] }), Dims(kept.map { strides[$0] }), offset: offset
    ) { SqueezeBackward0(sizes) }
  }

  /// The dimension `dim` left out when its size is 1.
  public func squeeze(_ dim: Int) -> Tensor {
    let d = wrap(dim, "squeeze")
    var sizes = sizes
    var strides = strides
    if sizes.count > 0, sizes[d] == 1 {
      sizes.remove(at: d)
      strides.remove(at: d)
    }
    return makeView(sizes, strides, offset: offset) { SqueezeBackward1(self.sizes, dim: dim) }
  }

  /// The elements seen repeatedly along dimensions of size 1, without a copy; -1 keeps a size.
  public func expand(_ shape: [Int]) -> Tensor {
    let missing = shape.count - sizes.count
    var target = Dims(shape, for: "expand")
    for d in target.indices where target[d] < 0 {
      guard target[d] == -1 else {
        refuse("expand", "invalid shape dimension \(target[d]) in \(shape)")
      }
      guard d >= missing else {
        refuse(
          "expand",
          "The expanded size of the tensor (-1) isn't allowed in a leading, non-existing dimension "
            + "\(d)")
      }
      target[d] = sizes[d - missing]
    }
    return expand(target)
  }

  /// The elements seen repeatedly along dimensions of size 1, without a copy; -1 keeps a size.
  public func expand(_ shape: Int...) -> Tensor { expand(shape) }

  func expand(_ target: Dims, _ operation: String = "expand") -> Tensor {
    let missing = target.count - sizes.count
    guard missing >= 0 else {
      refuse(
        operation,
        "shape \(sizes), size=\(target): the number of sizes provided (\(target.count)) must be "
          + "greater or equal to the number of dimensions in the tensor (\(sizes.count))")
    }
    var strides = Dims(repeating: 0, count: target.count)
    for d in target.indices.reversed() {
      guard d >= missing else {
        // A new dimension of size 1 gets the stride that it would have in dense memory.
        if sizes.count > 0, target[d] == 1 { strides[d] = target[d + 1] * strides[d + 1] }
        continue
      }
      let size = sizes[d - missing]
      guard size == target[d] || size == 1 else {
        refuse(
          operation,
          "The expanded size of the tensor (\(target[d])) must match the existing size (\(size)) "
            + "at non-singleton dimension \(d).  Target sizes: \(target).  Tensor sizes: \(sizes)")
      }
      strides[d] = size == target[d] ? self.strides[d - missing] : 0
    }
    return makeView(target, strides, offset: offset) { ExpandBackward0(sizes) }
  }
}

// MARK: - Parts

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
    guard sizes.count > 0, first >= 0, length >= 0, first + length <= size else {
      refuse(
        "narrow",
        "start (\(start)) + length (\(length)) exceeds dimension size (\(size)) of shape \(sizes)")
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

/// The derivative of a view that PyTorch shows with the sizes it started from.
class SizedViewNode: Node {
  final let sizes: Dims

  init(_ sizes: Dims) {
    self.sizes = sizes
    super.init()
  }

  override var attributes: [String: AttributeValue] { ["self_sym_sizes": .ints(sizes.array)] }
}

final class ViewBackward0: SizedViewNode {
  override func backward(_ g: Tensor) -> Gradients { Gradients(g.reshape(sizes.array)) }
}

/// As PyTorch names a view by `reshape` of memory that is not dense.
final class ReshapeAliasBackward0: SizedViewNode {
  override func backward(_ g: Tensor) -> Gradients { Gradients(g.reshape(sizes.array)) }
}

final class UnsafeViewBackward0: SizedViewNode {
  override func backward(_ g: Tensor) -> Gradients { Gradients(g.reshape(sizes.array)) }
}

final class ExpandBackward0: SizedViewNode {
  override func backward(_ g: Tensor) -> Gradients { Gradients(g.sumTo(sizes)) }
}

final class SqueezeBackward0: SizedViewNode {
  override func backward(_ g: Tensor) -> Gradients {
    var result = g
    for d in sizes.indices where sizes[d] == 1 { result = result.unsqueeze(d) }
    return Gradients(result)
  }
}

final class SqueezeBackward1: SizedViewNode {
  private let dim: Int

  init(_ sizes: Dims, dim: Int) {
    self.dim = dim
    super.init(sizes)
  }

  override var attributes: [String: AttributeValue] {
    super.attributes.merging(["dim": .int(dim)]) { $1 }
  }

  override func backward(_ g: Tensor) -> Gradients {
    let d = Tensor.wrap(dim, rank: sizes.count, "squeeze")
    return Gradients(sizes.count > 0 && sizes[d] == 1 ? g.unsqueeze(d) : g)
  }
}

final class UnsqueezeBackward0: Node {
  private let dim: Int

  init(dim: Int) {
    self.dim = dim
    super.init()
  }

  override var attributes: [String: AttributeValue] { ["dim": .int(dim)] }
  override func backward(_ g: Tensor) -> Gradients { Gradients(g.squeeze(dim)) }
}

final class TBackward0: Node {
  override func backward(_ g: Tensor) -> Gradients { Gradients(g.t()) }
}

final class TransposeBackward0: Node {
  private let dim0: Int
  private let dim1: Int

  init(_ dim0: Int, _ dim1: Int) {
    self.dim0 = dim0
    self.dim1 = dim1
    super.init()
  }

  override var attributes: [String: AttributeValue] { ["dim0": .int(dim0), "dim1": .int(dim1)] }
  override func backward(_ g: Tensor) -> Gradients { Gradients(g.transpose(dim0, dim1)) }
}

final class PermuteBackward0: Node {
  private let dims: [Int]

  init(_ dims: [Int]) {
    self.dims = dims
    super.init()
  }

  override var attributes: [String: AttributeValue] { ["dims": .ints(dims)] }

  override func backward(_ g: Tensor) -> Gradients {
    var inverse = dims
    for (i, dim) in dims.enumerated() { inverse[dim < 0 ? dim + dims.count : dim] = i }
    return Gradients(g.permute(inverse))
  }
}

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
