// Saving and loading what a module holds.

internal import Autograd

extension Module {
  /// The parameters and persistent buffers by path, sharing their memory but not their history.
  ///
  /// What two modules share is there under both names.
  public final func stateDict() -> StateDict {
    var state = StateDict()
    forEachPersistent("") { key, slot, _ in
      if let tensor = slot.tensor { state[key] = tensor.detach() }
    }
    return state
  }

  /// Copies the tensors of a state into the parameters and buffers of the same names.
  ///
  /// - Parameters:
  ///   - state: the tensors; they are converted to the module's dtypes.
  ///   - strict: whether a name that only one side has is an error.
  /// - Returns: the names that only the module has, and those that only the state has.
  /// - Throws: `StateDictError` when names or shapes differ; what fits is loaded all the same.
  @discardableResult
  public final func loadStateDict(
    _ state: StateDict, strict: Bool = true
  ) throws(StateDictError) -> (missing: [String], unexpected: [String]) {
    var state = state
    for (path, module) in allPaths() {
      module.adaptState(&state, prefix: path.isEmpty ? "" : path + ".")
    }
    var missing: [String] = []
    var mismatches: [StateDictError.Mismatch] = []
    var known: Set<String> = []
    forEachPersistent("") { key, slot, _ in
      guard let tensor = slot.tensor else { return }
      known.insert(key)
      guard var source = state[key] else { return missing.append(key) }
      // Before version 0.4 of PyTorch single numbers were saved as vectors of one.
      if tensor.dim == 0, source.shape == [1] { source = source[0] }
      guard source.shape == tensor.shape else {
        return mismatches.append(
          .init(key: key, found: source.shape, expected: tensor.shape))
      }
      noGrad { _ = tensor.copy_(source) }
    }
    let unexpected = state.keys.filter { !known.contains($0) }
    let refusesNames = strict && !(missing.isEmpty && unexpected.isEmpty)
    guard mismatches.isEmpty, !refusesNames else {
      throw StateDictError(
        module: typeName, missing: strict ? missing : [], unexpected: strict ? unexpected : [],
        mismatches: mismatches)
    }
    return (missing, unexpected)
  }

  /// All modules by all their paths: a shared one under each.
  private func allPaths(_ path: String = "") -> [(String, Module)] {
    [(path, self)]
      + ModuleMembers(of: self).children.flatMap {
        $0.module.allPaths(Module.joined(path, $0.name))
      }
  }

  private func forEachPersistent(_ path: String, _ body: (String, TensorSlot, Module) -> Void) {
    let members = ModuleMembers(of: self)
    for (name, slot) in members.parameters { body(Module.joined(path, name), slot, self) }
    for (name, slot) in members.buffers where slot.isPersistent {
      body(Module.joined(path, name), slot, self)
    }
    for (name, child) in members.children {
      child.forEachPersistent(Module.joined(path, name), body)
    }
  }
}
