// Functions of one tensor: forward kernel, what is saved, and the derivative.

internal import CKernels

/// The derivative of a function of one tensor, which saves its input, its result, or nothing.
class UnaryNode: Node {
  enum Saving { case nothing, input, result }

  class var saving: Saving { .input }

  override final class var savedNames: [String] {
    switch saving {
    case .nothing: []
    case .input: ["self"]
    case .result: ["result"]
    }
  }

  override required init() { super.init() }

  /// The saved input.
  @inline(__always) final var input: Tensor { savedValue(0) }
  /// The saved result.
  @inline(__always) final var result: Tensor { savedValue(0) }
}

extension Tensor {
  /// A function of each element.
  ///
  /// Integers become floating point where it has no integer meaning.
  @inline(__always)
  func unary<N: UnaryNode>(
    _ op: agk_unary_op, _ type: N.Type, floating: Bool = true
  ) -> Tensor {
    let x = floating && !dtype.isFloatingPoint ? converted(to: dtype.floating) : self
    let result = Elementwise.unary(op, x)
    if isRecording(self) {
      let node = N()
      node.addEdge(to: self)
      switch N.saving {
      case .nothing: break
      case .input: node.save(.input(self), 0)
      case .result: node.save(.result(result), 0)
      }
      node.adopt(result)
    }
    return result
  }

  /// As `unary`, into this tensor's memory.
  func unaryInPlace<N: UnaryNode>(
    _ op: agk_unary_op, _ type: N.Type, _ operation: String, floating: Bool = true
  ) -> Tensor {
    if floating { checkResult(dtype.floating, operation) }
    return inPlace(operation) { () -> N in
      let node = N()
      if N.saving == .input { node.save(.input(clone()), 0) }
      return node
    } compute: {
      Elementwise.unary(op, self, into: self)
    } after: { node in
      if N.saving == .result { node.save(.result(self), 0) }
    }
  }

  /// The frame of every in-place operator on this tensor: checks, the new history, the version.
  ///
  /// - Parameters:
  ///   - operation: PyTorch's name of the operator, for messages.
  ///   - others: the operator's other inputs, which may require gradients too.
  ///   - node: makes the node and saves what it needs of the state before.
  ///   - compute: changes the elements.
  ///   - after: saves what the node needs of the state after.
  /// - Returns: this tensor.
  @discardableResult
  @inline(__always)
  func inPlace<N: Node>(
    _ operation: String, others: Operand?..., node: () -> N, compute: () -> Void,
    after: (N) -> Void = { _ in }
  ) -> Tensor {
    var records = isGradEnabled && requiresGrad
    // What goes into integers or bool leaves no gradient.
    if isGradEnabled, dtype.isFloatingPoint {
      for case let other? in others where other.requiresGrad { records = true }
    } else if isGradEnabled {
      for case .tensor(let other)? in others { other.endsHistory(operation) }
    }
    checkInPlace(operation)
    checkNoInternalOverlap(operation)
    guard records else {
      compute()
      storage.incrementVersion()
      return self
    }
    let made = node()
    if made.edgeCount == 0 {
      made.addEdge(to: self)
      for case let other? in others { made.addEdge(to: other) }
    }
    compute()
    storage.incrementVersion()
    rebaseHistory(made)
    after(made)
    return self
  }

  /// Refuses a result that this tensor's dtype cannot hold.
  func checkResult(_ result: DType, _ operation: String) {
    guard
      result == dtype || dtype.isFloatingPoint
        || (!result.isFloatingPoint && (dtype != .bool || result == .bool))
    else {
      refuse(
        operation,
        "result type \(result.name) can't be cast to the desired output type \(dtype.name)")
    }
  }

  /// Refuses an in-place change of a tensor several of whose elements are the same memory.
  func checkNoInternalOverlap(_ operation: String) {
    guard !isContiguous else { return }
    for i in sizes.indices where strides[i] == 0 && sizes[i] > 1 {
      refuse(
        operation,
        "unsupported operation: more than one element of the written-to tensor refers to a single "
          + "memory location (shape \(sizes), strides \(strides)). Please clone() the tensor "
          + "before performing the operation.")
    }
  }

  /// Refuses to change this tensor by one that lies partly, or in another order, in its memory.
  ///
  /// As PyTorch, it looks only at tensors without gaps (ATen/MemoryOverlap.cpp).
  func checkNoPartialOverlap(_ other: Tensor, _ operation: String) {
    guard other.storage === storage, other !== self, count > 0, other.count > 0, isDense,
      other.isDense
    else { return }
    let isSame = other.offset == offset && other.count == count && other.strides == strides
    let meets = other.offset < offset + count && offset < other.offset + other.count
    guard isSame || !meets else {
      refuse(
        operation,
        "unsupported operation: some elements of the input tensor (shape \(other.sizes)) and the "
          + "written-to tensor (shape \(sizes)) refer to a single memory location. Please clone() "
          + "the tensor before performing the operation.")
    }
  }
}

