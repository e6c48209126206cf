// Pooling as modules.

public import Autograd

/// What pooling over windows shares.
public class WindowPoolModule: Module {
  /// The sizes of a window.
  public final let kernelSize: [Int]
  /// The steps from one window to the next.
  public final let stride: [Int]
  /// What surrounds the input.
  public final let padding: [Int]
  final let ceilMode: Bool
  private let shown: (kernel: String, stride: String, padding: String)

  init(
    _ dimensions: Int, _ kernel: [Int], _ stride: [Int]?, _ padding: [Int], _ ceilMode: Bool
  ) {
    kernelSize = spread(kernel, dimensions)
    self.stride = spread(stride ?? kernel, dimensions)
    self.padding = spread(padding, dimensions)
    self.ceilMode = ceilMode
    func text(_ numbers: [Int]) -> String {
      numbers.count == 1 ? "\(numbers[0])" : python(numbers)
    }
    shown = (text(kernel), text(stride ?? kernel), text(padding))
    super.init()
  }

  final func description(dilation: [Int]) -> String {
    let dilated = dilation.count == 1 ? "\(dilation[0])" : python(dilation)
    return "kernel_size=\(shown.kernel), stride=\(shown.stride), padding=\(shown.padding), "
      + "dilation=\(dilated), ceil_mode=\(python(ceilMode))"
  }

  final var averageDescription: String {
    "kernel_size=\(shown.kernel), stride=\(shown.stride), padding=\(shown.padding)"
  }
}

/// The largest elements of windows, in one dimension.
public final class MaxPool1d: WindowPoolModule {
  private let dilation: [Int]

  /// A module; the stride is the window's size unless said.
  public init(
    _ kernelSize: some SpatialSizes, stride: (some SpatialSizes)? = Int?.none,
    padding: some SpatialSizes = 0, dilation: some SpatialSizes = 1, ceilMode: Bool = false
  ) {
    self.dilation = dilation.spatialSizes
    super.init(
      1, kernelSize.spatialSizes, stride?.spatialSizes, padding.spatialSizes, ceilMode)
  }

  /// The largest elements.
  public override func forward(_ input: Tensor) -> Tensor {
    input.maxPool1d(
      kernelSize: kernelSize, stride: stride, padding: padding, dilation: spread(dilation, 1),
      ceilMode: ceilMode)
  }

  /// The windows.
  public override var extraRepr: String { description(dilation: dilation) }
}

/// The means of windows, in one dimension.
public final class AvgPool1d: WindowPoolModule {
  private let countIncludePad: Bool

  /// A module; the stride is the window's size unless said.
  public init(
    _ kernelSize: some SpatialSizes, stride: (some SpatialSizes)? = Int?.none,
    padding: some SpatialSizes = 0, ceilMode: Bool = false, countIncludePad: Bool = true
  ) {
    self.countIncludePad = countIncludePad
    super.init(
      1, kernelSize.spatialSizes, stride?.spatialSizes, padding.spatialSizes, ceilMode)
  }

  /// The means.
  public override func forward(_ input: Tensor) -> Tensor {
    input.avgPool1d(
      kernelSize: kernelSize, stride: stride, padding: padding, ceilMode: ceilMode,
      countIncludePad: countIncludePad)
  }

  /// The windows.
  public override var extraRepr: String {
    "kernel_size=\(python(kernelSize)), stride=\(python(stride)), padding=\(python(padding))"
  }
}

/// The largest elements of windows, in two dimensions.
public final class MaxPool2d: WindowPoolModule {
  private let dilation: [Int]

  /// A module; the stride is the window's size unless said.
  public init(
    _ kernelSize: some SpatialSizes, stride: (some SpatialSizes)? = Int?.none,
    padding: some SpatialSizes = 0, dilation: some SpatialSizes = 1, ceilMode: Bool = false
  ) {
    self.dilation = dilation.spatialSizes
    super.init(
      2, kernelSize.spatialSizes, stride?.spatialSizes, padding.spatialSizes, ceilMode)
  }

