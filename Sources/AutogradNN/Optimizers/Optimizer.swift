// What all optimisers have: groups of parameters, steps, and a state that can be saved.

public import Autograd

/// Changes parameters by their gradients.
///
/// ```swift
/// let optimizer = SGD(model.parameters(), lr: 0.1)
/// optimizer.zeroGrad()
/// try model(x).mseLoss(y).backward()
/// optimizer.step()
/// ```
///
/// A parameter without a gradient is left as it is. The rules, their defaults and their rounding are
/// those of PyTorch's single-tensor forms.
public class Optimizer {
  /// The groups of parameters; schedulers change their learning rates.
  public private(set) final var groups: [ParameterGroup] = []
  /// What groups are filled with.
  final let defaults: Hyperparameters

  init(_ groups: [ParameterGroup], _ defaults: Hyperparameters) {
    self.defaults = defaults
    check(defaults)
    guard !groups.isEmpty else { refuse(name, "optimizer got an empty parameter list") }
    for group in groups { addParameterGroup(group) }
  }

  /// PyTorch's name of the optimiser.
  final var name: String { "\(type(of: self))" }

  /// Adds a group of parameters, as fine-tuning does when frozen layers are to learn.
  public final func addParameterGroup(_ group: ParameterGroup) {
    var known = Set(groups.flatMap(\.parameters).map(ObjectIdentifier.init))
    if groups.isEmpty, group.parameters.isEmpty {
      refuse(name, "optimizer got an empty parameter list")
    }
    for parameter in group.parameters {
      guard parameter.isLeaf || parameter.retainsGrad else {
        refuse(name, "can't optimize a non-leaf Tensor")
      }
      guard known.insert(ObjectIdentifier(parameter)).inserted else {
        refuse(name, "some parameters appear in more than one parameter group")
      }
    }
    group.options = group.options.filled(by: defaults)
    check(group.options)
    groups.append(group)
  }

  /// Forgets the gradients of all parameters, or sets them to zero.
  public final func zeroGrad(setToNone: Bool = true) {
    for group in groups {
      for parameter in group.parameters { parameter.clearGrad(setToNone: setToNone) }
    }
  }

  /// Changes all parameters that have a gradient.
  public final func step() {
    for group in groups {
      for i in group.parameters.indices {
        let parameter = group.parameters[i]
        guard let gradient = parameter.grad else { continue }
        group.states[i].step += 1
        update(parameter, gradient, &group.states[i], group.options)
      }
    }
  }

  /// Evaluates the loss and its gradients, then takes the step.
  ///
  /// - Parameter closure: clears the gradients, computes the loss, runs backward, returns the loss.
  /// - Returns: the loss.
  /// - Throws: what the closure throws; then there is no step.
  @discardableResult
  public final func step<Failure: Error>(
    _ closure: () throws(Failure) -> Tensor
  ) throws(Failure) -> Tensor {
    let loss = try enableGrad(closure)
    step()
    return loss
  }

  // MARK: What an optimiser says

  /// Refuses numbers out of range.
  func check(_ options: Hyperparameters) {}

  /// Changes one parameter.
  func update(
    _ parameter: Tensor, _ gradient: Tensor, _ state: inout ParameterState,
    _ options: Hyperparameters
  ) {}

  /// PyTorch's names of the states' three tensors; nil for what there is none of.
  var stateNames: (String?, String?, String?) { (nil, nil, nil) }

  /// Whether the states count steps.
  var countsSteps: Bool { true }

  // MARK: Checks that several have

  final func checkNotNegative(_ value: Double?, _ what: String) {
    guard let value, !(value >= 0) else { return }
    refuse(name, "Invalid \(what): \(value)")
  }

  final func checkBetas(_ options: Hyperparameters) {
    guard let betas = options.betas else { return }
    for (i, beta) in [betas.0, betas.1].enumerated() where !(beta >= 0 && beta < 1) {
      refuse(name, "Invalid beta parameter at index \(i): \(beta)")
    }
  }
}

extension Tensor {
  /// Zeros in row-major order for an optimiser's state.
  func stateOfZeros() -> Tensor { .zeros(shape, dtype: dtype) }
}
