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
