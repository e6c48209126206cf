// Programs whose gradients explode or vanish.

internal import Autograd
internal import AutogradNN
internal import AutogradRecorder

extension Fault {
  static let growth: [Fault] = [
    Fault(
      "cubic-sine",
      "the tutorial's cubic polynomial, fitted with a learning rate ten times too high",
      kind: "explodingGradients",
      says: ["exploding gradients since step 0", "times larger each step; d leads"]
    ) { recorder in
      let x = Tensor.linspace(-Double.pi, Double.pi, steps: 2_000)
      let y = x.sin()
      let (a, b) = (Tensor.randn([], requiresGrad: true), Tensor.randn([], requiresGrad: true))
      let (c, d) = (Tensor.randn([], requiresGrad: true), Tensor.randn([], requiresGrad: true))
      recorder.watch([("a", a), ("b", b), ("c", c), ("d", d)])
      let optimizer = SGD([a, b, c, d], lr: 1e-5)
      try recorder.train(optimizer, steps: 20) { _ in
        (a + b * x + c * x.pow(2) + d * x.pow(3) - y).pow(2).sum()
      }
    },

    Fault(
      "cubic-until-overflow", "the same until the loss overflows",
      kind: "explodingGradients", says: ["exploding gradients since step 0", "is not finite"]
    ) { recorder in
      let x = Tensor.linspace(-Double.pi, Double.pi, steps: 2_000)
      let y = x.sin()
      let (c, d) = (Tensor.randn([], requiresGrad: true), Tensor.randn([], requiresGrad: true))
      recorder.watch([("c", c), ("d", d)])
      try recorder.train(SGD([c, d], lr: 1e-5), steps: 60) { _ in
        (c * x.pow(2) + d * x.pow(3) - y).pow(2).sum()
      }
    },

    Fault(
      "uphill", "steps along the gradient instead of against it",
      kind: "explodingGradients", says: ["the loss"]
    ) { recorder in
      let layer = Linear(4, 1)
      recorder.watch(layer.namedParameters())
      let (x, y) = (Tensor.randn([64, 4]), Tensor.randn([64, 1]))
      try recorder.train(SGD(layer.parameters(), lr: 0.05, maximize: true), steps: 40) { _ in
        (layer(x) - y).pow(2).mean()
      }
    },

    Fault(
      "rate-too-high", "a network trained with a learning rate of 3",
      kind: "explodingGradients",
      says: ["exploding gradients since step", "times larger each step"]
    ) { recorder in
      let model = Sequential(Linear(8, 16), Linear(16, 1))
      recorder.watch(model.namedParameters())
      let (x, y) = (Tensor.randn([64, 8]), Tensor.randn([64, 1]))
      try recorder.train(SGD(model.parameters(), lr: 3), steps: 6) { _ in
        (model(x) - y).pow(2).mean()
      }
    },

    Fault(
      "deep-exploding", "twenty layers with weights three times too large",
      kind: "explodingThroughDepth",
      says: [
        "exploding gradients through depth: 3.",
        "each layer, from AddmmBackward0 (with layers.15.weight, samples/faults/Programs/Growth.swift:",
      ]
    ) { recorder in
      let layers = (0..<20).map { _ in Linear(16, 16) }
      noGrad { for layer in layers { layer.weight *= 6.0 } }
      recorder.watch(layers.enumerated().flatMap { $1.namedParameters(prefix: "layers.\($0)") })
      let x = Tensor.randn([8, 16])
      try recorder.train(SGD(layers.flatMap { $0.parameters() }, lr: 1e-30), steps: 4) { _ in
        layers.reduce(x) { $1($0) }.mean()
      }
    },

    Fault(
      "deep-vanishing", "twenty layers with a sigmoid after each",
      kind: "vanishingThroughDepth",
      says: ["vanishing gradients through depth", "times smaller each layer", "layers.0.weight"]
    ) { recorder in
      let layers = (0..<20).map { _ in Linear(16, 16) }
      recorder.watch(layers.enumerated().flatMap { $1.namedParameters(prefix: "layers.\($0)") })
      let (x, y) = (Tensor.randn([8, 16]), Tensor.randn([8, 16]))
      try recorder.train(SGD(layers.flatMap { $0.parameters() }, lr: 0.1), steps: 4) { _ in
        (layers.reduce(x) { $1($0).sigmoid() } - y).pow(2).mean()
      }
    },

    Fault(
      "recurrent-exploding", "a recurrence over forty steps whose matrix enlarges",
      kind: "explodingThroughDepth", says: ["exploding gradients through depth"]
    ) { recorder in
      let w = (Tensor.randn([8, 8]) * 0.7).requiresGrad_()
      let out = Linear(8, 1)
      recorder.watch([("w", w)] + out.namedParameters(prefix: "out"))
      let x = Tensor.randn([4, 8])
      try recorder.train(SGD([w] + out.parameters(), lr: 1e-30), steps: 4) { _ in
        var h = x
        for _ in 0..<40 { h = h.mm(w) }
        return out(h).mean()
      }
    },
  ]
}
