// Reductions beyond sums: products, moments, norms, extremes, running sums and order.

import Autograd

let statisticsOperators: [String: Operator] = [
  "prod": { (call) throws(CallError) in
    let dtype = try call.dtype()
    guard let dim = try call.dim else { return [try call.input.prod(dtype: dtype)] }
    return [try call.input.prod(dim: dim, keepdim: try call.keepdim, dtype: dtype)]
  },
  "var": { (call) throws(CallError) in
    [
      try call.input.var(
        dim: try call.ints(1, "dim"), correction: try call.correction, keepdim: try call.keepdim)
    ]
  },
  "std": { (call) throws(CallError) in
    [
      try call.input.std(
        dim: try call.ints(1, "dim"), correction: try call.correction, keepdim: try call.keepdim)
    ]
  },
  "norm": { (call) throws(CallError) in
    [
      try call.input.norm(
        try call.number(1, "p", default: .int(2)), dim: try call.ints(2, "dim"),
        keepdim: try call.bool(3, "keepdim", default: false), dtype: try call.dtype())
    ]
  },
  "log_softmax": { (call) throws(CallError) in
    [try call.input.logSoftmax(dim: try call.int(1, "dim"), dtype: try call.dtype())]
  },
  "cumsum": { (call) throws(CallError) in
    [try call.input.cumsum(dim: try call.int(1, "dim"), dtype: try call.dtype())]
  },
  "cumprod": { (call) throws(CallError) in
    [try call.input.cumprod(dim: try call.int(1, "dim"), dtype: try call.dtype())]
  },
  "max": { (call) throws(CallError) in
    guard let dim = try call.dim else { return [try call.input.max()] }
    return try call.input.max(dim: dim, keepdim: try call.keepdim).pair
  },
  "min": { (call) throws(CallError) in
    guard let dim = try call.dim else { return [try call.input.min()] }
    return try call.input.min(dim: dim, keepdim: try call.keepdim).pair
  },
  "argmax": { (call) throws(CallError) in
    guard let dim = try call.dim else { return [try call.input.argmax()] }
    return [try call.input.argmax(dim: dim, keepdim: try call.keepdim)]
  },
  "argmin": { (call) throws(CallError) in
    guard let dim = try call.dim else { return [try call.input.argmin()] }
    return [try call.input.argmin(dim: dim, keepdim: try call.keepdim)]
  },
  "all": { (call) throws(CallError) in
    guard let dim = try call.ints(1, "dim") else { return [try call.input.all()] }
    return [try call.input.all(dim: dim, keepdim: try call.keepdim)]
  },
  "any": { (call) throws(CallError) in
    guard let dim = try call.ints(1, "dim") else { return [try call.input.any()] }
    return [try call.input.any(dim: dim, keepdim: try call.keepdim)]
  },
  "sort": { (call) throws(CallError) in
    let stable =
      call.optional(nil, "stable") == nil ? nil : try call.bool(nil, "stable", default: false)
    return try call.input.sort(
      dim: try call.int(1, "dim", default: -1),
      descending: try call.bool(2, "descending", default: false), stable: stable
    ).pair
  },
  "topk": { (call) throws(CallError) in
    try call.input.topk(
      try call.int(1, "k"), dim: try call.int(2, "dim", default: -1),
      largest: try call.bool(3, "largest", default: true),
      sorted: try call.bool(4, "sorted", default: true)
    ).pair
  },
]

extension Call {
  /// The only dimension of a reduction; nil when it is over all.
  var dim: Int? {
    get throws(CallError) { optional(1, "dim") == nil ? nil : try int(1, "dim") }
  }

  var keepdim: Bool {
    get throws(CallError) { try bool(2, "keepdim", default: false) }
  }

  var correction: Scalar? {
    get throws(CallError) {
      optional(nil, "correction") == nil ? nil : try number(nil, "correction")
    }
  }
}

extension ValuesAndIndices {
  var pair: [Tensor?] { [values, indices] }
}
