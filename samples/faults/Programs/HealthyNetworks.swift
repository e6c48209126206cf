// Networks that learn: a diagnosis must stay silent.

internal import Autograd
internal import AutogradNN
internal import AutogradRecorder

extension Fault {
  static let healthyNetworks: [Fault] = [
    Fault(healthy: "perceptron", "relus, half of which are shut at any time") { recorder in
      let model = Sequential(Linear(8, 32), ReLU(), Linear(32, 32), ReLU(), Linear(32, 3))
      recorder.watch(model.namedParameters())
      let x = Tensor.randn([64, 8])
      let classes = x[0..., ..<3].argmax(dim: 1)
      try recorder.train(SGD(model.parameters(), lr: 0.1), steps: 40) { _ in
        model(x).crossEntropy(classes)
      }
    },

    Fault(healthy: "convolutions", "convolutions, normalised over batches, with biases before") {
      recorder in
      let model = Sequential(
        Conv2d(1, 8, kernelSize: 3, padding: 1), BatchNorm2d(8), ReLU(), MaxPool2d(2),
        Conv2d(8, 8, kernelSize: 3, padding: 1), ReLU(), Flatten(), Linear(8 * 16, 4))
      recorder.watch(model.namedParameters())
      let x = Tensor.randn([16, 1, 8, 8])
      let classes = Tensor.randint(low: 0, high: 4, [16])
      try recorder.train(Adam(model.parameters(), lr: 1e-3), steps: 12) { _ in
        model(x).crossEntropy(classes)
      }
    },

    Fault(healthy: "attention", "a causal mask of -∞, which hides much and never all") { recorder in
      let block = HealthyAttention(16)
      recorder.watch(block.namedParameters())
      let x = Tensor.randn([4, 10, 16])
      try recorder.train(Adam(block.parameters(), lr: 1e-3), steps: 12) { _ in
        (block(x) - x.cumsum(dim: 1)).pow(2).mean()
      }
    },

    Fault(healthy: "recurrent", "an LSTM over thirty steps, the last of which is asked for") {
      recorder in
      let (lstm, head) = (LSTM(4, 16), Linear(16, 1))
      recorder.watch(
        lstm.namedParameters(prefix: "lstm") + head.namedParameters(prefix: "head"))
      let x = Tensor.randn([30, 8, 4])
      try recorder.train(Adam(lstm.parameters() + head.parameters(), lr: 1e-2), steps: 10) { _ in
        (head(lstm(x).output[29]) - x[29, 0..., ..<1]).pow(2).mean()
      }
    },

    Fault(healthy: "recurrence-by-hand", "the same tanh cell thirty times") { recorder in
      let (input, hidden, head) = (Linear(4, 16), Linear(16, 16), Linear(16, 1))
      recorder.watch(
        input.namedParameters(prefix: "input") + hidden.namedParameters(prefix: "hidden")
          + head.namedParameters(prefix: "head"))
      let x = Tensor.randn([30, 8, 4])
      let parameters = input.parameters() + hidden.parameters() + head.parameters()
      try recorder.train(Adam(parameters, lr: 1e-2), steps: 6) { _ in
        var h = Tensor.zeros([8, 16])
        for t in 0..<30 { h = (input(x[t]) + hidden(h)).tanh() }
        return (head(h) - x[29, 0..., ..<1]).pow(2).mean()
      }
    },

    Fault(healthy: "embeddings", "a vocabulary of which a batch holds a few words") { recorder in
      let (words, head) = (Embedding(200, 8), Linear(8, 200))
      recorder.watch(
        words.namedParameters(prefix: "words") + head.namedParameters(prefix: "head"))
      try recorder.train(Adam(words.parameters() + head.parameters(), lr: 1e-2), steps: 10) { _ in
        let tokens = Tensor.randint(low: 0, high: 200, [16])
        return head(words(tokens)).crossEntropy((tokens + 1) % 200)
      }
    },

    Fault(healthy: "dropout", "half of the units dropped, others each time") { recorder in
      let model = Sequential(Linear(8, 32), ReLU(), Dropout(), Linear(32, 1))
      recorder.watch(model.namedParameters())
      let (x, y) = (Tensor.randn([32, 8]), Tensor.randn([32, 1]))
      try recorder.train(SGD(model.parameters(), lr: 0.05), steps: 20) { _ in
        (model(x) - y).pow(2).mean()
      }
    },

    Fault(healthy: "deep-residual", "twenty layers, each around a shortcut") { recorder in
      let layers = (0..<20).map { _ in Linear(16, 16) }
      let head = Linear(16, 1)
      recorder.watch(
        layers.enumerated().flatMap { $1.namedParameters(prefix: "layers.\($0)") }
          + head.namedParameters(prefix: "head"))
      let (x, y) = (Tensor.randn([16, 16]), Tensor.randn([16, 1]))
      let parameters = layers.flatMap { $0.parameters() } + head.parameters()
      try recorder.train(SGD(parameters, lr: 0.01), steps: 8) { _ in
        (head(layers.reduce(x) { $0 + $1($0).tanh() }) - y).pow(2).mean()
      }
    },

    Fault(healthy: "zero-start", "a branch whose last layer starts at zero, as adapters do") {
      recorder in
      let (base, down, up) = (Linear(8, 4), Linear(8, 2, bias: false), Linear(2, 4, bias: false))
      noGrad { _ = up.weight.zero_() }
      recorder.watch(
        base.namedParameters(prefix: "base") + down.namedParameters(prefix: "down")
          + up.namedParameters(prefix: "up"))
      let (x, y) = (Tensor.randn([32, 8]), Tensor.randn([32, 4]))
      let parameters = base.parameters() + down.parameters() + up.parameters()
      try recorder.train(SGD(parameters, lr: 0.1), steps: 8) { _ in
        (base(x) + up(down(x)) - y).pow(2).mean()
      }
    },
  ]
}

/// Causal attention by one head, with a shortcut.
private final class HealthyAttention: Module {
  let query: Linear
  let key: Linear
  let value: Linear
  let norm: LayerNorm

  init(_ d: Int) {
    query = Linear(d, d)
    key = Linear(d, d)
    value = Linear(d, d)
    norm = LayerNorm(d)
  }

  override func forward(_ x: Tensor) -> Tensor {
    let y = norm(x)
    let isFuture = Tensor.ones([x.size(1), x.size(1)]).tril().eq(0)
    let scores = query(y).matmul(key(y).transpose(-2, -1)) * 0.25
    return x + scores.maskedFill(isFuture, -Double.infinity).softmax(dim: -1).matmul(value(y))
  }
}
