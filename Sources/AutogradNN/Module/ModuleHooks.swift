// What is called before and after a module's forward function.

public import Autograd

/// A hook before a module's forward function: takes the module and its inputs, may give others.
public typealias ForwardPreHook = (_ module: Module, _ inputs: [Tensor]) -> [Tensor]?

/// A hook after a module's forward function: takes the module, its inputs and outputs, may give
/// other outputs.
public typealias ForwardHook = (
  _ module: Module, _ inputs: [Tensor], _ outputs: [Tensor]
) -> [Tensor]?

/// A hook behind a module's part of a backward pass: takes the module, and the gradients of its
/// inputs and outputs, nil where none flows; may give other gradients of the inputs.
public typealias FullBackwardHook = (
  _ module: Module, _ gradInputs: [Tensor?], _ gradOutputs: [Tensor?]
) throws -> [Tensor?]?

/// The hooks of one module.
final class ModuleHooks {
  fileprivate var before: [(id: Int, hook: ForwardPreHook)] = []
  fileprivate var after: [(id: Int, hook: ForwardHook)] = []
  fileprivate var backward: [(id: Int, hook: FullBackwardHook)] = []
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
    let watch = backward.isEmpty ? nil : BackwardWatch(module, backward.map(\.hook))
    var outputs = body(watch?.watchingInputs(inputs) ?? inputs)
    for (_, hook) in after {
      if let others = hook(module, inputs, outputs) { outputs = others }
    }
    return watch?.watchingOutputs(outputs) ?? outputs
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

extension Module {
  /// Calls `hook` each time gradients have flowed through a call of the module.
  ///
  /// - Parameter hook: takes the module, the gradients of its inputs and those of its outputs; what it
  ///   returns takes the place of the first.
  /// - Returns: a handle that removes the hook.
  @discardableResult
  public final func registerFullBackwardHook(
    _ hook: @escaping FullBackwardHook
  ) -> RemovableHandle {
    let hooks = makeHooks()
    let id = hooks.newID()
    hooks.backward.append((id, hook))
    return RemovableHandle { [weak hooks] in hooks?.backward.removeAll { $0.id == id } }
  }
}

/// Hands its inputs on, so that there is a node before and one behind a module.
private enum BackwardHookFunction: Function {
  static func forward(_ ctx: FunctionContext, _ inputs: [Tensor], _ arguments: Void) -> [Tensor] {
    inputs
  }

  static func backward(_ ctx: FunctionContext, _ gradOutputs: [Tensor?]) -> [Tensor?] {
    gradOutputs
  }
}

/// The backward hooks of one call, which know the gradients of the outputs first, those of the inputs
/// last.
private final class BackwardWatch {
  private let module: Module
  private let hooks: [FullBackwardHook]
  private var gradOutputs: [Tensor?]?
  private var inputCount = 0
  private var watchesInputs = false

  init(_ module: Module, _ hooks: [FullBackwardHook]) {
    self.module = module
    self.hooks = hooks
  }

  private func watching(_ tensors: [Tensor], _ attach: (Node) -> Void) -> [Tensor] {
    guard isGradEnabled, tensors.contains(where: { $0.requiresGrad }) else { return tensors }
    let results = BackwardHookFunction.apply(tensors, ())
    if let node = results.lazy.compactMap(\.gradFn).first { attach(node) }
    return results
  }

  func watchingInputs(_ inputs: [Tensor]) -> [Tensor] {
    inputCount = inputs.count
    return watching(inputs) { node in
      watchesInputs = true
      node.registerHook { gradInputs, _ -> [Tensor?]? in
        guard let gradOutputs = self.gradOutputs else { return nil }
        self.gradOutputs = nil
        var gradients = gradInputs
        for hook in self.hooks {
          if let others = try hook(self.module, gradients, gradOutputs) { gradients = others }
        }
        return gradients
      }
    }
  }

  func watchingOutputs(_ outputs: [Tensor]) -> [Tensor] {
    watching(outputs) { node in
      node.registerHook { _, gradOutputs -> [Tensor?]? in
        self.gradOutputs = gradOutputs
        guard !self.watchesInputs else { return nil }
        self.gradOutputs = nil
        let none = [Tensor?](repeating: nil, count: self.inputCount)
        for hook in self.hooks { _ = try hook(self.module, none, gradOutputs) }
        return nil
      }
    }
  }
}
