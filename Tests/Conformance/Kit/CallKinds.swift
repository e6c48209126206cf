// Kinds of calls that many operators have.

import Autograd

/// A function of one tensor.
func unary(_ function: @escaping @Sendable (Tensor) -> Tensor) -> Operator {
  @Sendable func operation(_ call: Call) throws(CallError) -> [Tensor?] {
    [function(try call.input)]
  }
  return operation
}

/// A function of a tensor and a number that has a default.
func setting(
  _ keyword: String, _ value: Double, _ function: @escaping @Sendable (Tensor, Scalar) -> Tensor
) -> Operator {
  @Sendable func operation(_ call: Call) throws(CallError) -> [Tensor?] {
    [function(try call.input, try call.number(1, keyword, default: .double(value)))]
  }
  return operation
}

/// A function of two tensors.
func pair(
  _ keyword: String = "other", _ function: @escaping @Sendable (Tensor, Tensor) -> Tensor
) -> Operator {
  @Sendable func operation(_ call: Call) throws(CallError) -> [Tensor?] {
    [function(try call.input, try call.tensor(1, keyword))]
  }
  return operation
}

/// A function of a tensor and a tensor or number.
func either(
  _ withTensor: @escaping @Sendable (Tensor, Tensor) -> Tensor,
  _ withNumber: @escaping @Sendable (Tensor, Scalar) -> Tensor, keyword: String = "other"
) -> Operator {
  @Sendable func operation(_ call: Call) throws(CallError) -> [Tensor?] {
    try call.combine(keyword, withTensor, withNumber)
  }
  return operation
}

/// A function of three tensors and a number called value.
func combination(
  _ function: @escaping @Sendable (Tensor, Tensor, Tensor, Scalar) -> Tensor
) -> Operator {
  @Sendable func operation(_ call: Call) throws(CallError) -> [Tensor?] {
    [
      function(
        try call.input, try call.tensor(1, "tensor1"), try call.tensor(2, "tensor2"),
        try call.number(nil, "value", default: .int(1)))
    ]
  }
  return operation
}

/// A product of two tensors that is added to a third, each with a factor.
func addedProduct(
  _ function: @escaping @Sendable (Tensor, Tensor, Tensor, Scalar, Scalar) -> Tensor
) -> Operator {
  @Sendable func operation(_ call: Call) throws(CallError) -> [Tensor?] {
    [
      function(
        try call.input, try call.tensor(1, "first"), try call.tensor(2, "second"),
        try call.number(nil, "beta", default: .int(1)),
        try call.number(nil, "alpha", default: .int(1)))
    ]
  }
  return operation
}
