// Elements written along a dimension by an index: scatter, scatter_add, scatter_reduce.

internal import CKernels
internal import GraphModel

/// How `scatterReduce` combines the values that meet in one place.
public enum ScatterReduction: String, Sendable {
  /// The sum.
  case sum
  /// The product.
  case prod
  /// The mean; of integers, rounded down.
  case mean
  /// The largest; NaN when one is.
  case amax
  /// The smallest; NaN when one is.
  case amin

  fileprivate var kernel: agk_scatter_op {
    switch self {
    case .sum, .mean: .AGK_SCATTER_ADD
    case .prod: .AGK_SCATTER_MUL
    case .amax: .AGK_SCATTER_MAX
    case .amin: .AGK_SCATTER_MIN
    }
  }

  /// What changes nothing when it is combined with another value of a dtype.
  fileprivate func identity(_ dtype: DType) -> Scalar {
    switch self {
    case .sum, .mean: .int(0)
    case .prod: .int(1)
    case .amax, .amin:
      switch dtype {
      case .bool: .bool(self == .amin)
      case .int32: .int(Int(self == .amax ? Int32.min : .max))
      case .int64: .int(self == .amax ? .min : .max)
      case .float32, .float64: .double(self == .amax ? -.infinity : .infinity)
      }
    }
  }
}

extension Tensor {
  /// A copy with the elements of `src` at the places along a dimension that an index names.
  ///
  /// result[index[i, j], j] = src[i, j] for `dim` 0. The index is int32 or int64, from 0, as large
  /// as `src` at most and in other dimensions as this tensor; `src` has this dtype. Of several
  /// elements for one place the last stays.
  public func scatter(dim: Int, index: Tensor, src: Tensor) -> Tensor {
    let result = freshContiguous()
    result.scatterElements(.AGK_SCATTER_SET, dim, index, src, "scatter")
    return result.recorded(from: self, src) { ScatterBackward0(dim, index) }
  }

  /// As `scatter`, in place.
  @discardableResult
  public func scatter_(dim: Int, index: Tensor, src: Tensor) -> Tensor {
    inPlace("scatter_", others: .tensor(src)) {
      ScatterBackward0(dim, index)
    } compute: {
      scatterElements(.AGK_SCATTER_SET, dim, index, src, "scatter_")
    }
  }

  /// A copy with a number at the places along a dimension that an index names.
  public func scatter(dim: Int, index: Tensor, value: some ScalarConvertible) -> Tensor {
    let result = freshContiguous()
    result.scatterNumber(dim, index, value.scalar, "scatter")
    return result.recorded(from: self) { ScatterBackward1(dim, index) }
  }

  /// A number at the places along a dimension that an index names, in place.
  @discardableResult
  public func scatter_(dim: Int, index: Tensor, value: some ScalarConvertible) -> Tensor {
    inPlace("scatter_") {
      ScatterBackward1(dim, index)
    } compute: {
      scatterNumber(dim, index, value.scalar, "scatter_")
    }
  }

  /// A copy with the elements of `src` added at the places along a dimension that an index names.
  ///
  /// Shapes and dtypes as for `scatter`. A gradient for `src` needs it to have the index's shape.
  public func scatterAdd(dim: Int, index: Tensor, src: Tensor) -> Tensor {
    let result = freshContiguous()
    result.scatterElements(.AGK_SCATTER_ADD, dim, index, src, "scatter_add")
    return result.recorded(from: self, src) { ScatterAddBackward0(dim, index) }
  }

  /// As `scatterAdd`, in place.
  @discardableResult
  public func scatterAdd_(dim: Int, index: Tensor, src: Tensor) -> Tensor {
    inPlace("scatter_add_", others: .tensor(src)) {
      ScatterAddBackward0(dim, index)
    } compute: {
      scatterElements(.AGK_SCATTER_ADD, dim, index, src, "scatter_add_")
    }
  }

  /// A copy in which the elements of `src` are combined at the places that an index names.
  ///
  /// Shapes and dtypes as for `scatter`. Without `includeSelf` the elements that were there do not
  /// count where one of `src` goes. A gradient for `src` needs it to have the index's shape.
  public func scatterReduce(
    dim: Int, index: Tensor, src: Tensor, reduce: ScatterReduction, includeSelf: Bool = true
  ) -> Tensor {
    let result = freshContiguous()
    result.scatterReduced(dim, index, src, reduce, includeSelf, "scatter_reduce")
    return result.recorded(from: self, src) {
      ScatterReduceBackward0(
        dim, index, self, src, result, reduce: reduce, includeSelf: includeSelf)
    }
  }

