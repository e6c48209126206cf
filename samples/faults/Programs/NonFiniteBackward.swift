// Programs whose loss is finite, and whose gradients are not.

internal import Autograd
internal import AutogradNN
internal import AutogradRecorder

extension Fault {
  static let nonFiniteBackward: [Fault] = [
    Fault(
      "distance-to-itself", "distances between all pairs of points, each to itself among them",
      kind: "nonFinite", node: "SqrtBackward0", says: ["sqrt at 0", "result 0", "backward"]
    ) { recorder in
      let points = Tensor.randn([5, 3], requiresGrad: true)
      recorder.watch([("points", points)])
      try recorder.train(SGD([points], lr: 0.1), steps: 2) { _ in
        (points.unsqueeze(1) - points.unsqueeze(0)).pow(2).sum(dim: 2).sqrt().mean()
      }
    },

    Fault(
      "where-around-sqrt", "a square root kept from negative numbers by a where around it",
      kind: "nonFinite", node: "SqrtBackward0", says: ["0·∞", "WhereBackward0"]
    ) { recorder in
      let x = Tensor([4.0, 0.0, 1.0], requiresGrad: true)
      recorder.watch([("x", x)])
      try recorder.train(SGD([x], lr: 0.1), steps: 2) { _ in
        Tensor.where(x.gt(0), x.sqrt(), Tensor.zeros(like: x)).sum()
      }
    },

    Fault(
      "mask-times-log", "x·log x with a mask that multiplies the term for 0 away",
      kind: "nonFinite", node: "LogBackward0", says: ["0·∞", "slope of log at 0"]
    ) { recorder in
      let p = Tensor([0.5, 0.0, 0.5], requiresGrad: true)
      recorder.watch([("p", p)])
      try recorder.train(SGD([p], lr: 0.01), steps: 2) { _ in
        -Tensor.where(p.gt(0), p.log(), Tensor.zeros(like: p)).sum()
      }
    },

    Fault(
      "exp-behind-where", "an exponential that overflows where a where does not choose it",
      kind: "nonFinite", node: "ExpBackward0", says: ["0·∞", "∞", "WhereBackward0"]
    ) { recorder in
      let x = Tensor([-1.0, 0.5, 200.0], requiresGrad: true)
      recorder.watch([("x", x)])
      try recorder.train(SGD([x], lr: 0.01), steps: 2) { _ in
        Tensor.where(x.lt(10), x.exp(), x).sum()
      }
    },

    Fault(
      "power-at-zero", "a power of 0.5 at 0",
      kind: "nonFinite", node: "PowBackward0", says: ["power below 1 at 0"]
    ) { recorder in
      let x = Tensor([0.0, 1.0, 4.0], requiresGrad: true)
      recorder.watch([("x", x)])
      try recorder.train(SGD([x], lr: 0.1), steps: 2) { _ in x.pow(0.5).sum() }
    },

    Fault(
      "angle-of-parallels", "the arc cosine of the cosine of two vectors that are parallel",
      kind: "nonFinite", node: "AcosBackward0", says: ["acos at the end of where it is defined"]
    ) { recorder in
      let a = Tensor([1.0, 0.0], requiresGrad: true)
      recorder.watch([("a", a)])
      let b = Tensor([2.0, 0.0])
      try recorder.train(SGD([a], lr: 0.1), steps: 2) { _ in
        ((a * b).sum() / 2).acos()
      }
    },

    Fault(
      "tiny-divisor", "a ratio whose divisor is close to 0, though the ratio is finite",
      kind: "nonFinite", node: "DivBackward0", says: ["division by next to nothing", "1e-30"]
    ) { recorder in
      let a = Tensor([1e-30, 2.0], requiresGrad: true)
      let b = Tensor([1e-30, 1.0], requiresGrad: true)
      recorder.watch([("a", a), ("b", b)])
      try recorder.train(SGD([a, b], lr: 0.1), steps: 2) { _ in (a / b).sum() * 1e10 }
    },
  ]
}
