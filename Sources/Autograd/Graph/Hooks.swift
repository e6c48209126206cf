// What users attach to nodes and tensors to see what flows, and to change it.
//
// The order is PyTorch's: when the gradients of a node's outputs are complete, the hooks of the
// tensors that are these outputs run, then tensors that retain their gradient get theirs, then the
// node's prehooks, the node itself, and its post hooks. A leaf is the output of its accumulator, whose
// work is followed by the leaf's post-accumulate hooks. Source: torch/csrc/autograd/engine.cpp.

/// Hooks of one kind, in the order of their registration.
final class HookList<Hook> {
  private var entries: [(id: Int, hook: Hook)] = []
  private var nextID = 0

  /// The hooks now: what a hook adds or removes shows in the next call.
  var hooks: [Hook] { entries.map(\.hook) }

  var isEmpty: Bool { entries.isEmpty }

  /// Adds a hook, and returns what removes it.
  func add(_ hook: Hook) -> RemovableHandle {
    nextID += 1
    let id = nextID
    entries.append((id, hook))
    return RemovableHandle { [weak self] in self?.entries.removeAll { $0.id == id } }
  }
}

/// Takes the gradient of a tensor, nil where none flows, and returns what to go on with, or nil to
/// leave it as it is.
typealias TensorHook = (Tensor?) throws -> Tensor?

/// The hooks of a leaf.
final class LeafHooks {
  let gradient = HookList<TensorHook>()
  let accumulated = HookList<(Tensor) throws -> Void>()
}

/// The hooks of one node, and the tensors whose gradients it keeps on the way.
final class NodeHooks {
  typealias Prehook = ([Tensor?]) throws -> [Tensor?]?
  typealias PostHook = (_ gradInputs: [Tensor?], _ gradOutputs: [Tensor?]) throws -> [Tensor?]?

  /// The hooks of the tensors that are the node's outputs, in the order of their first ones.
  private var ofOutputs: [(output: Int, hooks: HookList<TensorHook>)] = []
  /// Those of the leaf, when the node is its accumulator.
  var ofLeaf: LeafHooks?
  let prehooks = HookList<Prehook>()
  let postHooks = HookList<PostHook>()

  /// Tensors that asked for `retainGrad()`, with the output that each is.
  private var retained: [(output: Int, tensor: WeakTensor)] = []

  private struct WeakTensor {
    weak var tensor: Tensor?
  }

  func hooks(ofOutput output: Int) -> HookList<TensorHook> {
    if let (_, hooks) = ofOutputs.first(where: { $0.output == output }) { return hooks }
    let hooks = HookList<TensorHook>()
    ofOutputs.append((output, hooks))
    return hooks
  }

  func retain(_ tensor: Tensor) {
    retained.append((Int(tensor.outputNumber), WeakTensor(tensor: tensor)))
  }

  func stopRetaining(_ tensor: Tensor) { retained.removeAll { $0.tensor.tensor === tensor } }

  // MARK: What the engine calls

  /// Calls the hooks of the tensors, then gives those that retain gradients theirs.
  func callTensorHooks(_ gradients: inout Gradients) throws(AutogradError) {
    if let ofLeaf { try Self.call(ofLeaf.gradient, &gradients, 0) }
    for (output, hooks) in ofOutputs { try Self.call(hooks, &gradients, output) }
    for (output, weak) in retained {
      guard let tensor = weak.tensor, let gradient = gradients[output] else { continue }
      tensor.gradStorage = tensor.gradStorage.map { $0 + gradient } ?? gradient.clone()
    }
  }

  private static func call(
    _ list: HookList<TensorHook>, _ gradients: inout Gradients, _ output: Int
  ) throws(AutogradError) {
    for hook in list.hooks {
      let gradient = gradients[output]
      guard let result = try calling({ try hook(gradient) }) else { continue }
      try check(result, replaces: gradient)
      gradients[output] = result
    }
  }

  func callPrehooks(_ gradients: inout Gradients, count: Int) throws(AutogradError) {
    for hook in prehooks.hooks {
      let given = gradients.array(count: count)
      guard let result = try calling({ try hook(given) }) else { continue }
      try Self.check(result, replaces: given)
      gradients = Gradients(result)
    }
  }

