// The rows of normalisations, directions and distances of vectors in the table of operators.
@testable import Autograd

extension DifferentiableOperator {
  /// A function of a tensor of the shape and of a weight and a bias of another.
  private static func affine(
    _ name: String, _ shape: [Int], _ parameters: [Int],
    _ apply: @escaping @Sendable (Tensor, Tensor, Tensor) -> Tensor
  ) -> DifferentiableOperator {
    let samples: [[SampleInput]] = [.rowMajor, .transposed, .sliced].map { layout in
      [SampleInput(shape, layout), SampleInput(parameters, layout), SampleInput(parameters)]
    }
    return DifferentiableOperator(name, samples, tolerance: 1e-5) { apply($0[0], $0[1], $0[2]) }
  }

  /// A function of a tensor of the shape.
  private static func plain(
    _ name: String, _ shape: [Int], _ apply: @escaping @Sendable (Tensor) -> Tensor
  ) -> DifferentiableOperator {
    DifferentiableOperator(
      name, [[SampleInput(shape)], [SampleInput(shape, .transposed)]], tolerance: 1e-5
    ) { apply($0[0]) }
  }

  /// Two vectors along the last dimension, broadcast.
  private static func pair(
    _ name: String, _ apply: @escaping @Sendable (Tensor, Tensor) -> Tensor
  ) -> DifferentiableOperator {
    DifferentiableOperator(
      name,
      [
        [SampleInput([2, 3]), SampleInput([2, 3])],
        [SampleInput([2, 3], .sliced), SampleInput([3])],
      ],
      tolerance: 1e-5
    ) { apply($0[0], $0[1]) }
  }

  private static func running() -> (mean: Tensor, variance: Tensor) {
    (Tensor([0.25, -0.5], dtype: .float64), Tensor([0.75, 1.5], dtype: .float64))
  }

  static let normalizations: [DifferentiableOperator] = [
    .affine("batchNorm in training", [3, 2, 2], [2]) {
      $0.batchNorm(runningMean: nil, runningVar: nil, weight: $1, bias: $2, training: true)
    },
    .affine("batchNorm of planes", [2, 2, 3, 3], [2]) {
      $0.batchNorm(runningMean: nil, runningVar: nil, weight: $1, bias: $2, training: true)
    },
    .affine("batchNorm in evaluation", [3, 2, 2], [2]) {
      $0.batchNorm(
        runningMean: running().mean, runningVar: running().variance, weight: $1, bias: $2)
    },
    .plain("batchNorm of rows, without weight", [4, 2]) {
      let running = running()
      return $0.batchNorm(
        runningMean: running.mean, runningVar: running.variance, training: true, eps: 0.01)
    },
    .affine("instanceNorm", [2, 2, 3], [2]) { $0.instanceNorm(weight: $1, bias: $2) },
    .affine("layerNorm", [2, 4], [4]) { $0.layerNorm([4], weight: $1, bias: $2) },
    .affine("layerNorm over two dimensions", [2, 2, 2], [2, 2]) {
      $0.layerNorm([2, 2], weight: $1, bias: $2, eps: 0.1)
    },
    .plain("layerNorm without weight", [3, 4]) { $0.layerNorm([4]) },
    .affine("groupNorm", [2, 4, 2], [4]) { $0.groupNorm(2, weight: $1, bias: $2) },
    .plain("groupNorm without weight", [2, 4, 2]) { $0.groupNorm(2) },
    .affine("rmsNorm", [2, 4], [4]) { x, weight, _ in x.rmsNorm([4], weight: weight) },
    .plain("localResponseNorm", [1, 3, 2]) { $0.localResponseNorm(2, alpha: 0.5) },
    .plain("localResponseNorm of planes", [1, 3, 2, 1]) { $0.localResponseNorm(3, alpha: 0.5) },
    .plain("normalize", [2, 3]) { $0.normalize() },
    .plain("normalize by another norm", [2, 3, 2]) { $0.normalize(p: 3, dim: [0, 2]) },
    .pair("cosineSimilarity") { $0.cosineSimilarity($1, dim: -1) },
    .pair("pairwiseDistance") { $0.pairwiseDistance($1) },
    .pair("pairwiseDistance by another norm") { $0.pairwiseDistance($1, p: 3, keepdim: true) },
  ]
}
