// Gradients divided by how large they were.

public import Autograd

/// Divides by the root of a running mean of the gradients' squares (Hinton, 2012).
public final class RMSprop: Optimizer {
  /// An optimiser of one group.
  public convenience init(
    _ parameters: [Tensor], lr: Double = 1e-2, alpha: Double = 0.99, eps: Double = 1e-8,
    weightDecay: Double = 0, momentum: Double = 0, centered: Bool = false, maximize: Bool = false
  ) {
    self.init(
      [ParameterGroup(parameters)], lr: lr, alpha: alpha, eps: eps, weightDecay: weightDecay,
      momentum: momentum, centered: centered, maximize: maximize)
  }

  /// An optimiser of several groups.
  public init(
    _ groups: [ParameterGroup], lr: Double = 1e-2, alpha: Double = 0.99, eps: Double = 1e-8,
    weightDecay: Double = 0, momentum: Double = 0, centered: Bool = false, maximize: Bool = false
  ) {
    super.init(
      groups,
      Hyperparameters(
        lr: lr, weightDecay: weightDecay, momentum: momentum, eps: eps, alpha: alpha,
        centered: centered, maximize: maximize))
  }

  override func check(_ options: Hyperparameters) {
    checkNotNegative(options.lr, "learning rate")
    checkNotNegative(options.eps, "epsilon value")
    checkNotNegative(options.momentum, "momentum value")
    checkNotNegative(options.weightDecay, "weight_decay value")
    checkNotNegative(options.alpha, "alpha value")
  }

  override func update(
    _ parameter: Tensor, _ gradient: Tensor, _ state: inout ParameterState,
    _ options: Hyperparameters
  ) {
    let (momentum, centered) = (options.momentum!, options.centered!)
    if state.first == nil {
      state.first = parameter.stateOfZeros()
      if momentum > 0 { state.second = parameter.stateOfZeros() }
      if centered { state.third = parameter.stateOfZeros() }
    }
    var step = OptimizerStep(
      .rmsprop(alpha: options.alpha!, momentum: momentum, centered: centered),
      rate: -options.lr!, maximize: options.maximize!, weightDecay: options.weightDecay!,
      eps: options.eps!)
    step.apply(to: parameter, gradient: gradient, state.first, state.second, state.third)
  }

  override var stateNames: (String?, String?, String?) {
    ("square_avg", "momentum_buffer", "grad_avg")
  }
}

/// Divides by the root of the sum of all squares so far (Duchi et al., 2011).
public final class Adagrad: Optimizer {
  private let initialAccumulatorValue: Double

  /// An optimiser of one group.
  public convenience init(
    _ parameters: [Tensor], lr: Double = 1e-2, lrDecay: Double = 0, weightDecay: Double = 0,
    initialAccumulatorValue: Double = 0, eps: Double = 1e-10, maximize: Bool = false
  ) {
    self.init(
      [ParameterGroup(parameters)], lr: lr, lrDecay: lrDecay, weightDecay: weightDecay,
      initialAccumulatorValue: initialAccumulatorValue, eps: eps, maximize: maximize)
  }

  /// An optimiser of several groups.
  public init(
    _ groups: [ParameterGroup], lr: Double = 1e-2, lrDecay: Double = 0, weightDecay: Double = 0,
    initialAccumulatorValue: Double = 0, eps: Double = 1e-10, maximize: Bool = false
  ) {
    guard initialAccumulatorValue >= 0 else {
      refuse("Adagrad", "Invalid initial_accumulator_value value: \(initialAccumulatorValue)")
    }
    self.initialAccumulatorValue = initialAccumulatorValue
    super.init(
      groups,
      Hyperparameters(
        lr: lr, weightDecay: weightDecay, eps: eps, lrDecay: lrDecay, maximize: maximize))
  }

  override func check(_ options: Hyperparameters) {
    checkNotNegative(options.lr, "learning rate")
    checkNotNegative(options.lrDecay, "lr_decay value")
    checkNotNegative(options.weightDecay, "weight_decay value")
    checkNotNegative(options.eps, "epsilon value")
  }

  override func update(
    _ parameter: Tensor, _ gradient: Tensor, _ state: inout ParameterState,
    _ options: Hyperparameters
  ) {
    if state.first == nil {
      state.first = .full(parameter.shape, initialAccumulatorValue, dtype: parameter.dtype)
    }
    let rate = options.lr! / (1 + Double(state.step - 1) * options.lrDecay!)
    var step = OptimizerStep(
      .adagrad, rate: -rate, maximize: options.maximize!, weightDecay: options.weightDecay!,
      eps: options.eps!)
    step.apply(to: parameter, gradient: gradient, state.first)
  }

  override var stateNames: (String?, String?, String?) { ("sum", nil, nil) }
}
