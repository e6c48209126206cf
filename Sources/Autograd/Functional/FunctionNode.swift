// The place of a custom function in the graph. Source: torch/csrc/autograd/custom_function.cpp and
// python_function.cpp.

internal import GraphModel

/// The derivative of one call of a custom function.
final class FunctionNode<Called: Function>: Node {
  private let ctx: FunctionContext
  private var savedCount = 0

  init(_ ctx: FunctionContext, _ inputs: [Tensor]) {
    self.ctx = ctx
    super.init()
    for input in inputs { addEdge(to: input) }
  }

  override var name: String { "\(Called.self)Backward" }
  override var kind: ComputationGraph.NodeKind { .function }
  override var runsWithoutGradients: Bool { true }
  override var savedTuples: [String: [Int?]] {
    savedCount == 0 ? [:] : ["saved_tensors": Array(0..<savedCount)]
  }

  override func saveForBackward(_ tensors: [Tensor]) {
    for (slot, tensor) in tensors.enumerated() {
      save(tensor.gradFnStorage === self ? .result(tensor) : .input(tensor), slot)
    }
    savedCount = tensors.count
  }

  override func backward(_ gradients: consuming Gradients) throws(AutogradError) -> Gradients {
    let incoming = (0..<outputCount).map { i in
      let gradient = gradients.take(i)
      guard gradient == nil, ctx.materializesGrads else { return gradient }
      let output = outputMetadata(i)
      return Tensor.full(output.sizes, .int(0), output.dtype)
    }
    ctx.savedTensors = (0..<savedCount).map { savedValue($0) }
    defer { ctx.savedTensors = [] }
    var results = try calling(node: name) { () throws in
      Called.isOnceDifferentiable
        ? DelayedError.results(
          try noGrad { () throws in try Called.backward(ctx, incoming) }, of: incoming)
        : try Called.backward(ctx, incoming)
    }
    let surplus = results.dropFirst(edgeCount)
    if !surplus.isEmpty, surplus.allSatisfy({ $0 == nil }) { results.removeLast(surplus.count) }
    guard results.count == edgeCount else {
      throw AutogradError(
        .invalidResult,
        "function \(name) returned an incorrect number of gradients (expected \(edgeCount), got "
          + "\(results.count))",
        node: name)
    }
    return Gradients(results)
  }
}

/// What stands in the graph for the derivative of a derivative that was said to have none.
final class DelayedError: Node {
  override var name: String { "Error" }

  override func backward(_ gradients: consuming Gradients) throws(AutogradError) -> Gradients {
    throw AutogradError(
      .invalidArgument,
      "trying to differentiate twice a function that was marked with @once_differentiable "
        + "(isOnceDifferentiable)",
      node: name)
  }

  /// The results of a formula that was not recorded, so that differentiating them is an error.
  static func results(_ results: [Tensor?], of gradients: [Tensor?]) -> [Tensor?] {
    guard isGradEnabled, gradients.contains(where: { $0?.requiresGrad ?? false }) else {
      return results
    }
    let node = DelayedError()
    var adopted: [Tensor] = []
    let aliases = results.map { result in
      let alias = result.map { $0.detach() }
      if let alias, alias.dtype.isFloatingPoint {
        node.addEdge(to: alias.detach().requiresGrad_())
        adopted.append(alias)
      }
      return alias
    }
    node.adopt(adopted)
    return aliases
  }
}

/// How the results of a custom function's forward pass become part of the graph.
struct FunctionResults {
  private let ctx: FunctionContext
  private let inputs: [Tensor]
  /// The call's node; nil when it is not recorded.
  private let node: Node?
  private let name: String

  init(_ ctx: FunctionContext, _ inputs: [Tensor], _ node: Node?, name: String) {
    self.ctx = ctx
    self.inputs = inputs
    self.node = node
    self.name = name
  }

  func recorded(_ results: [Tensor]) -> [Tensor] {
    guard ctx.dirty.allSatisfy({ dirty in results.contains { $0 === dirty } }) else {
      refuse(
        name,
        "Some elements marked as dirty during the forward method were not returned as output. The "
          + "inputs that are modified inplace must all be outputs of the Function.")
    }
    node?.describeOutputs(results)
    let areSeveral = results.count { isDifferentiable($0) } > 1
    let recorded = results.enumerated().map { i, result in
      isDifferentiable(result)
        ? withHistory(result, output: i, of: results.count, areSeveral)
        : withoutHistory(result)
    }
    node?.saveForBackward(ctx.saving)
    ctx.forgetForwardPass()
    return recorded
  }

  private func isDifferentiable(_ tensor: Tensor) -> Bool {
    node != nil && tensor.dtype.isFloatingPoint
      && !ctx.nonDifferentiable.contains { $0 === tensor }
  }

  private func isInput(_ tensor: Tensor) -> Bool { inputs.contains { $0 === tensor } }
  private func isDirty(_ tensor: Tensor) -> Bool { ctx.dirty.contains { $0 === tensor } }

  private func withoutHistory(_ result: Tensor) -> Tensor {
    if isDirty(result) { result.storage.incrementVersion() }
    guard isInput(result) else { return result.isView ? result : result.detach_() }
    if result.requiresGrad { return result.detach() }
    return isDirty(result) ? result : viewOfWhole(result, .ordinary)
  }

  private func withHistory(
    _ result: Tensor, output: Int, of count: Int, _ areSeveral: Bool
  ) -> Tensor {
    let node = node!
    let creation: ViewState.Creation = areSeveral ? .multipleOutputs(name) : .customFunction(name)
    if isDirty(result) {
      change(result, node, output: output, of: count)
      return result
    }
    if isInput(result) {
      let view = viewOfWhole(result, creation)
      view.setHistory(node, output: output)
      return view
    }
    if let view = result.view {
      result.view = ViewState(base: view.base, version: result.storage.version, creation: creation)
    }
    result.setHistory(node, output: output)
    return result
  }

  private func viewOfWhole(_ tensor: Tensor, _ creation: ViewState.Creation) -> Tensor {
    let view = tensor.alias()
    view.becomeView(of: tensor, creation: creation)
    return view
  }

  /// Gives an input that was changed in place its new history.
  private func change(_ result: Tensor, _ node: Node, output: Int, of count: Int) {
    if result.isLeaf, result.requiresGrad {
      refuse(
        name,
        "a leaf Variable that requires grad has been used in an in-place operation: shape "
          + "\(result.sizes)")
    }
    if result.isView, count > 1 {
      refuse(
        name,
        "If your Function modifies inplace an input that is a view of another Tensor, your Function "
          + "cannot return more than one Tensor. This is not supported by the current autograd "
          + "engine. You should either make sure the input is not a view (using .clone() for example) "
          + "or make your Function only return one Tensor (potentially splitting it into two "
          + "Functions: one doing the inplace that returns a single Tensor and a second one that does "
          + "the other operations).")
    }
    result.storage.incrementVersion()
    if result.isView { result.rebaseHistory(node) } else { result.setHistory(node, output: output) }
  }
}
