// Activations that gate or compress: logsigmoid, glu, softsign, tanhshrink, prelu.

internal import CKernels
internal import GraphModel

// MARK: - logsigmoid

extension Tensor {
  /// log(sigmoid(x)), exact for large negative x.
  ///
  /// Floating point only.
  public func logsigmoid() -> Tensor {
    checkFloatingPoint("logsigmoid", "log_sigmoid_cpu")
    return .recorded(Elementwise.fused(.AGK_LOG_SIGMOID, self, name: "logsigmoid"), self) {
      LogSigmoidBackward0().saving(noGrad { (-abs()).exp() }, self)
    }
  }

  fileprivate func logSigmoidBackward(_ x: Tensor, _ buffer: Tensor) -> Tensor {
    .recorded(
      Elementwise.fused(.AGK_LOG_SIGMOID_BACKWARD, self, x, buffer, name: "log_sigmoid_backward"),
      self, x
    ) { LogSigmoidBackwardBackward0().saving(buffer, self, x) }
  }
}

final class LogSigmoidBackward0: Node {
  override class var savedNames: [String] { ["buffer", "self"] }
  override func backward(_ g: Tensor) -> Gradients {
    Gradients(g.logSigmoidBackward(savedValue(1), savedValue(0)))
  }
}

final class LogSigmoidBackwardBackward0: Node {
  override class var savedNames: [String] { ["buffer", "grad_output", "self"] }

  override func backward(_ g: Tensor) -> Gradients {
    let x = savedValue(2)
    let first = needs(0) ? g.logSigmoidBackward(x, savedValue(0)) : nil
    guard needs(1) else { return Gradients(first) }
    let gradient = g * savedValue(1)
    let share = x.sigmoid()
    return Gradients(first, gradient * share.lowered(by: .int(1)) * share)
  }
}

// MARK: - glu

extension Tensor {
  /// The first half along a dimension times the sigmoid of the second half.
  ///
  /// Floating point only, of at least one dimension; the size along `dim` is even and is halved.
  public func glu(dim: Int = -1) -> Tensor {
    guard sizes.count > 0 else {
      refuse("glu", "glu does not support 0-dimensional tensors")
    }
    let d = wrap(dim, "glu")
    guard sizes[d] % 2 == 0 else {
      refuse(
        "glu",
        "Halving dimension must be even, but dimension \(d) is size \(sizes[d]): shape \(sizes)")
    }
    checkFloatingPoint("glu", "glu_cpu")
    let halves = halves(d)
    return .recorded(Elementwise.fused(.AGK_GLU, halves.0, halves.1, name: "glu"), self) {
      GluBackward0(dim).saving(self)
    }
  }

  /// The two halves along a dimension.
  fileprivate func halves(_ dim: Int) -> (Tensor, Tensor) {
    let half = sizes[dim] / 2
    return (
      narrow(dim: dim, start: 0, length: half), narrow(dim: dim, start: half, length: half)
    )
  }

  fileprivate func gluBackward(_ x: Tensor, _ dim: Int) -> Tensor {
    let d = x.wrap(dim, "glu")
    let result = Tensor(empty: x.sizes, x.dtype)
    noGrad {
      let (a, b) = x.halves(d)
      let (byFirst, bySecond) = result.halves(d)
      Elementwise.fused(.AGK_GLU, self, b, into: byFirst)
      Elementwise.fused(.AGK_GLU_BACKWARD, self, b, a, into: bySecond)
    }
    return .recorded(result, self, x) { GluBackwardBackward0(dim).saving(self, x) }
  }
}

/// The dimension as it was given.
private func gluAttributes(_ dim: Int) -> [String: AttributeValue] {
  ["dim": .int(dim)]
}

final class GluBackward0: Node {
  private let dim: Int

  init(_ dim: Int) {
    self.dim = dim
    super.init()
  }

  override class var savedNames: [String] { ["self"] }
  override var attributes: [String: AttributeValue] { gluAttributes(dim) }
  override func backward(_ g: Tensor) -> Gradients { Gradients(g.gluBackward(savedValue(0), dim)) }
}

final class GluBackwardBackward0: Node {
  private let dim: Int

  init(_ dim: Int) {
    self.dim = dim
    super.init()
  }

  override class var savedNames: [String] { ["grad_output", "self"] }
  override var attributes: [String: AttributeValue] { gluAttributes(dim) }

  override func backward(_ g: Tensor) -> Gradients {
    let x = savedValue(1)
    let d = x.wrap(dim, "glu")
    var first: Tensor?
    if needs(0) {
      let ones = Tensor.full(savedValue(0).sizes, .int(1), x.dtype)
      let parts = (g * ones.gluBackward(x, d)).halves(d)
      first = parts.0 + parts.1
    }
    return Gradients(first, needs(1) ? byInput(g, x, d) : nil)
  }

