// Cross entropies of single probabilities: binary_cross_entropy, and with logits.

internal import CKernels
internal import GraphModel

// MARK: - binary_cross_entropy

extension Tensor {
  /// -(t log x + (1 - t) log(1 - x)) for probabilities x against `target`, each logarithm at least
  /// -100, reduced.
  ///
  /// Both have one shape and floating-point dtype, and elements from 0 to 1; `weight` is broadcast to
  /// them and has no gradient.
  public func binaryCrossEntropy(
    _ target: Tensor, weight: Tensor? = nil, reduction: LossReduction = .mean
  ) -> Tensor {
    let name = "binary_cross_entropy"
    reduction.check(name)
    guard target.sizes == sizes else {
      refuse(
        name,
        "Using a target size (\(target.sizes)) that is different to the input size (\(sizes)) is "
          + "deprecated. Please ensure they have the same size.")
    }
    let weight = weight.map { $0.expand(Broadcast.sizes(sizes, $0.sizes, name)) }
    Tensor.checkNotDifferentiated(weight, "weight", name)
    checkFloatingPoint(name, name)
    guard target.dtype == dtype else {
      refuse(
        name, "Found dtype \(target.dtype.scalarTypeName) but expected \(dtype.scalarTypeName)")
    }
    let result: Tensor = noGrad {
      let losses = Elementwise.fused(.AGK_CROSS_ENTROPY, self, target, name: name)
      for (tensor, what) in [(self, "input"), (target, "target")]
      where tensor.count > 0 {
        // NaN is in no range either.
        let isInside = tensor.ge(0).logicalAnd(tensor.le(1)).all()
        if !isInside.item(as: Bool.self) {
          refuse(name, "all elements of \(what) should be between 0 and 1")
        }
      }
      return (weight.map { losses.mul_($0) } ?? losses).reduced(reduction)
    }
    return .recorded(result, self, target) {
      BinaryCrossEntropyBackward0(reduction, nil, self, target, weight)
    }
  }

  /// The gradient of the probabilities.
  fileprivate func binaryCrossEntropyBackward(
    _ gradient: Tensor, _ target: Tensor, _ weight: Tensor?, _ reduction: LossReduction
  ) -> Tensor {
    let result: Tensor = noGrad {
      let slopes = Elementwise.fused(
        .AGK_CROSS_ENTROPY_BACKWARD, gradient, self, target, name: "binary_cross_entropy_backward")
      return (weight.map { slopes.mul_($0) } ?? slopes).shareOfMean(reduction, count)
    }
    return .recorded(result, gradient, self, target) {
      BinaryCrossEntropyBackwardBackward0(reduction, gradient, self, target, weight)
    }
  }
}

/// A node of binary_cross_entropy: it saves a gradient if it has one, the input, the target, a weight.
class BinaryCrossEntropyNode: Node {
  final let reduction: LossReduction
  private let first: Int

  init(
    _ reduction: LossReduction, _ gradient: Tensor?, _ x: Tensor, _ target: Tensor,
    _ weight: Tensor?
  ) {
    self.reduction = reduction
    first = gradient == nil ? 0 : 1
    super.init()
    if let gradient { save(.input(gradient), 0) }
    save(.input(x), first)
    save(.input(target), first + 1)
    if let weight { save(.input(weight), first + 2) }
  }

  final var input: Tensor { savedValue(first) }
  final var target: Tensor { savedValue(first + 1) }
  final var weight: Tensor? {
    savedTensor(first + 2).kind == .none ? nil : savedValue(first + 2)
  }

  override final var attributes: [String: AttributeValue] { ["reduction": reduction.attribute] }
}

final class BinaryCrossEntropyBackward0: BinaryCrossEntropyNode {
  override class var savedNames: [String] { ["self", "target", "weight"] }

  override func backward(_ g: Tensor) -> Gradients {
    Gradients(
      needs(0) ? input.binaryCrossEntropyBackward(g, target, weight, reduction) : nil,
      needs(1) ? byTarget(g) : nil)
  }

  private func byTarget(_ g: Tensor) -> Tensor {
    let slopes = input.logit().neg_().mul_(g)
    return (weight.map { slopes.mul_($0) } ?? slopes).dividedIfMean(reduction, target.count)
  }
}

/// Source: torch/csrc/autograd/FunctionsManual.cpp, binary_cross_entropy_double_backward and its kin.
final class BinaryCrossEntropyBackwardBackward0: BinaryCrossEntropyNode {
  private static let bound = Scalar.double(1e-12)

  override class var savedNames: [String] { ["grad_output", "self", "target", "weight"] }

  override func backward(_ g: Tensor) -> Gradients {
    Gradients([
      needs(0) ? byGradient(g) : nil, needs(1) ? byInput(g) : nil, needs(2) ? byTarget(g) : nil,
    ])
  }

  private func weighted(_ x: Tensor) -> Tensor { weight.map { x.mul_($0) } ?? x }

