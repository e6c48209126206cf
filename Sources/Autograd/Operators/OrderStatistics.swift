// Medians, quantiles and modes.

internal import CKernels
internal import GraphModel

/// How a quantile between two elements is computed.
public enum QuantileInterpolation: String, Sendable {
  /// In proportion to the distances.
  case linear
  /// The lower of the two.
  case lower
  /// The higher of the two.
  case higher
  /// Their mean.
  case midpoint
  /// The nearer one; the even place when both are as near.
  case nearest
}

extension Tensor {
  /// The median of all elements, the lower one of two, without dimensions.
  ///
  /// NaN where there is one, and for no elements. Not bool.
  public func median() -> Tensor { middle("median", ignoresNaN: false) { MedianBackward0() } }

  /// The median of all elements that are not NaN, the lower one of two, without dimensions.
  ///
  /// NaN where there is no other. Not bool.
  public func nanmedian() -> Tensor {
    middle("nanmedian", ignoresNaN: true) { NanmedianBackward0() }
  }

  /// The medians along a dimension, the lower ones of two, and where they are; NaN wins.
  public func median(dim: Int, keepdim: Bool = false) -> ValuesAndIndices {
    let (values, indices) = middles("median", dim, keepdim, ignoresNaN: false)
    return select(values, indices, dim, keepdim) { MedianBackward1($0) }
  }

  /// The medians along a dimension of what is not NaN, and where they are.
  public func nanmedian(dim: Int, keepdim: Bool = false) -> ValuesAndIndices {
    let (values, indices) = middles("nanmedian", dim, keepdim, ignoresNaN: true)
    return select(values, indices, dim, keepdim) { NanmedianBackward1($0) }
  }

  /// The most frequent elements along a dimension, the smallest of those, and their last places.
  public func mode(dim: Int = -1, keepdim: Bool = false) -> ValuesAndIndices {
    let d = wrap(dim, "mode")
    checkDimension(d, "mode")
    let (values, indices) = chosen(d, keepdim) { run in
      run.dtype.isFloatingPoint
        ? Tensor.endOfLongestStretch(run.converted(to: .float64).toArray(as: Double.self))
        : Tensor.endOfLongestStretch(run.toArray(as: Int.self))
    }
    return select(values, indices, dim, keepdim) { ModeBackward0($0) }
  }

  private static func endOfLongestStretch<T: Equatable>(_ elements: [T]) -> Int {
    var best = (length: 0, end: 0)
    var start = 0
    for i in elements.indices where i == elements.count - 1 || elements[i + 1] != elements[i] {
      if i + 1 - start > best.length { best = (i + 1 - start, i) }
      start = i + 1
    }
    return best.end
  }

  private func middle(_ operation: String, ignoresNaN: Bool, node: () -> Node) -> Tensor {
    let flat: Tensor = noGrad { detach().reshape([-1]) }
    let result =
      count == 0
      ? Tensor.full(Dims(), .double(.nan), dtype)
      : flat.middles(operation, 0, false, ignoresNaN: ignoresNaN).values
    return sharedEvenly(result, node: node)
  }

  private func middles(
    _ operation: String, _ dim: Int, _ keepdim: Bool, ignoresNaN: Bool
  ) -> (values: Tensor, indices: Tensor) {
    if dtype == .bool { refuse(operation, "not implemented for bool") }
    let d = wrap(dim, operation)
    checkDimension(d, operation)
    let length = sizes.count > 0 ? sizes[d] : 1
    return ranked(d, keepdim) { run in
      // NaN is sorted to the end.
      var numbers = length
      if dtype.isFloatingPoint {
        var count = 0.0
        agk_sum_of(
          .AGK_COUNT_OF_NUMBERS, dtype.kernel, 1, Int64(length), 1, &count, nil, run)
        numbers = Int(count)
      }
      if numbers < length, !ignoresNaN { return numbers }
      return Swift.max(numbers - 1, 0) / 2
    }
  }
}

// MARK: - Quantiles

extension Tensor {
  /// The `q`-quantile over a dimension, or over all elements: the value below which that share is.
  ///
  /// Floating point only; `q` from 0 to 1. NaN where there is one.
  public func quantile(
    _ q: Double, dim: Int? = nil, keepdim: Bool = false,
    interpolation: QuantileInterpolation = .linear
  ) -> Tensor {
    quantiles("quantile", .full(Dims(), .double(q), dtype), dim, keepdim, interpolation, false)
  }

