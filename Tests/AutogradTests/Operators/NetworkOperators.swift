// Rows of the table of differentiable operators: linear maps, embeddings, attention.
@testable import Autograd

extension DifferentiableOperator {
  static let networkFunctions: [DifferentiableOperator] = [
    DifferentiableOperator(
      "linear",
      [
        [SampleInput([3]), SampleInput([2, 3]), SampleInput([2])],
        [SampleInput([2, 3]), SampleInput([2, 3]), SampleInput([2])],
        [SampleInput([2, 2, 3], .transposed), SampleInput([2, 3], .sliced), SampleInput([2])],
      ]
    ) { $0[0].linear($0[1], bias: $0[2]) },
    DifferentiableOperator(
      "linear without bias", [[SampleInput([2, 2, 3]), SampleInput([2, 3])]]
    ) { $0[0].linear($0[1]) },
    DifferentiableOperator(
      "bilinear",
      [[SampleInput([2, 3]), SampleInput([2, 2]), SampleInput([2, 3, 2]), SampleInput([2])]]
    ) { $0[0].bilinear($0[1], $0[2], bias: $0[3]) },
    DifferentiableOperator(
      "embedding", [[SampleInput([4, 2])], [SampleInput([4, 3], .transposed)]]
    ) { Tensor([[1, 3], [3, 0]]).embedding($0[0]) },
    DifferentiableOperator(
      "scaledDotProductAttention",
      [[SampleInput([1, 2, 3, 2]), SampleInput([1, 2, 4, 2]), SampleInput([1, 2, 4, 2])]]
    ) { $0[0].scaledDotProductAttention($0[1], $0[2]) }.onceDifferentiable,
    DifferentiableOperator(
      "scaledDotProductAttention, causal and shared",
      [[SampleInput([2, 4, 3, 2]), SampleInput([2, 2, 3, 2]), SampleInput([2, 2, 3, 2])]]
    ) {
      $0[0].scaledDotProductAttention($0[1], $0[2], isCausal: true, scale: 0.4, enableGqa: true)
    }.onceDifferentiable,
    DifferentiableOperator(
      "scaledDotProductAttention by operators",
      [
        [
          SampleInput([2, 3, 2]), SampleInput([2, 4, 2]), SampleInput([2, 4, 3]),
          SampleInput([3, 4]),
        ]
      ]
    ) { $0[0].scaledDotProductAttention($0[1], $0[2], attnMask: $0[3]) },
    .unary("softmin") { $0.softmin(dim: 0) },
  ]
}
