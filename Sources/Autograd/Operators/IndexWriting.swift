// Slices of a dimension written by a vector of indices: index_add, index_fill, index_copy.

internal import CKernels
internal import GraphModel

extension Tensor {
  /// A copy with `alpha` times the slices of `source` added to the slices that an index names.
  ///
  /// The index is an int32 or int64 vector, from 0; `source` has its length along `dim`, elsewhere
  /// this shape, and this dtype.
  public func indexAdd(
    dim: Int, index: Tensor, source: Tensor, alpha: some ScalarConvertible = 1
  ) -> Tensor {
    let result = freshContiguous()
    result.addSlices(dim, index, source, alpha.scalar, "index_add")
    return result.recorded(from: self, source) {
      IndexAddBackward0(dim, index, source, alpha: alpha.scalar)
    }
  }

  /// As `indexAdd`, in place.
  @discardableResult
  public func indexAdd_(
    dim: Int, index: Tensor, source: Tensor, alpha: some ScalarConvertible = 1
  ) -> Tensor {
    inPlace("index_add_", others: .tensor(source)) {
      IndexAddBackward0(dim, index, source, alpha: alpha.scalar)
    } compute: {
      addSlices(dim, index, source, alpha.scalar, "index_add_")
    }
  }

  /// A copy with the slices of `source` in place of the slices that an index names.
  ///
  /// Shapes and dtypes as for `indexAdd`. Of several slices for one place the last stays.
  public func indexCopy(dim: Int, index: Tensor, source: Tensor) -> Tensor {
    let result = freshContiguous()
    result.writeSlices(.AGK_SCATTER_SET, dim, index, source, "index_copy")
    return result.recorded(from: self, source) { IndexCopyBackward0(dim, index, source) }
  }

  /// As `indexCopy`, in place.
  @discardableResult
  public func indexCopy_(dim: Int, index: Tensor, source: Tensor) -> Tensor {
    inPlace("index_copy_", others: .tensor(source)) {
      IndexCopyBackward0(dim, index, source)
    } compute: {
      writeSlices(.AGK_SCATTER_SET, dim, index, source, "index_copy_")
    }
  }

  /// A copy with a number in the slices that an index names; a negative one counts from the end.
  public func indexFill(dim: Int, index: Tensor, value: some ScalarConvertible) -> Tensor {
    let result = freshCopy()
    result.fillSlices(dim, index, .full(Dims(), value.scalar, dtype), "index_fill")
    return result.recorded(from: self) { IndexFillBackward0(dim, index) }
  }

  /// A copy with the number that `value`, without dimensions, holds in the slices named.
  public func indexFill(dim: Int, index: Tensor, value: Tensor) -> Tensor {
    let number = fillValue(value, "index_fill")
    let result = freshCopy()
    result.fillSlices(dim, index, number, "index_fill")
    return result.recorded(from: self, value) { IndexFillBackward1(dim, index) }
  }

  /// A number in the slices that an index names, in place.
  @discardableResult
  public func indexFill_(dim: Int, index: Tensor, value: some ScalarConvertible) -> Tensor {
    inPlace("index_fill_") {
      IndexFillBackward0(dim, index)
    } compute: {
      fillSlices(dim, index, .full(Dims(), value.scalar, dtype), "index_fill_")
    }
  }

  /// The number that `value`, without dimensions, holds in the slices named, in place.
  @discardableResult
  public func indexFill_(dim: Int, index: Tensor, value: Tensor) -> Tensor {
    let number = fillValue(value, "index_fill_")
    return inPlace("index_fill_", others: .tensor(value)) {
      IndexFillBackward1(dim, index)
    } compute: {
      fillSlices(dim, index, number, "index_fill_")
    }
  }

  /// The value of a fill in this dtype; refuses one with dimensions.
  func fillValue(_ value: Tensor, _ operation: String) -> Tensor {
    guard value.sizes.count == 0 else {
      refuse(
        operation,
        "only supports a 0-dimensional value tensor, but got tensor with \(value.sizes.count) "
          + "dimension(s).")
    }
    return value.converted(to: dtype)
  }

  private func addSlices(
    _ dim: Int, _ index: Tensor, _ source: Tensor, _ alpha: Scalar, _ operation: String
  ) {
    guard sizes.count > 0 || source.sizes.count == 0 else {
      refuse(
        operation,
        "source tensor shape must match self tensor shape, excluding the specified dimension. Got "
          + "self.shape = \(sizes) source.shape = \(source.sizes)")
    }
    let scaled: Tensor = alpha.isExactly(1) ? source : noGrad { source.scaled(by: alpha) }
    writeSlices(.AGK_SCATTER_ADD, dim, index, scaled, operation)
  }

