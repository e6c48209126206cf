// What users call: leaves, histories, `backward` and `grad`.

internal import CThreadState
internal import GradientJournal

/// Whether an operator on `tensor` records what it does.
@inline(__always)
func isRecording(_ tensor: Tensor) -> Bool {
  guard !ats_current().pointee.grad_disabled else {
    PassRecorder.noteCut(.noGrad, "an operator", tensor)
    return false
  }
  return tensor.requiresGrad
}

extension Tensor {
  /// Whether operators on this tensor are recorded so that gradients can flow to it.
  @inline(__always)
  public var requiresGrad: Bool {
    requiresGradFlag || gradFnStorage != nil || (view?.base.requiresGrad ?? false)
  }

  /// Asks for a gradient of this leaf, or no longer; traps for a dtype that can have none, and for
  /// a tensor that is not a leaf.
  @discardableResult
  public func requiresGrad_(_ value: Bool = true) -> Tensor {
    if value, !dtype.isFloatingPoint {
      refuse(
        "requiresGrad_",
        "only Tensors of floating point dtype can require gradients, not \(dtype.name)")
    }
    if !value, !isLeaf {
      refuse(
        "requiresGrad_",
        "you can only change requires_grad flags of leaf variables; this tensor of shape "
          + "\(sizes) was made by \(gradFn!.name). Use detach() to get one that requires none")
    }
    if isLeaf { requiresGradFlag = value }
    return self
  }

  /// Whether the user made the tensor, rather than a recorded operator.
  public var isLeaf: Bool { gradFn == nil }

  /// The node that made this tensor; nil for a leaf.
  public var gradFn: Node? {
    if let view { refreshViewNode(view) }
    return gradFnStorage
  }

  /// The gradient that has accumulated; nil before the first backward pass.
  ///
  /// Setting it traps when shape or dtype differ from this tensor's. A tensor that is no leaf has
  /// one only after `retainGrad()`.
  public var grad: Tensor? {
    get { gradStorage }
    set {
      if let newValue {
        guard newValue.sizes == sizes, newValue.dtype == dtype else {
          refuse(
            "grad",
            "a gradient of shape \(newValue.sizes) and dtype \(newValue.dtype.name) cannot be "
              + "that of a tensor of shape \(sizes) and dtype \(dtype.name)")
        }
      }
      gradStorage = newValue
    }
  }

  /// Keeps the gradient of this tensor in `grad` though it is not a leaf; traps when it requires
  /// none.
  public func retainGrad() {
    guard requiresGrad else {
      refuse("retainGrad", "can't retain_grad on Tensor that has requires_grad=False")
    }
    guard !isLeaf, !retainsGradFlag else { return }
    retainsGradFlag = true
    gradFn!.makeHooks().retain(self)
  }

  /// Whether this tensor keeps its gradient though it is not a leaf.
  public var retainsGrad: Bool { retainsGradFlag }

  /// The same elements without history: what is computed from it sends no gradient here.
  ///
  /// The memory is shared, so an in-place change shows in both.
  public func detach() -> Tensor {
    PassRecorder.noteCut(.detach, "detach", self)
    return alias()
  }

  /// Cuts this tensor off from its history in place; traps for a view.
  @discardableResult
  public func detach_() -> Tensor {
    if isView {
      refuse(
        "detach_",
        "Can't detach views in-place. Use detach() instead")
    }
    PassRecorder.noteCut(.detach, "detach_", self)
    gradFnStorage = nil
    requiresGradFlag = false
    return self
  }

  /// Where a gradient of this tensor flows to.
  @inline(__always)
  var gradientEdge: Edge {
    if let view { refreshViewNode(view) }
    if let node = gradFnStorage { return Edge(node: node, output: outputNumber) }
    return requiresGradFlag ? Edge(node: gradientAccumulator, output: 0) : .none
  }

  private var gradientAccumulator: AccumulateGrad {
    if let accumulator { return accumulator.takeUnretainedValue() }
    let node = AccumulateGrad(self)
    accumulator = Unmanaged.passUnretained(node)
    return node
  }

  /// Computes the gradients of this tensor and adds them to the leaves' `grad`.
  ///
  /// - Parameters:
  ///   - gradient: what flows into this tensor, of its shape; may be left out for a single number.
  ///   - retainGraph: keeps the saved tensors for another pass; `createGraph` unless said.
  ///   - createGraph: records the pass itself, for derivatives of higher order.
  ///   - inputs: the tensors to accumulate gradients in; all leaves unless said.
  /// - Throws: `AutogradError` for what PyTorch refuses.
  public func backward(
    gradient: Tensor? = nil, retainGraph: Bool? = nil, createGraph: Bool = false,
    inputs: [Tensor]? = nil
  ) throws(AutogradError) {
    if let inputs {
      return try Autograd.backward(
        [self], gradients: [gradient], retainGraph: retainGraph, createGraph: createGraph,
        inputs: inputs)
    }
    _ = try Engine.run(
      roots: [makeRoot(self, gradient, 0)], retainGraph: retainGraph ?? createGraph,
      createGraph: createGraph)
  }
}

