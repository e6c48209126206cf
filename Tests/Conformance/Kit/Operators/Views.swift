// Other shapes on the same memory.

import Autograd

let viewOperators: [String: Operator] = [
  "view": { (call) throws(CallError) in [try call.input.view(try call.sizes(from: 1, "sizes"))] },
  "reshape": { (call) throws(CallError) in
    [try call.input.reshape(try call.sizes(from: 1, "sizes"))]
  },
  "permute": { (call) throws(CallError) in
    [try call.input.permute(try call.sizes(from: 1, "sizes"))]
  },
  "expand": { (call) throws(CallError) in
    [try call.input.expand(try call.sizes(from: 1, "sizes"))]
  },
  "flatten": { (call) throws(CallError) in
    [
      try call.input.flatten(
        startDim: try call.int(1, "start_dim", default: 0),
        endDim: try call.int(2, "end_dim", default: -1))
    ]
  },
  "t": { (call) throws(CallError) in [try call.input.t()] },
  "transpose": { (call) throws(CallError) in
    [try call.input.transpose(try call.int(1, "dim0"), try call.int(2, "dim1"))]
  },
  "unsqueeze": { (call) throws(CallError) in
    [try call.input.unsqueeze(try call.int(1, "dim"))]
  },
  "squeeze": { (call) throws(CallError) in
    guard let dims = try call.ints(1, "dim") else { return [try call.input.squeeze()] }
    if case .number? = call.optional(1, "dim") { return [try call.input.squeeze(dims[0])] }
    return [try call.input.squeeze(dims)]
  },
  "select": { (call) throws(CallError) in
    [try call.input.select(dim: try call.int(1, "dim"), index: try call.int(2, "index"))]
  },
  "narrow": { (call) throws(CallError) in
    [
      try call.input.narrow(
        dim: try call.int(1, "dim"), start: try call.int(2, "start"),
        length: try call.int(3, "length"))
    ]
  },
  "unbind": { (call) throws(CallError) in
    try call.input.unbind(dim: try call.int(1, "dim", default: 0)).map { $0 }
  },
  "as_strided": { (call) throws(CallError) in
    let offset =
      call.optional(3, "storage_offset") == nil ? nil : try call.int(3, "storage_offset")
    return [
      try call.input.asStrided(
        try call.ints(1, "size") ?? [], try call.ints(2, "stride") ?? [], storageOffset: offset)
    ]
  },
]
