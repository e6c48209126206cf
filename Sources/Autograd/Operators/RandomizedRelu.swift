// rrelu: a leaky relu whose slope is drawn for each element.

internal import GraphModel

extension Tensor {
  /// The elements above zero, and the others times a slope: in training one drawn evenly for each,
  /// from `lower` up to `upper`, with PyTorch's random numbers; otherwise the middle.
  ///
  /// Floating point only.
  public func rrelu(
    lower: Double = 1.0 / 8, upper: Double = 1.0 / 3, training: Bool = false
  ) -> Tensor {
    checkFloatingPoint("rrelu", training ? "rrelu_with_noise_out_cpu" : "leaky_relu_cpu")
    guard lower <= upper else {
      refuse(
        "rrelu",
        "Lower bound should be less than or equal to the upper bound: \(lower) and \(upper)")
    }
    let node = RreluWithNoiseBackward0(lower, upper, training)
    let (result, noise): (Tensor, Tensor) = noGrad {
      guard training else {
        return (leakyRelu(negativeSlope: (lower + upper) / 2), .zeros(like: self))
      }
      let isDrawn = le(0)
      let drawn = Tensor.rand(isDrawn.sum().item(as: Int.self), dtype: .float64)
      let slopes = drawn.scaled(by: .double(upper - lower)).shifted(by: .double(lower))
      let noise = Tensor.ones(like: self).maskedScatter(isDrawn, slopes.to(dtype))
      return (self * noise, noise)
    }
    return .recorded(result, self) { node.saving(noise, self) }
  }

  /// As `rrelu`, in place.
  @discardableResult
  public func rrelu_(
    lower: Double = 1.0 / 8, upper: Double = 1.0 / 3, training: Bool = false
  ) -> Tensor {
    replaceElements("rrelu_") { $0.rrelu(lower: lower, upper: upper, training: training) }
  }
}

// MARK: - Derivatives

class RreluNode: Node {
  final let lower: Double
  final let upper: Double
  final let training: Bool

  init(_ lower: Double, _ upper: Double, _ training: Bool) {
    self.lower = lower
    self.upper = upper
    self.training = training
    super.init()
  }

  override final class var savedNames: [String] { ["noise", "self"] }
  override final var attributes: [String: AttributeValue] {
    ["lower": .double(lower), "upper": .double(upper), "training": .bool(training)]
  }

  /// The gradient times each element's slope, as an operator with a derivative.
  final func byInput(_ g: Tensor) -> Tensor {
    let (noise, x) = (savedValue(0), savedValue(1))
    let result: Tensor = noGrad {
      guard training, upper - lower > 1e-6 else {
        return .where(x.gt(0), g, g.scaled(by: .double((lower + upper) / 2)))
      }
      return g * noise
    }
    return .recorded(result, g, x) {
      RreluWithNoiseBackwardBackward0(lower, upper, training).saving(noise, x)
    }
  }
}

final class RreluWithNoiseBackward0: RreluNode {
  override func backward(_ g: Tensor) -> Gradients { Gradients(byInput(g)) }
}

final class RreluWithNoiseBackwardBackward0: RreluNode {
  override func backward(_ g: Tensor) -> Gradients {
    let second: Tensor? = needs(1) ? .zeros(like: g) : nil
    return Gradients(needs(0) ? byInput(g) : nil, second)
  }
}
