// What is called before and after a module's forward function.

public import Autograd

/// A hook before a module's forward function: takes the module and its inputs, may give others.
public typealias ForwardPreHook = (_ module: Module, _ inputs: [Tensor]) -> [Tensor]?

/// A hook after a module's forward function: takes the module, its inputs and outputs, may give
/// other outputs.
public typealias ForwardHook = (
  _ module: Module, _ inputs: [Tensor], _ outputs: [Tensor]
) -> [Tensor]?

/// The hooks of one module.
final class ModuleHooks {
  fileprivate var before: [(id: Int, hook: ForwardPreHook)] = []
  fileprivate var after: [(id: Int, hook: ForwardHook)] = []
  private var nextID = 0

  fileprivate func newID() -> Int {
    nextID += 1
    return nextID
  }

  func run(_ module: Module, _ inputs: [Tensor], _ body: ([Tensor]) -> [Tensor]) -> [Tensor] {
    var inputs = inputs
    for (_, hook) in before {
      if let others = hook(module, inputs) { inputs = others }
    }
    var outputs = body(inputs)
    for (_, hook) in after {
      if let others = hook(module, inputs, outputs) { outputs = others }
    }
    return outputs
  }
}

extension Module {
  private final func makeHooks() -> ModuleHooks {
    if let hooks { return hooks }
    let made = ModuleHooks()
    hooks = made
    return made
  }

  /// Calls `hook` each time before the forward function runs.
  ///
  /// - Parameter hook: takes the module and its inputs; what it returns takes their place.
  /// - Returns: a handle that removes the hook.
  @discardableResult
  public final func registerForwardPreHook(_ hook: @escaping ForwardPreHook) -> RemovableHandle {
    let hooks = makeHooks()
    let id = hooks.newID()
    hooks.before.append((id, hook))
    return RemovableHandle { [weak hooks] in hooks?.before.removeAll { $0.id == id } }
  }

  /// Calls `hook` each time after the forward function has run.
  ///
  /// - Parameter hook: takes the module, its inputs and its outputs; what it returns takes the
  ///   outputs' place.
  /// - Returns: a handle that removes the hook.
  @discardableResult
  public final func registerForwardHook(_ hook: @escaping ForwardHook) -> RemovableHandle {
    let hooks = makeHooks()
    let id = hooks.newID()
    hooks.after.append((id, hook))
    return RemovableHandle { [weak hooks] in hooks?.after.removeAll { $0.id == id } }
  }
}
