// softmax and its derivatives.

internal import CKernels
internal import Glibc
internal import GraphModel

extension Tensor {
  /// exp(x) / Σ exp(x) along a dimension.
  ///
  /// Integers become float32; a run of -∞ gives NaN.
  public func softmax(dim: Int) -> Tensor {
    let axis = wrap(dim, "softmax")
    let result: Tensor = noGrad { Tensor.softmaxData(converted(to: dtype.floating), axis) }
    if isRecording(self) {
      let node = SoftmaxBackward0(dim: dim)
      node.addEdge(to: self)
      node.save(.result(result), 0)
      node.adopt(result)
    }
    return result
  }

  /// One kernel call for each run along the axis, which may step over other dimensions.
  private static func softmaxData(_ input: Tensor, _ axis: Int) -> Tensor {
    let x = input.contiguousData()
    let result = Tensor(empty: x.sizes, x.dtype)
    guard x.count > 0 else { return result }
    guard x.sizes.count > 0 else { return full(Dims(), .int(1), x.dtype) * (x * 0 + 1) }
    let length = x.sizes[axis]
    let step = x.sizes.contiguousStrides[axis]
    let item = x.dtype.itemSize
    if axis < x.sizes.count - 1, step * item < 64 {
      if x.dtype == .float32 {
        result.setSoftmax(x, length: length, step: step, exponential: Glibc.expf)
      } else {
        result.setSoftmax(
          x, length: length, step: step, exponential: Glibc.exp as (Double) -> Double)
      }
      return result
    }
    Parallel.forEach(x.count / length, elements: length) { part in
      for run in part {
        let start = (run / step * length * step + run % step) * item
        agk_softmax(
          x.dtype.kernel, Int64(length), result.pointer + start, Int64(step), x.pointer + start,
          Int64(step))
      }
    }
    return result
  }

  /// exp(x) / Σ exp(x) along a dimension behind which a vector is not full.
  ///
  /// PyTorch takes the C library's exponential there, one by one, and its rounding errors are all
  /// that is left in the gradient of a sum of the result.
  private func setSoftmax<T: BinaryFloatingPoint>(
    _ input: Tensor, length: Int, step: Int, exponential: (T) -> T
  ) {
    let out = pointer.assumingMemoryBound(to: T.self)
    let x = input.pointer.assumingMemoryBound(to: T.self)
    for outer in 0..<count / (length * step) {
      for inner in 0..<step {
        let start = outer * length * step + inner
        let run = Swift.stride(from: start, to: start + length * step, by: step)
        var largest = x[start]
        for i in run where x[i] > largest || x[i].isNaN { largest = x[i] }
        var sum: T = 0
        for i in run {
          out[i] = exponential(x[i] - largest)
          sum += out[i]
        }
        for i in run { out[i] /= sum }
      }
    }
  }

  /// The gradient of softmax's input, from its result's.
  func softmaxBackwardData(_ result: Tensor, dim: Int) -> Tensor {
    let output = Tensor(empty: sizes, dtype)
    let axis = wrap(dim, "softmax")
    let gradient = contiguousData()
    let result = result.contiguousData()
    if dtype == .float32 {
      output.setSoftmaxGradient(gradient, result, axis, of: Float.self)
    } else {
      output.setSoftmaxGradient(gradient, result, axis, of: Double.self)
    }
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

  /// (g - Σ g·y) · y along the axis, rounded as PyTorch rounds it.
  ///
  /// Where all gradients are equal the result is nothing but rounding errors, and it should be
  /// PyTorch's: it multiplies and adds in one step except along the last dimension.
  /// Source: ATen/native/cpu/SoftMaxKernel.cpp.
  private func setSoftmaxGradient<T: BinaryFloatingPoint>(
    _ gradient: Tensor, _ result: Tensor, _ axis: Int, of type: T.Type
  ) {
    guard count > 0 else { return }
    let length = sizes.count > 0 ? sizes[axis] : 1
    let step = sizes.count > 0 ? strides[axis] : 1
    let isLast = axis >= sizes.count - 1
    let out = pointer.assumingMemoryBound(to: T.self)
    let g = gradient.pointer.assumingMemoryBound(to: T.self)
    let y = result.pointer.assumingMemoryBound(to: T.self)
    for outer in 0..<count / (length * step) {
      for inner in 0..<step {
        let start = outer * length * step + inner
        let run = Swift.stride(from: start, to: start + length * step, by: step)
        var sum: T = 0
        if isLast {
          for i in run { sum += g[i] * y[i] }
        } else {
          for i in run { sum.addProduct(g[i], y[i]) }
        }
        for i in run { out[i] = (g[i] - sum) * y[i] }
      }
    }
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
