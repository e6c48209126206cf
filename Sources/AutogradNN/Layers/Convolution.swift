// Convolutions as modules.

public import Autograd

/// What a convolution finds beyond the borders of its input.
public enum ConvolutionPaddingFill: String, Sendable {
  /// Zeros.
  case zeros
  /// The input mirrored at its outermost elements.
  case reflect
  /// The outermost elements.
  case replicate
  /// The elements from the other end.
  case circular
}

/// What convolutions in one to three dimensions share.
public class ConvolutionModule: Module {
  /// The kernels.
  @Parameter public final var weight: Tensor
  /// What is added, [outChannels], if anything.
  @Parameter public final var bias: Tensor?
  /// The number of channels of the input.
  public final let inChannels: Int
  /// The number of channels of the output.
  public final let outChannels: Int
  /// The sizes of the kernel.
  public final let kernelSize: [Int]
  /// The steps from one place of the kernel to the next.
  public final let stride: [Int]
  /// The steps from one element of the kernel to the next.
  public final let dilation: [Int]
  /// The number of groups of channels that do not see each other.
  public final let groups: Int
  private let padding: ConvolutionPaddingKind
  private let paddingMode: ConvolutionPaddingFill

  init(
    _ name: String, _ dimensions: Int, _ inChannels: Int, _ outChannels: Int, _ kernel: [Int],
    _ stride: [Int], _ padding: ConvolutionPaddingKind, _ dilation: [Int], _ groups: Int,
    _ bias: Bool, _ paddingMode: ConvolutionPaddingFill, _ dtype: DType
  ) {
    checkChannels(name, inChannels, outChannels, groups)
    self.inChannels = inChannels
    self.outChannels = outChannels
    self.groups = groups
    kernelSize = spread(kernel, dimensions)
    self.stride = spread(stride, dimensions)
    self.dilation = spread(dilation, dimensions)
    if padding == .mode(.keepingSize), self.stride.contains(where: { $0 != 1 }) {
      refuse(name, "padding='same' is not supported for strided convolutions")
    }
    self.padding =
      if case .all(let number) = padding { .each(spread([number], dimensions)) } else { padding }
    self.paddingMode = paddingMode
    weight = .zeros([outChannels, inChannels / groups] + kernelSize, dtype: dtype)
    self.bias = bias ? .zeros(outChannels, dtype: dtype) : nil
    super.init()
    Init.drawLinear(weight, self.bias)
  }

  /// The input with its border, where that is not zeros, and what padding is left.
  final func padded(_ input: Tensor) -> (Tensor, ConvolutionPaddingKind) {
    guard let mode = PaddingMode(rawValue: paddingMode.rawValue) else { return (input, padding) }
    var border: [Int] = []
    for d in kernelSize.indices.reversed() {
      switch padding {
      case .each(let numbers): border += [numbers[d], numbers[d]]
      case .all(let number): border += [number, number]
      case .mode(.none): border += [0, 0]
      case .mode(.keepingSize):
        let total = dilation[d] * (kernelSize[d] - 1)
        border += [total / 2, total - total / 2]
      }
    }
    return (input.pad(border, mode: mode), .all(0))
  }

  /// The sizes, and what is not as by default.
  public override final var extraRepr: String {
    var text =
      "\(inChannels), \(outChannels), kernel_size=\(python(kernelSize)), stride=\(python(stride))"
    switch padding {
    case .mode(let mode): text += ", padding=\(mode == .keepingSize ? "same" : "valid")"
    case .all(let number): if number != 0 { text += ", padding=\(number)" }
    case .each(let numbers):
      if numbers.contains(where: { $0 != 0 }) { text += ", padding=\(python(numbers))" }
    }
    if dilation.contains(where: { $0 != 1 }) { text += ", dilation=\(python(dilation))" }
    if groups != 1 { text += ", groups=\(groups)" }
    if bias == nil { text += ", bias=False" }
    if paddingMode != .zeros { text += ", padding_mode=\(paddingMode.rawValue)" }
    return text
  }
}

/// One number for all dimensions, or a number for each.
func spread(_ numbers: [Int], _ dimensions: Int) -> [Int] {
  numbers.count == 1 ? Array(repeating: numbers[0], count: dimensions) : numbers
}

/// Refuses channels that do not fall into groups.
func checkChannels(_ name: String, _ inputs: Int, _ outputs: Int, _ groups: Int) {
  guard groups > 0 else { refuse(name, "groups must be a positive integer") }
  guard inputs % groups == 0 else { refuse(name, "in_channels must be divisible by groups") }
  guard outputs % groups == 0 else { refuse(name, "out_channels must be divisible by groups") }
}

