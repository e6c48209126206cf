// Rows of the table of differentiable operators: pooling, and dimensions in other sizes.
@testable import Autograd

extension DifferentiableOperator {
  static let pooling: [DifferentiableOperator] =
    largest + means + adaptive + powerMeans + unpooled + resized + shuffled + sampled

  /// A function of single ones and batches, of layouts of all kinds.
  private static func spatial(
    _ name: String, _ sizes: [Int], _ apply: @escaping @Sendable (Tensor) -> Tensor
  ) -> DifferentiableOperator {
    DifferentiableOperator(
      name,
      [
        [SampleInput([1, 2] + sizes)], [SampleInput([2] + sizes)],
        [SampleInput([2, 1] + sizes, .transposed)], [SampleInput([1, 2] + sizes, .sliced)],
      ]
    ) { apply($0[0]) }
  }

  /// A function of batches only, which is linear.
  private static func resized(
    _ name: String, _ sizes: [Int], _ apply: @escaping @Sendable (Tensor) -> Tensor
  ) -> DifferentiableOperator {
    DifferentiableOperator(
      name,
      [
        [SampleInput([1, 2] + sizes)], [SampleInput([2, 1] + sizes, .transposed)],
        [SampleInput([1, 2] + sizes, .sliced)],
      ]
    ) { apply($0[0]) }
  }

  private static let largest: [DifferentiableOperator] = [
    .spatial("maxPool1d", [5]) { $0.maxPool1d(kernelSize: 2) },
    .spatial("maxPool1d, dilated", [6]) {
      $0.maxPool1d(kernelSize: 2, stride: 1, padding: 1, dilation: 2)
    },
    .spatial("maxPool2d", [4, 3]) { $0.maxPool2d(kernelSize: 2) },
    .spatial("maxPool2d, overlapping", [4, 5]) {
      $0.maxPool2d(kernelSize: [3, 2], stride: [2, 1], padding: 1, ceilMode: true)
    },
    .spatial("maxPool3d", [2, 3, 2]) {
      $0.maxPool3d(kernelSize: 2, stride: 1, padding: [0, 1, 0])
    },
    .spatial("maxPool2dWithIndices", [4, 3]) { $0.maxPool2dWithIndices(kernelSize: 2).values },
  ]

  private static let means: [DifferentiableOperator] = [
    .spatial("avgPool1d", [5]) { $0.avgPool1d(kernelSize: 2, stride: 1, padding: 1) },
    .spatial("avgPool2d", [4, 3]) { $0.avgPool2d(kernelSize: 2) },
    .spatial("avgPool2d, padding not counted", [4, 5]) {
      $0.avgPool2d(
        kernelSize: [3, 2], stride: [2, 1], padding: 1, ceilMode: true, countIncludePad: false)
    },
    .spatial("avgPool2d by another divisor", [4, 3]) {
      $0.avgPool2d(kernelSize: 3, stride: 2, padding: 1, divisorOverride: 5)
    },
    .spatial("avgPool3d", [2, 3, 2]) { $0.avgPool3d(kernelSize: 2, stride: 1, padding: 1) },
  ]

  private static let adaptive: [DifferentiableOperator] = [
    .spatial("adaptiveAvgPool1d", [5]) { $0.adaptiveAvgPool1d(3) },
    .spatial("adaptiveAvgPool2d", [4, 5]) { $0.adaptiveAvgPool2d([3, 2]) },
    .spatial("adaptiveAvgPool2d into one", [2, 3]) { $0.adaptiveAvgPool2d(1) },
    DifferentiableOperator(
      "adaptiveAvgPool2d into one, channels last", [[SampleInput([2, 2, 3, 2])]]
    ) {
      $0[0].movedim(-1, 1).adaptiveAvgPool2d(1)
    },
    .spatial("adaptiveAvgPool3d", [2, 3, 2]) { $0.adaptiveAvgPool3d([1, nil, 2]) },
    .spatial("adaptiveMaxPool1d", [5]) { $0.adaptiveMaxPool1d(3) },
    .spatial("adaptiveMaxPool2d", [4, 5]) { $0.adaptiveMaxPool2d([3, nil]) },
    .spatial("adaptiveMaxPool3d", [2, 3, 2]) { $0.adaptiveMaxPool3d(2) },
  ]

