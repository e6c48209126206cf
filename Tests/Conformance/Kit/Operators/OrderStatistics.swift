// Statistics by order and by count, and what is built of differences and norms.

import Autograd

let orderStatisticsOperators: [String: Operator] = [
  "var_mean": { (call) throws(CallError) in
    let both = try call.input.varMean(
      dim: try call.ints(1, "dim"), correction: try call.correction, keepdim: try call.keepdim)
    return [both.variance, both.mean]
  },
  "std_mean": { (call) throws(CallError) in
    let both = try call.input.stdMean(
      dim: try call.ints(1, "dim"), correction: try call.correction, keepdim: try call.keepdim)
    return [both.std, both.mean]
  },
  "nansum": { (call) throws(CallError) in
    [
      try call.input.nansum(
        dim: try call.ints(1, "dim"), keepdim: try call.keepdim, dtype: try call.dtype())
    ]
  },
  "nanmean": { (call) throws(CallError) in
    [try call.input.nanmean(dim: try call.ints(1, "dim"), keepdim: try call.keepdim)]
  },
  "count_nonzero": { (call) throws(CallError) in
    [try call.input.countNonzero(dim: try call.ints(1, "dim") ?? [])]
  },
  "median": { (call) throws(CallError) in
    guard let dim = try call.dim else { return [try call.input.median()] }
    return try call.input.median(dim: dim, keepdim: try call.keepdim).pair
  },
  "nanmedian": { (call) throws(CallError) in
    guard let dim = try call.dim else { return [try call.input.nanmedian()] }
    return try call.input.nanmedian(dim: dim, keepdim: try call.keepdim).pair
  },
  "mode": { (call) throws(CallError) in
    try call.input.mode(dim: try call.int(1, "dim", default: -1), keepdim: try call.keepdim).pair
  },
  "quantile": { (call) throws(CallError) in
    let (dim, keepdim, way) = try call.quantileArguments()
    switch try call.operand(1, "q") {
    case .tensor(let q):
      return [try call.input.quantile(q, dim: dim, keepdim: keepdim, interpolation: way)]
    default:
      let q = try call.number(1, "q").double
      return [try call.input.quantile(q, dim: dim, keepdim: keepdim, interpolation: way)]
    }
  },
  "nanquantile": { (call) throws(CallError) in
    let (dim, keepdim, way) = try call.quantileArguments()
    switch try call.operand(1, "q") {
    case .tensor(let q):
      return [try call.input.nanquantile(q, dim: dim, keepdim: keepdim, interpolation: way)]
    default:
      let q = try call.number(1, "q").double
      return [try call.input.nanquantile(q, dim: dim, keepdim: keepdim, interpolation: way)]
    }
  },
  "kthvalue": { (call) throws(CallError) in
    try call.input.kthvalue(
      try call.int(1, "k"), dim: try call.int(2, "dim", default: -1),
      keepdim: try call.bool(3, "keepdim", default: false)
    ).pair
  },
  "argsort": { (call) throws(CallError) in
    // Every sort is stable here.
    _ = try call.bool(nil, "stable", default: false)
    return [
      try call.input.argsort(
        dim: try call.int(1, "dim", default: -1),
        descending: try call.bool(2, "descending", default: false))
    ]
  },
  "msort": { (call) throws(CallError) in [try call.input.msort()] },
  "cummax": { (call) throws(CallError) in
    try call.input.cummax(dim: try call.int(1, "dim")).pair
  },
  "cummin": { (call) throws(CallError) in
    try call.input.cummin(dim: try call.int(1, "dim")).pair
  },
  "logcumsumexp": { (call) throws(CallError) in
    [try call.input.logcumsumexp(dim: try call.int(1, "dim"))]
  },
  "aminmax": { (call) throws(CallError) in
    let dim = call.optional(nil, "dim") == nil ? nil : try call.int(nil, "dim")
    let both = try call.input.aminmax(
      dim: dim, keepdim: try call.bool(nil, "keepdim", default: false))
    return [both.min, both.max]
  },
  "bincount": { (call) throws(CallError) in
    let weights = call.optional(1, "weights") == nil ? nil : try call.tensor(1, "weights")
    return [
      try call.input.bincount(
        weights: weights, minlength: try call.int(2, "minlength", default: 0))
    ]
  },
  "histc": { (call) throws(CallError) in
    [
      try call.input.histc(
        bins: try call.int(1, "bins", default: 100),
        min: try call.number(2, "min", default: .int(0)).double,
        max: try call.number(3, "max", default: .int(0)).double)
    ]
  },
  "unique": { (call) throws(CallError) in
    // Sorted whether that is asked for or not.
    _ = try call.bool(nil, "sorted", default: true)
    let dim = call.optional(nil, "dim") == nil ? nil : try call.int(nil, "dim")
    return try call.parts(of: try call.input.unique(dim: dim))
  },
  "unique_consecutive": { (call) throws(CallError) in
    let dim = call.optional(nil, "dim") == nil ? nil : try call.int(nil, "dim")
    return try call.parts(of: try call.input.uniqueConsecutive(dim: dim))
  },
  "searchsorted": { (call) throws(CallError) in
    let sorter = call.optional(nil, "sorter") == nil ? nil : try call.tensor(nil, "sorter")
    return [
      try call.tensor(0, "sorted_sequence").searchsorted(
        try call.tensor(1, "input"), right: try call.bool(nil, "right", default: false),
        outInt32: try call.bool(nil, "out_int32", default: false), sorter: sorter)
    ]
  },
  "bucketize": { (call) throws(CallError) in
    [
      try call.input.bucketize(
        try call.tensor(1, "boundaries"), right: try call.bool(nil, "right", default: false),
        outInt32: try call.bool(nil, "out_int32", default: false))
    ]
  },
  "dist": { (call) throws(CallError) in
    [
      try call.input.dist(
        try call.tensor(1, "other"), p: try call.number(2, "p", default: .int(2)))
    ]
  },
  "renorm": { (call) throws(CallError) in
    [
      try call.input.renorm(
        p: try call.number(1, "p"), dim: try call.int(2, "dim"),
        maxnorm: try call.number(3, "maxnorm"))
    ]
  },
  "diff": { (call) throws(CallError) in
    let prepend = call.optional(nil, "prepend") == nil ? nil : try call.tensor(nil, "prepend")
    let append = call.optional(nil, "append") == nil ? nil : try call.tensor(nil, "append")
    return [
      try call.input.diff(
        n: try call.int(1, "n", default: 1), dim: try call.int(2, "dim", default: -1),
        prepend: prepend, append: append)
    ]
  },
  "trapezoid": { (call) throws(CallError) in
    let dim = try call.int(nil, "dim", default: -1)
    let y = try call.tensor(0, "y")
    if call.optional(1, "x") != nil {
      return [.trapezoid(y, x: try call.tensor(1, "x"), dim: dim)]
    }
    return [.trapezoid(y, dx: try call.number(nil, "dx", default: .int(1)), dim: dim)]
  },
  "cumulative_trapezoid": { (call) throws(CallError) in
    let dim = try call.int(nil, "dim", default: -1)
    let y = try call.tensor(0, "y")
    if call.optional(1, "x") != nil {
      return [.cumulativeTrapezoid(y, x: try call.tensor(1, "x"), dim: dim)]
    }
    return [.cumulativeTrapezoid(y, dx: try call.number(nil, "dx", default: .int(1)), dim: dim)]
  },
]

extension Call {
  fileprivate func quantileArguments() throws(CallError) -> (Int?, Bool, QuantileInterpolation) {
    let name = try text(nil, "interpolation", default: "linear")
    guard let way = QuantileInterpolation(rawValue: name) else {
      throw .malformed("\(op) knows no interpolation \(name)")
    }
    let dim = optional(2, "dim") == nil ? nil : try int(2, "dim")
    return (dim, try bool(3, "keepdim", default: false), way)
  }

  /// What PyTorch returns of distinct elements, by what was asked for.
  fileprivate func parts(of found: DistinctElements) throws(CallError) -> [Tensor?] {
    var parts: [Tensor?] = [found.values]
    if try bool(nil, "return_inverse", default: false) { parts.append(found.inverse) }
    if try bool(nil, "return_counts", default: false) { parts.append(found.counts) }
    return parts
  }
}