/// A convolution over [N, C, L], or one such without N.
///
/// weight: [outChannels, inChannels / groups, *kernel], drawn as PyTorch draws it.
public final class Conv1d: ConvolutionModule {
  /// A layer with random parameters.
  public init(
    _ inChannels: Int, _ outChannels: Int, kernelSize: some SpatialSizes,
    stride: some SpatialSizes = 1, padding: some ConvolutionPadding = 0,
    dilation: some SpatialSizes = 1, groups: Int = 1, bias: Bool = true,
    paddingMode: ConvolutionPaddingFill = .zeros, dtype: DType = .float32
  ) {
    super.init(
      "Conv1d", 1, inChannels, outChannels, kernelSize.spatialSizes, stride.spatialSizes,
      padding.convolutionPadding, dilation.spatialSizes, groups, bias, paddingMode, dtype)
  }

  /// The input, convolved.
  public override func forward(_ input: Tensor) -> Tensor {
    let (input, padding) = padded(input)
    switch padding {
    case .mode(let mode):
      return input.conv1d(
        weight, bias: bias, stride: stride, padding: mode, dilation: dilation, groups: groups)
    case .all(let number):
      return input.conv1d(
        weight, bias: bias, stride: stride, padding: number, dilation: dilation, groups: groups)
    case .each(let numbers):
      return input.conv1d(
        weight, bias: bias, stride: stride, padding: numbers, dilation: dilation, groups: groups)
    }
  }
}

/// A convolution over [N, C, H, W], or one such without N.
///
/// weight: [outChannels, inChannels / groups, *kernel], drawn as PyTorch draws it.
public final class Conv2d: ConvolutionModule {
  /// A layer with random parameters.
  public init(
    _ inChannels: Int, _ outChannels: Int, kernelSize: some SpatialSizes,
    stride: some SpatialSizes = 1, padding: some ConvolutionPadding = 0,
    dilation: some SpatialSizes = 1, groups: Int = 1, bias: Bool = true,
    paddingMode: ConvolutionPaddingFill = .zeros, dtype: DType = .float32
  ) {
    super.init(
      "Conv2d", 2, inChannels, outChannels, kernelSize.spatialSizes, stride.spatialSizes,
      padding.convolutionPadding, dilation.spatialSizes, groups, bias, paddingMode, dtype)
  }

  /// The input, convolved.
  public override func forward(_ input: Tensor) -> Tensor {
    let (input, padding) = padded(input)
    switch padding {
    case .mode(let mode):
      return input.conv2d(
        weight, bias: bias, stride: stride, padding: mode, dilation: dilation, groups: groups)
    case .all(let number):
      return input.conv2d(
        weight, bias: bias, stride: stride, padding: number, dilation: dilation, groups: groups)
    case .each(let numbers):
      return input.conv2d(
        weight, bias: bias, stride: stride, padding: numbers, dilation: dilation, groups: groups)
    }
  }
}

/// A convolution over [N, C, D, H, W], or one such without N.
///
/// weight: [outChannels, inChannels / groups, *kernel], drawn as PyTorch draws it.
public final class Conv3d: ConvolutionModule {
  /// A layer with random parameters.
  public init(
    _ inChannels: Int, _ outChannels: Int, kernelSize: some SpatialSizes,
    stride: some SpatialSizes = 1, padding: some ConvolutionPadding = 0,
    dilation: some SpatialSizes = 1, groups: Int = 1, bias: Bool = true,
    paddingMode: ConvolutionPaddingFill = .zeros, dtype: DType = .float32
  ) {
    super.init(
      "Conv3d", 3, inChannels, outChannels, kernelSize.spatialSizes, stride.spatialSizes,
      padding.convolutionPadding, dilation.spatialSizes, groups, bias, paddingMode, dtype)
  }

  /// The input, convolved.
  public override func forward(_ input: Tensor) -> Tensor {
    let (input, padding) = padded(input)
    switch padding {
    case .mode(let mode):
      return input.conv3d(
        weight, bias: bias, stride: stride, padding: mode, dilation: dilation, groups: groups)
    case .all(let number):
      return input.conv3d(
        weight, bias: bias, stride: stride, padding: number, dilation: dilation, groups: groups)
    case .each(let numbers):
      return input.conv3d(
        weight, bias: bias, stride: stride, padding: numbers, dilation: dilation, groups: groups)
    }
  }
}
