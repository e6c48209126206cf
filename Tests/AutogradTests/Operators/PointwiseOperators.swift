// The pointwise operators' rows in the table of differentiable operators.
@testable import Autograd

extension DifferentiableOperator {
  static let pointwise: [DifferentiableOperator] =
    pointwiseFunctions + pointwiseActivations + pointwiseCombinations + pointwiseInPlace

  private static let pointwiseFunctions: [DifferentiableOperator] = [
    .unary("exp2") { $0.exp2() },
    .unary("expm1") { $0.expm1() },
    .unary("log2", .positive) { $0.log2() },
    .unary("log10", .positive) { $0.log10() },
    .unary("log1p", .positive) { $0.log1p() },
    .unary("tan") { ($0 * 0.5).tan() },
    .unary("asin") { ($0 * 0.4).asin() },
    .unary("acos") { ($0 * 0.4).acos() },
    .unary("sinh") { $0.sinh() },
    .unary("cosh") { $0.cosh() },
    .unary("asinh") { $0.asinh() },
    .unary("acosh", .positive) { ($0 + 1).acosh() },
    .unary("atanh") { ($0 * 0.4).atanh() },
    .unary("erfc") { $0.erfc() },
    .unary("erfinv") { ($0 * 0.4).erfinv() },
    .unary("lgamma", .positive) { $0.lgamma() },
    .unary("digamma", .positive) { $0.digamma() },
    .unary("polygamma", .positive) { .polygamma(2, $0 + 1) },
    .unary("sinc") { $0.sinc() },
    .unary("logit", .positive) { ($0 * 0.4).logit() },
    .unary("logit within bounds", .positive) { ($0 * 0.4).logit(eps: 0.25) },
    .unary("deg2rad") { $0.deg2rad() },
    .unary("rad2deg") { $0.rad2deg() },
    .unary("frac") { $0.frac() },
    .unary("nanToNum") { $0.nanToNum() },
  ]

  private static let pointwiseActivations: [DifferentiableOperator] = [
    .unary("mish") { $0.mish() },
    .unary("elu") { $0.elu(alpha: 1.3) },
    .unary("selu") { $0.selu() },
    .unary("celu") { $0.celu(alpha: 1.5) },
    .unary("leakyRelu") { $0.leakyRelu(negativeSlope: 0.1) },
    .unary("hardtanh") { $0.hardtanh() },
    .unary("relu6") { $0.relu6() },
    DifferentiableOperator(
      "hardsigmoid", [[SampleInput([2, 3])], [SampleInput([2, 3], .sliced)]],
      // Its slope is float32's sixth.
      tolerance: 1e-6
    ) { $0[0].hardsigmoid() }.onceDifferentiable,
    .unary("hardswish") { ($0 * 2).hardswish() },
    .unary("hardshrink") { $0.hardshrink() },
    .unary("softshrink") { $0.softshrink() },
    .unary("threshold") { $0.threshold(0.5, 2) },
    .unary("logsigmoid") { $0.logsigmoid() },
    .unary("softsign") { $0.softsign() },
    .unary("tanhshrink") { $0.tanhshrink() },
    DifferentiableOperator("glu", [[SampleInput([2, 4])], [SampleInput([4, 2], .transposed)]]) {
      $0[0].glu(dim: $0[0].shape[0] == 2 ? -1 : 0)
    },
    DifferentiableOperator("prelu", [[SampleInput([2, 3]), SampleInput([3])]]) {
      $0[0].prelu($0[1])
    },
    DifferentiableOperator("prelu with one weight", [[SampleInput([2, 3]), SampleInput([])]]) {
      $0[0].prelu($0[1])
    },
    .unary("clamp") { $0.clamp(min: -0.5, max: 1) },
    .unary("clampMin") { $0.clampMin(0.5) },
    .unary("clampMax") { $0.clampMax(0.5) },
    .binary("clamp by tensors") { $0.clamp(min: $1, max: $1 + 1) },
    .binary("clamp from below by a tensor") { $0.clamp(min: $1, max: nil) },
    .binary("clamp from above by a tensor") { $0.clamp(min: nil, max: $1) },
  ]

