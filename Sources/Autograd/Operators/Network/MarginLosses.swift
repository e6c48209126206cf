// By how much other classes come too near the target: multi_margin_loss, multilabel_margin_loss.

internal import CKernels
internal import GraphModel

// MARK: - multi_margin_loss

extension Tensor {
  /// The mean over the other classes c of max(0, margin - x[target] + x[c])^p, times the target's
  /// weight, reduced.
  ///
  /// This tensor holds scores of shape C or N×C, `target` as many int64 class indices. `p` is 1 or 2.
  /// `weight` has C numbers and no gradient.
  public func multiMarginLoss(
    _ target: Tensor, p: Int = 1, margin: some ScalarConvertible = 1.0, weight: Tensor? = nil,
    reduction: LossReduction = .mean
  ) -> Tensor {
    let name = "multi_margin_loss"
    reduction.check(name)
    guard p == 1 || p == 2 else { refuse(name, "only p == 1 and p == 2 supported, got \(p)") }
    if let weight, weight.sizes.count != 1 { refuse(name, "weight must be one-dimensional") }
    Tensor.checkNotDifferentiated(weight, "weight", name)
    let scores = MarginScores(self, name)
    guard target.sizes.count <= 1, target.count == scores.batch else {
      refuse(
        name,
        "target tensor should be 1-D with size equal to the number of input samples (batch size). "
          + "Expected target size [\(scores.batch)], but got \(target.sizes). Input has shape "
          + "\(sizes).")
    }
    if let weight, weight.count != scores.classes {
      refuse(
        name, "inconsistent weight size, expected \(scores.classes) but got \(weight.sizes)")
    }
    let perRow = reduction == .none && target.sizes.count > 0
    let result = Tensor.full(Dims(perRow ? [scores.batch] : []), .int(0), dtype)
    let settings = MarginSettings(power: p, margin: margin.scalar, reduction: reduction)
    if count > 0 {
      checkFloatingPoint(name, "multi_margin_loss_cpu_kernel")
      target.checkClasses(name)
      if let weight, weight.dtype != dtype {
        refuse(
          name,
          "expected scalar type \(dtype.scalarTypeName) but found \(weight.dtype.scalarTypeName)")
      }
      let wrong = scores.withKernel(target, weight, settings, perRow: perRow) {
        agk_multi_margin($0, result.pointer)
      }
      if wrong >= 0 { refuse(name, "target out of range") }
    }
    return .recorded(result, self) {
      let node = MultiMarginLossBackward0(settings).saving(self, target)
      if let weight { node.save(.input(weight), 2) }
      return node
    }
  }

  fileprivate func multiMarginBackward(
    _ x: Tensor, _ target: Tensor, _ weight: Tensor?, _ settings: MarginSettings
  ) -> Tensor {
    let name = "multi_margin_loss_backward"
    let result = Tensor(empty: x.sizes, x.dtype)
    if x.count > 0 {
      let gradient = contiguousData()
      withExtendedLifetime(gradient) {
        MarginScores(x, name).withKernel(target, weight, settings, perRow: sizes.count > 0) {
          agk_multi_margin_backward($0, gradient.pointer, result.pointer)
        }
      }
    }
    return .recorded(result, self, x) { NotImplemented(name) }
  }
}

/// What multi_margin_loss is told beside its tensors.
private struct MarginSettings {
  let power: Int
  let margin: Scalar
  let reduction: LossReduction
}

final class MultiMarginLossBackward0: Node {
  private let settings: MarginSettings

  fileprivate init(_ settings: MarginSettings) {
    self.settings = settings
    super.init()
  }

  override class var savedNames: [String] { ["self", "target", "weight"] }
  override var attributes: [String: AttributeValue] {
    [
      "margin": settings.margin.attribute, "p": .int(settings.power),
      "reduction": settings.reduction.attribute,
    ]
  }

  override func backward(_ g: Tensor) -> Gradients {
    let weight = savedTensor(2).kind == .none ? nil : savedValue(2)
    return Gradients(g.multiMarginBackward(savedValue(0), savedValue(1), weight, settings))
  }
}

// MARK: - multilabel_margin_loss

