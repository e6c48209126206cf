// Losses as modules.

public import Autograd

/// What losses of an input and a target share.
public class Loss: Module {
  /// What becomes of the losses of all elements.
  public final let reduction: LossReduction

  init(_ reduction: LossReduction) {
    self.reduction = reduction
    super.init()
  }

  func loss(_ input: Tensor, _ target: Tensor) -> Tensor { input }

  /// The loss of an input and a target.
  public final func callAsFunction(_ input: Tensor, _ target: Tensor) -> Tensor {
    if hooks == nil { return inScope { loss(input, target) } }
    return call([input, target]) { [loss($0[0], $0[1])] }[0]
  }
}

/// What losses with a weight for each class or element share.
public class WeightedLoss: Loss {
  /// The weights, if there are any.
  @Buffer public final var weight: Tensor?

  init(_ weight: Tensor?, _ reduction: LossReduction) {
    self.weight = weight
    super.init(reduction)
  }
}

/// The mean of the squares of the differences.
public final class MSELoss: Loss {
  /// A loss of this kind.
  public init(reduction: LossReduction = .mean) {
    super.init(reduction)
  }

  override func loss(_ input: Tensor, _ target: Tensor) -> Tensor {
    input.mseLoss(target, reduction: reduction)
  }
}

/// The mean of the sizes of the differences.
public final class L1Loss: Loss {
  /// A loss of this kind.
  public init(reduction: LossReduction = .mean) {
    super.init(reduction)
  }

  override func loss(_ input: Tensor, _ target: Tensor) -> Tensor {
    input.l1Loss(target, reduction: reduction)
  }
}

/// Squares of differences below `beta`, sizes above (Girshick, 2015).
public final class SmoothL1Loss: Loss {
  private let beta: Double
  /// A loss of this kind.
  public init(beta: Double = 1, reduction: LossReduction = .mean) {
    self.beta = beta
    super.init(reduction)
  }

  override func loss(_ input: Tensor, _ target: Tensor) -> Tensor {
    input.smoothL1Loss(target, reduction: reduction, beta: beta)
  }
}

/// Squares of differences below `delta`, sizes times `delta` above.
public final class HuberLoss: Loss {
  private let delta: Double
  /// A loss of this kind.
  public init(delta: Double = 1, reduction: LossReduction = .mean) {
    self.delta = delta
    super.init(reduction)
  }

  override func loss(_ input: Tensor, _ target: Tensor) -> Tensor {
    input.huberLoss(target, reduction: reduction, delta: delta)
  }
}

/// The cross entropy of logits and classes, or shares of classes.
public final class CrossEntropyLoss: WeightedLoss {
  private let ignoreIndex: Int
  private let labelSmoothing: Double
  /// A loss of this kind.
  public init(
    weight: Tensor? = nil, ignoreIndex: Int = -100, labelSmoothing: Double = 0,
    reduction: LossReduction = .mean
  ) {
    self.ignoreIndex = ignoreIndex
    self.labelSmoothing = labelSmoothing
    super.init(weight, reduction)
  }

  override func loss(_ input: Tensor, _ target: Tensor) -> Tensor {
    input.crossEntropy(
      target, weight: weight, ignoreIndex: ignoreIndex, reduction: reduction,
      labelSmoothing: labelSmoothing)
  }
}

/// The negative logarithms of probabilities at the classes.
public final class NLLLoss: WeightedLoss {
  private let ignoreIndex: Int
  /// A loss of this kind.
  public init(weight: Tensor? = nil, ignoreIndex: Int = -100, reduction: LossReduction = .mean) {
    self.ignoreIndex = ignoreIndex
    super.init(weight, reduction)
  }

  override func loss(_ input: Tensor, _ target: Tensor) -> Tensor {
    input.nllLoss(target, weight: weight, ignoreIndex: ignoreIndex, reduction: reduction)
  }
}

