// add, sub, mul, div: of tensors, of a tensor and a number, in place, and as Swift's operators.

internal import CKernels
internal import GraphModel

// MARK: - Forward

extension Tensor {
  @inline(__always)
  static func add(_ a: Operand, _ b: Operand, alpha: Scalar = .int(1)) -> Tensor {
    sum(a, b, .AGK_ADD, alpha, "add") { AddBackward0(alpha: alpha) }
  }

  @inline(__always)
  static func sub(_ a: Operand, _ b: Operand, alpha: Scalar = .int(1)) -> Tensor {
    checkSubtraction(a, "sub")
    checkSubtraction(b, "sub")
    return sum(a, b, .AGK_SUB, alpha, "sub") { SubBackward0(alpha: alpha) }
  }

  /// The number minus the tensor, which PyTorch writes as one operator.
  static func rsub(_ number: Scalar, _ b: Tensor) -> Tensor {
    checkSubtraction(.tensor(b), "rsub")
    let dtype = Elementwise.promote(.tensor(b), .scalar(number))
    let result = Elementwise.binary(.AGK_SUB, .scalar(number), .tensor(b), dtype, "rsub")
    if isRecording(b) {
      let node = RsubBackward1()
      node.addEdge(to: b)
      node.adopt(result)
    }
    return result
  }

  @inline(__always)
  private static func sum(
    _ a: Operand, _ b: Operand, _ op: agk_binary_op, _ alpha: Scalar, _ name: String,
    node: () -> Node
  ) -> Tensor {
    let dtype = Elementwise.promote(a, b)
    let result: Tensor
    if alpha.isExactly(1) {
      result = Elementwise.binary(op, a, b, dtype, name)
    } else {
      checkAlpha(alpha, dtype, name)
      let scale = Scalar.signed(alpha, negative: op == .AGK_SUB)
      result = Elementwise.ternary(
        .AGK_ADD_SCALED, a.asTensor(), b.asTensor(), Tensor.full(Dims(), scale, dtype), dtype, name)
    }
    if isGradEnabled, a.requiresGrad || b.requiresGrad {
      let node = node()
      node.addEdge(to: a)
      node.addEdge(to: b)
      node.adopt(result)
    }
    return result
  }

  private static func checkSubtraction(_ operand: Operand, _ name: String) {
    if case .tensor(let tensor) = operand, tensor.dtype == .bool {
      refuse(name, "Subtraction, the `-` operator, with a bool tensor is not supported")
    }
  }

  private static func checkAlpha(_ alpha: Scalar, _ dtype: DType, _ name: String) {
    if case .double = alpha, !dtype.isFloatingPoint {
      refuse(
        name, "For integral input tensors, argument alpha must not be a floating point number.")
    }
    if case .bool = alpha, dtype != .bool {
      refuse(name, "Boolean alpha only supported for Boolean results.")
    }
  }

  @inline(__always)
  static func mul(_ a: Operand, _ b: Operand) -> Tensor {
    let result = Elementwise.binary(.AGK_MUL, a, b, Elementwise.promote(a, b), "mul")
    if isGradEnabled, a.requiresGrad || b.requiresGrad {
      let node = MulBackward0()
      node.addEdge(to: a)
      node.addEdge(to: b)
      if a.requiresGrad { node.save(.input(b), MulBackward0.otherSlot) }
      if b.requiresGrad { node.save(.input(a), MulBackward0.selfSlot) }
      node.adopt(result)
    }
    return result
  }

  /// The product of a gradient and a factor that does not broadcast it, in the gradient's own memory
  /// when that is nobody else's: a large gradient then takes no memory beside what it replaces.
  @inline(__always)
  static func mul(consuming gradient: consuming Tensor, _ factor: Operand) -> Tensor {
    guard gradient.isContiguous,
      Elementwise.promote(.tensor(gradient), factor) == gradient.dtype,
      Gradients.isOwned(&gradient)
    else { return .mul(.tensor(gradient), factor) }
    switch factor {
    case .tensor(let factor):
      Elementwise.binary(.AGK_MUL, gradient, factor.converted(to: gradient.dtype), into: gradient)
    case .scalar(let number): Elementwise.binary(.AGK_MUL, gradient, number, into: gradient)
    }
    return gradient
  }

