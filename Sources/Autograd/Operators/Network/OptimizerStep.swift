// One step of an optimiser for one parameter, by a single kernel.

internal import CKernels

/// What an optimiser does with a parameter in one step, in the terms of PyTorch's optimisers.
package struct OptimizerStep {
  /// The rule by which gradient and states make the direction.
  package enum Rule {
    /// The gradient itself.
    case sgd
    /// A buffer; `isFirst` makes it the gradient.
    case sgdMomentum(momentum: Double, dampening: Double, nesterov: Bool, isFirst: Bool)
    /// exp_avg and exp_avg_sq, with `amsgrad` max_exp_avg_sq too.
    case adam(betas: (Double, Double), correction: Double, amsgrad: Bool)
    /// square_avg; a buffer and grad_avg if they are there.
    case rmsprop(alpha: Double, momentum: Double, centered: Bool)
    /// The sum of squares.
    case adagrad
    /// exp_avg and exp_inf.
    case adamax(betas: (Double, Double))
    /// exp_avg and exp_avg_sq, with the gradient's own part.
    case nadam(betas: (Double, Double), correction: Double, gradientRate: Double)
  }

  private var update = agk_update()

  /// A step of a rule.
  ///
  /// - Parameters:
  ///   - rule: how the direction is made.
  ///   - rate: what it is multiplied by before it is added.
  ///   - maximize: whether the gradient counts backwards.
  ///   - weightDecay: the share of the parameter that is added to the gradient.
  ///   - shrink: what the parameter is multiplied by first.
  ///   - eps: what keeps the divisor from zero.
  package init(
    _ rule: Rule, rate: Double, maximize: Bool, weightDecay: Double = 0, shrink: Double = 1,
    eps: Double = 0
  ) {
    update.maximize = maximize
    update.weight_decay = weightDecay
    update.shrink = shrink
    update.rate = rate
    update.eps = eps
    switch rule {
    case .sgd: update.rule = .AGK_SGD
    case .sgdMomentum(let momentum, let dampening, let nesterov, let isFirst):
      update.rule = .AGK_SGD_MOMENTUM
      update.momentum = momentum
      update.share = 1 - dampening
      update.nesterov = nesterov
      update.first = isFirst
    case .adam(let betas, let correction, let amsgrad):
      update.rule = amsgrad ? .AGK_ADAM_AMSGRAD : .AGK_ADAM
      (update.beta1, update.beta2) = betas
      update.correction = correction
    case .rmsprop(let alpha, let momentum, let centered):
      update.rule = .AGK_RMSPROP
      update.beta2 = alpha
      update.momentum = momentum
      update.has_momentum = momentum > 0
      update.centered = centered
    case .adagrad: update.rule = .AGK_ADAGRAD
    case .adamax(let betas):
      update.rule = .AGK_ADAMAX
      (update.beta1, update.beta2) = betas
    case .nadam(let betas, let correction, let gradientRate):
      update.rule = .AGK_NADAM
      (update.beta1, update.beta2) = betas
      update.correction = correction
      update.gradient_rate = gradientRate
    }
  }

  /// Changes `parameter` and its states in place; the states are contiguous and of its shape.
  package mutating func apply(
    to parameter: Tensor, gradient: Tensor, _ a: Tensor? = nil, _ b: Tensor? = nil,
    _ c: Tensor? = nil
  ) {
    let gradient =
      gradient.isContiguous && gradient.dtype == parameter.dtype
      ? gradient : noGrad { gradient.to(parameter.dtype).contiguous() }
    let target = parameter.isContiguous ? parameter : noGrad { parameter.detach().contiguous() }
    update.dtype = parameter.dtype.kernel
    let isMeasured = target === parameter && KnownTensor.measuresStep(of: parameter)
    var found = agk_statistics()
    withExtendedLifetime((gradient, target, a, b, c)) {
      var states: InlineArray<3, UnsafeMutableRawPointer?> = [a?.pointer, b?.pointer, c?.pointer]
      withUnsafePointer(to: &states) { states in
        let states = UnsafeRawPointer(states).assumingMemoryBound(
          to: UnsafeMutableRawPointer?.self)
        if isMeasured {
          agk_step_measured(
            &update, Int64(target.count), target.pointer, gradient.pointer, states,
            &found)
        } else {
          agk_step(&update, Int64(target.count), target.pointer, gradient.pointer, states)
        }
      }
    }
    if target !== parameter { Elementwise.copy(target, into: parameter) }
    parameter.storage.incrementVersion()
    if isMeasured { KnownTensor.stepped(parameter, MeasuredTensor(parameter, found)) }
  }
}
