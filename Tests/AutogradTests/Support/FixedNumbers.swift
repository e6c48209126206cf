// Numbers that follow from a seed alone: tests that run meanwhile share the engine's generator.
@testable import Autograd

/// Float32 numbers from -2 to 2, in a shape.
func fixedNumbers(_ shape: [Int], seed: Int) -> Tensor {
  var generator = SplitMix(seed: seed)
  let count = shape.reduce(1, *)
  return Tensor((0..<count).map { _ in Float.random(in: -2...2, using: &generator) }).view(shape)
}
