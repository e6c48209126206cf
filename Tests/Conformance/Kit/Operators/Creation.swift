// New tensors, random ones among them.

import Autograd

let creationOperators: [String: Operator] = [
  "zeros": { (call) throws(CallError) in
    [.zeros(try call.sizes(from: 0, "size"), dtype: try call.dtype() ?? .float32)]
  },
  "ones": { (call) throws(CallError) in
    [.ones(try call.sizes(from: 0, "size"), dtype: try call.dtype() ?? .float32)]
  },
  "full": { (call) throws(CallError) in
    [
      .full(
        try call.ints(0, "size") ?? [], try call.number(1, "fill_value"), dtype: try call.dtype())
    ]
  },
  "zeros_like": { (call) throws(CallError) in
    [.zeros(like: try call.input, dtype: try call.dtype())]
  },
  "ones_like": { (call) throws(CallError) in
    [.ones(like: try call.input, dtype: try call.dtype())]
  },
  "full_like": { (call) throws(CallError) in
    [.full(like: try call.input, try call.number(1, "fill_value"), dtype: try call.dtype())]
  },
  "eye": { (call) throws(CallError) in
    let rows = try call.int(0, "n")
    return [.eye(rows, try call.int(1, "m", default: rows), dtype: try call.dtype() ?? .float32)]
  },
  "arange": { (call) throws(CallError) in
    let first = try call.number(0, "start")
    guard call.optional(1, "end") != nil else { return [.arange(first, dtype: try call.dtype())] }
    return [
      .arange(
        first, try call.number(1, "end"), try call.number(2, "step", default: .int(1)),
        dtype: try call.dtype())
    ]
  },
  "linspace": { (call) throws(CallError) in
    [
      .linspace(
        try call.number(0, "start"), try call.number(1, "end"), steps: try call.int(2, "steps"),
        dtype: try call.dtype() ?? .float32)
    ]
  },
  "rand": { (call) throws(CallError) in
    [.rand(try call.sizes(from: 0, "size"), dtype: try call.dtype() ?? .float32)]
  },
  "randn": { (call) throws(CallError) in
    [.randn(try call.sizes(from: 0, "size"), dtype: try call.dtype() ?? .float32)]
  },
  "rand_like": { (call) throws(CallError) in [.rand(like: try call.input)] },
  "randn_like": { (call) throws(CallError) in [.randn(like: try call.input)] },
  "randint": { (call) throws(CallError) in
    if call.optional(2, "") == nil {
      return [.randint(high: try call.int(0, "high"), try call.ints(1, "size") ?? [])]
    }
    return [
      .randint(
        low: try call.int(0, "low"), high: try call.int(1, "high"),
        try call.ints(2, "size") ?? [], dtype: try call.dtype() ?? .int64)
    ]
  },
  "randperm": { (call) throws(CallError) in [.randperm(try call.int(0, "n"))] },
]
