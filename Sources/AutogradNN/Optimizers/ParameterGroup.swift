// Parameters that an optimiser changes alike.

public import Autograd

/// The numbers that steer an optimiser; each reads those that it has.
///
/// What is nil in a parameter group is as for the whole optimiser.
public struct Hyperparameters {
  /// The learning rate.
  public var lr: Double?
  /// The share of the parameter that is added to the gradient, or taken off with `decoupledWeightDecay`.
  public var weightDecay: Double?
  /// The share of the last direction that is kept.
  public var momentum: Double?
  /// By how much less than 1 the gradient counts in the momentum.
  public var dampening: Double?
  /// The shares of what was in the running means.
  public var betas: (Double, Double)?
  /// What keeps divisors from zero.
  public var eps: Double?
  /// The share of what was in RMSprop's mean.
  public var alpha: Double?
  /// How the rate falls with the steps (Adagrad).
  public var lrDecay: Double?
  /// How the momentum rises with the steps (NAdam).
  public var momentumDecay: Double?
  /// Whether the step looks ahead by the momentum.
  public var nesterov: Bool?
  /// Whether the largest mean of squares counts.
  public var amsgrad: Bool?
  /// Whether the mean is taken off the gradients' squares.
  public var centered: Bool?
  /// Whether the gradient is gone up.
  public var maximize: Bool?
  /// Whether weight decay is apart from the gradient (AdamW).
  public var decoupledWeightDecay: Bool?

  /// The numbers given.
  public init(
    lr: Double? = nil, weightDecay: Double? = nil, momentum: Double? = nil,
    dampening: Double? = nil, betas: (Double, Double)? = nil, eps: Double? = nil,
    alpha: Double? = nil, lrDecay: Double? = nil, momentumDecay: Double? = nil,
    nesterov: Bool? = nil, amsgrad: Bool? = nil, centered: Bool? = nil, maximize: Bool? = nil,
    decoupledWeightDecay: Bool? = nil
  ) {
    self.lr = lr
    self.weightDecay = weightDecay
    self.momentum = momentum
    self.dampening = dampening
    self.betas = betas
    self.eps = eps
    self.alpha = alpha
    self.lrDecay = lrDecay
    self.momentumDecay = momentumDecay
    self.nesterov = nesterov
    self.amsgrad = amsgrad
    self.centered = centered
    self.maximize = maximize
    self.decoupledWeightDecay = decoupledWeightDecay
  }

  /// These, and what is nil here as in `defaults`.
  func filled(by defaults: Hyperparameters) -> Hyperparameters {
    Hyperparameters(
      lr: lr ?? defaults.lr, weightDecay: weightDecay ?? defaults.weightDecay,
      momentum: momentum ?? defaults.momentum, dampening: dampening ?? defaults.dampening,
      betas: betas ?? defaults.betas, eps: eps ?? defaults.eps, alpha: alpha ?? defaults.alpha,
      lrDecay: lrDecay ?? defaults.lrDecay,
      momentumDecay: momentumDecay ?? defaults.momentumDecay,
      nesterov: nesterov ?? defaults.nesterov, amsgrad: amsgrad ?? defaults.amsgrad,
      centered: centered ?? defaults.centered, maximize: maximize ?? defaults.maximize,
      decoupledWeightDecay: decoupledWeightDecay ?? defaults.decoupledWeightDecay)
  }
}

/// Parameters that an optimiser changes by the same numbers.
///
/// ```swift
/// let optimizer = SGD(
///   [
///     ParameterGroup(model.base.parameters(), .init(lr: 1e-2)),
///     ParameterGroup(model.head.parameters()),
///   ], lr: 1e-3, momentum: 0.9)
/// ```
public final class ParameterGroup {
  /// The parameters.
  public let parameters: [Tensor]
  /// The numbers; after an optimiser took the group, those of the optimiser where none was given.
  public var options: Hyperparameters
  /// The learning rate before any scheduler changed it.
  public internal(set) var initialLr: Double?
  /// What the optimiser keeps of each parameter, made at its first step.
  var states: [ParameterState]

  /// Parameters, and the numbers that are other than the optimiser's.
  public init(_ parameters: [Tensor], _ options: Hyperparameters = .init()) {
    self.parameters = parameters
    self.options = options
    states = parameters.map { _ in ParameterState() }
  }

  /// The learning rate; a scheduler sets it.
  public var lr: Double {
    get { options.lr ?? 0 }
    set { options.lr = newValue }
  }
}

/// What an optimiser keeps of one parameter: the number of steps, and tensors by PyTorch's names.
struct ParameterState {
  var step = 0
  /// The product of NAdam's momenta.
  var momentumProduct = 1.0
  var first: Tensor?
  var second: Tensor?
  var third: Tensor?
}
