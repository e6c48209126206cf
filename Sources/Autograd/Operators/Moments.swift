// Variances and standard deviations, alone or with the mean.

internal import CKernels
internal import GraphModel

/// A variance or standard deviation with its mean: `Tensor.varMean`.
public struct VarianceAndMean {
  /// The variance, or the standard deviation.
  public let variance: Tensor
  /// The mean.
  public let mean: Tensor
}

/// A standard deviation with its mean: `Tensor.stdMean`.
public struct DeviationAndMean {
  /// The standard deviation.
  public let std: Tensor
  /// The mean.
  public let mean: Tensor
}

extension Tensor {
  /// The variance over some dimensions, all when none is named.
  ///
  /// Squared distances from the mean over their number less `correction`: 1 for a sample, 0 for a
  /// whole population. Floating point only; NaN where too few elements are.
  public func `var`(
    dim: [Int]? = nil, correction: (any ScalarConvertible)? = nil, keepdim: Bool = false
  ) -> Tensor {
    moment("var", dim, correction, keepdim) {
      VarBackward0($0)
    } compute: {
      $0.variance
    }
  }

  /// The variance over one dimension.
  public func `var`(
    dim: Int, correction: (any ScalarConvertible)? = nil, keepdim: Bool = false
  ) -> Tensor {
    self.var(dim: [dim], correction: correction, keepdim: keepdim)
  }

  /// The standard deviation over some dimensions, all when none is named: the root of `var`.
  public func std(
    dim: [Int]? = nil, correction: (any ScalarConvertible)? = nil, keepdim: Bool = false
  ) -> Tensor {
    moment("std", dim, correction, keepdim) {
      StdBackward0($0)
    } compute: {
      $0.deviation
    }
  }

  /// The standard deviation over one dimension.
  public func std(
    dim: Int, correction: (any ScalarConvertible)? = nil, keepdim: Bool = false
  ) -> Tensor {
    std(dim: [dim], correction: correction, keepdim: keepdim)
  }

  /// The variance and the mean in one go.
  public func varMean(
    dim: [Int]? = nil, correction: (any ScalarConvertible)? = nil, keepdim: Bool = false
  ) -> VarianceAndMean {
    let (variance, mean) = moments("var_mean", dim, correction, keepdim) {
      VarMeanBackward0($0)
    } compute: {
      $0.variance
    }
    return VarianceAndMean(variance: variance, mean: mean)
  }

  /// The standard deviation and the mean in one go.
  public func stdMean(
    dim: [Int]? = nil, correction: (any ScalarConvertible)? = nil, keepdim: Bool = false
  ) -> DeviationAndMean {
    let (std, mean) = moments("std_mean", dim, correction, keepdim) {
      StdMeanBackward0($0)
    } compute: {
      $0.deviation
    }
    return DeviationAndMean(std: std, mean: mean)
  }

  private func moment(
    _ operation: String, _ dim: [Int]?, _ correction: (any ScalarConvertible)?, _ keepdim: Bool,
    node: (MomentSettings) -> MomentNode, compute: (Moments) -> Tensor
  ) -> Tensor {
    let settings = MomentSettings(self, dim, correction?.scalar, keepdim, operation)
    let result = compute(Moments(self, settings))
    if isRecording(self) {
      let node = node(settings)
      node.addEdge(to: self)
      node.save(.input(self), MomentNode.selfSlot)
      if node is StdBackward0 { node.save(.result(result), MomentNode.resultSlot) }
      node.adopt(result)
    }
    return result
  }

  private func moments(
    _ operation: String, _ dim: [Int]?, _ correction: (any ScalarConvertible)?, _ keepdim: Bool,
    node: (MomentSettings) -> MomentNode, compute: (Moments) -> Tensor
  ) -> (Tensor, Tensor) {
    let settings = MomentSettings(self, dim, correction?.scalar, keepdim, operation)
    let moments = Moments(self, settings)
    let result = compute(moments)
    let mean = moments.mean.converted(to: dtype)
    if isRecording(self) {
      let node = node(settings)
      node.addEdge(to: self)
      node.save(.input(self), MomentNode.selfSlot)
      if node is StdMeanBackward0 { node.save(.result(result), MomentNode.resultSlot) }
      node.adopt([result, mean])
    }
    return (result, mean)
  }
}

/// What a variance was called with.
struct MomentSettings {
  let dims: ReducedDims
  let isOverAll: Bool
  let correction: Scalar?

  init(
    _ x: Tensor, _ dim: [Int]?, _ correction: Scalar?, _ keepdim: Bool, _ operation: String
  ) {
    guard x.dtype.isFloatingPoint else {
      refuse(
        operation,
        "std and var only support floating point and complex dtypes, not \(x.dtype.name)")
    }
    dims = ReducedDims(x, dim ?? [], keepdim, operation)
    isOverAll = dim == nil
    // PyTorch's overload for dimensions fills the default in; the one for all leaves it open.
    self.correction = correction ?? (dim == nil ? nil : .int(1))
  }

