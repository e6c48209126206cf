// Activations in pieces: elu and its kin, leaky relu, hardtanh, the hard sigmoids, the shrinks.

internal import CKernels
internal import GraphModel

// MARK: - elu, selu, celu

/// The numbers of an exponential linear unit, kept as PyTorch shows them.
struct ELUSettings {
  var alpha: Scalar
  var scale = Scalar.int(1)
  var inputScale = Scalar.int(1)

  static let selu = ELUSettings(
    alpha: .double(1.6732632423543772848170429916717),
    scale: .double(1.0507009873554804934193349852946))

  static func celu(_ alpha: Scalar) -> ELUSettings {
    // PyTorch's derivative takes alpha in float32.
    ELUSettings(alpha: alpha, inputScale: .double(1 / Double(Float(alpha.double))))
  }

  /// The numbers for celu's value, which takes alpha as it is.
  var celuNumbers: FusedNumbers { (alpha.double, 1, 1 / alpha.double) }
  var numbers: FusedNumbers { (alpha.double * scale.double, scale.double, inputScale.double) }
  var attributes: [String: AttributeValue] {
    ["alpha": alpha.attribute, "scale": scale.attribute, "input_scale": inputScale.attribute]
  }
}

extension Tensor {
  /// x where it is positive, alpha · (eˣ - 1) where it is not.
  ///
  /// Floating point only.
  public func elu(alpha: some ScalarConvertible = 1.0) -> Tensor {
    elu(ELUSettings(alpha: alpha.scalar), "elu")
  }

  /// The scaled exponential linear unit, whose outputs keep mean and variance.
  ///
  /// Floating point only. Source of the constants: Klambauer and others, 2017.
  public func selu() -> Tensor { elu(.selu, "selu") }

  /// x where it is positive, alpha · (exp(x / alpha) - 1) where it is not.
  ///
  /// Floating point only; alpha is not zero.
  public func celu(alpha: some ScalarConvertible = 1.0) -> Tensor {
    let settings = celuSettings(alpha.scalar)
    return activation("celu", .AGK_ELU, settings.celuNumbers) {
      CeluBackward0(settings).saving(self)
    }
  }

  /// `elu` in place.
  @discardableResult
  public func elu_(alpha: some ScalarConvertible = 1.0) -> Tensor {
    let settings = ELUSettings(alpha: alpha.scalar)
    return eluInPlace(settings.numbers, "elu_") { EluBackward1(settings) }
  }

  /// `selu` in place.
  @discardableResult
  public func selu_() -> Tensor {
    eluInPlace(ELUSettings.selu.numbers, "selu_") { EluBackward1(.selu) }
  }

  /// `celu` in place.
  @discardableResult
  public func celu_(alpha: some ScalarConvertible = 1.0) -> Tensor {
    let settings = celuSettings(alpha.scalar)
    return eluInPlace(settings.celuNumbers, "celu_") { CeluBackward1(settings) }
  }

  private func elu(_ settings: ELUSettings, _ operation: String) -> Tensor {
    activation(operation, .AGK_ELU, settings.numbers) { EluBackward0(settings).saving(self) }
  }

  private func eluInPlace(
    _ numbers: FusedNumbers, _ operation: String, node: () -> Node
  ) -> Tensor {
    checkFloatingPoint(operation, "elu_cpu")
    return inPlace(operation) {
      node()
    } compute: {
      Elementwise.fused(.AGK_ELU, self, numbers: numbers, into: self)
    } after: {
      $0.save(.result(self), 0)
    }
  }

  private func celuSettings(_ alpha: Scalar) -> ELUSettings {
    if alpha.isExactly(0) { refuse("celu", "ZeroDivisionError: alpha cannot be 0 for CELU") }
    return .celu(alpha)
  }

