// Division with rounding, remainders, common divisors and multiples.

internal import CKernels
internal import GraphModel

/// How `div` rounds its quotient.
public enum RoundingMode: String, Sendable {
  /// To zero, as C divides integers.
  case trunc
  /// Down, as Python's `//` does.
  case floor
}

// MARK: - Quotients

extension Tensor {
  /// The rounded quotient, elementwise with broadcasting.
  ///
  /// Any dtype but bool, promoted; integers stay integers and refuse a zero divisor.
  public func div(_ other: Tensor, roundingMode: RoundingMode) -> Tensor {
    quotient(.tensor(other), roundingMode, "div")
  }

  /// The rounded quotient of each element and a number.
  ///
  /// Any dtype but bool, promoted; integers stay integers and refuse a zero divisor.
  public func div(_ other: some ScalarConvertible, roundingMode: RoundingMode) -> Tensor {
    quotient(.scalar(other.scalar), roundingMode, "div")
  }

  private func quotient(_ other: Operand, _ mode: RoundingMode, _ name: String) -> Tensor {
    let op: agk_binary_op = mode == .floor ? .AGK_FLOOR_DIVIDE : .AGK_TRUNC_DIVIDE
    let result = divide(op, other, name)
    guard isGradEnabled, requiresGrad || other.requiresGrad else { return result }
    let node = DivBackward2(mode)
    node.addEdge(to: self)
    node.addEdge(to: other)
    node.save(.input(other), 0)
    if other.requiresGrad { node.save(.input(self), 1) }
    node.adopt(result)
    return result
  }

  /// The quotient rounded down, Python's `//`, elementwise with broadcasting.
  ///
  /// Any dtype but bool, promoted. Its derivative is not implemented, as in PyTorch:
  /// `div(_:roundingMode:)` has one, which is zero.
  public func floorDivide(_ other: Tensor) -> Tensor { floorDivide(.tensor(other)) }

  /// The quotient of each element and a number, rounded down.
  ///
  /// Any dtype but bool, promoted. Its derivative is not implemented, as in PyTorch:
  /// `div(_:roundingMode:)` has one, which is zero.
  public func floorDivide(_ other: some ScalarConvertible) -> Tensor {
    floorDivide(.scalar(other.scalar))
  }

  private func floorDivide(_ other: Operand) -> Tensor {
    let result = divide(.AGK_FLOOR_DIVIDE, other, "floor_divide")
    guard case .tensor(let tensor) = other else {
      return .recorded(result, self) { NotImplemented("floor_divide") }
    }
    return .recorded(result, self, tensor) { NotImplemented("floor_divide") }
  }

  /// A quotient or remainder in the dtype in which the operands meet.
  fileprivate func divide(_ op: agk_binary_op, _ other: Operand, _ name: String) -> Tensor {
    let dtype = Elementwise.promote(.tensor(self), other)
    if dtype == .bool {
      checkBroadcast(with: other, name)
      refuse(name, "not implemented for 'Bool'")
    }
    if !dtype.isFloatingPoint {
      let hasZero =
        switch other {
        case .scalar(let number): number.int == 0
        case .tensor(let divisor): count > 0 && divisor.containsZero
        }
      if hasZero { refuse(name, "ZeroDivisionError") }
    }
    return Elementwise.binary(op, .tensor(self), other, dtype, name)
  }

  /// Whether an element is zero.
  private var containsZero: Bool {
    let isZero = Elementwise.compare(.AGK_EQ, .tensor(self), .scalar(.int(0)), "eq")
      .contiguousData()
    var result = false
    agk_reduce(.AGK_ANY, .AGK_BOOL, Int64(isZero.count), &result, isZero.pointer, 1)
    return result
  }
}

// MARK: - Remainders

extension Tensor {
  /// The remainder with the sign of the dividend, as C's fmod, elementwise with broadcasting.
  ///
  /// Any dtype but bool, promoted; integers refuse a zero divisor.
  public func fmod(_ other: Tensor) -> Tensor {
    .recorded(divide(.AGK_FMOD, .tensor(other), "fmod"), self, other) {
      remainderNode(FmodBackward1(), other)
    }
  }

  /// The remainder of each element by a number, with the sign of the element.
  ///
  /// Any dtype but bool, promoted; integers refuse a zero divisor.
  public func fmod(_ other: some ScalarConvertible) -> Tensor {
    .recorded(divide(.AGK_FMOD, .scalar(other.scalar), "fmod"), self) { FmodBackward0() }
  }

