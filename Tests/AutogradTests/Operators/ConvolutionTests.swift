// Convolutions in float32 against the same in float64, which go another way, on any number of threads.
import Testing

@testable import Autograd

@Suite(.serialized) struct ConvolutionTests {
  /// A convolution's sizes.
  struct Sizes: Sendable, CustomTestStringConvertible {
    var batch = 2
    var channels = 16
    var image = [8, 8]
    var results = 16
    var kernel = 3
    var stride = 1
    var padding = 1
    var groups = 1

    var testDescription: String {
      "\(batch)x\(channels)x\(image[0])x\(image[1]) by \(kernel), \(results) results"
    }
  }

  static let all = [
    Sizes(), Sizes(batch: 3, channels: 32, image: [13, 9], results: 48),
    Sizes(channels: 48, image: [20, 32], padding: 0),
    Sizes(image: [17, 33], results: 32, padding: 2), Sizes(batch: 5, image: [3, 4]),
    Sizes(batch: 1, image: [40, 7]), Sizes(batch: 4, channels: 64, image: [12, 16], results: 80),
    Sizes(channels: 20, image: [14, 15], results: 30, stride: 2),
    Sizes(channels: 20, image: [14, 15], results: 30, kernel: 5, stride: 3, padding: 2, groups: 2),
    Sizes(channels: 7, image: [9, 9], results: 5),
    Sizes(channels: 32, image: [9, 10], results: 32, kernel: 1, padding: 0),
    Sizes(channels: 3, image: [40, 40], kernel: 7, stride: 2, padding: 3),
    Sizes(channels: 32, image: [9, 20], results: 32, groups: 32),
  ]

  private static func gradients(_ s: Sizes, _ dtype: DType) -> [Tensor] {
    manualSeed(3)
    let x = Tensor.randn(s.batch, s.channels, s.image[0], s.image[1]).to(dtype).detach()
    let weight = Tensor.randn(s.results, s.channels / s.groups, s.kernel, s.kernel)
      .to(dtype).detach()
    let bias = Tensor.randn(s.results).to(dtype).detach()
    let leaves = [x, weight, bias].map { $0.requiresGrad_() }
    let y = x.conv2d(
      weight, bias: bias, stride: s.stride, padding: s.padding, groups: s.groups)
    let gradient = Tensor.randn(y.shape).to(dtype)
    try! y.backward(gradient: gradient)
    return [y.detach()] + leaves.map { $0.grad! }
  }

  @Test(arguments: all) func `float32 is as good as PyTorch's`(sizes: Sizes) {
    let exact = Self.gradients(sizes, .float64)
    for (single, double) in zip(Self.gradients(sizes, .float32), exact) {
      let error = (single.to(.float64) - double).abs().max().item()
      #expect(error <= 5e-6 * double.abs().max().item())
    }
  }

  @Test(arguments: all) func `results do not depend on the number of threads`(sizes: Sizes) {
    let before = getNumThreads()
    defer { setNumThreads(before) }
    setNumThreads(1)
    let alone = Self.gradients(sizes, .float32)
    for threads in [2, 3] {
      setNumThreads(threads)
      for (a, b) in zip(alone, Self.gradients(sizes, .float32)) {
        #expect(a.eq(b).all().item() == 1)
      }
    }
  }
}
