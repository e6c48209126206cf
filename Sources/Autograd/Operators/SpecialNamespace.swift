// torch.special: Bessel functions, functions of the normal distribution, entropy, zeta.

internal import CKernels
internal import Glibc
internal import GraphModel

/// PyTorch's `torch.special`, as far as its functions have no place as `Tensor`'s own.
///
/// Each takes any dtype; integers become float32.
public enum Special {}

// MARK: - Bessel functions

extension Tensor {
  /// The modified Bessel function of the first kind of order 0 of each element.
  ///
  /// Integers become float32. Source: Cephes, i0.c.
  public func i0() -> Tensor { scalarFunction(.AGK_BESSEL_I0, I0Backward0.self) }

  /// Replaces the elements by their modified Bessel functions of order 0 in place.
  @discardableResult
  public func i0_() -> Tensor { replaceElements("i0_") { $0.i0() } }

  /// A function of each element that has no vectorised loop.
  fileprivate func scalarValues(_ op: agk_scalar_op) -> Tensor {
    let x = floatingData
    let result = Elementwise.emptyLike(x, x.dtype)
    let loop = StridedLoop(sizes: result.sizes, strides: result.strides, x.strides)
    let item = x.dtype.itemSize
    loop.forEachPlane { rows, length, offsets in
      for row in 0..<rows {
        agk_scalar_function(
          op, x.dtype.kernel, Int64(length),
          result.pointer + (offsets[0] + row * loop.rowStep(0)) * item, Int64(loop.step(0)),
          x.pointer + (offsets[1] + row * loop.rowStep(1)) * item, Int64(loop.step(1)))
      }
    }
    return result
  }

  fileprivate func scalarFunction<N: SpecialNode>(_ op: agk_scalar_op, _ type: N.Type) -> Tensor {
    let result = scalarValues(op)
    return .recorded(result, self) {
      let node = N()
      for (slot, name) in N.savedNames.enumerated() {
        node.save(name == "result" ? .result(result) : .input(self), slot)
      }
      return node
    }
  }
}

extension Special {
  /// e to the power of -|x| times `i0()`.
  public static func i0e(_ x: Tensor) -> Tensor {
    x.scalarFunction(.AGK_BESSEL_I0E, SpecialI0EBackward0.self)
  }
  /// The modified Bessel function of the first kind of order 1.
  public static func i1(_ x: Tensor) -> Tensor {
    x.scalarFunction(.AGK_BESSEL_I1, SpecialI1Backward0.self)
  }
  /// e to the power of -|x| times `i1(_:)`.
  public static func i1e(_ x: Tensor) -> Tensor {
    x.scalarFunction(.AGK_BESSEL_I1E, SpecialI1EBackward0.self)
  }
  /// The Bessel function of the first kind of order 0; no derivative.
  public static func besselJ0(_ x: Tensor) -> Tensor { x.scalarValues(.AGK_BESSEL_J0) }
  /// The Bessel function of the first kind of order 1; no derivative.
  public static func besselJ1(_ x: Tensor) -> Tensor { x.scalarValues(.AGK_BESSEL_J1) }
  /// The Bessel function of the second kind of order 0; no derivative.
  public static func besselY0(_ x: Tensor) -> Tensor { x.scalarValues(.AGK_BESSEL_Y0) }
  /// The Bessel function of the second kind of order 1; no derivative.
  public static func besselY1(_ x: Tensor) -> Tensor { x.scalarValues(.AGK_BESSEL_Y1) }
  /// The spherical Bessel function of the first kind of order 0, sin(x) / x; no derivative.
  public static func sphericalBesselJ0(_ x: Tensor) -> Tensor { x.scalarValues(.AGK_SPHERICAL_J0) }
  /// As `i0()`, without a derivative.
  public static func modifiedBesselI0(_ x: Tensor) -> Tensor { x.scalarValues(.AGK_BESSEL_I0) }
  /// As `i1(_:)`, without a derivative.
  public static func modifiedBesselI1(_ x: Tensor) -> Tensor { x.scalarValues(.AGK_BESSEL_I1) }
}

