// Rows of the table of differentiable operators: products and decompositions of matrices.
@testable import Autograd

extension DifferentiableOperator {
  static let linearAlgebra: [DifferentiableOperator] =
    batchedProducts + vectorProducts + contractions + decompositions

  private static let batches: [[SampleInput]] = [
    [SampleInput([2, 2, 3]), SampleInput([2, 3, 2])],
    [SampleInput([2, 2, 3], .transposed), SampleInput([2, 3, 1], .sliced)],
    [SampleInput([2, 2, 3], .expanded), SampleInput([2, 3, 2], .transposed)],
    [SampleInput([2, 2, 0]), SampleInput([2, 0, 2])],
    [SampleInput([0, 2, 3]), SampleInput([0, 3, 2])],
  ]

  private static func before(_ input: SampleInput, _ samples: [[SampleInput]]) -> [[SampleInput]] {
    samples.map { [input] + $0 }
  }

  private static let matrixPairs: [[SampleInput]] = [
    [SampleInput([2, 3]), SampleInput([3, 2])],
    [SampleInput([2, 3], .transposed), SampleInput([3, 2], .transposed)],
    [SampleInput([2, 3], .sliced), SampleInput([3, 2], .expanded)],
    [SampleInput([2, 0]), SampleInput([0, 2])],
  ]

  private static let batchedProducts: [DifferentiableOperator] = [
    DifferentiableOperator("bmm", batches) { $0[0].bmm($0[1]) },
    DifferentiableOperator("baddbmm", before(SampleInput([1]), batches)) {
      $0[0].baddbmm($0[1], $0[2], beta: 0.5, alpha: 2)
    },
    DifferentiableOperator("addbmm", before(SampleInput([2, 1]), batches)) {
      $0[0].addbmm($0[1], $0[2], beta: 3, alpha: 0.5)
    },
    DifferentiableOperator("addmm", before(SampleInput([2]), matrixPairs)) {
      $0[0].addmm($0[1], $0[2], beta: 0.5, alpha: 2)
    },
    DifferentiableOperator("addmm without factors", before(SampleInput([2, 2]), matrixPairs)) {
      $0[0].addmm($0[1], $0[2])
    },
    DifferentiableOperator("addmm that does not read", before(SampleInput([]), matrixPairs)) {
      $0[0].addmm($0[1], $0[2], beta: 0)
    },
    DifferentiableOperator(
      "matmul",
      [
        [SampleInput([3]), SampleInput([3])], [SampleInput([2, 3]), SampleInput([3])],
        [SampleInput([3]), SampleInput([3, 2])], [SampleInput([2, 3]), SampleInput([3, 2])],
        [SampleInput([2, 2, 3], .transposed), SampleInput([3])],
        [SampleInput([2, 2, 3]), SampleInput([3, 2])],
        [SampleInput([2, 3]), SampleInput([2, 3, 2], .sliced)],
        [SampleInput([3]), SampleInput([2, 3, 2])],
        [SampleInput([1, 2, 3]), SampleInput([2, 3, 2])],
        [SampleInput([2, 2, 3]), SampleInput([1, 3, 2])],
        [SampleInput([2, 1, 2, 3]), SampleInput([2, 3, 2])],
      ]
    ) { $0[0].matmul($0[1]) },
    DifferentiableOperator("matmul of a row", [[SampleInput([3]), SampleInput([3, 2])]]) {
      $0[0].matmul($0[1])
    },
    DifferentiableOperator("matmul with a constant", [[SampleInput([2, 2, 2])]]) {
      $0[0].matmul(Tensor([[1.0, 2.0], [3.0, -1.0]], dtype: .float64))
    },
    DifferentiableOperator("inner of transposed", [[SampleInput([2, 3]), SampleInput([3, 2])]]) {
      $0[0].inner($0[1].t())
    },
    DifferentiableOperator(
      "multiDot",
      [
        [SampleInput([2, 3]), SampleInput([3, 1]), SampleInput([1, 2])],
        [SampleInput([3]), SampleInput([3, 2]), SampleInput([2, 2]), SampleInput([2])],
        [SampleInput([3, 2]), SampleInput([2])],
      ]
    ) { Linalg.multiDot($0) },
  ]