  /// The number that the squares' sum is divided by; it may not be positive.
  var freedom: Double { Double(dims.reducedCount) - (correction?.double ?? 1) }

  var attributes: [String: AttributeValue] {
    [
      "correction": correction?.attribute ?? .none,
      "dim": isOverAll ? .none : .ints(dims.named.array), "keepdim": .bool(dims.keepdim),
    ]
  }
}

/// Mean and variance, computed in double precision in two passes.
private struct Moments {
  let mean: Tensor
  private let squares: Tensor
  private let freedom: Double
  private let dtype: DType

  init(_ x: Tensor, _ settings: MomentSettings) {
    let layout = ReducedLayout(x, settings.dims)
    mean = layout.sum(.AGK_SUM_OF_ELEMENTS)
    Elementwise.binary(.AGK_DIV, mean, .double(Double(settings.dims.reducedCount)), into: mean)
    squares = layout.sum(.AGK_SUM_OF_SQUARES, shift: mean)
    freedom = settings.freedom
    dtype = x.dtype
  }

  private var varianceInDouble: Tensor {
    Elementwise.binary(.AGK_DIV, squares, .double(Swift.max(freedom, 0)), into: squares)
    return squares
  }

  var variance: Tensor { varianceInDouble.converted(to: dtype) }

  var deviation: Tensor {
    Elementwise.unary(.AGK_SQRT, varianceInDouble).converted(to: dtype)
  }
}

/// The derivative of a variance: twice the distance from the mean, by the degrees of freedom.
class MomentNode: Node {
  static let selfSlot = 0
  static let resultSlot = 1
  final let settings: MomentSettings

  init(_ settings: MomentSettings) {
    self.settings = settings
    super.init()
  }

  override class var savedNames: [String] { ["self", "result"] }
  override final var attributes: [String: AttributeValue] { settings.attributes }

  /// The gradient of the input from that of the variance.
  ///
  /// Source: var_backward in torch/csrc/autograd/FunctionsManual.cpp.
  final func varianceBackward(_ g: Tensor) -> Tensor {
    let x = savedValue(MomentNode.selfSlot)
    let dims = settings.dims
    let isOverAll = settings.isOverAll || x.sizes.count == 0
    let freedom = settings.freedom
    if isOverAll, freedom <= 0 {
      let atMean = x.eq(x.mean())
      let steep = Tensor.full(Dims(), .double(.infinity), x.dtype)
      return g * Tensor.where(atMean, Tensor.full(Dims(), .double(.nan), x.dtype), steep)
    }
    let gradient = isOverAll || x.sizes.count == 1 ? g : dims.restore(g)
    let distance = x - (isOverAll ? x.mean() : x.mean(dim: dims.named.array, keepdim: true))
    let scaled = gradient.scaled(by: .double(2 / freedom))
    guard !isGradEnabled else { return scaled * distance }
    Elementwise.binary(.AGK_MUL, distance, scaled, into: distance)
    return distance
  }

  /// The gradient of the input from that of the standard deviation.
  final func deviationBackward(_ g: Tensor) -> Tensor {
    let result = savedValue(MomentNode.resultSlot)
    let gradient = (g / result.scaled(by: .int(2))).maskedFill(result.eq(0), 0)
    return varianceBackward(gradient)
  }

  /// The gradient of the input from that of the mean.
  final func meanBackward(_ g: Tensor) -> Tensor {
    settings.dims.expand(g).divided(by: .int(settings.dims.reducedCount))
  }
}

final class VarBackward0: MomentNode {
  override class var savedNames: [String] { ["self"] }
  override func backward(_ g: Tensor) -> Gradients { Gradients(varianceBackward(g)) }
}

final class StdBackward0: MomentNode {
  override func backward(_ g: Tensor) -> Gradients { Gradients(deviationBackward(g)) }
}

final class VarMeanBackward0: MomentNode {
  override class var savedNames: [String] { ["self"] }
  override func backward(_ gradients: consuming Gradients) throws(AutogradError) -> Gradients {
    .sum(gradients[0].map(varianceBackward), gradients[1].map(meanBackward))
  }
}

final class StdMeanBackward0: MomentNode {
  override class var savedNames: [String] { ["self", "result0"] }
  override func backward(_ gradients: consuming Gradients) throws(AutogradError) -> Gradients {
    .sum(gradients[0].map(deviationBackward), gradients[1].map(meanBackward))
  }
}

extension Gradients {
  /// The gradient of an input that two outputs depend on.
  static func sum(_ first: Tensor?, _ second: Tensor?) -> Gradients {
    guard let first, let second else { return Gradients(first ?? second) }
    return Gradients(first + second)
  }
}
