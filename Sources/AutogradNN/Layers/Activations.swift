// Activation functions as modules.

public import Autograd

/// max(x, 0).
public final class ReLU: Module {
  private let inplace: Bool
  /// A module; `inplace` overwrites the input.
  public init(inplace: Bool = false) {
    self.inplace = inplace
    super.init()
  }
  /// The positive part of the input.
  public override func forward(_ input: Tensor) -> Tensor {
    inplace ? input.relu_() : input.relu()
  }
  /// Whether the input is overwritten.
  public override var extraRepr: String { inplace ? "inplace=True" : "" }
}

/// min(max(x, 0), 6).
public final class ReLU6: Module {
  private let inplace: Bool
  /// A module; `inplace` overwrites the input.
  public init(inplace: Bool = false) {
    self.inplace = inplace
    super.init()
  }
  /// The input between 0 and 6.
  public override func forward(_ input: Tensor) -> Tensor {
    inplace ? input.relu6_() : input.relu6()
  }
  /// Whether the input is overwritten.
  public override var extraRepr: String { inplace ? "inplace=True" : "" }
}

/// x · sigmoid(x).
public final class SiLU: Module {
  private let inplace: Bool
  /// A module; `inplace` overwrites the input.
  public init(inplace: Bool = false) {
    self.inplace = inplace
    super.init()
  }
  /// The input, gated by its sigmoid.
  public override func forward(_ input: Tensor) -> Tensor {
    inplace ? input.silu_() : input.silu()
  }
  /// Whether the input is overwritten.
  public override var extraRepr: String { inplace ? "inplace=True" : "" }
}

/// x · tanh(softplus(x)).
public final class Mish: Module {
  private let inplace: Bool
  /// A module; `inplace` overwrites the input.
  public init(inplace: Bool = false) {
    self.inplace = inplace
    super.init()
  }
  /// The input, gated by the tanh of its softplus.
  public override func forward(_ input: Tensor) -> Tensor {
    inplace ? input.mish_() : input.mish()
  }
  /// Whether the input is overwritten.
  public override var extraRepr: String { inplace ? "inplace=True" : "" }
}

/// The scaled exponential linear unit (Klambauer et al., 2017).
public final class SELU: Module {
  private let inplace: Bool
  /// A module; `inplace` overwrites the input.
  public init(inplace: Bool = false) {
    self.inplace = inplace
    super.init()
  }
  /// SELU of the input.
  public override func forward(_ input: Tensor) -> Tensor {
    inplace ? input.selu_() : input.selu()
  }
  /// Whether the input is overwritten.
  public override var extraRepr: String { inplace ? "inplace=True" : "" }
}

/// min(max(x + 3, 0), 6) / 6.
public final class Hardsigmoid: Module {
  private let inplace: Bool
  /// A module; `inplace` overwrites the input.
  public init(inplace: Bool = false) {
    self.inplace = inplace
    super.init()
  }
  /// The piecewise linear sigmoid of the input.
  public override func forward(_ input: Tensor) -> Tensor {
    inplace ? input.hardsigmoid_() : input.hardsigmoid()
  }
}

/// x · hardsigmoid(x).
public final class Hardswish: Module {
  private let inplace: Bool
  /// A module; `inplace` overwrites the input.
  public init(inplace: Bool = false) {
    self.inplace = inplace
    super.init()
  }
  /// The input, gated by its hardsigmoid.
  public override func forward(_ input: Tensor) -> Tensor {
    inplace ? input.hardswish_() : input.hardswish()
  }
}

/// 1 / (1 + exp(-x)).
public final class Sigmoid: Module {
  /// A module without options.
  public override init() { super.init() }
  /// The sigmoid of the input.
  public override func forward(_ input: Tensor) -> Tensor { input.sigmoid() }
}

/// The hyperbolic tangent.
public final class Tanh: Module {
  /// A module without options.
  public override init() { super.init() }
  /// The tanh of the input.
  public override func forward(_ input: Tensor) -> Tensor { input.tanh() }
}

/// log(sigmoid(x)).
public final class LogSigmoid: Module {
  /// A module without options.
  public override init() { super.init() }
  /// The logarithm of the sigmoid of the input.
  public override func forward(_ input: Tensor) -> Tensor { input.logsigmoid() }
}

/// x / (1 + |x|).
public final class Softsign: Module {
  /// A module without options.
  public override init() { super.init() }
  /// Softsign of the input.
  public override func forward(_ input: Tensor) -> Tensor { input.softsign() }
}

/// x - tanh(x).
public final class Tanhshrink: Module {
  /// A module without options.
  public override init() { super.init() }
  /// What tanh takes off the input.
  public override func forward(_ input: Tensor) -> Tensor { input.tanhshrink() }
}

