// Losses of pairs and triples, made of operators: margin_ranking_loss, hinge_embedding_loss,
// cosine_embedding_loss, triplet_margin_loss.
//
// Source: ATen/native/Loss.cpp. C++ computes what stands on the right of an operator first.

extension Tensor {
  /// max(0, -target · (self - other) + margin), reduced: that this ranks above the other where
  /// `target` is 1, below where it is -1.
  ///
  /// All have as many dimensions and are broadcast.
  public func marginRankingLoss(
    _ other: Tensor, _ target: Tensor, margin: Double = 0, reduction: LossReduction = .mean
  ) -> Tensor {
    reduction.check("margin_ranking_loss")
    guard sizes.count == other.sizes.count, sizes.count == target.sizes.count else {
      refuse(
        "margin_ranking_loss",
        "margin_ranking_loss : All input tensors should have same dimension but got sizes: input1: "
          + "\(sizes), input2: \(other.sizes), target: \(target.sizes) ")
    }
    let difference = self - other
    return ((-target) * difference).shifted(by: .double(margin)).clampMin_(0).reduced(reduction)
  }

  /// This tensor where `target` is 1, max(0, margin - self) where it is -1, reduced.
  public func hingeEmbeddingLoss(
    _ target: Tensor, margin: Double = 1, reduction: LossReduction = .mean
  ) -> Tensor {
    reduction.check("hinge_embedding_loss")
    let zeros = Tensor.zeros(like: self)
    let rest = subtracted(fromNumber: margin).clampMin_(0)
    let ofOthers = Tensor.where(noGrad { target.ne(1) }, rest, zeros)
    let own = Tensor.where(noGrad { target.ne(-1) }, self, zeros)
    return (ofOthers + own).reduced(reduction)
  }

  /// 1 - cos of the angle to another tensor where `target` is 1, max(0, cos - margin) where it is -1,
  /// reduced.
  ///
  /// Vectors with a `target` without dimensions, or the rows of matrices with a vector.
  public func cosineEmbeddingLoss(
    _ other: Tensor, _ target: Tensor, margin: Double = 0, reduction: LossReduction = .mean
  ) -> Tensor {
    let name = "cosine_embedding_loss"
    reduction.check(name)
    let axis = target.sizes.count
    guard axis <= 1 else {
      refuse(name, "0D or 1D target tensor expected, multi-target not supported")
    }
    guard sizes.count == axis + 1, other.sizes.count == axis + 1 else {
      refuse(
        name,
        "\(axis)D target tensor expects \(axis + 1)D input tensors, but found inputs with sizes "
          + "\(sizes) and \(other.sizes).")
    }
    let products = (self * other).sum(dim: axis)
    func square(_ x: Tensor) -> Tensor { (x * x).sum(dim: axis).shifted(by: .double(1e-12)) }
    let own = square(self)
    let lengths = (own * square(other)).sqrt_()
    let cosines = products / lengths
    let zeros = Tensor.zeros(like: cosines)
    let ofEqual = cosines.subtracted(fromNumber: 1)
    let ofOthers = cosines.lowered(by: .double(margin)).clampMin_(0)
    let positive = Tensor.where(noGrad { target.eq(1) }, ofEqual, zeros)
    let negative = Tensor.where(noGrad { target.eq(-1) }, ofOthers, zeros)
    return (positive + negative).reduced(reduction)
  }

  /// max(0, d(self, positive) - d(self, negative) + margin), reduced, by the distances of order `p`
  /// along the last dimension.
  ///
  /// All have as many dimensions. With `swap` the distance of the positive from the negative counts
  /// where it is the smaller. `eps` is added to every difference.
  public func tripletMarginLoss(
    _ positive: Tensor, _ negative: Tensor, margin: Double = 1, p: Double = 2,
    eps: Double = 1e-6, swap: Bool = false, reduction: LossReduction = .mean
  ) -> Tensor {
    let name = "triplet_margin_loss"
    reduction.check(name)
    guard margin > 0 else { refuse(name, "margin must be greater than 0, got \(margin)") }
    let ranks = [sizes.count, positive.sizes.count, negative.sizes.count]
    guard ranks.allSatisfy({ $0 == ranks[0] }) else {
      refuse(
        name,
        "The anchor, positive, and negative tensors are expected to have the same number of "
          + "dimensions, but got: anchor \(ranks[0])D, positive \(ranks[1])D, and negative "
          + "\(ranks[2])D inputs")
    }
    func distance(_ a: Tensor, _ b: Tensor) -> Tensor { a.pairwiseDistance(b, p: p, eps: eps) }
    let near = distance(self, positive)
    var far = distance(self, negative)
    if swap { far = Tensor.minimum(far, distance(positive, negative)) }
    return (near.shifted(by: .double(margin)) - far).clampMin(0).reduced(reduction)
  }
}
