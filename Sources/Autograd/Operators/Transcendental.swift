// Exponentials, logarithms, trigonometric and hyperbolic functions beyond the first few of Unary.swift.

internal import CKernels
internal import Glibc

extension Tensor {
  /// 2 to the power of each element.
  ///
  /// Integers become float32.
  public func exp2() -> Tensor { unary(.AGK_EXP2, Exp2Backward0.self) }

  /// eˣ - 1 of each element, exact near zero.
  ///
  /// Integers become float32.
  public func expm1() -> Tensor { unary(.AGK_EXPM1, Expm1Backward0.self) }

  /// The logarithm of each element to the base 2.
  ///
  /// Integers become float32.
  public func log2() -> Tensor { unary(.AGK_LOG2, Log2Backward0.self) }

  /// The logarithm of each element to the base 10.
  ///
  /// Integers become float32.
  public func log10() -> Tensor { unary(.AGK_LOG10, Log10Backward0.self) }

  /// log(1 + x) of each element, exact near zero.
  ///
  /// Integers become float32.
  public func log1p() -> Tensor { unary(.AGK_LOG1P, Log1PBackward0.self) }

  /// The tangent of each element, in radians.
  ///
  /// Integers become float32.
  public func tan() -> Tensor { unary(.AGK_TAN, TanBackward0.self) }

  /// The arc sine of each element, in radians.
  ///
  /// Integers become float32.
  public func asin() -> Tensor { unary(.AGK_ASIN, AsinBackward0.self) }

  /// The arc cosine of each element, in radians.
  ///
  /// Integers become float32.
  public func acos() -> Tensor { unary(.AGK_ACOS, AcosBackward0.self) }

  /// The hyperbolic sine of each element.
  ///
  /// Integers become float32.
  public func sinh() -> Tensor { unary(.AGK_SINH, SinhBackward0.self) }

  /// The hyperbolic cosine of each element.
  ///
  /// Integers become float32.
  public func cosh() -> Tensor { unary(.AGK_COSH, CoshBackward0.self) }

  /// The inverse of the hyperbolic sine of each element.
  ///
  /// Integers become float32.
  public func asinh() -> Tensor { unary(.AGK_ASINH, AsinhBackward0.self) }

  /// The inverse of the hyperbolic cosine of each element.
  ///
  /// Integers become float32.
  public func acosh() -> Tensor { unary(.AGK_ACOSH, AcoshBackward0.self) }

  /// The inverse of the hyperbolic tangent of each element.
  ///
  /// Integers become float32.
  public func atanh() -> Tensor { unary(.AGK_ATANH, AtanhBackward0.self) }

  /// One less the error function of each element.
  ///
  /// Integers become float32.
  public func erfc() -> Tensor { unary(.AGK_ERFC, ErfcBackward0.self) }

  /// Replaces the elements by 2 to their power in place.
  @discardableResult
  public func exp2_() -> Tensor { unaryInPlace(.AGK_EXP2, Exp2Backward0.self, "exp2_") }
  /// Replaces the elements by eˣ - 1 in place.
  @discardableResult
  public func expm1_() -> Tensor { unaryInPlace(.AGK_EXPM1, Expm1Backward0.self, "expm1_") }
  /// Replaces the elements by their logarithms to the base 2 in place.
  @discardableResult
  public func log2_() -> Tensor { unaryInPlace(.AGK_LOG2, Log2Backward0.self, "log2_") }
  /// Replaces the elements by their logarithms to the base 10 in place.
  @discardableResult
  public func log10_() -> Tensor { unaryInPlace(.AGK_LOG10, Log10Backward0.self, "log10_") }
  /// Replaces the elements by log(1 + x) in place.
  @discardableResult
  public func log1p_() -> Tensor { unaryInPlace(.AGK_LOG1P, Log1PBackward0.self, "log1p_") }
  /// Replaces the elements by their tangents in place.
  @discardableResult
  public func tan_() -> Tensor { unaryInPlace(.AGK_TAN, TanBackward0.self, "tan_") }
  /// Replaces the elements by their arc tangents in place.
  @discardableResult
  public func atan_() -> Tensor { unaryInPlace(.AGK_ATAN, AtanBackward0.self, "atan_") }
  /// Replaces the elements by their error functions in place.
  @discardableResult
  public func erf_() -> Tensor { unaryInPlace(.AGK_ERF, ErfBackward0.self, "erf_") }
  /// Replaces the elements by the rest of their error functions to one in place.
  @discardableResult
  public func erfc_() -> Tensor { unaryInPlace(.AGK_ERFC, ErfcBackward0.self, "erfc_") }
  /// Replaces the elements by one over their square roots in place.
  @discardableResult
  public func rsqrt_() -> Tensor { unaryInPlace(.AGK_RSQRT, RsqrtBackward0.self, "rsqrt_") }
}

