// Training steps of whole networks.

import Autograd

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

let networkWorkloads = [lstm(batch: 1), lstm(batch: 32)]
