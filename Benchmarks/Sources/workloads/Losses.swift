// Losses, linear maps, embeddings, attention and dropout, with gradients.

import Autograd

private func loss(
  _ name: String, _ shape: Int..., of apply: @escaping @Sendable (Tensor, Tensor) -> Tensor
) -> Workload {
  Workload(name: name) {
    let (x, target) = (Tensor.randn(shape, requiresGrad: true), Tensor.rand(shape))
    return forwardAndBackward([x]) { apply(x, target) }
  }
}

private func linear(_ name: String, _ rows: Int, _ size: Int, _ outputs: Int) -> Workload {
  Workload(name: name) {
    let (x, w, b) = (Tensor.randn(rows, size), leaf(outputs, size), leaf(outputs))
    return forwardAndBackward([w, b]) { x.linear(w, bias: b).sum() }
  }
}

private func attention(_ name: String, isCausal: Bool) -> Workload {
  Workload(name: name) {
    let (q, k, v) = (leaf(4, 8, 128, 32), leaf(4, 8, 128, 32), leaf(4, 8, 128, 32))
    return forwardAndBackward([q, k, v]) {
      q.scaledDotProductAttention(k, v, isCausal: isCausal)
    }
  }
}

let lossWorkloads = [
  Workload(name: "loss.cross_entropy_4096x1000") {
    let (x, classes) = (leaf(4096, 1000), Tensor.randint(high: 1000, [4096]))
    return forwardAndBackward([x]) { x.crossEntropy(classes) }
  },
  Workload(name: "loss.cross_entropy_32x10") {
    let (x, classes) = (leaf(32, 10), Tensor.randint(high: 10, [32]))
    return forwardAndBackward([x]) { x.crossEntropy(classes) }
  },
  loss("loss.mse_11", 11) { $0.mseLoss($1) },
  loss("loss.mse_1M", 1_000_000) { $0.mseLoss($1) },
  loss("loss.bce_with_logits_1M", 1_000_000) { $0.binaryCrossEntropyWithLogits($1) },
  loss("loss.huber_1M", 1_000_000) { $0.huberLoss($1) },
  Workload(name: "nn.softmax_1024") {
    let x = leaf(1024, 1024)
    return forwardAndBackward([x]) { x.softmax(dim: -1) }
  },
  linear("nn.linear_4x1_1", 4, 1, 1),
  linear("nn.linear_64x128_128", 64, 128, 128),
  Workload(name: "nn.embedding_10000x256_4096") {
    let (table, indices) = (leaf(10000, 256), Tensor.randint(high: 10000, [32, 128]))
    return forwardAndBackward([table]) { indices.embedding(table) }
  },
  attention("nn.attention_4x8x128x32", isCausal: false),
  attention("nn.attention_causal_4x8x128x32", isCausal: true),
  Workload(name: "nn.dropout_1M") {
    let x = leaf(1_000_000)
    return forwardAndBackward([x]) { x.dropout(p: 0.5) }
  },
]
