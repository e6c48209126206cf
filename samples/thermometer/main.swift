// Reading an unknown thermometer: which line leads from its marks to degrees Celsius?
//
// Follows chapter 5 of "Deep Learning with PyTorch" by Eli Stevens, Luca Antiga and Thomas
// Viehmann.

import Autograd
import Foundation
import SampleSupport

let tC = Tensor([0.5, 14.0, 15.0, 28.0, 11.0, 8.0, 3.0, -4.0, 6.0, 13.0, 21.0])
let tU = Tensor([35.7, 55.9, 58.2, 81.9, 56.3, 48.9, 33.9, 21.8, 48.4, 60.4, 68.4])

func model(_ tU: Tensor, _ w: Tensor, _ b: Tensor) -> Tensor {
  w * tU + b
}

func lossFn(_ tP: Tensor, _ tC: Tensor) -> Tensor {
  let squaredDiffs = (tP - tC).pow(2)
  return squaredDiffs.mean()
}

// Both parameters live in one tensor; `unbind` takes it apart.
let params = Tensor([1.0, 0.0], requiresGrad: true)
print("gradient before the backward pass:", params.grad == nil ? "none" : "some")

let parts = params.unbind()
let loss = lossFn(model(tU, parts[0], parts[1]), tC)
print("loss:", loss)
save(loss.graph(parameters: ["params": params]), as: "thermometer")
try loss.backward()
print("gradient:", params.grad!)

func trainingLoop(
  epochs: Int, learningRate: Double, params: Tensor, tU: Tensor, tC: Tensor
) throws -> Tensor {
  for epoch in 1...epochs {
    // Gradients accumulate in the leaf, so they are zeroed before each pass.
    params.grad?.zero_()

    let parts = params.unbind()
    let tP = model(tU, parts[0], parts[1])
    let loss = lossFn(tP, tC)
    try loss.backward()

    noGrad { params -= learningRate * params.grad! }

    if epoch % 500 == 0 {
      print(String(format: "Epoch %d, Loss %f", epoch, loss.item()))
    }
  }
  return params
}

// A tenth of the marks has about the size of the degrees, so one learning rate suits both.
let tUn = 0.1 * tU
print(
  try trainingLoop(
    epochs: 5_000, learningRate: 1e-2, params: Tensor([1.0, 0.0], requiresGrad: true), tU: tUn,
    tC: tC))
