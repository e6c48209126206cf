// Linear systems: solve, inverse, solveTriangular, luSolve.

internal import CKernels
internal import GraphModel

// MARK: - Forward

extension Linalg {
  /// The solution X of A·X = B, or X·A = B without `left`.
  ///
  /// `b` is a batch of matrices or, when its shape is that of `a` without the last dimension or it
  /// has only one, of vectors. Traps for a singular matrix; `solveEx` tells instead.
  public static func solve(_ a: Tensor, _ b: Tensor, left: Bool = true) -> Tensor {
    let (result, info) = solveEx(a, b, left: left)
    checkInfo(info, "linalg.solve") { _ in
      "The solver failed because the input matrix is singular."
    }
    return result
  }

  /// The solution, and for each matrix 0 or the first diagonal element of its factor U that is 0.
  public static func solveEx(
    _ a: Tensor, _ b: Tensor, left: Bool = true
  ) -> (result: Tensor, info: Tensor) {
    check(a, "linalg.solve", square: true)
    guard a.dtype == b.dtype else {
      refuse(
        "linalg.solve",
        "Expected A and B to have the same dtype, but found \(a.dtype.name) and \(b.dtype.name)")
    }
    let isVector = isVectorSide(a, b)
    guard isVector || b.sizes.count >= 2 else {
      refuse("linalg.solve", "B must have at least 1 dimension: shapes \(a.sizes), \(b.sizes)")
    }
    guard !isVector || left else {
      refuse("linalg.solve", "Vector broadcasting of the left hand side is not supported")
    }
    let (lu, pivots, info, result) = noGrad { () -> (Tensor, Tensor, Tensor, Tensor) in
      let (lu, pivots, info) = factored(a, "linalg.solve")
      let side = isVector ? b.unsqueeze(-1) : b
      let solution = solved(lu, pivots, side, left: left, transpose: false, "linalg.solve")
      return (lu, pivots, info, isVector ? solution.squeeze(-1) : solution)
    }
    result.view = nil
    if isRecording(a) || isRecording(b) {
      let node = LinalgSolveExBackward0(left: left, isVector: isVector)
      node.addEdge(to: a)
      node.addEdge(to: b)
      node.save(.input(a), LinalgSolveExBackward0.aSlot)
      node.save(.input(lu), LinalgSolveExBackward0.luSlot)
      node.save(.input(pivots), LinalgSolveExBackward0.pivotsSlot)
      node.adopt(result)
      node.save(.result(result), LinalgSolveExBackward0.resultSlot)
    }
    return (result, info)
  }

  private static func isVectorSide(_ a: Tensor, _ b: Tensor) -> Bool {
    b.sizes.count == 1
      || (a.sizes.count - 1 == b.sizes.count && b.sizes == Dims(a.sizes.dropLast()))
  }

  /// The inverses of square matrices.
  ///
  /// Traps for a singular matrix; `invEx` tells instead.
  public static func inv(_ a: Tensor) -> Tensor {
    let (inverse, info) = invEx(a)
    checkInfo(info, "linalg.inv") { info in
      "The diagonal element \(info) is zero, the inversion could not be completed because the input "
        + "matrix is singular."
    }
    return inverse
  }

  /// The inverses, and for each matrix 0 or the first diagonal element of its factor U that is 0.
  public static func invEx(_ a: Tensor) -> (inverse: Tensor, info: Tensor) {
    check(a, "linalg.inv", square: true)
    let (inverse, info) = noGrad { () -> (Tensor, Tensor) in
      let (lu, pivots, info) = factored(a, "linalg.inv")
      let one = Tensor.eye(a.rows, dtype: a.dtype).expand(a.sizes)
      return (solved(lu, pivots, one, left: true, transpose: false, "linalg.inv"), info)
    }
    Tensor.record([a], [inverse]) { LinalgInvExBackward0() }
    if isRecording(a) { inverse.gradFnStorage!.save(.result(inverse), 0) }
    return (inverse, info)
  }

  /// The solution X of A·X = B, or X·A = B without `left`, for triangular matrices A.
  ///
  /// The other triangle of `a` is not read, nor the diagonal with `unitriangular`, which then
  /// counts as ones. A zero on the diagonal gives infinities, as in PyTorch.
  public static func solveTriangular(
    _ a: Tensor, _ b: Tensor, upper: Bool, left: Bool = true, unitriangular: Bool = false
  ) -> Tensor {
    check(a, "linalg.solve_triangular", square: true)
    check(b, "linalg.solve_triangular", argument: "B")
    checkSides(a, b, left, "linalg.solve_triangular")
    let result = noGrad { () -> Tensor in
      // X·A = B is Aᵀ·Xᵀ = Bᵀ.
      let batch = Broadcast.sizes(a.batch, b.batch, "linalg.solve_triangular")
      let factor = copy(a, batch: batch)
      let solution = copy(left ? b : b.mT, batch: batch)
      require(
        solution.count == 0
          || agk_triangular_solve(
            a.dtype.kernel, upper, !left, unitriangular, Int64(batch.product), Int64(a.rows),
            Int64(solution.columns), factor.pointer, solution.pointer),
        "linalg.solve_triangular", a)
      return left ? solution : solution.mT
    }
    result.view = nil
    if isRecording(a) || isRecording(b) {
      let node = LinalgSolveTriangularBackward0(upper, left, unitriangular)
      node.addEdge(to: a)
      node.addEdge(to: b)
      node.save(.input(a), LinalgSolveTriangularBackward0.selfSlot)
      node.adopt(result)
      if a.requiresGrad {
        node.save(.result(result), LinalgSolveTriangularBackward0.resultSlot)
      }
    }
    return result
  }