  private func writeSlices(
    _ op: agk_scatter_op, _ dim: Int, _ index: Tensor, _ source: Tensor, _ operation: String
  ) {
    let d = wrap(dim, operation)
    let places = checkVector(index, operation)
    guard source.dtype == dtype else {
      refuse(
        operation,
        "self (\(dtype.name)) and source (\(source.dtype.name)) must have the same scalar type")
    }
    let length = source.sizes.count == 0 ? 1 : d < source.sizes.count ? source.sizes[d] : 0
    guard index.count == length else {
      refuse(
        operation,
        "Number of indices (\(index.count)) should be equal to source.size(dim): (\(length)), for "
          + "dim: \(d)")
    }
    let values = source.storage === storage ? source.freshContiguous() : source
    var shape = sizes.count == 0 ? Dims([1]) : sizes
    shape[d] = index.count
    // One slice may come without the dimension, and a slice of one element without any.
    let isBare = source.sizes.count == 0 && shape.product <= 1
    guard isBare || values.withDimension().sizes == shape else {
      refuse(
        operation,
        "source must have the shape of self outside dim \(d), but the shapes are \(source.sizes) "
          + "and \(sizes)")
    }
    let strides =
      isBare ? Dims(repeating: 0, count: shape.count) : values.withDimension().strides
    Along.scatter(
      op, values, strides, into: self, d, places,
      Along.strides(places, along: d, rank: sizes.count), shape, operation)
  }

  private func fillSlices(_ dim: Int, _ index: Tensor, _ value: Tensor, _ operation: String) {
    let d = wrap(dim, operation)
    let size = sizes.count == 0 ? 1 : sizes[d]
    let places = Along.wrapped(checkVector(index, operation), size, operation) {
      "index \($0) is out of bounds for dimension \(d) with size \(size)"
    }
    var shape = sizes.count == 0 ? Dims([1]) : sizes
    shape[d] = index.count
    Along.scatter(
      .AGK_SCATTER_SET, value, Dims(repeating: 0, count: shape.count), into: self, d, places,
      Along.strides(places, along: d, rank: sizes.count), shape, operation)
  }
}

// MARK: - Derivatives

/// The derivative of writing the slices of a source.
class SliceWritingNode: ScatterNode {
  private let sourceSizes: Dims

  init(_ dim: Int, _ index: Tensor, _ source: Tensor) {
    sourceSizes = source.sizes
    super.init(dim, index)
    if source.requiresGrad { save(.input(source), 1) }
  }

  override final class var savedNames: [String] { ["index", "source"] }
  override var attributes: [String: AttributeValue] {
    ["dim": .int(dim), "source_dim": .int(sourceSizes.count)]
  }

  /// The gradient of the source: what arrives in the slices that it was written to.
  final func selected(_ g: Tensor) -> Tensor {
    guard sourceSizes.count > 0 else {
      return g.indexSelect(dim: dim, index: index.count == 1 ? index.squeeze() : index)
    }
    return g.indexSelect(dim: dim, index: index).expand(sourceSizes)
  }
}

final class IndexAddBackward0: SliceWritingNode {
  private let alpha: Scalar

  init(_ dim: Int, _ index: Tensor, _ source: Tensor, alpha: Scalar) {
    self.alpha = alpha
    super.init(dim, index, source)
  }

  override var attributes: [String: AttributeValue] {
    super.attributes.merging(["alpha": alpha.attribute]) { $1 }
  }

  override func backward(_ g: Tensor) -> Gradients {
    guard needs(1) else { return Gradients(g) }
    let second = alpha.isExactly(1) ? selected(g) : selected(g).scaled(by: alpha)
    return Gradients(needs(0) ? g : nil, second)
  }
}

final class IndexCopyBackward0: SliceWritingNode {
  override func backward(_ g: Tensor) -> Gradients {
    Gradients(
      needs(0) ? g.indexFill(dim: dim, index: index, value: 0) : nil,
      needs(1) ? selected(g) : nil)
  }
}

final class IndexFillBackward0: ScatterNode {
  override func backward(_ g: Tensor) -> Gradients {
    Gradients(g.indexFill(dim: dim, index: index, value: 0))
  }
}

final class IndexFillBackward1: ScatterNode {
  override func backward(_ g: Tensor) -> Gradients {
    let first = needs(0) ? g.indexFill(dim: dim, index: index, value: 0) : nil
    guard needs(1) else { return Gradients(first) }
    // Each slice counts once, however often it is named.
    let size = g.sizes.count == 0 ? 1 : g.size(dim)
    let places = Set(index.toArray(as: Int.self).map { $0 < 0 ? $0 + size : $0 }).sorted()
    return Gradients(first, g.indexSelect(dim: dim, index: Tensor(places)).sum())
  }
}
