// Losses.

import Autograd

let lossOperators: [String: Operator] = [
  "mse_loss": { (call) throws(CallError) in
    [
      try call.input.mseLoss(
        try call.tensor(1, "target"), reduction: try call.reduction(),
        weight: try call.tensorIfGiven(nil, "weight"))
    ]
  },
  "l1_loss": { (call) throws(CallError) in
    [
      try call.input.l1Loss(
        try call.tensor(1, "target"), reduction: try call.reduction(),
        weight: try call.tensorIfGiven(nil, "weight"))
    ]
  },
  "smooth_l1_loss": { (call) throws(CallError) in
    [
      try call.input.smoothL1Loss(
        try call.tensor(1, "target"), reduction: try call.reduction(),
        beta: try call.number(nil, "beta", default: .int(1)).double)
    ]
  },
  "huber_loss": { (call) throws(CallError) in
    [
      try call.input.huberLoss(
        try call.tensor(1, "target"), reduction: try call.reduction(2),
        delta: try call.number(3, "delta", default: .int(1)).double,
        weight: try call.tensorIfGiven(4, "weight"))
    ]
  },
  "binary_cross_entropy": { (call) throws(CallError) in
    [
      try call.input.binaryCrossEntropy(
        try call.tensor(1, "target"), weight: try call.tensorIfGiven(2, "weight"),
        reduction: try call.reduction())
    ]
  },
  "binary_cross_entropy_with_logits": { (call) throws(CallError) in
    [
      try call.input.binaryCrossEntropyWithLogits(
        try call.tensor(1, "target"), weight: try call.tensorIfGiven(2, "weight"),
        reduction: try call.reduction(), posWeight: try call.tensorIfGiven(nil, "pos_weight"))
    ]
  },
  "nll_loss": { (call) throws(CallError) in
    [
      try call.input.nllLoss(
        try call.tensor(1, "target"), weight: try call.tensorIfGiven(2, "weight"),
        ignoreIndex: try call.int(nil, "ignore_index", default: -100),
        reduction: try call.reduction())
    ]
  },
  "cross_entropy": { (call) throws(CallError) in
    [
      try call.input.crossEntropy(
        try call.tensor(1, "target"), weight: try call.tensorIfGiven(2, "weight"),
        ignoreIndex: try call.int(nil, "ignore_index", default: -100),
        reduction: try call.reduction(),
        labelSmoothing: try call.number(nil, "label_smoothing", default: .int(0)).double)
    ]
  },
  "kl_div": { (call) throws(CallError) in
    [
      try call.input.klDiv(
        try call.tensor(1, "target"), reduction: try call.reduction(),
        logTarget: try call.bool(nil, "log_target", default: false))
    ]
  },
  "poisson_nll_loss": { (call) throws(CallError) in
    [
      try call.input.poissonNllLoss(
        try call.tensor(1, "target"), logInput: try call.bool(2, "log_input", default: true),
        full: try call.bool(3, "full", default: false),
        eps: try call.number(nil, "eps", default: .double(1e-8)).double,
        reduction: try call.reduction())
    ]
  },
  "gaussian_nll_loss": { (call) throws(CallError) in
    let (x, target) = (try call.input, try call.tensor(1, "target"))
    let full = try call.bool(3, "full", default: false)
    let eps = try call.number(4, "eps", default: .double(1e-6)).double
    let reduction = try call.reduction(5)
    switch try call.operand(2, "var") {
    case .number(let variance):
      return [
        x.gaussianNllLoss(target, variance.double, full: full, eps: eps, reduction: reduction)
      ]
    default:
      let variance = try call.tensor(2, "var")
      return [x.gaussianNllLoss(target, variance, full: full, eps: eps, reduction: reduction)]
    }
  },
  "margin_ranking_loss": { (call) throws(CallError) in
    [
      try call.tensor(0, "input1").marginRankingLoss(
        try call.tensor(1, "input2"), try call.tensor(2, "target"),
        margin: try call.number(3, "margin", default: .int(0)).double,
        reduction: try call.reduction())
    ]
  },
  "hinge_embedding_loss": { (call) throws(CallError) in
    [
      try call.input.hingeEmbeddingLoss(
        try call.tensor(1, "target"),
        margin: try call.number(2, "margin", default: .int(1)).double,
        reduction: try call.reduction())
    ]
  },
  "cosine_embedding_loss": { (call) throws(CallError) in
    [
      try call.tensor(0, "input1").cosineEmbeddingLoss(
        try call.tensor(1, "input2"), try call.tensor(2, "target"),
        margin: try call.number(3, "margin", default: .int(0)).double,
        reduction: try call.reduction())
    ]
  },
  "triplet_margin_loss": { (call) throws(CallError) in
    [
      try call.tensor(0, "anchor").tripletMarginLoss(
        try call.tensor(1, "positive"), try call.tensor(2, "negative"),
        margin: try call.number(3, "margin", default: .int(1)).double,
        p: try call.number(4, "p", default: .int(2)).double,
        eps: try call.number(5, "eps", default: .double(1e-6)).double,
        swap: try call.bool(6, "swap", default: false), reduction: try call.reduction())
    ]
  },
  "soft_margin_loss": { (call) throws(CallError) in
    [
      try call.input.softMarginLoss(
        try call.tensor(1, "target"), reduction: try call.reduction())
    ]
  },
  "multilabel_soft_margin_loss": { (call) throws(CallError) in
    [
      try call.input.multilabelSoftMarginLoss(
        try call.tensor(1, "target"), weight: try call.tensorIfGiven(2, "weight"),
        reduction: try call.reduction())
    ]
  },
  "multi_margin_loss": { (call) throws(CallError) in
    [
      try call.input.multiMarginLoss(
        try call.tensor(1, "target"), p: try call.int(2, "p", default: 1),
        margin: try call.number(3, "margin", default: .double(1)),
        weight: try call.tensorIfGiven(4, "weight"), reduction: try call.reduction())
    ]
  },
  "multilabel_margin_loss": { (call) throws(CallError) in
    [
      try call.input.multilabelMarginLoss(
        try call.tensor(1, "target"), reduction: try call.reduction())
    ]
  },
  "ctc_loss": { (call) throws(CallError) in
    [
      try call.tensor(0, "log_probs").ctcLoss(
        try call.tensor(1, "targets"), inputLengths: try call.ints(2, "input_lengths") ?? [],
        targetLengths: try call.ints(3, "target_lengths") ?? [],
        blank: try call.int(4, "blank", default: 0), reduction: try call.reduction(5),
        zeroInfinity: try call.bool(6, "zero_infinity", default: false))
    ]
  },
]

extension Call {
  /// PyTorch's `reduction`, "mean" unless given.
  func reduction(_ position: Int? = nil) throws(CallError) -> LossReduction {
    switch try text(position, "reduction", default: "mean") {
    case "none": .none
    case "mean": .mean
    case "sum": .sum
    case "batchmean": .batchMean
    default: throw .malformed("there is no such reduction")
    }
  }
}
