// Normalisations, forward and backward, with weight and bias.

import Autograd

private func layer(_ rows: Int, _ length: Int) -> Workload {
  Workload(name: "norm.layer_\(rows)x\(length)") {
    let (x, weight, bias) = (leaf(rows, length), leaf(length), leaf(length))
    return forwardAndBackward([x, weight, bias]) {
      x.layerNorm([length], weight: weight, bias: bias)
    }
  }
}

private func batch(_ shape: [Int]) -> Workload {
  Workload(name: "norm.batch_\(shape.map { "\($0)" }.joined(separator: "x"))") {
    let (x, weight, bias) = (
      Tensor.randn(shape, requiresGrad: true), leaf(shape[1]), leaf(shape[1])
    )
    let (mean, variance) = (Tensor.zeros(shape[1]), Tensor.ones(shape[1]))
    return forwardAndBackward([x, weight, bias]) {
      x.batchNorm(
        runningMean: mean, runningVar: variance, weight: weight, bias: bias, training: true)
    }
  }
}

let normalizationWorkloads = [
  layer(4096, 1024), layer(256, 256), batch([32, 64, 32, 32]), batch([8, 64, 16, 16]),
  Workload(name: "norm.group_16x64x32x32") {
    let (x, weight, bias) = (leaf(16, 64, 32, 32), leaf(64), leaf(64))
    return forwardAndBackward([x, weight, bias]) { x.groupNorm(8, weight: weight, bias: bias) }
  },
  Workload(name: "norm.rms_4096x1024") {
    let (x, weight) = (leaf(4096, 1024), leaf(1024))
    return forwardAndBackward([x, weight]) { x.rmsNorm([1024], weight: weight) }
  },
]
