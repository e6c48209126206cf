// What normalisations do beside their values: versions, running statistics, threads.
import Testing

@testable import Autograd

@Suite struct NormalizationTests {
  @Test func `training moves the running statistics and raises no version`() {
    let mean = Tensor.zeros(2)
    let variance = Tensor.ones(2)
    let x = Tensor([[0, 2], [2, 6], [4, 10]] as [[Float]])
    _ = x.batchNorm(runningMean: mean, runningVar: variance, training: true, momentum: 0.5)
    #expect(mean.toArray() == [1, 3])
    #expect(variance.toArray() == [2.5, 8.5])
    #expect(mean.version == 0)
    #expect(variance.version == 0)
  }

  @Test func `instances move the running statistics and raise their version`() {
    let mean = Tensor.zeros(1)
    let variance = Tensor.ones(1)
    let x = Tensor([[[0, 2]], [[4, 10]]] as [[[Float]]])
    _ = x.instanceNorm(runningMean: mean, runningVar: variance, momentum: 0.5)
    #expect(mean.toArray() == [2])
    #expect(variance.toArray() == [5.5])
    #expect(mean.version == 1)
  }

  @Test(arguments: [[96, 1024], [512, 8, 9], [64, 32, 6, 8]])
  func `results do not depend on the number of threads`(_ shape: [Int]) {
    let last = shape[shape.count - 1]
    let numbers = [shape, [last], [shape[1]]].map { fixedNumbers($0, seed: 3) }
    let g = fixedNumbers(shape, seed: 4)
    func results() -> [[Double]] {
      let leaves = numbers.map { $0.clone().requiresGrad_() }
      let (x, layers, channels) = (leaves[0], leaves[1], leaves[2])
      let all = [
        x.layerNorm([last], weight: layers, bias: layers),
        x.groupNorm(8, weight: channels, bias: channels),
        x.batchNorm(
          runningMean: nil, runningVar: nil, weight: channels, bias: channels, training: true),
      ]
      for y in all { try! y.backward(gradient: g, retainGraph: true) }
      return all.map { $0.detach().toArray() }
        + leaves.map { $0.grad!.toArray() }
    }
    let before = getNumThreads()
    defer { setNumThreads(before) }
    setNumThreads(1)
    let alone = results()
    setNumThreads(3)
    #expect(results() == alone)
  }
}