// MARK: - The normal distribution, entropy, gamma functions

extension Special {
  /// e to the power of x² times `erfc()`, without overflow on the way.
  public static func erfcx(_ x: Tensor) -> Tensor {
    x.scalarFunction(.AGK_ERFCX, SpecialErfcxBackward0.self)
  }
  /// The share of the normal distribution up to each element.
  public static func ndtr(_ x: Tensor) -> Tensor {
    x.scaled(by: .double(0.5.squareRoot())).erf().shifted(by: .int(1)).scaled(by: .double(0.5))
  }
  /// Where the normal distribution reaches each element: the inverse of `ndtr(_:)`.
  public static func ndtri(_ x: Tensor) -> Tensor {
    x.scalarFunction(.AGK_NDTRI, SpecialNdtriBackward0.self)
  }
  /// The logarithm of `ndtr(_:)`, exact in the tail.
  public static func logNdtr(_ x: Tensor) -> Tensor {
    x.scalarFunction(.AGK_LOG_NDTR, SpecialLogNdtrBackward0.self)
  }
  /// -x · log(x); 0 for 0 and negative infinity below.
  public static func entr(_ x: Tensor) -> Tensor {
    let result: Tensor = noGrad {
      x.xlogy(x).neg().maskedFill(x.lt(0), -Double.infinity)
    }
    return .recorded(result, x) { SpecialEntrBackward0().saving(x) }
  }
  /// The logarithm of the gamma function of several dimensions: `mvlgamma(_:)`.
  public static func multigammaln(_ x: Tensor, _ p: Int) -> Tensor { x.mvlgamma(p) }
}

extension Tensor {
  /// The logarithm of the gamma function of `p` dimensions of each element.
  ///
  /// Integers become float32; `p` is at least 1.
  public func mvlgamma(_ p: Int) -> Tensor {
    guard p >= 1 else { refuse("mvlgamma", "p has to be greater than or equal to 1, not \(p)") }
    let result: Tensor = noGrad {
      let x = floatingData
      let constant = Double(p * (p - 1)) * Glibc.log(Double.pi) / 4
      return x.shiftedByHalves(p).lgamma().sum(dim: -1).shifted(by: .double(constant))
    }
    return .recorded(result, self) { MvlgammaBackward0(p).saving(self) }
  }

  /// Replaces the elements by their `mvlgamma` in place.
  @discardableResult
  public func mvlgamma_(_ p: Int) -> Tensor { replaceElements("mvlgamma_") { $0.mvlgamma(p) } }

  /// This tensor less 0, 1/2, … (p - 1)/2, in a new last dimension.
  fileprivate func shiftedByHalves(_ p: Int) -> Tensor {
    let halves = (0..<p).map { Double($0 - p + 1) / 2 }
    return Tensor(halves, dtype: dtype) + unsqueeze(-1)
  }
}

// MARK: - Two operands

extension Special {
  /// x · log1p(other), and 0 where x is 0 even so, with broadcasting; NaN where other is NaN.
  public static func xlog1py(_ x: Tensor, _ other: Tensor) -> Tensor {
    .recorded(xlog1pyValues(x, other), x, other) {
      SpecialXlog1PyBackward0().saving(other, x)
    }
  }
  /// x · log1p of a number, and 0 where x is 0 even so.
  public static func xlog1py(_ x: Tensor, _ other: some ScalarConvertible) -> Tensor {
    let number = other.scalar
    return .recorded(xlog1pyValues(x, .number(number, with: x)), x) {
      SpecialXlog1PyBackward2(number).saving(x)
    }
  }
  /// A number times log1p(other), and 0 for the number 0 even so.
  public static func xlog1py(_ x: some ScalarConvertible, _ other: Tensor) -> Tensor {
    let number = x.scalar
    return .recorded(xlog1pyValues(.number(number, with: other), other), other) {
      SpecialXlog1PyBackward1(number).saving(other)
    }
  }

  private static func xlog1pyValues(_ x: Tensor, _ y: Tensor) -> Tensor {
    noGrad { (x * y.log1p()).maskedFill(x.eq(0) & y.isnan().logicalNot(), 0) }
  }

