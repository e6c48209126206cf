// Whole matrices of derivatives: jacobian, hessian. Source: torch/autograd/functional.py.

/// The derivatives of each element of each output of a function by each element of each input.
///
/// - Parameters:
///   - function: what to differentiate.
///   - inputs: where; tensors of any number and shape.
///   - createGraph: records the computation, so that the results can be differentiated by `inputs`.
///   - strict: whether an output that does not depend on an input is an error, rather than zero.
/// - Returns: for each output and each input, a tensor of the output's shape followed by the input's.
/// - Throws: `AutogradError` for what PyTorch refuses, and what `function` throws.
public func jacobian(
  _ function: ([Tensor]) throws -> [Tensor], _ inputs: [Tensor], createGraph: Bool = false,
  strict: Bool = false
) throws(AutogradError) -> [[Tensor]] {
  try FunctionalCall(name: "jacobian", createGraph: createGraph, strict: strict, isSingle: false)
    .jacobian(function, inputs)
}

/// The derivatives of each element that a function of one tensor gives by each element of `input`.
///
/// The result has the output's shape followed by the input's.
public func jacobian(
  _ function: (Tensor) throws -> Tensor, _ input: Tensor, createGraph: Bool = false,
  strict: Bool = false
) throws(AutogradError) -> Tensor {
  try FunctionalCall(name: "jacobian", createGraph: createGraph, strict: strict, isSingle: true)
    .jacobian({ [try function($0[0])] }, [input])[0][0]
}

/// The second derivatives of the number that a function gives, by each two elements of the inputs.
///
/// - Parameters:
///   - function: what to differentiate; it returns a single number.
///   - inputs: where; tensors of any number and shape.
///   - createGraph: records the computation, so that the results can be differentiated by `inputs`.
///   - strict: whether a derivative that does not depend on an input is an error, rather than zero.
/// - Returns: for each two inputs, a tensor of the first one's shape followed by the second one's.
/// - Throws: `AutogradError` for what PyTorch refuses, and what `function` throws.
public func hessian(
  _ function: ([Tensor]) throws -> Tensor, _ inputs: [Tensor], createGraph: Bool = false,
  strict: Bool = false
) throws(AutogradError) -> [[Tensor]] {
  let inner = FunctionalCall(name: "hessian", createGraph: true, strict: strict, isSingle: false)
  return try FunctionalCall(
    name: "hessian", createGraph: createGraph, strict: strict, isSingle: false
  ).jacobian(
    { inputs in
      let rows = try inner.jacobian(
        {
          let output = try function($0)
          try inner.checkDepends([output])
          try inner.checkSingleNumber(output)
          return [output.squeeze()]
        }, inputs, checksResults: false)
      try inner.checkGradients(rows[0], FunctionalCall.jacobianIsIndependent)
      return rows[0]
    }, inputs)
}

/// The second derivatives of the number that a function of one tensor gives.
///
/// The result has the input's shape twice.
public func hessian(
  _ function: (Tensor) throws -> Tensor, _ input: Tensor, createGraph: Bool = false,
  strict: Bool = false
) throws(AutogradError) -> Tensor {
  try hessian({ try function($0[0]) }, [input], createGraph: createGraph, strict: strict)[0][0]
}

extension FunctionalCall {
  /// The rows for each output; strict mode applies to them only where `checksResults`.
  fileprivate func jacobian(
    _ function: ([Tensor]) throws -> [Tensor], _ inputs: [Tensor], checksResults: Bool = true
  ) throws(AutogradError) -> [[Tensor]] {
    try enableGrad { () throws(AutogradError) in
      let leaves = prepared(inputs)
      let outputs = try calling { try function(leaves) }
      try checkDepends(outputs)
      var result: [[Tensor]] = []
      for (i, output) in outputs.enumerated() {
        var rows = leaves.map { _ in [Tensor]() }
        let flat = output.reshape([-1])
        for k in 0..<output.count {
          let gradients = try gradients(
            [flat[k]], leaves, [nil], createGraph: createGraph, retainGraph: true)
          for (j, gradient) in gradients.enumerated() {
            if checksResults { try check(gradient, output: i, input: j) }
            rows[j].append(gradient ?? Tensor.zeros(like: leaves[j]))
          }
        }
        result.append(
          finished(zip(rows, leaves).map { stacked($0, output, $1) }))
      }
      return result
    }
  }

  private func stacked(_ rows: [Tensor], _ output: Tensor, _ input: Tensor) -> Tensor {
    let shape = output.shape + input.shape
    return rows.isEmpty ? .zeros(shape, dtype: input.dtype) : Tensor.stack(rows).view(shape)
  }

  private func check(_ gradient: Tensor?, output: Int, input: Int) throws(AutogradError) {
    guard strict else { return }
    guard let gradient else {
      throw AutogradError(
        .independent,
        "\(name): Output \(output) of the user-provided function is independent of input \(input). "
          + "This is not allowed in strict mode.")
    }
    if createGraph, !gradient.requiresGrad {
      throw AutogradError(
        .independent,
        "\(name): The jacobian of the user-provided function is independent of input \(output). This "
          + "is not allowed in strict mode when createGraph: true.")
    }
  }
}
