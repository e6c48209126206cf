// How the kernels that work along a dimension see a tensor.

internal import CKernels
internal import GraphModel

/// A contiguous tensor as [outer, length, inner], `length` being the dimensions worked along.
struct ReducedLayout {
  let data: Tensor
  let outer: Int
  let length: Int
  let inner: Int
  private let resultSizes: Dims

  /// For a reduction over `dims`; elements are copied where these are no neighbours in memory.
  init(_ x: Tensor, _ dims: ReducedDims) {
    resultSizes = dims.resultSizes
    length = dims.reducedCount
    if dims.rank == x.sizes.count, x.isDense {
      (data, outer, inner) = (x, 1, 1)
      return
    }
    guard dims.areNeighbours else {
      data = Reduction.reducedLast(x, dims)
      (outer, inner) = (resultSizes.product, 1)
      return
    }
    data = x.contiguousData()
    var inner = 1
    for d in x.sizes.indices where d >= dims.first + dims.rank { inner *= x.sizes[d] }
    self.inner = inner
    var outer = 1
    for d in 0..<Swift.min(dims.first, x.sizes.count) { outer *= x.sizes[d] }
    self.outer = outer
  }

  /// For work along one dimension, after which the shape is as before.
  init(_ x: Tensor, along d: Int) {
    resultSizes = x.sizes
    data = x.contiguousData()
    length = x.sizes.count > 0 ? x.sizes[d] : 1
    var outer = 1
    var inner = 1
    for k in x.sizes.indices {
      if k < d { outer *= x.sizes[k] } else if k > d { inner *= x.sizes[k] }
    }
    self.outer = outer
    self.inner = inner
  }

  /// The sums of a function of the elements, in double precision.
  func sum(_ op: agk_sum_of_op, shift: Tensor? = nil) -> Tensor {
    let result = Tensor(empty: resultSizes, .float64)
    agk_sum_of(
      op, data.dtype.kernel, Int64(outer), Int64(length), Int64(inner), result.doublePointer,
      shift?.doublePointer, data.pointer)
    return result
  }
}

extension Tensor {
  /// The elements as 64-bit integers.
  var int64Pointer: UnsafeMutablePointer<Int64> { pointer.assumingMemoryBound(to: Int64.self) }

  /// The elements as double-precision numbers.
  var doublePointer: UnsafeMutablePointer<Double> { pointer.assumingMemoryBound(to: Double.self) }
}

/// The derivative of an operator that works along a dimension.
class DimensionNode: Node {
  final let dim: Int

  init(dim: Int) {
    self.dim = dim
    super.init()
  }

  override var attributes: [String: AttributeValue] { ["dim": .int(dim)] }
}
