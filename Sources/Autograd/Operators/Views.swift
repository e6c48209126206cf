// Views: the same memory in another shape: view, reshape, flatten, as_strided.

internal import GraphModel

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