  fileprivate func eluBackward(_ x: Tensor, _ settings: ELUSettings, ofResult: Bool) -> Tensor {
    if ofResult, settings.alpha.double < 0 {
      refuse(
        "elu_",
        "In-place elu backward calculation is triggered with a negative slope which is not "
          + "supported. This is caused by calling in-place forward function with a negative slope, "
          + "please call out-of-place version instead.")
    }
    return activationBackward(
      x, ofResult ? .AGK_ELU_BACKWARD_OF_RESULT : .AGK_ELU_BACKWARD, settings.numbers,
      "elu_backward"
    ) { EluBackwardBackward0(settings, ofResult: ofResult).saving(self, x) }
  }
}

/// The derivative of an exponential linear unit, by its input or, in place, by its result.
class ELUNode: Node {
  final let settings: ELUSettings
  class var isOfResult: Bool { false }

  init(_ settings: ELUSettings) {
    self.settings = settings
    super.init()
  }

  override final class var savedNames: [String] { [isOfResult ? "result" : "self"] }
  override var attributes: [String: AttributeValue] { settings.attributes }

  override final func backward(_ g: Tensor) -> Gradients {
    Gradients(g.eluBackward(savedValue(0), settings, ofResult: Self.isOfResult))
  }
}

final class EluBackward0: ELUNode {}

final class EluBackward1: ELUNode {
  override class var isOfResult: Bool { true }
}

final class CeluBackward0: ELUNode {
  override var attributes: [String: AttributeValue] { ["alpha": settings.alpha.attribute] }
}

final class CeluBackward1: ELUNode {
  override class var isOfResult: Bool { true }
  override var attributes: [String: AttributeValue] { ["alpha": settings.alpha.attribute] }
}

final class EluBackwardBackward0: ActivationBackwardNode {
  private let settings: ELUSettings
  private let isOfResult: Bool

  init(_ settings: ELUSettings, ofResult: Bool) {
    self.settings = settings
    isOfResult = ofResult
    super.init()
  }

  override class var savedNames: [String] { ["grad_output", "self_or_result"] }
  override var attributes: [String: AttributeValue] {
    settings.attributes.merging(["is_result": .bool(isOfResult)]) { $1 }
  }

  override func backward(_ g: Tensor) -> Gradients {
    let first = needs(0) ? g.eluBackward(input, settings, ofResult: isOfResult) : nil
    guard needs(1) else { return Gradients(first) }
    let inCurve = input.lt(0)
    let gradient = (g * gradOutput).scaled(by: settings.inputScale)
    guard !isOfResult else { return Gradients(first, gradient * inCurve) }
    return Gradients(first, gradient.eluBackward(input, settings, ofResult: false) * inCurve)
  }
}

// MARK: - Straight pieces

/// An activation of straight pieces and its numbers, of which some have but the first.
struct PiecewiseFunction {
  enum Kind: String {
    case leakyRelu, hardtanh, hardshrink, softshrink, threshold
  }

  let kind: Kind
  let first: Scalar
  var second = Scalar.int(0)

  static func leakyRelu(_ slope: Scalar) -> PiecewiseFunction {
    PiecewiseFunction(kind: .leakyRelu, first: slope)
  }

  static func hardtanh(_ low: Scalar, _ high: Scalar) -> PiecewiseFunction {
    PiecewiseFunction(kind: .hardtanh, first: low, second: high)
  }

  static func hardshrink(_ lambda: Scalar) -> PiecewiseFunction {
    PiecewiseFunction(kind: .hardshrink, first: lambda)
  }

  static func softshrink(_ lambda: Scalar) -> PiecewiseFunction {
    PiecewiseFunction(kind: .softshrink, first: lambda)
  }

  static func threshold(_ threshold: Scalar, _ value: Scalar) -> PiecewiseFunction {
    PiecewiseFunction(kind: .threshold, first: threshold, second: value)
  }

  var numbers: FusedNumbers { (first.double, second.double, 0) }

  var attributes: [String: AttributeValue] {
    switch kind {
    case .leakyRelu: ["negative_slope": first.attribute]
    case .hardtanh: ["min_val": first.attribute, "max_val": second.attribute]
    case .hardshrink, .softshrink: ["lambd": first.attribute]
    case .threshold: ["threshold": first.attribute]
    }
  }

