// Programs that add up gradients which they should not: over steps, over a broadcast, with opposite signs.

internal import Autograd
internal import AutogradNN
internal import AutogradRecorder

extension Fault {
  static let sums: [Fault] = [
    Fault(
      "forgotten-zero-grad", "a loop that never sets gradients to zero",
      kind: "accumulatedGradients",
      says: ["gradients accumulate without being set to zero since step 0", "all 2 parameters"]
    ) { recorder in
      let layer = Linear(8, 1)
      recorder.watch(layer.namedParameters())
      let (x, y) = (Tensor.randn([32, 8]), Tensor.randn([32, 1]))
      let optimizer = SGD(layer.parameters(), lr: 1e-3)
      for step in 0..<24 {
        try recorder.record(step: step) { try (layer(x) - y).pow(2).mean().backward() }
        optimizer.step()
      }
    },

    Fault(
      "one-optimiser-zeroed", "two optimisers, of which one is told to zero its gradients",
      kind: "accumulatedGradients", says: ["2 of 4 parameters", "encoder.weight"]
    ) { recorder in
      let (encoder, head) = (Linear(8, 4), Linear(4, 1))
      recorder.watch(
        encoder.namedParameters(prefix: "encoder") + head.namedParameters(prefix: "head"))
      let (x, y) = (Tensor.randn([32, 8]), Tensor.randn([32, 1]))
      let slow = SGD(encoder.parameters(), lr: 1e-3)
      let fast = SGD(head.parameters(), lr: 1e-2)
      for step in 0..<24 {
        fast.zeroGrad()
        try recorder.record(step: step) { try (head(encoder(x)) - y).pow(2).mean().backward() }
        slow.step()
        fast.step()
      }
    },

    Fault(
      "loss-broadcast", "predictions of shape [32, 1] compared with targets of shape [32]",
      kind: "wrongBroadcast", node: "SubBackward0",
      says: ["[32, 1] against [32] gives [32, 32]", "SubBackward0"]
    ) { recorder in
      let layer = Linear(8, 1)
      recorder.watch(layer.namedParameters())
      let (x, y) = (Tensor.randn([32, 8]), Tensor.randn([32]))
      try recorder.train(SGD(layer.parameters(), lr: 0.05)) { _ in
        (layer(x) - y).pow(2).mean()
      }
    },

    Fault(
      "mse-broadcast", "the same in the mean squared error",
      kind: "wrongBroadcast", node: "ExpandBackward0", says: ["[32, 1] against [32] gives [32, 32]"]
    ) { recorder in
      let model = Sequential(Linear(8, 8), ReLU(), Linear(8, 1))
      recorder.watch(model.namedParameters())
      let (x, y) = (Tensor.randn([32, 8]), Tensor.randn([32]))
      try recorder.train(SGD(model.parameters(), lr: 0.05)) { _ in model(x).mseLoss(y) }
    },

    Fault(
      "weight-broadcast", "weights of shape [32] for losses of shape [32, 1]",
      kind: "wrongBroadcast", node: "MulBackward0", says: ["[32, 1] against [32] gives [32, 32]"]
    ) { recorder in
      let layer = Linear(8, 1)
      recorder.watch(layer.namedParameters())
      let (x, y, weight) = (Tensor.randn([32, 8]), Tensor.randn([32, 1]), Tensor.rand([32]))
      try recorder.train(SGD(layer.parameters(), lr: 0.05)) { _ in
        ((layer(x) - y).pow(2) * weight).mean()
      }
    },

    Fault(
      "opposite-signs", "a parameter that enters the loss twice with opposite signs",
      kind: "cancellingGradients", says: ["w is used twice", "cancel"]
    ) { recorder in
      let w = Tensor.randn([8], requiresGrad: true)
      let b = Tensor.randn([8], requiresGrad: true)
      recorder.watch([("w", w), ("b", b)])
      let x = Tensor.randn([32, 8])
      try recorder.train(SGD([w, b], lr: 0.01)) { _ in
        ((x * w) + b - (x * w) * 1.00001).pow(2).mean()
      }
    },

    Fault(
      "both-sides", "a contrastive loss that compares a projection with itself",
      kind: "cancellingGradients", says: ["cancel"]
    ) { recorder in
      let projection = Linear(8, 4, bias: false)
      let scale = Tensor([1.0], requiresGrad: true)
      recorder.watch(projection.namedParameters() + [("scale", scale)])
      let x = Tensor.randn([32, 8])
      try recorder.train(SGD(projection.parameters() + [scale], lr: 0.01)) { _ in
        let left = projection(x)
        let right = projection(x) * 1.00001
        return ((left - right) * 100 + scale).pow(2).mean()
      }
    },
  ]
}
