// Normalisations, and directions and distances of vectors.

import Autograd

let normalizationOperators: [String: Operator] = [
  "batch_norm": { (call) throws(CallError) in
    [
      try call.input.batchNorm(
        runningMean: try call.tensorIfGiven(1, "running_mean"),
        runningVar: try call.tensorIfGiven(2, "running_var"),
        weight: try call.tensorIfGiven(3, "weight"), bias: try call.tensorIfGiven(4, "bias"),
        training: try call.bool(5, "training", default: false),
        momentum: try call.number(6, "momentum", default: .double(0.1)).double,
        eps: try call.number(7, "eps", default: .double(1e-5)).double)
    ]
  },
  "instance_norm": { (call) throws(CallError) in
    [
      try call.input.instanceNorm(
        runningMean: try call.tensorIfGiven(1, "running_mean"),
        runningVar: try call.tensorIfGiven(2, "running_var"),
        weight: try call.tensorIfGiven(3, "weight"), bias: try call.tensorIfGiven(4, "bias"),
        useInputStats: try call.bool(5, "use_input_stats", default: true),
        momentum: try call.number(6, "momentum", default: .double(0.1)).double,
        eps: try call.number(7, "eps", default: .double(1e-5)).double)
    ]
  },
  "layer_norm": { (call) throws(CallError) in
    [
      try call.input.layerNorm(
        try call.ints(1, "normalized_shape") ?? [], weight: try call.tensorIfGiven(2, "weight"),
        bias: try call.tensorIfGiven(3, "bias"),
        eps: try call.number(4, "eps", default: .double(1e-5)).double)
    ]
  },
  "group_norm": { (call) throws(CallError) in
    [
      try call.input.groupNorm(
        try call.int(1, "num_groups"), weight: try call.tensorIfGiven(2, "weight"),
        bias: try call.tensorIfGiven(3, "bias"),
        eps: try call.number(4, "eps", default: .double(1e-5)).double)
    ]
  },
  "rms_norm": { (call) throws(CallError) in
    [
      try call.input.rmsNorm(
        try call.ints(1, "normalized_shape") ?? [], weight: try call.tensorIfGiven(2, "weight"),
        eps: call.optional(3, "eps") == nil ? nil : try call.number(3, "eps").double)
    ]
  },
  "local_response_norm": { (call) throws(CallError) in
    [
      try call.input.localResponseNorm(
        try call.int(1, "size"), alpha: try call.number(2, "alpha", default: .double(1e-4)),
        beta: try call.number(3, "beta", default: .double(0.75)),
        k: try call.number(4, "k", default: .double(1)))
    ]
  },
  "normalize": { (call) throws(CallError) in
    [
      try call.input.normalize(
        p: try call.number(1, "p", default: .double(2)), dim: try call.ints(2, "dim") ?? [1],
        eps: try call.number(3, "eps", default: .double(1e-12)))
    ]
  },
  "cosine_similarity": { (call) throws(CallError) in
    [
      try call.input.cosineSimilarity(
        try call.tensor(1, "x2"), dim: try call.int(2, "dim", default: 1),
        eps: try call.number(3, "eps", default: .double(1e-8)).double)
    ]
  },
  "pairwise_distance": { (call) throws(CallError) in
    [
      try call.input.pairwiseDistance(
        try call.tensor(1, "x2"), p: try call.number(2, "p", default: .double(2)).double,
        eps: try call.number(3, "eps", default: .double(1e-6)).double,
        keepdim: try call.bool(4, "keepdim", default: false))
    ]
  },
]
