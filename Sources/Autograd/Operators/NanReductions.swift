// Sums and means of what is not NaN, and counts of what is not zero.

internal import CKernels
internal import GraphModel

extension Tensor {
  /// The sum over some dimensions, all when none is named, with NaN as 0.
  ///
  /// Integers and bool are summed as int64.
  public func nansum(dim: [Int]? = nil, keepdim: Bool = false, dtype: DType? = nil) -> Tensor {
    guard self.dtype.isFloatingPoint else {
      return sum(dim: dim ?? [], keepdim: keepdim, dtype: dtype)
    }
    let dims = ReducedDims(self, dim ?? [], keepdim, "nansum")
    let sums = ReducedLayout(self, dims).sum(.AGK_SUM_OF_NUMBERS)
    let result = sums.converted(to: dtype ?? self.dtype)
    if isRecording(self) {
      let node = NansumBackward0(dims, isOverAll: dim == nil)
      node.addEdge(to: self)
      node.save(.input(self), 0)
      node.adopt(result)
    }
    return result
  }

  /// The sum over one dimension with NaN as 0.
  public func nansum(dim: Int, keepdim: Bool = false, dtype: DType? = nil) -> Tensor {
    nansum(dim: [dim], keepdim: keepdim, dtype: dtype)
  }

  /// The mean over some dimensions, all when none is named, of what is not NaN.
  ///
  /// Floating point only; NaN where there is nothing else.
  public func nanmean(dim: [Int]? = nil, keepdim: Bool = false) -> Tensor {
    guard dtype.isFloatingPoint else {
      refuse(
        "nanmean", "expected input to have floating point or complex dtype but got \(dtype.name)")
    }
    let dims = ReducedDims(self, dim ?? [], keepdim, "nanmean")
    let numbers = ReducedLayout(self, dims).sum(.AGK_COUNT_OF_NUMBERS).converted(to: .int64)
    return nansum(dim: dim, keepdim: keepdim) / numbers
  }

  /// The mean over one dimension of what is not NaN.
  public func nanmean(dim: Int, keepdim: Bool = false) -> Tensor {
    nanmean(dim: [dim], keepdim: keepdim)
  }

  /// How many elements over some dimensions, all when none is named, are not zero: int64.
  public func countNonzero(dim: [Int] = []) -> Tensor {
    endsHistory("count_nonzero")
    return ReducedLayout(self, ReducedDims(self, dim, false, "count_nonzero")).sum(
      .AGK_COUNT_OF_NONZERO
    )
    .converted(to: .int64)
  }

  /// How many elements along a dimension are not zero: int64.
  public func countNonzero(dim: Int) -> Tensor { countNonzero(dim: [dim]) }
}

final class NansumBackward0: ReductionNode {
  private let isOverAll: Bool

  init(_ dims: ReducedDims, isOverAll: Bool) {
    self.isOverAll = isOverAll
    super.init(dims)
  }

  override class var savedNames: [String] { ["self"] }
  override var attributes: [String: AttributeValue] {
    super.attributes.merging(isOverAll ? ["dim": AttributeValue.none] : [:]) { $1 }
  }

  override func backward(_ g: Tensor) -> Gradients {
    let x = savedValue(0)
    let gradient = g.to(x.dtype)
    return Gradients((isOverAll ? gradient.expand(dims.sizes) : dims.expand(gradient)) * x.eq(x))
  }
}
