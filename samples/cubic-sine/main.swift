// Gradients of a polynomial, and a polynomial fitted to the sine.
//
// Follows PyTorch's own "A gentle introduction to torch.autograd" and "Learning PyTorch with
// examples".

import Autograd
import Foundation
import SampleSupport

// 1. A vector function, Q = 3x³ - y². What flows into Q is given, as Q is no single number.
let x = Tensor([1.0, 2.0], requiresGrad: true)
let y = Tensor([5.0, 3.0], requiresGrad: true)
let q = 3 * x.pow(3) - y.pow(2)
print("Q:", q)
save(q.graph(parameters: ["x": x, "y": y]), as: "cubic-sine-gradients")
try q.backward(gradient: Tensor([2.0, 2.0]))
print("dQ/dx:", x.grad!)  // 9x² · 2
print("dQ/dy:", y.grad!)  // -2y · 2

// 2. y = a + bx + cx² + dx³, fitted to sin(x) between -π and π.

/// A polynomial of the third degree, with coefficients drawn at random.
struct Cubic {
  let a = Tensor.randn([], requiresGrad: true)
  let b = Tensor.randn([], requiresGrad: true)
  let c = Tensor.randn([], requiresGrad: true)
  let d = Tensor.randn([], requiresGrad: true)

  var coefficients: [String: Tensor] { ["a": a, "b": b, "c": c, "d": d] }

  func callAsFunction(_ x: Tensor) -> Tensor {
    a + b * x + c * x.pow(2) + d * x.pow(3)
  }

  /// Takes a step against the gradients and forgets them.
  func descend(learningRate: Double) {
    noGrad {
      for coefficient in [a, b, c, d] {
        coefficient -= learningRate * coefficient.grad!
        coefficient.grad = nil
      }
    }
  }
}

// With 1,500 points a learning rate of 1e-5 is too bold: the loss, a sum over the points, explodes.
manualSeed(42)
var cubic = Cubic()
var points = Tensor.linspace(-Double.pi, Double.pi, steps: 1_500)
var sine = points.sin()
print("\nlearning rate 1e-5, 1500 points")
for step in 0..<40 {
  let loss = (cubic(points) - sine).pow(2).sum()
  let value = loss.item(as: Float.self)
  if step < 4 { print(step, value) }
  if value.isInfinite {
    print(step, value)
    break
  }
  try loss.backward()
  cubic.descend(learningRate: 1e-5)
}

// A tenth of it descends.
manualSeed(42)
cubic = Cubic()
points = Tensor.linspace(-Double.pi, Double.pi, steps: 2_000)
sine = points.sin()
print("\nlearning rate 1e-6, 2000 points")
for step in 0..<2_000 {
  let loss = (cubic(points) - sine).pow(2).sum()
  if step % 100 == 99 { print(step, loss.item()) }
  if step == 0 { save(loss.graph(parameters: cubic.coefficients), as: "cubic-sine") }
  try loss.backward()
  cubic.descend(learningRate: 1e-6)
}
print(
  String(
    format: "Result: y = %.6f + %.6f x + %.6f x^2 + %.6f x^3", cubic.a.item(), cubic.b.item(),
    cubic.c.item(), cubic.d.item()))

// 3. Frozen tensors: what requires no gradient is a constant and has no place in the graph.
cubic.a.requiresGrad_(false)
cubic.c.requiresGrad_(false)
let odd = (cubic(points) - sine).pow(2).sum()
save(odd.graph(parameters: cubic.coefficients), as: "cubic-sine-frozen")
try odd.backward()
print("\nwith a and c frozen")
print("gradients of a and c:", [cubic.a, cubic.c].allSatisfy { $0.grad == nil } ? "none" : "some")
print("gradients of b and d:", cubic.b.grad!, cubic.d.grad!)
