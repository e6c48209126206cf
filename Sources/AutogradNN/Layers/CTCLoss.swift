// The loss of sequences of labels that are not aligned with the input, as a module.

public import Autograd

/// Minus the logarithm of the probability of all paths that spell the targets (Graves et al., 2006).
public final class CTCLoss: Module {
  /// What becomes of the losses of all sequences.
  public let reduction: LossReduction
  private let blank: Int
  private let zeroInfinity: Bool

  /// A loss of this kind; `blank` is the label that stands for none.
  public init(blank: Int = 0, reduction: LossReduction = .mean, zeroInfinity: Bool = false) {
    self.blank = blank
    self.reduction = reduction
    self.zeroInfinity = zeroInfinity
    super.init()
  }

  /// The loss of log-probabilities [T, N, C] or [T, C] and targets, a row for each sequence or one
  /// after the other.
  public func callAsFunction(
    _ logProbs: Tensor, _ targets: Tensor, inputLengths: [Int], targetLengths: [Int]
  ) -> Tensor {
    call([logProbs, targets]) {
      [
        $0[0].ctcLoss(
          $0[1], inputLengths: inputLengths, targetLengths: targetLengths, blank: blank,
          reduction: reduction, zeroInfinity: zeroInfinity)
      ]
    }[0]
  }
}
