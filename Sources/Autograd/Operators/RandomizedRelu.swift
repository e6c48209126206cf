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
    let (result, noise) = rreluValues(lower, upper, training)
    return .recorded(result, self) {
      RreluWithNoiseBackward0(lower, upper, training).saving(noise, self)
    }
  }

  /// As `rrelu`, in place.
  @discardableResult
  public func rrelu_(
    lower: Double = 1.0 / 8, upper: Double = 1.0 / 3, training: Bool = false
  ) -> Tensor {
    replaceElements("rrelu_") { x in
      let (result, noise) = x.rreluValues(lower, upper, training)
      return .recorded(result, x) {
        let node = RreluWithNoiseBackward1(lower, upper, training).saving(noise)
        node.save(.result(result), 1)
        return node
      }
    }
  }

  /// The result, and the slopes where they were drawn.
  private func rreluValues(
    _ lower: Double, _ upper: Double, _ training: Bool
  ) -> (result: Tensor, noise: Tensor) {
    checkFloatingPoint("rrelu", training ? "rrelu_with_noise_out_cpu" : "leaky_relu_cpu")
    guard lower <= upper else {
      refuse(
        "rrelu",
        "Lower bound should be less than or equal to the upper bound: \(lower) and \(upper)")
    }
    return noGrad {
      guard training else {
        return (leakyRelu(negativeSlope: (lower + upper) / 2), .zeros(like: self))
      }
      let isDrawn = le(0)
      let drawn = Tensor.rand(isDrawn.sum().item(as: Int.self), dtype: .float64)
      let slopes = drawn.scaled(by: .double(upper - lower)).shifted(by: .double(lower))
      let noise = Tensor.ones(like: self).maskedScatter(isDrawn, slopes.to(dtype))
      return (self * noise, noise)
    }
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

  override class var savedNames: [String] { ["noise", "self"] }
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

/// In place the result stands for the input, whose sign it has.
final class RreluWithNoiseBackward1: RreluNode {
  override class var savedNames: [String] { ["noise", "result"] }
  override func backward(_ g: Tensor) -> Gradients { Gradients(byInput(g)) }
}

final class RreluWithNoiseBackwardBackward0: RreluNode {
  override func backward(_ g: Tensor) -> Gradients {
    let second: Tensor? = needs(1) ? .zeros(like: g) : nil
    return Gradients(needs(0) ? byInput(g) : nil, second)
  }
}
