// Rows of the table of differentiable operators: products and decompositions of matrices.
@testable import Autograd

extension DifferentiableOperator {
  static let linearAlgebra: [DifferentiableOperator] = batchedProducts + vectorProducts

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
    DifferentiableOperator(
      "matmul of a constant batch", [[SampleInput([2, 2, 2]), SampleInput([2])]]
    ) { $0[0].matmul($0[1].detach()) + $0[1] },
    DifferentiableOperator(
      "multiDot",
      [
        [SampleInput([2, 3]), SampleInput([3, 1]), SampleInput([1, 2])],
        [SampleInput([3]), SampleInput([3, 2]), SampleInput([2, 2]), SampleInput([2])],
        [SampleInput([3, 2]), SampleInput([2])],
      ]
    ) { Tensor.multiDot($0) },
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
}