/// The cross entropy of probabilities and targets between 0 and 1.
public final class BCELoss: WeightedLoss {
  /// A loss of this kind.
  public init(weight: Tensor? = nil, reduction: LossReduction = .mean) {
    super.init(weight, reduction)
  }

  override func loss(_ input: Tensor, _ target: Tensor) -> Tensor {
    input.binaryCrossEntropy(target, weight: weight, reduction: reduction)
  }
}

/// The Kullback-Leibler divergence of a target from logarithms of probabilities.
public final class KLDivLoss: Loss {
  private let logTarget: Bool
  /// A loss of this kind.
  public init(logTarget: Bool = false, reduction: LossReduction = .mean) {
    self.logTarget = logTarget
    super.init(reduction)
  }

  override func loss(_ input: Tensor, _ target: Tensor) -> Tensor {
    input.klDiv(target, reduction: reduction, logTarget: logTarget)
  }
}

/// The negative logarithm of the likelihood of counts by Poisson.
public final class PoissonNLLLoss: Loss {
  private let logInput: Bool
  private let full: Bool
  private let eps: Double
  /// A loss of this kind.
  public init(
    logInput: Bool = true, full: Bool = false, eps: Double = 1e-8, reduction: LossReduction = .mean
  ) {
    self.logInput = logInput
    self.full = full
    self.eps = eps
    super.init(reduction)
  }

  override func loss(_ input: Tensor, _ target: Tensor) -> Tensor {
    input.poissonNllLoss(target, logInput: logInput, full: full, eps: eps, reduction: reduction)
  }
}

/// The input where the target is 1, what is missing to `margin` where it is -1.
public final class HingeEmbeddingLoss: Loss {
  private let margin: Double
  /// A loss of this kind.
  public init(margin: Double = 1, reduction: LossReduction = .mean) {
    self.margin = margin
    super.init(reduction)
  }

  override func loss(_ input: Tensor, _ target: Tensor) -> Tensor {
    input.hingeEmbeddingLoss(target, margin: margin, reduction: reduction)
  }
}

/// The mean of log(1 + exp(-target · input)).
public final class SoftMarginLoss: Loss {
  /// A loss of this kind.
  public init(reduction: LossReduction = .mean) {
    super.init(reduction)
  }

  override func loss(_ input: Tensor, _ target: Tensor) -> Tensor {
    input.softMarginLoss(target, reduction: reduction)
  }
}

/// Cross entropies of several labels, averaged over the classes.
public final class MultiLabelSoftMarginLoss: WeightedLoss {
  /// A loss of this kind.
  public init(weight: Tensor? = nil, reduction: LossReduction = .mean) {
    super.init(weight, reduction)
  }

  override func loss(_ input: Tensor, _ target: Tensor) -> Tensor {
    input.multilabelSoftMarginLoss(target, weight: weight, reduction: reduction)
  }
}

/// By how much other classes come nearer to the target than `margin`, to the power `p`, 1 or 2.
public final class MultiMarginLoss: WeightedLoss {
  private let p: Int
  private let margin: Double
  /// A loss of this kind.
  public init(
    p: Int = 1, margin: Double = 1, weight: Tensor? = nil, reduction: LossReduction = .mean
  ) {
    guard p == 1 || p == 2 else {
      refuse("MultiMarginLoss", "only p == 1 and p == 2 supported, got \(p)")
    }
    if let weight, weight.dim != 1 {
      refuse(
        "MultiMarginLoss", "expected weight to be None or 1D tensor, got \(weight.dim)D instead")
    }
    self.p = p
    self.margin = margin
    super.init(weight, reduction)
  }

  override func loss(_ input: Tensor, _ target: Tensor) -> Tensor {
    input.multiMarginLoss(target, p: p, margin: margin, weight: weight, reduction: reduction)
  }
}

/// By how much other classes come nearer to the targets, several for each row, than 1.
public final class MultiLabelMarginLoss: Loss {
  /// A loss of this kind.
  public init(reduction: LossReduction = .mean) {
    super.init(reduction)
  }

