// How parameters are filled before training, PyTorch's torch.nn.init.

public import Autograd

/// Ways to fill a tensor, without history: `Init.kaimingUniform_(weight, a: 5.0.squareRoot())`.
///
/// After the same `manualSeed` they give PyTorch's numbers.
public enum Init {
  /// Fills with numbers drawn evenly from `a` up to `b`.
  @discardableResult
  public static func uniform_(_ tensor: Tensor, a: Double = 0, b: Double = 1) -> Tensor {
    noGrad { tensor.uniform_(from: a, to: b) }
  }

  /// Fills with numbers drawn from a normal distribution.
  @discardableResult
  public static func normal_(_ tensor: Tensor, mean: Double = 0, std: Double = 1) -> Tensor {
    noGrad { tensor.normal_(mean: mean, std: std) }
  }

  /// Fills with one number.
  @discardableResult
  public static func constant_(_ tensor: Tensor, _ value: Double) -> Tensor {
    noGrad { tensor.fill_(value) }
  }

  /// Fills with ones.
  @discardableResult
  public static func ones_(_ tensor: Tensor) -> Tensor { constant_(tensor, 1) }

  /// Fills with zeros.
  @discardableResult
  public static func zeros_(_ tensor: Tensor) -> Tensor { noGrad { tensor.zero_() } }

  /// Makes a matrix the identity; traps for other than two dimensions.
  @discardableResult
  public static func eye_(_ tensor: Tensor) -> Tensor {
    guard tensor.dim == 2 else {
      refuse("init.eye_", "Only tensors with 2 dimensions are supported")
    }
    return noGrad { tensor.copy_(.eye(tensor.size(0), tensor.size(1), dtype: tensor.dtype)) }
  }

  /// Lets a convolution's weight of three to five dimensions hand its input on, in `groups` groups.
  @discardableResult
  public static func dirac_(_ tensor: Tensor, groups: Int = 1) -> Tensor {
    guard (3...5).contains(tensor.dim) else {
      refuse("init.dirac_", "Only tensors with 3, 4, or 5 dimensions are supported")
    }
    guard tensor.size(0) % groups == 0 else {
      refuse("init.dirac_", "dim 0 must be divisible by groups")
    }
    let outputs = tensor.size(0) / groups
    let centre = tensor.shape.dropFirst(2).map { $0 / 2 }
    return noGrad {
      tensor.zero_()
      for group in 0..<groups {
        for d in 0..<min(outputs, tensor.size(1)) {
          var element = tensor[group * outputs + d][d]
          for position in centre { element = element[position] }
          element.fill_(1)
        }
      }
      return tensor
    }
  }

  /// Fills evenly within √3 · gain · √(2 / (fan in + fan out)) of zero (Glorot and Bengio, 2010).
  @discardableResult
  public static func xavierUniform_(_ tensor: Tensor, gain: Double = 1) -> Tensor {
    let (fanIn, fanOut) = fans(tensor, "init.xavier_uniform_")
    let std = gain * (2 / Double(fanIn + fanOut)).squareRoot()
    let bound = 3.0.squareRoot() * std
    return uniform_(tensor, a: -bound, b: bound)
  }

  /// Fills normally with deviation gain · √(2 / (fan in + fan out)) (Glorot and Bengio, 2010).
  @discardableResult
  public static func xavierNormal_(_ tensor: Tensor, gain: Double = 1) -> Tensor {
    let (fanIn, fanOut) = fans(tensor, "init.xavier_normal_")
    return normal_(tensor, std: gain * (2 / Double(fanIn + fanOut)).squareRoot())
  }

  /// Which way the size of what flows through a layer is kept.
  public enum FanMode: Sendable {
    /// Forwards.
    case fanIn
    /// Backwards.
    case fanOut
  }

  /// Fills evenly within √3 · gain / √fan of zero (He et al., 2015).
  @discardableResult
  public static func kaimingUniform_(
    _ tensor: Tensor, a: Double = 0, mode: FanMode = .fanIn,
    nonlinearity: Nonlinearity = .leakyRelu
  ) -> Tensor {
    guard !tensor.shape.contains(0) else { return tensor }
    let std = kaimingDeviation(tensor, a, mode, nonlinearity, "init.kaiming_uniform_")
    let bound = 3.0.squareRoot() * std
    return uniform_(tensor, a: -bound, b: bound)
  }

