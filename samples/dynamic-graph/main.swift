// A model b + w·x, and the graph that each of its runs builds anew.
//
// Follows "Understanding PyTorch with an example: a step-by-step tutorial" by Daniel Godoy; its
// data, which NumPy makes there, are made here.

import Autograd
import SampleSupport

// A hundred points about the line y = 1 + 2x, and eighty of them, in any order, to train with.
manualSeed(13)
let x = Tensor.rand(100, 1)
let y = 1 + 2 * x + 0.1 * Tensor.randn(100, 1)
let training = Tensor.randperm(100)[..<80]
let xTrain = x[training]
let yTrain = y[training]

// The parameters start at random, the same ones at each run.
manualSeed(42)
let b = Tensor.randn(1, requiresGrad: true)
let w = Tensor.randn(1, requiresGrad: true)
print("b:", b)
print("w:", w)

// The blue boxes are the parameters; x is a number that nobody asked a gradient of, and not there.
let yHat = b + w * xTrain
save(yHat.graph(parameters: ["b": b, "w": w]), as: "dynamic-graph-yhat")

// How far off are the predictions, and which way is better?
let error = yHat - yTrain
let loss = error.pow(2).mean()
try loss.backward()
print("loss:", loss)
print("gradients:", b.grad!, w.grad!)

// When b needs no gradient, its box goes, and what is left of the graph leads to w alone.
let fixedB = b.detach()
let yHatOfW = fixedB + w * xTrain
print("b requires a gradient:", fixedB.requiresGrad, "and their sum:", yHatOfW.requiresGrad)
save(yHatOfW.graph(parameters: ["w": w]), as: "dynamic-graph-no-b")

// The graph is what ran, so it may depend on the numbers. (This makes no sense as a model.)
let branching = (b + w * xTrain - yTrain).pow(2).mean()
if branching.item() > 0 {
  let error2 = w * xTrain - yTrain
  branching += error2.mean()
}
print("loss of both branches:", branching)
save(branching.graph(parameters: ["b": b, "w": w]), as: "dynamic-graph-branch")

// Descending for a thousand epochs finds the line.
let learningRate = 0.1
for _ in 0..<1_000 {
  b.grad = nil
  w.grad = nil
  try (b + w * xTrain - yTrain).pow(2).mean().backward()
  noGrad {
    b -= learningRate * b.grad!
    w -= learningRate * w.grad!
  }
}
print("after 1000 epochs:", b, w)