  @inline(__always)
  static func div(_ a: Operand, _ b: Operand) -> Tensor {
    let dtype = Elementwise.promote(a, b).floating
    let result = Elementwise.binary(.AGK_DIV, a, b, dtype, "div")
    if isGradEnabled, a.requiresGrad || b.requiresGrad {
      let node = DivBackward0()
      node.addEdge(to: a)
      node.addEdge(to: b)
      node.save(.input(b), DivBackward0.otherSlot)
      if b.requiresGrad { node.save(.input(a), DivBackward0.selfSlot) }
      node.adopt(result)
    }
    return result
  }

  /// This tensor times a number, as PyTorch's formulas write it: the number is no edge.
  func scaled(by number: Scalar) -> Tensor {
    withScalar(.AGK_MUL, number, "mul") { MulBackward1(number) }
  }

  /// This tensor divided by a number, as PyTorch's formulas write it.
  func divided(by number: Scalar) -> Tensor {
    withScalar(.AGK_DIV, number, "div", floating: true) { DivBackward1(number) }
  }

  /// This tensor plus a number, as PyTorch's formulas write it.
  func shifted(by number: Scalar) -> Tensor {
    withScalar(.AGK_ADD, number, "add") { AddBackward1() }
  }

  @inline(__always)
  func withScalar(
    _ op: agk_binary_op, _ number: Scalar, _ name: String, floating: Bool = false, node: () -> Node
  ) -> Tensor {
    let promoted = Elementwise.promote(.tensor(self), .scalar(number))
    let result = Elementwise.binary(
      op, .tensor(self), .scalar(number), floating ? promoted.floating : promoted, name)
    if isRecording(self) {
      let node = node()
      node.addEdge(to: self)
      node.adopt(result)
    }
    return result
  }
}

extension Scalar {
  static func signed(_ value: Scalar, negative: Bool) -> Scalar {
    guard negative else { return value }
    switch value {
    case .bool(let bool): return .int(bool ? -1 : 0)
    case .int(let int): return .int(0 &- int)
    case .double(let double): return .double(-double)
    }
  }
}

// MARK: - In place

extension Tensor {
  /// Adds `alpha · other` in place; `other` is broadcast to this shape.
  @discardableResult
  public func add_(_ other: Tensor, alpha: some ScalarConvertible = 1) -> Tensor {
    sumInPlace(.tensor(other), .AGK_ADD, alpha.scalar, "add_") { AddBackward0(alpha: alpha.scalar) }
  }

  /// Adds a number in place.
  @discardableResult
  public func add_(_ other: some ScalarConvertible) -> Tensor {
    sumInPlace(.scalar(other.scalar), .AGK_ADD, .int(1), "add_") { AddBackward0(alpha: .int(1)) }
  }

  /// Subtracts `alpha · other` in place; `other` is broadcast to this shape.
  @discardableResult
  public func sub_(_ other: Tensor, alpha: some ScalarConvertible = 1) -> Tensor {
    sumInPlace(.tensor(other), .AGK_SUB, alpha.scalar, "sub_") { SubBackward0(alpha: alpha.scalar) }
  }

  /// Subtracts a number in place.
  @discardableResult
  public func sub_(_ other: some ScalarConvertible) -> Tensor {
    sumInPlace(.scalar(other.scalar), .AGK_SUB, .int(1), "sub_") { SubBackward0(alpha: .int(1)) }
  }

  /// Multiplies by `other` in place; `other` is broadcast to this shape.
  @discardableResult
  public func mul_(_ other: Tensor) -> Tensor { mulInPlace(.tensor(other)) }

  /// Multiplies by a number in place.
  @discardableResult
  public func mul_(_ other: some ScalarConvertible) -> Tensor {
    mulInPlace(.scalar(other.scalar))
  }

  /// Divides by `other` in place; `other` is broadcast to this shape.
  ///
  /// Floating point only.
  @discardableResult
  public func div_(_ other: Tensor) -> Tensor { divInPlace(.tensor(other)) }

