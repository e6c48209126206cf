// Attention of several heads, in the order of operators of PyTorch's multi_head_attention_forward.

public import Autograd

/// Attention of several heads over projections of query, key and value (Vaswani et al., 2017).
public final class MultiheadAttention: Module {
  /// The projections of query, key and value, where all three have `embedDim` features.
  @Parameter public var inProjWeight: Tensor?
  /// The query's projection, where they differ.
  @Parameter public var qProjWeight: Tensor?
  /// The key's projection.
  @Parameter public var kProjWeight: Tensor?
  /// The value's projection.
  @Parameter public var vProjWeight: Tensor?
  /// What is added to the projections, if anything.
  @Parameter public var inProjBias: Tensor?
  /// A key that is always there, if any.
  @Parameter public var biasK: Tensor?
  /// Its value.
  @Parameter public var biasV: Tensor?
  /// What joins the heads.
  public let outProj: Linear
  /// The size of the query and of the result.
  public let embedDim: Int
  /// The number of heads.
  public let numHeads: Int
  private let dropout: Double
  private let addZeroAttn: Bool
  private let isBatchFirst: Bool

  /// A layer with random projections.
  public init(
    _ embedDim: Int, _ numHeads: Int, dropout: Double = 0, bias: Bool = true,
    addBiasKv: Bool = false, addZeroAttn: Bool = false, kdim: Int? = nil, vdim: Int? = nil,
    batchFirst: Bool = false, dtype: DType = .float32
  ) {
    guard embedDim > 0, numHeads > 0 else {
      refuse(
        "MultiheadAttention",
        "embed_dim and num_heads must be greater than 0, got embed_dim=\(embedDim) and "
          + "num_heads=\(numHeads) instead")
    }
    guard embedDim % numHeads == 0 else {
      refuse("MultiheadAttention", "embed_dim must be divisible by num_heads")
    }
    self.embedDim = embedDim
    self.numHeads = numHeads
    self.dropout = dropout
    self.addZeroAttn = addZeroAttn
    isBatchFirst = batchFirst
    let (keys, values) = (kdim ?? embedDim, vdim ?? embedDim)
    let isPacked = keys == embedDim && values == embedDim
    inProjWeight = isPacked ? .zeros(3 * embedDim, embedDim, dtype: dtype) : nil
    qProjWeight = isPacked ? nil : .zeros(embedDim, embedDim, dtype: dtype)
    kProjWeight = isPacked ? nil : .zeros(embedDim, keys, dtype: dtype)
    vProjWeight = isPacked ? nil : .zeros(embedDim, values, dtype: dtype)
    inProjBias = bias ? .zeros(3 * embedDim, dtype: dtype) : nil
    outProj = Linear(
      embedDim, embedDim, bias: bias, dtype: dtype, name: "NonDynamicallyQuantizableLinear")
    biasK = addBiasKv ? .zeros(1, 1, embedDim, dtype: dtype) : nil
    biasV = addBiasKv ? .zeros(1, 1, embedDim, dtype: dtype) : nil
    super.init()
    for weight in [inProjWeight, qProjWeight, kProjWeight, vProjWeight] {
      if let weight { Init.xavierUniform_(weight) }
    }
    if let bias = outProj.bias { Init.zeros_(bias) }
    if let biasK { Init.xavierNormal_(biasK) }
    if let biasV { Init.xavierNormal_(biasV) }
  }

