// Indexing by lists of tensors; the subscript itself is a step of its own.

import Autograd

let indexingOperators: [String: Operator] = [
  "index_put": { (call) throws(CallError) in
    [
      try call.input.indexPut(
        try call.optionalTensors(1, "indices"), try call.tensor(2, "values"),
        accumulate: try call.bool(3, "accumulate", default: false))
    ]
  }
]

extension Call {
  fileprivate func optionalTensors(
    _ position: Int, _ keyword: String
  ) throws(CallError) -> [Tensor?] {
    guard case .list(let list)? = optional(position, keyword) else {
      throw .malformed("the \(keyword) of \(op) are not a list")
    }
    return list.map { if case .tensor(let tensor) = $0 { tensor } else { nil } }
  }
}