/// Computes the gradients of several tensors at once and adds them to the leaves' `grad`.
///
/// - Parameters:
///   - tensors: the roots.
///   - gradients: what flows into each root; nil for a single number's 1.
///   - retainGraph: keeps the saved tensors for another pass; `createGraph` unless said.
///   - createGraph: records the pass itself, for derivatives of higher order.
///   - inputs: the tensors to accumulate gradients in; all leaves unless said.
/// - Throws: `AutogradError` for what PyTorch refuses.
public func backward(
  _ tensors: [Tensor], gradients: [Tensor?]? = nil, retainGraph: Bool? = nil,
  createGraph: Bool = false, inputs: [Tensor]? = nil
) throws(AutogradError) {
  let roots = try makeRoots(tensors, gradients)
  guard let inputs else {
    _ = try Engine.run(
      roots: roots, retainGraph: retainGraph ?? createGraph, createGraph: createGraph)
    return
  }
  if inputs.isEmpty {
    throw AutogradError(.invalidArgument, "`inputs` argument to `backward` cannot be empty.")
  }
  // A leaf's accumulator runs; another tensor keeps the gradient that reaches its node, which runs too.
  var accumulating: [Node] = []
  for (i, tensor) in inputs.enumerated() {
    accumulating.append(try edge(of: tensor, index: i).node!)
    tensor.retainGrad()
  }
  _ = try Engine.run(
    roots: roots, retainGraph: retainGraph ?? createGraph, createGraph: createGraph,
    isSelective: true, accumulating: accumulating)
}

/// The gradients of `outputs` with respect to `inputs`, without touching any `grad`.
///
/// - Parameters:
///   - outputs: the tensors to differentiate.
///   - inputs: the tensors to differentiate with respect to: leaves or results of operators.
///   - gradients: what flows into each output; nil for a single number's 1.
///   - retainGraph: keeps the saved tensors for another pass; `createGraph` unless said.
///   - createGraph: records the pass itself, for derivatives of higher order.
///   - allowUnused: whether an input that the outputs do not depend on gives nil.
/// - Returns: one gradient per input, of its shape.
/// - Throws: `AutogradError` for what PyTorch refuses, an unused input among it.
public func grad(
  of outputs: [Tensor], withRespectTo inputs: [Tensor], gradients: [Tensor?]? = nil,
  retainGraph: Bool? = nil, createGraph: Bool = false, allowUnused: Bool
) throws(AutogradError) -> [Tensor?] {
  let roots = try makeRoots(outputs, gradients)
  var captures: [Engine.Capture] = []
  for (i, tensor) in inputs.enumerated() {
    let edge = try edge(of: tensor, index: i)
    captures.append(Engine.Capture(node: edge.node!, output: Int(edge.output)))
  }
  let results = try Engine.run(
    roots: roots, retainGraph: retainGraph ?? createGraph, createGraph: createGraph,
    captures: captures, isSelective: true)
  if !allowUnused, let i = results.firstIndex(where: { $0 == nil }) {
    throw AutogradError(
      .unused,
      "The differentiated Tensor at index \(i), of shape \(inputs[i].sizes), appears to not have "
        + "been used in the graph. Set allowUnused: true if this is the desired behavior.")
  }
  return results
}

/// The gradients of `outputs` with respect to `inputs`, all of which must be used.
///
/// As `grad(of:withRespectTo:gradients:retainGraph:createGraph:allowUnused:)`, without optionals.
public func grad(
  of outputs: [Tensor], withRespectTo inputs: [Tensor], gradients: [Tensor?]? = nil,
  retainGraph: Bool? = nil, createGraph: Bool = false
) throws(AutogradError) -> [Tensor] {
  try grad(
    of: outputs, withRespectTo: inputs, gradients: gradients, retainGraph: retainGraph,
    createGraph: createGraph, allowUnused: false
  ).map { $0! }
}

/// The gradient of one tensor with respect to another.
public func grad(
  of output: Tensor, withRespectTo input: Tensor, gradient: Tensor? = nil,
  retainGraph: Bool? = nil, createGraph: Bool = false
) throws(AutogradError) -> Tensor {
  try grad(
    of: [output], withRespectTo: [input], gradients: [gradient], retainGraph: retainGraph,
    createGraph: createGraph)[0]
}

private func edge(of tensor: Tensor, index: Int) throws(AutogradError) -> Edge {
  let edge = tensor.gradientEdge
  guard edge.node != nil else {
    throw AutogradError(
      .noGradientRequired,
      "One of the differentiated Tensors does not require grad: the one at index \(index), of "
        + "shape \(tensor.sizes)")
  }
  return edge
}

private func makeRoots(
  _ tensors: [Tensor], _ gradients: [Tensor?]?
) throws(AutogradError) -> [Engine.Root] {
  if let gradients, gradients.count != tensors.count {
    throw AutogradError(
      .invalidArgument, "got \(tensors.count) tensors and \(gradients.count) gradients")
  }
  var roots: [Engine.Root] = []
  roots.reserveCapacity(tensors.count)
  for (i, tensor) in tensors.enumerated() {
    roots.append(try makeRoot(tensor, gradients?[i], i))
  }
  return roots
}

private func makeRoot(
  _ tensor: Tensor, _ gradient: Tensor?, _ i: Int
) throws(AutogradError) -> Engine.Root {
  if let gradient, gradient.sizes != tensor.sizes {
    throw AutogradError(
      .shapeMismatch,
      "Mismatch in shape: gradients[\(i)] has a shape of \(gradient.sizes) and tensor \(i) has a "
        + "shape of \(tensor.sizes).")
  }
  let edge = tensor.gradientEdge
  guard edge.node != nil else { throw notDifferentiable(i) }
  if let gradient { return Engine.Root(tensor: tensor, edge: edge, gradient: gradient) }
  guard tensor.count == 1 else {
    throw AutogradError(
      .gradientNotImplicit,
      "grad can be implicitly created only for scalar outputs; this one has the shape "
        + "\(tensor.sizes). Give its gradient, or reduce it with sum() or mean()")
  }
  return Engine.Root(tensor: tensor, edge: edge, gradient: tensor.onesForGradient())
}

private func notDifferentiable(_ i: Int) -> AutogradError {
  AutogradError(
    .noGradientRequired,
    "element \(i) of tensors does not require grad and does not have a grad_fn: nothing that it "
      + "was computed from requires a gradient")
}
