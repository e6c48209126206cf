// Reductions over all or some dimensions.

import Autograd

let reductionOperators: [String: Operator] = [
  "sum": { (call) throws(CallError) in
    let dtype = try call.dtype()
    guard let dims = try call.ints(1, "dim") else { return [try call.input.sum(dtype: dtype)] }
    return [try call.input.sum(dim: dims, keepdim: try call.keepdim, dtype: dtype)]
  },
  "mean": { (call) throws(CallError) in
    let dtype = try call.dtype()
    guard let dims = try call.ints(1, "dim") else { return [try call.input.mean(dtype: dtype)] }
    return [try call.input.mean(dim: dims, keepdim: try call.keepdim, dtype: dtype)]
  },
  "amax": { (call) throws(CallError) in
    [try call.input.amax(dim: try call.ints(1, "dim") ?? [], keepdim: try call.keepdim)]
  },
  "amin": { (call) throws(CallError) in
    [try call.input.amin(dim: try call.ints(1, "dim") ?? [], keepdim: try call.keepdim)]
  },
  "logsumexp": { (call) throws(CallError) in
    [try call.input.logsumexp(dim: try call.ints(1, "dim") ?? [], keepdim: try call.keepdim)]
  },
]