// MARK: - The functions

extension Tensor {
  /// The negated elements.
  ///
  /// Any dtype but bool.
  public func neg() -> Tensor {
    checkNegation("neg")
    return unary(.AGK_NEG, NegBackward0.self, floating: false)
  }

  /// The absolute values.
  ///
  /// Any dtype but bool.
  public func abs() -> Tensor {
    checkAbsolute("abs")
    return unary(.AGK_ABS, AbsBackward0.self, floating: false)
  }

  /// -1, 0 or 1 by the sign of each element.
  ///
  /// Any dtype.
  public func sign() -> Tensor { unary(.AGK_SIGN, SignBackward0.self, floating: false) }

  /// The same as `sign()`; its derivative has a name of its own.
  ///
  /// Any dtype.
  public func sgn() -> Tensor {
    let result = Elementwise.unary(.AGK_SIGN, self)
    if isRecording(self) {
      let node = SgnBackward0()
      node.addEdge(to: self)
      node.save(.input(self), SgnBackward0.selfSlot)
      node.save(.result(result), SgnBackward0.resultSlot)
      node.adopt(result)
    }
    return result
  }

  /// e to the power of each element.
  ///
  /// Integers become float32.
  public func exp() -> Tensor { unary(.AGK_EXP, ExpBackward0.self) }

  /// The natural logarithm of each element.
  ///
  /// Integers become float32.
  public func log() -> Tensor { unary(.AGK_LOG, LogBackward0.self) }

  /// The square root of each element.
  ///
  /// Integers become float32.
  public func sqrt() -> Tensor { unary(.AGK_SQRT, SqrtBackward0.self) }

  /// One over the square root of each element.
  ///
  /// Integers become float32.
  public func rsqrt() -> Tensor { unary(.AGK_RSQRT, RsqrtBackward0.self) }

  /// One over each element.
  ///
  /// Integers become float32.
  public func reciprocal() -> Tensor { unary(.AGK_RECIPROCAL, ReciprocalBackward0.self) }

  /// The sine of each element, in radians.
  ///
  /// Integers become float32.
  public func sin() -> Tensor { unary(.AGK_SIN, SinBackward0.self) }

  /// The cosine of each element, in radians.
  ///
  /// Integers become float32.
  public func cos() -> Tensor { unary(.AGK_COS, CosBackward0.self) }

  /// The arc tangent of each element, in radians.
  ///
  /// Integers become float32.
  public func atan() -> Tensor { unary(.AGK_ATAN, AtanBackward0.self) }

  /// The hyperbolic tangent of each element.
  ///
  /// Integers become float32.
  public func tanh() -> Tensor { unary(.AGK_TANH, TanhBackward0.self) }

  /// 1 / (1 + e⁻ˣ) of each element.
  ///
  /// Integers become float32.
  public func sigmoid() -> Tensor { unary(.AGK_SIGMOID, SigmoidBackward0.self) }

  /// The error function of each element.
  ///
  /// Integers become float32.
  public func erf() -> Tensor { unary(.AGK_ERF, ErfBackward0.self) }

  /// The elements rounded down.
  ///
  /// Integers stay as they are; bool is refused.
  public func floor() -> Tensor { rounding(.AGK_FLOOR, "floor", FloorBackward0.self) }

  /// The elements rounded up.
  ///
  /// Integers stay as they are; bool is refused.
  public func ceil() -> Tensor { rounding(.AGK_CEIL, "ceil", CeilBackward0.self) }

  /// The elements rounded to the nearest whole number, halves to even.
  ///
  /// Integers stay as they are; bool is refused.
  public func round() -> Tensor { rounding(.AGK_ROUND, "round", RoundBackward0.self) }

  /// The elements without their fraction.
  ///
  /// Integers stay as they are; bool is refused.
  public func trunc() -> Tensor { rounding(.AGK_TRUNC, "trunc", TruncBackward0.self) }

  private func rounding<N: UnaryNode>(
    _ op: agk_unary_op, _ name: String, _ type: N.Type
  ) -> Tensor {
    if dtype == .bool { refuse(name, "not implemented for 'Bool'") }
    return dtype.isFloatingPoint ? unary(op, type) : clone()
  }

