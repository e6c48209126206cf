// torch.linalg: decompositions, solvers, functions of matrices, and what of them torch has itself.

import Autograd

let linalgOperators: [String: Operator] = [
  "einsum": { (call) throws(CallError) in
    [
      .einsum(
        try call.text(nil, "equation", default: ""), try call.tensors(0, "operands"))
    ]
  },
  "trace": matrix { $0.trace() },
  "linalg.cholesky": { (call) throws(CallError) in
    [Linalg.cholesky(try call.input, upper: try call.bool(nil, "upper", default: false))]
  },
  "cholesky_solve": { (call) throws(CallError) in
    [
      try call.input.choleskySolve(
        try call.tensor(1, "input2"), upper: try call.bool(2, "upper", default: false))
    ]
  },
  "cholesky_inverse": { (call) throws(CallError) in
    [try call.input.choleskyInverse(upper: try call.bool(1, "upper", default: false))]
  },
  "linalg.solve": { (call) throws(CallError) in
    [
      Linalg.solve(
        try call.input, try call.tensor(1, "B"), left: try call.bool(nil, "left", default: true))
    ]
  },
  "linalg.solve_triangular": { (call) throws(CallError) in
    [
      Linalg.solveTriangular(
        try call.input, try call.tensor(1, "B"),
        upper: try call.bool(nil, "upper", default: false),
        left: try call.bool(nil, "left", default: true),
        unitriangular: try call.bool(nil, "unitriangular", default: false))
    ]
  },
  "linalg.lu_solve": { (call) throws(CallError) in
    [
      Linalg.luSolve(
        try call.input, try call.tensor(1, "pivots"), try call.tensor(2, "B"),
        left: try call.bool(nil, "left", default: true),
        adjoint: try call.bool(nil, "adjoint", default: false))
    ]
  },
  "linalg.inv": matrix { Linalg.inv($0) },
  "inverse": matrix { $0.inverse() },
  "linalg.pinv": matrix { Linalg.pinv($0) },
  "linalg.det": matrix { Linalg.det($0) },
  "det": matrix { $0.det() },
  "logdet": matrix { $0.logdet() },
  "linalg.slogdet": { (call) throws(CallError) in
    let (sign, logarithm) = Linalg.slogdet(try call.input)
    return [sign, logarithm]
  },
  "linalg.lu_factor": { (call) throws(CallError) in
    let (lu, pivots) = Linalg.luFactor(try call.input)
    return [lu, pivots]
  },
  "linalg.lu": { (call) throws(CallError) in
    let (p, l, u) = Linalg.lu(try call.input)
    return [p, l, u]
  },
  "qr_squares": { (call) throws(CallError) in
    let name = try call.text(1, "mode", default: "reduced")
    guard let mode = Linalg.QRMode(rawValue: name) else {
      throw .malformed("qr knows no mode \(name)")
    }
    let (q, r) = Linalg.qr(try call.input, mode: mode)
    return [q * q, r * r]
  },
  "svd_squares": { (call) throws(CallError) in
    let (u, s, vh) = Linalg.svd(
      try call.input, fullMatrices: try call.bool(1, "full_matrices", default: true))
    return [u * u, s, vh * vh]
  },
  "linalg.svdvals": matrix { Linalg.svdvals($0) },
  // Of decompositions whose signs are free, the squares, as the reference has them.
  "eigh_squares": { (call) throws(CallError) in
    let (values, vectors) = Linalg.eigh(
      try call.input, upper: try call.text(1, "UPLO", default: "L") == "U")
    return [values, vectors * vectors]
  },
  "linalg.eigvalsh": matrix { Linalg.eigvalsh($0) },
  "linalg.lstsq": { (call) throws(CallError) in
    [Linalg.lstsq(try call.input, try call.tensor(1, "B")).solution]
  },
  "linalg.matrix_rank": matrix { Linalg.matrixRank($0) },
  "linalg.norm": matrix { Linalg.norm($0) },
  "linalg.cond": { (call) throws(CallError) in
    [Linalg.cond(try call.input, try call.matrixNorm("p", default: .two))]
  },
  "linalg.matrix_norm": { (call) throws(CallError) in
    let dims = try call.ints(nil, "dim") ?? [-2, -1]
    return [
      Linalg.matrixNorm(
        try call.input, try call.matrixNorm("ord", default: .frobenius), dim: (dims[0], dims[1]),
        keepdim: try call.bool(nil, "keepdim", default: false))
    ]
  },
  "linalg.matrix_power": { (call) throws(CallError) in
    [Linalg.matrixPower(try call.input, try call.int(1, "n"))]
  },
  "linalg.matrix_exp": matrix { Linalg.matrixExp($0) },
]

/// A function of matrices as an operator.
private func matrix(_ function: @escaping @Sendable (Tensor) -> Tensor) -> Operator {
  @Sendable func operation(_ call: Call) throws(CallError) -> [Tensor?] {
    [function(try call.input)]
  }
  return operation
}

extension Call {
  /// A norm by PyTorch's name or number; infinity is a text.
  fileprivate func matrixNorm(
    _ keyword: String, default norm: Linalg.MatrixNorm
  ) throws(CallError) -> Linalg.MatrixNorm {
    let names: [String: Linalg.MatrixNorm] = [
      "fro": .frobenius, "nuc": .nuclear, "inf": .infinity, "-inf": .minusInfinity,
      "1": .one, "-1": .minusOne, "2": .two, "-2": .minusTwo,
    ]
    let name: String
    switch optional(nil, keyword) {
    case nil: return norm
    case .text(let text): name = text
    default: name = "\(try int(nil, keyword))"
    }
    guard let norm = names[name] else { throw .malformed("there is no norm \(name)") }
    return norm
  }
}