  /// PyTorch's name of the derivative.
  private var derivative: String {
    switch kind {
    case .leakyRelu: "leaky_relu_backward"
    case .hardtanh: "hardtanh_backward"
    case .hardshrink: "hardshrink_backward"
    case .softshrink: "softshrink_backward"
    case .threshold: "threshold_backward"
    }
  }

  private var backward: agk_fused_op {
    switch kind {
    case .leakyRelu: .AGK_LEAKY_RELU_BACKWARD
    case .hardtanh: .AGK_HARDTANH_BACKWARD
    case .hardshrink, .softshrink: .AGK_SHRINK_BACKWARD
    case .threshold: .AGK_THRESHOLD_BACKWARD
    }
  }

  /// The node of the derivative's derivative.
  private func makeNode() -> Node {
    switch kind {
    case .leakyRelu: LeakyReluBackwardBackward0(self)
    case .hardtanh: HardtanhBackwardBackward0(self)
    case .hardshrink: HardshrinkBackwardBackward0(self)
    case .softshrink: SoftshrinkBackwardBackward0(self)
    case .threshold: ThresholdBackwardBackward0(self)
    }
  }

  /// The function's derivative, times the gradient, at its input (or result, which has its sign).
  func derivative(_ gradient: Tensor, _ x: Tensor) -> Tensor {
    gradient.activationBackward(x, backward, numbers, derivative) {
      let node = makeNode()
      node.save(.input(x), 0)
      return node
    }
  }
}

/// The derivative of a piecewise function, or that derivative's: both save but the input.
class PiecewiseNode: Node {
  final let function: PiecewiseFunction

  init(_ function: PiecewiseFunction) {
    self.function = function
    super.init()
  }

  override class var savedNames: [String] { ["self"] }
  override final var attributes: [String: AttributeValue] { function.attributes }

  override func backward(_ g: Tensor) -> Gradients {
    Gradients(function.derivative(g, savedValue(0)))
  }
}

/// The pieces are straight: the derivative by the input is zero.
class PiecewiseBackwardNode: PiecewiseNode {
  override final func backward(_ g: Tensor) -> Gradients {
    Gradients(
      needs(0) ? function.derivative(g, savedValue(0)) : nil, needs(1) ? .zeros(like: g) : nil)
  }
}

final class LeakyReluBackward0: PiecewiseNode {}
final class LeakyReluBackward1: PiecewiseNode {
  override class var savedNames: [String] { ["result"] }
}
final class HardtanhBackward0: PiecewiseNode {}
final class HardshrinkBackward0: PiecewiseNode {}
final class SoftshrinkBackward0: PiecewiseNode {}
final class ThresholdBackward0: PiecewiseNode {}
final class ThresholdBackward1: PiecewiseNode {}
final class LeakyReluBackwardBackward0: PiecewiseBackwardNode {}
final class HardtanhBackwardBackward0: PiecewiseBackwardNode {}
final class HardshrinkBackwardBackward0: PiecewiseBackwardNode {}
final class SoftshrinkBackwardBackward0: PiecewiseBackwardNode {}
final class ThresholdBackwardBackward0: PiecewiseBackwardNode {}

extension Tensor {
  /// x where it is positive, `negativeSlope` · x where it is not.
  ///
  /// Floating point only.
  public func leakyRelu(negativeSlope: some ScalarConvertible = 0.01) -> Tensor {
    let function = PiecewiseFunction.leakyRelu(negativeSlope.scalar)
    return activation("leaky_relu", .AGK_LEAKY_RELU, function.numbers) {
      LeakyReluBackward0(function).saving(self)
    }
  }

