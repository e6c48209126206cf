// Derivatives against differences of values. Source: torch/autograd/gradcheck.py.

/// Checks the derivatives of a function at `inputs` against central differences.
///
/// ```swift
/// let x = Tensor.randn(3, dtype: .float64, requiresGrad: true)
/// try gradcheck({ [$0[0].sin()] }, [x])
/// ```
///
/// Every element of every output is differentiated by every element of every input that requires a
/// gradient, twice, so that a backward pass that gives other gradients the second time is found, too.
///
/// - Parameters:
///   - function: what to check; it must not keep or change its inputs.
///   - inputs: where to check; those that require a gradient are float64, and no two of their elements
///     are the same memory.
///   - eps: the step of the differences.
///   - atol: the error that is allowed for any derivative.
///   - rtol: the error that is allowed beyond, relative to the difference.
///   - nondetTol: by how much two backward passes may differ.
/// - Throws: `AutogradError` with the code `gradcheckFailed` that shows both Jacobians, one row an
///   element of the input; `invalidArgument` for inputs that cannot be checked; and what `function`
///   throws.
public func gradcheck(
  _ function: ([Tensor]) throws -> [Tensor], _ inputs: [Tensor], eps: Double = 1e-6,
  atol: Double = 1e-5, rtol: Double = 1e-3, nondetTol: Double = 0
) throws(AutogradError) {
  try GradientCheck(eps: eps, atol: atol, rtol: rtol, nondetTol: nondetTol)
    .run({ inputs throws(AutogradError) in try calling { try function(inputs) } }, inputs)
}

/// Checks the derivative of a function of one tensor.
public func gradcheck(
  _ function: (Tensor) throws -> Tensor, _ input: Tensor, eps: Double = 1e-6,
  atol: Double = 1e-5, rtol: Double = 1e-3, nondetTol: Double = 0
) throws(AutogradError) {
  try gradcheck(
    { [try function($0[0])] }, [input], eps: eps, atol: atol, rtol: rtol, nondetTol: nondetTol)
}

/// Checks the second derivatives of a function at `inputs` against central differences of the first.
///
/// - Parameters:
///   - function: what to check; it must not keep or change its inputs.
///   - inputs: where to check, as for `gradcheck`.
///   - gradOutputs: what flows into each output that requires a gradient; random numbers from -1 to 1,
///     which leave the generator as it is, unless said.
///   - eps: the step of the differences.
///   - atol: the error that is allowed for any derivative.
///   - rtol: the error that is allowed beyond, relative to the difference.
///   - nondetTol: by how much two backward passes may differ.
/// - Throws: as `gradcheck`.
public func gradgradcheck(
  _ function: ([Tensor]) throws -> [Tensor], _ inputs: [Tensor], gradOutputs: [Tensor]? = nil,
  eps: Double = 1e-6, atol: Double = 1e-5, rtol: Double = 1e-3, nondetTol: Double = 0
) throws(AutogradError) {
  let vectors: [Tensor]
  if let gradOutputs {
    vectors = gradOutputs
  } else {
    let outputs = try calling { try function(inputs) }.filter(\.requiresGrad)
    vectors = keepingRandomState {
      outputs.map { Tensor.zeros(like: $0).uniform_(from: -1, to: 1).requiresGrad_() }
    }
  }
  let count = inputs.count
  let gradient = { (all: [Tensor]) throws(AutogradError) -> [Tensor] in
    let outputs = try calling { try function(Array(all[..<count])) }.filter(\.requiresGrad)
    return try grad(
      of: outputs, withRespectTo: all[..<count].filter(\.requiresGrad),
      gradients: Array(all[count...]), createGraph: true, allowUnused: true
    ).compactMap { $0 }
  }
  try GradientCheck(eps: eps, atol: atol, rtol: rtol, nondetTol: nondetTol)
    .run(gradient, inputs + vectors)
}

/// Checks the second derivative of a function of one tensor.
public func gradgradcheck(
  _ function: (Tensor) throws -> Tensor, _ input: Tensor, eps: Double = 1e-6,
  atol: Double = 1e-5, rtol: Double = 1e-3, nondetTol: Double = 0
) throws(AutogradError) {
  try gradgradcheck(
    { [try function($0[0])] }, [input], eps: eps, atol: atol, rtol: rtol, nondetTol: nondetTol)
}

private struct GradientCheck {
  let eps: Double
  let atol: Double
  let rtol: Double
  let nondetTol: Double

  typealias Function = ([Tensor]) throws(AutogradError) -> [Tensor]

  /// Rows are the elements of an input, columns those of an output, as PyTorch shows them.
  private typealias Matrix = [[Double]]

  func run(_ function: Function, _ inputs: [Tensor]) throws(AutogradError) {
    try check(inputs)
    let variables = inputs.filter(\.requiresGrad)
    try enableGrad { () throws(AutogradError) in
      let outputs = try function(inputs)
      var numerical: [[Matrix]] = []
      for variable in variables {
        numerical.append(try differences(function, inputs, variable, outputs))
      }
      let differentiable = outputs.indices.filter { outputs[$0].requiresGrad }
      if differentiable.isEmpty {
        guard
          numerical.allSatisfy({ $0.allSatisfy { $0.allSatisfy { $0.allSatisfy { $0 == 0 } } } })
        else { throw failure("Numerical gradient for function expected to be zero") }
        return
      }
      for i in differentiable {
        let analytical = try derivatives(outputs[i], variables)
        for j in variables.indices where !isClose(analytical[j], numerical[j][i]) {
          throw failure(
            "Jacobian mismatch for output \(i) with respect to input "
              + "\(position(of: variables[j], in: inputs)),\n"
              + "numerical:\(text(numerical[j][i]))\nanalytical:\(text(analytical[j]))\n"
              + worst(analytical[j], numerical[j][i]))
        }
        try checkIsLinear(outputs[i], variables)
      }
    }
  }

