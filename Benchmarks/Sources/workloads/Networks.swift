// Training steps of whole networks.

import Autograd
import AutogradNN
import SampleNetworks

/// Forward, backward, the optimiser's step, and the gradients' release.
private func training(
  _ name: String, _ makeModel: @escaping @Sendable () -> Module,
  _ makeInput: @escaping @Sendable () -> Tensor, classes: Int,
  _ makeOptimizer: @escaping @Sendable ([Tensor]) -> Optimizer
) -> Workload {
  Workload(name: "net.\(name)") {
    let (model, input) = (makeModel(), makeInput())
    let optimizer = makeOptimizer(model.parameters())
    let count = model(input).count / classes
    let targets = Tensor.randint(high: classes, [count])
    return {
      try! model(input).view(count, classes).crossEntropy(targets).backward()
      optimizer.step()
      optimizer.zeroGrad()
    }
  }
}

/// A long short-term memory of 128 units unrolled over 100 steps of 64 inputs, forward and backward.
private func lstm(batch: Int) -> Workload {
  let (steps, inputs, hidden) = (100, 64, 128)
  return Workload(name: "net.lstm_\(batch)") {
    let x = Tensor.randn(steps, batch, inputs)
    let scale = 1 / Double(hidden).squareRoot()
    func parameter(_ shape: Int...) -> Tensor {
      ((Tensor.rand(shape) * 2 - 1) * scale).requiresGrad_()
    }
    let (wx, wh) = (parameter(inputs, 4 * hidden), parameter(hidden, 4 * hidden))
    let b = parameter(4 * hidden)
    return forwardAndBackward([wx, wh, b]) {
      var h = Tensor.zeros(batch, hidden)
      var c = Tensor.zeros(batch, hidden)
      for t in 0..<steps {
        let gates = (x[t].matmul(wx) + h.matmul(wh) + b).chunk(4, dim: 1)
        c = gates[1].sigmoid() * c + gates[0].sigmoid() * gates[2].tanh()
        h = gates[3].sigmoid() * c.tanh()
      }
      return (h * h).mean()
    }
  }
}

let networkWorkloads = [
  training("mlp_sgd", { MLP() }, { .randn(128, 784) }, classes: 10) {
    SGD($0, lr: 0.01, momentum: 0.9)
  },
  training("mlp_adam", { MLP() }, { .randn(128, 784) }, classes: 10) { Adam($0, lr: 1e-3) },
  training(
    "gpt_adamw", { GPT(vocabulary: 1024, context: 128, d: 256, heads: 8, layers: 4) },
    { .randint(high: 1024, [4, 128]) }, classes: 1024
  ) { AdamW($0, lr: 3e-4) },
  training("resnet18", { ResNet18() }, { .randn(8, 3, 64, 64) }, classes: 1000) {
    SGD($0, lr: 1e-3, momentum: 0.9)
  },
  lstm(batch: 1), lstm(batch: 32),
]