  private static let vectorProducts: [DifferentiableOperator] = [
    DifferentiableOperator("dot", vectors) { $0[0].dot($0[1]) },
    DifferentiableOperator("vdot", vectors) { $0[0].vdot($0[1]) },
    DifferentiableOperator("outer", vectors) { $0[0].outer($0[1]) },
    DifferentiableOperator("inner", vectors + [[SampleInput([2, 3]), SampleInput([2, 3])]]) {
      $0[0].inner($0[1])
    },
    DifferentiableOperator(
      "mv",
      [
        [SampleInput([2, 3]), SampleInput([3])],
        [SampleInput([2, 3], .transposed), SampleInput([3], .sliced)],
        [SampleInput([2, 3], .expanded), SampleInput([3], .expanded)],
        [SampleInput([2, 0]), SampleInput([0])],
      ]
    ) { $0[0].mv($0[1]) },
    DifferentiableOperator(
      "addmv",
      [
        [SampleInput([2]), SampleInput([2, 3]), SampleInput([3])],
        [SampleInput([]), SampleInput([2, 3], .sliced), SampleInput([3], .expanded)],
      ]
    ) { $0[0].addmv($0[1], $0[2], beta: 0.5, alpha: 2) },
    DifferentiableOperator(
      "addr",
      [
        [SampleInput([2, 3]), SampleInput([2]), SampleInput([3])],
        [SampleInput([3]), SampleInput([2], .sliced), SampleInput([3], .expanded)],
      ]
    ) { $0[0].addr($0[1], $0[2], beta: 0.5, alpha: 2) },
    DifferentiableOperator(
      "cross",
      [
        [SampleInput([3]), SampleInput([3])], [SampleInput([2, 3]), SampleInput([1, 3])],
        [SampleInput([2, 3], .transposed), SampleInput([2, 3], .expanded)],
      ]
    ) { $0[0].cross($0[1]) },
    DifferentiableOperator(
      "kron",
      [
        [SampleInput([2, 2]), SampleInput([1, 3])],
        [SampleInput([2]), SampleInput([2, 2], .sliced)],
        [SampleInput([2, 2], .transposed), SampleInput([])],
      ]
    ) { $0[0].kron($0[1]) },
    DifferentiableOperator(
      "tensordot",
      [
        [SampleInput([2, 3, 2]), SampleInput([3, 2, 2])],
        [SampleInput([2, 3, 1]), SampleInput([3, 2], .transposed)],
      ]
    ) { $0[0].tensordot($0[1], dims: [1, -1], [0, 1]) },
  ]

  private static let vectors: [[SampleInput]] = [
    [SampleInput([3]), SampleInput([3])], [SampleInput([3], .sliced), SampleInput([3], .expanded)],
    [SampleInput([0]), SampleInput([0])],
  ]

  private static let contractions: [DifferentiableOperator] = [
    DifferentiableOperator("einsum", [[SampleInput([2, 3]), SampleInput([3, 2], .transposed)]]) {
      Tensor.einsum("ij,jk->ki", $0)
    },
    DifferentiableOperator(
      "einsum of three",
      [[SampleInput([2, 2, 3]), SampleInput([3, 2], .transposed), SampleInput([2], .expanded)]]
    ) { Tensor.einsum("...ij,jk,k->...i", $0, path: [1, 2, 0, 1]) },
    DifferentiableOperator("einsum of a diagonal", [[SampleInput([2, 2, 3])]]) {
      Tensor.einsum("iij->ji", $0)
    },
    .matrix("diagonal below") { $0.diagonal(offset: -1, dim1: -2, dim2: -1) },
    .matrix("trace") { $0.trace() },
  ]

  private static let squares: [[SampleInput]] = [
    [SampleInput([3, 3])], [SampleInput([2, 2, 2], .transposed)], [SampleInput([2, 2], .sliced)],
    [SampleInput([0, 0])],
  ]

  /// A function of well-conditioned square matrices.
  private static func square(
    _ name: String, _ apply: @escaping @Sendable (Tensor) -> Tensor
  ) -> DifferentiableOperator {
    DifferentiableOperator(name, squares, tolerance: 1e-5) { apply(dominant($0[0])) }
  }

  /// A function of symmetric positive-definite matrices.
  private static func positive(
    _ name: String, _ apply: @escaping @Sendable (Tensor) -> Tensor
  ) -> DifferentiableOperator {
    DifferentiableOperator(name, squares, tolerance: 1e-5) {
      apply($0[0].matmul($0[0].mT) + Tensor.eye($0[0].size(-1), dtype: .float64))
    }
  }

  /// A function of matrices of any shape.
  private static func anyMatrix(
    _ name: String, _ apply: @escaping @Sendable (Tensor) -> Tensor
  ) -> DifferentiableOperator {
    DifferentiableOperator(
      name,
      [[SampleInput([3, 3])], [SampleInput([2, 3])], [SampleInput([3, 2], .transposed)]],
      tolerance: 2e-5
    ) { apply($0[0] + 4 * Tensor.eye($0[0].size(-2), $0[0].size(-1), dtype: .float64)) }
  }