/// Softmax over the channels of an image, [N, C, H, W] or [C, H, W].
public final class Softmax2d: Module {
  /// A module without options.
  public override init() { super.init() }
  /// Shares of the channels at each position.
  public override func forward(_ input: Tensor) -> Tensor { input.softmax(dim: -3) }
}

/// Leaky ReLU of a slope drawn anew for each element while training.
public final class RReLU: Module {
  private let lower: Double
  private let upper: Double
  private let inplace: Bool
  /// A module with these numbers; `inplace` overwrites the input.
  public init(lower: Double = 1.0 / 8, upper: Double = 1.0 / 3, inplace: Bool = false) {
    self.lower = lower
    self.upper = upper
    self.inplace = inplace
    super.init()
  }
  /// RReLU of the input.
  public override func forward(_ input: Tensor) -> Tensor {
    inplace
      ? input.rrelu_(lower: lower, upper: upper, training: training)
      : input.rrelu(lower: lower, upper: upper, training: training)
  }
  /// The numbers.
  public override var extraRepr: String {
    "lower=\(lower), upper=\(upper)" + (inplace ? ", inplace=True" : "")
  }
}

/// The input between two bounds.
public final class Hardtanh: Module {
  private let minVal: Double
  private let maxVal: Double
  private let inplace: Bool
  /// A module with these numbers; `inplace` overwrites the input.
  public init(minVal: Double = -1, maxVal: Double = 1, inplace: Bool = false) {
    self.minVal = minVal
    self.maxVal = maxVal
    self.inplace = inplace
    super.init()
  }
  /// The input between the bounds.
  public override func forward(_ input: Tensor) -> Tensor {
    inplace
      ? input.hardtanh_(minVal: minVal, maxVal: maxVal)
      : input.hardtanh(minVal: minVal, maxVal: maxVal)
  }
  /// The numbers.
  public override var extraRepr: String {
    "min_val=\(minVal), max_val=\(maxVal)" + (inplace ? ", inplace=True" : "")
  }
}

/// x, below zero alpha · (exp(x) - 1).
public final class ELU: Module {
  private let alpha: Double
  private let inplace: Bool
  /// A module with these numbers; `inplace` overwrites the input.
  public init(alpha: Double = 1, inplace: Bool = false) {
    self.alpha = alpha
    self.inplace = inplace
    super.init()
  }
  /// ELU of the input.
  public override func forward(_ input: Tensor) -> Tensor {
    inplace ? input.elu_(alpha: alpha) : input.elu(alpha: alpha)
  }
  /// The numbers.
  public override var extraRepr: String {
    "alpha=\(alpha)" + (inplace ? ", inplace=True" : "")
  }
}

/// x, below zero alpha · (exp(x / alpha) - 1).
public final class CELU: Module {
  private let alpha: Double
  private let inplace: Bool
  /// A module with these numbers; `inplace` overwrites the input.
  public init(alpha: Double = 1, inplace: Bool = false) {
    self.alpha = alpha
    self.inplace = inplace
    super.init()
  }
  /// CELU of the input.
  public override func forward(_ input: Tensor) -> Tensor {
    inplace ? input.celu_(alpha: alpha) : input.celu(alpha: alpha)
  }
  /// The numbers.
  public override var extraRepr: String {
    "alpha=\(alpha)" + (inplace ? ", inplace=True" : "")
  }
}

/// x, below zero a share of it.
public final class LeakyReLU: Module {
  private let negativeSlope: Double
  private let inplace: Bool
  /// A module with these numbers; `inplace` overwrites the input.
  public init(negativeSlope: Double = 0.01, inplace: Bool = false) {
    self.negativeSlope = negativeSlope
    self.inplace = inplace
    super.init()
  }
  /// Leaky ReLU of the input.
  public override func forward(_ input: Tensor) -> Tensor {
    inplace
      ? input.leakyRelu_(negativeSlope: negativeSlope)
      : input.leakyRelu(negativeSlope: negativeSlope)
  }
  /// The numbers.
  public override var extraRepr: String {
    "negative_slope=\(negativeSlope)" + (inplace ? ", inplace=True" : "")
  }
}

/// x above a threshold, else a number.
public final class Threshold: Module {
  private let threshold: Double
  private let value: Double
  private let inplace: Bool
  /// A module with these numbers; `inplace` overwrites the input.
  public init(_ threshold: Double, _ value: Double, inplace: Bool = false) {
    self.threshold = threshold
    self.value = value
    self.inplace = inplace
    super.init()
  }
  /// The input or the number.
  public override func forward(_ input: Tensor) -> Tensor {
    inplace ? input.threshold_(threshold, value) : input.threshold(threshold, value)
  }
  /// The numbers.
  public override var extraRepr: String {
    "threshold=\(threshold), value=\(value)" + (inplace ? ", inplace=True" : "")
  }
}

