// Hooks on tensors: on their gradients, on a leaf's accumulated gradient, on several at once.

internal import CThreadState

extension Tensor {
  /// Calls `hook` each time that the gradient of this tensor has been computed.
  ///
  /// ```swift
  /// y.registerHook { grad in grad.clamp(min: -1, max: 1) }
  /// ```
  ///
  /// Hooks run in the order of their registration, before the gradient is kept by `retainGrad()`,
  /// accumulated, or handed to the node that made the tensor; not where no gradient flows. A hook
  /// belongs to the value that the tensor has now: after an in-place change it goes on to see the
  /// gradient of the value before. What `grad(of:withRespectTo:)` returns for the tensor is what its
  /// hooks made of the gradient unless the pass goes on beyond the tensor, as in PyTorch. Traps for a
  /// tensor that requires no gradient.
  ///
  /// - Parameter hook: takes the gradient and returns what to go on with, of the same shape and dtype,
  ///   or nil to leave it. What it throws, the pass throws.
  /// - Returns: a handle that removes the hook.
  @discardableResult
  public func registerHook<Failure: Error>(
    _ hook: @escaping (Tensor) throws(Failure) -> Tensor?
  ) -> RemovableHandle {
    addHook {
      guard let gradient = $0 else { return nil }
      return try hook(gradient)
    }
  }

  /// As `registerHook`, for a hook that only looks.
  @discardableResult
  public func registerHook(_ hook: @escaping (Tensor) throws -> Void) -> RemovableHandle {
    addHook {
      if let gradient = $0 { try hook(gradient) }
      return nil
    }
  }

  /// Calls `hook` each time that a gradient of this leaf has been added to its `grad`.
  ///
  /// Traps for a tensor that is no leaf, or requires no gradient.
  ///
  /// - Parameter hook: takes this leaf. What it throws, the pass throws.
  /// - Returns: a handle that removes the hook.
  @discardableResult
  public func registerPostAccumulateGradHook(
    _ hook: @escaping (Tensor) throws -> Void
  ) -> RemovableHandle {
    checkHookable("registerPostAccumulateGradHook")
    guard isLeaf else {
      refuse(
        "registerPostAccumulateGradHook",
        "post accumulate grad hooks cannot be registered on non-leaf tensors; this one of shape "
          + "\(sizes) was made by \(gradFn!.name)")
    }
    return makeLeafHooks().accumulated.add(hook)
  }

  fileprivate func addHook(_ hook: @escaping TensorHook) -> RemovableHandle {
    checkHookable("registerHook")
    guard let node = gradFn else { return makeLeafHooks().gradient.add(hook) }
    return node.makeHooks().hooks(ofOutput: Int(outputNumber)).add(hook)
  }

  private func makeLeafHooks() -> LeafHooks {
    if let leafHooks { return leafHooks }
    let hooks = LeafHooks()
    leafHooks = hooks
    accumulator?.takeUnretainedValue().makeHooks().ofLeaf = hooks
    return hooks
  }

  private func checkHookable(_ operation: String) {
    guard requiresGrad else {
      refuse(operation, "cannot register a hook on a tensor that doesn't require gradient")
    }
  }
}

/// Calls `hook` in each backward pass, once the gradients of all of `tensors` have been computed.
///
/// A tensor whose node does not run in a pass is not waited for. Traps for a tensor that requires no
/// gradient.
///
/// - Parameters:
///   - tensors: the tensors.
///   - hook: takes their gradients, nil for one that has none in this pass.
/// - Returns: a handle that removes the hook.
@discardableResult
public func registerMultiGradHook(
  _ tensors: [Tensor], _ hook: @escaping (_ gradients: [Tensor?]) throws -> Void
) -> RemovableHandle {
  let waiting = WaitingGradients(tensors)
  let handles = tensors.indices.map { i in
    tensors[i].addHook { gradient in
      if let gradients = waiting.add(gradient, at: i) { try hook(gradients) }
      return nil
    }
  }
  return RemovableHandle { for handle in handles { handle.remove() } }
}

/// Calls `hook` in each backward pass with the first gradient of one of `tensors` that is computed.
///
/// Tensors that require no gradient are left out.
///
/// - Parameters:
///   - tensors: the tensors.
///   - hook: takes the gradient.
/// - Returns: a handle that removes the hook.
@discardableResult
public func registerMultiGradHook(
  anyOf tensors: [Tensor], _ hook: @escaping (_ gradient: Tensor) throws -> Void
) -> RemovableHandle {
  var lastPass: UInt64 = 0
  let handles = tensors.filter(\.requiresGrad).map { tensor in
    tensor.registerHook { (gradient) throws -> Void in
      let pass = ats_current().pointee.current_pass
      if pass == lastPass { return }
      lastPass = pass
      try hook(gradient)
    }
  }
  return RemovableHandle { for handle in handles { handle.remove() } }
}

/// The gradients of several tensors that have come so far, a list a pass.
private final class WaitingGradients {
  private let count: Int
  private let nodes: [() -> Node?]
  private var passes: [UInt64: (gradients: [Tensor?], missing: Int)] = [:]

  /// Holds no tensor: a leaf's hooks would otherwise hold the leaf.
  init(_ tensors: [Tensor]) {
    count = tensors.count
    nodes = tensors.map { tensor in
      if let node = tensor.gradFn { return { [weak node] in node } }
      return { [weak tensor] in tensor?.accumulator?.takeUnretainedValue() }
    }
  }

  /// Notes one; returns all when it is the last that runs in this pass.
  func add(_ gradient: Tensor?, at i: Int) -> [Tensor?]? {
    let pass = ats_current().pointee.current_pass
    var state =
      passes[pass]
      ?? (
        Array(repeating: nil, count: count), nodes.count { $0().map { $0.runs(in: pass) } ?? false }
      )
    state.gradients[i] = gradient
    state.missing -= 1
    passes[pass] = state.missing == 0 ? nil : state
    return state.missing == 0 ? state.gradients : nil
  }
}

extension Node {
  /// Whether the pass comes to this node.
  fileprivate func runs(in pass: UInt64) -> Bool { self.pass == pass && isNeeded }
}
