// Functions of two tensors: atan2, hypot, logaddexp, copysign, xlogy, heaviside, floatPower.

internal import CKernels
internal import GraphModel

extension Tensor {
  /// A function of two tensors with broadcasting; integers become floating point where asked.
  fileprivate static func combine(
    _ op: agk_binary_op, _ a: Tensor, _ b: Tensor, _ name: String, node: (Tensor) -> Node
  ) -> Tensor {
    let dtype = Elementwise.promote(.tensor(a), .tensor(b)).floating
    let result = Elementwise.binary(op, a, b, dtype, name)
    return recorded(result, a, b) { node(result) }
  }

  // MARK: atan2

  /// The angle of the point (other, self) in radians, by the signs of both, with broadcasting.
  ///
  /// Integers become float32.
  public func atan2(_ other: Tensor) -> Tensor {
    .combine(.AGK_ATAN2, self, other, "atan2") { _ in Atan2Backward0().saving(other, self) }
  }

  // MARK: hypot

  /// √(self² + other²) without overflow on the way, with broadcasting.
  ///
  /// Floating point only, promoted.
  public func hypot(_ other: Tensor) -> Tensor {
    if !dtype.isFloatingPoint, !other.dtype.isFloatingPoint {
      refuse("hypot", "\"hypot_cpu\" not implemented for '\(dtype.scalarTypeName)'")
    }
    return .combine(.AGK_HYPOT, self, other, "hypot") {
      let node = HypotBackward0()
      if other.requiresGrad { node.save(.input(other), 0) }
      if requiresGrad { node.save(.input(self), 1) }
      node.save(.result($0), HypotBackward0.resultSlot)
      return node
    }
  }

  // MARK: logaddexp, logaddexp2

  /// log(exp(self) + exp(other)) without overflow on the way, with broadcasting.
  ///
  /// Floating point only, promoted.
  public func logaddexp(_ other: Tensor) -> Tensor {
    .recorded(fusedPair(.AGK_LOGADDEXP, other, "logaddexp"), self, other) {
      LogaddexpBackward0().saving(other, self)
    }
  }

  /// log₂(2 to the power of self + 2 to the power of other) without overflow on the way, with
  /// broadcasting.
  ///
  /// Floating point only, promoted.
  public func logaddexp2(_ other: Tensor) -> Tensor {
    .recorded(fusedPair(.AGK_LOGADDEXP2, other, "logaddexp2"), self, other) {
      Logaddexp2Backward0().saving(other, self)
    }
  }

  private func fusedPair(_ op: agk_fused_op, _ other: Tensor, _ name: String) -> Tensor {
    let dtype = Elementwise.promote(.tensor(self), .tensor(other))
    guard dtype.isFloatingPoint else {
      checkBroadcast(with: .tensor(other), name)
      refuse(name, "\"\(name)_cpu\" not implemented for '\(dtype.scalarTypeName)'")
    }
    return Elementwise.fused(op, self, other, dtype: dtype, name: name)
  }

  // MARK: copysign

  /// The magnitudes of the elements with the signs of `other`'s, with broadcasting.
  ///
  /// Integers become float32.
  public func copysign(_ other: Tensor) -> Tensor {
    .combine(.AGK_COPYSIGN, self, other, "copysign") {
      let node = CopysignBackward0()
      node.save(.result($0), CopysignNode.resultSlot)
      if requiresGrad { node.save(.input(self), CopysignNode.selfSlot) }
      return node
    }
  }

  /// The magnitudes of the elements with the sign of a number.
  ///
  /// Integers become float32.
  public func copysign(_ other: some ScalarConvertible) -> Tensor {
    let dtype = dtype.floating
    let result = Elementwise.binary(
      .AGK_COPYSIGN, .tensor(self), .scalar(other.scalar), dtype, "copysign")
    return .recorded(result, self) {
      let node = CopysignBackward1()
      node.save(.result(result), CopysignNode.resultSlot)
      node.save(.input(self), CopysignNode.selfSlot)
      return node
    }
  }

  // MARK: xlogy

  /// self · log(other), and 0 where self is 0 even so, with broadcasting.
  ///
  /// NaN where other is NaN. Integers become float32.
  public func xlogy(_ other: Tensor) -> Tensor {
    let dtype = Elementwise.promote(.tensor(self), .tensor(other)).floating
    return .recorded(
      Elementwise.fused(.AGK_XLOGY, self, other, dtype: dtype, name: "xlogy"), self, other
    ) { XlogyBackward0().saving(other, self) }
  }

  /// self · log(other) for a number, and 0 where self is 0 even so.
  ///
  /// Integers become float32.
  public func xlogy(_ other: some ScalarConvertible) -> Tensor {
    let number = other.scalar
    let dtype = Elementwise.promote(.tensor(self), .scalar(number)).floating
    let result = Elementwise.fused(
      .AGK_XLOGY, self, .full(Dims(), number, dtype), dtype: dtype, name: "xlogy")
    return .recorded(result, self) { XlogyBackward2(number).saving(self) }
  }

  /// A number times log(other), and 0 for the number 0 even so.
  ///
  /// Integers become float32.
  public static func xlogy(_ number: some ScalarConvertible, _ other: Tensor) -> Tensor {
    let number = number.scalar
    let dtype = Elementwise.promote(.tensor(other), .scalar(number)).floating
    let result = Elementwise.fused(
      .AGK_XLOGY, .full(Dims(), number, dtype), other, dtype: dtype, name: "xlogy")
    return recorded(result, other) { XlogyBackward1(number).saving(other) }
  }