  /// The largest elements.
  public override func forward(_ input: Tensor) -> Tensor {
    input.maxPool2d(
      kernelSize: kernelSize, stride: stride, padding: padding, dilation: spread(dilation, 2),
      ceilMode: ceilMode)
  }

  /// The windows.
  public override var extraRepr: String { description(dilation: dilation) }
}

/// The means of windows, in two dimensions.
public final class AvgPool2d: WindowPoolModule {
  private let countIncludePad: Bool
  private let divisorOverride: Int?

  /// A module; the stride is the window's size unless said.
  public init(
    _ kernelSize: some SpatialSizes, stride: (some SpatialSizes)? = Int?.none,
    padding: some SpatialSizes = 0, ceilMode: Bool = false, countIncludePad: Bool = true,
    divisorOverride: Int? = nil
  ) {
    self.countIncludePad = countIncludePad
    self.divisorOverride = divisorOverride
    super.init(
      2, kernelSize.spatialSizes, stride?.spatialSizes, padding.spatialSizes, ceilMode)
  }

  /// The means.
  public override func forward(_ input: Tensor) -> Tensor {
    input.avgPool2d(
      kernelSize: kernelSize, stride: stride, padding: padding, ceilMode: ceilMode,
      countIncludePad: countIncludePad, divisorOverride: divisorOverride)
  }

  /// The windows.
  public override var extraRepr: String { averageDescription }
}

/// The largest elements of windows, in three dimensions.
public final class MaxPool3d: WindowPoolModule {
  private let dilation: [Int]

  /// A module; the stride is the window's size unless said.
  public init(
    _ kernelSize: some SpatialSizes, stride: (some SpatialSizes)? = Int?.none,
    padding: some SpatialSizes = 0, dilation: some SpatialSizes = 1, ceilMode: Bool = false
  ) {
    self.dilation = dilation.spatialSizes
    super.init(
      3, kernelSize.spatialSizes, stride?.spatialSizes, padding.spatialSizes, ceilMode)
  }

  /// The largest elements.
  public override func forward(_ input: Tensor) -> Tensor {
    input.maxPool3d(
      kernelSize: kernelSize, stride: stride, padding: padding, dilation: spread(dilation, 3),
      ceilMode: ceilMode)
  }

  /// The windows.
  public override var extraRepr: String { description(dilation: dilation) }
}

/// The means of windows, in three dimensions.
public final class AvgPool3d: WindowPoolModule {
  private let countIncludePad: Bool
  private let divisorOverride: Int?

  /// A module; the stride is the window's size unless said.
  public init(
    _ kernelSize: some SpatialSizes, stride: (some SpatialSizes)? = Int?.none,
    padding: some SpatialSizes = 0, ceilMode: Bool = false, countIncludePad: Bool = true,
    divisorOverride: Int? = nil
  ) {
    self.countIncludePad = countIncludePad
    self.divisorOverride = divisorOverride
    super.init(
      3, kernelSize.spatialSizes, stride?.spatialSizes, padding.spatialSizes, ceilMode)
  }

  /// The means.
  public override func forward(_ input: Tensor) -> Tensor {
    input.avgPool3d(
      kernelSize: kernelSize, stride: stride, padding: padding, ceilMode: ceilMode,
      countIncludePad: countIncludePad, divisorOverride: divisorOverride)
  }

  /// The windows.
  public override var extraRepr: String { averageDescription }
}

/// The means of as many windows as the output has places, in one dimension.
public final class AdaptiveAvgPool1d: Module {
  private let outputSize: [Int]

  /// A module with an output of these sizes.
  public init(_ outputSize: some SpatialSizes) {
    self.outputSize = outputSize.spatialSizes
    super.init()
  }

  /// The means.
  public override func forward(_ input: Tensor) -> Tensor {
    outputSize.count == 1
      ? input.adaptiveAvgPool1d(outputSize[0]) : input.adaptiveAvgPool1d(outputSize)
  }

