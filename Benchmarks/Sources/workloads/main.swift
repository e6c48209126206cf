// The workloads of the benchmarks on the engine's side, one repetition at a time.
//
// A line protocol, so that PyTorch (peers.py) can take turns: a workload's name per line on standard
// input; one line of JSON per name on standard output, with the microseconds of one step.

import Autograd
import Glibc
import GraphModel

/// One step of a workload, ready to be repeated.
typealias Step = () -> Void

/// The tutorial's thermometer data, on which a step is a forward and a backward pass.
func thermometerStep() -> Step {
  let celsius = Tensor([0.5, 14, 15, 28, 11, 8, 3, -4, 6, 13, 21])
  let unknown = Tensor([35.7, 55.9, 58.2, 81.9, 56.3, 48.9, 33.9, 21.8, 48.4, 60.4, 68.4]) * 0.1
  let params = Tensor([1.0, 0.0], requiresGrad: true)
  return {
    params.grad = nil
    let parts = params.unbind()
    let loss = (parts[0] * unknown + parts[1] - celsius).pow(2).mean()
    try! loss.backward()
    noGrad { params -= 1e-2 * params.grad! }
  }
}

/// `((x*w+b)**2).mean()` and its backward pass.
func squareStep(_ count: Int) -> Step {
  let x = Tensor.randn(count)
  let w = Tensor.randn(1, requiresGrad: true)
  let b = Tensor.randn(1, requiresGrad: true)
  return {
    let loss = (x * w + b).pow(2).mean()
    try! loss.backward()
    w.grad = nil
    b.grad = nil
  }
}

/// A chain of one-element multiplications, forward and backward.
func chain(_ length: Int) -> Step {
  let x = Tensor([1.0], requiresGrad: true)
  return {
    var y = x
    for _ in 0..<length { y = y * 1.0001 }
    try! y.backward()
    x.grad = nil
  }
}

/// A function of ten million float32 elements, summed, forward and backward.
func large(_ function: @escaping (Tensor) -> Tensor) -> Step {
  let x = Tensor.randn(10_000_000, requiresGrad: true)
  let gradient = Tensor.randn(10_000_000)
  return {
    try! function(x).backward(gradient: gradient)
    x.grad = nil
  }
}

/// A calculation without gradients on matrices of normally distributed float32.
func forward(_ shape: [Int], _ function: @escaping (Tensor) -> Tensor) -> Step {
  let x = Tensor.randn(shape)
  return { _ = function(x) }
}

/// The product of two square matrices.
func matmul(_ size: Int, _ dtype: DType) -> Step {
  let a = Tensor.randn(size, size, dtype: dtype)
  let b = Tensor.randn(size, size, dtype: dtype)
  return { _ = a.mm(b) }
}

let row = Tensor.randn(2048)

let workloads: [(name: String, make: () -> Step)] = [
  ("thermometer step", thermometerStep),
  ("square step, 1 element", { squareStep(1) }),
  ("square step, 11 elements", { squareStep(11) }),
  ("chain of 1,000", { chain(1000) }),
  ("exp 10M", { large { $0.exp() } }),
  ("tanh 10M", { large { $0.tanh() } }),
  ("sigmoid 10M", { large { $0.sigmoid() } }),
  ("gelu 10M", { large { $0.gelu() } }),
  ("add 10M", { large { $0 + 1.5 } }),
  ("sum over dim 0, 4096x1024", { forward([4096, 1024]) { $0.sum(dim: 0) } }),
  ("sum over dim 1, 4096x1024", { forward([4096, 1024]) { $0.sum(dim: 1) } }),
  ("transpose + add, 2048x2048", { forward([2048, 2048]) { $0.t() + $0 } }),
  ("broadcast add, 2048x2048", { forward([2048, 2048]) { $0 + row } }),
  ("softmax, 1024x1024", { forward([1024, 1024]) { $0.softmax(dim: 1) } }),
  ("matmul float32 64", { matmul(64, .float32) }),
  ("matmul float32 256", { matmul(256, .float32) }),
  ("matmul float32 1024", { matmul(1024, .float32) }),
  ("matmul float64 64", { matmul(64, .float64) }),
  ("matmul float64 1024", { matmul(1024, .float64) }),
  (
    "chain of 1,000 with source lines",
    {
      let step = chain(1000)
      return { captureSource { step() } }
    }
  ),
]

if CommandLine.arguments.contains("--list") {
  for workload in workloads { print(workload.name) }
} else {
  while let name = readLine() {
    if let workload = workloads.first(where: { $0.name == name }) {
      print("{\"us\": \(microseconds(of: workload.make()))}")
    } else {
      print("{\"error\": \"no workload \(name)\"}")
    }
    // The other side waits for the line.
    fflush(nil)
  }
}

/// The time of one step, repeated for about a fifth of a second.
func microseconds(of step: Step) -> Double {
  let clock = ContinuousClock()
  for _ in 0..<3 { step() }
  var steps = 1
  while true {
    let time = clock.measure { for _ in 0..<steps { step() } }
    if time > .milliseconds(100) { return time / .microseconds(1) / Double(steps) }
    steps *= 2
  }
}