  private func position(of variable: Tensor, in inputs: [Tensor]) -> Int {
    inputs.firstIndex { $0 === variable }!
  }

  private func failure(_ message: String) -> AutogradError {
    AutogradError(.gradcheckFailed, message)
  }

  private func check(_ inputs: [Tensor]) throws(AutogradError) {
    for (i, input) in inputs.enumerated() where input.requiresGrad {
      guard input.dtype == .float64 else {
        throw AutogradError(
          .invalidArgument,
          "Input #\(i) requires gradient and is not a double precision floating point: differences of "
            + "\(input.dtype.name) are too coarse to check anything. Use dtype: .float64")
      }
      guard !input.sizes.indices.contains(where: { input.strides[$0] == 0 && input.sizes[$0] > 1 })
      else {
        throw AutogradError(
          .invalidArgument,
          "The \(i)th input has a dimension with stride 0. gradcheck only supports inputs that are "
            + "non-overlapping to be able to compute the numerical gradients correctly. You should "
            + "call .contiguous on the input before passing it to gradcheck.")
      }
    }
    guard inputs.contains(where: \.requiresGrad) else {
      throw AutogradError(
        .invalidArgument,
        "gradcheck expects at least one input tensor to require gradient, but none of them have "
          + "requiresGrad: true.")
    }
  }

  // MARK: The two Jacobians

  /// For each output, its differences by each element of `variable`, which is changed for the time.
  private func differences(
    _ function: Function, _ inputs: [Tensor], _ variable: Tensor, _ outputs: [Tensor]
  ) throws(AutogradError) -> [Matrix] {
    let memory = variable.pointer.assumingMemoryBound(to: Double.self)
    let places = Strided.positions(variable.sizes, variable.strides, offset: 0)
      .toArray(as: Int.self)
    var result: [Matrix] = outputs.map { _ in [] }
    for place in places {
      let before = memory[place]
      defer { memory[place] = before }
      memory[place] = before + eps
      let above = try function(inputs).map { $0.toArray(as: Double.self) }
      memory[place] = before - eps
      let below = try function(inputs).map { $0.toArray(as: Double.self) }
      for i in outputs.indices {
        result[i].append(zip(above[i], below[i]).map { ($0 - $1) / (2 * eps) })
      }
    }
    return withExtendedLifetime(variable) { result }
  }

  /// For each variable, the derivatives of `output` by its elements.
  private func derivatives(
    _ output: Tensor, _ variables: [Tensor]
  ) throws(AutogradError) -> [Matrix] {
    var result: [Matrix] = variables.map {
      Array(repeating: Array(repeating: 0, count: output.count), count: $0.count)
    }
    for column in 0..<output.count {
      let vector = Tensor.zeros([output.count], dtype: output.dtype)
      noGrad { vector[column].fill_(1) }
      let shaped = vector.view(output.shape)
      let first = try rows(output, variables, shaped)
      let second = try rows(output, variables, shaped)
      for j in variables.indices {
        for (row, (a, b)) in zip(first[j], second[j]).enumerated() {
          guard Swift.abs(a - b) <= nondetTol || (a.isNaN && b.isNaN) else {
            throw failure(
              "Backward is not reentrant, i.e., running backward with same input and grad_output "
                + "multiple times gives different values: \(a) and \(b). The tolerance for "
                + "nondeterminism was \(nondetTol).")
          }
          result[j][row][column] = a
        }
      }
    }
    return result
  }

  private func rows(
    _ output: Tensor, _ variables: [Tensor], _ vector: Tensor
  ) throws(AutogradError) -> [[Double]] {
    let gradients = try grad(
      of: [output], withRespectTo: variables, gradients: [vector], retainGraph: true,
      allowUnused: true)
    return zip(gradients, variables).map { gradient, variable in
      gradient?.toArray(as: Double.self) ?? Array(repeating: 0, count: variable.count)
    }
  }

  private func checkIsLinear(_ output: Tensor, _ variables: [Tensor]) throws(AutogradError) {
    let gradients = try rows(output, variables, Tensor.zeros(like: output))
    guard gradients.allSatisfy({ $0.allSatisfy { $0 == 0 } }) else {
      throw failure("backward not multiplied by grad_output")
    }
  }

  // MARK: Comparison

  private func isClose(_ analytical: Matrix, _ numerical: Matrix) -> Bool {
    zip(analytical, numerical).allSatisfy { zip($0, $1).allSatisfy { error($0, $1) <= 0 } }
  }

  /// By how much a derivative is further from the difference than is allowed.
  private func error(_ analytical: Double, _ numerical: Double) -> Double {
    if analytical == numerical { return 0 }
    let error = Swift.abs(analytical - numerical) - (atol + rtol * Swift.abs(numerical))
    return error.isFinite ? error : .infinity
  }

  /// Where the Jacobians differ most.
  private func worst(_ analytical: Matrix, _ numerical: Matrix) -> String {
    var found = (row: 0, column: 0, error: 0.0)
    for (row, (a, n)) in zip(analytical, numerical).enumerated() {
      for column in a.indices where error(a[column], n[column]) > found.error {
        found = (row, column, error(a[column], n[column]))
      }
    }
    let (row, column) = (found.row, found.column)
    return
      "The greatest difference is at row \(row) (an element of the input), column \(column) (one "
      + "of the output): numerical \(numerical[row][column]), analytical \(analytical[row][column])"
  }

  private func text(_ matrix: Matrix) -> String {
    let columns = matrix.first?.count ?? 0
    return "\(Tensor(matrix.flatMap { $0 }, dtype: .float64).view([matrix.count, columns]))"
  }
}