  /// The sizes of the output.
  public override var extraRepr: String {
    "output_size=\(outputSize.count == 1 ? "\(outputSize[0])" : python(outputSize))"
  }
}

/// The largest elements of as many windows as the output has places, in one dimension.
public final class AdaptiveMaxPool1d: Module {
  private let outputSize: [Int]

  /// A module with an output of these sizes.
  public init(_ outputSize: some SpatialSizes) {
    self.outputSize = outputSize.spatialSizes
    super.init()
  }

  /// The largest elements.
  public override func forward(_ input: Tensor) -> Tensor {
    outputSize.count == 1
      ? input.adaptiveMaxPool1d(outputSize[0]) : input.adaptiveMaxPool1d(outputSize)
  }

  /// The sizes of the output.
  public override var extraRepr: String {
    "output_size=\(outputSize.count == 1 ? "\(outputSize[0])" : python(outputSize))"
  }
}

/// The means of as many windows as the output has places, in two dimensions.
public final class AdaptiveAvgPool2d: Module {
  private let outputSize: [Int]

  /// A module with an output of these sizes.
  public init(_ outputSize: some SpatialSizes) {
    self.outputSize = outputSize.spatialSizes
    super.init()
  }

  /// The means.
  public override func forward(_ input: Tensor) -> Tensor {
    outputSize.count == 1
      ? input.adaptiveAvgPool2d(outputSize[0]) : input.adaptiveAvgPool2d(outputSize)
  }

  /// The sizes of the output.
  public override var extraRepr: String {
    "output_size=\(outputSize.count == 1 ? "\(outputSize[0])" : python(outputSize))"
  }
}

/// The largest elements of as many windows as the output has places, in two dimensions.
public final class AdaptiveMaxPool2d: Module {
  private let outputSize: [Int]

  /// A module with an output of these sizes.
  public init(_ outputSize: some SpatialSizes) {
    self.outputSize = outputSize.spatialSizes
    super.init()
  }

  /// The largest elements.
  public override func forward(_ input: Tensor) -> Tensor {
    outputSize.count == 1
      ? input.adaptiveMaxPool2d(outputSize[0]) : input.adaptiveMaxPool2d(outputSize)
  }

  /// The sizes of the output.
  public override var extraRepr: String {
    "output_size=\(outputSize.count == 1 ? "\(outputSize[0])" : python(outputSize))"
  }
}

/// The means of as many windows as the output has places, in three dimensions.
public final class AdaptiveAvgPool3d: Module {
  private let outputSize: [Int]

  /// A module with an output of these sizes.
  public init(_ outputSize: some SpatialSizes) {
    self.outputSize = outputSize.spatialSizes
    super.init()
  }

  /// The means.
  public override func forward(_ input: Tensor) -> Tensor {
    outputSize.count == 1
      ? input.adaptiveAvgPool3d(outputSize[0]) : input.adaptiveAvgPool3d(outputSize)
  }

  /// The sizes of the output.
  public override var extraRepr: String {
    "output_size=\(outputSize.count == 1 ? "\(outputSize[0])" : python(outputSize))"
  }
}

/// The largest elements of as many windows as the output has places, in three dimensions.
public final class AdaptiveMaxPool3d: Module {
  private let outputSize: [Int]

  /// A module with an output of these sizes.
  public init(_ outputSize: some SpatialSizes) {
    self.outputSize = outputSize.spatialSizes
    super.init()
  }

  /// The largest elements.
  public override func forward(_ input: Tensor) -> Tensor {
    outputSize.count == 1
      ? input.adaptiveMaxPool3d(outputSize[0]) : input.adaptiveMaxPool3d(outputSize)
  }

  /// The sizes of the output.
  public override var extraRepr: String {
    "output_size=\(outputSize.count == 1 ? "\(outputSize[0])" : python(outputSize))"
  }
}
