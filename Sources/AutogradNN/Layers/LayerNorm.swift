// Normalisations of each example on its own.

public import Autograd

/// Normalisation over the last dimensions (Ba et al., 2016).
public final class LayerNorm: Module {
  /// What the normalised elements are multiplied by, if anything.
  @Parameter public var weight: Tensor?
  /// What is added to them, if anything.
  @Parameter public var bias: Tensor?
  /// The sizes of the dimensions.
  public let normalizedShape: [Int]
  /// What is added to the variance.
  public let eps: Double

  /// A layer whose weight is one and bias zero.
  public init(
    _ normalizedShape: [Int], eps: Double = 1e-5, elementwiseAffine: Bool = true,
    bias: Bool = true, dtype: DType = .float32
  ) {
    self.normalizedShape = normalizedShape
    self.eps = eps
    weight = elementwiseAffine ? .ones(normalizedShape, dtype: dtype) : nil
    self.bias = elementwiseAffine && bias ? .zeros(normalizedShape, dtype: dtype) : nil
    super.init()
  }

  /// A layer over the last dimension.
  public convenience init(
    _ normalizedShape: Int, eps: Double = 1e-5, elementwiseAffine: Bool = true,
    bias: Bool = true, dtype: DType = .float32
  ) {
    self.init(
      [normalizedShape], eps: eps, elementwiseAffine: elementwiseAffine, bias: bias, dtype: dtype)
  }

  /// The input with mean 0 and variance 1 over the dimensions, times weight plus bias.
  public override func forward(_ input: Tensor) -> Tensor {
    input.layerNorm(normalizedShape, weight: weight, bias: bias, eps: eps)
  }

  /// The sizes, and whether there are parameters.
  public override var extraRepr: String {
    "\(python(normalizedShape)), eps=\(eps), elementwise_affine=\(python(weight != nil)), "
      + "bias=\(python(bias != nil))"
  }
}

/// Division by the root of the mean of squares over the last dimensions (Zhang and Sennrich, 2019).
public final class RMSNorm: Module {
  /// What the result is multiplied by, if anything.
  @Parameter public var weight: Tensor?
  /// The sizes of the dimensions.
  public let normalizedShape: [Int]
  /// What is added to the mean; nil for the dtype's spacing at 1.
  public let eps: Double?

  /// A layer whose weight is one.
  public init(
    _ normalizedShape: [Int], eps: Double? = nil, elementwiseAffine: Bool = true,
    dtype: DType = .float32
  ) {
    self.normalizedShape = normalizedShape
    self.eps = eps
    weight = elementwiseAffine ? .ones(normalizedShape, dtype: dtype) : nil
    super.init()
  }

  /// A layer over the last dimension.
  public convenience init(
    _ normalizedShape: Int, eps: Double? = nil, elementwiseAffine: Bool = true,
    dtype: DType = .float32
  ) {
    self.init([normalizedShape], eps: eps, elementwiseAffine: elementwiseAffine, dtype: dtype)
  }

  /// The input divided by its size over the dimensions, times weight.
  public override func forward(_ input: Tensor) -> Tensor {
    input.rmsNorm(normalizedShape, weight: weight, eps: eps)
  }

  /// The sizes, and whether there is a weight.
  public override var extraRepr: String {
    "\(python(normalizedShape)), eps=\(python(eps)), elementwise_affine=\(python(weight != nil))"
  }
}

/// Normalisation over groups of channels (Wu and He, 2018).
public final class GroupNorm: Module {
  /// What the normalised channels are multiplied by, if anything.
  @Parameter public var weight: Tensor?
  /// What is added to them, if anything.
  @Parameter public var bias: Tensor?
  /// The number of groups.
  public let numGroups: Int
  /// The number of channels.
  public let numChannels: Int
  /// What is added to the variance.
  public let eps: Double

  /// A layer whose weight is one and bias zero.
  public init(
    _ numGroups: Int, _ numChannels: Int, eps: Double = 1e-5, affine: Bool = true,
    bias: Bool = true, dtype: DType = .float32
  ) {
    guard numChannels % numGroups == 0 else {
      refuse(
        "GroupNorm", "num_channels (\(numChannels)) must be divisible by num_groups (\(numGroups))")
    }
    self.numGroups = numGroups
    self.numChannels = numChannels
    self.eps = eps
    weight = affine ? .ones(numChannels, dtype: dtype) : nil
    self.bias = affine && bias ? .zeros(numChannels, dtype: dtype) : nil
    super.init()
  }

  /// The input, each group of channels with mean 0 and variance 1, times weight plus bias.
  public override func forward(_ input: Tensor) -> Tensor {
    input.groupNorm(numGroups, weight: weight, bias: bias, eps: eps)
  }

  /// The numbers of groups and channels, and whether there are parameters.
  public override var extraRepr: String {
    "\(numGroups), \(numChannels), eps=\(eps), affine=\(python(weight != nil)), "
      + "bias=\(python(bias != nil))"
  }
}