  /// The solution X of A·X = B from the factors that `luFactor` gave for A.
  ///
  /// Without `left` of X·A = B, with `adjoint` of Aᵀ·X = B.
  public static func luSolve(
    _ lu: Tensor, _ pivots: Tensor, _ b: Tensor, left: Bool = true, adjoint: Bool = false
  ) -> Tensor {
    check(lu, "linalg.lu_solve", square: true, argument: "LU")
    check(b, "linalg.lu_solve", argument: "B")
    checkSides(lu, b, left, "linalg.lu_solve")
    guard pivots.dtype == .int32, pivots.sizes == Dims(lu.sizes.dropLast()) else {
      refuse(
        "linalg.lu_solve",
        "pivots must be int32 of shape \(Dims(lu.sizes.dropLast())), not \(pivots.dtype.name) of "
          + "shape \(pivots.sizes)")
    }
    for (i, pivot) in pivots.toArray(as: Int.self).enumerated() {
      guard pivot >= 1, pivot <= lu.rows else {
        refuse(
          "linalg.lu_solve", "pivot \(i) is \(pivot), out of range for \(lu.rows) rows")
      }
    }
    let result = noGrad {
      solved(copy(lu), pivots, b, left: left, transpose: adjoint, "linalg.lu_solve")
    }
    if isRecording(lu) || isRecording(b) {
      let node = LinalgLuSolveBackward0(left: left, adjoint: adjoint)
      node.addEdge(to: lu)
      node.addEdge(to: b)
      node.save(.input(lu), LinalgLuSolveBackward0.luSlot)
      node.save(.input(pivots), LinalgLuSolveBackward0.pivotsSlot)
      node.adopt(result)
      if lu.requiresGrad { node.save(.result(result), LinalgLuSolveBackward0.resultSlot) }
    }
    return result
  }

  private static func checkSides(_ a: Tensor, _ b: Tensor, _ left: Bool, _ operation: String) {
    guard a.dtype == b.dtype else {
      refuse(
        operation,
        "Expected A and B to have the same dtype, but found \(a.dtype.name) and \(b.dtype.name)")
    }
    guard a.rows == (left ? b.rows : b.columns) else {
      refuse(
        operation,
        "Incompatible shapes of A and B for the equation \(left ? "AX = B" : "XA = B") "
          + "(\(a.rows)x\(a.columns) and \(b.rows)x\(b.columns))")
    }
  }

  /// The factors L and U, in one matrix of column-major order, the row exchanges, and LAPACK's info.
  static func factored(
    _ a: Tensor, _ operation: String
  ) -> (lu: Tensor, pivots: Tensor, info: Tensor) {
    let lu = copy(a)
    let info = info(a.batch)
    let pivots = Tensor.full(a.batch + [Swift.min(a.rows, a.columns)], .int(0), .int32)
    require(
      lu.count == 0
        || agk_lu(
          a.dtype.kernel, Int64(info.count), Int64(a.rows), Int64(a.columns), lu.pointer,
          pivots.integers, info.integers),
      operation, a)
    return (lu, pivots, info)
  }

  /// The solution from factors in column-major order; batches are broadcast.
  static func solved(
    _ lu: Tensor, _ pivots: Tensor, _ b: Tensor, left: Bool, transpose: Bool, _ operation: String
  ) -> Tensor {
    guard lu.rows == (left ? b.rows : b.columns) else {
      refuse(
        operation,
        "Incompatible shapes of A and B for the equation \(left ? "AX = B" : "XA = B") "
          + "(\(lu.rows)x\(lu.columns) and \(b.rows)x\(b.columns))")
    }
    let batch = Broadcast.sizes(lu.batch, b.batch, operation)
    let factors = batch == lu.batch ? lu : copy(lu, batch: batch)
    let exchanges = pivots.expand(batch + [lu.rows]).contiguousData()
    // X·A = B is Aᵀ·Xᵀ = Bᵀ.
    let solution = copy(left ? b : b.mT, batch: batch)
    require(
      solution.count == 0
        || agk_lu_solve(
          lu.dtype.kernel, transpose != !left, Int64(batch.product), Int64(lu.rows),
          Int64(solution.columns), factors.pointer, exchanges.integers, solution.pointer),
      operation, lu)
    guard !left else { return solution }
    let result = solution.mT
    result.view = nil
    return result
  }
}

extension Tensor {
  /// The inverses of square matrices, as `Linalg.inv`.
  public func inverse() -> Tensor { Linalg.inv(self) }
}

// MARK: - Derivatives

