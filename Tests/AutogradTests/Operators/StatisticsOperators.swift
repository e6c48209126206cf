// The rows of reductions and what works along a dimension in the table of operators.
@testable import Autograd

extension DifferentiableOperator {
  /// A function of a tensor of three dimensions, in every layout.
  private static func cube(
    _ name: String, _ domain: SampleInput.Domain = .signed,
    _ apply: @escaping @Sendable (Tensor) -> Tensor
  ) -> DifferentiableOperator {
    let samples: [[SampleInput]] = [
      [SampleInput([2, 3, 2])], [SampleInput([2, 3, 2], .transposed)],
      [SampleInput([2, 2, 2], .sliced)], [SampleInput([2, 3, 2], .expanded)],
    ]
    return DifferentiableOperator(name, samples.map { $0.within(domain) }) { apply($0[0]) }
  }

  /// The function at a point where some elements are 0.
  private static func withZeros(
    _ name: String, _ zeros: [Int], _ apply: @escaping @Sendable (Tensor) -> Tensor
  ) -> DifferentiableOperator {
    DifferentiableOperator(name, [[SampleInput([2, 3])]]) { inputs in
      let factors = Tensor((0..<6).map { zeros.contains($0) ? 0.0 : 1.0 }, dtype: .float64)
      return apply(inputs[0] * factors.view(2, 3))
    }
  }

  static let statistics: [DifferentiableOperator] =
    multiplied + moments + norms + running + extremes + ordered + quantiles + distances

  private static let multiplied: [DifferentiableOperator] = [
    .unary("prod") { $0.prod() },
    .cube("prod over one dimension") { $0.prod(dim: 1) },
    .cube("prod over the last, kept") { $0.prod(dim: -1, keepdim: true) },
    .withZeros("prod with a zero", [2]) { $0.prod() },
    .withZeros("prod over one dimension with zeros", [2, 3, 4]) { $0.prod(dim: 1) },
  ]

  private static let moments: [DifferentiableOperator] = [
    .cube("var") { $0.var() },
    .cube("var over one dimension") { $0.var(dim: 1, correction: 0) },
    .cube("var over two, kept") { $0.var(dim: [0, -1], keepdim: true) },
    .cube("std") { $0.std() },
    .cube("std over the last") { $0.std(dim: -1) },
    .cube("std over two, kept") { $0.std(dim: [0, 1], correction: 0.5, keepdim: true) },
    .cube("varMean") {
      let moments = $0.varMean(dim: [1])
      return moments.variance * moments.mean
    },
    .cube("stdMean") {
      let moments = $0.stdMean(dim: [0, 2], keepdim: true)
      return moments.std * moments.mean
    },
    .cube("stdMean, the mean alone") { $0.stdMean().mean },
  ]

  private static let norms: [DifferentiableOperator] =
    ([0, 0.5, 1, 1.5, 2, 3, -1.5, .infinity, -.infinity] as [Double]).flatMap { p in
      [
        .cube("norm \(p)") { $0.norm(p) },
        .cube("norm \(p) over two dimensions") { $0.norm(p, dim: [0, 2]) },
        .cube("norm \(p) over one dimension, kept") { $0.norm(p, dim: 1, keepdim: true) },
      ]
    }

  private static let running: [DifferentiableOperator] = [
    .unary("cumsum") { $0.cumsum(dim: 0) },
    .cube("cumsum within") { $0.cumsum(dim: 1) },
    .cube("cumsum of the last") { $0.cumsum(dim: -1) },
    .unary("cumprod") { $0.cumprod(dim: 0) },
    .cube("cumprod within") { $0.cumprod(dim: 1) },
    .withZeros("cumprod with zeros", [1, 3, 4]) { $0.cumprod(dim: 1) },
    .cube("cummax") { $0.cummax(dim: 1).values },
    .cube("cummin") { $0.cummin(dim: -1).values },
    .unary("logcumsumexp") { $0.logcumsumexp(dim: 0) },
    .cube("logcumsumexp within") { $0.logcumsumexp(dim: 1) },
    .unary("logSoftmax") { $0.logSoftmax(dim: 0) },
    .cube("logSoftmax within") { $0.logSoftmax(dim: 1) },
    .cube("logSoftmax of the last") { $0.logSoftmax(dim: -1) },
  ]

