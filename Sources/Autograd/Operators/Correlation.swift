// Covariances and correlations of variables, a row each.

extension Tensor {
  /// The covariances of the variables in the rows, whose observations are the columns.
  ///
  /// A vector is one variable. `fweights` counts observations (integers), `aweights` weighs them.
  /// Any dtype but bool; integers become float32.
  public func cov(
    correction: Int = 1, fweights: Tensor? = nil, aweights: Tensor? = nil
  ) -> Tensor {
    guard sizes.count <= 2 else {
      refuse(
        "cov",
        "expected input to have two or fewer dimensions but got an input with \(sizes.count) "
          + "dimensions: shape \(sizes)")
    }
    if dtype == .bool { refuse("cov", "bool dtype is not supported for input") }
    let x = sizes.count < 2 ? view([1, -1]) : self
    let observations = x.sizes[1]
    for (name, weights) in [("fweights", fweights), ("aweights", aweights)] {
      guard let weights, weights.sizes.array != [observations] else { continue }
      refuse(
        "cov",
        "expected \(name) to be a vector with one weight for each of the \(observations) "
          + "observations, but got shape \(weights.sizes)")
    }
    var weights = fweights ?? aweights
    if let fweights, let aweights { weights = fweights * aweights }
    let total = weights?.sum() ?? Tensor(observations)
    let mean = (weights.map { x * $0 } ?? x).sum(dim: 1) / total
    var norm = total.lowered(by: .int(correction))
    if let weights, let aweights, correction != 0 {
      let lost = (weights * aweights).sum().scaled(by: .int(correction)) / total
      norm = total - lost
    }
    if noGrad({ norm.le(0).item() != 0 }) { norm = .zeros(like: norm.detach()) }
    let centred = x - mean.unsqueeze(1)
    let products = centred.mm((weights.map { centred * $0 } ?? centred).t())
    return (products / norm).squeeze()
  }

  /// The correlation coefficients of the variables in the rows, between -1 and 1.
  ///
  /// Shapes and dtypes as for `cov`.
  public func corrcoef() -> Tensor {
    guard sizes.count <= 2 else {
      refuse(
        "corrcoef",
        "expected input to have two or fewer dimensions but got an input with \(sizes.count) "
          + "dimensions: shape \(sizes)")
    }
    let covariances = cov()
    if covariances.sizes.count == 0 { return covariances / covariances }
    let deviations = covariances.diagonal().sqrt()
    let byRow = covariances / deviations.view([-1, 1])
    return (byRow / deviations.view([1, -1])).clamp(min: -1, max: 1)
  }
}
