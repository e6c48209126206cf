// Attention as one operator: _scaled_dot_product_flash_attention_for_cpu.

internal import CKernels
internal import GraphModel

extension Tensor {
  /// Attention of [batch, heads, rows, size] whose rows are dense; the mask is of this dtype or float32,
  /// and is broadcast.
  func flashAttention(
    _ key: Tensor, _ value: Tensor, _ mask: Tensor?, _ isCausal: Bool, _ scale: Double?
  ) -> Tensor {
    let form = FlashAttention(query: self, key, value, mask, isCausal, scale)
    let result = Elementwise.emptyLike(self, dtype)
    let logSums = Tensor(empty: Dims([sizes[0], sizes[1], sizes[2]]), dtype)
    form.withKernel(result, logSums) { agk_attend($0) }
    return .recorded(result, self, key, value) {
      let node = ScaledDotProductFlashAttentionForCpuBackward0(isCausal, scale)
      if let mask { node.save(.input(mask), 0) }
      node.save(.input(key), 1)
      node.save(.input(logSums), 2)
      node.save(.result(result), 3)
      node.save(.input(self), 4)
      node.save(.input(value), 5)
      return node
    }
  }
}

/// What attention is computed of.
private struct FlashAttention {
  let query: Tensor
  let key: Tensor
  let value: Tensor
  let mask: Tensor?
  let isCausal: Bool
  let scale: Double

  init(
    query: Tensor, _ key: Tensor, _ value: Tensor, _ mask: Tensor?, _ isCausal: Bool,
    _ scale: Double?
  ) {
    self.query = query.withRows()
    self.key = key.withRows()
    self.value = value.withRows()
    self.mask = mask?.converted(to: query.dtype)
    self.isCausal = isCausal
    self.scale = scale ?? 1 / Double(query.sizes[3]).squareRoot()
  }

  func withKernel(
    _ output: Tensor, _ logSums: Tensor, _ body: (UnsafePointer<agk_attention>) -> Void
  ) {
    var attention = agk_attention(
      dtype: query.dtype.kernel, causal: isCausal, scale: scale, batch: Int64(query.sizes[0]),
      heads: Int64(query.sizes[1]), kv_heads: Int64(key.sizes[1]),
      queries: Int64(query.sizes[2]), keys: Int64(key.sizes[2]), size: Int64(query.sizes[3]),
      q: query.heads, k: key.heads, v: value.heads, out: output.heads,
      log_sums: logSums.pointer, mask: agk_heads(), mask_column: 0)
    if let mask {
      let shape = Dims([query.sizes[0], query.sizes[1], query.sizes[2], key.sizes[2]])
      let strides = Broadcast.strides(mask, to: shape)
      attention.mask = agk_heads(
        start: mask.pointer, batch: Int64(strides[0]), head: Int64(strides[1]),
        row: Int64(strides[2]))
      attention.mask_column = Int64(strides[3])
    }
    withExtendedLifetime((output, logSums)) { withUnsafePointer(to: attention, body) }
  }
}

extension Tensor {
  /// This tensor, or a copy when its rows do not lie apart.
  fileprivate func withRows() -> Tensor {
    strides[3] == 1 && strides[2] >= sizes[3] ? self : contiguousData()
  }

  fileprivate var heads: agk_heads {
    agk_heads(
      start: pointer, batch: Int64(strides[0]), head: Int64(strides[1]), row: Int64(strides[2]))
  }

  /// Zeros of this shape, the heads of one row together, as PyTorch lays out these gradients.
  fileprivate func zerosByRows() -> Tensor {
    let result = Tensor.full(Dims([sizes[0], sizes[2], sizes[1], sizes[3]]), .int(0), dtype)
    let steps = result.strides
    return Tensor(
      sharing: result.storage, sizes: sizes, strides: Dims([steps[0], steps[2], steps[1], 1]),
      offset: 0, dtype: dtype)
  }
}

final class ScaledDotProductFlashAttentionForCpuBackward0: Node {
  private let isCausal: Bool
  private let scale: Double?

  init(_ isCausal: Bool, _ scale: Double?) {
    self.isCausal = isCausal
    self.scale = scale
    super.init()
  }

  override class var savedNames: [String] {
    ["attn_mask", "key", "logsumexp", "output", "query", "value"]
  }
  override var attributes: [String: AttributeValue] {
    [
      "dropout_p": .double(0), "is_causal": .bool(isCausal),
      "scale": scale.map { .double($0) } ?? .none,
    ]
  }

  override func backward(_ g: Tensor) -> Gradients {
    let mask = savedTensor(0).kind == .none ? nil : savedValue(0)
    let (key, logSums, output) = (savedValue(1), savedValue(2), savedValue(3))
    let (query, value) = (savedValue(4), savedValue(5))
    let form = FlashAttention(query: query, key, value, mask, isCausal, scale)
    let gradient = g.withRows()
    let results = [query, key, value].map { $0.zerosByRows() }
    withExtendedLifetime(gradient) {
      form.withKernel(output, logSums) {
        agk_attend_backward(
          $0, gradient.heads, results[0].heads, results[1].heads, results[2].heads)
      }
    }
    let inputs = [g, query, key, value, output]
    if isGradEnabled, inputs.contains(where: { $0.requiresGrad }) {
      let node = NotImplemented("_scaled_dot_product_flash_attention_for_cpu_backward")
      for input in inputs where input.requiresGrad { node.addEdge(to: input) }
      node.adopt(results)
    }
    return Gradients(results.enumerated().map { needs($0) ? $1 : nil })
  }
}
