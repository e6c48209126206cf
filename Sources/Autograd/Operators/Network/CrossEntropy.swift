// The cross entropy of classes, given as indices or as probabilities.
//
// Source: ATen/native/LossNLL.cpp, cross_entropy_loss.

extension Tensor {
  /// The cross entropy of the softmax of this tensor against `target` classes, reduced.
  ///
  /// Logits of shape C, N×C or N×C×d1×…; `target` holds int64 class indices of the shape without C, as
  /// `nllLoss` takes them, or floating-point probabilities of the same shape. `weight` has a number for
  /// each class. `labelSmoothing`, from 0 to 1, is the share of the target that is spread over all
  /// classes.
  public func crossEntropy(
    _ target: Tensor, weight: Tensor? = nil, ignoreIndex: Int = -100,
    reduction: LossReduction = .mean, labelSmoothing: Double = 0
  ) -> Tensor {
    reduction.check("cross_entropy")
    let axis = sizes.count == 1 ? 0 : 1
    if sizes == target.sizes {
      guard target.dtype.isFloatingPoint else {
        refuse(
          "cross_entropy",
          "Expected floating point type for target with class probabilities, got "
            + target.dtype.scalarTypeName)
      }
      guard ignoreIndex < 0 else {
        refuse("cross_entropy", "ignore_index is not supported for floating point target")
      }
      return crossEntropyOfProbabilities(target, weight, reduction, labelSmoothing, axis)
    }
    if labelSmoothing > 0 {
      Tensor.checkSmoothing(labelSmoothing)
      return crossEntropySmoothed(target, weight, ignoreIndex, reduction, labelSmoothing, axis)
    }
    return logSoftmax(dim: axis)
      .nllLoss(target, weight: weight, ignoreIndex: ignoreIndex, reduction: reduction)
  }

  private static func checkSmoothing(_ labelSmoothing: Double) {
    guard labelSmoothing <= 1 else {
      refuse(
        "cross_entropy",
        "label_smoothing must be between 0.0 and 1.0. Got: \(labelSmoothing)")
    }
  }

  private func crossEntropyOfProbabilities(
    _ target: Tensor, _ weight: Tensor?, _ reduction: LossReduction, _ smoothing: Double,
    _ axis: Int
  ) -> Tensor {
    let classes = size(axis)
    if let weight, weight.sizes.count != 1 || weight.count != classes {
      refuse(
        "cross_entropy",
        "cross_entropy: weight tensor should be defined either for all \(classes) classes or no "
          + "classes but got weight tensor of shape: \(weight.sizes)")
    }
    let logarithms = logSoftmax(dim: axis)
    var target = target
    if smoothing > 0 {
      Tensor.checkSmoothing(smoothing)
      target = target.scaled(by: .double(1 - smoothing))
        .shifted(by: .double(smoothing / Double(classes)))
    }
    let weights = weight.map { sizes.count > 1 ? $0.alongClasses(sizes.count) : $0 }
    var products = logarithms * target
    if let weights { products = products * weights }
    switch reduction {
    case .none: return -products.sum(dim: axis)
    case .sum, .batchMean: return -products.sum()
    case .mean:
      let sum = -products.sum()
      return count == 0
        ? sum.fill_(Double.nan) : sum.divided(by: .int(count / classes))
    }
  }

  private func crossEntropySmoothed(
    _ target: Tensor, _ weight: Tensor?, _ ignoreIndex: Int, _ reduction: LossReduction,
    _ smoothing: Double, _ axis: Int
  ) -> Tensor {
    let logarithms = logSoftmax(dim: axis)
    let likelihood = logarithms.nllLoss(
      target, weight: weight, ignoreIndex: ignoreIndex, reduction: reduction)
    var spread: Tensor
    if let weight {
      let weights = sizes.count > 1 ? weight.alongClasses(sizes.count) : weight.view([-1])
      spread = -(logarithms * weights).sum(dim: axis)
    } else {
      spread = -logarithms.sum(dim: axis)
    }
    let isIgnored = target.eq(ignoreIndex)
    spread = spread.maskedFill_(isIgnored, 0.0)
    switch reduction {
    case .none: break
    case .sum, .batchMean: spread = spread.sum()
    case .mean:
      if let weight {
        let classes = target.maskedSelect(isIgnored.logicalNot()).flatten()
        spread = spread.sum() / weight.gather(dim: 0, index: classes).sum()
      } else {
        spread = spread.sum() / isIgnored.logicalNot().sum()
      }
    }
    // PyTorch computes what stands on the right first.
    let share = spread.scaled(by: .double(smoothing / Double(size(axis))))
    return Tensor.add(
      .tensor(likelihood.scaled(by: .double(1 - smoothing))), .tensor(share))
  }

  /// This vector as one along dimension 1 of `rank`.
  private func alongClasses(_ rank: Int) -> Tensor {
    var shape = Array(repeating: 1, count: rank)
    shape[1] = count
    return view(shape)
  }
}
