// Losses of distributions, made of operators: kl_div, poisson_nll_loss, gaussian_nll_loss.

extension Tensor {
  /// The divergence `target · (log target - x)` of log-probabilities x from `target`, reduced.
  ///
  /// `target` holds probabilities, or their logarithms with `logTarget`; the two are broadcast.
  /// `.batchMean` divides the sum by the size of the first dimension, as the definition does.
  public func klDiv(
    _ target: Tensor, reduction: LossReduction = .mean, logTarget: Bool = false
  ) -> Tensor {
    let losses: Tensor
    if logTarget {
      // PyTorch computes what stands on the right first.
      let difference = target - self
      losses = target.exp() * difference
    } else {
      let product = target * self
      losses = target.xlogy(target) - product
    }
    let result = losses.reduced(reduction)
    guard reduction == .batchMean, sizes.count > 0 else { return result }
    return result / sizes[0]
  }

  /// Minus the log-likelihood of `target` counts under Poisson distributions, reduced.
  ///
  /// This tensor holds the logarithms of the rates, or the rates without `logInput`, to which `eps` is
  /// added before taking logarithms. `full` adds Stirling's approximation of the term that does not
  /// depend on the rates, for targets above 1.
  public func poissonNllLoss(
    _ target: Tensor, logInput: Bool = true, full: Bool = false, eps: Double = 1e-8,
    reduction: LossReduction = .mean
  ) -> Tensor {
    reduction.check("poisson_nll_loss")
    var losses: Tensor
    if logInput {
      let product = target * self
      losses = exp() - product
    } else {
      let logarithm = shifted(by: .double(eps)).log()
      losses = self - target * logarithm
    }
    if full {
      let tail = target.scaled(by: .double(2 * Double.pi)).log().scaled(by: .double(0.5))
      let stirling = target * target.log() - target + tail
      losses = losses.add_(stirling.maskedFill(target.le(1), 0))
    }
    return losses.reduced(reduction)
  }

  /// Minus the log-likelihood of `target` under normal distributions of these means and of `variance`,
  /// reduced.
  ///
  /// `variance` has this tensor's shape, or that without the last dimension or with 1 in one; elements
  /// below `eps` count as it, negative ones are refused. `full` adds the constant term.
  public func gaussianNllLoss(
    _ target: Tensor, _ variance: Tensor, full: Bool = false, eps: Double = 1e-6,
    reduction: LossReduction = .mean
  ) -> Tensor {
    let name = "gaussian_nll_loss"
    reduction.check(name)
    if noGrad({ variance.lt(0).any().item(as: Bool.self) }) {
      refuse(name, "var has negative entry/entries")
    }
    var variance = variance
    if variance.sizes != sizes {
      if variance.shape == shape.dropLast() {
        variance = variance.unsqueeze(-1)
      } else {
        let differing =
          sizes.count == variance.sizes.count
          ? sizes.indices.filter { sizes[$0] != variance.sizes[$0] } : []
        guard differing.reduce(0, { $0 + variance.sizes[$1] }) == 1 else {
          refuse(name, "var is of incorrect size: \(variance.sizes) for \(sizes)")
        }
      }
    }
    variance = variance.clone()
    noGrad { _ = variance.clampMin_(eps) }
    let logarithm = variance.log()
    var losses = 0.5 * (logarithm + (self - target).pow(2) / variance)
    if full {
      losses = losses.add_(0.5 * 1.837877066409345483560659472811235279722794947275566825634)
    }
    return losses.reduced(reduction)
  }

  /// As `gaussianNllLoss(_:_:full:eps:reduction:)`, of one variance for all.
  public func gaussianNllLoss(
    _ target: Tensor, _ variance: Double, full: Bool = false, eps: Double = 1e-6,
    reduction: LossReduction = .mean
  ) -> Tensor {
    if variance < 0 { refuse("gaussian_nll_loss", "var has negative entry/entries") }
    return gaussianNllLoss(
      target, noGrad { variance * Tensor.ones(like: self) }, full: full, eps: eps,
      reduction: reduction)
  }
}