  // MARK: heaviside

  /// 0 where negative, 1 where positive, and the one of `values` where zero, with broadcasting.
  ///
  /// Both of one dtype. It has no derivative.
  public func heaviside(_ values: Tensor) -> Tensor {
    guard dtype == values.dtype else {
      refuse("heaviside", "heaviside is not yet implemented for tensors with different dtypes.")
    }
    let result: Tensor = noGrad {
      // NaN is neither zero nor positive.
      .where(eq(0), values, gt(0).to(dtype))
    }
    return .recorded(result, self, values) { NotImplemented("heaviside") }
  }

  // MARK: floatPower

  /// Each element to the power of the one in `exponent`, in float64, with broadcasting.
  public func floatPower(_ exponent: Tensor) -> Tensor {
    let exponent = exponent.double()
    return double().pow(exponent)
  }

  /// Each element to the power of a number, in float64.
  public func floatPower(_ exponent: some ScalarConvertible) -> Tensor {
    double().pow(exponent.scalar.double)
  }

  /// A number to the power of each element, in float64.
  public static func floatPower(_ base: some ScalarConvertible, _ exponent: Tensor) -> Tensor {
    pow(base.scalar.double, exponent.double())
  }
}

// MARK: - The derivatives (PyTorch's tools/autograd/derivatives.yaml)

/// The derivative of a function that saves its second operand, then its first.
class PairNode: Node {
  override class var savedNames: [String] { ["other", "self"] }
  final var other: Tensor { savedValue(0) }
  final var first: Tensor { savedValue(1) }
}

final class Atan2Backward0: PairNode {
  override func backward(_ g: Tensor) -> Gradients {
    let (y, x) = (first, other)
    let ofOther = x * x
    let square = y * y + ofOther
    // At the origin, where there is no angle, the gradient is zero.
    let inverse = square.reciprocal().maskedFill(square.eq(0), 0)
    let byFirst = needs(0) ? g * x * inverse : nil
    return Gradients(byFirst, needs(1) ? g * -y * inverse : nil)
  }
}

final class HypotBackward0: PairNode {
  static let resultSlot = 2
  override class var savedNames: [String] { ["other", "self", "result"] }
  override func backward(_ g: Tensor) -> Gradients {
    let result = savedValue(HypotBackward0.resultSlot)
    let byOther = needs(1) ? g * other / result : nil
    return Gradients(needs(0) ? g * first / result : nil, byOther)
  }
}

final class LogaddexpBackward0: PairNode {
  override func backward(_ g: Tensor) -> Gradients {
    func share(_ of: Tensor, _ rest: Tensor) -> Tensor {
      g / (rest - of).exp().shifted(by: .int(1))
    }
    let byOther = needs(1) ? share(other, first) : nil
    return Gradients(needs(0) ? share(first, other) : nil, byOther)
  }
}

final class Logaddexp2Backward0: PairNode {
  override func backward(_ g: Tensor) -> Gradients {
    func share(_ of: Tensor, _ rest: Tensor) -> Tensor {
      g / Tensor.pow(2, rest - of).shifted(by: .int(1))
    }
    let byOther = needs(1) ? share(other, first) : nil
    return Gradients(needs(0) ? share(first, other) : nil, byOther)
  }
}

/// The gradient with the sign that the result has of the input; none where the input is zero.
class CopysignNode: Node {
  static let resultSlot = 0
  static let selfSlot = 1
  override final class var savedNames: [String] { ["result", "self"] }

  override final func backward(_ g: Tensor) -> Gradients {
    var byFirst: Tensor?
    if needs(0) {
      let x = savedValue(CopysignNode.selfSlot)
      let ratio = savedValue(CopysignNode.resultSlot) / x
      byFirst = g * ratio.maskedFill(x.eq(0), 0)
    }
    return Gradients(byFirst, edgeCount > 1 && needs(1) ? .zeros(like: g) : nil)
  }
}

final class CopysignBackward0: CopysignNode {}
final class CopysignBackward1: CopysignNode {}

final class XlogyBackward0: PairNode {
  override func backward(_ g: Tensor) -> Gradients {
    let byOther = needs(1) ? g * first / other : nil
    guard needs(0) else { return Gradients(nil, byOther) }
    let isFlat = first.eq(0) & other.le(0)
    return Gradients(g.xlogy(other).maskedFill(isFlat, 0), byOther)
  }
}

/// xlogy of a number and a tensor.
final class XlogyBackward1: Node {
  private let number: Scalar

  init(_ number: Scalar) {
    self.number = number
    super.init()
  }

  override class var savedNames: [String] { ["other"] }
  override var attributes: [String: AttributeValue] { ["self": number.attribute] }
  override func backward(_ g: Tensor) -> Gradients {
    Gradients(g.scaled(by: number) / savedValue(0))
  }
}

/// xlogy of a tensor and a number.
final class XlogyBackward2: Node {
  private let number: Scalar

  init(_ number: Scalar) {
    self.number = number
    super.init()
  }

  override class var savedNames: [String] { ["self"] }
  override var attributes: [String: AttributeValue] { ["other": number.attribute] }
  override func backward(_ g: Tensor) -> Gradients {
    let gradient = g.xlogy(number)
    guard number.double <= 0 else { return Gradients(gradient) }
    return Gradients(gradient.maskedFill(savedValue(0).eq(0), 0))
  }
}
