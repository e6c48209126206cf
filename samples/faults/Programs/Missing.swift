// Programs with parameters that get no gradient.

internal import Autograd
internal import AutogradNN
internal import AutogradRecorder

extension Fault {
  static let missing: [Fault] = [
    Fault(
      "detached-encoder", "an encoder whose result is detached before it is decoded",
      kind: "missingGradient",
      says: ["encoder.bias, encoder.weight get no gradient", "detach()", "Missing.swift:"]
    ) { recorder in
      let (encoder, decoder) = (Linear(8, 4), Linear(4, 8))
      try recorder.train(["encoder": encoder, "decoder": decoder]) { x in
        let code = encoder(x).tanh().detach()
        return (decoder(code) - x).pow(2).mean()
      }
    },

    Fault(
      "features-without-gradients", "features computed where gradients are off",
      kind: "missingGradient", says: ["features.weight", "no gradient", "noGrad"]
    ) { recorder in
      let (features, head) = (Linear(8, 4), Linear(4, 1))
      try recorder.train(["features": features, "head": head]) { x in
        let hidden = noGrad { features(x) }
        return head(hidden).pow(2).mean()
      }
    },

    Fault(
      "hard-choice", "a choice by argmax between the results of a layer",
      kind: "missingGradient", says: ["gate.weight", "argmax", "not differentiable"]
    ) { recorder in
      let (gate, experts) = (Linear(8, 3), Linear(8, 3))
      try recorder.train(["gate": gate, "experts": experts]) { x in
        let choice = gate(x).argmax(dim: 1)
        return experts(x).gather(dim: 1, index: choice.unsqueeze(1)).pow(2).mean()
      }
    },

    Fault(
      "comparison-mask", "a gate that is a comparison rather than a sigmoid",
      kind: "missingGradient", says: ["gate.weight", "gt", "not differentiable"]
    ) { recorder in
      let (gate, values) = (Linear(8, 4), Linear(8, 4))
      try recorder.train(["gate": gate, "values": values]) { x in
        let isOpen = gate(x).gt(0)
        return (values(x) * isOpen).pow(2).mean()
      }
    },

    Fault(
      "rounded-by-cast", "a code that is rounded by a cast to integers and back",
      kind: "missingGradient",
      says: ["encoder.bias, encoder.weight get no gradient", "to(int64)", "not differentiable"]
    ) { recorder in
      let (encoder, decoder) = (Linear(8, 4), Linear(4, 8))
      try recorder.train(["encoder": encoder, "decoder": decoder]) { x in
        let code = (encoder(x) * 8).long().float() / 8
        return (decoder(code) - x).pow(2).mean()
      }
    },

    Fault(
      "number-taken-out", "a learned scale that is taken out of its tensor as a number",
      kind: "missingGradient", says: ["scale.weight", "item", "Missing.swift:"]
    ) { recorder in
      let (scale, values) = (Linear(8, 1), Linear(8, 4))
      try recorder.train(["scale": scale, "values": values]) { x in
        (values(x) * scale(x).sigmoid().mean().item()).pow(2).mean()
      }
    },

    Fault(
      "routed-by-topk", "experts that are chosen by the positions of the largest scores",
      kind: "missingGradient", says: ["gate.weight", "indices of topk", "not differentiable"]
    ) { recorder in
      let (gate, experts) = (Linear(8, 3), Linear(8, 3))
      try recorder.train(["gate": gate, "experts": experts]) { x in
        let chosen = gate(x).topk(2, dim: 1).indices
        return experts(x).gather(dim: 1, index: chosen).pow(2).mean()
      }
    },

    Fault(
      "bucketed-feature", "an embedding of the bucket that a learned feature falls into",
      kind: "missingGradient", says: ["feature.weight", "searchsorted", "not differentiable"]
    ) { recorder in
      let (feature, table) = (Linear(8, 1), Tensor.randn([5, 4], requiresGrad: true))
      recorder.watch(feature.namedParameters(prefix: "feature") + [("table", table)])
      let x = Tensor.randn([16, 8])
      let boundaries = Tensor([-1.0, -0.3, 0.3, 1.0])
      try recorder.train(SGD(feature.parameters() + [table], lr: 0.1)) { _ in
        table[feature(x).squeeze(1).bucketize(boundaries)].pow(2).mean()
      }
    },

    Fault(
      "unused-layer", "a layer that was made and never called",
      kind: "missingGradient", says: ["skip.bias, skip.weight get no gradient: unused"]
    ) { recorder in
      let (used, skip) = (Linear(8, 4), Linear(8, 4))
      try recorder.train(["used": used, "skip": skip]) { x in
        used(x).pow(2).mean()
      }
    },

    Fault(
      "all-frozen", "a model frozen as a whole, of which only the input gets a gradient",
      kind: "missingGradient", says: ["all 4 parameters are frozen"]
    ) { recorder in
      let model = Sequential(Linear(8, 4), ReLU(), Linear(4, 1))
      model.requiresGrad_(false)
      recorder.watch(model.namedParameters())
      let x = Tensor.randn([16, 8], requiresGrad: true)
      for step in 0..<4 {
        try recorder.record(step: step) { try model(x).pow(2).mean().backward() }
      }
    },

    Fault(
      "scaled-parameter", "a parameter that was scaled after it was made, and is no leaf any more",
      kind: "missingGradient", says: ["w gets no gradient: not a leaf", "MulBackward0"]
    ) { recorder in
      let w = Tensor.randn([8, 4], requiresGrad: true) * 0.1
      let b = Tensor.zeros([4], requiresGrad: true)
      recorder.watch([("w", w), ("b", b)])
      let x = Tensor.randn([16, 8], requiresGrad: true)
      for step in 0..<2 {
        try recorder.record(step: step) {
          try (x.mm(w) + b).pow(2).mean().backward(retainGraph: true)
        }
        b.grad = nil
      }
    },
  ]
}
