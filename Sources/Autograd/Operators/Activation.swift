// Activations with a smooth derivative of their own: softplus, silu, gelu.
//
// Values are computed from simpler operators without history; the derivative is one node, as in
// PyTorch, and its formula is differentiable in turn.

internal import GraphModel

extension Tensor {
  /// log(1 + exp(beta · x)) / beta, and x itself where beta · x is above `threshold`.
  public func softplus(
    beta: some ScalarConvertible = 1, threshold: some ScalarConvertible = 20
  ) -> Tensor {
    let settings = SoftplusSettings(beta: beta.scalar, threshold: threshold.scalar)
    return activation {
      SoftplusBackward0(settings)
    } compute: {
      let scaled = self.scaled(by: settings.beta)
      // log(1 + eᶻ) = max(z, 0) + log(1 + e⁻ᶻ′), z′ = |z|: no overflow.
      let smooth = scaled.relu() + (-scaled.abs()).exp().shifted(by: .int(1)).log()
      return Tensor.where(
        scaled.gt(settings.threshold), self, smooth.divided(by: settings.beta))
    }
  }

  /// x · sigmoid(x).
  ///
  /// Floating point only.
  public func silu() -> Tensor {
    activation {
      SiluBackward0()
    } compute: {
      self * sigmoid()
    }
  }

  /// The Gaussian error linear unit.
  ///
  /// Floating point only.
  ///
  /// - Parameter approximate: `none` for the error function, `tanh` for the approximation by tanh.
  /// - Returns: x times the share of the normal distribution that lies below x.
  public func gelu(approximate: GELUApproximation = .none) -> Tensor {
    activation {
      GeluBackward0(approximate)
    } compute: {
      self * gaussianShare(approximate).value
    }
  }

  private func activation(node: () -> Node, compute: () -> Tensor) -> Tensor {
    let result: Tensor = noGrad { compute() }
    if isRecording(self) {
      let node = node()
      node.addEdge(to: self)
      node.save(.input(self), 0)
      node.adopt(result)
    }
    return result
  }

  /// The factor that gelu multiplies x by, and its derivative.
  fileprivate func gaussianShare(
    _ approximate: GELUApproximation
  ) -> (value: Tensor, slope: () -> Tensor) {
    switch approximate {
    case .none:
      let value = scaled(by: .double(0.5.squareRoot())).erf().shifted(by: .int(1))
        .scaled(by: .double(0.5))
      return (
        value,
        {
          (self * self).scaled(by: .double(-0.5)).exp()
            .scaled(by: .double(1 / (2 * Double.pi).squareRoot()))
        }
      )
    case .tanh:
      let k = (2 / Double.pi).squareRoot()
      let cube = self * self * self
      let inner = (self + cube.scaled(by: .double(0.044715))).scaled(by: .double(k)).tanh()
      let value = inner.shifted(by: .int(1)).scaled(by: .double(0.5))
      return (
        value,
        {
          let innerSlope = (self * self).scaled(by: .double(3 * 0.044715)).shifted(by: .int(1))
            .scaled(by: .double(k))
          return (1 - inner * inner) * innerSlope.scaled(by: .double(0.5))
        }
      )
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
    let share = x.sigmoid()
    let rest = Tensor.sub(.scalar(.double(1)), .tensor(share))
    let slope = (x * rest).shifted(by: .int(1))
    return Gradients(g * share * slope)
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
  override final class var savedNames: [String] { ["grad_output", "self"] }
  /// The gradient that the derivative was given.
  final var gradOutput: Tensor { savedValue(0) }
  /// The activation's input.
  final var input: Tensor { savedValue(1) }
}

extension Tensor {
  fileprivate func softplusBackward(_ x: Tensor, _ settings: SoftplusSettings) -> Tensor {
    activationBackward(x) {
      SoftplusBackwardBackward0(settings)
    } compute: {
      let scaled = x.scaled(by: settings.beta)
      return Tensor.where(scaled.gt(settings.threshold), self, self * scaled.sigmoid())
    }
  }

  fileprivate func geluBackward(_ x: Tensor, _ approximate: GELUApproximation) -> Tensor {
    activationBackward(x) {
      GeluBackwardBackward0(approximate)
    } compute: {
      let share = x.gaussianShare(approximate)
      return self * (share.value + x * share.slope())
    }
  }

  private func activationBackward(
    _ x: Tensor, node: () -> ActivationBackwardNode, compute: () -> Tensor
  ) -> Tensor {
    let result: Tensor = noGrad { compute() }
    if isRecording(self) || isRecording(x) {
      let node = node()
      node.addEdge(to: self)
      node.addEdge(to: x)
      node.save(.input(self), 0)
      node.save(.input(x), 1)
      node.adopt(result)
    }
    return result
  }
}
