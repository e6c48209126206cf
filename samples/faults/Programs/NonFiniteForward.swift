// Programs whose loss is not finite.

internal import Autograd
internal import AutogradNN
internal import AutogradRecorder

extension Fault {
  static let nonFiniteForward: [Fault] = [
    Fault(
      "log-of-zero", "an entropy of probabilities of which some are exactly 0",
      kind: "nonFinite", node: "LogBackward0", says: ["step 0", "log of 0", "self 0"]
    ) { recorder in
      let w = Tensor([0.5, -0.5, 0.25], requiresGrad: true)
      recorder.watch([("w", w)])
      let optimizer = SGD([w], lr: 0.1)
      try recorder.train(optimizer, steps: 2) { _ in
        let p = w.relu()
        return -(p * p.log()).sum()
      }
    },

    Fault(
      "log-of-negative",
      "the log of a rate that a linear layer gives, with nothing to keep it positive",
      kind: "nonFinite", node: "LogBackward0", says: ["log of a negative number", "NaN"]
    ) { recorder in
      let layer = Linear(4, 1)
      recorder.watch(layer.namedParameters())
      let x = Tensor.randn([16, 4])
      try recorder.train(SGD(layer.parameters(), lr: 0.01), steps: 2) { _ in
        let rate = layer(x)
        return (rate - rate.log()).mean()
      }
    },

    Fault(
      "sqrt-of-negative", "a standard deviation as the root of E[x²] - E[x]², which rounds below 0",
      kind: "nonFinite", node: "SqrtBackward0", says: ["sqrt of a negative number"]
    ) { recorder in
      let shift = Tensor([3.3], requiresGrad: true)
      recorder.watch([("shift", shift)])
      let x = Tensor.ones([7])
      try recorder.train(SGD([shift], lr: 0.1), steps: 2) { _ in
        let y = x * shift
        let variance = y.pow(2).mean() - y.mean().pow(2) - 1e-5
        return variance.sqrt()
      }
    },

    Fault(
      "softmax-by-hand", "a softmax that does not subtract the largest logit first",
      kind: "nonFinite", node: "ExpBackward0", says: ["exp overflows"]
    ) { recorder in
      let layer = Linear(8, 4)
      recorder.watch(layer.namedParameters())
      let x = Tensor.randn([16, 8]) * 300
      try recorder.train(SGD(layer.parameters(), lr: 0.01), steps: 2) { _ in
        let exponentials = layer(x).exp()
        let p = exponentials / exponentials.sum(dim: 1, keepdim: true)
        return -(p[0..., 0] + 1e-9).log().mean()
      }
    },

    Fault(
      "mean-of-nothing", "a masked mean over a row whose mask is empty",
      kind: "nonFinite", node: "DivBackward0", says: ["division by 0", "other 0"]
    ) { recorder in
      let layer = Linear(4, 1)
      recorder.watch(layer.namedParameters())
      let x = Tensor.randn([3, 5, 4])
      let mask = Tensor([[1.0, 1, 1, 0, 0], [1, 0, 0, 0, 0], [0, 0, 0, 0, 0]])
      try recorder.train(SGD(layer.parameters(), lr: 0.01), steps: 2) { _ in
        let scores = layer(x).squeeze(2) * mask
        return (scores.sum(dim: 1) / mask.sum(dim: 1)).pow(2).mean()
      }
    },

    Fault(
      "normalised-constant",
      "columns divided by their standard deviation, one of which is constant",
      kind: "nonFinite", node: "DivBackward0", says: ["vanishing variance", "StdBackward0"]
    ) { recorder in
      let layer = Linear(3, 3)
      recorder.watch(layer.namedParameters())
      let x = Tensor.randn([8, 3])
      try recorder.train(SGD(layer.parameters(), lr: 0.01), steps: 2) { _ in
        let y = layer(x) * Tensor([1.0, 1.0, 0.0])
        return ((y - y.mean(dim: 0)) / y.std(dim: 0)).abs().mean()
      }
    },

    Fault(
      "masked-row", "attention in which one row may look at nothing",
      kind: "nonFinite", node: "SoftmaxBackward0",
      says: ["softmax of a row of nothing but -∞", "MaskedFillBackward0"]
    ) { recorder in
      let query = Linear(8, 8)
      let key = Linear(8, 8)
      recorder.watch(query.namedParameters(prefix: "query") + key.namedParameters(prefix: "key"))
      let x = Tensor.randn([6, 8])
      // The diagonal is left out: the first row sees nothing before itself.
      let isHidden = Tensor.ones([6, 6]).tril(diagonal: -1).eq(0)
      try recorder.train(SGD(query.parameters() + key.parameters(), lr: 0.01), steps: 2) { _ in
        let scores = query(x).matmul(key(x).t())
        return scores.maskedFill(isHidden, -Double.infinity).softmax(dim: -1).matmul(x).pow(2)
          .mean()
      }
    },

    Fault(
      "added-mask-row", "an additive mask of -∞ over all classes of a sample",
      kind: "nonFinite", node: "LogSoftmaxBackward0",
      says: ["logsoftmax of a row of nothing but -∞", "AddBackward0"]
    ) { recorder in
      let layer = Linear(4, 3)
      recorder.watch(layer.namedParameters())
      let x = Tensor.randn([4, 4])
      let mask = Tensor.zeros([4, 3])
      mask[2] = Tensor.full([3], -Double.infinity)
      let classes = Tensor([0, 1, 2, 0])
      try recorder.train(SGD(layer.parameters(), lr: 0.01), steps: 2) { _ in
        (layer(x) + mask).logSoftmax(dim: 1).nllLoss(classes)
      }
    },

    Fault(
      "nan-in-data", "a sample whose feature is missing, as NaN, in the third batch",
      kind: "nonFinite",
      says: [
        "step 2", "in the data", "shape [8, 4], holds 1 NaN of 32 elements", "first at [3, 1]: NaN",
      ]
    ) { recorder in
      let layer = Linear(4, 2)
      recorder.watch(layer.namedParameters())
      try recorder.train(SGD(layer.parameters(), lr: 0.01), steps: 4) { step in
        let x = Tensor.randn([8, 4])
        if step == 2 { x[3, 1] = Tensor(Double.nan) }
        return layer(x).pow(2).mean()
      }
    },

    Fault(
      "nan-in-target", "a target that is NaN",
      kind: "nonFinite", node: "SubBackward0", says: ["in the data", "at [5, 0]"]
    ) { recorder in
      let layer = Linear(4, 1)
      recorder.watch(layer.namedParameters())
      let x = Tensor.randn([8, 4])
      let target = Tensor.randn([8, 1])
      target[5, 0] = Tensor(Double.nan)
      try recorder.train(SGD(layer.parameters(), lr: 0.01), steps: 2) { _ in
        (layer(x) - target).pow(2).mean()
      }
    },

    Fault(
      "float32-overflow", "a squared error of values that nobody scaled",
      kind: "nonFinite", node: "PowBackward0",
      says: ["pow overflows float32", "float64 would hold"]
    ) { recorder in
      let layer = Linear(4, 1)
      recorder.watch(layer.namedParameters())
      let x = Tensor.randn([8, 4]) * 1e20
      try recorder.train(SGD(layer.parameters(), lr: 0.01), steps: 2) { _ in
        layer(x).pow(2).mean()
      }
    },

    Fault(
      "root-by-power", "a fractional power of what may be negative",
      kind: "nonFinite", node: "PowBackward0", says: ["power of a negative number"]
    ) { recorder in
      let layer = Linear(4, 1)
      recorder.watch(layer.namedParameters())
      let x = Tensor.randn([8, 4])
      try recorder.train(SGD(layer.parameters(), lr: 0.01), steps: 2) { _ in
        layer(x).pow(1.5).mean()
      }
    },
  ]
}
