// Comparisons, and choices by them.

import Autograd

let comparisonOperators: [String: Operator] = [
  "eq": { (call) throws(CallError) in try call.combine("other", { $0.eq($1) }, { $0.eq($1) }) },
  "ne": { (call) throws(CallError) in try call.combine("other", { $0.ne($1) }, { $0.ne($1) }) },
  "lt": { (call) throws(CallError) in try call.combine("other", { $0.lt($1) }, { $0.lt($1) }) },
  "le": { (call) throws(CallError) in try call.combine("other", { $0.le($1) }, { $0.le($1) }) },
  "gt": { (call) throws(CallError) in try call.combine("other", { $0.gt($1) }, { $0.gt($1) }) },
  "ge": { (call) throws(CallError) in try call.combine("other", { $0.ge($1) }, { $0.ge($1) }) },
  "maximum": { (call) throws(CallError) in
    [.maximum(try call.input, try call.tensor(1, "other"))]
  },
  "minimum": { (call) throws(CallError) in
    [.minimum(try call.input, try call.tensor(1, "other"))]
  },
  "where": { (call) throws(CallError) in
    guard call.optional(1, "input") != nil else {
      return Tensor.where(try call.tensor(0, "condition")).map { $0 }
    }
    let condition = try call.tensor(0, "condition")
    switch (try call.operand(1, "input"), try call.operand(2, "other")) {
    case (.tensor(let x), .tensor(let y)): return [.where(condition, x, y)]
    case (.tensor(let x), .number(let y)): return [.where(condition, x, y)]
    case (.number(let x), .tensor(let y)): return [.where(condition, x, y)]
    case (.number(let x), .number(let y)): return [.where(condition, x, y)]
    default: throw .malformed("where takes tensors and numbers")
    }
  },
]
