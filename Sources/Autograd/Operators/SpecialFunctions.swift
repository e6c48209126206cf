// Gamma functions, the inverse error function, sinc, logit, degrees and radians.

internal import CKernels
internal import Glibc
internal import GraphModel

extension Tensor {
  /// The logarithm of the absolute value of the gamma function of each element.
  ///
  /// Integers become float32.
  public func lgamma() -> Tensor { unary(.AGK_LGAMMA, LgammaBackward0.self) }

  /// The derivative of `lgamma`.
  ///
  /// Integers become float32.
  public func digamma() -> Tensor { unary(.AGK_DIGAMMA, DigammaBackward0.self) }

  /// The derivative of order `n` of `digamma`, itself for 0.
  ///
  /// Integers become float32; `n` is not negative.
  public static func polygamma(_ n: Int, _ x: Tensor) -> Tensor {
    guard n >= 0 else {
      refuse("polygamma", "polygamma(n, x) does not support negative n.")
    }
    let input = x.floatingData
    let result: Tensor = noGrad {
      switch n {
      case 0: return Elementwise.unary(.AGK_DIGAMMA, input)
      case 1: return Elementwise.unary(.AGK_TRIGAMMA, input)
      default:
        let sum = Elementwise.binary(
          .AGK_ZETA, .scalar(.int(n + 1)), .tensor(input), input.dtype, "polygamma")
        let factorial = tgamma(Double(n + 1))
        return sum.scaled(by: .double(n % 2 == 0 ? -factorial : factorial))
      }
    }
    return recorded(result, x) { PolygammaBackward0(n).saving(x) }
  }

  /// The inverse of the error function of each element, infinite at ±1 and NaN beyond.
  ///
  /// Integers become float32.
  public func erfinv() -> Tensor { unary(.AGK_ERFINV, ErfinvBackward0.self) }

  /// sin(πx) / (πx), and 1 at zero.
  ///
  /// Integers become float32.
  public func sinc() -> Tensor {
    .recorded(Elementwise.fused(.AGK_SINC, floatingData, name: "sinc"), self) {
      SincBackward0().saving(self)
    }
  }

  /// log(x / (1 - x)), of x kept between eps and 1 - eps where `eps` is given.
  ///
  /// Integers become float32.
  public func logit(eps: Double? = nil) -> Tensor {
    let result: Tensor = noGrad {
      let x = floatingData
      let z = eps.map { x.clamp(min: $0, max: 1 - $0) } ?? x
      return (z / z.subtracted(fromNumber: 1)).log()
    }
    return .recorded(result, self) { LogitBackward0(eps).saving(self) }
  }

  /// Degrees made radians.
  ///
  /// Integers become float32.
  public func deg2rad() -> Tensor {
    .recorded(noGrad { floatingData.scaled(by: .double(Double.pi / 180)) }, self) {
      Deg2RadBackward0()
    }
  }

  /// Radians made degrees.
  ///
  /// Integers become float32.
  public func rad2deg() -> Tensor {
    .recorded(noGrad { floatingData.scaled(by: .double(180 / Double.pi)) }, self) {
      Rad2DegBackward0()
    }
  }
}

// MARK: - The derivatives (PyTorch's tools/autograd/derivatives.yaml)

final class LgammaBackward0: UnaryNode {
  override func backward(_ g: Tensor) -> Gradients { Gradients(g * input.digamma()) }
}

final class DigammaBackward0: UnaryNode {
  override func backward(_ g: Tensor) -> Gradients { Gradients(g * Tensor.polygamma(1, input)) }
}

/// The derivative of `polygamma`, and in place.
class PolygammaNode: Node {
  private let n: Int

  init(_ n: Int) {
    self.n = n
    super.init()
  }

  override final class var savedNames: [String] { ["self"] }
  override final var attributes: [String: AttributeValue] { ["n": .int(n)] }
  override final func backward(_ g: Tensor) -> Gradients {
    Gradients(g * Tensor.polygamma(n + 1, savedValue(0)))
  }
}

final class PolygammaBackward0: PolygammaNode {}
final class PolygammaBackward1: PolygammaNode {}

final class ErfinvBackward0: UnaryNode {
  override func backward(_ g: Tensor) -> Gradients {
    let slope = input.erfinv().pow(2).exp().scaled(by: .double(0.5 * Double.pi.squareRoot()))
    return Gradients(slope * g)
  }
}

final class SincBackward0: Node {
  override class var savedNames: [String] { ["self"] }

  override func backward(_ g: Tensor) -> Gradients {
    let x = savedValue(0)
    let angle = x.scaled(by: .double(Double.pi))
    let square = (x * x).scaled(by: .double(Double.pi))
    let sine = angle.sin()
    let slope = g * ((angle * angle.cos() - sine) / square)
    return Gradients(.where(square.eq(0), .zero(g.dtype), slope))
  }
}

final class LogitBackward0: Node {
  private let eps: Double?

  init(_ eps: Double?) {
    self.eps = eps
    super.init()
  }

  override class var savedNames: [String] { ["self"] }
  override var attributes: [String: AttributeValue] {
    ["eps": eps.map { .double($0) } ?? AttributeValue.none]
  }

  override func backward(_ g: Tensor) -> Gradients {
    let x = savedValue(0)
    let low = eps ?? 0
    let outside = Tensor.full(Dims(), .double(eps == nil ? .nan : 0), g.dtype)
    let slope = g / (x * x.subtracted(fromNumber: 1))
    // PyTorch lets NaN pass only where the gradient is not recorded.
    guard isGradEnabled else { return Gradients(.where(x.lt(low) | x.gt(1 - low), outside, slope)) }
    return Gradients(.where(x.ge(low) & x.le(1 - low), slope, outside))
  }
}

final class Deg2RadBackward0: Node {
  override func backward(_ g: Tensor) -> Gradients {
    Gradients(g.scaled(by: .double(Double.pi / 180)))
  }
}

final class Rad2DegBackward0: Node {
  override func backward(_ g: Tensor) -> Gradients {
    Gradients(g.scaled(by: .double(180 / Double.pi)))
  }
}