  /// Hurwitz's zeta: the sum of (k + q) to the power of -x over k ≥ 0, with broadcasting.
  ///
  /// It has a derivative by `q` only.
  public static func zeta(_ x: Tensor, _ q: Tensor) -> Tensor {
    .recorded(zetaValues(.tensor(x), .tensor(q)), x, q) { SpecialZetaBackward0().saving(q, x) }
  }
  /// Hurwitz's zeta of a number and a tensor.
  public static func zeta(_ x: some ScalarConvertible, _ q: Tensor) -> Tensor {
    let number = x.scalar
    return .recorded(zetaValues(.scalar(number), .tensor(q)), q) {
      SpecialZetaBackward1(number).saving(q)
    }
  }
  /// Hurwitz's zeta of a tensor and a number; no derivative.
  public static func zeta(_ x: Tensor, _ q: some ScalarConvertible) -> Tensor {
    .recorded(zetaValues(.tensor(x), .scalar(q.scalar)), x) { SpecialZetaBackward2() }
  }

  private static func zetaValues(_ x: Operand, _ q: Operand) -> Tensor {
    Elementwise.binary(.AGK_ZETA, x, q, Elementwise.promote(x, q).floating, "zeta")
  }
}

extension Tensor {
  /// A number as a tensor without dimensions, in the floating-point dtype in which it meets `other`.
  fileprivate static func number(_ number: Scalar, with other: Tensor) -> Tensor {
    .full(Dims(), number, Elementwise.promote(.scalar(number), .tensor(other)).floating)
  }
}

// MARK: - Derivatives (PyTorch's tools/autograd/derivatives.yaml)

/// The derivative of a function of one tensor that saves its result, its input, or both.
class SpecialNode: Node {
  override required init() { super.init() }
  final var first: Tensor { savedValue(0) }
  /// The saved input of a function that saves its result before.
  final var input: Tensor { savedValue(1) }
}

final class I0Backward0: SpecialNode {
  override class var savedNames: [String] { ["self"] }
  override func backward(_ g: Tensor) -> Gradients { Gradients(g * Special.i1(first)) }
}

final class SpecialI0EBackward0: SpecialNode {
  override class var savedNames: [String] { ["result", "self"] }
  override func backward(_ g: Tensor) -> Gradients {
    // In PyTorch the right operand of an operator comes to be before the left.
    let second = input.sgn() * first
    return Gradients(g * (Special.i1e(input) - second))
  }
}

/// The derivatives at zero are known, but their formulas divide by it.
class FirstOrderBesselNode: SpecialNode {
  override final class var savedNames: [String] { ["result", "self"] }

  func slope(_ x: Tensor, _ result: Tensor) -> Tensor { fatalError("\(name) has no slope") }

  override final func backward(_ g: Tensor) -> Gradients {
    let x = input
    let epsilon = x.dtype == .float32 ? Double(Float.ulpOfOne) : Double.ulpOfOne
    let isFar = x.abs().gt(epsilon)
    let safe = Tensor.where(isFar, x, .full(Dims(), .double(epsilon), x.dtype))
    let half = Tensor.full(Dims(), .double(0.5), x.dtype)
    return Gradients(g * Tensor.where(isFar, slope(safe, first), half))
  }
}

final class SpecialI1Backward0: FirstOrderBesselNode {
  override func slope(_ x: Tensor, _ result: Tensor) -> Tensor {
    let second = result * x.reciprocal()
    return x.i0() - second
  }
}

final class SpecialI1EBackward0: FirstOrderBesselNode {
  override func slope(_ x: Tensor, _ result: Tensor) -> Tensor {
    let inverse = x.reciprocal()
    let second = result * (x.sgn() + inverse)
    return Special.i0e(x) - second
  }
}

final class SpecialErfcxBackward0: SpecialNode {
  override class var savedNames: [String] { ["result", "self"] }
  override func backward(_ g: Tensor) -> Gradients {
    let product = input.scaled(by: .double(2)) * first
    return Gradients(product.lowered(by: .double(2 / Double.pi.squareRoot())) * g)
  }
}

