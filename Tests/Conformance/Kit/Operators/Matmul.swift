// Products of matrices and vectors.

import Autograd

let matmulOperators: [String: Operator] = [
  "mm": product("mat2") { $0.mm($1) },
  "bmm": product("mat2") { $0.bmm($1) },
  "matmul": product("other") { $0.matmul($1) },
  "dot": product("tensor") { $0.dot($1) },
  "vdot": product("other") { $0.vdot($1) },
  "mv": product("vec") { $0.mv($1) },
  "outer": product("vec2") { $0.outer($1) },
  "inner": product("other") { $0.inner($1) },
  "kron": product("other") { $0.kron($1) },
  "addmm": addedProduct { $0.addmm($1, $2, beta: $3, alpha: $4) },
  "addmv": addedProduct { $0.addmv($1, $2, beta: $3, alpha: $4) },
  "addr": addedProduct { $0.addr($1, $2, beta: $3, alpha: $4) },
  "baddbmm": addedProduct { $0.baddbmm($1, $2, beta: $3, alpha: $4) },
  "addbmm": addedProduct { $0.addbmm($1, $2, beta: $3, alpha: $4) },
  "linalg.cross": { (call) throws(CallError) in
    [
      try call.input.cross(
        try call.tensor(1, "other"), dim: try call.int(nil, "dim", default: -1))
    ]
  },
  "linalg.multi_dot": { (call) throws(CallError) in
    [Linalg.multiDot(try call.tensors(0, "tensors"))]
  },
  "tensordot": { (call) throws(CallError) in
    let other = try call.tensor(1, "other")
    guard case .list(let lists)? = call.optional(2, "dims") else {
      return [try call.input.tensordot(other, dims: try call.int(2, "dims"))]
    }
    let dims = lists.map { list -> [Int] in
      guard case .list(let elements) = list else { return [] }
      return elements.map { if case .number(.int(let value)) = $0 { value } else { 0 } }
    }
    return [try call.input.tensordot(other, dims: dims[0], dims[1])]
  },
]

private func product(
  _ keyword: String, _ function: @escaping @Sendable (Tensor, Tensor) -> Tensor
) -> Operator {
  @Sendable func operation(_ call: Call) throws(CallError) -> [Tensor?] {
    [function(try call.input, try call.tensor(1, keyword))]
  }
  return operation
}