/// x, but zero within lambda of zero.
public final class Hardshrink: Module {
  private let lambda: Double
  /// A module with these numbers.
  public init(lambda: Double = 0.5) {
    self.lambda = lambda
    super.init()
  }
  /// The input without what is small.
  public override func forward(_ input: Tensor) -> Tensor {
    input.hardshrink(lambda: lambda)
  }
  /// The numbers.
  public override var extraRepr: String { "\(lambda)" }
}

/// x brought nearer to zero by lambda.
public final class Softshrink: Module {
  private let lambda: Double
  /// A module with these numbers.
  public init(lambda: Double = 0.5) {
    self.lambda = lambda
    super.init()
  }
  /// The input nearer to zero.
  public override func forward(_ input: Tensor) -> Tensor {
    input.softshrink(lambda: lambda)
  }
  /// The numbers.
  public override var extraRepr: String { "\(lambda)" }
}

/// log(1 + exp(beta · x)) / beta, x above a threshold.
public final class Softplus: Module {
  private let beta: Double
  private let threshold: Double
  /// A module with these numbers.
  public init(beta: Double = 1, threshold: Double = 20) {
    self.beta = beta
    self.threshold = threshold
    super.init()
  }
  /// Softplus of the input.
  public override func forward(_ input: Tensor) -> Tensor {
    input.softplus(beta: beta, threshold: threshold)
  }
  /// The numbers.
  public override var extraRepr: String { "beta=\(beta), threshold=\(threshold)" }
}

/// The first half of a dimension, gated by the sigmoid of the second.
public final class GLU: Module {
  private let dim: Int
  /// A module with these numbers.
  public init(dim: Int = -1) {
    self.dim = dim
    super.init()
  }
  /// The gated first half of the input.
  public override func forward(_ input: Tensor) -> Tensor {
    input.glu(dim: dim)
  }
  /// The numbers.
  public override var extraRepr: String { "dim=\(dim)" }
}

/// exp(x) / Σ exp(x) along a dimension.
public final class Softmax: Module {
  private let dim: Int
  /// A module with these numbers.
  public init(dim: Int) {
    self.dim = dim
    super.init()
  }
  /// Shares along the dimension.
  public override func forward(_ input: Tensor) -> Tensor {
    input.softmax(dim: dim)
  }
  /// The numbers.
  public override var extraRepr: String { "dim=\(dim)" }
}

/// The logarithm of softmax along a dimension.
public final class LogSoftmax: Module {
  private let dim: Int
  /// A module with these numbers.
  public init(dim: Int) {
    self.dim = dim
    super.init()
  }
  /// Logarithms of shares along the dimension.
  public override func forward(_ input: Tensor) -> Tensor {
    input.logSoftmax(dim: dim)
  }
  /// The numbers.
  public override var extraRepr: String { "dim=\(dim)" }
}

/// Softmax of the negative input along a dimension.
public final class Softmin: Module {
  private let dim: Int
  /// A module with these numbers.
  public init(dim: Int) {
    self.dim = dim
    super.init()
  }
  /// Shares along the dimension.
  public override func forward(_ input: Tensor) -> Tensor {
    (-input).softmax(dim: dim)
  }
  /// The numbers.
  public override var extraRepr: String { "dim=\(dim)" }
}

/// x times the share of a normal distribution that lies below it.
public final class GELU: Module {
  private let approximate: GELUApproximation
  /// A module, by the error function unless said.
  public init(approximate: GELUApproximation = .none) {
    self.approximate = approximate
    super.init()
  }
  /// GELU of the input.
  public override func forward(_ input: Tensor) -> Tensor { input.gelu(approximate: approximate) }
  /// How the share is found.
  public override var extraRepr: String { "approximate='\(approximate.rawValue)'" }
}

/// x, below zero a share of it that is learned.
public final class PReLU: Module {
  /// The shares: one, or one for each channel.
  @Parameter public var weight: Tensor
  /// A module with `numParameters` shares, which are `initial` at first.
  public init(numParameters: Int = 1, initial: Double = 0.25, dtype: DType = .float32) {
    weight = .full([numParameters], initial, dtype: dtype)
    super.init()
  }
  /// PReLU of the input, whose channels are dimension 1.
  public override func forward(_ input: Tensor) -> Tensor { input.prelu(weight) }
  /// The number of shares.
  public override var extraRepr: String { "num_parameters=\(weight.count)" }
}