  /// `leakyRelu` in place; the slope is not negative where gradients are wanted.
  @discardableResult
  public func leakyRelu_(negativeSlope: some ScalarConvertible = 0.01) -> Tensor {
    checkFloatingPoint("leaky_relu_", "leaky_relu_cpu")
    let function = PiecewiseFunction.leakyRelu(negativeSlope.scalar)
    if negativeSlope.scalar.double < 0, isRecording(self) {
      refuse(
        "leaky_relu_",
        "In-place leakyReLu backward calculation is triggered with a negative slope which is not "
          + "supported. Please call the out-of-place version instead.")
    }
    return inPlace("leaky_relu_") {
      LeakyReluBackward1(function)
    } compute: {
      Elementwise.fused(.AGK_LEAKY_RELU, self, numbers: function.numbers, into: self)
    } after: {
      $0.save(.result(self), 0)
    }
  }

  /// x between the bounds, and the nearer bound outside.
  ///
  /// Any dtype but bool.
  public func hardtanh(
    minVal: some ScalarConvertible = -1.0, maxVal: some ScalarConvertible = 1.0
  ) -> Tensor { hardtanh(.hardtanh(minVal.scalar, maxVal.scalar), "hardtanh") }

  /// x between 0 and 6, and the nearer of the two outside.
  ///
  /// Any dtype but bool.
  public func relu6() -> Tensor { hardtanh(.hardtanh(.int(0), .int(6)), "relu6") }

  /// `hardtanh` in place.
  @discardableResult
  public func hardtanh_(
    minVal: some ScalarConvertible = -1, maxVal: some ScalarConvertible = 1
  ) -> Tensor { hardtanhInPlace(.hardtanh(minVal.scalar, maxVal.scalar), "hardtanh_") }

  /// `relu6` in place.
  @discardableResult
  public func relu6_() -> Tensor { hardtanhInPlace(.hardtanh(.int(0), .int(6)), "relu6_") }

  private func hardtanh(_ function: PiecewiseFunction, _ operation: String) -> Tensor {
    checkHardtanh(operation)
    let bounds = hardtanhBounds(function)
    return .recorded(
      Elementwise.fused(.AGK_CLAMP, self, bounds.low, bounds.high, name: operation), self
    ) { HardtanhBackward0(function).saving(self) }
  }

  private func hardtanhInPlace(_ function: PiecewiseFunction, _ operation: String) -> Tensor {
    checkHardtanh(operation)
    let bounds = hardtanhBounds(function)
    return inPlace(operation) {
      HardtanhBackward0(function).saving(clone())
    } compute: {
      Elementwise.fused(.AGK_CLAMP, self, bounds.low, bounds.high, into: self)
    }
  }

  private func checkHardtanh(_ operation: String) {
    if dtype == .bool { refuse(operation, "Bool inputs not supported for hardtanh") }
  }

  private func hardtanhBounds(_ function: PiecewiseFunction) -> (low: Tensor, high: Tensor) {
    (
      .full(Dims(), .double(function.numbers.0), dtype),
      .full(Dims(), .double(function.numbers.1), dtype)
    )
  }

  /// Zero between -lambda and lambda, and x outside.
  ///
  /// Floating point only.
  public func hardshrink(lambda: some ScalarConvertible = 0.5) -> Tensor {
    let function = PiecewiseFunction.hardshrink(lambda.scalar)
    return activation("hardshrink", .AGK_HARDSHRINK, function.numbers) {
      HardshrinkBackward0(function).saving(self)
    }
  }

  /// Zero between -lambda and lambda, and x drawn to zero by lambda outside.
  ///
  /// Floating point only; lambda is not negative.
  public func softshrink(lambda: some ScalarConvertible = 0.5) -> Tensor {
    guard lambda.scalar.double >= 0 else {
      let limit = dtype == .float64 ? "1.79769e+308" : "3.40282e+38"
      let found = Int(exactly: lambda.scalar.double).map { "\($0)" } ?? "\(lambda.scalar.double)"
      refuse(
        "softshrink",
        "lambda must be in range [0, \(limit)] for input dtype \(dtype.scalarTypeName), but found "
          + found)
    }
    let function = PiecewiseFunction.softshrink(lambda.scalar)
    return activation("softshrink", .AGK_SOFTSHRINK, function.numbers) {
      SoftshrinkBackward0(function).saving(self)
    }
  }