  /// Divides by a number in place.
  ///
  /// Floating point only.
  @discardableResult
  public func div_(_ other: some ScalarConvertible) -> Tensor {
    divInPlace(.scalar(other.scalar))
  }

  private func sumInPlace(
    _ other: Operand, _ op: agk_binary_op, _ alpha: Scalar, _ name: String, node: () -> Node
  ) -> Tensor {
    if op == .AGK_SUB {
      Tensor.checkSubtraction(.tensor(self), name)
      Tensor.checkSubtraction(other, name)
    }
    let dtype = Elementwise.promote(.tensor(self), other)
    checkResult(dtype, name)
    Tensor.checkAlpha(alpha, dtype, name)
    return inPlace(name, others: other, node: node) {
      if alpha.isExactly(1) {
        computeInPlace(op, other, name)
      } else {
        let scale = Scalar.signed(alpha, negative: op == .AGK_SUB)
        writeInPlace(other, name) { target, value in
          Elementwise.ternary(
            .AGK_ADD_SCALED, target, value, Tensor.full(Dims(), scale, target.dtype), into: target)
        }
      }
    }
  }

  private func mulInPlace(_ other: Operand) -> Tensor {
    checkResult(Elementwise.promote(.tensor(self), other), "mul_")
    return inPlace("mul_", others: other) {
      let node = MulBackward0()
      if requiresGrad { node.save(.input(other), MulBackward0.otherSlot) }
      if other.requiresGrad { node.save(.input(clone()), MulBackward0.selfSlot) }
      return node
    } compute: {
      computeInPlace(.AGK_MUL, other, "mul_")
    }
  }

  private func divInPlace(_ other: Operand) -> Tensor {
    checkResult(Elementwise.promote(.tensor(self), other).floating, "div_")
    return inPlace("div_", others: other) {
      let node = DivBackward0()
      node.save(.input(other), DivBackward0.otherSlot)
      if other.requiresGrad { node.save(.input(clone()), DivBackward0.selfSlot) }
      return node
    } compute: {
      computeInPlace(.AGK_DIV, other, "div_")
    }
  }

  /// `self = self ∘ other`, computed in the dtype in which they meet.
  private func computeInPlace(_ op: agk_binary_op, _ other: Operand, _ name: String) {
    switch other {
    case .scalar(let number) where Elementwise.promote(.tensor(self), other) == dtype:
      Elementwise.binary(op, self, number, into: self)
    default:
      writeInPlace(other, name) { target, value in
        Elementwise.binary(op, target, value, into: target)
      }
    }
  }

  /// Calls `body` with this tensor and `other` in the dtype in which they meet, and stores the
  /// result back here when that is not this tensor's own.
  private func writeInPlace(
    _ other: Operand, _ name: String, _ body: (_ target: Tensor, _ value: Tensor) -> Void
  ) {
    let dtype = Elementwise.promote(.tensor(self), other)
    if case .tensor(let operand) = other { checkNoPartialOverlap(operand, name) }
    var value = other.asTensor().converted(to: dtype)
    checkExpandable(value, name)
    if value.storage === storage, value.offset != offset || value.strides != strides {
      // The value may overlap what is being written: work on a copy.
      value = value.contiguousData() === value ? value.copyOfData() : value.contiguousData()
    }
    if dtype == self.dtype {
      body(self, value)
    } else {
      let target = converted(to: dtype)
      body(target, value)
      Elementwise.copy(target, into: self)
    }
  }

  /// Adds a gradient in place: same shape and dtype, no history, no version.
  @inline(__always)
  func addInPlace(_ gradient: Tensor) {
    Elementwise.binary(.AGK_ADD, self, gradient, into: self)
  }

  func copyOfData() -> Tensor {
    let copy = Tensor(empty: sizes, dtype)
    Elementwise.copy(self, into: copy)
    return copy
  }
}

// MARK: - Operators

