// Products of a function's derivatives with vectors: vjp, jvp, vhp, hvp.
// Source: torch/autograd/functional.py.

/// The outputs of a function at `inputs`, and the product of `v` with its Jacobian there.
///
/// - Parameters:
///   - function: what to differentiate.
///   - inputs: where; tensors of any number and shape.
///   - v: one tensor per output, of its shape; may be left out for a single number.
///   - createGraph: records the computation, so that the results can be differentiated by `inputs`.
///   - strict: whether an output that does not depend on an input is an error, rather than zero.
/// - Returns: the outputs, and one product per input, of its shape.
/// - Throws: `AutogradError` for what PyTorch refuses, and what `function` throws.
public func vjp(
  _ function: ([Tensor]) throws -> [Tensor], _ inputs: [Tensor], v: [Tensor]? = nil,
  createGraph: Bool = false, strict: Bool = false
) throws(AutogradError) -> (outputs: [Tensor], vjp: [Tensor]) {
  try FunctionalCall(name: "vjp", createGraph: createGraph, strict: strict, isSingle: false)
    .vjp(function, inputs, v)
}

/// The output of a function of one tensor at `input`, and the product of `v` with its Jacobian there.
public func vjp(
  _ function: (Tensor) throws -> Tensor, _ input: Tensor, v: Tensor? = nil,
  createGraph: Bool = false, strict: Bool = false
) throws(AutogradError) -> (output: Tensor, vjp: Tensor) {
  let result = try FunctionalCall(
    name: "vjp", createGraph: createGraph, strict: strict, isSingle: true
  ).vjp({ [try function($0[0])] }, [input], v.map { [$0] })
  return (result.outputs[0], result.vjp[0])
}

/// The outputs of a function at `inputs`, and the product of its Jacobian there with `v`.
///
/// Computed by differentiating a vector-Jacobian product by its vector.
///
/// - Parameters:
///   - function: what to differentiate.
///   - inputs: where; tensors of any number and shape.
///   - v: one tensor per input, of its shape; may be left out for a single number.
///   - createGraph: records the computation, so that the results can be differentiated by `inputs`.
///   - strict: whether an output that does not depend on an input is an error, rather than zero.
/// - Returns: the outputs, and one product per output, of its shape.
/// - Throws: `AutogradError` for what PyTorch refuses, and what `function` throws.
public func jvp(
  _ function: ([Tensor]) throws -> [Tensor], _ inputs: [Tensor], v: [Tensor]? = nil,
  createGraph: Bool = false, strict: Bool = false
) throws(AutogradError) -> (outputs: [Tensor], jvp: [Tensor]) {
  try FunctionalCall(name: "jvp", createGraph: createGraph, strict: strict, isSingle: false)
    .jvp(function, inputs, v)
}

/// The output of a function of one tensor at `input`, and the product of its Jacobian there with `v`.
public func jvp(
  _ function: (Tensor) throws -> Tensor, _ input: Tensor, v: Tensor? = nil,
  createGraph: Bool = false, strict: Bool = false
) throws(AutogradError) -> (output: Tensor, jvp: Tensor) {
  let result = try FunctionalCall(
    name: "jvp", createGraph: createGraph, strict: strict, isSingle: true
  ).jvp({ [try function($0[0])] }, [input], v.map { [$0] })
  return (result.outputs[0], result.jvp[0])
}

/// The number that a function gives at `inputs`, and the product of `v` with its Hessian there.
///
/// - Parameters:
///   - function: what to differentiate; it returns a single number.
///   - inputs: where; tensors of any number and shape.
///   - v: one tensor per input, of its shape; may be left out for a single number.
///   - createGraph: records the computation, so that the results can be differentiated by `inputs`.
///   - strict: whether a derivative that does not depend on an input is an error, rather than zero.
/// - Returns: the output, and one product per input, of its shape.
/// - Throws: `AutogradError` for what PyTorch refuses, and what `function` throws.
public func vhp(
  _ function: ([Tensor]) throws -> Tensor, _ inputs: [Tensor], v: [Tensor]? = nil,
  createGraph: Bool = false, strict: Bool = false
) throws(AutogradError) -> (output: Tensor, vhp: [Tensor]) {
  try FunctionalCall(name: "vhp", createGraph: createGraph, strict: strict, isSingle: false)
    .vhp(function, inputs, v)
}

/// The number that a function of one tensor gives, and the product of `v` with its Hessian.
public func vhp(
  _ function: (Tensor) throws -> Tensor, _ input: Tensor, v: Tensor? = nil,
  createGraph: Bool = false, strict: Bool = false
) throws(AutogradError) -> (output: Tensor, vhp: Tensor) {
  let result = try FunctionalCall(
    name: "vhp", createGraph: createGraph, strict: strict, isSingle: true
  ).vhp({ try function($0[0]) }, [input], v.map { [$0] })
  return (result.output, result.vhp[0])
}

/// The number that a function gives at `inputs`, and the product of its Hessian there with `v`.
///
/// The same as `vhp` where the second derivatives are continuous, and slower; parameters, results and
/// errors are those of `vhp`.
public func hvp(
  _ function: ([Tensor]) throws -> Tensor, _ inputs: [Tensor], v: [Tensor]? = nil,
  createGraph: Bool = false, strict: Bool = false
) throws(AutogradError) -> (output: Tensor, hvp: [Tensor]) {
  try FunctionalCall(name: "hvp", createGraph: createGraph, strict: strict, isSingle: false)
    .hvp(function, inputs, v)
}