final class LinalgInvExBackward0: Node {
  override class var savedNames: [String] { ["inverse"] }

  override func backward(_ g: Tensor) -> Gradients {
    let transposed = savedValue(0).mT
    return Gradients(-transposed.matmul(g.matmul(transposed)))
  }
}

/// Source: torch/csrc/autograd/FunctionsManual.cpp, linalg_solve_backward.
final class LinalgSolveExBackward0: Node {
  static let aSlot = 0
  static let luSlot = 1
  static let pivotsSlot = 2
  static let resultSlot = 3
  private let left: Bool
  private let isVector: Bool

  init(left: Bool, isVector: Bool) {
    self.left = left
    self.isVector = isVector
    super.init()
  }

  override class var savedNames: [String] { ["A", "LU", "pivots", "result"] }
  override var attributes: [String: AttributeValue] { ["left": .bool(left)] }

  override func backward(_ g: Tensor) -> Gradients {
    let a = savedValue(LinalgSolveExBackward0.aSlot)
    let gradient = isVector ? g.unsqueeze(-1) : g
    let second =
      isGradEnabled
      ? Linalg.solve(a.mT, gradient, left: left)
      : Linalg.solved(
        savedValue(LinalgSolveExBackward0.luSlot), savedValue(LinalgSolveExBackward0.pivotsSlot),
        gradient, left: left, transpose: true, "linalg.solve")
    var first: Tensor?
    if needs(0) {
      let result = savedValue(LinalgSolveExBackward0.resultSlot)
      let solution = (isVector ? result.unsqueeze(-1) : result).mT
      first = left ? -second.matmul(solution) : -solution.matmul(second)
    }
    return Gradients(first, needs(1) ? (isVector ? second.squeeze(-1) : second) : nil)
  }
}

final class LinalgSolveTriangularBackward0: Node {
  static let selfSlot = 0
  static let resultSlot = 1
  private let upper: Bool
  private let left: Bool
  private let unitriangular: Bool

  init(_ upper: Bool, _ left: Bool, _ unitriangular: Bool) {
    self.upper = upper
    self.left = left
    self.unitriangular = unitriangular
    super.init()
  }

  override class var savedNames: [String] { ["self", "result"] }
  override var attributes: [String: AttributeValue] {
    ["upper": .bool(upper), "left": .bool(left), "unitriangular": .bool(unitriangular)]
  }

  override func backward(_ g: Tensor) -> Gradients {
    let a = savedValue(LinalgSolveTriangularBackward0.selfSlot)
    let second = Linalg.solveTriangular(
      a.mT, g, upper: !upper, left: left, unitriangular: unitriangular)
    guard needs(0) else { return Gradients(nil, second) }
    let solution = savedValue(LinalgSolveTriangularBackward0.resultSlot).mT
    let first = left ? -second.matmul(solution) : -solution.matmul(second)
    let diagonal = unitriangular ? 1 : 0
    return Gradients(
      upper ? first.triu(diagonal: diagonal) : first.tril(diagonal: -diagonal),
      needs(1) ? second : nil)
  }
}

/// Source: torch/csrc/autograd/FunctionsManual.cpp, linalg_lu_solve_LU.
final class LinalgLuSolveBackward0: Node {
  static let luSlot = 0
  static let pivotsSlot = 1
  static let resultSlot = 2
  private let left: Bool
  private let adjoint: Bool

  init(left: Bool, adjoint: Bool) {
    self.left = left
    self.adjoint = adjoint
    super.init()
  }

  override class var savedNames: [String] { ["LU", "pivots", "result"] }
  override var attributes: [String: AttributeValue] {
    ["left": .bool(left), "adjoint": .bool(adjoint)]
  }

  override func backward(_ g: Tensor) -> Gradients {
    let lu = savedValue(LinalgLuSolveBackward0.luSlot)
    let pivots = savedValue(LinalgLuSolveBackward0.pivotsSlot)
    var first: Tensor?
    if needs(0) { first = gradientOfFactors(g, lu, pivots) }
    guard needs(1) else { return Gradients(first) }
    return Gradients(
      first, Linalg.luSolve(lu, pivots, g, left: left, adjoint: !adjoint))
  }

  /// With A = P·L·U and the gradient G of A: that of U is Lᵀ·Pᵀ·G, that of L is Pᵀ·G·Uᵀ.
  private func gradientOfFactors(_ g: Tensor, _ lu: Tensor, _ pivots: Tensor) -> Tensor {
    let result = savedValue(LinalgLuSolveBackward0.resultSlot)
    let solved = Linalg.luSolve(lu, pivots, g, left: left, adjoint: !adjoint)
    let forA = left ? -solved.matmul(result.mT) : -result.mT.matmul(solved)
    let permutation = noGrad { Linalg.luUnpack(lu.detach(), pivots).p }
    let (lower, upper) = Linalg.triangles(lu)
    let exchanged = permutation.mT.matmul(adjoint ? forA.mT : forA)
    return exchanged.matmul(upper.mT).tril(diagonal: -1) + lower.mT.matmul(exchanged).triu()
  }
}