extension Tensor {
  /// The sum, elementwise with broadcasting; bool gives or.
  public static func + (a: Tensor, b: Tensor) -> Tensor { add(.tensor(a), .tensor(b)) }
  /// The difference, elementwise with broadcasting.
  ///
  /// Not for bool.
  public static func - (a: Tensor, b: Tensor) -> Tensor { sub(.tensor(a), .tensor(b)) }
  /// The product, elementwise with broadcasting; bool gives and.
  public static func * (a: Tensor, b: Tensor) -> Tensor { mul(.tensor(a), .tensor(b)) }
  /// The quotient, elementwise with broadcasting.
  ///
  /// Integers become float32.
  public static func / (a: Tensor, b: Tensor) -> Tensor { div(.tensor(a), .tensor(b)) }

  /// The sum of each element and a number.
  @inlinable
  public static func + (a: Tensor, b: some ScalarConvertible) -> Tensor { a.adding(b.scalar) }
  /// The sum of a number and each element.
  @inlinable
  public static func + (a: some ScalarConvertible, b: Tensor) -> Tensor { b.adding(a.scalar) }
  /// Each element less a number.
  @inlinable
  public static func - (a: Tensor, b: some ScalarConvertible) -> Tensor {
    a.subtracting(b.scalar)
  }
  /// A number less each element.
  @inlinable
  public static func - (a: some ScalarConvertible, b: Tensor) -> Tensor {
    b.subtracted(from: a.scalar)
  }
  /// The product of each element and a number.
  @inlinable
  public static func * (a: Tensor, b: some ScalarConvertible) -> Tensor {
    a.multiplied(by: b.scalar)
  }
  /// The product of a number and each element.
  @inlinable
  public static func * (a: some ScalarConvertible, b: Tensor) -> Tensor {
    b.multiplied(by: a.scalar)
  }
  /// Each element divided by a number.
  ///
  /// Integers become float32.
  @inlinable
  public static func / (a: Tensor, b: some ScalarConvertible) -> Tensor {
    a.quotient(dividingBy: b.scalar)
  }
  /// A number divided by each element.
  ///
  /// Integers become float32.
  @inlinable
  public static func / (a: some ScalarConvertible, b: Tensor) -> Tensor {
    b.quotient(dividing: a.scalar)
  }

  @usableFromInline func adding(_ number: Scalar) -> Tensor {
    Tensor.add(.tensor(self), .scalar(number))
  }
  @usableFromInline func subtracting(_ number: Scalar) -> Tensor {
    Tensor.sub(.tensor(self), .scalar(number))
  }
  @usableFromInline func subtracted(from number: Scalar) -> Tensor { Tensor.rsub(number, self) }
  @usableFromInline func multiplied(by number: Scalar) -> Tensor {
    Tensor.mul(.tensor(self), .scalar(number))
  }
  @usableFromInline func quotient(dividingBy number: Scalar) -> Tensor {
    Tensor.div(.tensor(self), .scalar(number))
  }
  /// As PyTorch's `__rtruediv__`: the reciprocal, times the number.
  @usableFromInline func quotient(dividing number: Scalar) -> Tensor {
    Tensor.mul(.tensor(reciprocal()), .scalar(number))
  }

  /// This tensor plus `alpha · other`, with broadcasting.
  public func add(_ other: Tensor, alpha: some ScalarConvertible = 1) -> Tensor {
    Tensor.add(.tensor(self), .tensor(other), alpha: alpha.scalar)
  }

  /// This tensor less `alpha · other`, with broadcasting.
  public func sub(_ other: Tensor, alpha: some ScalarConvertible = 1) -> Tensor {
    Tensor.sub(.tensor(self), .tensor(other), alpha: alpha.scalar)
  }

