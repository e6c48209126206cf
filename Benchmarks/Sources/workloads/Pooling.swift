// Pooling and resizing of 32 images of 64 channels, 64×64 pixels, with gradients.

import Autograd

private func images(
  _ name: String, _ size: Int = 64, _ apply: @escaping @Sendable (Tensor) -> Tensor
) -> Workload {
  Workload(name: name) {
    let x = leaf(32, 64, size, size)
    return forwardAndBackward([x]) { apply(x) }
  }
}

let poolingWorkloads = [
  images("pool.max2_32x64x64x64") { $0.maxPool2d(kernelSize: 2) },
  images("pool.max3s2_32x64x64x64") { $0.maxPool2d(kernelSize: 3, stride: 2, padding: 1) },
  images("pool.avg2_32x64x64x64") { $0.avgPool2d(kernelSize: 2) },
  images("pool.adaptive1_32x64x64x64") { $0.adaptiveAvgPool2d(1) },
  images("resize.bilinear_32x64x32x32", 32) { $0.interpolate(scaleFactor: 2, mode: .bilinear) },
  images("resize.nearest_32x64x32x32", 32) { $0.interpolate(scaleFactor: 2) },
]
