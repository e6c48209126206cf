// Activation functions with settings.

import Autograd

let activationOperators: [String: Operator] = [
  "softplus": { (call) throws(CallError) in
    [
      try call.input.softplus(
        beta: try call.number(1, "beta", default: .int(1)),
        threshold: try call.number(2, "threshold", default: .int(20)))
    ]
  },
  "silu": { (call) throws(CallError) in [try call.input.silu()] },
  "gelu": { (call) throws(CallError) in
    let name = try call.text(nil, "approximate", default: "none")
    guard let approximation = GELUApproximation(rawValue: name) else {
      throw .malformed("gelu knows no approximation \(name)")
    }
    return [try call.input.gelu(approximate: approximation)]
  },
]