  private static let extremes: [DifferentiableOperator] = [
    .cube("max") { $0.max() },
    .cube("min") { $0.min() },
    .cube("max over one dimension") { $0.max(dim: 1).values },
    .cube("min over the last, kept") { $0.min(dim: -1, keepdim: true).values },
    .cube("aminmax") {
      let both = $0.aminmax()
      return both.min * both.max
    },
    .cube("aminmax over one dimension") { $0.aminmax(dim: 1).max },
  ]

  private static let ordered: [DifferentiableOperator] = [
    .cube("sort") { $0.sort().values },
    .cube("sort, descending") { $0.sort(dim: 1, descending: true).values },
    .cube("msort") { $0.msort() },
    .cube("topk") { $0.topk(2, dim: 1).values },
    .cube("topk, smallest") { $0.topk(1, largest: false).values },
    .cube("kthvalue") { $0.kthvalue(2, dim: 1).values },
    .cube("kthvalue, kept") { $0.kthvalue(1, dim: 0, keepdim: true).values },
  ]

  private static let quantiles: [DifferentiableOperator] =
    ([.linear, .lower, .higher, .midpoint, .nearest] as [QuantileInterpolation]).map { way in
      .cube("quantile \(way)") { $0.quantile(0.3, dim: 1, interpolation: way) }
    } + [
      .cube("quantile over all") { $0.quantile(0.8, keepdim: true) },
      .cube("quantiles") {
        $0.quantile(Tensor([0.25, 0.7], dtype: .float64), dim: -1, keepdim: true)
      },
      .cube("nanquantile") { $0.nanquantile(0.4, dim: 0) },
      .cube("median") { $0.median() },
      .cube("median over one dimension") { $0.median(dim: 1).values },
      .cube("nanmedian") { $0.nanmedian() },
      .cube("nanmedian over the last, kept") { $0.nanmedian(dim: -1, keepdim: true).values },
      .cube("mode") { $0.mode(dim: 1).values },
      .cube("sort, said to be stable") { $0.sort(dim: 0, stable: true).values },
    ]

  private static let distances: [DifferentiableOperator] = [
    .cube("nansum") { $0.nansum() },
    .cube("nansum over two dimensions") { $0.nansum(dim: [0, 2]) },
    .cube("nanmean") { $0.nanmean(dim: 1, keepdim: true) },
    .binary("dist") { $0.dist($1) },
    DifferentiableOperator(
      "dist 3", [[SampleInput([2, 1]), SampleInput([2, 3], .transposed)]]
    ) { $0[0].dist($0[1], p: 3) },
    .binary("dist 1") { $0.dist($1, p: 1) },
    .cube("renorm") { $0.renorm(p: 2, dim: 1, maxnorm: 2) },
    .cube("renorm 3") { $0.renorm(p: 3, dim: -1, maxnorm: 1.5) },
    .cube("diff") { $0.diff() },
    .cube("diff twice") { $0.diff(n: 2, dim: 1, append: $0.narrow(dim: 1, start: 0, length: 1)) },
    .matrix("diff of none") { $0.diff(n: 0) },
    .cube("trapezoid") { Tensor.trapezoid($0, dx: 0.5, dim: 1) },
    .cube("trapezoid over places") { Tensor.trapezoid($0, x: $0.exp(), dim: 1) },
    .cube("cumulativeTrapezoid") { Tensor.cumulativeTrapezoid($0, dim: 1) },
    .cube("cumulativeTrapezoid over places") {
      Tensor.cumulativeTrapezoid($0, x: $0.exp().narrow(dim: 0, start: 0, length: 1), dim: -1)
    },
  ]
}