  /// Adds in place, as `add_`.
  public static func += (a: Tensor, b: Tensor) { a.add_(b) }
  /// Subtracts in place, as `sub_`.
  public static func -= (a: Tensor, b: Tensor) { a.sub_(b) }
  /// Multiplies in place, as `mul_`.
  public static func *= (a: Tensor, b: Tensor) { a.mul_(b) }
  /// Divides in place, as `div_`.
  public static func /= (a: Tensor, b: Tensor) { a.div_(b) }
  /// Adds a number in place, as `add_`.
  public static func += (a: Tensor, b: some ScalarConvertible) { a.add_(b) }
  /// Subtracts a number in place, as `sub_`.
  public static func -= (a: Tensor, b: some ScalarConvertible) { a.sub_(b) }
  /// Multiplies by a number in place, as `mul_`.
  public static func *= (a: Tensor, b: some ScalarConvertible) { a.mul_(b) }
  /// Divides by a number in place, as `div_`.
  public static func /= (a: Tensor, b: some ScalarConvertible) { a.div_(b) }
}

// MARK: - Derivatives (PyTorch's tools/autograd/derivatives.yaml)
//
// The order in which a formula makes its nodes decides the order in which a second backward pass
// runs them. PyTorch computes the gradients of several inputs in the order of the inputs' names
// (`other` before `self`), and the right operand of `a * b` before the left one.

final class AddBackward0: Node {
  private let alpha: Scalar

  init(alpha: Scalar) {
    self.alpha = alpha
    super.init()
  }

  override var attributes: [String: AttributeValue] { ["alpha": alpha.attribute] }

  override func backward(_ g: Tensor) -> Gradients {
    Gradients(needs(0) ? g : nil, needs(1) ? g.scaledUnlessOne(by: alpha) : nil)
  }
}

final class SubBackward0: Node {
  private let alpha: Scalar

  init(alpha: Scalar) {
    self.alpha = alpha
    super.init()
  }

  override var attributes: [String: AttributeValue] { ["alpha": alpha.attribute] }

  override func backward(_ g: Tensor) -> Gradients {
    Gradients(needs(0) ? g : nil, needs(1) ? (-g).scaledUnlessOne(by: alpha) : nil)
  }
}

extension Tensor {
  @inline(__always)
  fileprivate func scaledUnlessOne(by number: Scalar) -> Tensor {
    number.isExactly(1) ? self : scaled(by: number)
  }
}

final class AddBackward1: Node {
  override func backward(_ g: Tensor) -> Gradients { Gradients(g) }
}

final class SubBackward1: Node {
  override func backward(_ g: Tensor) -> Gradients { Gradients(g) }
}

final class RsubBackward1: Node {
  override var attributes: [String: AttributeValue] { ["alpha": .int(1)] }
  override func backward(_ g: Tensor) -> Gradients { Gradients(-g) }
}

final class MulBackward0: Node {
  static let otherSlot = 0
  static let selfSlot = 1
  override class var savedNames: [String] { ["other", "self"] }

  override func backward(_ gradients: consuming Gradients) throws(AutogradError) -> Gradients {
    let g = gradients.take(0)!
    let second: Tensor? = needs(1) ? .mul(.tensor(g), saved(MulBackward0.selfSlot)) : nil
    guard needs(0) else { return Gradients(nil, second) }
    return Gradients(.mul(consuming: consume g, saved(MulBackward0.otherSlot)), second)
  }
}

final class MulBackward1: Node {
  private let other: Scalar

  init(_ other: Scalar) {
    self.other = other
    super.init()
  }

  override var attributes: [String: AttributeValue] { ["other": other.attribute] }

  override func backward(_ g: Tensor) -> Gradients { Gradients(g.scaled(by: other)) }
}

final class DivBackward0: Node {
  static let otherSlot = 0
  static let selfSlot = 1
  override class var savedNames: [String] { ["other", "self"] }

  override func backward(_ g: Tensor) -> Gradients {
    let other = saved(DivBackward0.otherSlot)
    var second: Tensor?
    if needs(1) {
      let quotient = Tensor.div(
        .tensor(.div(saved(DivBackward0.selfSlot), other)), other)
      second = -g * quotient
    }
    return Gradients(needs(0) ? .div(.tensor(g), other) : nil, second)
  }
}

final class DivBackward1: Node {
  private let other: Scalar

  init(_ other: Scalar) {
    self.other = other
    super.init()
  }

  override var attributes: [String: AttributeValue] { ["other": other.attribute] }

  override func backward(_ g: Tensor) -> Gradients { Gradients(g.divided(by: other)) }
}