  override func loss(_ input: Tensor, _ target: Tensor) -> Tensor {
    input.multilabelMarginLoss(target, reduction: reduction)
  }
}

/// The cross entropy of logits and targets between 0 and 1.
public final class BCEWithLogitsLoss: Loss {
  /// The weights of elements, if there are any.
  @Buffer public var weight: Tensor?
  /// The weights of what is positive, if there are any.
  @Buffer public var posWeight: Tensor?

  /// A loss of this kind.
  public init(
    weight: Tensor? = nil, reduction: LossReduction = .mean, posWeight: Tensor? = nil
  ) {
    self.weight = weight
    self.posWeight = posWeight
    super.init(reduction)
  }

  override func loss(_ input: Tensor, _ target: Tensor) -> Tensor {
    input.binaryCrossEntropyWithLogits(
      target, weight: weight, reduction: reduction, posWeight: posWeight)
  }
}

/// What losses of three tensors share.
public class LossOfThree: Module {
  /// What becomes of the losses of all elements.
  public final let reduction: LossReduction

  init(_ reduction: LossReduction) {
    self.reduction = reduction
    super.init()
  }

  func loss(_ a: Tensor, _ b: Tensor, _ c: Tensor) -> Tensor { a }

  /// The loss of three tensors.
  public final func callAsFunction(_ a: Tensor, _ b: Tensor, _ c: Tensor) -> Tensor {
    call([a, b, c]) { [loss($0[0], $0[1], $0[2])] }[0]
  }
}

/// The negative logarithm of the likelihood of a target by a normal distribution of the input's mean
/// and a variance.
public final class GaussianNLLLoss: LossOfThree {
  private let full: Bool
  private let eps: Double
  /// A loss of this kind.
  public init(full: Bool = false, eps: Double = 1e-6, reduction: LossReduction = .mean) {
    self.full = full
    self.eps = eps
    super.init(reduction)
  }

  override func loss(_ input: Tensor, _ target: Tensor, _ variance: Tensor) -> Tensor {
    input.gaussianNllLoss(target, variance, full: full, eps: eps, reduction: reduction)
  }
}

/// By how much the wrong one of two inputs is ahead, as far as it is more than `-margin`.
public final class MarginRankingLoss: LossOfThree {
  private let margin: Double
  /// A loss of this kind.
  public init(margin: Double = 0, reduction: LossReduction = .mean) {
    self.margin = margin
    super.init(reduction)
  }

  override func loss(_ input1: Tensor, _ input2: Tensor, _ target: Tensor) -> Tensor {
    input1.marginRankingLoss(input2, target, margin: margin, reduction: reduction)
  }
}

/// One minus the cosine where the target is 1, the cosine beyond `margin` where it is -1.
public final class CosineEmbeddingLoss: LossOfThree {
  private let margin: Double
  /// A loss of this kind.
  public init(margin: Double = 0, reduction: LossReduction = .mean) {
    self.margin = margin
    super.init(reduction)
  }

  override func loss(_ input1: Tensor, _ input2: Tensor, _ target: Tensor) -> Tensor {
    input1.cosineEmbeddingLoss(input2, target, margin: margin, reduction: reduction)
  }
}

/// By how much an anchor is farther from the positive than from the negative, less than `margin`
/// apart.
public final class TripletMarginLoss: LossOfThree {
  private let margin: Double
  private let p: Double
  private let eps: Double
  private let swap: Bool
  /// A loss of this kind.
  public init(
    margin: Double = 1, p: Double = 2, eps: Double = 1e-6, swap: Bool = false,
    reduction: LossReduction = .mean
  ) {
    self.margin = margin
    self.p = p
    self.eps = eps
    self.swap = swap
    super.init(reduction)
  }

  override func loss(_ anchor: Tensor, _ positive: Tensor, _ negative: Tensor) -> Tensor {
    anchor.tripletMarginLoss(
      positive, negative, margin: margin, p: p, eps: eps, swap: swap, reduction: reduction)
  }
}