  private static let pointwiseCombinations: [DifferentiableOperator] = [
    .binary("atan2") { $0.atan2($1) },
    .binary("hypot") { $0.hypot($1) },
    .binary("logaddexp") { $0.logaddexp($1) },
    .binary("logaddexp2") { $0.logaddexp2($1) },
    .binary("copysign") { $0.copysign($1) },
    .unary("copysign of a number") { $0.copysign(-1.0) },
    .binary("xlogy", .positive) { $0.xlogy($1) },
    .unary("xlogy with a number") { $0.xlogy(2.5) },
    .unary("xlogy of a number", .positive) { .xlogy(2.5, $0) },
    .binary("floatPower", .positive) { $0.floatPower($1) },
    .binary("fmod", .positive) { ($0 + 4).fmod($1) },
    .binary("remainder", .positive) { ($0 + 4).remainder($1) },
    .unary("fmod by a number") { $0.fmod(0.75) },
    .unary("remainder by a number") { $0.remainder(0.75) },
    .binary("div rounded down", .positive) { $0.div($1, roundingMode: .floor) },
    .unary("div by a number, truncated") { $0.div(0.75, roundingMode: .trunc) },
    .binary("lerp by a number") { $0.lerp($1, 0.3) },
    .combination("lerp") { $0.lerp($1, $2) },
    .combination("addcmul") { $0.addcmul($1, $2, value: 0.5) },
    .combination("addcdiv") { $0.addcdiv($1, $2, value: 0.5) },
  ]

  private static let pointwiseInPlace: [DifferentiableOperator] = [
    .unary("exp2_") { $0.clone().exp2_() },
    .unary("expm1_") { $0.clone().expm1_() },
    .unary("log2_", .positive) { $0.clone().log2_() },
    .unary("log10_", .positive) { $0.clone().log10_() },
    .unary("log1p_", .positive) { $0.clone().log1p_() },
    .unary("tan_") { ($0 * 0.5).tan_() },
    .unary("atan_") { $0.clone().atan_() },
    .unary("erf_") { $0.clone().erf_() },
    .unary("erfc_") { $0.clone().erfc_() },
    .unary("rsqrt_", .positive) { $0.clone().rsqrt_() },
    .unary("silu_") { $0.clone().silu_() },
    .unary("mish_") { $0.clone().mish_() },
    .unary("elu_") { $0.clone().elu_(alpha: 1.3) },
    .unary("selu_") { $0.clone().selu_() },
    .unary("celu_") { $0.clone().celu_(alpha: 1.5) },
    .unary("leakyRelu_") { $0.clone().leakyRelu_(negativeSlope: 0.1) },
    .unary("hardtanh_") { $0.clone().hardtanh_() },
    .unary("relu6_") { $0.clone().relu6_() },
    .unary("hardswish_") { $0.clone().hardswish_() },
    .unary("threshold_") { $0.clone().threshold_(0.5, 2) },
    .unary("clamp_") { $0.clone().clamp_(min: -0.5, max: 1) },
    .inPlace("lerp_") { $0.lerp_($1, 0.3) },
    .inPlace("addcmul_") { $0.addcmul_($1, $1 * 2, value: 0.5) },
    .inPlace("addcdiv_") { $0.addcdiv_($1 * 2, $1, value: 0.5) },
  ]

  /// A function of three tensors that are broadcast.
  private static func combination(
    _ name: String, _ apply: @escaping @Sendable (Tensor, Tensor, Tensor) -> Tensor
  ) -> DifferentiableOperator {
    DifferentiableOperator(
      name,
      [
        [SampleInput([2, 3]), SampleInput([2, 3]), SampleInput([2, 3])],
        [SampleInput([2, 1]), SampleInput([3], .sliced), SampleInput([])],
        [SampleInput([2, 3], .transposed), SampleInput([2, 3], .expanded), SampleInput([1, 3])],
        [SampleInput([0, 3]), SampleInput([3]), SampleInput([1])],
      ]
    ) { apply($0[0], $0[1], $0[2]) }
  }
}
