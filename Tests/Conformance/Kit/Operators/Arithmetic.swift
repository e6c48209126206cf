// Addition, subtraction, multiplication and division.

import Autograd

let arithmeticOperators: [String: Operator] = [
  "add": { (call) throws(CallError) in
    let alpha = try call.number(nil, "alpha", default: .int(1))
    return try call.combine("other", { $0.add($1, alpha: alpha) }, { $0 + $1.scaled(by: alpha) })
  },
  "sub": { (call) throws(CallError) in
    let alpha = try call.number(nil, "alpha", default: .int(1))
    return try call.combine("other", { $0.sub($1, alpha: alpha) }, { $0 - $1.scaled(by: alpha) })
  },
  "mul": { (call) throws(CallError) in try call.combine("other", { $0 * $1 }, { $0 * $1 }) },
  "div": { (call) throws(CallError) in
    guard call.optional(nil, "rounding_mode") != nil else {
      return try call.combine("other", { $0 / $1 }, { $0 / $1 })
    }
    let name = try call.text(nil, "rounding_mode", default: "")
    guard let mode = RoundingMode(rawValue: name) else {
      throw .malformed("div knows no rounding \(name)")
    }
    return try call.combine(
      "other", { $0.div($1, roundingMode: mode) }, { $0.div($1, roundingMode: mode) })
  },
  "rsub": { (call) throws(CallError) in try call.combine("other", { $1 - $0 }, { $1 - $0 }) },
  "add_": { (call) throws(CallError) in
    let alpha = try call.number(nil, "alpha", default: .int(1))
    return try call.combine(
      "other", { $0.add_($1, alpha: alpha) }, { $0.add_($1.scaled(by: alpha)) })
  },
  "sub_": { (call) throws(CallError) in
    let alpha = try call.number(nil, "alpha", default: .int(1))
    return try call.combine(
      "other", { $0.sub_($1, alpha: alpha) }, { $0.sub_($1.scaled(by: alpha)) })
  },
  "mul_": { (call) throws(CallError) in try call.combine("other", { $0.mul_($1) }, { $0.mul_($1) })
  },
  "div_": { (call) throws(CallError) in try call.combine("other", { $0.div_($1) }, { $0.div_($1) })
  },
]

extension Call {
  /// Calls an operator of two operands, the second of which may be a number.
  func combine(
    _ keyword: String, _ withTensor: (Tensor, Tensor) -> Tensor,
    _ withNumber: (Tensor, Scalar) -> Tensor
  ) throws(CallError) -> [Tensor?] {
    guard case .tensor(let second) = try operand(1, keyword) else {
      return [withNumber(try input, try number(1, keyword))]
    }
    return [withTensor(try input, second)]
  }
}

extension Scalar {
  fileprivate func scaled(by alpha: Scalar) -> Scalar {
    switch (self, alpha) {
    case (_, .int(1)): self
    case (.int(let value), .int(let factor)): .int(value * factor)
    default: .double(double * alpha.double)
    }
  }
}