extension Tensor {
  /// The sum over the target classes t and the classes c that are none of max(0, 1 - x[t] + x[c]),
  /// divided by the number of classes, reduced.
  ///
  /// This tensor holds scores of shape C or N×C, `target` int64 class indices of the same shape, up
  /// to the first -1 of each row.
  public func multilabelMarginLoss(
    _ target: Tensor, reduction: LossReduction = .mean
  ) -> Tensor {
    let name = "multilabel_margin_loss"
    reduction.check(name)
    let scores = MarginScores(self, name)
    let fits =
      sizes.count <= 1
      ? target.sizes.count <= 1 && target.count == scores.classes : target.sizes == sizes
    guard fits else {
      refuse(name, "inconsistent target size: \(target.sizes) for input of size: \(sizes)")
    }
    let perRow = reduction == .none && target.sizes.count > 1
    let result = Tensor.full(Dims(perRow ? [scores.batch] : []), .int(0), dtype)
    let isTarget = Tensor.full(target.sizes, .int(0), dtype)
    let settings = MarginSettings(power: 1, margin: .int(1), reduction: reduction)
    if count > 0 {
      target.checkClasses(name)
      let classes = target.contiguousData()
      for i in 0..<classes.count where !(-1..<scores.classes ~= Int(classes.int64Pointer[i])) {
        refuse(
          name, "argument #2 'target' is out of range: \(classes.int64Pointer[i]) is no class")
      }
      checkFloatingPoint(name, "multilabel_margin_loss_forward_out_frame")
      scores.withKernel(classes, nil, settings, perRow: perRow) {
        agk_multilabel_margin($0, isTarget.pointer, result.pointer)
      }
    }
    return .recorded(result, self) {
      let node = MultilabelMarginLossBackward0(reduction)
      node.save(.result(isTarget), 0)
      node.save(.input(self), 1)
      node.save(.input(target), 2)
      return node
    }
  }

  fileprivate func multilabelMarginBackward(
    _ x: Tensor, _ target: Tensor, _ isTarget: Tensor, _ reduction: LossReduction
  ) -> Tensor {
    let name = "multilabel_margin_loss_backward"
    let result = Tensor.full(x.sizes, .int(0), x.dtype)
    if x.count > 0 {
      let settings = MarginSettings(power: 1, margin: .int(1), reduction: reduction)
      let gradient = contiguousData()
      withExtendedLifetime((gradient, isTarget)) {
        MarginScores(x, name).withKernel(target, nil, settings, perRow: sizes.count > 0) {
          agk_multilabel_margin_backward(
            $0, isTarget.pointer, gradient.pointer, result.pointer)
        }
      }
    }
    return .recorded(result, self, x) { NotImplemented(name) }
  }
}

final class MultilabelMarginLossBackward0: Node {
  private let reduction: LossReduction

  init(_ reduction: LossReduction) {
    self.reduction = reduction
    super.init()
  }

  override class var savedNames: [String] { ["is_target", "self", "target"] }
  override var attributes: [String: AttributeValue] { ["reduction": reduction.attribute] }

  override func backward(_ g: Tensor) -> Gradients {
    Gradients(
      g.multilabelMarginBackward(savedValue(1), savedValue(2), savedValue(0), reduction))
  }
}

// MARK: - Scores

/// Scores seen as [batch, classes].
private struct MarginScores {
  let scores: Tensor
  let batch: Int
  let classes: Int

  init(_ scores: Tensor, _ operation: String) {
    let sizes = scores.sizes
    guard sizes.count <= 2, sizes.count == 0 || sizes[sizes.count - 1] != 0 else {
      refuse(
        operation,
        "Expected non-empty vector or matrix with optional 0-dim batch size, but got: \(sizes)")
    }
    self.scores = scores
    batch = sizes.count == 2 ? sizes[0] : 1
    classes = sizes.count == 0 ? 1 : sizes[sizes.count - 1]
  }

  /// Calls a kernel with these scores; without `perRow` a loss that is not reduced is one number.
  @discardableResult
  func withKernel<Result>(
    _ target: Tensor, _ weight: Tensor?, _ settings: MarginSettings, perRow: Bool,
    _ body: (UnsafePointer<agk_margins>) -> Result
  ) -> Result {
    let data = scores.contiguousData()
    let target = target.contiguousData()
    let weight = weight?.contiguousData()
    let reduction: agk_loss_reduction =
      switch settings.reduction {
      case .none: perRow ? .AGK_LOSS_NONE : .AGK_LOSS_SUM
      case .mean: .AGK_LOSS_MEAN
      case .sum, .batchMean: .AGK_LOSS_SUM
      }
    var kernel = agk_margins(
      dtype: data.dtype.kernel, reduction: reduction, batch: Int64(batch),
      classes: Int64(classes), power: Int64(settings.power), margin: settings.margin.double,
      x: data.pointer, target: target.int64Pointer, weight: weight?.pointer)
    return withExtendedLifetime((data, target, weight)) { body(&kernel) }
  }
}

extension Tensor {
  /// Refuses a target whose elements are not int64.
  fileprivate func checkClasses(_ operation: String) {
    guard dtype == .int64 else {
      refuse(operation, "expected scalar type Long but found \(dtype.scalarTypeName)")
    }
  }
}