  /// The elements above zero, and zero for the others; NaN stays.
  ///
  /// Any dtype but bool.
  public func relu() -> Tensor {
    checkRelu("relu")
    return unary(.AGK_RELU, ReluBackward0.self, floating: false)
  }

  private func checkNegation(_ operation: String) {
    guard dtype == .bool else { return }
    refuse(operation, "Negation, the `-` operator, on a bool tensor is not supported")
  }

  private func checkAbsolute(_ operation: String) {
    if dtype == .bool { refuse(operation, "\"abs_cpu\" not implemented for 'Bool'") }
  }

  private func checkRelu(_ operation: String) {
    if dtype == .bool { refuse(operation, "Boolean inputs not supported for relu") }
  }

  /// Negates the elements in place.
  @discardableResult
  public func neg_() -> Tensor {
    checkNegation("neg_")
    return unaryInPlace(.AGK_NEG, NegBackward0.self, "neg_", floating: false)
  }
  /// Makes the elements absolute in place.
  @discardableResult
  public func abs_() -> Tensor {
    checkAbsolute("abs_")
    return unaryInPlace(.AGK_ABS, AbsBackward0.self, "abs_", floating: false)
  }
  /// Replaces the elements by their exponentials in place.
  @discardableResult
  public func exp_() -> Tensor { unaryInPlace(.AGK_EXP, ExpBackward0.self, "exp_") }
  /// Replaces the elements by their natural logarithms in place.
  @discardableResult
  public func log_() -> Tensor { unaryInPlace(.AGK_LOG, LogBackward0.self, "log_") }
  /// Replaces the elements by their square roots in place.
  @discardableResult
  public func sqrt_() -> Tensor { unaryInPlace(.AGK_SQRT, SqrtBackward0.self, "sqrt_") }
  /// Replaces the elements by their reciprocals in place.
  @discardableResult
  public func reciprocal_() -> Tensor {
    unaryInPlace(.AGK_RECIPROCAL, ReciprocalBackward0.self, "reciprocal_")
  }
  /// Replaces the elements by their sines in place.
  @discardableResult
  public func sin_() -> Tensor { unaryInPlace(.AGK_SIN, SinBackward0.self, "sin_") }
  /// Replaces the elements by their cosines in place.
  @discardableResult
  public func cos_() -> Tensor { unaryInPlace(.AGK_COS, CosBackward0.self, "cos_") }
  /// Replaces the elements by their hyperbolic tangents in place.
  @discardableResult
  public func tanh_() -> Tensor { unaryInPlace(.AGK_TANH, TanhBackward0.self, "tanh_") }
  /// Replaces the elements by their sigmoids in place.
  @discardableResult
  public func sigmoid_() -> Tensor {
    unaryInPlace(.AGK_SIGMOID, SigmoidBackward0.self, "sigmoid_")
  }
  /// Replaces negative elements by zero in place.
  @discardableResult
  public func relu_() -> Tensor {
    checkRelu("relu_")
    return unaryInPlace(.AGK_RELU, ReluBackward0.self, "relu_", floating: false)
  }

  /// The negated elements.
  public static prefix func - (x: Tensor) -> Tensor { x.neg() }
}

// MARK: - The derivatives (PyTorch's tools/autograd/derivatives.yaml)

final class NegBackward0: UnaryNode {
  override class var saving: Saving { .nothing }
  override func backward(_ g: Tensor) -> Gradients { Gradients(-g) }
}

final class AbsBackward0: UnaryNode {
  override func backward(_ g: Tensor) -> Gradients { Gradients(g * input.sgn()) }
}

final class SignBackward0: UnaryNode {
  override class var saving: Saving { .nothing }
  override func backward(_ g: Tensor) -> Gradients { Gradients(.zeros(like: g)) }
}

final class SgnBackward0: Node {
  static let selfSlot = 0
  static let resultSlot = 1
  override class var savedNames: [String] { ["self", "result"] }
  override func backward(_ g: Tensor) -> Gradients { Gradients(.zeros(like: g)) }
}

final class ExpBackward0: UnaryNode {
  override class var saving: Saving { .result }
  override func backward(_ g: Tensor) -> Gradients { Gradients(g * result) }
}

final class LogBackward0: UnaryNode {
  override func backward(_ g: Tensor) -> Gradients { Gradients(g / input) }
}

final class SqrtBackward0: UnaryNode {
  override class var saving: Saving { .result }
  override func backward(_ g: Tensor) -> Gradients { Gradients(g / result.scaled(by: .int(2))) }
}

