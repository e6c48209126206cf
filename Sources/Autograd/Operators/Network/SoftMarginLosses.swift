// Losses of labels that are 1 or -1, or 1 or 0: soft_margin_loss, multilabel_soft_margin_loss.

internal import CKernels
internal import GraphModel

// MARK: - soft_margin_loss

extension Tensor {
  /// log(1 + exp(-target · x)), reduced; `target` is 1 or -1.
  public func softMarginLoss(_ target: Tensor, reduction: LossReduction = .mean) -> Tensor {
    reduction.check("soft_margin_loss")
    Tensor.checkNotDifferentiated(target, "target", "soft_margin_loss")
    let result = noGrad { (-target * self).exp().log1p().reduced(reduction) }
    return .recorded(result, self) { SoftMarginLossBackward0(reduction).saving(self, target) }
  }

  fileprivate func softMarginBackward(
    _ gradient: Tensor, _ target: Tensor, _ reduction: LossReduction
  ) -> Tensor {
    let result: Tensor = noGrad {
      let z = (-target * self).exp()
      let norm = reduction == .mean ? 1 / Double(count) : 1
      return (target * z).scaled(by: .double(-norm)) / z.shifted(by: .int(1)) * gradient
    }
    return .recorded(result, gradient, self) {
      SoftMarginLossBackwardBackward0(reduction).saving(gradient, self, target)
    }
  }
}

class SoftMarginNode: Node {
  final let reduction: LossReduction

  init(_ reduction: LossReduction) {
    self.reduction = reduction
    super.init()
  }

  override final var attributes: [String: AttributeValue] { ["reduction": reduction.attribute] }
}

final class SoftMarginLossBackward0: SoftMarginNode {
  override class var savedNames: [String] { ["self", "target"] }
  override func backward(_ g: Tensor) -> Gradients {
    Gradients(savedValue(0).softMarginBackward(g, savedValue(1), reduction))
  }
}

final class SoftMarginLossBackwardBackward0: SoftMarginNode {
  override class var savedNames: [String] { ["grad_output", "self", "target"] }

  override func backward(_ g: Tensor) -> Gradients {
    let (gradOutput, x, target) = (savedValue(0), savedValue(1), savedValue(2))
    var first: Tensor?
    if needs(0) {
      if reduction == .none {
        first = x.softMarginBackward(g, target, reduction)
      } else {
        let ones = Tensor.ones(like: gradOutput)
        first = (x.softMarginBackward(ones, target, reduction) * g).sum()
      }
    }
    guard needs(1) else { return Gradients(first) }
    let flow = g * gradOutput
    let z = (x * -target).exp()
    let more = z.shifted(by: .int(1))
    // PyTorch computes what stands on the right first.
    let denominator = more * more
    let bend = flow * (target * target) * z / denominator
    return Gradients(first, bend.dividedIfMean(reduction, x.count))
  }
}

// MARK: - multilabel_soft_margin_loss

extension Tensor {
  /// The mean over the last dimension of the binary cross entropies of logits against `target`,
  /// reduced.
  ///
  /// `weight` has a number for each class.
  public func multilabelSoftMarginLoss(
    _ target: Tensor, weight: Tensor? = nil, reduction: LossReduction = .mean
  ) -> Tensor {
    reduction.check("multilabel_soft_margin_loss")
    let ofPositive = target * logsigmoid()
    var losses = -(ofPositive + (1 - target) * (-self).logsigmoid())
    if let weight { losses = losses * weight }
    let axis = sizes.count - 1
    return (losses.sum(dim: axis) / size(axis)).reduced(reduction)
  }
}
