// Stochastic gradient descent.

public import Autograd

/// Gradient descent, with momentum if asked for (Sutskever et al., 2013).
public final class SGD: Optimizer {
  /// An optimiser of one group.
  public convenience init(
    _ parameters: [Tensor], lr: Double = 1e-3, momentum: Double = 0, dampening: Double = 0,
    weightDecay: Double = 0, nesterov: Bool = false, maximize: Bool = false
  ) {
    self.init(
      [ParameterGroup(parameters)], lr: lr, momentum: momentum, dampening: dampening,
      weightDecay: weightDecay, nesterov: nesterov, maximize: maximize)
  }

  /// An optimiser of several groups.
  public init(
    _ groups: [ParameterGroup], lr: Double = 1e-3, momentum: Double = 0, dampening: Double = 0,
    weightDecay: Double = 0, nesterov: Bool = false, maximize: Bool = false
  ) {
    super.init(
      groups,
      Hyperparameters(
        lr: lr, weightDecay: weightDecay, momentum: momentum, dampening: dampening,
        nesterov: nesterov, maximize: maximize))
  }

  override func check(_ options: Hyperparameters) {
    checkNotNegative(options.lr, "learning rate")
    checkNotNegative(options.momentum, "momentum value")
    checkNotNegative(options.weightDecay, "weight_decay value")
    if options.nesterov!, options.momentum! <= 0 || options.dampening! != 0 {
      refuse(name, "Nesterov momentum requires a momentum and zero dampening")
    }
  }

  override func update(
    _ parameter: Tensor, _ gradient: Tensor, _ state: inout ParameterState,
    _ options: Hyperparameters
  ) {
    let momentum = options.momentum!
    let isFirst = state.first == nil
    if momentum != 0, isFirst { state.first = parameter.stateOfZeros() }
    var step = OptimizerStep(
      momentum == 0
        ? .sgd
        : .sgdMomentum(
          momentum: momentum, dampening: options.dampening!, nesterov: options.nesterov!,
          isFirst: isFirst),
      rate: -options.lr!, maximize: options.maximize!, weightDecay: options.weightDecay!)
    step.apply(to: parameter, gradient: gradient, momentum == 0 ? nil : state.first)
  }

  override var stateNames: (String?, String?, String?) { ("momentum_buffer", nil, nil) }
  override var countsSteps: Bool { false }
}
