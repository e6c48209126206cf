// Functions of each element beyond the first: transcendental and special functions, activations,
// blends, divisions, logic and bits.

import Autograd

let pointwiseOperators: [String: Operator] =
  pointwiseFunctions
  .merging(pointwiseActivations) { first, _ in first }
  .merging(pointwiseCombinations) { first, _ in first }

private let pointwiseFunctions: [String: Operator] = [
  "exp2": unary { $0.exp2() }, "expm1": unary { $0.expm1() }, "log2": unary { $0.log2() },
  "log10": unary { $0.log10() }, "log1p": unary { $0.log1p() }, "tan": unary { $0.tan() },
  "asin": unary { $0.asin() }, "acos": unary { $0.acos() }, "sinh": unary { $0.sinh() },
  "cosh": unary { $0.cosh() }, "asinh": unary { $0.asinh() }, "acosh": unary { $0.acosh() },
  "atanh": unary { $0.atanh() }, "erfc": unary { $0.erfc() },
  "exp2_": unary { $0.exp2_() }, "expm1_": unary { $0.expm1_() }, "log2_": unary { $0.log2_() },
  "log10_": unary { $0.log10_() }, "log1p_": unary { $0.log1p_() }, "tan_": unary { $0.tan_() },
  "atan_": unary { $0.atan_() }, "erf_": unary { $0.erf_() }, "erfc_": unary { $0.erfc_() },
  "rsqrt_": unary { $0.rsqrt_() },
  "lgamma": unary { $0.lgamma() }, "digamma": unary { $0.digamma() },
  "erfinv": unary { $0.erfinv() }, "sinc": unary { $0.sinc() }, "frac": unary { $0.frac() },
  "deg2rad": unary { $0.deg2rad() }, "rad2deg": unary { $0.rad2deg() },
  "isnan": unary { $0.isnan() }, "isinf": unary { $0.isinf() },
  "isfinite": unary { $0.isfinite() }, "isposinf": unary { $0.isposinf() },
  "isneginf": unary { $0.isneginf() }, "signbit": unary { $0.signbit() },
  "logical_not": unary { $0.logicalNot() }, "bitwise_not": unary { $0.bitwiseNot() },
  "polygamma": { (call) throws(CallError) in
    [.polygamma(try call.int(0, "n"), try call.tensor(1, "input"))]
  },
  "logit": { (call) throws(CallError) in
    [try call.input.logit(eps: try call.optionalNumber(1, "eps")?.double)]
  },
  "nan_to_num": { (call) throws(CallError) in
    [
      try call.input.nanToNum(
        nan: try call.optionalNumber(1, "nan")?.double ?? 0,
        posinf: try call.optionalNumber(2, "posinf")?.double,
        neginf: try call.optionalNumber(3, "neginf")?.double)
    ]
  },
]

private let pointwiseActivations: [String: Operator] = [
  "mish": unary { $0.mish() }, "silu_": unary { $0.silu_() }, "mish_": unary { $0.mish_() },
  "selu": unary { $0.selu() }, "selu_": unary { $0.selu_() }, "relu6": unary { $0.relu6() },
  "relu6_": unary { $0.relu6_() },
  "hardsigmoid": unary { $0.hardsigmoid() }, "hardswish": unary { $0.hardswish() },
  "hardsigmoid_": unary { $0.hardsigmoid_() }, "hardswish_": unary { $0.hardswish_() },
  "logsigmoid": unary { $0.logsigmoid() }, "softsign": unary { $0.softsign() },
  "tanhshrink": unary { $0.tanhshrink() },
  "elu": setting("alpha", 1.0) { $0.elu(alpha: $1) },
  "elu_": setting("alpha", 1.0) { $0.elu_(alpha: $1) },
  "celu": setting("alpha", 1.0) { $0.celu(alpha: $1) },
  "celu_": setting("alpha", 1.0) { $0.celu_(alpha: $1) },
  "leaky_relu": setting("negative_slope", 0.01) { $0.leakyRelu(negativeSlope: $1) },
  "leaky_relu_": setting("negative_slope", 0.01) { $0.leakyRelu_(negativeSlope: $1) },
  "hardshrink": setting("lambd", 0.5) { $0.hardshrink(lambda: $1) },
  "softshrink": setting("lambd", 0.5) { $0.softshrink(lambda: $1) },
  "hardtanh": { (call) throws(CallError) in
    [
      try call.input.hardtanh(
        minVal: try call.number(1, "min_val", default: .double(-1)),
        maxVal: try call.number(2, "max_val", default: .double(1)))
    ]
  },
  "hardtanh_": { (call) throws(CallError) in
    [
      try call.input.hardtanh_(
        minVal: try call.number(1, "min_val", default: .int(-1)),
        maxVal: try call.number(2, "max_val", default: .int(1)))
    ]
  },
  "threshold": { (call) throws(CallError) in
    [try call.input.threshold(try call.number(1, "threshold"), try call.number(2, "value"))]
  },
  "threshold_": { (call) throws(CallError) in
    [try call.input.threshold_(try call.number(1, "threshold"), try call.number(2, "value"))]
  },
  "glu": { (call) throws(CallError) in
    [try call.input.glu(dim: try call.int(1, "dim", default: -1))]
  },
  "prelu": { (call) throws(CallError) in [try call.input.prelu(try call.tensor(1, "weight"))] },
]

