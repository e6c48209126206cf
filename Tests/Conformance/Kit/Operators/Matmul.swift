// Products of matrices.

import Autograd

let matmulOperators: [String: Operator] = [
  "mm": { (call) throws(CallError) in [try call.input.mm(try call.tensor(1, "mat2"))] }
]