  /// What the query takes from the values, by how it matches the keys.
  ///
  /// - Parameters:
  ///   - query: [L, N, embedDim], with `batchFirst` [N, L, embedDim], for one example without N.
  ///   - key: [S, N, kdim], likewise.
  ///   - value: [S, N, vdim], likewise.
  ///   - keyPaddingMask: [N, S], or [S]: where the keys are padding, as bool, or what is added.
  ///   - needWeights: whether the weights are asked for; without them attention is one operator.
  ///   - attnMask: [L, S] or [N · heads, L, S]: which keys a query must not see, as bool, or what is
  ///     added.
  ///   - averageAttnWeights: whether the weights are those of all heads together.
  ///   - isCausal: whether `attnMask` lets each query see the keys up to its own position only, so
  ///     that it can be left out.
  /// - Returns: the result, of the query's shape, and the weights, [N, L, S], if they are needed.
  public func callAsFunction(
    _ query: Tensor, _ key: Tensor, _ value: Tensor, keyPaddingMask: Tensor? = nil,
    needWeights: Bool = true, attnMask: Tensor? = nil, averageAttnWeights: Bool = true,
    isCausal: Bool = false
  ) -> (output: Tensor, weights: Tensor?) {
    let results = call([query, key, value]) { inputs in
      let (output, weights) = attend(
        inputs[0], inputs[1], inputs[2], keyPaddingMask, needWeights, attnMask,
        averageAttnWeights, isCausal)
      return [output] + (weights.map { [$0] } ?? [])
    }
    return (results[0], results.count > 1 ? results[1] : nil)
  }

  private func attend(
    _ givenQuery: Tensor, _ givenKey: Tensor, _ givenValue: Tensor, _ keyPaddingMask: Tensor?,
    _ needWeights: Bool, _ attnMask: Tensor?, _ average: Bool, _ isCausal: Bool
  ) -> (Tensor, Tensor?) {
    guard 2...3 ~= givenQuery.dim, givenKey.dim == givenQuery.dim,
      givenValue.dim == givenQuery.dim
    else {
      refuse(
        "MultiheadAttention",
        "query, key and value should be unbatched 2D or batched 3D tensors, but received "
          + "\(givenQuery.dim)-D, \(givenKey.dim)-D and \(givenValue.dim)-D")
    }
    if isCausal, attnMask == nil {
      refuse("MultiheadAttention", "Need attn_mask if specifying the is_causal hint.")
    }
    let isBatched = givenQuery.dim == 3
    let arranged: (Tensor) -> Tensor = {
      !isBatched ? $0.unsqueeze(1) : self.isBatchFirst ? $0.transpose(1, 0) : $0
    }
    // What is the same tensor stays the same: it is projected together.
    let query = arranged(givenQuery)
    let key = givenKey === givenQuery ? query : arranged(givenKey)
    let value = givenValue === givenKey ? key : arranged(givenValue)
    let (length, batch) = (query.size(0), query.size(1))
    let width = embedDim / numHeads
    let heads = batch * numHeads
    var mask: Tensor?
    var isCausal = isCausal
    if !(isCausal && keyPaddingMask == nil && !needWeights) {
      mask = attnMask.map { $0.addedMask(query.dtype) }
      if keyPaddingMask != nil { isCausal = false }
    }
    var padding = keyPaddingMask.map { mask in
      (isBatched ? mask : mask.unsqueeze(0)).addedMask(query.dtype)
    }
    if let given = mask {
      let expected = given.dim == 2 ? [length, key.size(0)] : [heads, length, key.size(0)]
      guard given.shape == expected else {
        refuse(
          "MultiheadAttention",
          "The shape of the \(given.dim)D attn_mask is \(given.shape), but should be \(expected).")
      }
      if given.dim == 2 { mask = given.unsqueeze(0) }
    }
    var (q, k, v) = project(query, key, value)
    if let biasK, let biasV {
      k = .cat([k, biasK.repeat(1, batch, 1)])
      v = .cat([v, biasV.repeat(1, batch, 1)])
      mask = mask?.pad(0, 1)
      padding = padding?.pad(0, 1)
    }
    q = q.view(length, heads, width).transpose(0, 1)
    k = k.view(k.size(0), heads, width).transpose(0, 1)
    v = v.view(v.size(0), heads, width).transpose(0, 1)
    if addZeroAttn {
      let zeros = Tensor.zeros(heads, 1, width, dtype: k.dtype)
      k = .cat([k, zeros], dim: 1)
      v = .cat([v, zeros], dim: 1)
      mask = mask?.pad(0, 1)
      padding = padding?.pad(0, 1)
    }
    let keys = k.size(1)
    if let padding {
      let spread = padding.view(batch, 1, 1, keys).expand(-1, numHeads, -1, -1)
        .reshape([heads, 1, keys])
      mask = mask.map { $0 + spread } ?? spread
    }
    let dropped = training ? dropout : 0
    var output: Tensor
    var weights: Tensor?
    if needWeights {
      let scaled = q * (1 / Double(width)).squareRoot()
      var shares =
        mask.map { $0.baddbmm(scaled, k.transpose(-2, -1)) } ?? scaled.bmm(k.transpose(-2, -1))
      shares = shares.softmax(dim: -1)
      if dropped > 0 { shares = shares.dropout(p: dropped) }
      output = shares.bmm(v).transpose(0, 1).reshape([length * batch, embedDim])
      let perHead = shares.view(batch, numHeads, length, keys)
      weights = average ? perHead.mean(dim: [1]) : perHead
    } else {
      mask = mask.map {
        $0.size(0) == 1 && $0.dim == 3 ? $0.unsqueeze(0) : $0.view(batch, numHeads, -1, keys)
      }
      output = q.view(batch, numHeads, length, width).scaledDotProductAttention(
        k.view(batch, numHeads, keys, width), v.view(batch, numHeads, keys, width),
        attnMask: mask, dropoutP: dropped, isCausal: isCausal)
      output = output.permute([2, 0, 1, 3]).reshape([batch * length, embedDim])
    }
    output = output.linear(outProj.weight, bias: outProj.bias).view(length, batch, embedDim)
    if !isBatched { return (output.squeeze(1), weights?.squeeze(0)) }
    return (isBatchFirst ? output.transpose(1, 0) : output, weights)
  }

