// What the functions of functions have in common. Source: torch/autograd/functional.py.

/// The checks and conversions around a call of a user's function.
struct FunctionalCall {
  /// The name of the function of functions, for messages.
  let name: String
  let createGraph: Bool
  let strict: Bool
  /// Whether the user speaks of several tensors, for messages.
  let isSingle: Bool

  // MARK: Inputs

  /// The tensors to call the function with; with `createGraph` they lead back to the inputs.
  ///
  /// They are new ones, so that what the function captures is not taken for an input.
  func prepared(_ tensors: [Tensor], requiresGrad: Bool = true) -> [Tensor] {
    tensors.map { tensor in
      if createGraph, tensor.requiresGrad { return tensor.viewAs(tensor) }
      let leaf = tensor.detach()
      return requiresGrad ? leaf.requiresGrad_() : leaf
    }
  }

  /// The vector that is given, checked against what it belongs to; nil where it may be left out.
  func vector(
    _ v: [Tensor]?, for others: [Tensor], orElse message: String
  ) throws(AutogradError) -> [Tensor?] {
    guard let v else {
      guard others.count == 1, others[0].count == 1 else {
        throw AutogradError(.gradientNotImplicit, "\(name): \(message)")
      }
      return [nil]
    }
    guard v.count == others.count else {
      throw AutogradError(
        .invalidArgument,
        "\(name): v is a tuple of invalid length: should be \(others.count) but got \(v.count).")
    }
    for (i, (vector, other)) in zip(v, others).enumerated() where vector.sizes != other.sizes {
      throw AutogradError(
        .shapeMismatch,
        "\(name): \(isSingle ? "" : "Entry \(i) in ")v has invalid size: should be \(other.sizes) "
          + "but got \(vector.sizes).")
    }
    return prepared(v, requiresGrad: false)
  }

  // MARK: Derivatives

  /// The gradients of those of `outputs` that have any; nil where nothing flows.
  func gradients(
    _ outputs: [Tensor?], _ inputs: [Tensor], _ vectors: [Tensor?], createGraph: Bool,
    retainGraph: Bool? = nil
  ) throws(AutogradError) -> [Tensor?] {
    let used = outputs.indices.filter { outputs[$0]?.requiresGrad ?? false }
    guard !used.isEmpty else { return inputs.map { _ in nil } }
    return try grad(
      of: used.map { outputs[$0]! }, withRespectTo: inputs, gradients: used.map { vectors[$0] },
      retainGraph: retainGraph, createGraph: createGraph, allowUnused: true)
  }

  /// Zeros, of the shapes of `others`, in place of nil; an error when strict.
  func filled(
    _ gradients: [Tensor?], like others: [Tensor], _ what: Dependency
  ) throws(AutogradError) -> [Tensor] {
    var result: [Tensor] = []
    for (i, (gradient, other)) in zip(gradients, others).enumerated() {
      if strict, gradient == nil { throw independent(what.message(i)) }
      if strict, createGraph, let gradient, !gradient.requiresGrad {
        throw independent(
          "The \(what.derivative) of the user-provided function is independent of input \(i). This "
            + "is not allowed in strict mode when createGraph: true.")
      }
      result.append(gradient ?? Tensor.zeros(like: other))
    }
    return result
  }

  /// The tensors as they are returned: without history unless the user asked for it.
  func finished(_ tensors: [Tensor]) -> [Tensor] {
    createGraph ? tensors : tensors.map { $0.detach() }
  }

  // MARK: Strict mode

  /// What does not depend on what.
  enum Dependency {
    case output, gradientByVector, jacobian, hessianByVector

    fileprivate var derivative: String {
      switch self {
      case .output, .gradientByVector: "jacobian"
      case .jacobian, .hessianByVector: "hessian"
      }
    }

    fileprivate func message(_ i: Int) -> String {
      switch self {
      case .output:
        "The output of the user-provided function is independent of input \(i). \(Self.refusal)."
      case .gradientByVector:
        "The gradient with respect to the input is independent of entry \(i) in the grad_outputs when "
          + "using the double backward trick to compute forward mode gradients. \(Self.refusal)."
      case .jacobian:
        "The jacobian of the user-provided function is independent of input \(i). \(Self.refusal)."
      case .hessianByVector:
        "The hessian of the user-provided function is independent of entry \(i) in the grad_jacobian. "
          + "\(Self.refusal) as it prevents from using the double backward trick to replace forward "
          + "mode AD."
      }
    }

    fileprivate static let refusal = "This is not allowed in strict mode"
  }

  private func independent(_ message: String) -> AutogradError {
    AutogradError(.independent, "\(name): \(message)")
  }

  func checkDepends(_ outputs: [Tensor]) throws(AutogradError) {
    guard strict, let i = outputs.firstIndex(where: { !$0.requiresGrad }) else { return }
    throw independent(
      "Output \(i) of the user-provided function does not require gradients. The outputs must be "
        + "computed in a differentiable manner from the input when running in strict mode.")
  }

  func checkGradients(
    _ gradients: [Tensor?], _ message: (Int) -> String
  ) throws(AutogradError) {
    guard strict else { return }
    for (i, gradient) in gradients.enumerated() {
      guard let gradient else {
        throw independent(Dependency.output.message(i))
      }
      if !gradient.requiresGrad { throw independent(message(i)) }
    }
  }

  static func jacobianIsIndependent(_ i: Int) -> String {
    "While computing the hessian, found that the jacobian of the user-provided function with respect "
      + "to input \(i) is independent of the input. This is not allowed in strict mode. You should "
      + "ensure that your function is twice differentiable and that the jacobian depends on the inputs "
      + "(this would be violated by a linear function for example)."
  }

  /// The only output of a function whose second derivatives are asked for.
  func checkSingleNumber(_ output: Tensor) throws(AutogradError) {
    guard output.count == 1 else {
      throw AutogradError(
        .invalidArgument,
        "\(name): The Tensor returned by the function given to \(name) should contain a single "
          + "element, not the shape \(output.sizes)")
    }
  }
}