final class SpecialNdtriBackward0: SpecialNode {
  override class var savedNames: [String] { ["result"] }
  override func backward(_ g: Tensor) -> Gradients {
    let inverse = first.square().divided(by: .int(2)).exp()
    return Gradients(g.scaled(by: .double((2 * Double.pi).squareRoot())) * inverse)
  }
}

final class SpecialLogNdtrBackward0: SpecialNode {
  override class var savedNames: [String] { ["result", "self"] }
  override func backward(_ g: Tensor) -> Gradients {
    let ratio = (-(first + input.square().divided(by: .int(2)))).exp()
    return Gradients(g.divided(by: .double((2 * Double.pi).squareRoot())) * ratio)
  }
}

final class SpecialEntrBackward0: SpecialNode {
  override class var savedNames: [String] { ["self"] }
  override func backward(_ g: Tensor) -> Gradients {
    Gradients(g * -(first.log().shifted(by: .int(1))))
  }
}

final class MvlgammaBackward0: Node {
  private let p: Int

  init(_ p: Int) {
    self.p = p
    super.init()
  }

  override class var savedNames: [String] { ["self"] }
  override var attributes: [String: AttributeValue] { ["p": .int(p)] }
  override func backward(_ g: Tensor) -> Gradients {
    Gradients(g * savedValue(0).shiftedByHalves(p).digamma().sum(dim: -1))
  }
}

final class SpecialXlog1PyBackward0: PairNode {
  override func backward(_ g: Tensor) -> Gradients {
    var byOther: Tensor?
    if needs(1) {
      let divisor = other.shifted(by: .int(1))
      byOther = g * first / divisor
    }
    guard needs(0) else { return Gradients(nil, byOther) }
    let isFlat = first.eq(0) & other.le(-1)
    return Gradients(Special.xlog1py(g, other).maskedFill(isFlat, 0), byOther)
  }
}

/// The derivative of a function of a number and a tensor, which is saved.
class NumberAndTensorNode: Node {
  final let number: Scalar

  init(_ number: Scalar) {
    self.number = number
    super.init()
  }

  override class var savedNames: [String] { ["other"] }
  override var attributes: [String: AttributeValue] { ["self": number.attribute] }
}

final class SpecialXlog1PyBackward1: NumberAndTensorNode {
  override func backward(_ g: Tensor) -> Gradients {
    let divisor = savedValue(0).shifted(by: .int(1))
    return Gradients(g.scaled(by: number) / divisor)
  }
}

final class SpecialXlog1PyBackward2: NumberAndTensorNode {
  override class var savedNames: [String] { ["self"] }
  override var attributes: [String: AttributeValue] { ["other": number.attribute] }
  override func backward(_ g: Tensor) -> Gradients {
    let gradient = Special.xlog1py(g, number)
    guard number.double <= -1 else { return Gradients(gradient) }
    return Gradients(gradient.maskedFill(savedValue(0).eq(0), 0))
  }
}

final class SpecialZetaBackward0: PairNode {
  override func backward(
    _ gradients: consuming Gradients
  ) throws(AutogradError) -> Gradients {
    if needs(0) { throw .zetaByFirst(self) }
    let g = gradients[0]!
    guard needs(1) else { return Gradients(nil, nil) }
    let next = Special.zeta(first.shifted(by: .int(1)), other)
    return Gradients(nil, g * -first * next)
  }
}

final class SpecialZetaBackward1: NumberAndTensorNode {
  override func backward(_ g: Tensor) -> Gradients {
    let next = Special.zeta(number.double + 1, savedValue(0))
    return Gradients(g.scaled(by: .double(-number.double)) * next)
  }
}

final class SpecialZetaBackward2: Node {
  override func backward(
    _ gradients: consuming Gradients
  ) throws(AutogradError) -> Gradients { throw .zetaByFirst(self) }
}

extension AutogradError {
  fileprivate static func zetaByFirst(_ node: Node) -> AutogradError {
    AutogradError(
      .invalidArgument,
      "the derivative for 'zeta' by its first argument is not implemented; detach that",
      node: node.name)
  }
}
