// Ways to train that look like mistakes and are none: a diagnosis must stay silent.

internal import Autograd
internal import AutogradNN
internal import AutogradRecorder

extension Fault {
  static let healthyLoops: [Fault] = [
    Fault(healthy: "cubic-sine-descending", "the tutorial's fit with the right learning rate") {
      recorder in
      let x = Tensor.linspace(-Double.pi, Double.pi, steps: 2_000)
      let y = x.sin()
      let coefficients = (0..<4).map { _ in Tensor.randn([], requiresGrad: true) }
      recorder.watch(zip(["a", "b", "c", "d"], coefficients).map { ($0, $1) })
      try recorder.train(SGD(coefficients, lr: 1e-6), steps: 100) { _ in
        let p = coefficients[0] + coefficients[1] * x + coefficients[2] * x.pow(2)
        return (p + coefficients[3] * x.pow(3) - y).pow(2).sum()
      }
    },

    Fault(healthy: "converged", "a fit that goes on long after it has converged") { recorder in
      let layer = Linear(4, 1)
      recorder.watch(layer.namedParameters())
      let x = Tensor.randn([64, 4])
      let y = x.sum(dim: 1, keepdim: true)
      try recorder.train(SGD(layer.parameters(), lr: 0.2), steps: 120) { _ in
        (layer(x) - y).pow(2).mean()
      }
    },

    Fault(healthy: "micro-batches", "gradients accumulated over four parts of a batch") {
      recorder in
      let layer = Linear(8, 1)
      recorder.watch(layer.namedParameters())
      let optimizer = SGD(layer.parameters(), lr: 0.05)
      for step in 0..<6 {
        optimizer.zeroGrad()
        for part in 0..<4 {
          let (x, y) = (Tensor.randn([8, 8]), Tensor.randn([8, 1]))
          try recorder.record(step: step, microBatch: part) {
            try ((layer(x) - y).pow(2).mean() / 4).backward()
          }
        }
        optimizer.step()
      }
    },

    Fault(healthy: "zeroed-in-place", "gradients set to zero in place rather than let go") {
      recorder in
      let layer = Linear(8, 1)
      recorder.watch(layer.namedParameters())
      let (x, y) = (Tensor.randn([32, 8]), Tensor.randn([32, 1]))
      let optimizer = SGD(layer.parameters(), lr: 0.05)
      for step in 0..<8 {
        try recorder.record(step: step) { try (layer(x) - y).pow(2).mean().backward() }
        optimizer.step()
        optimizer.zeroGrad(setToNone: false)
      }
    },

    Fault(healthy: "frozen-backbone", "a backbone without gradients below a head that is trained") {
      recorder in
      let model = Sequential(Linear(8, 16), ReLU(), Linear(16, 1))
      for parameter in model.parameters().prefix(2) { parameter.requiresGrad_(false) }
      recorder.watch(model.namedParameters())
      let (x, y) = (Tensor.randn([32, 8]), Tensor.randn([32, 1]))
      try recorder.train(SGD(Array(model.parameters().suffix(2)), lr: 0.05), steps: 8) { _ in
        (model(x) - y).pow(2).mean()
      }
    },

    Fault(healthy: "outer-products", "an outer product and a table of differences, both meant") {
      recorder in
      let u = Tensor.randn([12], requiresGrad: true)
      let v = Tensor.randn([12], requiresGrad: true)
      recorder.watch([("u", u), ("v", v)])
      let target = Tensor.randn([12, 12])
      try recorder.train(SGD([u, v], lr: 0.05), steps: 8) { _ in
        let table = u.unsqueeze(1) * v
        let differences = u.unsqueeze(1) - v
        return (table - target).pow(2).mean() + differences.pow(2).mean() * 0.1
      }
    },

    Fault(healthy: "shared-weights", "one encoder for two inputs, and a tied output layer") {
      recorder in
      let encoder = Linear(8, 8, bias: false)
      recorder.watch(encoder.namedParameters())
      let (x, y) = (Tensor.randn([32, 8]), Tensor.randn([32, 8]))
      try recorder.train(SGD(encoder.parameters(), lr: 0.05), steps: 12) { _ in
        let (a, b) = (encoder(x), encoder(y))
        return (a - b - 1).pow(2).mean() + (a.mm(encoder.weight) - x).pow(2).mean()
      }
    },

    Fault(healthy: "checkpointed", "blocks that are computed again in the backward pass") {
      recorder in
      let (first, second) = (Linear(8, 16), Linear(16, 1))
      recorder.watch(
        first.namedParameters(prefix: "first") + second.namedParameters(prefix: "second"))
      let (x, y) = (Tensor.randn([32, 8]), Tensor.randn([32, 1]))
      try recorder.train(SGD(first.parameters() + second.parameters(), lr: 0.05), steps: 8) { _ in
        let hidden = checkpoint(x) { first($0).tanh() }
        return (second(hidden) - y).pow(2).mean()
      }
    },

    Fault(healthy: "two-players", "a generator and a critic that train in turn") { recorder in
      let (generator, critic) = (Linear(2, 2), Linear(2, 1))
      recorder.watch(
        generator.namedParameters(prefix: "generator") + critic.namedParameters(prefix: "critic"))
      let generates = SGD(generator.parameters(), lr: 0.02)
      let criticises = SGD(critic.parameters(), lr: 0.02)
      for step in 0..<10 {
        let (noise, real) = (Tensor.randn([32, 2]), Tensor.randn([32, 2]) + 1)
        criticises.zeroGrad()
        try recorder.record(step: step, phase: "critic") {
          let fake = generator(noise).detach()
          let loss =
            critic(real).binaryCrossEntropyWithLogits(Tensor.ones([32, 1]))
            + critic(fake).binaryCrossEntropyWithLogits(Tensor.zeros([32, 1]))
          try loss.backward()
        }
        criticises.step()
        generates.zeroGrad()
        try recorder.record(step: step, phase: "generator") {
          let loss = critic(generator(noise)).binaryCrossEntropyWithLogits(Tensor.ones([32, 1]))
          try loss.backward()
        }
        generates.step()
      }
    },

    Fault(healthy: "taking-turns", "two layers that train in every other step each") { recorder in
      let (first, second) = (Linear(8, 8), Linear(8, 1))
      recorder.watch(
        first.namedParameters(prefix: "first") + second.namedParameters(prefix: "second"))
      let (x, y) = (Tensor.randn([32, 8]), Tensor.randn([32, 1]))
      let optimizers = [first, second].map { SGD($0.parameters(), lr: 0.05) }
      for step in 0..<12 {
        optimizers.forEach { $0.zeroGrad() }
        try recorder.record(step: step) {
          let hidden = step % 2 == 0 ? first(x).tanh().detach() : first(x).tanh()
          let prediction = step % 2 == 0 ? second(hidden) : hidden.mean(dim: 1, keepdim: true)
          try (prediction - y).pow(2).mean().backward()
        }
        optimizers[(step + 1) % 2].step()
      }
    },

    Fault(
      healthy: "micro-batches-as-steps", "gradients accumulated over parts that are called steps"
    ) { recorder in
      let layer = Linear(8, 1)
      recorder.watch(layer.namedParameters())
      let optimizer = SGD(layer.parameters(), lr: 0.05)
      for step in 0..<36 {
        let (x, y) = (Tensor.randn([8, 8]), Tensor.randn([8, 1]))
        try recorder.record(step: step) { try (layer(x) - y).pow(2).mean().backward() }
        // Where every third step is recorded, it is always the second part of a batch.
        guard step % 3 == 1 else { continue }
        optimizer.step()
        optimizer.zeroGrad()
      }
    },

    Fault(healthy: "target-network", "a copy that gives targets, where gradients are off") {
      recorder in
      let (online, target) = (Linear(4, 2), Linear(4, 2))
      recorder.watch(
        online.namedParameters(prefix: "online") + target.namedParameters(prefix: "target"))
      try recorder.train(SGD(online.parameters(), lr: 0.05), steps: 8) { _ in
        let (x, next) = (Tensor.randn([32, 4]), Tensor.randn([32, 4]))
        let wanted = noGrad { target(next) * 0.9 + 1 }
        return (online(x) - wanted).pow(2).mean()
      }
    },

    Fault(healthy: "straight-through", "a rounding whose gradient is passed around it") {
      recorder in
      let layer = Linear(8, 4)
      recorder.watch(layer.namedParameters())
      let (x, y) = (Tensor.randn([32, 8]), Tensor.randn([32, 4]))
      try recorder.train(SGD(layer.parameters(), lr: 0.05), steps: 8) { _ in
        let z = layer(x)
        let rounded = z + (z.round() - z).detach()
        return (rounded - y).pow(2).mean()
      }
    },

    Fault(healthy: "clipped", "gradients clipped to a norm, from a start that is far off") {
      recorder in
      let layer = Linear(8, 1)
      recorder.watch(layer.namedParameters())
      let (x, y) = (Tensor.randn([32, 8]) * 10, Tensor.randn([32, 1]) * 100)
      let optimizer = SGD(layer.parameters(), lr: 0.01)
      for step in 0..<20 {
        optimizer.zeroGrad()
        try recorder.record(step: step) { try (layer(x) - y).pow(2).mean().backward() }
        try clipGradNorm(layer.parameters(), maxNorm: 1)
        optimizer.step()
      }
    },

    Fault(healthy: "safe-where", "a root whose argument is masked as well as its result") {
      recorder in
      let x = Tensor([4.0, 0.0, 1.0], requiresGrad: true)
      recorder.watch([("x", x)])
      try recorder.train(SGD([x], lr: 0.01), steps: 6) { _ in
        let isPositive = x.gt(0)
        let safe = Tensor.where(isPositive, x, Tensor.ones(like: x))
        return Tensor.where(isPositive, safe.sqrt(), Tensor.zeros(like: x)).sum()
      }
    },
  ]
}