  private func project(
    _ query: Tensor, _ key: Tensor, _ value: Tensor
  ) -> (Tensor, Tensor, Tensor) {
    guard let inProjWeight else {
      let biases = inProjBias.map { $0.chunk(3) }
      return (
        query.linear(qProjWeight!, bias: biases?[0]), key.linear(kProjWeight!, bias: biases?[1]),
        value.linear(vProjWeight!, bias: biases?[2])
      )
    }
    if key === value, query === key {
      let all = query.linear(inProjWeight, bias: inProjBias).parts(3, embedDim)
      return (all[0], all[1], all[2])
    }
    if key === value {
      let weights = inProjWeight.split([embedDim, 2 * embedDim])
      let biases = inProjBias.map { $0.split([embedDim, 2 * embedDim]) }
      let q = query.linear(weights[0], bias: biases?[0])
      let both = key.linear(weights[1], bias: biases?[1]).parts(2, embedDim)
      return (q, both[0], both[1])
    }
    let weights = inProjWeight.chunk(3)
    let biases = inProjBias.map { $0.chunk(3) }
    return (
      query.linear(weights[0], bias: biases?[0]), key.linear(weights[1], bias: biases?[1]),
      value.linear(weights[2], bias: biases?[2])
    )
  }
}

extension Tensor {
  /// Projections that lie behind each other in the last dimension, brought to the front.
  fileprivate func parts(_ count: Int, _ width: Int) -> Tensor {
    unflatten(-1, [count, width]).unsqueeze(0).transpose(0, -2).squeeze(-2).contiguous()
  }

  /// A mask as what is added to scores: -inf where a bool one is true.
  fileprivate func addedMask(_ dtype: DType) -> Tensor {
    guard self.dtype == .bool else { return self }
    return noGrad {
      Tensor.zeros(shape, dtype: dtype).maskedFill_(self, -Double.infinity)
    }
  }
}
