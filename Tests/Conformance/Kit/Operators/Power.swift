// Powers.

import Autograd

let powerOperators: [String: Operator] = [
  "pow": { (call) throws(CallError) in
    switch (try call.operand(0, "input"), try call.operand(1, "exponent")) {
    case (.tensor(let base), .tensor(let exponent)): return [base.pow(exponent)]
    case (.tensor(let base), .number(let exponent)): return [base.pow(exponent)]
    case (.number(let base), .tensor(let exponent)): return [.pow(base, exponent)]
    default: throw .malformed("pow was given no tensor")
    }
  },
  "rpow": { (call) throws(CallError) in
    [.pow(try call.number(nil, "base"), try call.input)]
  },
]
