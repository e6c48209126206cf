// What users attach to nodes and tensors to see what flows.

/// The hooks of one node, and the tensors whose gradients it keeps on the way.
final class NodeHooks {
  typealias PostHook = (_ gradInputs: [Tensor?], _ gradOutputs: [Tensor?]) -> Void

  private var postHooks: [(id: Int, hook: PostHook)] = []
  private var nextID = 0

  /// Tensors that asked for `retainGrad()`, with the output that each is.
  private(set) var retained: [(output: Int, tensor: WeakTensor)] = []

  struct WeakTensor {
    weak var tensor: Tensor?
  }

  func add(_ hook: @escaping PostHook) -> Int {
    nextID += 1
    postHooks.append((nextID, hook))
    return nextID
  }

  func remove(_ id: Int) { postHooks.removeAll { $0.id == id } }

  func callPostHooks(_ gradInputs: [Tensor?], _ gradOutputs: [Tensor?]) {
    for (_, hook) in postHooks { hook(gradInputs, gradOutputs) }
  }

  func retain(_ tensor: Tensor) {
    retained.append((Int(tensor.outputNumber), WeakTensor(tensor: tensor)))
  }

  func stopRetaining(_ tensor: Tensor) { retained.removeAll { $0.tensor.tensor === tensor } }

  /// Gives the tensors that retain gradients theirs, before the node runs.
  func keep(_ gradients: borrowing Gradients) {
    for (output, weak) in retained {
      guard let tensor = weak.tensor, let gradient = gradients[output] else { continue }
      tensor.gradStorage = tensor.gradStorage.map { $0 + gradient } ?? gradient.clone()
    }
  }
}

/// Removes a hook again.
public final class RemovableHandle {
  private let removal: () -> Void

  package init(_ removal: @escaping () -> Void) { self.removal = removal }

  /// Removes the hook; later calls do nothing.
  public func remove() { removal() }
}

extension Node {
  /// Calls `hook` each time after this node has run in a backward pass.
  ///
  /// - Parameter hook: takes the gradients that the node handed on, one per input (nil where none
  ///   flows), and those that it was given, one per forward output.
  /// - Returns: a handle that removes the hook.
  @discardableResult
  public final func registerHook(
    _ hook: @escaping (_ gradInputs: [Tensor?], _ gradOutputs: [Tensor?]) -> Void
  ) -> RemovableHandle {
    let id = makeHooks().add(hook)
    return RemovableHandle { [weak self] in self?.hooks?.remove(id) }
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
