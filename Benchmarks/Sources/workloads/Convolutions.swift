// Convolutions, forward and backward: a square one, and those of ResNet-18 for a batch of 8 images of
// 64×64, of which the first does not pass a gradient on.

import Autograd

private struct Layer {
  let name: String
  let batch: Int
  let channels: Int
  let size: Int
  let results: Int
  let kernel: Int
  var stride = 1
  var isFirst = false

  var resultSize: Int { (size + kernel / 2 * 2 - kernel) / stride + 1 }
  var flops: Int {
    (isFirst ? 4 : 6) * batch * results * resultSize * resultSize * channels * kernel * kernel
  }

  func makeStep() -> Step {
    let x = Tensor.randn(batch, channels, size, size)
    if !isFirst { x.requiresGrad_() }
    let weight = leaf(results, channels, kernel, kernel)
    let (stride, padding) = (stride, kernel / 2)
    return forwardAndBackward(isFirst ? [weight] : [x, weight]) {
      x.conv2d(weight, stride: stride, padding: padding)
    }
  }
}

private let square = Layer(
  name: "3x3_32x64x32x32", batch: 32, channels: 64, size: 32, results: 64, kernel: 3)

/// How often ResNet-18 has each.
private let residual: [(layer: Layer, count: Int)] = [
  (
    Layer(
      name: "7x7", batch: 8, channels: 3, size: 64, results: 64, kernel: 7, stride: 2, isFirst: true
    ),
    1
  ),
  (Layer(name: "64_16", batch: 8, channels: 64, size: 16, results: 64, kernel: 3), 4),
  (Layer(name: "128_16", batch: 8, channels: 64, size: 16, results: 128, kernel: 3, stride: 2), 1),
  (Layer(name: "128_1x1", batch: 8, channels: 64, size: 16, results: 128, kernel: 1, stride: 2), 1),
  (Layer(name: "128_8", batch: 8, channels: 128, size: 8, results: 128, kernel: 3), 3),
  (Layer(name: "256_8", batch: 8, channels: 128, size: 8, results: 256, kernel: 3, stride: 2), 1),
  (Layer(name: "256_1x1", batch: 8, channels: 128, size: 8, results: 256, kernel: 1, stride: 2), 1),
  (Layer(name: "256_4", batch: 8, channels: 256, size: 4, results: 256, kernel: 3), 3),
  (Layer(name: "512_4", batch: 8, channels: 256, size: 4, results: 512, kernel: 3, stride: 2), 1),
  (Layer(name: "512_1x1", batch: 8, channels: 256, size: 4, results: 512, kernel: 1, stride: 2), 1),
  (Layer(name: "512_2", batch: 8, channels: 512, size: 2, results: 512, kernel: 3), 3),
]

let convolutionWorkloads =
  [
    Workload(name: "conv.\(square.name)", flops: square.flops) { square.makeStep() },
    // Against PyTorch's other layout, which this engine has no need for.
    Workload(name: "conv.\(square.name)_last", flops: square.flops) { square.makeStep() },
    Workload(name: "conv.small_4x1x28x28") {
      let (x, weight, bias) = (leaf(4, 1, 28, 28), leaf(6, 1, 5, 5), leaf(6))
      return forwardAndBackward([x, weight, bias]) { x.conv2d(weight, bias: bias) }
    },
    Workload(name: "conv.tiny_1x2x4x4") {
      let (x, weight) = (leaf(1, 2, 4, 4), leaf(3, 2, 3, 3))
      return forwardAndBackward([x, weight]) { x.conv2d(weight, padding: 1) }
    },
    Workload(name: "conv.depthwise_8x128x28x28") {
      let (x, weight) = (leaf(8, 128, 28, 28), leaf(128, 1, 3, 3))
      return forwardAndBackward([x, weight]) { x.conv2d(weight, padding: 1, groups: 128) }
    },
    Workload(name: "conv.transposed_8x64x16x16") {
      let (x, weight) = (leaf(8, 64, 16, 16), leaf(64, 32, 4, 4))
      return forwardAndBackward([x, weight]) { x.convTranspose2d(weight, stride: 2, padding: 1) }
    },
    Workload(
      name: "conv.resnet18",
      flops: residual.reduce(0) { $0 + $1.layer.flops * $1.count }
    ) {
      let steps = residual.flatMap { layer, count in (0..<count).map { _ in layer.makeStep() } }
      return { for step in steps { step() } }
    },
  ]
  + residual.map { layer, _ in
    Workload(name: "conv.resnet18_\(layer.name)", flops: layer.flops) { layer.makeStep() }
  }
