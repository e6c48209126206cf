// Rows of the table of differentiable operators: torch.special, in-place forms, and the rarer ones.
@testable import Autograd

extension DifferentiableOperator {
  static let rare: [DifferentiableOperator] =
    specialFunctions + rarePairs + rareShapes + inPlaceFunctions + inPlacePairs + inPlaceProducts

  private static let specialFunctions: [DifferentiableOperator] = [
    .unary("i0") { $0.i0() },
    .unary("i0e", .positive) { Special.i0e($0) },
    .unary("i1") { Special.i1($0) },
    .unary("i1e") { Special.i1e($0) },
    .unary("erfcx") { Special.erfcx($0) },
    .unary("ndtr") { Special.ndtr($0) },
    .unary("ndtri", .positive) { Special.ndtri($0 * 0.4) },
    .unary("logNdtr") { Special.logNdtr($0 * 2) },
    .unary("entr", .positive) { Special.entr($0) },
    .unary("mvlgamma", .positive) { ($0 + 1.5).mvlgamma(3) },
    .unary("zeta of a number", .positive) { Special.zeta(2.5, $0) },
    .unary("xlog1py with a number") { Special.xlog1py($0, 2.5) },
    .unary("xlog1py of a number", .positive) { Special.xlog1py(2.5, $0) },
    .unary("rrelu") { $0.rrelu() },
    .unary("frexp") { $0.frexp().mantissa },
  ]

  private static let rarePairs: [DifferentiableOperator] = [
    .binary("fmax") { Tensor.fmax($0, $1) },
    .binary("fmin") { Tensor.fmin($0, $1) },
    .binary("ldexp") { $0.ldexp($1) },
    .binary("xlog1py", .positive) { Special.xlog1py($0, $1) },
    .unary("zeta", .positive) { Special.zeta(Tensor.full(like: $0, 2.5), $0) },
    DifferentiableOperator("vecdot", [[SampleInput([2, 3]), SampleInput([3])]]) {
      Linalg.vecdot($0[0], $0[1])
    },
    DifferentiableOperator(
      "nextafter", [[SampleInput([2, 3]), SampleInput([3])]]
    ) { $0[0].nextafter($0[1] + 4) },
    DifferentiableOperator("cdist", [[SampleInput([3, 2]), SampleInput([4, 2])]]) {
      .cdist($0[0], $0[1])
    }.onceDifferentiable,
    DifferentiableOperator(
      "cdist by the third norm",
      [
        [SampleInput([3, 2]), SampleInput([4, 2])],
        [SampleInput([2, 3, 2]), SampleInput([4, 2], .sliced)],
      ]
    ) { .cdist($0[0], $0[1], p: 3) }.onceDifferentiable,
  ]

  private static let rareShapes: [DifferentiableOperator] =
    [
      .matrix("cov") { $0.cov() },
      .matrix("corrcoef") { $0.corrcoef() },
      .matrix("gradient") { $0.gradient(dims: [0])[0] },
      DifferentiableOperator("gradient of the second order", [[SampleInput([5])]]) {
        $0[0].gradient(spacing: 0.5, edgeOrder: 2)[0]
      },
      DifferentiableOperator("gradient at places", [[SampleInput([5]), SampleInput([5])]]) {
        $0[0].gradient(coordinates: [($0[1] * 0.1 + Tensor.arange(5, dtype: .float64))])[0]
      },
      DifferentiableOperator("linalgVander", [[SampleInput([2, 3])]]) { Linalg.vander($0[0]) },
      DifferentiableOperator("tensorinv", [[SampleInput([2, 3, 6], .rowMajor, .positive)]]) {
        Linalg.tensorinv($0[0] + Tensor.eye(6, dtype: .float64).view([2, 3, 6]) * 4)
      },
      DifferentiableOperator("tensorsolve", [[SampleInput([4, 4]), SampleInput([2, 2])]]) {
        Linalg.tensorsolve(($0[0] + Tensor.eye(4, dtype: .float64) * 6).view([2, 2, 2, 2]), $0[1])
      },
      .matrix("sumToSize") { $0.sumToSize([1, $0.size(1)]) },
      DifferentiableOperator("asStridedScatter", [[SampleInput([3, 3]), SampleInput([2])]]) {
        $0[0].asStridedScatter($0[1], [2], [2], storageOffset: 1)
      },
    ]
    + [ScatterReduction.prod, .mean, .amax, .amin].flatMap { reduction in
      [true, false].map { includeSelf in
        DifferentiableOperator(
          "indexReduce by \(reduction)" + (includeSelf ? "" : " without itself"),
          [[SampleInput([3, 2]), SampleInput([4, 2])]]
        ) {
          $0[0].indexReduce(
            dim: 0, index: Tensor([0, 2, 2, 1]), source: $0[1], reduce: reduction,
            includeSelf: includeSelf)
        }
      }
    }

