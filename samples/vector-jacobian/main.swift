// A vector-Jacobian product, gradients that accumulate, and three ways to stop tracking.

import Autograd
import SampleSupport

// 1. A result that is no single number has a Jacobian; `backward` multiplies it by a vector.
let x = Tensor.ones(3, requiresGrad: true)
var y = x * 2
for _ in 0..<10 {
  y = y * 2
}
print("y:", y)
save(y.graph(parameters: ["x": x]), as: "vector-jacobian")

// Without the vector there is nothing to multiply by, and the pass is refused.
do {
  try y.backward()
} catch {
  print("refused:", error)
}

let v = Tensor([0.1, 1.0, 0.0001])
try y.backward(gradient: v)
print("vector-Jacobian product:", x.grad!)

// 2. Gradients of several passes add up …
let weights = Tensor.ones(4, requiresGrad: true)
for _ in 0..<3 {
  try (weights * 3).sum().backward()
  print("accumulated:", weights.grad!)
}

// … unless they are zeroed in between.
for _ in 0..<3 {
  weights.grad!.zero_()
  try (weights * 3).sum().backward()
  print("zeroed before:", weights.grad!)
}

// A loop that trains zeroes after each step.
for _ in 0..<3 {
  weights.grad!.zero_()
  let output = (weights * 3).sum()
  try output.backward()
  noGrad { weights -= 0.1 * weights.grad! }
  print("output:", output)
}
print("weights:", weights)

// 3. Three ways to stop tracking.
let tracked = Tensor.ones(2, 2, requiresGrad: true)
print("tracked:", (tracked * tracked).sum())

// A copy of the tensor without its history, in the same memory …
let detached = tracked.detach()
print("detach():", (detached * detached).sum())

// … a stretch of the program in which nothing is recorded …
noGrad { print("noGrad:", (tracked * tracked).sum()) }

// … or the tensor itself, for good.
tracked.requiresGrad_(false)
print("requiresGrad_(false):", (tracked * tracked).sum())
