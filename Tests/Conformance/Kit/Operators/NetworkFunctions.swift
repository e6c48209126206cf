// What layers compute: linear maps, embeddings, attention, dropout, and samples.

import Autograd

let networkFunctionOperators: [String: Operator] = [
  "linear": { (call) throws(CallError) in
    [try call.input.linear(try call.tensor(1, "weight"), bias: try call.tensorIfGiven(2, "bias"))]
  },
  "bilinear": { (call) throws(CallError) in
    [
      try call.tensor(0, "input1").bilinear(
        try call.tensor(1, "input2"), try call.tensor(2, "weight"),
        bias: try call.tensorIfGiven(3, "bias"))
    ]
  },
  "embedding": { (call) throws(CallError) in
    [
      try call.input.embedding(
        try call.tensor(1, "weight"), paddingIdx: try call.intIfGiven(2, "padding_idx"),
        maxNorm: try call.numberIfGiven(3, "max_norm")?.double,
        normType: try call.number(4, "norm_type", default: .int(2)).double,
        scaleGradByFreq: try call.bool(5, "scale_grad_by_freq", default: false),
        sparse: try call.bool(6, "sparse", default: false))
    ]
  },
  "embedding_bag": { (call) throws(CallError) in
    guard let mode = EmbeddingBagMode(rawValue: try call.text(6, "mode", default: "mean")) else {
      throw .malformed("there is no such mode")
    }
    return [
      try call.input.embeddingBag(
        try call.tensor(1, "weight"), offsets: try call.tensorIfGiven(2, "offsets"),
        maxNorm: try call.numberIfGiven(3, "max_norm")?.double,
        normType: try call.number(4, "norm_type", default: .int(2)).double,
        scaleGradByFreq: try call.bool(5, "scale_grad_by_freq", default: false), mode: mode,
        sparse: try call.bool(7, "sparse", default: false),
        perSampleWeights: try call.tensorIfGiven(8, "per_sample_weights"),
        includeLastOffset: try call.bool(9, "include_last_offset", default: false),
        paddingIdx: try call.intIfGiven(10, "padding_idx"))
    ]
  },
  "scaled_dot_product_attention": { (call) throws(CallError) in
    [
      try call.tensor(0, "query").scaledDotProductAttention(
        try call.tensor(1, "key"), try call.tensor(2, "value"),
        attnMask: try call.tensorIfGiven(3, "attn_mask"),
        dropoutP: try call.number(4, "dropout_p", default: .int(0)).double,
        isCausal: try call.bool(5, "is_causal", default: false),
        scale: try call.numberIfGiven(nil, "scale")?.double,
        enableGqa: try call.bool(nil, "enable_gqa", default: false))
    ]
  },
  "dropout": dropout(true) { $0.dropout(p: $1, training: $2) },
  "dropout_": dropout(true) { $0.dropout_(p: $1, training: $2) },
  "alpha_dropout": dropout(false) { $0.alphaDropout(p: $1, training: $2) },
  "alpha_dropout_": dropout(false) { $0.alphaDropout_(p: $1, training: $2) },
  "feature_alpha_dropout": dropout(false) { $0.featureAlphaDropout(p: $1, training: $2) },
  "dropout1d": dropout(true) { $0.dropout1d(p: $1, training: $2) },
  "dropout2d": dropout(true) { $0.dropout2d(p: $1, training: $2) },
  "dropout3d": dropout(true) { $0.dropout3d(p: $1, training: $2) },
  "softmin": { (call) throws(CallError) in
    [try call.input.softmin(dim: try call.int(1, "dim"), dtype: try call.dtype())]
  },
  "gumbel_softmax": { (call) throws(CallError) in
    [
      try call.tensor(0, "logits").gumbelSoftmax(
        tau: try call.number(1, "tau", default: .int(1)).double,
        hard: try call.bool(2, "hard", default: false), dim: try call.int(nil, "dim", default: -1))
    ]
  },
  "multinomial": { (call) throws(CallError) in
    [
      try call.input.multinomial(
        try call.int(1, "num_samples"), replacement: try call.bool(2, "replacement", default: false)
      )
    ]
  },
  "bernoulli": { (call) throws(CallError) in [try call.input.bernoulli()] },
  "bernoulli_": { (call) throws(CallError) in
    switch call.optional(1, "p") {
    case .tensor(let p): [try call.input.bernoulli_(p: p)]
    default: [try call.input.bernoulli_(p: try call.number(1, "p", default: .double(0.5)).double)]
    }
  },
  "exponential_": { (call) throws(CallError) in
    [
      try call.input.exponential_(
        lambd: try call.number(1, "lambd", default: .int(1)).double)
    ]
  },
]

/// A function of a tensor, a probability and whether it is training.
private func dropout(
  _ training: Bool, _ function: @escaping @Sendable (Tensor, Double, Bool) -> Tensor
) -> Operator {
  @Sendable func operation(_ call: Call) throws(CallError) -> [Tensor?] {
    [
      function(
        try call.input, try call.number(1, "p", default: .double(0.5)).double,
        try call.bool(2, "training", default: training))
    ]
  }
  return operation
}

extension Call {
  func tensorIfGiven(_ position: Int?, _ keyword: String) throws(CallError) -> Tensor? {
    optional(position, keyword) == nil ? nil : try tensor(position, keyword)
  }

  func intIfGiven(_ position: Int?, _ keyword: String) throws(CallError) -> Int? {
    optional(position, keyword) == nil ? nil : try int(position, keyword)
  }

  func numberIfGiven(_ position: Int?, _ keyword: String) throws(CallError) -> Scalar? {
    optional(position, keyword) == nil ? nil : try number(position, keyword)
  }
}
