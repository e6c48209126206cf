// Programs in which gradients are zero, or units dead.

internal import Autograd
internal import AutogradNN
internal import AutogradRecorder

extension Fault {
  static let zeros: [Fault] = [
    Fault(
      "rounded", "a quantised layer with a plain round and no straight-through estimate",
      kind: "zeroGradient", node: "RoundBackward0",
      says: ["bias, weight", "zero in all passes", "RoundBackward0", "step function"]
    ) { recorder in
      let layer = Linear(8, 4)
      recorder.watch(layer.namedParameters())
      let x = Tensor.randn([16, 8])
      try recorder.train(SGD(layer.parameters(), lr: 0.1)) { _ in
        (layer(x) * 8).round().pow(2).mean()
      }
    },

    Fault(
      "zero-weights", "two layers whose weights all start at zero",
      kind: "zeroGradient", says: ["first.weight", "zero in all passes", "zero"]
    ) { recorder in
      let (first, second) = (Linear(8, 4, bias: false), Linear(4, 1, bias: false))
      noGrad {
        first.weight.zero_()
        second.weight.zero_()
      }
      recorder.watch(
        first.namedParameters(prefix: "first") + second.namedParameters(prefix: "second"))
      let (x, y) = (Tensor.randn([16, 8]), Tensor.randn([16, 1]))
      try recorder.train(SGD(first.parameters() + second.parameters(), lr: 0.1)) { _ in
        (second(first(x)) - y).pow(2).mean()
      }
    },

    Fault(
      "clamped-away", "an output clamped to a range that it never lies in",
      kind: "zeroGradient", says: ["zero in all passes", "ClampBackward1", "flat"]
    ) { recorder in
      let layer = Linear(8, 4)
      noGrad { layer.bias!.fill_(5) }
      recorder.watch(layer.namedParameters())
      let x = Tensor.rand([16, 8])
      try recorder.train(SGD(layer.parameters(), lr: 0.1)) { _ in
        (layer(x).clamp(min: 0, max: 1) - 2).pow(2).mean()
      }
    },

    Fault(
      "dead-relu", "a layer whose large negative bias keeps every relu behind it shut",
      kind: "zeroGradient", node: "ReluBackward0", says: ["ReluBackward0", "first.weight"]
    ) { recorder in
      let (first, second) = (Linear(8, 16), Linear(16, 1))
      noGrad { first.bias!.fill_(-30) }
      recorder.watch(
        first.namedParameters(prefix: "first") + second.namedParameters(prefix: "second"))
      let (x, y) = (Tensor.randn([32, 8]), Tensor.randn([32, 1]))
      try recorder.train(SGD(first.parameters() + second.parameters(), lr: 0.1)) { _ in
        (second(first(x).relu()) - y).pow(2).mean()
      }
    },

    Fault(
      "half-dead-layer", "a layer most of whose units were pushed below zero for good",
      kind: "deadUnits", node: "ReluBackward0", says: ["dead units", "12 of 16 units"]
    ) { recorder in
      let (first, second) = (Linear(8, 16), Linear(16, 1))
      noGrad { _ = first.bias![..<12].fill_(-30) }
      recorder.watch(
        first.namedParameters(prefix: "first") + second.namedParameters(prefix: "second"))
      try recorder.train(SGD(first.parameters() + second.parameters(), lr: 0.05), steps: 8) { _ in
        let x = Tensor.randn([64, 8])
        return (second(first(x).relu()) - x[0..., ..<1]).pow(2).mean()
      }
    },

    Fault(
      "saturated-tanh", "inputs in thousands before a tanh",
      kind: "saturatedUnits", node: "TanhBackward0", says: ["saturated units", "TanhBackward0"]
    ) { recorder in
      let (first, second) = (Linear(8, 16), Linear(16, 1))
      recorder.watch(
        first.namedParameters(prefix: "first") + second.namedParameters(prefix: "second"))
      let (x, y) = (Tensor.randn([4, 8]).sign() * 1e3 + 2e3, Tensor.randn([4, 1]))
      noGrad {
        first.weight.abs_()
        first.weight.add_(0.05)
        first.weight.mul_(0.005)
      }
      try recorder.train(SGD(first.parameters() + second.parameters(), lr: 0.001)) { _ in
        (second(first(x).tanh()) - y).pow(2).mean()
      }
    },
  ]
}
