// How a module's forward function is run: in its scope, with hooks around it.

public import Autograd

extension Module {
  /// Runs `body` as a call of this module, whose nodes carry its name.
  ///
  /// For modules of other inputs than one tensor, which have a `callAsFunction` of their own:
  ///
  /// ```swift
  /// func callAsFunction(_ a: Tensor, _ b: Tensor) -> Tensor { inScope { project(a) + b } }
  /// ```
  public final func inScope<Result>(_ body: () throws -> Result) rethrows -> Result {
    let parent = ModuleScope.current
    if parent == nil {
      PassRecorder.noteModule(self) { [weak self] in
        self?.namedParameters().map { (name: $0, tensor: $1) }
      }
    }
    let scope: ModuleScope
    if let known = self.scope, scopeParent === parent {
      scope = known
    } else {
      scope = findScope(in: parent)
    }
    let outer = scope.enter()
    // The scope may be replaced meanwhile, but is entered unretained.
    defer { withExtendedLifetime(scope) { scope.leave(to: outer) } }
    return try body()
  }

  /// As ``inScope(_:)``, with the hooks for several inputs and outputs.
  public final func call(_ inputs: [Tensor], _ body: ([Tensor]) -> [Tensor]) -> [Tensor] {
    guard let hooks else { return inScope { body(inputs) } }
    return inScope { hooks.run(self, inputs, body) }
  }

  /// The scope for a call from `parent`'s, from now on the known one.
  private func findScope(in parent: ModuleScope?) -> ModuleScope {
    let found: ModuleScope
    if let parent {
      if let caller = parent.owner as? Module {
        // What is nowhere within the caller is a part of the caller's own work.
        found = caller === self ? parent : caller.scopeWithin(self, of: parent) ?? parent
      } else {
        found = ModuleScope(parent.path, owner: self)
      }
    } else {
      found = ModuleScope("", owner: self)
    }
    scope = found
    scopeParent = parent
    return found
  }

  /// The scope of `module`, which is called from this module's `scope`; nil when it is not within.
  private func scopeWithin(_ module: Module, of scope: ModuleScope) -> ModuleScope? {
    let id = ObjectIdentifier(module)
    // Another module may have had the address of this one: the scope knows whose it is.
    if let known = scopesWithin, known.scope === scope, let found = known.of[id],
      found.owner === module
    {
      return found
    }
    var scopes: [ObjectIdentifier: ModuleScope] = [:]
    for (name, module) in namedModules().dropFirst() {
      let path = scope.path.isEmpty ? name : "\(scope.path).\(name)"
      scopes[ObjectIdentifier(module)] = ModuleScope(path, owner: module)
    }
    scopesWithin = (scope, scopes)
    return scopes[id]
  }
}
