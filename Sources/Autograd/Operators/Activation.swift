// Activations with a smooth derivative of their own: softplus, silu, gelu.
//
// Values are computed from simpler operators without history; the derivative is one node, as in
// PyTorch, and its formula is differentiable in turn.

internal import GraphModel

extension Tensor {
  /// log(1 + exp(beta · x)) / beta, and x itself where beta · x is above `threshold`.
  public func softplus(beta: Double = 1, threshold: Double = 20) -> Tensor {
    activation { SoftplusBackward0(beta: beta, threshold: threshold) } compute: {
      let scaled = self.scaled(by: .double(beta))
      // log(1 + eᶻ) = max(z, 0) + log(1 + e⁻ᶻ′), z′ = |z|: no overflow.
      let smooth = scaled.relu() + (-scaled.abs()).exp().shifted(by: .int(1)).log()
      return Tensor.where(scaled.gt(threshold), self, smooth.divided(by: .double(beta)))
    }
  }

  /// x · sigmoid(x). Floating point only.
  public func silu() -> Tensor {
    activation { SiluBackward0() } compute: { self * sigmoid() }
  }

  /// The Gaussian error linear unit. Floating point only.
  ///
  /// - Parameter approximate: `none` for the error function, `tanh` for the approximation by tanh.
  public func gelu(approximate: GELUApproximation = .none) -> Tensor {
    activation { GeluBackward0(approximate) } compute: { self * gaussianShare(approximate).value }
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

final class SoftplusBackward0: Node {
  private let beta: Double
  private let threshold: Double

  init(beta: Double, threshold: Double) {
    self.beta = beta
    self.threshold = threshold
    super.init()
  }

  override class var savedNames: [String] { ["self"] }
  override var attributes: [String: AttributeValue] {
    ["beta": Scalar.shown(beta), "threshold": Scalar.shown(threshold)]
  }

  override func backward(_ g: Tensor) -> Gradients {
    let scaled = savedValue(0).scaled(by: .double(beta))
    return Gradients(Tensor.where(scaled.gt(threshold), g, g * scaled.sigmoid()))
  }
}

extension Scalar {
  /// A parameter that PyTorch's signature gives as a whole number by default.
  fileprivate static func shown(_ value: Double) -> AttributeValue {
    Int(exactly: value).map { .int($0) } ?? .double(value)
  }
}

final class SiluBackward0: Node {
  override class var savedNames: [String] { ["self"] }

  override func backward(_ g: Tensor) -> Gradients {
    let x = savedValue(0)
    let share = x.sigmoid()
    return Gradients(g * share * (x * (1 - share)).shifted(by: .int(1)))
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
    let x = savedValue(0)
    let share = x.gaussianShare(approximate)
    return Gradients(g * (share.value + x * share.slope()))
  }
}
