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
    Sizes(channels: 12, image: [30, 41], results: 12, groups: 12),
    Sizes(channels: 6, image: [15, 14], results: 12, kernel: 5, stride: 2, padding: 2, groups: 6),
    Sizes(channels: 16, image: [7, 7], results: 24, groups: 4),
    Sizes(channels: 9, image: [11, 6], results: 3, kernel: 2, stride: 3, padding: 4, groups: 3),
    Sizes(batch: 1, channels: 1, image: [20, 28], results: 6, kernel: 5, padding: 0),
    Sizes(channels: 24, image: [16, 40], results: 20, kernel: 4, stride: 2),
  ]

  private static func gradients(_ s: Sizes, _ dtype: DType) -> [Tensor] {
    let x = fixedNumbers([s.batch, s.channels] + s.image, seed: 1).to(dtype).detach()
    let kernel = [s.results, s.channels / s.groups, s.kernel, s.kernel]
    let weight = fixedNumbers(kernel, seed: 2).to(dtype).detach()
    let bias = fixedNumbers([s.results], seed: 3).to(dtype).detach()
    let leaves = [x, weight, bias].map { $0.requiresGrad_() }
    let y = x.conv2d(
      weight, bias: bias, stride: s.stride, padding: s.padding, groups: s.groups)
    let gradient = fixedNumbers(y.shape, seed: 4).to(dtype)
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

  /// Where what is not finite reaches the results, for float64, of which each is a sum by itself, and
  /// for float32: 1 where a number is NaN, 2 where it is infinite.
  private static func traces(_ s: Sizes, _ dtype: DType, _ poisoned: Int, _ poison: Double)
    -> [[Double]]
  {
    let size = s.image.map { ($0 + 2 * s.padding - s.kernel) / s.stride + 1 }
    var operands = [
      fixedNumbers([s.batch, s.channels] + s.image, seed: 1),
      fixedNumbers([s.results, s.channels / s.groups, s.kernel, s.kernel], seed: 2),
      fixedNumbers([s.batch, s.results] + size, seed: 4),
    ]
    operands[poisoned].view(-1).narrow(dim: 0, start: operands[poisoned].count / 2 + 3, length: 1)
      .fill_(poison)
    operands = operands.map { $0.to(dtype).detach() }
    for i in 0..<2 { operands[i].requiresGrad_() }
    let y = operands[0].conv2d(
      operands[1], stride: s.stride, padding: s.padding, groups: s.groups)
    try! y.backward(gradient: operands[2])
    return [y.detach(), operands[0].grad!, operands[1].grad!].map { result in
      (result.isnan().to(.float64) + result.isinf().to(.float64) * 2).toArray()
    }
  }

  @Test(arguments: all, [Double.nan, .infinity, -1e39])
  func `what is not finite stays where it belongs`(sizes: Sizes, poison: Double) {
    for poisoned in 0..<3 {
      let expected = Self.traces(sizes, .float64, poisoned, poison == -1e39 ? -.infinity : poison)
      #expect(Self.traces(sizes, .float32, poisoned, poison) == expected)
    }
  }
}
