// Powers: tensor to a number, tensor to a tensor, number to a tensor.

internal import CKernels
internal import Glibc
internal import GraphModel

extension Tensor {
  /// Each element to the power of a number.
  ///
  /// An integer to a negative power is refused.
  public func pow(_ exponent: some ScalarConvertible) -> Tensor { power(exponent.scalar) }

  /// Each element to the power of the one in `exponent`, with broadcasting.
  public func pow(_ exponent: Tensor) -> Tensor {
    let dtype = Elementwise.promote(.tensor(self), .tensor(exponent))
    Tensor.checkPower(dtype)
    let result = Elementwise.binary(.AGK_POW, self, exponent, dtype, "pow")
    if isRecording(self) || isRecording(exponent) {
      let node = PowBackward1()
      node.addEdge(to: self)
      node.addEdge(to: exponent)
      node.save(.input(exponent), PowBackward1.exponentSlot)
      node.save(.input(self), PowBackward1.selfSlot)
      node.save(.result(result), PowBackward1.resultSlot)
      node.adopt(result)
    }
    return result
  }

  /// A number to the power of each element: Python's `base ** x`.
  public static func pow(_ base: some ScalarConvertible, _ exponent: Tensor) -> Tensor {
    let base = base.scalar
    let dtype = Elementwise.promote(.scalar(base), .tensor(exponent))
    checkPower(dtype)
    let result = Elementwise.binary(.AGK_POW, .scalar(base), .tensor(exponent), dtype, "pow")
    if isRecording(exponent) {
      let node = PowBackward2(base)
      node.addEdge(to: exponent)
      node.save(.input(exponent), PowBackward2.exponentSlot)
      node.save(.result(result), PowBackward2.resultSlot)
      node.adopt(result)
    }
    return result
  }

  private static func checkPower(_ dtype: DType) {
    if dtype == .bool { refuse("pow", "not implemented for 'Bool'") }
  }

  /// The square of each element: `pow(2)`.
  public func square() -> Tensor { pow(2) }

  func power(_ exponent: Scalar) -> Tensor {
    let result = powerWithoutHistory(exponent)
    if isRecording(self) {
      let node = PowBackward0(exponent)
      node.addEdge(to: self)
      node.save(.input(self), 0)
      node.adopt(result)
    }
    return result
  }

  /// The exponents that PyTorch computes by simpler means, and the rest.
  private func powerWithoutHistory(_ exponent: Scalar) -> Tensor {
    let dtype = Elementwise.promote(.tensor(self), .scalar(exponent))
    if !dtype.isFloatingPoint {
      guard exponent.int >= 0 else {
        refuse("pow", "Integers to negative integer powers are not allowed.")
      }
      if dtype == .bool {
        return exponent.int == 0 ? Tensor.full(sizes, .bool(true), dtype) : copyOfData()
      }
      return Elementwise.binary(.AGK_POW, .tensor(self), .scalar(exponent), dtype, "pow")
    }
    let x = converted(to: dtype)
    switch exponent.double {
    case 0: return Tensor.full(sizes, .int(1), dtype)
    case 1: return x === self ? copyOfData() : x
    case 2: return Elementwise.unary(.AGK_SQUARE, x)
    case 3: return Elementwise.unary(.AGK_CUBE, x)
    case 0.5: return Elementwise.unary(.AGK_SQRT, x)
    case -0.5: return Elementwise.unary(.AGK_RSQRT, x)
    case -1: return Elementwise.unary(.AGK_RECIPROCAL, x)
    case -2: return Elementwise.unary(.AGK_RECIPROCAL, Elementwise.unary(.AGK_SQUARE, x))
    default: return Elementwise.binary(.AGK_POW, .tensor(x), .scalar(exponent), dtype, "pow")
    }
  }
}

final class PowBackward0: Node {
  private let exponent: Scalar

  init(_ exponent: Scalar) {
    self.exponent = exponent
    super.init()
  }

  override class var savedNames: [String] { ["self"] }
  override var attributes: [String: AttributeValue] { ["exponent": exponent.attribute] }

  override func backward(_ g: Tensor) -> Gradients {
    if exponent.isExactly(0) { return Gradients(.zeros(like: g)) }
    if exponent.isExactly(2), !isGradEnabled {
      // x to the power of 1 is a copy of x: spare it.
      return Gradients(g * savedValue(0).scaled(by: exponent))
    }
    return Gradients(
      g * savedValue(0).power(.double(exponent.double - 1)).scaled(by: .double(exponent.double)))
  }
}

final class PowBackward1: Node {
  static let exponentSlot = 0
  static let selfSlot = 1
  static let resultSlot = 2
  override class var savedNames: [String] { ["exponent", "self", "result"] }

  override func backward(_ g: Tensor) -> Gradients {
    let x = savedValue(PowBackward1.selfSlot)
    let exponent = savedValue(PowBackward1.exponentSlot)
    let zero = Tensor.full(Dims(), .int(0), g.dtype)
    var second: Tensor?
    if needs(1) {
      let flat = x.eq(0) * exponent.ge(0)
      let slope = savedValue(PowBackward1.resultSlot) * x.log()
      second = g * Tensor.where(flat, zero, slope)
    }
    guard needs(0) else { return Gradients(nil, second) }
    let first = g * (exponent * x.pow(exponent.shiftedDown()))
    return Gradients(.where(exponent.eq(0.0), zero, first), second)
  }
}

extension Tensor {
  /// Less one, as PyTorch's formulas write it.
  fileprivate func shiftedDown() -> Tensor {
    withScalar(.AGK_SUB, .int(1), "sub") { SubBackward1() }
  }
}

final class PowBackward2: Node {
  static let exponentSlot = 0
  static let resultSlot = 1
  private let base: Scalar

  init(_ base: Scalar) {
    self.base = base
    super.init()
  }

  override class var savedNames: [String] { ["exponent", "result"] }
  override var attributes: [String: AttributeValue] { ["self": base.attribute] }

  override func backward(_ g: Tensor) -> Gradients {
    let slope = savedValue(PowBackward2.resultSlot).scaled(by: .double(log(base.double)))
    guard base.isExactly(0) else { return Gradients(g * slope) }
    let zero = Tensor.full(Dims(), .int(0), g.dtype)
    let flat = savedValue(PowBackward2.exponentSlot).ge(0)
    return Gradients(g * Tensor.where(flat, zero, slope))
  }
}
