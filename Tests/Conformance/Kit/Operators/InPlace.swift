// In-place forms beyond the first, which are in the files of their operators.

import Autograd

let inPlaceOperators: [String: Operator] = inPlaceFunctions.merging(inPlacePairs) { first, _ in
  first
}

private let inPlaceFunctions: [String: Operator] = [
  "asin_": unary { $0.asin_() }, "acos_": unary { $0.acos_() }, "sinh_": unary { $0.sinh_() },
  "cosh_": unary { $0.cosh_() }, "asinh_": unary { $0.asinh_() },
  "acosh_": unary { $0.acosh_() }, "atanh_": unary { $0.atanh_() },
  "lgamma_": unary { $0.lgamma_() }, "digamma_": unary { $0.digamma_() },
  "erfinv_": unary { $0.erfinv_() }, "sign_": unary { $0.sign_() }, "sgn_": unary { $0.sgn_() },
  "floor_": unary { $0.floor_() }, "ceil_": unary { $0.ceil_() }, "round_": unary { $0.round_() },
  "trunc_": unary { $0.trunc_() }, "frac_": unary { $0.frac_() },
  "square_": unary { $0.square_() }, "sinc_": unary { $0.sinc_() },
  "deg2rad_": unary { $0.deg2rad_() }, "rad2deg_": unary { $0.rad2deg_() },
  "i0_": unary { $0.i0_() }, "logical_not_": unary { $0.logicalNot_() },
  "bitwise_not_": unary { $0.bitwiseNot_() },
  "logit_": { (call) throws(CallError) in
    let eps = call.optional(1, "eps") == nil ? nil : try call.number(1, "eps").double
    return [try call.input.logit_(eps: eps)]
  },
  "nan_to_num_": { (call) throws(CallError) in
    func given(_ position: Int, _ keyword: String) throws(CallError) -> Double? {
      call.optional(position, keyword) == nil ? nil : try call.number(position, keyword).double
    }
    return [
      try call.input.nanToNum_(
        nan: try given(1, "nan") ?? 0, posinf: try given(2, "posinf"),
        neginf: try given(3, "neginf"))
    ]
  },
  "polygamma_": { (call) throws(CallError) in [try call.input.polygamma_(try call.int(1, "n"))] },
  "mvlgamma_": { (call) throws(CallError) in [try call.input.mvlgamma_(try call.int(1, "p"))] },
  "clamp_min_": { (call) throws(CallError) in
    [try call.input.clampMin_(try call.number(1, "min"))]
  },
  "clamp_max_": { (call) throws(CallError) in
    [try call.input.clampMax_(try call.number(1, "max"))]
  },
  "cumsum_": { (call) throws(CallError) in [try call.input.cumsum_(dim: try call.int(1, "dim"))] },
  "cumprod_": { (call) throws(CallError) in
    [try call.input.cumprod_(dim: try call.int(1, "dim"))]
  },
  "renorm_": { (call) throws(CallError) in
    [
      try call.input.renorm_(
        p: try call.number(1, "p"), dim: try call.int(2, "dim"),
        maxnorm: try call.number(3, "maxnorm"))
    ]
  },
  "uniform_": { (call) throws(CallError) in
    [
      try call.input.uniform_(
        from: try call.number(1, "from", default: .double(0)).double,
        to: try call.number(2, "to", default: .double(1)).double)
    ]
  },
  "normal_": { (call) throws(CallError) in
    [
      try call.input.normal_(
        mean: try call.number(1, "mean", default: .double(0)).double,
        std: try call.number(2, "std", default: .double(1)).double)
    ]
  },
  "fill_diagonal_": { (call) throws(CallError) in
    [try call.input.fillDiagonal_(try call.number(1, "fill_value"))]
  },
  "rrelu_": { (call) throws(CallError) in
    [try call.input.rrelu_(training: try call.bool(nil, "training", default: false))]
  },
  "index_reduce_": { (call) throws(CallError) in
    let (dim, index) = (try call.int(1, "dim"), try call.tensor(2, "index"))
    return [
      try call.input.indexReduce_(
        dim: dim, index: index, source: try call.tensor(3, "source"), reduce: try call.reduction,
        includeSelf: try call.bool(nil, "include_self", default: true))
    ]
  },
  "addmm_": addedProduct { $0.addmm_($1, $2, beta: $3, alpha: $4) },
  "addmv_": addedProduct { $0.addmv_($1, $2, beta: $3, alpha: $4) },
  "addr_": addedProduct { $0.addr_($1, $2, beta: $3, alpha: $4) },
  "baddbmm_": addedProduct { $0.baddbmm_($1, $2, beta: $3, alpha: $4) },
  "addbmm_": addedProduct { $0.addbmm_($1, $2, beta: $3, alpha: $4) },
]

private let inPlacePairs: [String: Operator] = [
  "pow_": either({ $0.pow_($1) }, { $0.pow_($1) }, keyword: "exponent"),
  "float_power_": either({ $0.floatPower_($1) }, { $0.floatPower_($1) }, keyword: "exponent"),
  "atan2_": pair { $0.atan2_($1) }, "hypot_": pair { $0.hypot_($1) },
  "copysign_": either({ $0.copysign_($1) }, { $0.copysign_($1) }),
  "xlogy_": either({ $0.xlogy_($1) }, { $0.xlogy_($1) }),
  "heaviside_": pair("values") { $0.heaviside_($1) },
  "ldexp_": pair { $0.ldexp_($1) }, "nextafter_": pair { $0.nextafter_($1) },
  "fmod_": either({ $0.fmod_($1) }, { $0.fmod_($1) }),
  "remainder_": either({ $0.remainder_($1) }, { $0.remainder_($1) }),
  "floor_divide_": either({ $0.floorDivide_($1) }, { $0.floorDivide_($1) }),
  "gcd_": pair { $0.gcd_($1) }, "lcm_": pair { $0.lcm_($1) },
  "logical_and_": pair { $0.logicalAnd_($1) }, "logical_or_": pair { $0.logicalOr_($1) },
  "logical_xor_": pair { $0.logicalXor_($1) },
  "bitwise_and_": either({ $0.bitwiseAnd_($1) }, { $0.bitwiseAnd_($1) }),
  "bitwise_or_": either({ $0.bitwiseOr_($1) }, { $0.bitwiseOr_($1) }),
  "bitwise_xor_": either({ $0.bitwiseXor_($1) }, { $0.bitwiseXor_($1) }),
  "bitwise_left_shift_": either({ $0.bitwiseLeftShift_($1) }, { $0.bitwiseLeftShift_($1) }),
  "bitwise_right_shift_": either({ $0.bitwiseRightShift_($1) }, { $0.bitwiseRightShift_($1) }),
  "eq_": either({ $0.eq_($1) }, { $0.eq_($1) }), "ne_": either({ $0.ne_($1) }, { $0.ne_($1) }),
  "lt_": either({ $0.lt_($1) }, { $0.lt_($1) }), "le_": either({ $0.le_($1) }, { $0.le_($1) }),
  "gt_": either({ $0.gt_($1) }, { $0.gt_($1) }), "ge_": either({ $0.ge_($1) }, { $0.ge_($1) }),
]
