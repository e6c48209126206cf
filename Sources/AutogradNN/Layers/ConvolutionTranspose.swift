// Transposed convolutions as modules.

public import Autograd

/// What transposed convolutions in one to three dimensions share.
public class ConvolutionTransposeModule: Module {
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
  final let padding: [Int]
  private let outputPadding: [Int]
  private let name: String

  init(
    _ name: String, _ dimensions: Int, _ inChannels: Int, _ outChannels: Int, _ kernel: [Int],
    _ stride: [Int], _ padding: [Int], _ outputPadding: [Int], _ groups: Int, _ bias: Bool,
    _ dilation: [Int], _ dtype: DType
  ) {
    checkChannels(name, inChannels, outChannels, groups)
    self.name = name
    self.inChannels = inChannels
    self.outChannels = outChannels
    self.groups = groups
    kernelSize = spread(kernel, dimensions)
    self.stride = spread(stride, dimensions)
    self.padding = spread(padding, dimensions)
    self.outputPadding = spread(outputPadding, dimensions)
    self.dilation = spread(dilation, dimensions)
    weight = .zeros([inChannels, outChannels / groups] + kernelSize, dtype: dtype)
    self.bias = bias ? .zeros(outChannels, dtype: dtype) : nil
    super.init()
    Init.drawLinear(weight, self.bias)
  }

  func transpose(_ input: Tensor, _ outputPadding: [Int]) -> Tensor { input }

  /// The input, convolved by the transpose.
  public override final func forward(_ input: Tensor) -> Tensor {
    transpose(input, outputPadding)
  }

  /// As the module's call, with an output of the spatial sizes given.
  public final func callAsFunction(_ input: Tensor, outputSize: [Int]) -> Tensor {
    inScope { transpose(input, padding(for: input, outputSize)) }
  }

  /// The padding on one side that makes the output as large as asked for.
  private func padding(for input: Tensor, _ outputSize: [Int]) -> [Int] {
    let dimensions = kernelSize.count
    let sizes = outputSize.suffix(dimensions)
    guard sizes.count == dimensions else {
      refuse(
        name,
        "\(name): for \(input.dim)D input, output_size must have \(dimensions) or "
          + "\(input.dim) elements (got \(outputSize.count))")
    }
    return (0..<dimensions).map { d in
      let least =
        (input.size(input.dim - dimensions + d) - 1) * stride[d] - 2 * padding[d]
        + dilation[d] * (kernelSize[d] - 1) + 1
      let asked = sizes[sizes.startIndex + d]
      guard asked >= least, asked < least + stride[d] else {
        refuse(
          name,
          "requested an output size of \(outputSize), but valid sizes range from \(least) to "
            + "\(least + stride[d] - 1) in dimension \(d)")
      }
      return asked - least
    }
  }

  /// The sizes, and what is not as by default.
  public override final var extraRepr: String {
    var text =
      "\(inChannels), \(outChannels), kernel_size=\(python(kernelSize)), stride=\(python(stride))"
    if padding.contains(where: { $0 != 0 }) { text += ", padding=\(python(padding))" }
    if dilation.contains(where: { $0 != 1 }) { text += ", dilation=\(python(dilation))" }
    if outputPadding.contains(where: { $0 != 0 }) {
      text += ", output_padding=\(python(outputPadding))"
    }
    if groups != 1 { text += ", groups=\(groups)" }
    if bias == nil { text += ", bias=False" }
    return text
  }
}

/// The transpose of a convolution over [N, C, L], or one such without N.
///
/// weight: [inChannels, outChannels / groups, *kernel], drawn as PyTorch draws it.
public final class ConvTranspose1d: ConvolutionTransposeModule {
  /// A layer with random parameters.
  public init(
    _ inChannels: Int, _ outChannels: Int, kernelSize: some SpatialSizes,
    stride: some SpatialSizes = 1, padding: some SpatialSizes = 0,
    outputPadding: some SpatialSizes = 0, groups: Int = 1, bias: Bool = true,
    dilation: some SpatialSizes = 1, dtype: DType = .float32
  ) {
    super.init(
      "ConvTranspose1d", 1, inChannels, outChannels, kernelSize.spatialSizes,
      stride.spatialSizes, padding.spatialSizes, outputPadding.spatialSizes, groups, bias,
      dilation.spatialSizes, dtype)
  }

  override func transpose(_ input: Tensor, _ outputPadding: [Int]) -> Tensor {
    input.convTranspose1d(
      weight, bias: bias, stride: stride, padding: padding, outputPadding: outputPadding,
      groups: groups, dilation: dilation)
  }
}

/// The transpose of a convolution over [N, C, H, W], or one such without N.
///
/// weight: [inChannels, outChannels / groups, *kernel], drawn as PyTorch draws it.
public final class ConvTranspose2d: ConvolutionTransposeModule {
  /// A layer with random parameters.
  public init(
    _ inChannels: Int, _ outChannels: Int, kernelSize: some SpatialSizes,
    stride: some SpatialSizes = 1, padding: some SpatialSizes = 0,
    outputPadding: some SpatialSizes = 0, groups: Int = 1, bias: Bool = true,
    dilation: some SpatialSizes = 1, dtype: DType = .float32
  ) {
    super.init(
      "ConvTranspose2d", 2, inChannels, outChannels, kernelSize.spatialSizes,
      stride.spatialSizes, padding.spatialSizes, outputPadding.spatialSizes, groups, bias,
      dilation.spatialSizes, dtype)
  }

  override func transpose(_ input: Tensor, _ outputPadding: [Int]) -> Tensor {
    input.convTranspose2d(
      weight, bias: bias, stride: stride, padding: padding, outputPadding: outputPadding,
      groups: groups, dilation: dilation)
  }
}

/// The transpose of a convolution over [N, C, D, H, W], or one such without N.
///
/// weight: [inChannels, outChannels / groups, *kernel], drawn as PyTorch draws it.
public final class ConvTranspose3d: ConvolutionTransposeModule {
  /// A layer with random parameters.
  public init(
    _ inChannels: Int, _ outChannels: Int, kernelSize: some SpatialSizes,
    stride: some SpatialSizes = 1, padding: some SpatialSizes = 0,
    outputPadding: some SpatialSizes = 0, groups: Int = 1, bias: Bool = true,
    dilation: some SpatialSizes = 1, dtype: DType = .float32
  ) {
    super.init(
      "ConvTranspose3d", 3, inChannels, outChannels, kernelSize.spatialSizes,
      stride.spatialSizes, padding.spatialSizes, outputPadding.spatialSizes, groups, bias,
      dilation.spatialSizes, dtype)
  }

  override func transpose(_ input: Tensor, _ outputPadding: [Int]) -> Tensor {
    input.convTranspose3d(
      weight, bias: bias, stride: stride, padding: padding, outputPadding: outputPadding,
      groups: groups, dilation: dilation)
  }
}