  private static func systems(_ right: [[Int]]) -> [[SampleInput]] {
    right.map { [SampleInput([3, 3]), SampleInput($0)] }
      + [[SampleInput([2, 3, 3], .transposed), SampleInput([3, 1])]]
  }

  private static func dominant(_ x: Tensor) -> Tensor {
    x + 5 * Tensor.eye(x.size(-1), dtype: .float64)
  }

  private static let decompositions: [DifferentiableOperator] = [
    positive("cholesky") { Linalg.cholesky($0) },
    positive("cholesky, upper") { Linalg.cholesky($0, upper: true) },
    square("choleskyInverse") { $0.tril().choleskyInverse() },
    DifferentiableOperator("choleskySolve", systems([[3, 2]]), tolerance: 1e-5) {
      $0[1].choleskySolve(dominant($0[0]).triu(), upper: true)
    },
    square("inv") { Linalg.inv($0) },
    square("det") { Linalg.det($0) },
    square("slogdet") { Linalg.slogdet($0).logabsdet },
    positive("logdet") { $0.logdet() },
    square("luSolve") {
      let (lu, pivots) = Linalg.luFactor($0)
      return Linalg.luSolve(lu, pivots, $0 * $0)
    },
    square("luSolve, adjoint, right") {
      let (lu, pivots) = Linalg.luFactor($0)
      return Linalg.luSolve(lu, pivots, $0 * $0, left: false, adjoint: true)
    },
    anyMatrix("luFactor") { Linalg.luFactor($0).lu },
    anyMatrix("lu") {
      let (_, l, u) = Linalg.lu($0)
      return (l * 3).matmul(u * u)
    },
    DifferentiableOperator("solve", systems([[3, 2], [3]]), tolerance: 1e-5) {
      Linalg.solve(dominant($0[0]), $0[1])
    },
    DifferentiableOperator(
      "solve from the right", [[SampleInput([3, 3]), SampleInput([2, 3])]], tolerance: 1e-5
    ) { Linalg.solve(dominant($0[0]), $0[1], left: false) },
    DifferentiableOperator("solveTriangular", systems([[3, 2]]), tolerance: 1e-5) {
      Linalg.solveTriangular(dominant($0[0]), $0[1], upper: true)
    },
    DifferentiableOperator(
      "solveTriangular from the right",
      [[SampleInput([3, 3]), SampleInput([2, 3])]], tolerance: 1e-5
    ) {
      Linalg.solveTriangular($0[0], $0[1], upper: false, left: false, unitriangular: true)
    },
    anyMatrix("qr") {
      let (q, r) = Linalg.qr($0)
      return (q * q).matmul(r * r)
    },
    anyMatrix("svd") {
      let (u, s, vh) = Linalg.svd($0, fullMatrices: false)
      return (u * u * s.unsqueeze(-2)).matmul(vh * vh)
    },
    anyMatrix("svdvals") { Linalg.svdvals($0) },
    anyMatrix("pinv") { Linalg.pinv($0) },
    positive("eigh") {
      let (values, vectors) = Linalg.eigh($0)
      return (vectors * vectors).matmul(values.unsqueeze(-1))
    },
    positive("eigvalsh") { Linalg.eigvalsh($0) },
    DifferentiableOperator(
      "lstsq",
      [[SampleInput([3, 2]), SampleInput([3])], [SampleInput([2, 3]), SampleInput([2, 2])]],
      tolerance: 1e-4
    ) {
      Linalg.lstsq(
        $0[0] + 4 * Tensor.eye($0[0].size(-2), $0[0].size(-1), dtype: .float64), $0[1]
      ).solution
    },
    anyMatrix("norm") { Linalg.norm($0) },
    anyMatrix("matrixNorm") { Linalg.matrixNorm($0, keepdim: true) },
    anyMatrix("nuclear matrixNorm") { Linalg.matrixNorm($0, .nuclear) },
    anyMatrix("matrixNorm 2") { Linalg.matrixNorm($0, .two, dim: (1, 0)) },
    anyMatrix("matrixNorm 1") { Linalg.matrixNorm($0, .one) },
    anyMatrix("matrixNorm -∞") { Linalg.matrixNorm($0, .minusInfinity) },
    anyMatrix("cond") { Linalg.cond($0) },
    square("cond by another norm") { Linalg.cond($0, .one) },
    square("matrixPower") { ($0 * 0.2).matrixPower(5) },
    square("matrixPower 0") { $0.matrixPower(0) },
    square("matrixPower -2") { $0.matrixPower(-2) },
    square("matrixExp") { ($0 * 0.2).matrixExp() },
  ]
}
