// torch.special, functions of numbers' parts, and the rarer operators.

import Autograd

let specialOperators: [String: Operator] = specialFunctions.merging(rareOperators) { first, _ in
  first
}

private let specialFunctions: [String: Operator] = [
  "i0": unary { $0.i0() }, "special.i0e": unary(Special.i0e), "special.i1": unary(Special.i1),
  "special.i1e": unary(Special.i1e), "special.bessel_j0": unary(Special.besselJ0),
  "special.bessel_j1": unary(Special.besselJ1), "special.bessel_y0": unary(Special.besselY0),
  "special.bessel_y1": unary(Special.besselY1),
  "special.spherical_bessel_j0": unary(Special.sphericalBesselJ0),
  "special.modified_bessel_i0": unary(Special.modifiedBesselI0),
  "special.modified_bessel_i1": unary(Special.modifiedBesselI1),
  "special.erfcx": unary(Special.erfcx), "special.ndtr": unary(Special.ndtr),
  "special.ndtri": unary(Special.ndtri), "special.log_ndtr": unary(Special.logNdtr),
  "special.entr": unary(Special.entr),
  "mvlgamma": { (call) throws(CallError) in [try call.input.mvlgamma(try call.int(1, "p"))] },
  "special.multigammaln": { (call) throws(CallError) in
    [Special.multigammaln(try call.input, try call.int(1, "p"))]
  },
  "special.xlog1py": { (call) throws(CallError) in
    switch (try call.operand(0, "input"), try call.operand(1, "other")) {
    case (.tensor(let x), .tensor(let y)): return [Special.xlog1py(x, y)]
    case (.tensor(let x), .number(let y)): return [Special.xlog1py(x, y)]
    case (.number(let x), .tensor(let y)): return [Special.xlog1py(x, y)]
    default: throw .malformed("xlog1py was given no tensor")
    }
  },
  "special.zeta": { (call) throws(CallError) in
    switch (try call.operand(0, "input"), try call.operand(1, "other")) {
    case (.tensor(let x), .tensor(let y)): return [Special.zeta(x, y)]
    case (.tensor(let x), .number(let y)): return [Special.zeta(x, y)]
    case (.number(let x), .tensor(let y)): return [Special.zeta(x, y)]
    default: throw .malformed("zeta was given no tensor")
    }
  },
]

private let rareOperators: [String: Operator] = [
  "fmax": pair { .fmax($0, $1) }, "fmin": pair { .fmin($0, $1) }, "ldexp": pair { $0.ldexp($1) },
  "nextafter": pair { $0.nextafter($1) },
  "frexp": { (call) throws(CallError) in
    let (mantissa, exponent) = try call.input.frexp()
    return [mantissa, exponent]
  },
  "rrelu": { (call) throws(CallError) in
    [
      try call.input.rrelu(
        lower: try call.number(1, "lower", default: .double(1.0 / 8)).double,
        upper: try call.number(2, "upper", default: .double(1.0 / 3)).double,
        training: try call.bool(nil, "training", default: false))
    ]
  },
  "cdist": { (call) throws(CallError) in
    [
      .cdist(
        try call.input, try call.tensor(1, "x2"),
        p: try call.number(2, "p", default: .double(2)).double)
    ]
  },
  "cov": { (call) throws(CallError) in
    func weights(_ keyword: String) throws(CallError) -> Tensor? {
      call.optional(nil, keyword) == nil ? nil : try call.tensor(nil, keyword)
    }
    return [
      try call.input.cov(
        correction: try call.int(nil, "correction", default: 1), fweights: try weights("fweights"),
        aweights: try weights("aweights"))
    ]
  },
  "corrcoef": unary { $0.corrcoef() },
  "gradient": { (call) throws(CallError) in
    let dims = try call.ints(nil, "dim")
    let order = try call.int(nil, "edge_order", default: 1)
    if case .list? = call.optional(nil, "spacing") {
      return try call.input.gradient(coordinates: try call.tensors(nil, "spacing"), dims: dims)
    }
    return try call.input.gradient(
      spacing: try call.number(nil, "spacing", default: .double(1)).double, dims: dims,
      edgeOrder: order)
  },
  "isin": { (call) throws(CallError) in
    let invert = try call.bool(nil, "invert", default: false)
    guard case .tensor(let test) = try call.operand(1, "test_elements") else {
      return [try call.input.isin(try call.number(1, "test_element"), invert: invert)]
    }
    return [try call.input.isin(test, invert: invert)]
  },
  "unravel_index": { (call) throws(CallError) in
    try call.input.unravelIndex(try call.ints(1, "shape") ?? [])
  },
  "vander": { (call) throws(CallError) in
    let n = call.optional(1, "N") == nil ? nil : try call.int(1, "N")
    return [
      try call.input.vander(n: n, increasing: try call.bool(2, "increasing", default: false))
    ]
  },
  "linalg.vander": { (call) throws(CallError) in
    let n = call.optional(nil, "N") == nil ? nil : try call.int(nil, "N")
    return [Linalg.vander(try call.input, n: n)]
  },
  "linalg.vector_norm": { (call) throws(CallError) in
    [
      try call.input.linalgVectorNorm(
        try call.number(1, "ord", default: .int(2)), dim: try call.ints(2, "dim"),
        keepdim: try call.bool(3, "keepdim", default: false))
    ]
  },
  "linalg.cholesky_ex": { (call) throws(CallError) in
    let (factor, info) = Linalg.choleskyEx(try call.input)
    return [factor, info]
  },
  "linalg.inv_ex": { (call) throws(CallError) in
    let (inverse, info) = Linalg.invEx(try call.input)
    return [inverse, info]
  },
  "linalg.solve_ex": { (call) throws(CallError) in
    let (solution, info) = Linalg.solveEx(try call.input, try call.tensor(1, "B"))
    return [solution, info]
  },
  "lu_unpack": { (call) throws(CallError) in
    let (p, l, u) = Linalg.luUnpack(try call.input, try call.tensor(1, "pivots"))
    return [p, l, u]
  },
  "pinverse": unary { $0.pinverse() },
  "linalg.vecdot": { (call) throws(CallError) in
    [
      Linalg.vecdot(
        try call.input, try call.tensor(1, "y"), dim: try call.int(nil, "dim", default: -1))
    ]
  },
  "linalg.tensorinv": { (call) throws(CallError) in
    [Linalg.tensorinv(try call.input, ind: try call.int(1, "ind", default: 2))]
  },
  "linalg.tensorsolve": { (call) throws(CallError) in
    [
      Linalg.tensorsolve(
        try call.input, try call.tensor(1, "B"), dims: try call.ints(nil, "dims"))
    ]
  },
  "sum_to_size": { (call) throws(CallError) in
    [try call.input.sumToSize(try call.sizes(from: 1, "size"))]
  },
  "as_strided_scatter": { (call) throws(CallError) in
    let offset =
      call.optional(4, "storage_offset") == nil ? nil : try call.int(4, "storage_offset")
    return [
      try call.input.asStridedScatter(
        try call.tensor(1, "src"), try call.ints(2, "size") ?? [],
        try call.ints(3, "stride") ?? [], storageOffset: offset)
    ]
  },
  "index_reduce": { (call) throws(CallError) in
    let (dim, index) = (try call.int(1, "dim"), try call.tensor(2, "index"))
    return [
      try call.input.indexReduce(
        dim: dim, index: index, source: try call.tensor(3, "source"), reduce: try call.reduction,
        includeSelf: try call.bool(nil, "include_self", default: true))
    ]
  },
]