  private func byGradient(_ g: Tensor) -> Tensor {
    let bound = BinaryCrossEntropyBackwardBackward0.bound
    // PyTorch computes what stands on the right first, here and below.
    let rest = input.subtracted(fromNumber: 1).shifted(by: bound)
    let denominator = input.shifted(by: bound) * rest
    return weighted(((input - target) / denominator).mul_(g)).dividedIfMean(reduction, input.count)
  }

  private func byInput(_ g: Tensor) -> Tensor {
    let x = input
    let bound = BinaryCrossEntropyBackwardBackward0.bound
    let one = x.shifted(by: bound)
    let other = x.subtracted(fromNumber: 1).shifted(by: bound)
    let square = other.pow(2)
    let denominator = one.pow(2) * square
    let mixed = x.scaled(by: .int(2)) * target
    let bend = (x * x - mixed + target) / denominator
    return weighted(bend.mul_(g * savedValue(0))).dividedIfMean(reduction, x.count)
  }

  private func byTarget(_ g: Tensor) -> Tensor {
    let x = input
    let result = weighted(-g * savedValue(0))
    let rest = x.subtracted(fromNumber: 1)
    return (result / (rest * x)).dividedIfMean(reduction, target.count)
  }
}

// MARK: - binary_cross_entropy_with_logits

extension Tensor {
  /// `binaryCrossEntropy` of the sigmoids, without overflow, reduced.
  ///
  /// Both have one shape. `weight` is broadcast; `posWeight` multiplies the losses of positive
  /// examples. Neither has a gradient.
  public func binaryCrossEntropyWithLogits(
    _ target: Tensor, weight: Tensor? = nil, reduction: LossReduction = .mean,
    posWeight: Tensor? = nil
  ) -> Tensor {
    let name = "binary_cross_entropy_with_logits"
    reduction.check(name)
    guard target.sizes == sizes else {
      refuse(
        name, "Target size (\(target.sizes)) must be the same as input size (\(sizes))")
    }
    Tensor.checkNotDifferentiated(weight, "weight", name)
    Tensor.checkNotDifferentiated(posWeight, "pos_weight", name)
    let result: Tensor = noGrad {
      var losses: Tensor
      if let posWeight {
        let logWeight = (posWeight.shifted(by: .int(-1)) * target).shifted(by: .int(1))
        losses = target.subtracted(fromNumber: 1) * self - logWeight * logsigmoid()
      } else {
        checkFloatingPoint(name, "log_sigmoid_cpu")
        // PyTorch works in place on the target's rest to one, in its dtype.
        losses = Elementwise.fused(
          .AGK_CROSS_ENTROPY_OF_LOGIT, self, target, dtype: target.dtype, name: name)
      }
      if let weight { losses = losses.mul_(weight) }
      return losses.reduced(reduction)
    }
    return .recorded(result, self, target) {
      let node = BinaryCrossEntropyWithLogitsBackward0(reduction)
      if let posWeight { node.save(.input(posWeight), 0) }
      node.save(.input(self), 1)
      node.save(.input(target), 2)
      if let weight { node.save(.input(weight), 3) }
      return node
    }
  }
}

/// Its formulas are operators: it has no derivative node of its own.
final class BinaryCrossEntropyWithLogitsBackward0: Node {
  private let reduction: LossReduction

  init(_ reduction: LossReduction) {
    self.reduction = reduction
    super.init()
  }

  override class var savedNames: [String] { ["pos_weight", "self", "target", "weight"] }
  override var attributes: [String: AttributeValue] { ["reduction": reduction.attribute] }

  private func optional(_ slot: Int) -> Tensor? {
    savedTensor(slot).kind == .none ? nil : savedValue(slot)
  }

  override func backward(_ g: Tensor) -> Gradients {
    Gradients(needs(0) ? byInput(g) : nil, needs(1) ? byTarget(g) : nil)
  }

  private func byInput(_ g: Tensor) -> Tensor {
    let (x, target) = (savedValue(1), savedValue(2))
    var result: Tensor
    if let posWeight = optional(0) {
      let positive = posWeight * target
      result = positive.shifted(by: .int(1)).sub_(target).mul_(x.sigmoid()).sub_(positive) * g
    } else if isGradEnabled {
      result = (x.sigmoid() - target) * g
    } else {
      let dtype = Elementwise.promote(.tensor(x), .tensor(target))
      result = Elementwise.fused(
        .AGK_CROSS_ENTROPY_OF_LOGIT_BACKWARD, g, x, target, dtype: dtype,
        name: "binary_cross_entropy_with_logits_backward")
    }
    if let weight = optional(3) { result = result.mul_(weight) }
    return result.dividedIfMean(reduction, x.count)
  }

  private func byTarget(_ g: Tensor) -> Tensor {
    let x = savedValue(1)
    var result: Tensor
    if let posWeight = optional(0) {
      result = (-x).logsigmoid().sub_(x.logsigmoid().mul_(posWeight)) * g
    } else {
      result = -x * g
    }
    if let weight = optional(3) { result = result.mul_(weight) }
    return result.dividedIfMean(reduction, savedValue(2).count)
  }
}
