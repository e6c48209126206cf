// Activations with a smooth derivative of their own: softplus, silu, mish, gelu.
//
// Values and first derivatives are one loop each; the derivative is one node, as in PyTorch, and its
// formula is differentiable in turn.

internal import CKernels
internal import GraphModel

extension Tensor {
  /// log(1 + exp(beta · x)) / beta, and x itself where beta · x is above `threshold`.
  ///
  /// Floating point only.
  public func softplus(
    beta: some ScalarConvertible = 1, threshold: some ScalarConvertible = 20
  ) -> Tensor {
    let settings = SoftplusSettings(beta: beta.scalar, threshold: threshold.scalar)
    return activation("softplus", .AGK_SOFTPLUS, settings.numbers) {
      SoftplusBackward0(settings).saving(self)
    }
  }

  /// x · sigmoid(x).
  ///
  /// Floating point only.
  public func silu() -> Tensor {
    activation("silu", .AGK_SILU) { SiluBackward0().saving(self) }
  }

  /// x · tanh(softplus(x)).
  ///
  /// Floating point only.
  public func mish() -> Tensor {
    activation("mish", .AGK_MISH) { MishBackward0().saving(self) }
  }

  /// The Gaussian error linear unit.
  ///
  /// Floating point only.
  ///
  /// - Parameter approximate: `none` for the error function, `tanh` for the approximation by tanh.
  /// - Returns: x times the share of the normal distribution that lies below x.
  public func gelu(approximate: GELUApproximation = .none) -> Tensor {
    activation("gelu", approximate == .tanh ? .AGK_GELU_TANH : .AGK_GELU) {
      GeluBackward0(approximate).saving(self)
    }
  }

  /// `silu` in place.
  @discardableResult
  public func silu_() -> Tensor {
    activationInPlace("silu_", .AGK_SILU) { SiluBackward0().saving($0) }
  }

  /// `mish` in place.
  @discardableResult
  public func mish_() -> Tensor {
    activationInPlace("mish_", .AGK_MISH) { MishBackward0().saving($0) }
  }

  /// A fused function of this tensor alone.
  func activation(
    _ operation: String, _ op: agk_fused_op, _ numbers: FusedNumbers = (0, 0, 0),
    node: () -> Node
  ) -> Tensor {
    checkFloatingPoint(operation, operation)
    return .recorded(
      Elementwise.fused(op, self, numbers: numbers, name: operation), self, makeNode: node)
  }

  /// As `activation`, into this tensor's memory; `node` is given the input as it was.
  func activationInPlace(
    _ operation: String, _ op: agk_fused_op, _ numbers: FusedNumbers = (0, 0, 0),
    node: (Tensor) -> Node
  ) -> Tensor {
    checkFloatingPoint(operation, String(operation.dropLast()))
    return inPlace(operation) {
      node(clone())
    } compute: {
      Elementwise.fused(op, self, numbers: numbers, into: self)
    }
  }
}

/// How `gelu` computes the Gaussian's share.
public enum GELUApproximation: String, Sendable {
  /// By the error function.
  case none
  /// By tanh, as the paper proposes (Hendrycks and Gimpel, 2016).
  case tanh
}

/// The numbers that `softplus` was called with, kept as PyTorch shows them.
struct SoftplusSettings {
  let beta: Scalar
  let threshold: Scalar

  var numbers: FusedNumbers { (beta.double, threshold.double, 0) }

  var attributes: [String: AttributeValue] {
    ["beta": beta.attribute, "threshold": threshold.attribute]
  }
}

final class SoftplusBackward0: Node {
  private let settings: SoftplusSettings

  init(_ settings: SoftplusSettings) {
    self.settings = settings
    super.init()
  }

  override class var savedNames: [String] { ["self"] }
  override var attributes: [String: AttributeValue] { settings.attributes }

  override func backward(_ g: Tensor) -> Gradients {
    Gradients(g.softplusBackward(savedValue(0), settings))
  }
}

final class SoftplusBackwardBackward0: ActivationBackwardNode {
  private let settings: SoftplusSettings

  init(_ settings: SoftplusSettings) {
    self.settings = settings
    super.init()
  }

  override var attributes: [String: AttributeValue] { settings.attributes }

  override func backward(_ g: Tensor) -> Gradients {
    let first = needs(0) ? g.softplusBackward(input, settings) : nil
    guard needs(1) else { return Gradients(first) }
    let gradient = g * gradOutput
    let scaled = input.scaled(by: settings.beta)
    let inRange = scaled.lt(settings.threshold).to(gradient.dtype)
    let slope = gradient.sigmoidBackward(scaled.sigmoid())
    return Gradients(first, (slope * inRange).scaled(by: settings.beta))
  }
}

