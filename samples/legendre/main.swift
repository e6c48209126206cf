// A sine fitted by a polynomial whose derivative is written by hand.
//
// Follows PyTorch's "Learning PyTorch with examples", "Defining new autograd functions".

import Autograd
import SampleSupport

/// P₃(x) = ½ (5x³ - 3x), the Legendre polynomial of degree three.
enum LegendrePolynomial3: UnaryFunction {
  static func forward(_ ctx: FunctionContext, _ input: Tensor) -> Tensor {
    ctx.saveForBackward(input)
    return 0.5 * (5 * input.pow(3) - 3 * input)
  }

  static func backward(_ ctx: FunctionContext, _ gradOutput: Tensor) -> Tensor {
    let input = ctx.savedTensors[0]
    return gradOutput * 1.5 * (5 * input.pow(2) - 1)
  }
}

let x = Tensor.linspace(-Double.pi, Double.pi, steps: 2000)
let y = x.sin()

// y = a + b · P₃(c + d·x). The start is not too far from where it goes, so that it converges.
let a = Tensor.full([], 0.0, requiresGrad: true)
let b = Tensor.full([], -1.0, requiresGrad: true)
let c = Tensor.full([], 0.0, requiresGrad: true)
let d = Tensor.full([], 0.3, requiresGrad: true)

let learningRate = 5e-6
for step in 0..<2000 {
  let prediction = a + b * LegendrePolynomial3.apply(c + d * x)
  let loss = (prediction - y).pow(2).sum()
  if step == 0 { save(loss.graph(parameters: ["a": a, "b": b, "c": c, "d": d]), as: "legendre") }
  if step % 100 == 99 { print(step, loss.item(as: Float.self)) }
  try loss.backward()
  noGrad {
    for coefficient in [a, b, c, d] {
      coefficient -= learningRate * coefficient.grad!
      coefficient.grad = nil
    }
  }
}

/// Four decimals, without a sign where they are zeros.
func digits(_ coefficient: Tensor) -> Double {
  (coefficient.item() * 10_000).rounded() / 10_000 + 0
}
print("y = \(digits(a)) + \(digits(b)) · P3(\(digits(c)) + \(digits(d)) x)")

// What is written by hand may be wrong: gradcheck compares it with differences, in float64.
let points = Tensor.linspace(-1.0, 1.0, steps: 5, dtype: .float64).requiresGrad_()
try gradcheck(LegendrePolynomial3.apply, points)
try gradgradcheck(LegendrePolynomial3.apply, points)
print("the derivative is that of the function, and so is the derivative's own")