  func callPostHooks(
    _ gradInputs: inout Gradients, count: Int, _ gradOutputs: [Tensor?]
  ) throws(AutogradError) {
    for hook in postHooks.hooks {
      let given = gradInputs.array(count: count)
      guard let result = try calling({ try hook(given, gradOutputs) }) else { continue }
      try Self.check(result, replaces: given)
      gradInputs = Gradients(result)
    }
  }

  private static func check(
    _ results: [Tensor?], replaces given: [Tensor?]
  ) throws(AutogradError) {
    guard results.count == given.count else {
      throw AutogradError(
        .invalidResult,
        "hook has returned an incorrect number of values (got \(results.count), but expected "
          + "\(given.count))")
    }
    for (result, gradient) in zip(results, given) {
      if let result { try check(result, replaces: gradient) }
    }
  }

  private static func check(_ result: Tensor, replaces gradient: Tensor?) throws(AutogradError) {
    guard let gradient else {
      throw AutogradError(
        .invalidResult,
        "can't replace a None gradient with a non-None value: no gradient flows here")
    }
    guard result.dtype == gradient.dtype else {
      throw AutogradError(
        .invalidResult,
        "hook has changed the type of value (was \(gradient.dtype.tensorTypeName) got "
          + "\(result.dtype.tensorTypeName))")
    }
    guard result.sizes == gradient.sizes else {
      throw AutogradError(
        .invalidResult,
        "hook has changed the size of value (was \(gradient.sizes) got \(result.sizes))")
    }
  }
}

/// Removes a hook again.
public final class RemovableHandle {
  private let removal: () -> Void

  package init(_ removal: @escaping () -> Void) { self.removal = removal }

  /// Removes the hook; later calls do nothing.
  ///
  /// A hook that is removed while hooks are being called is still called this once.
  public func remove() { removal() }
}

// A closure of several statements that returns nothing could be either form of a registration; that the
// replacing form is generic makes the compiler prefer the other one.

extension Node {
  /// Calls `hook` each time before this node runs in a backward pass.
  ///
  /// - Parameter hook: takes the gradients of the forward outputs, nil where none flows, and returns
  ///   what the node gets instead, of the same number, shapes and dtypes, or nil to leave them. What it
  ///   throws, the pass throws.
  /// - Returns: a handle that removes the hook.
  @discardableResult
  public final func registerPrehook<Failure: Error>(
    _ hook: @escaping (_ gradOutputs: [Tensor?]) throws(Failure) -> [Tensor?]?
  ) -> RemovableHandle { makeHooks().prehooks.add(hook) }

  /// As `registerPrehook`, for a hook that only looks.
  @discardableResult
  public final func registerPrehook(
    _ hook: @escaping (_ gradOutputs: [Tensor?]) throws -> Void
  ) -> RemovableHandle {
    makeHooks().prehooks.add {
      try hook($0)
      return nil
    }
  }

  /// Calls `hook` each time after this node has run in a backward pass.
  ///
  /// - Parameter hook: takes the gradients that the node hands on, one per input (nil where none
  ///   flows), and those that it was given, one per forward output; returns what is handed on instead,
  ///   of the same number, shapes and dtypes, or nil to leave it. What it throws, the pass throws.
  /// - Returns: a handle that removes the hook.
  @discardableResult
  public final func registerHook<Failure: Error>(
    _ hook:
      @escaping (_ gradInputs: [Tensor?], _ gradOutputs: [Tensor?]) throws(Failure) -> [Tensor?]?
  ) -> RemovableHandle { makeHooks().postHooks.add(hook) }

  /// As `registerHook`, for a hook that only looks.
  @discardableResult
  public final func registerHook(
    _ hook: @escaping (_ gradInputs: [Tensor?], _ gradOutputs: [Tensor?]) throws -> Void
  ) -> RemovableHandle {
    makeHooks().postHooks.add {
      try hook($0, $1)
      return nil
    }
  }

  /// The nodes that this node hands gradients to, with the forward output that each belongs to;
  /// nil where no gradient flows.
  public final var nextFunctions: [(node: Node, output: Int)?] {
    (0..<edgeCount).map { i in
      let edge = edge(i)
      return edge.node.map { ($0, Int(edge.output)) }
    }
  }
}
