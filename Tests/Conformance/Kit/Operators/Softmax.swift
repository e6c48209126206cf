// Softmax.

import Autograd

let softmaxOperators: [String: Operator] = [
  "softmax": { (call) throws(CallError) in
    [try call.input.softmax(dim: try call.int(1, "dim"), dtype: try call.dtype())]
  }
]
