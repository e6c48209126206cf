// Saving and loading what an optimiser keeps.

internal import Autograd

/// Why a state does not fit an optimiser.
public struct OptimizerStateError: Error, Sendable, Hashable, CustomStringConvertible {
  /// What is wrong, in PyTorch's words where it has them.
  public var message: String
  /// The entry of the state at which it was noticed.
  public var key: String?

  /// Entry and message.
  public var description: String { key.map { "\($0): \(message)" } ?? message }
}

extension Optimizer {
  /// What the optimiser keeps, as tensors by name: `state.0.exp_avg` of the first parameter, and
  /// `param_groups.0.lr` of the first group, in PyTorch's terms.
  public final func stateDict() -> StateDict {
    var result = StateDict()
    var index = 0
    for group in groups {
      for state in group.states {
        for (name, tensor) in named(state) where state.step > 0 || !countsSteps {
          result["state.\(index).\(name)"] = tensor.detach()
        }
        index += 1
      }
    }
    for (g, group) in groups.enumerated() {
      for (name, numbers) in group.options.named {
        result["param_groups.\(g).\(name)"] = numbers
      }
      if let rate = group.initialLr {
        result["param_groups.\(g).initial_lr"] = Tensor(rate, dtype: .float64)
      }
      result["param_groups.\(g).params"] = Tensor(group.parameters.count)
    }
    return result
  }

  /// Goes on where a saved optimiser was.
  ///
  /// - Parameter state: what `stateDict` of an optimiser of as many groups and parameters gave.
  /// - Throws: `OptimizerStateError` when it is of others.
  public final func loadStateDict(_ state: StateDict) throws(OptimizerStateError) {
    let count = groups.indices.count { state["param_groups.\($0).params"] != nil }
    guard count == groups.count, state["param_groups.\(count).params"] == nil else {
      throw OptimizerStateError(
        message: "loaded state dict has a different number of parameter groups")
    }
    for (g, group) in groups.enumerated() {
      let key = "param_groups.\(g).params"
      guard state[key]!.item(as: Int.self) == group.parameters.count else {
        throw OptimizerStateError(
          message: "loaded state dict contains a parameter group that doesn't match the size of "
            + "optimizer's group", key: key)
      }
    }
    var loaded: [[ParameterState]] = []
    var index = 0
    for group in groups {
      var states: [ParameterState] = []
      for parameter in group.parameters {
        states.append(
          try loadedState(state, "state.\(index).", parameter))
        index += 1
      }
      loaded.append(states)
    }
    for (g, group) in groups.enumerated() {
      group.states = loaded[g]
      group.options.load(state, prefix: "param_groups.\(g).")
      if let rate = state["param_groups.\(g).initial_lr"] { group.initialLr = rate.item() }
    }
  }

  private func named(_ state: ParameterState) -> [(String, Tensor)] {
    var result: [(String, Tensor)] = []
    if countsSteps { result.append(("step", Tensor(Float(state.step)))) }
    if self is NAdam { result.append(("mu_product", Tensor(Float(state.momentumProduct)))) }
    let names = stateNames
    for (name, tensor) in [
      (names.0, state.first), (names.1, state.second), (names.2, state.third),
    ] {
      if let name, let tensor { result.append((name, tensor)) }
    }
    return result
  }

  private func loadedState(
    _ state: StateDict, _ prefix: String, _ parameter: Tensor
  ) throws(OptimizerStateError) -> ParameterState {
    func tensor(_ name: String?) throws(OptimizerStateError) -> Tensor? {
      guard let name, let tensor = state[prefix + name] else { return nil }
      guard tensor.shape == parameter.shape else {
        throw OptimizerStateError(
          message: "shape \(tensor.shape) is not the parameter's, \(parameter.shape)",
          key: prefix + name)
      }
      return .zeros(parameter.shape, dtype: parameter.dtype).copy_(tensor.detach())
    }
    var result = ParameterState()
    let names = stateNames
    result.first = try tensor(names.0)
    result.second = try tensor(names.1)
    result.third = try tensor(names.2)
    if let step = state[prefix + "step"] { result.step = Int(step.item()) }
    if let product = state[prefix + "mu_product"] { result.momentumProduct = product.item() }
    return result
  }
}

extension Hyperparameters {
  private static var numbers: [(String, WritableKeyPath<Hyperparameters, Double?>)] {
    [
      ("lr", \.lr), ("weight_decay", \.weightDecay), ("momentum", \.momentum),
      ("dampening", \.dampening), ("eps", \.eps), ("alpha", \.alpha), ("lr_decay", \.lrDecay),
      ("momentum_decay", \.momentumDecay),
    ]
  }
  private static var flags: [(String, WritableKeyPath<Hyperparameters, Bool?>)] {
    [
      ("nesterov", \.nesterov), ("amsgrad", \.amsgrad), ("centered", \.centered),
      ("maximize", \.maximize), ("decoupled_weight_decay", \.decoupledWeightDecay),
    ]
  }

  /// The numbers that there are, by PyTorch's names.
  fileprivate var named: [(String, Tensor)] {
    var result: [(String, Tensor)] = []
    for (name, path) in Self.numbers {
      if let value = self[keyPath: path] { result.append((name, Tensor(value, dtype: .float64))) }
    }
    if let betas { result.append(("betas", Tensor([betas.0, betas.1], dtype: .float64))) }
    for (name, path) in Self.flags {
      if let value = self[keyPath: path] { result.append((name, Tensor(value))) }
    }
    return result
  }

  fileprivate mutating func load(_ state: StateDict, prefix: String) {
    for (name, path) in Self.numbers {
      if let value = state[prefix + name] { self[keyPath: path] = value.item() }
    }
    for (name, path) in Self.flags {
      if let value = state[prefix + name] { self[keyPath: path] = value.item(as: Bool.self) }
    }
    if let values: [Double] = state[prefix + "betas"]?.toArray(), values.count == 2 {
      betas = (values[0], values[1])
    }
  }
}