  /// The remainder with the sign of the divisor, as Python's `%`, elementwise with broadcasting.
  ///
  /// Any dtype but bool, promoted; integers refuse a zero divisor.
  public func remainder(_ other: Tensor) -> Tensor {
    .recorded(divide(.AGK_REMAINDER, .tensor(other), "remainder"), self, other) {
      remainderNode(RemainderBackward1(), other)
    }
  }

  /// The remainder of each element by a number, with the sign of the number.
  ///
  /// Any dtype but bool, promoted; integers refuse a zero divisor.
  public func remainder(_ other: some ScalarConvertible) -> Tensor {
    .recorded(divide(.AGK_REMAINDER, .scalar(other.scalar), "remainder"), self) {
      RemainderBackward0()
    }
  }

  /// The remainder with the sign of the divisor, as Python's `%`.
  public static func % (a: Tensor, b: Tensor) -> Tensor { a.remainder(b) }
  /// The remainder of each element by a number, with the sign of the number.
  public static func % (a: Tensor, b: some ScalarConvertible) -> Tensor { a.remainder(b) }

  private func remainderNode(_ node: RemainderNode, _ other: Tensor) -> Node {
    if other.requiresGrad { node.save(.input(other), 0) }
    if other.requiresGrad { node.save(.input(self), 1) }
    return node
  }

  /// What is left of each element without its whole part, with its sign.
  ///
  /// Floating point only.
  public func frac() -> Tensor {
    checkFloatingPoint("frac", "frac_cpu")
    return .recorded(
      Elementwise.binary(.AGK_FMOD, .tensor(self), .scalar(.int(1)), dtype, "frac"), self
    ) {
      FracBackward0()
    }
  }
}

// MARK: - Common divisors and multiples

extension Tensor {
  /// The greatest common divisor of each pair, not negative, with broadcasting.
  ///
  /// Integers only, promoted.
  public func gcd(_ other: Tensor) -> Tensor { whole(.AGK_GCD, other, "gcd") }

  /// The least common multiple of each pair, not negative, with broadcasting.
  ///
  /// Integers only, promoted.
  public func lcm(_ other: Tensor) -> Tensor { whole(.AGK_LCM, other, "lcm") }

  private func whole(_ op: agk_binary_op, _ other: Tensor, _ name: String) -> Tensor {
    let dtype = Elementwise.promote(.tensor(self), .tensor(other))
    guard dtype == .int32 || dtype == .int64 else {
      refuse(name, "\"\(name)_cpu\" not implemented for '\(dtype.scalarTypeName)'")
    }
    return Elementwise.binary(op, self, other, dtype, name)
  }
}

// MARK: - The derivatives (PyTorch's tools/autograd/derivatives.yaml)

/// A rounded quotient is flat wherever it has a derivative.
final class DivBackward2: Node {
  private let mode: RoundingMode

  init(_ mode: RoundingMode) {
    self.mode = mode
    super.init()
  }

  override class var savedNames: [String] { ["other", "self"] }
  override var attributes: [String: AttributeValue] { ["rounding_mode": .string(mode.rawValue)] }
  override func backward(_ g: Tensor) -> Gradients {
    Gradients(needs(0) ? .zeros(like: g) : nil, needs(1) ? .zeros(like: g) : nil)
  }
}

/// self - other · quotient, the quotient rounded and hence flat.
class RemainderNode: Node {
  override final class var savedNames: [String] { ["other", "self"] }
  class var mode: RoundingMode { .trunc }

  override final func backward(_ g: Tensor) -> Gradients {
    var byOther: Tensor?
    if needs(1) {
      let quotient = savedValue(1).div(savedValue(0), roundingMode: Self.mode)
      byOther = -g * quotient
    }
    return Gradients(needs(0) ? g : nil, byOther)
  }
}

final class FmodBackward1: RemainderNode {}
final class RemainderBackward1: RemainderNode {
  override class var mode: RoundingMode { .floor }
}

final class FmodBackward0: Node {
  override func backward(_ g: Tensor) -> Gradients { Gradients(g) }
}
final class RemainderBackward0: Node {
  override func backward(_ g: Tensor) -> Gradients { Gradients(g) }
}
final class FracBackward0: Node {
  override func backward(_ g: Tensor) -> Gradients { Gradients(g) }
}
