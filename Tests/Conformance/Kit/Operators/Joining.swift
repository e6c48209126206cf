// Tensors put together.

import Autograd

let joiningOperators: [String: Operator] = [
  "cat": { (call) throws(CallError) in
    [.cat(try call.tensors(0, "tensors"), dim: try call.int(1, "dim", default: 0))]
  },
  "stack": { (call) throws(CallError) in
    [.stack(try call.tensors(0, "tensors"), dim: try call.int(1, "dim", default: 0))]
  },
]
