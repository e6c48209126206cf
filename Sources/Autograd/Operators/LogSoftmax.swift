// log_softmax and its derivatives.

internal import CKernels
internal import GraphModel

extension Tensor {
  /// x - log Σ exp(x) along a dimension, without overflow.
  ///
  /// Floating point only, unless `dtype` converts it before.
  public func logSoftmax(dim: Int, dtype: DType? = nil) -> Tensor {
    if let dtype, dtype != self.dtype { return to(dtype).logSoftmax(dim: dim) }
    let axis = wrap(dim, "log_softmax")
    checkSoftmax("log_softmax")
    let result = logSoftmaxData(axis)
    if isRecording(self) {
      let node = LogSoftmaxBackward0(dim: dim)
      node.addEdge(to: self)
      node.save(.result(result), 0)
      node.adopt(result)
    }
    return result
  }

  private func logSoftmaxData(_ axis: Int) -> Tensor {
    let layout = ReducedLayout(self, along: axis)
    let result = Tensor(empty: sizes, dtype)
    guard count > 0 else { return result }
    agk_softmax(
      true, axis >= sizes.count - 1, dtype.kernel, Int64(layout.outer), Int64(layout.length),
      Int64(layout.inner),
      result.pointer, layout.data.pointer)
    return result
  }

  /// The gradient of log_softmax's input, from its result's: g - exp(result) · Σ g.
  func logSoftmaxBackwardData(_ result: Tensor, dim: Int) -> Tensor {
    let output = softmaxGradient(ofLogarithm: true, result, wrap(dim, "log_softmax"))
    if isRecording(self) || isRecording(result) {
      let node = LogSoftmaxBackwardDataBackward0(dim: dim)
      node.addEdge(to: self)
      node.addEdge(to: result)
      node.save(.input(self), 0)
      node.save(.input(result), 1)
      node.adopt(output)
    }
    return output
  }
}

final class LogSoftmaxBackward0: DimensionNode {
  override class var savedNames: [String] { ["result"] }

  override func backward(_ g: Tensor) -> Gradients {
    Gradients(g.logSoftmaxBackwardData(savedValue(0), dim: dim))
  }
}

final class LogSoftmaxBackwardDataBackward0: DimensionNode {
  override class var savedNames: [String] { ["grad_output", "output"] }

  override func backward(_ g: Tensor) -> Gradients {
    let gradOutput = savedValue(0)
    let output = savedValue(1)
    let first: Tensor? = needs(0) ? g - (g * output.exp()).sum(dim: dim, keepdim: true) : nil
    guard needs(1) else { return Gradients(first) }
    // PyTorch computes what stands on the right first.
    let shares = output.exp()
    return Gradients(first, -gradOutput.sum(dim: dim, keepdim: true) * shares * g)
  }
}
