// Copies, fills, conversions, and tensors cut off from their history.

import Autograd

let copyOperators: [String: Operator] = [
  "clone": { (call) throws(CallError) in [try call.input.clone()] },
  "contiguous": { (call) throws(CallError) in [try call.input.contiguous()] },
  "detach": { (call) throws(CallError) in [try call.input.detach()] },
  "detach_": { (call) throws(CallError) in [try call.input.detach_()] },
  "to": { (call) throws(CallError) in
    guard let dtype = try call.dtype(1) else { throw .malformed("to was given no dtype") }
    return [try call.input.to(dtype)]
  },
  "float": { (call) throws(CallError) in [try call.input.float()] },
  "double": { (call) throws(CallError) in [try call.input.double()] },
  "long": { (call) throws(CallError) in [try call.input.long()] },
  "int": { (call) throws(CallError) in [try call.input.int()] },
  "bool": { (call) throws(CallError) in [try call.input.bool()] },
  "copy_": { (call) throws(CallError) in [try call.input.copy_(try call.tensor(1, "src"))] },
  "fill_": { (call) throws(CallError) in
    try call.combine("value", { $0.fill_($1) }, { $0.fill_($1) })
  },
  "zero_": { (call) throws(CallError) in [try call.input.zero_()] },
  "masked_fill": { (call) throws(CallError) in
    guard case .number(let value) = try call.operand(2, "value") else {
      return [try call.input.maskedFill(try call.tensor(1, "mask"), try call.tensor(2, "value"))]
    }
    return [try call.input.maskedFill(try call.tensor(1, "mask"), value)]
  },
]
