// Rows of the table of differentiable operators: losses.
@testable import Autograd

extension DifferentiableOperator {
  static let losses: [DifferentiableOperator] =
    errorLosses + entropies + likelihoods + marginLosses + onceDifferentiableLosses

  /// A loss of two tensors of one shape, by each reduction.
  private static func loss(
    _ name: String, _ first: SampleInput.Domain = .signed, _ second: SampleInput.Domain = .signed,
    _ apply: @escaping @Sendable (Tensor, Tensor, LossReduction) -> Tensor
  ) -> [DifferentiableOperator] {
    [LossReduction.none, .mean, .sum].map { reduction in
      DifferentiableOperator(
        "\(name), \(reduction)",
        [
          [SampleInput([2, 3]).within(first), SampleInput([2, 3]).within(second)],
          [
            SampleInput([3, 2], .transposed).within(first),
            SampleInput([3, 2], .sliced).within(second),
          ],
        ]
      ) { apply($0[0], $0[1], reduction) }
    }
  }

  private static let errorLosses: [DifferentiableOperator] =
    loss("mseLoss") { $0.mseLoss($1, reduction: $2) }
    + loss("l1Loss") { $0.l1Loss($1, reduction: $2) }
    + loss("smoothL1Loss") { $0.smoothL1Loss($1, reduction: $2, beta: 0.6) }
    + loss("huberLoss") { $0.huberLoss($1, reduction: $2, delta: 0.7) }
    + [
      DifferentiableOperator(
        "mseLoss, weighted", [[SampleInput([2, 2]), SampleInput([2, 2]), SampleInput([2, 2])]]
      ) { $0[0].mseLoss($0[1], weight: $0[2].square() + 1) }
    ]

  private static var classes: Tensor { Tensor([2, 0, 1]) }
  private static var classWeights: Tensor { Tensor([0.5, 1.5, 2.0], dtype: .float64) }

  /// A loss of logits of three images of three classes, by each reduction.
  private static func classLoss(
    _ name: String, _ apply: @escaping @Sendable (Tensor, LossReduction) -> Tensor
  ) -> [DifferentiableOperator] {
    [LossReduction.none, .mean, .sum].map { reduction in
      DifferentiableOperator(
        "\(name), \(reduction)", [[SampleInput([3, 3])], [SampleInput([3, 3], .transposed)]]
      ) { apply($0[0], reduction) }
    }
  }

  private static let entropies: [DifferentiableOperator] =
    loss("binaryCrossEntropy") {
      $0.sigmoid().binaryCrossEntropy($1.sigmoid(), reduction: $2)
    }
    + loss("binaryCrossEntropyWithLogits") {
      $0.binaryCrossEntropyWithLogits(
        $1, weight: .full([$0.size(-1)], 1.5, dtype: .float64), reduction: $2)
    }
    + classLoss("nllLoss") {
      $0.nllLoss(classes, weight: classWeights, ignoreIndex: 1, reduction: $1)
    }
    + classLoss("crossEntropy") { $0.crossEntropy(classes, reduction: $1, labelSmoothing: 0.2) }
    + loss("crossEntropy of probabilities") {
      $0.crossEntropy($1, reduction: $2, labelSmoothing: 0.1)
    }
    + [
      DifferentiableOperator(
        "nllLoss of images", [[SampleInput([2, 3, 1, 2])], [SampleInput([2, 3, 2])]]
      ) { $0[0].nllLoss(Tensor([1, 2, 0, 1]).view($0[0].shape.count == 4 ? [2, 1, 2] : [2, 2])) }
    ]

  private static let likelihoods: [DifferentiableOperator] =
    loss("klDiv") { $0.klDiv($1.exp(), reduction: $2) }
    + loss("klDiv of logarithms") { $0.klDiv($1, reduction: $2, logTarget: true) }
    + loss("poissonNllLoss") { $0.poissonNllLoss($1.exp(), full: true, reduction: $2) }
    + loss("gaussianNllLoss") {
      $0.gaussianNllLoss($0 * 0.5, $1.square() + 0.5, full: true, reduction: $2)
    }

  private static let marginLosses: [DifferentiableOperator] =
    loss("marginRankingLoss") {
      $0.marginRankingLoss($1, .ones(like: $0.detach()), margin: 0.3, reduction: $2)
    }
    + loss("hingeEmbeddingLoss") {
      $0.hingeEmbeddingLoss(.full(like: $1.detach(), -1), reduction: $2) + $1.sum() * 0
    }
    + loss("cosineEmbeddingLoss") {
      $0.cosineEmbeddingLoss($1, .ones([$0.shape[0]], dtype: .float64), reduction: $2)
    }
    + loss("tripletMarginLoss") {
      $0.tripletMarginLoss($1, $0 * 0.3 - $1, margin: 3, reduction: $2)
    }
    + loss("softMarginLoss") {
      $0.softMarginLoss(.full(like: $1.detach(), -1), reduction: $2) + $1.sum() * 0
    }
    + loss("multilabelSoftMarginLoss") {
      $0.multilabelSoftMarginLoss($1, reduction: $2)
    }

  private static var sequences: Tensor { Tensor([1, 2, 2, 1, 1, 0]).view([3, 2]) }

  /// The losses, and the reduction of rows by bags, that PyTorch has only a first derivative of.
  private static let onceDifferentiableLosses: [DifferentiableOperator] =
    (classLoss("multiMarginLoss") { $0.multiMarginLoss(classes, margin: 0.7, reduction: $1) }
    + classLoss("multiMarginLoss, squared") {
      $0.multiMarginLoss(classes, p: 2, weight: classWeights, reduction: $1)
    }
    + classLoss("multilabelMarginLoss") {
      $0.multilabelMarginLoss(
        Tensor([2, 0, -1, 1, -1, 0, -1, 0, 0]).view([3, 3]), reduction: $1)
    }
    + [LossReduction.none, .mean, .sum].map { reduction in
      DifferentiableOperator("ctcLoss, \(reduction)", [[SampleInput([4, 3, 3])]]) {
        $0[0].logSoftmax(dim: -1).ctcLoss(
          sequences, inputLengths: [4, 3, 4], targetLengths: [2, 2, 1], reduction: reduction)
      }
    }
    + [EmbeddingBagMode.sum, .mean, .max].map { mode in
      DifferentiableOperator(
        "embeddingBag, \(mode)", [[SampleInput([4, 2])], [SampleInput([4, 2], .transposed)]]
      ) {
        Tensor([1, 3, 0, 1, 2]).embeddingBag(
          $0[0], offsets: Tensor([0, 2, 2]), mode: mode, paddingIdx: 0)
      }
    }
    + [
      DifferentiableOperator(
        "embeddingBag, weighted", [[SampleInput([4, 2]), SampleInput([2, 3])]]
      ) {
        Tensor([1, 3, 0, 1, 2, 1]).view([2, 3]).embeddingBag(
          $0[0], mode: .sum, perSampleWeights: $0[1])
      }
    ]).map(\.onceDifferentiable)
}