  /// As `scatterReduce`, in place.
  @discardableResult
  public func scatterReduce_(
    dim: Int, index: Tensor, src: Tensor, reduce: ScatterReduction, includeSelf: Bool = true
  ) -> Tensor {
    inPlace("scatter_reduce_", others: .tensor(src)) {
      ScatterReduceBackward0(
        dim, index, isGradEnabled ? clone() : self, src, nil, reduce: reduce,
        includeSelf: includeSelf)
    } compute: {
      scatterReduced(dim, index, src, reduce, includeSelf, "scatter_reduce_")
    } after: {
      $0.save(.result(self), ScatterReduceBackward0.resultSlot)
    }
  }

  private func scatterReduced(
    _ dim: Int, _ index: Tensor, _ src: Tensor, _ reduce: ScatterReduction, _ includeSelf: Bool,
    _ operation: String
  ) {
    if !includeSelf { scatterNumber(dim, index, reduce.identity(dtype), operation) }
    scatterElements(reduce.kernel, dim, index, src, operation)
    guard reduce == .mean, index.count > 0 else { return }
    let counts = Tensor.full(sizes, .int(includeSelf ? 1 : 0), dtype == .bool ? .int64 : dtype)
    noGrad {
      counts.scatterElements(
        .AGK_SCATTER_ADD, dim, index, .full(src.sizes, .int(1), counts.dtype), operation)
      if dtype.isFloatingPoint {
        Elementwise.copy(self / counts.maskedFill(counts.eq(0), 1), into: self)
      } else {
        divideRoundingDown(by: counts)
      }
    }
  }

  /// Divides integers by counts, of which 0 stands for 1, rounding down.
  private func divideRoundingDown(by counts: Tensor) {
    let values = converted(to: .int64).toArray(as: Int.self)
    let divisors = counts.converted(to: .int64).toArray(as: Int.self)
    let quotients = zip(values, divisors).map { value, divisor in
      let divisor = Swift.max(divisor, 1)
      return (value - ((value % divisor + divisor) % divisor)) / divisor
    }
    Elementwise.copy(Tensor(quotients).viewed(sizes), into: self)
  }

  private func scatterElements(
    _ op: agk_scatter_op, _ dim: Int, _ index: Tensor, _ src: Tensor, _ operation: String
  ) {
    let d = wrap(dim, operation)
    guard src.dtype == dtype else {
      refuse(
        operation,
        "Expected self.dtype to be equal to src.dtype, but got \(dtype.name) and \(src.dtype.name)")
    }
    let places = Along.checked(index, operation)
    checkIndex(index, d, operation)
    if index.count == 0 { return }
    guard Swift.max(src.sizes.count, 1) == Swift.max(sizes.count, 1) else {
      refuse(
        operation,
        "Index tensor must have the same number of dimensions as src tensor: shapes "
          + "\(index.sizes) and \(src.sizes)")
    }
    let source = src.storage === storage ? src.freshContiguous() : src
    let seen = source.withDimension()
    let lined = places.withDimension()
    for k in lined.sizes.indices where lined.sizes[k] > seen.sizes[k] {
      refuse(
        operation,
        "Expected index \(index.sizes) to be no larger than self \(sizes) apart from dimension "
          + "\(d) and to be no larger size than src \(src.sizes)")
    }
    Along.scatter(
      op, seen, seen.strides, into: self, d, lined, lined.strides, lined.sizes, operation)
  }

  private func scatterNumber(
    _ dim: Int, _ index: Tensor, _ value: Scalar, _ operation: String
  ) {
    let d = wrap(dim, operation)
    let places = Along.checked(index, operation).withDimension()
    checkIndex(index, d, operation)
    let number = Tensor.full(Dims(), value, dtype)
    Along.scatter(
      .AGK_SCATTER_SET, number, Dims(repeating: 0, count: places.sizes.count), into: self, d,
      places, places.strides, places.sizes, operation)
  }
}

// MARK: - Derivatives

/// The derivative of a write along a dimension.
class ScatterNode: Node {
  final let dim: Int

  init(_ dim: Int, _ index: Tensor) {
    self.dim = dim
    super.init()
    save(.input(index), 0)
  }

  override class var savedNames: [String] { ["index"] }
  override var attributes: [String: AttributeValue] { ["dim": .int(dim)] }
  final var index: Tensor { savedValue(0) }
}

final class ScatterBackward0: ScatterNode {
  override func backward(_ g: Tensor) -> Gradients {
    let first = needs(0) ? g.scatter(dim: dim, index: index, value: 0) : nil
    return Gradients(first, needs(1) ? g.gather(dim: dim, index: index) : nil)
  }
}

final class ScatterBackward1: ScatterNode {
  override func backward(_ g: Tensor) -> Gradients {
    Gradients(g.scatter(dim: dim, index: index, value: 0))
  }
}

final class ScatterAddBackward0: ScatterNode {
  override func backward(_ g: Tensor) -> Gradients {
    Gradients(needs(0) ? g : nil, needs(1) ? g.gather(dim: dim, index: index) : nil)
  }
}