/// The number that a function of one tensor gives, and the product of its Hessian with `v`.
public func hvp(
  _ function: (Tensor) throws -> Tensor, _ input: Tensor, v: Tensor? = nil,
  createGraph: Bool = false, strict: Bool = false
) throws(AutogradError) -> (output: Tensor, hvp: Tensor) {
  let result = try FunctionalCall(
    name: "hvp", createGraph: createGraph, strict: strict, isSingle: true
  ).hvp({ try function($0[0]) }, [input], v.map { [$0] })
  return (result.output, result.hvp[0])
}

extension FunctionalCall {
  fileprivate func vjp(
    _ function: ([Tensor]) throws -> [Tensor], _ inputs: [Tensor], _ v: [Tensor]?
  ) throws(AutogradError) -> (outputs: [Tensor], vjp: [Tensor]) {
    let (leaves, outputs, vectors) = try enableGrad { () throws(AutogradError) in
      let leaves = prepared(inputs)
      let outputs = try calling { try function(leaves) }
      try checkDepends(outputs)
      let vectors = try vector(
        v, for: outputs,
        orElse:
          "The vector v can only be None if the user-provided function returns a single Tensor "
          + "with a single element.")
      return (leaves, outputs, vectors)
    }
    let product = try setGradEnabled(createGraph || isGradEnabled) { () throws(AutogradError) in
      let gradients = try gradients(outputs, leaves, vectors, createGraph: createGraph)
      return try filled(gradients, like: leaves, .output)
    }
    return (finished(outputs), finished(product))
  }

  private static let inputsNeedVector =
    "The vector v can only be None if the input to the user-provided function is a single Tensor with "
    + "a single element."

  fileprivate func jvp(
    _ function: ([Tensor]) throws -> [Tensor], _ inputs: [Tensor], _ v: [Tensor]?
  ) throws(AutogradError) -> (outputs: [Tensor], jvp: [Tensor]) {
    let (outputs, dummies, gradInputs, vectors) = try enableGrad { () throws(AutogradError) in
      let leaves = prepared(inputs)
      let vectors = try vector(v, for: leaves, orElse: Self.inputsNeedVector)
      let outputs = try calling { try function(leaves) }
      try checkDepends(outputs)
      // The vector-Jacobian product is linear in its vector, whose value does not matter.
      let dummies = outputs.map { Tensor.zeros(like: $0, requiresGrad: true) }
      let gradInputs = try gradients(outputs, leaves, dummies, createGraph: true)
      try checkGradients(gradInputs) {
        "The gradient with respect to input \($0) is independent of the inputs of the user-provided "
          + "function. This is not allowed in strict mode."
      }
      return (outputs, dummies, gradInputs, vectors)
    }
    let product = try setGradEnabled(createGraph || isGradEnabled) { () throws(AutogradError) in
      let gradients = try gradients(gradInputs, dummies, vectors, createGraph: createGraph)
      return try filled(gradients, like: outputs, .gradientByVector)
    }
    return (finished(outputs), finished(product))
  }

  /// The number, the vector and the gradient of a function of which second derivatives are asked for.
  private func recordedGradient(
    _ function: ([Tensor]) throws -> Tensor, _ inputs: [Tensor], _ v: [Tensor]?
  ) throws(AutogradError) -> (
    leaves: [Tensor], output: Tensor, gradient: [Tensor?], vectors: [Tensor?]
  ) {
    let leaves = prepared(inputs)
    let vectors = try vector(v, for: leaves, orElse: Self.inputsNeedVector)
    let output = try calling { try function(leaves) }
    try checkDepends([output])
    try checkSingleNumber(output)
    let gradient = try gradients([output], leaves, [nil], createGraph: true)
    try checkGradients(gradient, Self.jacobianIsIndependent)
    return (leaves, output, gradient, vectors)
  }

  fileprivate func vhp(
    _ function: ([Tensor]) throws -> Tensor, _ inputs: [Tensor], _ v: [Tensor]?
  ) throws(AutogradError) -> (output: Tensor, vhp: [Tensor]) {
    let (leaves, output, gradient, vectors) = try enableGrad { () throws(AutogradError) in
      try recordedGradient(function, inputs, v)
    }
    let product = try setGradEnabled(createGraph || isGradEnabled) { () throws(AutogradError) in
      let gradients = try gradients(gradient, leaves, vectors, createGraph: createGraph)
      return try filled(gradients, like: leaves, .jacobian)
    }
    return (finished([output])[0], finished(product))
  }

  fileprivate func hvp(
    _ function: ([Tensor]) throws -> Tensor, _ inputs: [Tensor], _ v: [Tensor]?
  ) throws(AutogradError) -> (output: Tensor, hvp: [Tensor]) {
    let (leaves, output, dummies, second, vectors) = try enableGrad { () throws(AutogradError) in
      let (leaves, output, gradient, vectors) = try recordedGradient(function, inputs, v)
      let dummies = leaves.map { Tensor.zeros(like: $0, requiresGrad: true) }
      let second = try gradients(gradient, leaves, dummies, createGraph: true)
      return (leaves, output, dummies, second, vectors)
    }
    let product = try setGradEnabled(createGraph || isGradEnabled) { () throws(AutogradError) in
      let gradients = try gradients(second, dummies, vectors, createGraph: createGraph)
      return try filled(gradients, like: leaves, .hessianByVector)
    }
    return (finished([output])[0], finished(product))
  }
}