private let pointwiseCombinations: [String: Operator] = [
  "atan2": pair { $0.atan2($1) }, "hypot": pair { $0.hypot($1) },
  "logaddexp": pair { $0.logaddexp($1) }, "logaddexp2": pair { $0.logaddexp2($1) },
  "heaviside": pair("values") { $0.heaviside($1) },
  "gcd": pair { $0.gcd($1) }, "lcm": pair { $0.lcm($1) },
  "logical_and": pair { $0.logicalAnd($1) }, "logical_or": pair { $0.logicalOr($1) },
  "logical_xor": pair { $0.logicalXor($1) },
  "bitwise_and": either({ $0.bitwiseAnd($1) }, { $0.bitwiseAnd($1) }),
  "bitwise_or": either({ $0.bitwiseOr($1) }, { $0.bitwiseOr($1) }),
  "bitwise_xor": either({ $0.bitwiseXor($1) }, { $0.bitwiseXor($1) }),
  "bitwise_left_shift": either({ $0.bitwiseLeftShift($1) }, { $0.bitwiseLeftShift($1) }),
  "bitwise_right_shift": either({ $0.bitwiseRightShift($1) }, { $0.bitwiseRightShift($1) }),
  "fmod": either({ $0.fmod($1) }, { $0.fmod($1) }),
  "remainder": either({ $0.remainder($1) }, { $0.remainder($1) }),
  "floor_divide": either({ $0.floorDivide($1) }, { $0.floorDivide($1) }),
  "copysign": either({ $0.copysign($1) }, { $0.copysign($1) }),
  "isclose": { (call) throws(CallError) in
    [
      try call.input.isclose(
        try call.tensor(1, "other"),
        rtol: try call.number(2, "rtol", default: .double(1e-5)).double,
        atol: try call.number(3, "atol", default: .double(1e-8)).double,
        equalNan: try call.bool(4, "equal_nan", default: false))
    ]
  },
  "xlogy": { (call) throws(CallError) in
    switch (try call.operand(0, "input"), try call.operand(1, "other")) {
    case (.tensor(let x), .tensor(let y)): return [x.xlogy(y)]
    case (.tensor(let x), .number(let y)): return [x.xlogy(y)]
    case (.number(let x), .tensor(let y)): return [.xlogy(x, y)]
    default: throw .malformed("xlogy was given no tensor")
    }
  },
  "float_power": { (call) throws(CallError) in
    switch (try call.operand(0, "input"), try call.operand(1, "exponent")) {
    case (.tensor(let x), .tensor(let y)): return [x.floatPower(y)]
    case (.tensor(let x), .number(let y)): return [x.floatPower(y)]
    case (.number(let x), .tensor(let y)): return [.floatPower(x, y)]
    default: throw .malformed("float_power was given no tensor")
    }
  },
  "clamp": { (call) throws(CallError) in
    let bounds = (
      try call.optionalNumberOrTensor(1, "min"), try call.optionalNumberOrTensor(2, "max")
    )
    switch bounds {
    case (.number(let min)?, .number(let max)?): return [try call.input.clamp(min: min, max: max)]
    case (.number(let min)?, nil): return [try call.input.clamp(min: min)]
    case (nil, .number(let max)?): return [try call.input.clamp(max: max)]
    default:
      return [try call.input.clamp(min: bounds.0?.tensorOrNil, max: bounds.1?.tensorOrNil)]
    }
  },
  "clamp_": { (call) throws(CallError) in
    let bounds = (
      try call.optionalNumberOrTensor(1, "min"), try call.optionalNumberOrTensor(2, "max")
    )
    switch bounds {
    case (.number(let min)?, .number(let max)?): return [try call.input.clamp_(min: min, max: max)]
    case (.number(let min)?, nil): return [try call.input.clamp_(min: min)]
    case (nil, .number(let max)?): return [try call.input.clamp_(max: max)]
    default:
      return [try call.input.clamp_(min: bounds.0?.tensorOrNil, max: bounds.1?.tensorOrNil)]
    }
  },
  "clamp_min": { (call) throws(CallError) in
    [try call.input.clampMin(try call.number(1, "min"))]
  },
  "clamp_max": { (call) throws(CallError) in
    [try call.input.clampMax(try call.number(1, "max"))]
  },
  "lerp": { (call) throws(CallError) in
    let end = try call.tensor(1, "end")
    guard case .tensor(let weight) = try call.operand(2, "weight") else {
      return [try call.input.lerp(end, try call.number(2, "weight"))]
    }
    return [try call.input.lerp(end, weight)]
  },
  "lerp_": { (call) throws(CallError) in
    let end = try call.tensor(1, "end")
    guard case .tensor(let weight) = try call.operand(2, "weight") else {
      return [try call.input.lerp_(end, try call.number(2, "weight"))]
    }
    return [try call.input.lerp_(end, weight)]
  },
  "addcmul": combination { $0.addcmul($1, $2, value: $3) },
  "addcdiv": combination { $0.addcdiv($1, $2, value: $3) },
  "addcmul_": combination { $0.addcmul_($1, $2, value: $3) },
  "addcdiv_": combination { $0.addcdiv_($1, $2, value: $3) },
]

extension Call {
  fileprivate func optionalNumber(
    _ position: Int, _ keyword: String
  ) throws(CallError) -> Scalar? {
    optional(position, keyword) == nil ? nil : try number(position, keyword)
  }

  fileprivate func optionalNumberOrTensor(
    _ position: Int, _ keyword: String
  ) throws(CallError) -> Argument? {
    optional(position, keyword) == nil ? nil : try operand(position, keyword)
  }
}

extension Argument {
  fileprivate var tensorOrNil: Tensor? {
    if case .tensor(let tensor) = self { tensor } else { nil }
  }
}
