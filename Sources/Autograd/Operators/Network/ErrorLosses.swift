// Losses of the distance from a target: mse_loss, l1_loss, smooth_l1_loss, huber_loss.

internal import CKernels
internal import GraphModel

extension Tensor {
  /// The squared differences from `target`, reduced.
  ///
  /// The two are broadcast; floating point. With `weight`, of this tensor's shape, the mean is
  /// weighted.
  public func mseLoss(
    _ target: Tensor, reduction: LossReduction = .mean, weight: Tensor? = nil
  ) -> Tensor {
    reduction.check("mse_loss")
    let (x, target) = Tensor.broadcastForLoss(self, target)
    guard let weight else { return x.loss(.squared, target, reduction) }
    checkWeight(weight, "mse_loss")
    return Tensor.reduce((x - target).pow(2) * weight, weight, reduction)
  }

  /// The sizes of the differences from `target`, reduced.
  ///
  /// The two are broadcast. With `weight`, of this tensor's shape, the mean is weighted.
  public func l1Loss(
    _ target: Tensor, reduction: LossReduction = .mean, weight: Tensor? = nil
  ) -> Tensor {
    reduction.check("l1_loss")
    let (x, target) = Tensor.broadcastForLoss(self, target)
    let errors = (x - target).abs()
    guard let weight else { return errors.reduced(reduction) }
    checkWeight(weight, "l1_loss")
    return Tensor.reduce(errors * weight, weight, reduction)
  }

  /// Half the squared differences from `target` over `beta` where they are less than it, else their
  /// sizes less half of `beta`, reduced.
  ///
  /// The two are broadcast; floating point. With `beta` 0 it is `l1Loss`.
  public func smoothL1Loss(
    _ target: Tensor, reduction: LossReduction = .mean, beta: Double = 1
  ) -> Tensor {
    reduction.check("smooth_l1_loss")
    if beta == 0 { return l1Loss(target, reduction: reduction) }
    guard beta > 0 else {
      refuse("smooth_l1_loss", "smooth_l1_loss does not support negative values for beta: \(beta)")
    }
    let (x, target) = Tensor.broadcastForLoss(self, target)
    return x.loss(.smoothL1(beta: beta), target, reduction)
  }

  /// Half the squared differences from `target` where they are at most `delta`, else linear ones,
  /// reduced.
  ///
  /// The two are broadcast; floating point. `weight` has this tensor's shape; the mean is over all
  /// elements all the same.
  public func huberLoss(
    _ target: Tensor, reduction: LossReduction = .mean, delta: Double = 1, weight: Tensor? = nil
  ) -> Tensor {
    reduction.check("huber_loss")
    let (x, target) = Tensor.broadcastForLoss(self, target)
    guard delta > 0 else {
      refuse(
        "huber_loss", "huber_loss does not support non-positive values for delta: \(delta)")
    }
    guard let weight else { return x.loss(.huber(delta: delta), target, reduction) }
    checkWeight(weight, "huber_loss")
    return (x.loss(.huber(delta: delta), target, .none) * weight).reduced(reduction)
  }

  private static func broadcastForLoss(_ x: Tensor, _ target: Tensor) -> (Tensor, Tensor) {
    if x.sizes == target.sizes { return (x, target) }
    let both = Tensor.broadcastTensors([x, target])
    return (both[0], both[1])
  }

  private func checkWeight(_ weight: Tensor, _ operation: String) {
    guard weight.sizes == sizes else {
      refuse(
        operation,
        "Weights and input must have the same size: shapes \(weight.sizes) and \(sizes)")
    }
  }

  private static func reduce(
    _ errors: Tensor, _ weight: Tensor, _ reduction: LossReduction
  ) -> Tensor {
    reduction == .mean ? errors.sum() / weight.sum() : errors.reduced(reduction)
  }

  fileprivate func loss(
    _ form: ErrorLoss, _ target: Tensor, _ reduction: LossReduction
  ) -> Tensor {
    let dtype = Elementwise.promote(.tensor(self), .tensor(target))
    guard dtype.isFloatingPoint else {
      refuse(form.name, "\"\(form.kernel)\" not implemented for '\(dtype.scalarTypeName)'")
    }
    let result = noGrad {
      Elementwise.fused(
        form.op, self, target, numbers: (form.number, 0, 0), dtype: dtype, name: form.name
      ).converted(to: form.hasDtypeOfInput ? self.dtype : dtype).reduced(reduction)
    }
    return .recorded(result, self, target) { form.node(reduction).saving(self, target) }
  }

  /// The gradient of this tensor, of which `gradient` flows into the loss.
  fileprivate func lossBackward(
    _ form: ErrorLoss, _ gradient: Tensor, _ target: Tensor, _ reduction: LossReduction
  ) -> Tensor {
    let norm = reduction == .mean ? 1 / Double(count) : 1
    let numbers: FusedNumbers = form.isSquared ? (2 * norm, 0, 0) : (form.number, norm, 0)
    let result = Elementwise.fused(
      form.backwardOp, gradient, self, target, numbers: numbers,
      dtype: Elementwise.promote(.tensor(self), .tensor(target)), name: form.name)
    return .recorded(result, gradient, self, target) {
      form.backwardNode(reduction).saving(gradient, self, target)
    }
  }
}

/// A function of the difference from a target.
enum ErrorLoss {
  case squared
  case smoothL1(beta: Double)
  case huber(delta: Double)

  fileprivate var isSquared: Bool { if case .squared = self { true } else { false } }

  /// Whether PyTorch's loss has the dtype of its input, not the one that it meets the target in.
  fileprivate var hasDtypeOfInput: Bool { if case .huber = self { true } else { false } }

