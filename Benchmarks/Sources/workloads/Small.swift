// Small tensors, where what an operator costs beside its arithmetic is all that counts: steps of a
// few elements, the tutorials' loops, long chains.

import Autograd
import GraphModel

/// `((x*w+b)**2).mean()` and its backward pass.
private func square(_ shape: Int...) -> Step {
  let (x, w, b) = (Tensor.randn(shape), leaf(1), leaf(1))
  return forwardAndBackward([w, b]) { (x * w + b).pow(2).mean() }
}

/// The thermometer of "Deep Learning with PyTorch", chapter 5: 11 temperatures, 5,000 epochs.
private func thermometer() -> Step {
  let celsius = Tensor([0.5, 14, 15, 28, 11, 8, 3, -4, 6, 13, 21])
  let unknown = 0.1 * Tensor([35.7, 55.9, 58.2, 81.9, 56.3, 48.9, 33.9, 21.8, 48.4, 60.4, 68.4])
  return {
    let params = Tensor([1.0, 0.0], requiresGrad: true)
    for _ in 0..<5000 {
      params.grad?.zero_()
      let parts = params.unbind()
      let loss = (parts[0] * unknown + parts[1] - celsius).pow(2).mean()
      try! loss.backward()
      noGrad { params -= 1e-2 * params.grad! }
    }
    precondition(abs(params[0].item() - 5.3671) < 2e-2, "it converges")
  }
}

/// A line through four points, 200 epochs.
private func line() -> Step {
  let x = Tensor([1.0, 2, 3, 4])
  let y = 2 * x
  return {
    let w = Tensor(0.0, requiresGrad: true)
    for _ in 0..<200 {
      let loss = (w * x - y).pow(2).mean()
      try! loss.backward()
      noGrad { w -= 0.01 * w.grad! }
      w.grad!.zero_()
    }
    precondition(abs(w.item() - 2) < 1e-3, "it converges")
  }
}

/// The same line as a product of matrices, with a bias.
private func lineByProduct() -> Step {
  let x = Tensor([[1.0], [2], [3], [4]])
  let y = 2 * x
  return {
    let w = Tensor.zeros(1, 1, requiresGrad: true)
    let b = Tensor.zeros(1, requiresGrad: true)
    for _ in 0..<200 {
      let loss = (x.matmul(w) + b - y).pow(2).mean()
      try! loss.backward()
      noGrad {
        w -= 0.01 * w.grad!
        b -= 0.01 * b.grad!
      }
      w.grad!.zero_()
      b.grad!.zero_()
    }
  }
}

/// "Learning PyTorch with Examples": a cubic fitted to 2,000 points, 2,000 epochs.
private func cubic() -> Step {
  return {
    let x = Tensor.linspace(-1, 1, steps: 2000)
    let y = x.exp()
    let p = (0..<4).map { _ in Tensor.randn([], requiresGrad: true) }
    for _ in 0..<2000 {
      let loss = (p[0] + p[1] * x + p[2] * x.pow(2) + p[3] * x.pow(3) - y).pow(2).sum()
      try! loss.backward()
      noGrad {
        for parameter in p {
          parameter -= 1e-4 * parameter.grad!
          parameter.grad = nil
        }
      }
    }
  }
}

/// A chain of a thousand operators, `count` elements each, by turns a product and a sum.
private func products(_ count: Int) -> Step {
  let (x, c, d) = (leaf(count), Tensor([1.0001]), Tensor([1e-4]))
  return forwardAndBackward([x]) {
    var y = x
    for _ in 0..<500 {
      y = y * c
      y = y + d
    }
    return y
  }
}

let smallWorkloads =
  [
    Workload(name: "tiny.1", make: { square(1) }),
    Workload(name: "tiny.11", make: { square(11) }),
    Workload(name: "tiny.4x1", make: { square(4, 1) }),
    Workload(name: "tiny.4x1_allgrad") {
      let (x, w, b) = (leaf(4, 1), leaf(4, 1), leaf(4, 1))
      return forwardAndBackward([x, w, b]) { (x * w + b).pow(2).mean() }
    },
    Workload(name: "tiny.matmul_4x1_1x1") {
      let (x, w, b) = (Tensor.randn(4, 1), leaf(1, 1), leaf(1))
      return forwardAndBackward([w, b]) { (x.matmul(w) + b).pow(2).mean() }
    },
    Workload(name: "tiny.nograd_add_1") {
      let (x, w) = (Tensor.randn(1), Tensor.randn(1))
      return { noGrad { for _ in 0..<100 { _ = x + w } } }
    },
    Workload(name: "tutorial.temp11_5000", make: thermometer),
    Workload(name: "tutorial.lin4_200", make: line),
    Workload(name: "tutorial.lin4x1_mm_200", make: lineByProduct),
    Workload(name: "tutorial.poly_sin_2000", make: cubic),
    Workload(name: "chain1000.mul_add_1", make: { products(1) }),
    Workload(name: "chain1000.tanh_1") {
      let x = leaf(1)
      return forwardAndBackward([x]) {
        var y = x
        for _ in 0..<1000 { y = y.tanh() }
        return y
      }
    },
    Workload(name: "chain1000.mul_add_1024", make: { products(1024) }),
    // What noting the calls costs at worst; PyTorch has nothing of the kind.
    Workload(name: "chain1000.mul_add_1_captured") {
      let step = products(1)
      return { captureSource { step() } }
    },
  ].map { workload in
    var workload = workload
    workload.usesThreads = false
    return workload
  }
