// Layers without parameters of their own: linear maps, embeddings.

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
]

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
