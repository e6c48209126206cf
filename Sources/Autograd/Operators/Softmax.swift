// softmax and its derivatives.

internal import CKernels
internal import GraphModel

extension Tensor {
  /// exp(x) / Σ exp(x) along a dimension.
  ///
  /// Floating point only, unless `dtype` converts it before; a run of -∞ gives NaN.
  public func softmax(dim: Int, dtype: DType? = nil) -> Tensor {
    if let dtype, dtype != self.dtype { return to(dtype).softmax(dim: dim) }
    let axis = wrap(dim, "softmax")
    checkSoftmax("softmax")
    let result = Tensor.softmaxData(self, axis)
    if isRecording(self) {
      let node = SoftmaxBackward0(dim: dim)
      node.addEdge(to: self)
      node.save(.result(result), 0)
      node.adopt(result)
    }
    return result
  }

  /// Refuses elements that have no exponential of their own dtype.
  func checkSoftmax(_ operation: String) {
    if !dtype.isFloatingPoint, count > 0 {
      refuse(
        operation,
        "not implemented for '\(dtype.scalarTypeName)'; give a dtype, such as .float32, to convert to"
      )
    }
  }

  private static func softmaxData(_ x: Tensor, _ axis: Int) -> Tensor {
    let layout = ReducedLayout(x, along: axis)
    let result = Tensor(empty: x.sizes, x.dtype)
    guard x.count > 0 else { return result }
    agk_softmax(
      false, axis >= x.sizes.count - 1, x.dtype.kernel, Int64(layout.outer), Int64(layout.length),
      Int64(layout.inner),
      result.pointer, layout.data.pointer)
    return result
  }

  /// The gradient of softmax's input, from its result's.
  func softmaxBackwardData(_ result: Tensor, dim: Int) -> Tensor {
    let output = softmaxGradient(ofLogarithm: false, result, wrap(dim, "softmax"))
    if isRecording(self) || isRecording(result) {
      let node = SoftmaxBackwardDataBackward0(dim: dim)
      node.addEdge(to: self)
      node.addEdge(to: result)
      node.save(.input(self), 0)
      node.save(.input(result), 1)
      node.adopt(output)
    }
    return output
  }

  /// The gradient of the input of a softmax, or of its logarithm, without history.
  func softmaxGradient(ofLogarithm: Bool, _ result: Tensor, _ axis: Int) -> Tensor {
    let gradient = ReducedLayout(self, along: axis)
    let result = result.contiguousData()
    let output = Tensor(empty: sizes, dtype)
    guard count > 0 else { return output }
    agk_softmax_backward(
      ofLogarithm, axis >= sizes.count - 1, dtype.kernel, Int64(gradient.outer),
      Int64(gradient.length),
      Int64(gradient.inner), output.pointer, gradient.data.pointer, result.pointer)
    return output
  }
}

final class SoftmaxBackward0: Node {
  private let dim: Int

  init(dim: Int) {
    self.dim = dim
    super.init()
  }

  override class var savedNames: [String] { ["result"] }
  override var attributes: [String: AttributeValue] { ["dim": .int(dim)] }

  override func backward(_ g: Tensor) -> Gradients {
    Gradients(g.softmaxBackwardData(savedValue(0), dim: dim))
  }
}

final class SoftmaxBackwardDataBackward0: Node {
  private let dim: Int

  init(dim: Int) {
    self.dim = dim
    super.init()
  }

  override class var savedNames: [String] { ["grad_output", "output"] }
  override var attributes: [String: AttributeValue] { ["dim": .int(dim)] }

  override func backward(_ g: Tensor) -> Gradients {
    let gradOutput = savedValue(0)
    let output = savedValue(1)
    let first = needs(0) ? g.softmaxBackwardData(output, dim: dim) : nil
    guard needs(1) else { return Gradients(first) }
    let third = gradOutput * (output * g).sum(dim: dim, keepdim: true)
    let second = (output * gradOutput).sum(dim: dim, keepdim: true) * g
    return Gradients(first, gradOutput * g - second - third)
  }
}