  /// As `quantile` for several shares `q`, a tensor of one dimension, which comes first.
  public func quantile(
    _ q: Tensor, dim: Int? = nil, keepdim: Bool = false,
    interpolation: QuantileInterpolation = .linear
  ) -> Tensor {
    quantiles("quantile", q, dim, keepdim, interpolation, false)
  }

  /// As `quantile`, of the elements that are not NaN.
  public func nanquantile(
    _ q: Double, dim: Int? = nil, keepdim: Bool = false,
    interpolation: QuantileInterpolation = .linear
  ) -> Tensor {
    quantiles("nanquantile", .full(Dims(), .double(q), dtype), dim, keepdim, interpolation, true)
  }

  /// As `quantile` for several shares, of the elements that are not NaN.
  public func nanquantile(
    _ q: Tensor, dim: Int? = nil, keepdim: Bool = false,
    interpolation: QuantileInterpolation = .linear
  ) -> Tensor {
    quantiles("nanquantile", q, dim, keepdim, interpolation, true)
  }

  private func quantiles(
    _ operation: String, _ q: Tensor, _ dim: Int?, _ keepdim: Bool,
    _ interpolation: QuantileInterpolation, _ ignoresNaN: Bool
  ) -> Tensor {
    checkQuantile(operation, q)
    let d = wrap(dim ?? 0, operation)
    let sorted: Tensor
    if dim == nil || sizes.count == 0 {
      sorted = reshape([-1]).sort().values
    } else if d == sizes.count - 1 {
      sorted = sort().values
    } else {
      sorted = unsqueeze(-1).transpose(d, -1).sort().values
    }
    var kept = shape
    if let dim, sizes.count > 0 {
      if keepdim { kept[wrap(dim, operation)] = 1 } else { kept.remove(at: d) }
    } else {
      kept = keepdim ? kept.map { _ in 1 } : []
    }
    let runs = sorted.view(kept + [sorted.size(-1)])
    let ranks: Tensor = noGrad { runs.quantileRanks(q.detach(), ignoresNaN) }
    let result = runs.between(ranks, interpolation)
    // The shares come last here and first in the result.
    return (q.sizes.count > 0 ? result.resultWithLastFirst() : result).resultSqueezed(-1)
  }

  private func checkQuantile(_ operation: String, _ q: Tensor) {
    guard count > 0 else {
      refuse(operation, "input tensor must be non-empty, but the shape is \(sizes)")
    }
    guard q.sizes.count <= 1 else {
      refuse(operation, "q must be a scalar or 1D tensor, but the shape is \(q.sizes)")
    }
    guard dtype.isFloatingPoint else {
      refuse(operation, "input tensor must be either float or double dtype, not \(dtype.name)")
    }
    guard q.dtype == dtype else {
      refuse(operation, "q tensor must be same dtype as the input tensor")
    }
    for share in q.toArray(as: Double.self) where !(share >= 0 && share <= 1) {
      refuse(operation, "q must be in the range [0, 1] but got \(share)")
    }
  }

  /// The places, with fractions, of the quantiles in each of these sorted runs.
  private func quantileRanks(_ q: Tensor, _ ignoresNaN: Bool) -> Tensor {
    let shares = q.reshape([-1])
    let last = size(-1) - 1
    let target = shape.dropLast() + [shares.count]
    guard ignoresNaN else {
      let isSpoilt = narrow(dim: -1, start: last, length: 1)
      let ranks = (shares * last).expand(Array(target))
      return ranks.maskedFill(isSpoilt.ne(isSpoilt), last)
    }
    let numbers = eq(self).sum(dim: -1, keepdim: true)
    let ranks = shares * (numbers - 1).to(dtype)
    return ranks.maskedFill(ranks.lt(0), 0)
  }

  private func between(_ ranks: Tensor, _ interpolation: QuantileInterpolation) -> Tensor {
    func values(_ places: Tensor) -> Tensor { gather(dim: -1, index: places.to(.int64)) }
    switch interpolation {
    case .lower: return values(ranks.floor())
    case .higher: return values(ranks.ceil())
    case .nearest: return values(ranks.round())
    case .linear, .midpoint:
      let lower = ranks.floor()
      let weight =
        interpolation == .linear ? ranks - lower : Tensor.full(ranks.sizes, .double(0.5), dtype)
      return values(lower).lerp(values(ranks.ceil()), weight)
    }
  }
}

final class MedianBackward0: EvenShareNode {}
final class NanmedianBackward0: EvenShareNode {}
final class MedianBackward1: SelectionNode {}
final class NanmedianBackward1: SelectionNode {}
final class ModeBackward0: SelectionNode {}