  private func byInput(_ g: Tensor, _ x: Tensor, _ d: Int) -> Tensor {
    let gradOutput = savedValue(0)
    let (a, b) = x.halves(d)
    let share = b.sigmoid()
    let rest = share.subtracted(fromNumber: 1)
    let slope = share * rest
    let (gA, gB) = g.halves(d)
    let gBa = gB * a
    let byA = gB * gradOutput * slope
    let falling = share * slope
    let bend = slope * rest - falling
    let byRest = gA * gradOutput * slope
    let byB = gBa * gradOutput * bend + byRest
    return .cat([byA, byB], dim: d)
  }
}

// MARK: - softsign, tanhshrink

extension Tensor {
  /// x / (1 + |x|).
  ///
  /// Any dtype but bool; integers become float32.
  public func softsign() -> Tensor { self / Tensor.add(.tensor(abs()), .scalar(.int(1))) }

  /// x - tanh(x).
  ///
  /// Any dtype but bool; integers become float32.
  public func tanhshrink() -> Tensor { self - tanh() }
}

// MARK: - prelu

extension Tensor {
  /// x where it is positive, `weight` · x where it is not, a weight for all or one for each channel.
  ///
  /// Floating point only, both of one dtype. The channels are dimension 1 (or a single one where there
  /// is none); `weight` has at most one dimension.
  public func prelu(_ weight: Tensor) -> Tensor {
    guard dtype == weight.dtype else {
      refuse(
        "prelu",
        "prelu: Type promoting not supported. Got \(dtype.scalarTypeName) and "
          + weight.dtype.scalarTypeName)
    }
    guard weight.count == 1 || sizes.count > 0 else {
      refuse("prelu", "Not allow zero-dim input tensor.")
    }
    guard weight.sizes.count <= 1 else {
      refuse(
        "prelu",
        "prelu: Expected `weight` to be a scalar or 1D tensor, but got: ndim = "
          + "\(weight.sizes.count)")
    }
    checkFloatingPoint("prelu", "prelu_cpu")
    var weight = weight
    if weight.count != 1 {
      let channels = sizes.count > 1 ? sizes[1] : 1
      guard weight.count == channels else {
        refuse(
          "prelu",
          "Mismatch of parameter numbers and input channel size. Found parameter numbers = "
            + "\(weight.count) and channel size = \(channels).")
      }
      var shape = Array(repeating: 1, count: sizes.count)
      shape[1] = channels
      weight = weight.view(shape)
    } else if weight.sizes.count != sizes.count {
      weight = weight.view(Array(repeating: 1, count: sizes.count))
    }
    return preluKernel(weight)
  }

  private func preluKernel(_ weight: Tensor) -> Tensor {
    let result: Tensor = noGrad { .where(gt(0), self, weight * self) }
    return .recorded(result, self, weight) { PreluKernelBackward0().saving(self, weight) }
  }

  fileprivate static func preluBackward(
    _ g: Tensor, _ x: Tensor, _ weight: Tensor
  ) -> (byInput: Tensor, byWeight: Tensor) {
    let results: (Tensor, Tensor) = noGrad {
      let isPositive = x.gt(0)
      return (
        .where(isPositive, g, weight * g), .where(isPositive, .zero(x.dtype), x * g)
      )
    }
    if isGradEnabled, g.requiresGrad || x.requiresGrad || weight.requiresGrad {
      let node = PreluKernelBackwardBackward0().saving(g, x, weight)
      for input in [g, x, weight] { node.addEdge(to: input) }
      node.adopt([results.0, results.1])
    }
    return results
  }
}

final class PreluKernelBackward0: Node {
  override class var savedNames: [String] { ["self", "weight"] }

  override func backward(_ g: Tensor) -> Gradients {
    let gradients = Tensor.preluBackward(g, savedValue(0), savedValue(1))
    return Gradients(gradients.byInput, gradients.byWeight)
  }
}

final class PreluKernelBackwardBackward0: Node {
  override class var savedNames: [String] { ["grad_output", "self", "weight"] }

  override func backward(_ gradients: consuming Gradients) throws(AutogradError) -> Gradients {
    let (g, x, weight) = (savedValue(0), savedValue(1), savedValue(2))
    let zero = Tensor.zero(x.dtype)
    let isPositive = x.ge(0)
    let byInput = gradients[0]
    let byWeight = gradients[1]
    var result: [Tensor?] = [nil, nil, nil]
    if let byInput {
      result[0] = .where(isPositive, byInput, byInput * weight)
      result[2] = .where(isPositive, zero, byInput * g)
    }
    if let byWeight {
      let byGradient = Tensor.where(isPositive, zero, byWeight * x)
      result[0] = result[0].map { $0 + byGradient } ?? byGradient
      result[1] = .where(isPositive, zero, byWeight * g)
    }
    return Gradients(result)
  }
}