final class SiluBackward0: Node {
  override class var savedNames: [String] { ["self"] }

  override func backward(_ g: Tensor) -> Gradients {
    let x = savedValue(0)
    guard isGradEnabled else {
      return Gradients(Elementwise.fused(.AGK_SILU_BACKWARD, g, x, name: "silu_backward"))
    }
    let share = x.sigmoid()
    let slope = (x * share.subtracted(fromNumber: 1)).shifted(by: .int(1))
    return Gradients(g * share * slope)
  }
}

final class MishBackward0: Node {
  override class var savedNames: [String] { ["self"] }

  override func backward(_ g: Tensor) -> Gradients {
    let x = savedValue(0)
    guard isGradEnabled else {
      return Gradients(Elementwise.fused(.AGK_MISH_BACKWARD, g, x, name: "mish_backward"))
    }
    let share = x.sigmoid()
    let damped = x.exp().log1p().tanh()
    let rest = (damped * damped).subtracted(fromNumber: 1)
    return Gradients(g * (damped + x * share * rest))
  }
}

final class GeluBackward0: Node {
  private let approximate: GELUApproximation

  init(_ approximate: GELUApproximation) {
    self.approximate = approximate
    super.init()
  }

  override class var savedNames: [String] { ["self"] }
  override var attributes: [String: AttributeValue] {
    ["approximate": .string(approximate.rawValue)]
  }

  override func backward(_ g: Tensor) -> Gradients {
    Gradients(g.geluBackward(savedValue(0), approximate))
  }
}

final class GeluBackwardBackward0: ActivationBackwardNode {
  private let approximate: GELUApproximation

  init(_ approximate: GELUApproximation) {
    self.approximate = approximate
    super.init()
  }

  override var attributes: [String: AttributeValue] {
    ["approximate": .string(approximate.rawValue)]
  }

  override func backward(_ g: Tensor) -> Gradients {
    let first = needs(0) ? g.geluBackward(input, approximate) : nil
    return Gradients(first, needs(1) ? g * gradOutput * curvature(input) : nil)
  }

  /// The second derivative of gelu at `x`.
  private func curvature(_ x: Tensor) -> Tensor {
    switch approximate {
    case .none:
      let square = x * x
      let density = square.scaled(by: .double(-0.5)).exp()
        .scaled(by: .double(1 / (2 * Double.pi).squareRoot()))
      return density.scaled(by: .int(2)) - square * density
    case .tanh:
      // x/2 · (1 + t), t = tanh(u): t′ = (1 - t²) u′, and the product rule twice.
      let k = (2 / Double.pi).squareRoot()
      let t = (x + x.pow(3).scaled(by: .double(0.044715))).scaled(by: .double(k)).tanh()
      let complement = 1 - t * t
      let slope = (x * x).scaled(by: .double(3 * 0.044715)).shifted(by: .int(1))
        .scaled(by: .double(k))
      let bend = x.scaled(by: .double(6 * 0.044715 * k)) - t * slope * slope.scaled(by: .int(2))
      return complement * (slope + x.scaled(by: .double(0.5)) * bend)
    }
  }
}

// MARK: - Derivatives that are operators of their own, with derivatives again

/// The derivative of an activation's derivative by the gradient and by the input.
class ActivationBackwardNode: Node {
  override class var savedNames: [String] { ["grad_output", "self"] }
  /// The gradient that the derivative was given.
  final var gradOutput: Tensor { savedValue(0) }
  /// The activation's input.
  final var input: Tensor { savedValue(1) }
}

extension Tensor {
  fileprivate func softplusBackward(_ x: Tensor, _ settings: SoftplusSettings) -> Tensor {
    activationBackward(x, .AGK_SOFTPLUS_BACKWARD, settings.numbers, "softplus_backward") {
      SoftplusBackwardBackward0(settings).saving(self, x)
    }
  }

  fileprivate func geluBackward(_ x: Tensor, _ approximate: GELUApproximation) -> Tensor {
    let op: agk_fused_op = approximate == .tanh ? .AGK_GELU_TANH_BACKWARD : .AGK_GELU_BACKWARD
    return activationBackward(x, op, (0, 0, 0), "gelu_backward") {
      GeluBackwardBackward0(approximate).saving(self, x)
    }
  }

  /// A fused derivative, of the gradient in this tensor and the activation's input.
  func activationBackward(
    _ x: Tensor, _ op: agk_fused_op, _ numbers: FusedNumbers, _ operation: String,
    node: () -> Node
  ) -> Tensor {
    .recorded(
      Elementwise.fused(op, self, x, numbers: numbers, name: operation), self, x, makeNode: node)
  }
}