// MARK: - The derivatives (PyTorch's tools/autograd/derivatives.yaml)

extension Tensor {
  /// A number less this tensor, as PyTorch's formulas write it.
  func subtracted(fromNumber number: Double) -> Tensor {
    .sub(.scalar(.double(number)), .tensor(self))
  }

  /// This tensor less a number, as PyTorch's formulas write it: the number is no edge.
  func lowered(by number: Scalar) -> Tensor {
    withScalar(.AGK_SUB, number, "sub") { SubBackward1() }
  }
}

final class Exp2Backward0: UnaryNode {
  override class var saving: Saving { .result }
  override func backward(_ g: Tensor) -> Gradients {
    Gradients((g * result).scaled(by: .double(Glibc.log(2))))
  }
}

final class Expm1Backward0: UnaryNode {
  override class var saving: Saving { .result }
  override func backward(_ g: Tensor) -> Gradients {
    Gradients(g * result.shifted(by: .int(1)))
  }
}

final class Log2Backward0: UnaryNode {
  override func backward(_ g: Tensor) -> Gradients {
    Gradients(g / input.scaled(by: .double(Glibc.log(2))))
  }
}

final class Log10Backward0: UnaryNode {
  override func backward(_ g: Tensor) -> Gradients {
    // PyTorch's constant is one bit less than log(10).
    Gradients(g / input.scaled(by: .double(2.3025850929940455)))
  }
}

final class Log1PBackward0: UnaryNode {
  override func backward(_ g: Tensor) -> Gradients { Gradients(g / input.shifted(by: .int(1))) }
}

final class TanBackward0: UnaryNode {
  override class var saving: Saving { .result }
  override func backward(_ g: Tensor) -> Gradients {
    Gradients(g * result.pow(2).shifted(by: .int(1)))
  }
}

final class AsinBackward0: UnaryNode {
  override func backward(_ g: Tensor) -> Gradients {
    Gradients(g * (-input * input).shifted(by: .int(1)).rsqrt())
  }
}

final class AcosBackward0: UnaryNode {
  override func backward(_ g: Tensor) -> Gradients {
    Gradients(g * -(-input * input).shifted(by: .int(1)).rsqrt())
  }
}

final class SinhBackward0: UnaryNode {
  override func backward(_ g: Tensor) -> Gradients { Gradients(g * input.cosh()) }
}

final class CoshBackward0: UnaryNode {
  override func backward(_ g: Tensor) -> Gradients { Gradients(g * input.sinh()) }
}

final class AsinhBackward0: UnaryNode {
  override func backward(_ g: Tensor) -> Gradients {
    Gradients(g * input.pow(2).shifted(by: .int(1)).rsqrt())
  }
}

final class AcoshBackward0: UnaryNode {
  override func backward(_ g: Tensor) -> Gradients {
    Gradients(g * (input * input).lowered(by: .int(1)).rsqrt())
  }
}

final class AtanhBackward0: UnaryNode {
  override func backward(_ g: Tensor) -> Gradients {
    let rest = input.pow(2).subtracted(fromNumber: 1)
    return Gradients(g.scaled(by: .int(1)) / rest)
  }
}

final class ErfcBackward0: UnaryNode {
  override func backward(_ g: Tensor) -> Gradients {
    let slope = (-input.pow(2)).exp().scaled(by: .double(-2 / Double.pi.squareRoot()))
    return Gradients(slope * g)
  }
}
