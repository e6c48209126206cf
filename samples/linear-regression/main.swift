// A layer of one input and one output, fitted by gradient descent: y = W·x + b.
//
// The four points lie on the line y = 2x + 1; W and b start from zero and come near it.

import Autograd
import Foundation
import SampleSupport

// Four samples of one feature each, a row a sample.
let x = Tensor([[1.0], [2.0], [3.0], [4.0]])
let y = Tensor([[3.0], [5.0], [7.0], [9.0]])

// What is to be learned: `requiresGrad` asks for gradients of the loss.
let w = Tensor.zeros(1, 1, requiresGrad: true)
let b = Tensor.zeros(1, requiresGrad: true)

let learningRate = 0.001
let epochs = 200

for epoch in 1...epochs {
  // The forward pass builds a graph of what was computed from what …
  let prediction = x.mm(w) + b
  let loss = (prediction - y).pow(2).mean()

  if epoch == 1 {
    print("loss:", loss)
    save(loss.graph(parameters: ["W": w, "b": b]), as: "linear-regression")
  }

  // … along which the gradients flow back into `w.grad` and `b.grad`.
  try loss.backward()
  if epoch == 1 { print("gradients:", w.grad!, b.grad!) }

  // A step of stochastic gradient descent is no part of the graph.
  noGrad {
    w -= learningRate * w.grad!
    b -= learningRate * b.grad!
  }

  // Gradients accumulate; the next pass starts from zero.
  w.grad!.zero_()
  b.grad!.zero_()

  if epoch == 1 {
    print("after one step: W = \(w.item()), b = \(b.item())")
  }
  if epoch % 20 == 0 {
    print(String(format: "epoch %3d  loss %.2f", epoch, loss.item()))
  }
}

print("after \(epochs) steps: W = \(w.item()), b = \(b.item())")
print("prediction for x = 5:", (Tensor([[5.0]]).mm(w) + b).item())
