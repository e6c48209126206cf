// Adam and what came of it.

public import Autograd
internal import Foundation

/// Adam: means of gradients and of their squares (Kingma and Ba, 2015).
public class Adam: Optimizer {
  /// An optimiser of one group.
  public convenience init(
    _ parameters: [Tensor], lr: Double = 1e-3, betas: (Double, Double) = (0.9, 0.999),
    eps: Double = 1e-8, weightDecay: Double = 0, amsgrad: Bool = false, maximize: Bool = false,
    decoupledWeightDecay: Bool = false
  ) {
    self.init(
      [ParameterGroup(parameters)], lr: lr, betas: betas, eps: eps, weightDecay: weightDecay,
      amsgrad: amsgrad, maximize: maximize, decoupledWeightDecay: decoupledWeightDecay)
  }

  /// An optimiser of several groups.
  public init(
    _ groups: [ParameterGroup], lr: Double = 1e-3, betas: (Double, Double) = (0.9, 0.999),
    eps: Double = 1e-8, weightDecay: Double = 0, amsgrad: Bool = false, maximize: Bool = false,
    decoupledWeightDecay: Bool = false
  ) {
    super.init(
      groups,
      Hyperparameters(
        lr: lr, weightDecay: weightDecay, betas: betas, eps: eps, amsgrad: amsgrad,
        maximize: maximize, decoupledWeightDecay: decoupledWeightDecay))
  }

  override final func check(_ options: Hyperparameters) {
    checkNotNegative(options.lr, "learning rate")
    checkNotNegative(options.eps, "epsilon value")
    checkBetas(options)
    checkNotNegative(options.weightDecay, "weight_decay value")
  }

  override final func update(
    _ parameter: Tensor, _ gradient: Tensor, _ state: inout ParameterState,
    _ options: Hyperparameters
  ) {
    if state.first == nil {
      state.first = parameter.stateOfZeros()
      state.second = parameter.stateOfZeros()
      if options.amsgrad! { state.third = parameter.stateOfZeros() }
    }
    let betas = options.betas!
    let count = Double(state.step)
    let (lr, decay, isDecoupled) =
      (options.lr!, options.weightDecay!, options.decoupledWeightDecay!)
    var step = OptimizerStep(
      .adam(
        betas: betas, correction: (1 - pow(betas.1, count)).squareRoot(),
        amsgrad: options.amsgrad!),
      rate: -(lr / (1 - pow(betas.0, count))), maximize: options.maximize!,
      weightDecay: isDecoupled ? 0 : decay, shrink: isDecoupled ? 1 - lr * decay : 1,
      eps: options.eps!)
    step.apply(to: parameter, gradient: gradient, state.first, state.second, state.third)
  }

  override final var stateNames: (String?, String?, String?) {
    ("exp_avg", "exp_avg_sq", "max_exp_avg_sq")
  }
}

/// Adam with weight decay apart from the gradient (Loshchilov and Hutter, 2019).
public final class AdamW: Adam {
  /// An optimiser of one group.
  public convenience init(
    _ parameters: [Tensor], lr: Double = 1e-3, betas: (Double, Double) = (0.9, 0.999),
    eps: Double = 1e-8, weightDecay: Double = 1e-2, amsgrad: Bool = false, maximize: Bool = false
  ) {
    self.init(
      [ParameterGroup(parameters)], lr: lr, betas: betas, eps: eps, weightDecay: weightDecay,
      amsgrad: amsgrad, maximize: maximize)
  }

  /// An optimiser of several groups.
  public init(
    _ groups: [ParameterGroup], lr: Double = 1e-3, betas: (Double, Double) = (0.9, 0.999),
    eps: Double = 1e-8, weightDecay: Double = 1e-2, amsgrad: Bool = false, maximize: Bool = false
  ) {
    super.init(
      groups, lr: lr, betas: betas, eps: eps, weightDecay: weightDecay, amsgrad: amsgrad,
      maximize: maximize, decoupledWeightDecay: true)
  }
}

/// Adam with the largest gradient in place of the mean of squares (Kingma and Ba, 2015).
public final class Adamax: Optimizer {
  /// An optimiser of one group.
  public convenience init(
    _ parameters: [Tensor], lr: Double = 2e-3, betas: (Double, Double) = (0.9, 0.999),
    eps: Double = 1e-8, weightDecay: Double = 0, maximize: Bool = false
  ) {
    self.init(
      [ParameterGroup(parameters)], lr: lr, betas: betas, eps: eps, weightDecay: weightDecay,
      maximize: maximize)
  }