final class RsqrtBackward0: UnaryNode {
  override class var saving: Saving { .result }
  override func backward(_ g: Tensor) -> Gradients {
    let cube = result.pow(3)
    return Gradients(g.scaled(by: .double(-0.5)) * cube)
  }
}

final class ReciprocalBackward0: UnaryNode {
  override class var saving: Saving { .result }
  override func backward(_ g: Tensor) -> Gradients {
    let square = result * result
    return Gradients(-g * square)
  }
}

final class SinBackward0: UnaryNode {
  override func backward(_ g: Tensor) -> Gradients { Gradients(g * input.cos()) }
}

final class CosBackward0: UnaryNode {
  override func backward(_ g: Tensor) -> Gradients { Gradients(g * -input.sin()) }
}

final class AtanBackward0: UnaryNode {
  override func backward(_ g: Tensor) -> Gradients {
    Gradients(g / (input * input).shifted(by: .int(1)))
  }
}

final class TanhBackward0: UnaryNode {
  override class var saving: Saving { .result }
  override func backward(_ g: Tensor) -> Gradients { Gradients(g.tanhBackward(result)) }
}

final class SigmoidBackward0: UnaryNode {
  override class var saving: Saving { .result }
  override func backward(_ g: Tensor) -> Gradients { Gradients(g.sigmoidBackward(result)) }
}

final class ErfBackward0: UnaryNode {
  override func backward(_ g: Tensor) -> Gradients {
    let slope = (-input.pow(2)).exp().scaled(by: .double(2 / Double.pi.squareRoot()))
    return Gradients(slope * g)
  }
}

/// The rounding functions are flat wherever they have a derivative.
class FlatNode: UnaryNode {
  override final class var saving: Saving { .nothing }
  override final func backward(_ g: Tensor) -> Gradients { Gradients(.zeros(like: g)) }
}
final class FloorBackward0: FlatNode {}
final class CeilBackward0: FlatNode {}
final class RoundBackward0: FlatNode {}
final class TruncBackward0: FlatNode {}

final class ReluBackward0: UnaryNode {
  override class var saving: Saving { .result }
  override func backward(_ g: Tensor) -> Gradients { Gradients(g.thresholdBackward(result)) }
}

// MARK: - Derivatives that are operators of their own, with derivatives again

/// A backward kernel as an operator of the gradient and what was saved.
class BackwardKernelNode: Node {
  override init() { super.init() }
  /// The gradient that the kernel was given.
  final var gradOutput: Tensor { savedValue(0) }
  /// The saved tensor that the kernel was given.
  final var result: Tensor { savedValue(1) }
}

extension Tensor {
  private func backwardKernel<N: BackwardKernelNode>(
    _ op: agk_binary_op, _ saved: Tensor, _ name: String, _ makeNode: () -> N
  ) -> Tensor {
    let output = Elementwise.binary(op, self, saved, dtype, name)
    if isRecording(self) || isRecording(saved) {
      let node = makeNode()
      node.addEdge(to: self)
      node.addEdge(to: saved)
      node.save(.input(self), 0)
      node.save(.input(saved), 1)
      node.adopt(output)
    }
    return output
  }

  func tanhBackward(_ result: Tensor) -> Tensor {
    backwardKernel(.AGK_TANH_BACKWARD, result, "tanh_backward") { TanhBackwardBackward0() }
  }

  func sigmoidBackward(_ result: Tensor) -> Tensor {
    backwardKernel(.AGK_SIGMOID_BACKWARD, result, "sigmoid_backward") {
      SigmoidBackwardBackward0()
    }
  }

  func thresholdBackward(_ result: Tensor) -> Tensor {
    .recorded(
      Elementwise.binary(.AGK_RELU_BACKWARD, self, result, dtype, "threshold_backward"), self,
      result
    ) { ThresholdBackwardBackward0(.threshold(.int(0), .int(0))).saving(result) }
  }
}

final class TanhBackwardBackward0: BackwardKernelNode {
  override class var savedNames: [String] { ["grad_output", "output"] }
  override func backward(_ g: Tensor) -> Gradients {
    Gradients(
      needs(0) ? g.tanhBackward(result) : nil,
      needs(1) ? g * (result.scaled(by: .int(-2)) * gradOutput) : nil)
  }
}

final class SigmoidBackwardBackward0: BackwardKernelNode {
  override class var savedNames: [String] { ["grad_output", "output"] }
  override func backward(_ g: Tensor) -> Gradients {
    let first = needs(0) ? g.sigmoidBackward(result) : nil
    guard needs(1) else { return Gradients(first) }
    let slope = result.scaled(by: .int(-2)).shifted(by: .int(1))
    return Gradients(first, g * gradOutput * slope)
  }
}