  /// x where it is above the threshold, and `value` where it is not; NaN stays.
  ///
  /// Any dtype but bool.
  public func threshold(
    _ threshold: some ScalarConvertible, _ value: some ScalarConvertible
  ) -> Tensor {
    checkThreshold("threshold")
    let function = PiecewiseFunction.threshold(threshold.scalar, value.scalar)
    return .recorded(
      Elementwise.fused(.AGK_THRESHOLD, self, numbers: function.numbers, name: "threshold"), self
    ) { ThresholdBackward0(function).saving(self) }
  }

  /// `threshold` in place.
  @discardableResult
  public func threshold_(
    _ threshold: some ScalarConvertible, _ value: some ScalarConvertible
  ) -> Tensor {
    checkThreshold("threshold_")
    let function = PiecewiseFunction.threshold(threshold.scalar, value.scalar)
    return inPlace("threshold_") {
      ThresholdBackward1(function).saving(clone())
    } compute: {
      Elementwise.fused(.AGK_THRESHOLD, self, numbers: function.numbers, into: self)
    }
  }

  private func checkThreshold(_ operation: String) {
    if dtype == .bool { refuse(operation, "\"threshold_cpu\" not implemented for 'Bool'") }
  }
}

// MARK: - hardsigmoid, hardswish

extension Tensor {
  /// (x + 3) / 6 between -3 and 3, 0 below and 1 above.
  ///
  /// Floating point only. It can be differentiated once, as in PyTorch.
  public func hardsigmoid() -> Tensor {
    activation("hardsigmoid", .AGK_HARDSIGMOID) { HardsigmoidBackward0().saving(self) }
  }

  /// `hardsigmoid` in place.
  @discardableResult
  public func hardsigmoid_() -> Tensor {
    activationInPlace("hardsigmoid_", .AGK_HARDSIGMOID) { HardsigmoidBackward0().saving($0) }
  }

  /// x · hardsigmoid(x).
  ///
  /// Floating point only.
  public func hardswish() -> Tensor {
    activation("hardswish", .AGK_HARDSWISH) { HardswishBackward0().saving(self) }
  }

  /// `hardswish` in place.
  @discardableResult
  public func hardswish_() -> Tensor {
    activationInPlace("hardswish_", .AGK_HARDSWISH) { HardswishBackward0().saving($0) }
  }

  fileprivate func hardswishBackward(_ x: Tensor) -> Tensor {
    activationBackward(x, .AGK_HARDSWISH_BACKWARD, (0, 0, 0), "hardswish_backward") {
      HardswishBackwardBackward0().saving(self, x)
    }
  }
}

final class HardsigmoidBackward0: Node {
  override class var savedNames: [String] { ["self"] }
  override func backward(_ g: Tensor) -> Gradients {
    Gradients(
      g.activationBackward(
        savedValue(0), .AGK_HARDSIGMOID_BACKWARD, (0, 0, 0), "hardsigmoid_backward"
      ) { NotImplemented("hardsigmoid_backward") })
  }
}

final class HardswishBackward0: Node {
  override class var savedNames: [String] { ["self"] }
  override func backward(_ g: Tensor) -> Gradients { Gradients(g.hardswishBackward(savedValue(0))) }
}

final class HardswishBackwardBackward0: ActivationBackwardNode {
  override func backward(_ g: Tensor) -> Gradients {
    let first = needs(0) ? g.hardswishBackward(input) : nil
    guard needs(1) else { return Gradients(first) }
    let isCurved = input.gt(-3.0) * input.lt(3.0)
    let slope = (g * gradOutput).divided(by: .double(3))
    return Gradients(first, .where(isCurved, slope, .zero(input.dtype)))
  }
}