  /// Fills normally with deviation gain / √fan (He et al., 2015).
  @discardableResult
  public static func kaimingNormal_(
    _ tensor: Tensor, a: Double = 0, mode: FanMode = .fanIn,
    nonlinearity: Nonlinearity = .leakyRelu
  ) -> Tensor {
    guard !tensor.shape.contains(0) else { return tensor }
    return normal_(
      tensor, std: kaimingDeviation(tensor, a, mode, nonlinearity, "init.kaiming_normal_"))
  }

  private static func kaimingDeviation(
    _ tensor: Tensor, _ a: Double, _ mode: FanMode, _ nonlinearity: Nonlinearity,
    _ operation: String
  ) -> Double {
    let (fanIn, fanOut) = fans(tensor, operation)
    let gain = calculateGain(nonlinearity, parameter: a)
    return gain / Double(mode == .fanIn ? fanIn : fanOut).squareRoot()
  }

  /// Fills with a matrix of orthonormal rows or columns; dimensions after the first count as one.
  @discardableResult
  public static func orthogonal_(_ tensor: Tensor, gain: Double = 1) -> Tensor {
    guard tensor.dim >= 2 else {
      refuse("init.orthogonal_", "Only tensors with 2 or more dimensions are supported")
    }
    guard tensor.count > 0 else { return tensor }
    let (rows, columns) = (tensor.size(0), tensor.count / tensor.size(0))
    return noGrad {
      let drawn = Tensor.randn(rows, columns, dtype: tensor.dtype)
      var (q, r) = Linalg.qr(rows < columns ? drawn.t() : drawn)
      // A positive diagonal makes the distribution even (Mezzadri, 2007).
      q = q * r.diag().sign()
      if rows < columns { q = q.t() }
      tensor.copy_(q.reshape(tensor.shape))
      return tensor.mul_(gain)
    }
  }

  /// Fills a matrix normally and sets a share of each column to zero.
  @discardableResult
  public static func sparse_(_ tensor: Tensor, sparsity: Double, std: Double = 0.01) -> Tensor {
    guard tensor.dim == 2 else {
      refuse("init.sparse_", "Only tensors with 2 dimensions are supported")
    }
    let (rows, columns) = (tensor.size(0), tensor.size(1))
    let zeros = Int((sparsity * Double(rows)).rounded(.up))
    return noGrad {
      tensor.normal_(mean: 0, std: std)
      for column in 0..<columns {
        let chosen = Tensor.randperm(rows)[0..<zeros]
        tensor[chosen, Tensor.full(like: chosen, column)] = Tensor(0.0, dtype: tensor.dtype)
      }
      return tensor
    }
  }

  /// How many inputs reach an output, and how many outputs an input.
  static func fans(_ tensor: Tensor, _ operation: String) -> (in: Int, out: Int) {
    guard tensor.dim >= 2 else {
      refuse(
        operation,
        "Fan in and fan out can not be computed for tensor with fewer than 2 dimensions")
    }
    let field = tensor.shape.dropFirst(2).reduce(1, *)
    return (tensor.size(1) * field, tensor.size(0) * field)
  }

  /// What follows a layer.
  public enum Nonlinearity: Sendable {
    /// Nothing.
    case linear
    /// The logistic function.
    case sigmoid
    /// The hyperbolic tangent.
    case tanh
    /// The positive part.
    case relu
    /// ReLU that lets a share of what is negative pass.
    case leakyRelu
    /// The scaled exponential linear unit.
    case selu
  }

  /// By how much a layer's deviation is multiplied for what follows it.
  ///
  /// - Parameters:
  ///   - nonlinearity: what follows.
  ///   - parameter: leaky ReLU's slope, 0.01 unless said.
  /// - Returns: the factor.
  public static func calculateGain(
    _ nonlinearity: Nonlinearity, parameter: Double? = nil
  ) -> Double {
    switch nonlinearity {
    case .linear, .sigmoid: return 1
    case .tanh: return 5.0 / 3
    case .relu: return 2.0.squareRoot()
    case .selu: return 3.0 / 4
    case .leakyRelu:
      let slope = parameter ?? 0.01
      return (2 / (1 + slope * slope)).squareRoot()
    }
  }
}