  private static let powerMeans: [DifferentiableOperator] = [
    .spatial("lpPool1d", [5]) { $0.lpPool1d(2, kernelSize: 2) },
    .spatial("lpPool2d", [4, 3]) { $0.lpPool2d(2, kernelSize: 2, stride: 1) },
    .spatial("lpPool2d by the largest", [4, 3]) { $0.lpPool2d(Double.infinity, kernelSize: 2) },
    .spatial("lpPool2d by the smallest", [4, 3]) { $0.lpPool2d(-Double.infinity, kernelSize: 2) },
    .spatial("lpPool3d", [2, 3, 2]) { $0.lpPool3d(4.0, kernelSize: 2, stride: 1) },
  ]

  private static let unpooled: [DifferentiableOperator] = [
    .spatial("maxUnpool1d", [4]) {
      let (values, indices) = $0.maxPool1dWithIndices(kernelSize: 2)
      return values.maxUnpool1d(indices, kernelSize: 2)
    },
    .spatial("maxUnpool2d", [4, 5]) {
      let (values, indices) = $0.maxPool2dWithIndices(kernelSize: 2)
      return values.maxUnpool2d(indices, kernelSize: 2, outputSize: [4, 5])
    },
    .spatial("maxUnpool3d", [2, 2, 2]) {
      let (values, indices) = $0.maxPool3dWithIndices(kernelSize: 2)
      return values.maxUnpool3d(indices, kernelSize: 2)
    },
  ]

  private static let resized: [DifferentiableOperator] =
    ([.nearest, .nearestExact] as [InterpolationMode]).flatMap { mode in
      [
        .resized("interpolate, \(mode), one dimension", [5]) {
          $0.interpolate(size: 3, mode: mode)
        },
        .resized("interpolate, \(mode), two dimensions", [2, 3]) {
          $0.interpolate(scaleFactor: 1.5, mode: mode)
        },
        .resized("interpolate, \(mode), three dimensions", [2, 1, 2]) {
          $0.interpolate(size: [3, 2, 1], mode: mode)
        },
      ]
    } + [
      .resized("interpolate, linear", [4]) { $0.interpolate(scaleFactor: 1.7, mode: .linear) },
      .resized("interpolate, bilinear", [2, 3]) {
        $0.interpolate(scaleFactor: [2.0, 0.7], mode: .bilinear)
      },
      .resized("interpolate, bilinear, corners aligned", [2, 3]) {
        $0.interpolate(size: [3, 5], mode: .bilinear, alignCorners: true)
      },
      .resized("interpolate, bicubic", [3, 4]) { $0.interpolate(size: [5, 2], mode: .bicubic) },
      .resized("interpolate, trilinear", [2, 2, 3]) {
        $0.interpolate(scaleFactor: 1.5, mode: .trilinear)
      },
      .resized("interpolate, area", [4, 3]) { $0.interpolate(size: [3, 2], mode: .area) },
    ]

  private static let shuffled: [DifferentiableOperator] = [
    DifferentiableOperator(
      "pixelShuffle", [[SampleInput([1, 4, 2, 1])], [SampleInput([2, 4, 1, 2], .transposed)]]
    ) { $0[0].pixelShuffle(2) },
    DifferentiableOperator(
      "pixelUnshuffle", [[SampleInput([1, 2, 4, 2])], [SampleInput([1, 4, 2], .sliced)]]
    ) { $0[0].pixelUnshuffle(2) },
    DifferentiableOperator(
      "channelShuffle", [[SampleInput([1, 4, 2])], [SampleInput([2, 6, 2, 1], .transposed)]]
    ) { $0[0].channelShuffle(2) },
  ]

  private static let sampled: [DifferentiableOperator] =
    ([.bilinear, .nearest, .bicubic] as [GridSamplingMode]).flatMap { mode in
      ([.zeros, .border, .reflection] as [GridPaddingMode]).map { padding in
        DifferentiableOperator(
          "gridSample, \(mode), \(padding)",
          [
            [SampleInput([1, 2, 3, 4]), SampleInput([1, 2, 2, 2])],
            [SampleInput([2, 1, 2, 3], .transposed), SampleInput([2, 1, 2, 2], .sliced)],
          ]
        ) {
          // Between 1.3 times the edges, and nowhere near an element.
          $0[0].gridSample($0[1] * 0.61, mode: mode, paddingMode: padding)
        }
      }
    } + [
      DifferentiableOperator("affineGrid", [[SampleInput([2, 2, 3])]]) {
        $0[0].affineGrid([2, 1, 2, 3])
      },
      DifferentiableOperator("affineGrid, corners aligned", [[SampleInput([1, 3, 4])]]) {
        $0[0].affineGrid([1, 1, 2, 1, 2], alignCorners: true)
      },
    ]
}
