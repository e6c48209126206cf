// Layers that multiply by a matrix.

public import Autograd

/// x · weightᵀ + bias over the last dimension.
///
/// weight: [outFeatures, inFeatures], bias: [outFeatures], drawn evenly within 1/√inFeatures of zero.
public final class Linear: Module {
  /// The matrix, [outFeatures, inFeatures].
  @Parameter public var weight: Tensor
  /// What is added, [outFeatures], if anything.
  @Parameter public var bias: Tensor?
  /// The size of the input's last dimension.
  public let inFeatures: Int
  /// The size of the output's last dimension.
  public let outFeatures: Int

  private let name: String

  /// A layer with random parameters.
  public convenience init(
    _ inFeatures: Int, _ outFeatures: Int, bias: Bool = true, dtype: DType = .float32
  ) {
    self.init(inFeatures, outFeatures, bias: bias, dtype: dtype, name: "Linear")
  }

  /// A layer that calls itself otherwise in descriptions.
  init(_ inFeatures: Int, _ outFeatures: Int, bias: Bool, dtype: DType, name: String) {
    self.name = name
    self.inFeatures = inFeatures
    self.outFeatures = outFeatures
    weight = .zeros(outFeatures, inFeatures, dtype: dtype)
    self.bias = bias ? .zeros(outFeatures, dtype: dtype) : nil
    super.init()
    resetParameters()
  }

  /// The module's class, as PyTorch calls it.
  public override var typeName: String { name }

  /// Draws the parameters anew.
  public func resetParameters() {
    Init.drawLinear(weight, bias)
  }

  /// [*, inFeatures] to [*, outFeatures].
  public override func forward(_ input: Tensor) -> Tensor { input.linear(weight, bias: bias) }

  /// The sizes, and whether there is a bias.
  public override var extraRepr: String {
    "in_features=\(inFeatures), out_features=\(outFeatures), bias=\(python(bias != nil))"
  }
}

/// x1ᵀ · weight · x2 + bias for each output.
///
/// weight: [outFeatures, in1Features, in2Features], drawn evenly within 1/√in1Features of zero.
public final class Bilinear: Module {
  /// The matrices, [outFeatures, in1Features, in2Features].
  @Parameter public var weight: Tensor
  /// What is added, [outFeatures], if anything.
  @Parameter public var bias: Tensor?
  /// The size of the first input's last dimension.
  public let in1Features: Int
  /// The size of the second input's last dimension.
  public let in2Features: Int
  /// The size of the output's last dimension.
  public let outFeatures: Int

  /// A layer with random parameters.
  public init(
    _ in1Features: Int, _ in2Features: Int, _ outFeatures: Int, bias: Bool = true,
    dtype: DType = .float32
  ) {
    guard in1Features > 0 else {
      refuse("Bilinear", "in1_features must be > 0, but got \(in1Features)")
    }
    self.in1Features = in1Features
    self.in2Features = in2Features
    self.outFeatures = outFeatures
    weight = .zeros(outFeatures, in1Features, in2Features, dtype: dtype)
    self.bias = bias ? .zeros(outFeatures, dtype: dtype) : nil
    super.init()
    let bound = 1 / Double(in1Features).squareRoot()
    Init.uniform_(weight, a: -bound, b: bound)
    if let bias = self.bias { Init.uniform_(bias, a: -bound, b: bound) }
  }

  /// [*, in1Features] and [*, in2Features] to [*, outFeatures].
  public func callAsFunction(_ input1: Tensor, _ input2: Tensor) -> Tensor {
    call([input1, input2]) { [$0[0].bilinear($0[1], weight, bias: bias)] }[0]
  }

  /// The sizes, and whether there is a bias.
  public override var extraRepr: String {
    "in1_features=\(in1Features), in2_features=\(in2Features), out_features=\(outFeatures), "
      + "bias=\(python(bias != nil))"
  }
}

extension Init {
  /// PyTorch's default for linear layers and convolutions: both even within 1/√(fan in) of zero.
  static func drawLinear(_ weight: Tensor, _ bias: Tensor?) {
    kaimingUniform_(weight, a: 5.0.squareRoot())
    guard let bias else { return }
    let fanIn = fans(weight, "reset_parameters").in
    guard fanIn > 0 else { return }
    let bound = 1 / Double(fanIn).squareRoot()
    uniform_(bias, a: -bound, b: bound)
  }
}
