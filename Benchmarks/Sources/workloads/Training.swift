// What training costs beside the operators: modules around small tensors, and optimisers' steps.

import Autograd
import AutogradNN

/// A line through four points by a layer, a loss and an optimiser, 200 epochs.
private func line() -> Step {
  let x = Tensor([[1.0], [2], [3], [4]])
  let y = 2 * x
  return {
    let model = Linear(1, 1)
    let lossFunction = MSELoss()
    let optimizer = SGD(model.parameters(), lr: 0.01)
    for _ in 0..<200 {
      let loss = lossFunction(model(x), y)
      try! loss.backward()
      optimizer.step()
      optimizer.zeroGrad()
    }
  }
}

/// A step for `count` parameters of `size` elements each.
private func step(
  _ count: Int, _ size: Int, _ make: ([Tensor]) -> Optimizer
) -> Step {
  let parameters = (0..<count).map { _ in leaf(size) }
  for parameter in parameters { parameter.grad = .randn(size) }
  let optimizer = make(parameters)
  return { optimizer.step() }
}

let trainingWorkloads = [
  Workload(name: "nn.linear_200", usesThreads: false) { line() },
  Workload(name: "nn.call_1", usesThreads: false) {
    let (layer, x) = (Linear(1, 1), Tensor.randn(1, 1))
    return { noGrad { _ = layer(x) } }
  },
  Workload(name: "optim.sgd_1M") { step(1, 1_000_000) { SGD($0, lr: 1e-6) } },
  Workload(name: "optim.momentum_1M") {
    step(1, 1_000_000) { SGD($0, lr: 1e-6, momentum: 0.9, weightDecay: 1e-4) }
  },
  Workload(name: "optim.adamw_1M") { step(1, 1_000_000) { AdamW($0, lr: 1e-6) } },
  Workload(name: "optim.rmsprop_1M") {
    step(1, 1_000_000) { RMSprop($0, lr: 1e-6, momentum: 0.9, centered: true) }
  },
  Workload(name: "optim.sgd_100x1k", usesThreads: false) { step(100, 1000) { SGD($0, lr: 1e-6) } },
  Workload(name: "optim.adam_100x1k", usesThreads: false) {
    step(100, 1000) { Adam($0, lr: 1e-6) }
  },
]