  /// An optimiser of several groups.
  public init(
    _ groups: [ParameterGroup], lr: Double = 2e-3, betas: (Double, Double) = (0.9, 0.999),
    eps: Double = 1e-8, weightDecay: Double = 0, maximize: Bool = false
  ) {
    super.init(
      groups,
      Hyperparameters(
        lr: lr, weightDecay: weightDecay, betas: betas, eps: eps, maximize: maximize))
  }

  override func check(_ options: Hyperparameters) {
    checkNotNegative(options.lr, "learning rate")
    checkNotNegative(options.eps, "epsilon value")
    checkBetas(options)
    checkNotNegative(options.weightDecay, "weight_decay value")
  }

  override func update(
    _ parameter: Tensor, _ gradient: Tensor, _ state: inout ParameterState,
    _ options: Hyperparameters
  ) {
    if state.first == nil {
      state.first = parameter.stateOfZeros()
      state.second = parameter.stateOfZeros()
    }
    let betas = options.betas!
    var step = OptimizerStep(
      .adamax(betas: betas), rate: -(options.lr! / (1 - pow(betas.0, Double(state.step)))),
      maximize: options.maximize!, weightDecay: options.weightDecay!, eps: options.eps!)
    step.apply(to: parameter, gradient: gradient, state.first, state.second)
  }

  override var stateNames: (String?, String?, String?) { ("exp_avg", "exp_inf", nil) }
}

/// Adam that looks ahead by the momentum (Dozat, 2016).
public final class NAdam: Optimizer {
  /// An optimiser of one group.
  public convenience init(
    _ parameters: [Tensor], lr: Double = 2e-3, betas: (Double, Double) = (0.9, 0.999),
    eps: Double = 1e-8, weightDecay: Double = 0, momentumDecay: Double = 4e-3,
    decoupledWeightDecay: Bool = false, maximize: Bool = false
  ) {
    self.init(
      [ParameterGroup(parameters)], lr: lr, betas: betas, eps: eps, weightDecay: weightDecay,
      momentumDecay: momentumDecay, decoupledWeightDecay: decoupledWeightDecay,
      maximize: maximize)
  }

  /// An optimiser of several groups.
  public init(
    _ groups: [ParameterGroup], lr: Double = 2e-3, betas: (Double, Double) = (0.9, 0.999),
    eps: Double = 1e-8, weightDecay: Double = 0, momentumDecay: Double = 4e-3,
    decoupledWeightDecay: Bool = false, maximize: Bool = false
  ) {
    super.init(
      groups,
      Hyperparameters(
        lr: lr, weightDecay: weightDecay, betas: betas, eps: eps, momentumDecay: momentumDecay,
        maximize: maximize, decoupledWeightDecay: decoupledWeightDecay))
  }

  override func check(_ options: Hyperparameters) {
    checkNotNegative(options.lr, "learning rate")
    checkNotNegative(options.eps, "epsilon value")
    checkBetas(options)
    checkNotNegative(options.weightDecay, "weight_decay value")
    checkNotNegative(options.momentumDecay, "momentum_decay value")
  }

  override func update(
    _ parameter: Tensor, _ gradient: Tensor, _ state: inout ParameterState,
    _ options: Hyperparameters
  ) {
    if state.first == nil {
      state.first = parameter.stateOfZeros()
      state.second = parameter.stateOfZeros()
    }
    let (beta1, beta2) = options.betas!
    let count = Double(state.step)
    func momentum(_ step: Double) -> Double {
      beta1 * (1 - 0.5 * pow(0.96, step * options.momentumDecay!))
    }
    let (now, next) = (momentum(count), momentum(count + 1))
    // PyTorch keeps the product in float32.
    state.momentumProduct = Double(Float(state.momentumProduct) * Float(now))
    let product = state.momentumProduct
    let (lr, decay, isDecoupled) =
      (options.lr!, options.weightDecay!, options.decoupledWeightDecay!)
    var step = OptimizerStep(
      .nadam(
        betas: (beta1, beta2), correction: 1 - pow(beta2, count),
        gradientRate: -lr * (1 - now) / (1 - product)),
      rate: -lr * next / (1 - product * next), maximize: options.maximize!,
      weightDecay: isDecoupled ? 0 : decay, shrink: isDecoupled ? 1 - lr * decay : 1,
      eps: options.eps!)
    step.apply(to: parameter, gradient: gradient, state.first, state.second)
  }

  override var stateNames: (String?, String?, String?) { ("exp_avg", "exp_avg_sq", nil) }
}
