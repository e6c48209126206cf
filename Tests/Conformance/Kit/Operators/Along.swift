// Elements picked and written along a dimension, by an index, and by a mask.

import Autograd

let alongOperators: [String: Operator] = [
  "gather": { (call) throws(CallError) in
    [try call.input.gather(dim: try call.int(1, "dim"), index: try call.tensor(2, "index"))]
  },
  "index_select": { (call) throws(CallError) in
    [try call.input.indexSelect(dim: try call.int(1, "dim"), index: try call.tensor(2, "index"))]
  },
  "take_along_dim": { (call) throws(CallError) in
    let dim = call.optional(2, "dim") == nil ? nil : try call.int(2, "dim")
    return [try call.input.takeAlongDim(try call.tensor(1, "indices"), dim: dim)]
  },
  "take": { (call) throws(CallError) in [try call.input.take(try call.tensor(1, "index"))] },
  "put": { (call) throws(CallError) in
    [
      try call.input.put(
        try call.tensor(1, "index"), try call.tensor(2, "source"),
        accumulate: try call.bool(3, "accumulate", default: false))
    ]
  },
  "put_": { (call) throws(CallError) in
    [
      try call.input.put_(
        try call.tensor(1, "index"), try call.tensor(2, "source"),
        accumulate: try call.bool(3, "accumulate", default: false))
    ]
  },
  "scatter": { (call) throws(CallError) in
    let (dim, index) = (try call.int(1, "dim"), try call.tensor(2, "index"))
    if call.optional(nil, "value") != nil {
      return [
        try call.input.scatter(dim: dim, index: index, value: try call.number(nil, "value"))
      ]
    }
    if case .number(let value) = try call.operand(3, "src") {
      return [try call.input.scatter(dim: dim, index: index, value: value)]
    }
    return [try call.input.scatter(dim: dim, index: index, src: try call.tensor(3, "src"))]
  },
  "scatter_": { (call) throws(CallError) in
    let (dim, index) = (try call.int(1, "dim"), try call.tensor(2, "index"))
    if case .number(let value) = try call.operand(3, "src") {
      return [try call.input.scatter_(dim: dim, index: index, value: value)]
    }
    return [try call.input.scatter_(dim: dim, index: index, src: try call.tensor(3, "src"))]
  },
  "scatter_add": { (call) throws(CallError) in
    [
      try call.input.scatterAdd(
        dim: try call.int(1, "dim"), index: try call.tensor(2, "index"),
        src: try call.tensor(3, "src"))
    ]
  },
  "scatter_add_": { (call) throws(CallError) in
    [
      try call.input.scatterAdd_(
        dim: try call.int(1, "dim"), index: try call.tensor(2, "index"),
        src: try call.tensor(3, "src"))
    ]
  },
  "scatter_reduce": { (call) throws(CallError) in
    [
      try call.input.scatterReduce(
        dim: try call.int(1, "dim"), index: try call.tensor(2, "index"),
        src: try call.tensor(3, "src"), reduce: try call.reduction,
        includeSelf: try call.bool(nil, "include_self", default: true))
    ]
  },
  "scatter_reduce_": { (call) throws(CallError) in
    [
      try call.input.scatterReduce_(
        dim: try call.int(1, "dim"), index: try call.tensor(2, "index"),
        src: try call.tensor(3, "src"), reduce: try call.reduction,
        includeSelf: try call.bool(nil, "include_self", default: true))
    ]
  },
  "index_add": { (call) throws(CallError) in
    [
      try call.input.indexAdd(
        dim: try call.int(1, "dim"), index: try call.tensor(2, "index"),
        source: try call.tensor(3, "source"),
        alpha: try call.number(nil, "alpha", default: .int(1)))
    ]
  },
  "index_add_": { (call) throws(CallError) in
    [
      try call.input.indexAdd_(
        dim: try call.int(1, "dim"), index: try call.tensor(2, "index"),
        source: try call.tensor(3, "source"),
        alpha: try call.number(nil, "alpha", default: .int(1)))
    ]
  },
  "index_copy": { (call) throws(CallError) in
    [
      try call.input.indexCopy(
        dim: try call.int(1, "dim"), index: try call.tensor(2, "index"),
        source: try call.tensor(3, "source"))
    ]
  },
  "index_copy_": { (call) throws(CallError) in
    [
      try call.input.indexCopy_(
        dim: try call.int(1, "dim"), index: try call.tensor(2, "index"),
        source: try call.tensor(3, "source"))
    ]
  },
  "index_fill": { (call) throws(CallError) in
    let (dim, index) = (try call.int(1, "dim"), try call.tensor(2, "index"))
    if case .number(let value) = try call.operand(3, "value") {
      return [try call.input.indexFill(dim: dim, index: index, value: value)]
    }
    return [try call.input.indexFill(dim: dim, index: index, value: try call.tensor(3, "value"))]
  },
  "index_fill_": { (call) throws(CallError) in
    let (dim, index) = (try call.int(1, "dim"), try call.tensor(2, "index"))
    if case .number(let value) = try call.operand(3, "value") {
      return [try call.input.indexFill_(dim: dim, index: index, value: value)]
    }
    return [try call.input.indexFill_(dim: dim, index: index, value: try call.tensor(3, "value"))]
  },
  "masked_select": { (call) throws(CallError) in
    [try call.input.maskedSelect(try call.tensor(1, "mask"))]
  },
  "masked_scatter": { (call) throws(CallError) in
    [try call.input.maskedScatter(try call.tensor(1, "mask"), try call.tensor(2, "source"))]
  },
  "masked_scatter_": { (call) throws(CallError) in
    [try call.input.maskedScatter_(try call.tensor(1, "mask"), try call.tensor(2, "source"))]
  },
  "masked_fill_": { (call) throws(CallError) in
    let mask = try call.tensor(1, "mask")
    if case .number(let value) = try call.operand(2, "value") {
      return [try call.input.maskedFill_(mask, value)]
    }
    return [try call.input.maskedFill_(mask, try call.tensor(2, "value"))]
  },
  "nonzero": { (call) throws(CallError) in [try call.input.nonzero()] },
  "argwhere": { (call) throws(CallError) in [try call.input.argwhere()] },
]

extension Call {
  var reduction: ScatterReduction {
    get throws(CallError) {
      let name = try text(4, "reduce", default: "")
      guard let reduction = ScatterReduction(rawValue: name) else {
        throw .malformed("\(op) knows no reduction \(name)")
      }
      return reduction
    }
  }
}
