// Rows of the table of differentiable operators: convolutions and sliding blocks.
@testable import Autograd

extension DifferentiableOperator {
  static let convolutions: [DifferentiableOperator] = plain + transposed + slidingBlocks

  private static let plain: [DifferentiableOperator] = [
    DifferentiableOperator(
      "conv1d",
      [
        [SampleInput([2, 2, 4]), SampleInput([3, 2, 2]), SampleInput([3])],
        [SampleInput([2, 4], .transposed), SampleInput([1, 2, 3], .sliced), SampleInput([1])],
      ]
    ) { $0[0].conv1d($0[1], bias: $0[2]) },
    DifferentiableOperator(
      "conv2d",
      [
        [SampleInput([2, 2, 3, 4]), SampleInput([2, 2, 2, 2]), SampleInput([2])],
        [
          SampleInput([1, 1, 3, 2], .transposed), SampleInput([2, 1, 2, 1], .transposed),
          SampleInput([2]),
        ],
        [
          SampleInput([2, 1, 3, 3], .expanded), SampleInput([2, 1, 2, 2], .sliced),
          SampleInput([2]),
        ],
        [SampleInput([0, 2, 3, 3]), SampleInput([2, 2, 2, 2]), SampleInput([2])],
      ]
    ) { $0[0].conv2d($0[1], bias: $0[2]) },
    DifferentiableOperator(
      "conv2d in groups, strided, padded and dilated",
      [[SampleInput([1, 2, 4, 3]), SampleInput([4, 1, 2, 2])]]
    ) { $0[0].conv2d($0[1], stride: [2, 1], padding: [1, 2], dilation: [1, 2], groups: 2) },
    DifferentiableOperator(
      "conv2d that keeps the size", [[SampleInput([1, 1, 3, 4]), SampleInput([1, 1, 2, 3])]]
    ) { $0[0].conv2d($0[1], padding: .same) },
    DifferentiableOperator(
      "conv3d", [[SampleInput([1, 1, 2, 3, 2]), SampleInput([2, 1, 2, 2, 1]), SampleInput([2])]]
    ) { $0[0].conv3d($0[1], bias: $0[2], padding: [0, 1, 0]) },
  ]

  private static let transposed: [DifferentiableOperator] = [
    DifferentiableOperator(
      "convTranspose1d",
      [
        [SampleInput([2, 2, 3]), SampleInput([2, 1, 2]), SampleInput([1])],
        [SampleInput([2, 3], .transposed), SampleInput([2, 2, 3], .sliced), SampleInput([2])],
      ]
    ) { $0[0].convTranspose1d($0[1], bias: $0[2], stride: 2) },
    DifferentiableOperator(
      "convTranspose2d",
      [
        [SampleInput([2, 2, 2, 3]), SampleInput([2, 1, 2, 2]), SampleInput([2])],
        [
          SampleInput([1, 2, 3, 2], .transposed), SampleInput([2, 1, 1, 2], .transposed),
          SampleInput([2]),
        ],
      ]
    ) { $0[0].convTranspose2d($0[1], bias: $0[2], stride: 2, outputPadding: [1, 0], groups: 2) },
    DifferentiableOperator(
      "convTranspose2d dilated", [[SampleInput([1, 1, 3, 3]), SampleInput([1, 2, 2, 2])]]
    ) { $0[0].convTranspose2d($0[1], padding: 1, dilation: 2) },
    DifferentiableOperator(
      "convTranspose3d",
      [[SampleInput([1, 1, 2, 1, 2]), SampleInput([1, 2, 1, 2, 2]), SampleInput([2])]]
    ) { $0[0].convTranspose3d($0[1], bias: $0[2]) },
  ]

  private static let slidingBlocks: [DifferentiableOperator] = [
    DifferentiableOperator(
      "unfold of images",
      [[SampleInput([2, 1, 3, 4])], [SampleInput([2, 3, 3], .transposed)]]
    ) { $0[0].unfold([2, 3], padding: 1, stride: [1, 2]) },
    DifferentiableOperator(
      "fold", [[SampleInput([2, 4, 6])], [SampleInput([4, 6], .sliced)]]
    ) { $0[0].fold([3, 4], 2) },
  ]
}