  fileprivate var name: String {
    switch self {
    case .squared: "mse_loss"
    case .smoothL1: "smooth_l1_loss"
    case .huber: "huber_loss"
    }
  }

  fileprivate var kernel: String {
    switch self {
    case .squared: "mse_cpu"
    case .smoothL1: "smooth_l1_cpu"
    case .huber: "huber_cpu"
    }
  }

  /// The number that the function has.
  fileprivate var number: Double {
    switch self {
    case .squared: 0
    case .smoothL1(let beta): beta
    case .huber(let delta): delta
    }
  }

  fileprivate var op: agk_fused_op {
    switch self {
    case .squared: .AGK_SQUARED_ERROR
    case .smoothL1: .AGK_SMOOTH_L1
    case .huber: .AGK_HUBER
    }
  }

  fileprivate var backwardOp: agk_fused_op {
    switch self {
    case .squared: .AGK_SQUARED_ERROR_BACKWARD
    case .smoothL1: .AGK_SMOOTH_L1_BACKWARD
    case .huber: .AGK_HUBER_BACKWARD
    }
  }

  fileprivate func node(_ reduction: LossReduction) -> ErrorLossNode {
    switch self {
    case .squared: MseLossBackward0(self, reduction)
    case .smoothL1: SmoothL1LossBackward0(self, reduction)
    case .huber: HuberLossBackward0(self, reduction)
    }
  }

  fileprivate func backwardNode(_ reduction: LossReduction) -> ErrorLossNode {
    switch self {
    case .squared: MseLossBackwardBackward0(self, reduction)
    case .smoothL1: SmoothL1LossBackwardBackward0(self, reduction)
    case .huber: HuberLossBackwardBackward0(self, reduction)
    }
  }

  /// What flows back through the derivative to the loss's input; less it, to the target.
  ///
  /// Source: torch/csrc/autograd/FunctionsManual.cpp, mse_loss_double_backward and its kin.
  fileprivate func secondDerivative(
    _ gradient: Tensor, _ x: Tensor, _ target: Tensor, _ reduction: LossReduction
  ) -> Tensor {
    func isNear(_ bound: Double) -> Tensor { noGrad { (x - target).abs().lt(bound) } }
    let result =
      switch self {
      case .squared: gradient.scaled(by: .int(2))
      case .smoothL1(let beta):
        (gradient * isNear(beta).to(gradient.dtype)).divided(by: .double(beta))
      case .huber(let delta): gradient * isNear(delta)
      }
    return result.dividedIfMean(reduction, x.count)
  }
}

extension ErrorLoss: ArchivedValue {
  func archived(_ writer: inout FieldWriter) -> JSONValue {
    .object([.init("name", .string(name)), .init("number", number.archived(&writer))])
  }

  init(archived json: JSONValue, _ reader: borrowing FieldReader) throws(NodeArchiveError) {
    let members = try json.members(["name", "number"])
    let number = try Double(archived: members[1], reader)
    switch members[0] {
    case .string("mse_loss"): self = .squared
    case .string("smooth_l1_loss"): self = .smoothL1(beta: number)
    case .string("huber_loss"): self = .huber(delta: number)
    default: throw members[0].unexpected("the name of a loss")
    }
  }
}

// MARK: - Derivatives

class ErrorLossNode: Node {
  final let form: ErrorLoss
  final let reduction: LossReduction

  init(_ form: ErrorLoss, _ reduction: LossReduction) {
    self.form = form
    self.reduction = reduction
    super.init()
  }

  override final var attributes: [String: AttributeValue] {
    var attributes = ["reduction": reduction.attribute]
    switch form {
    case .squared: break
    case .smoothL1(let beta): attributes["beta"] = .double(beta)
    case .huber(let delta): attributes["delta"] = .double(delta)
    }
    return attributes
  }
}

class ErrorLossBackwardNode: ErrorLossNode {
  override final class var savedNames: [String] { ["self", "target"] }

  override final func backward(
    _ gradients: consuming Gradients
  ) throws(AutogradError) -> Gradients {
    let g = gradients[0]!
    let (x, target) = (savedValue(0), savedValue(1))
    if case .huber = form { try checkDtypes(x, target, g) }
    return Gradients(
      needs(0) ? x.lossBackward(form, g, target, reduction) : nil,
      needs(1) ? target.lossBackward(form, g, x, reduction) : nil)
  }
}

class ErrorLossBackwardBackwardNode: ErrorLossNode {
  override final class var savedNames: [String] { ["grad_output", "self", "target"] }

  override final func backward(_ g: Tensor) -> Gradients {
    let (gradOutput, x, target) = (savedValue(0), savedValue(1), savedValue(2))
    var first: Tensor?
    if needs(0) {
      if reduction != .none, case .huber = form {
        let ones = Tensor.ones(like: gradOutput)
        first = (x.lossBackward(form, ones, target, reduction) * g).sum()
      } else {
        first = x.lossBackward(form, g, target, reduction)
      }
    }
    let second =
      needs(1) ? form.secondDerivative(g * gradOutput, x, target, reduction) : nil
    let third =
      needs(2) ? -form.secondDerivative(g * gradOutput, x, target, reduction) : nil
    return Gradients([first, second, third])
  }
}

final class MseLossBackward0: ErrorLossBackwardNode {}
final class SmoothL1LossBackward0: ErrorLossBackwardNode {}
final class HuberLossBackward0: ErrorLossBackwardNode {}
final class MseLossBackwardBackward0: ErrorLossBackwardBackwardNode {}
final class SmoothL1LossBackwardBackward0: ErrorLossBackwardBackwardNode {}
final class HuberLossBackwardBackward0: ErrorLossBackwardBackwardNode {}