  private static let inPlaceFunctions: [DifferentiableOperator] = [
    .unary("asin_") { ($0 * 0.4).asin_() },
    .unary("acos_") { ($0 * 0.4).acos_() },
    .unary("sinh_") { $0.clone().sinh_() },
    .unary("cosh_") { $0.clone().cosh_() },
    .unary("lgamma_", .positive) { $0.clone().lgamma_() },
    .unary("digamma_", .positive) { $0.clone().digamma_() },
    .unary("erfinv_") { ($0 * 0.4).erfinv_() },
    .unary("sign_") { $0.clone().sign_() },
    .unary("sgn_") { $0.clone().sgn_() },
    .unary("floor_") { $0.clone().floor_() },
    .unary("frac_") { $0.clone().frac_() },
    .unary("square_") { $0.clone().square_() },
    .unary("sinc_") { $0.clone().sinc_() },
    .unary("logit_", .positive) { ($0 * 0.4).logit_() },
    .unary("deg2rad_") { $0.clone().deg2rad_() },
    .unary("nanToNum_") { $0.clone().nanToNum_() },
    .unary("polygamma_", .positive) { ($0 + 1).polygamma_(1) },
    .unary("mvlgamma_", .positive) { ($0 + 1).mvlgamma_(2) },
    .unary("i0_") { $0.clone().i0_() },
    .unary("clampMin_") { $0.clone().clampMin_(0.5) },
    .unary("uniform_, normal_, exponential_ and bernoulli") { x in
      let drawn = [
        x.clone().uniform_(), x.clone().normal_(), x.clone().exponential_(),
        x.clone().bernoulli_(), x.clone().bernoulli_(p: x.detach().sigmoid()),
        x.sigmoid().bernoulli(),
      ]
      return drawn.map { $0 * 0 }.reduce(x) { $0 + $1 }
    },
    .matrix("unsafeChunk") { .cat($0.unsafeChunk(2, dim: 1), dim: 1) },
    .matrix("fillDiagonal_") { $0.clone().fillDiagonal_(2) },
    .unary("rrelu_") { $0.clone().rrelu_() },
    .unary("pow_", .positive) { $0.clone().pow_(2.5) },
    .unary("comparisons with numbers in place") { x in
      x.clone().eq_(0) + x.clone().ne_(0) + x.clone().lt_(0) + x.clone().le_(0)
        + x.clone().gt_(0) + x.clone().ge_(0)
    },
    .matrix("cumsum_") { $0.clone().cumsum_(dim: 0) },
    .matrix("cumprod_") { $0.clone().cumprod_(dim: 1) },
    .matrix("renorm_") { $0.clone().renorm_(p: 2, dim: 0, maxnorm: 1) },
    .matrix("cumsum_ of a view") { x in
      let result = x * 1
      result[0].cumsum_(dim: 0)
      return result
    },
    .matrix("tanh of what an in-place form saved its result of") { x in
      let result = x * 1
      result[0].cumprod_(dim: 0)
      return result.tanh()
    },
  ]

  private static let inPlacePairs: [DifferentiableOperator] = [
    .inPlace("pow_ by a tensor", .positive) { $0.pow_($1) },
    .inPlace("atan2_") { $0.atan2_($1) },
    .inPlace("hypot_") { $0.hypot_($1) },
    .inPlace("copysign_") { $0.copysign_($1) },
    .inPlace("xlogy_", .positive) { $0.xlogy_($1) },
    .inPlace("ldexp_") { $0.ldexp_($1) },
    .inPlace("fmod_", .positive) { $0.add_(4).fmod_($1) },
    .inPlace("remainder_", .positive) { $0.add_(4).remainder_($1) },
    .inPlace("lerp_ by a tensor") { $0.lerp_($1, $1 * 0.5) },
    .inPlace("clamp_ by tensors") { $0.clamp_(min: $1, max: $1 + 1) },
    .inPlace("comparisons in place") { x, y in
      x.copy_(
        x.clone().eq_(y) + x.clone().ne_(y) + x.clone().lt_(y) + x.clone().le_(y)
          + x.clone().gt_(y) + x.clone().ge_(y))
    },
  ]

  private static let inPlaceProducts: [DifferentiableOperator] = [
    inPlaceProduct("addmm_", [2, 4], [2, 3], [3, 4]) {
      $0.addmm_($1, $2, beta: 0.5, alpha: 2)
    },
    inPlaceProduct("addmv_", [2], [2, 3], [3]) { $0.addmv_($1, $2, beta: 0.5, alpha: 2) },
    inPlaceProduct("addr_", [2, 3], [2], [3]) { $0.addr_($1, $2, beta: 0.5, alpha: 2) },
    inPlaceProduct("baddbmm_", [2, 2, 4], [2, 2, 3], [2, 3, 4]) {
      $0.baddbmm_($1, $2, beta: 0.5, alpha: 2)
    },
    inPlaceProduct("addbmm_", [2, 4], [2, 2, 3], [2, 3, 4]) {
      $0.addbmm_($1, $2, beta: 0.5, alpha: 2)
    },
  ]

  private static func inPlaceProduct(
    _ name: String, _ target: [Int], _ first: [Int], _ second: [Int],
    _ apply: @escaping @Sendable (Tensor, Tensor, Tensor) -> Tensor
  ) -> DifferentiableOperator {
    DifferentiableOperator(
      name, [[SampleInput(target), SampleInput(first), SampleInput(second)]]
    ) { apply($0[0].clone(), $0[1], $0[2]) }
  }
}
