// The mean of each window: avg_pool1d, 2d and 3d, and by powers lp_pool1d, 2d and 3d.

internal import CKernels
internal import GraphModel

// MARK: - Forward

extension Tensor {
  /// The mean of each window that slides over the last dimension.
  ///
  /// Floating point and int64, shaped channels × length or batch × channels × length.
  /// - Parameters:
  ///   - kernelSize: the elements in a window.
  ///   - stride: from one window to the next; the kernel's size for nil.
  ///   - padding: the zeros in front and behind, at most half the kernel's size.
  ///   - ceilMode: whether a last window that reaches beyond the end counts.
  ///   - countIncludePad: whether means count the zeros of the padding.
  /// - Returns: a tensor of the same dimensions, the last one a number for each window.
  public func avgPool1d(
    kernelSize: some SpatialSizes, stride: (some SpatialSizes)? = Int?.none,
    padding: some SpatialSizes = 0, ceilMode: Bool = false, countIncludePad: Bool = true
  ) -> Tensor {
    let windows = PoolingWindows(1, kernelSize, stride, padding, 1, ceilMode)
    checkOneOrTwoOuterDimensions("avg_pool1d")
    for (name, numbers) in [
      ("kernel_size", windows.kernel), ("stride", windows.stride), ("padding", windows.padding),
    ] where numbers.count > 1 {
      refuse(
        "avg_pool1d",
        "avg_pool1d() argument '\(name)' should contain one int (got \(numbers.count))")
    }
    return unsqueeze(-2).meansPooled(
      AveragingWindows(windows.inTwoDimensions, countIncludePad, nil)
    ).squeeze(-2)
  }

  /// The mean of each window that slides over the last two dimensions.
  ///
  /// Floating point and int64, shaped channels × height × width or batch × channels × height × width.
  /// The arguments are as for `avgPool1d`, each a number or two; sums are divided by
  /// `divisorOverride`, where it is given, instead of by the number of elements.
  public func avgPool2d(
    kernelSize: some SpatialSizes, stride: (some SpatialSizes)? = Int?.none,
    padding: some SpatialSizes = 0, ceilMode: Bool = false, countIncludePad: Bool = true,
    divisorOverride: Int? = nil
  ) -> Tensor {
    meansPooled(
      AveragingWindows(
        PoolingWindows(2, kernelSize, stride, padding, 1, ceilMode), countIncludePad,
        divisorOverride))
  }

  /// The mean of each window that slides over the last three dimensions.
  ///
  /// As `avgPool2d`, with a dimension more.
  public func avgPool3d(
    kernelSize: some SpatialSizes, stride: (some SpatialSizes)? = Int?.none,
    padding: some SpatialSizes = 0, ceilMode: Bool = false, countIncludePad: Bool = true,
    divisorOverride: Int? = nil
  ) -> Tensor {
    meansPooled(
      AveragingWindows(
        PoolingWindows(3, kernelSize, stride, padding, 1, ceilMode), countIncludePad,
        divisorOverride))
  }

  fileprivate func meansPooled(_ averaging: AveragingWindows) -> Tensor {
    let windows = averaging.windows
    let operation = "avg_pool\(windows.dimensions)d"
    if averaging.divisorOverride == 0 { refuse(operation, "divisor must be not zero") }
    if windows.dimensions == 3 { checkNotSmallerThanKernel(windows, operation) }
    let resultSizes = windows.resultSizes(self, operation)
    if !dtype.isFloatingPoint, dtype != .int64 { refuseDtype(operation) }
    var result = Tensor(empty: resultSizes, dtype)
    if result.count > 0 {
      let input = contiguousData()
      var kernel = windows.kernelWindows(sizes, resultSizes)
      agk_avg_pool(
        dtype.kernel, &kernel, averaging.countIncludePad, Int64(averaging.divisorOverride ?? 0),
        result.pointer, input.pointer)
      if windows.dimensions == 2 { result = result.inLayout(of: self) }
    }
    return result.recorded(from: self) {
      windows.dimensions == 2
        ? AvgPool2DBackward0(averaging).saving(self) : AvgPool3DBackward0(averaging).saving(self)
    }
  }

  /// Windows over three dimensions may reach into the padding, but not be larger than the input.
  private func checkNotSmallerThanKernel(_ windows: PoolingWindows, _ operation: String) {
    guard 4...5 ~= sizes.count, windows.kernel.count == 1 || windows.kernel.count == 3 else {
      return
    }
    let kernel =
      windows.kernel.count == 3 ? windows.kernel : .init(repeating: windows.kernel[0], count: 3)
    let size = Array(sizes.suffix(3))
    guard size.contains(0) || !zip(size, kernel).contains(where: { $0 < $1 }) else {
      refuse(
        operation,
        "input image (T: \(size[0]) H: \(size[1]) W: \(size[2])) smaller than kernel size "
          + "(kT: \(kernel[0]) kH: \(kernel[1]) kW: \(kernel[2]))")
    }
  }

  fileprivate func meansPooledBackward(_ averaging: AveragingWindows, _ input: Tensor) -> Tensor {
    let windows = averaging.windows
    var result = Tensor(empty: input.sizes, dtype)
    if result.count > 0 {
      let gradient = contiguousData()
      var kernel = windows.kernelWindows(input.sizes, sizes)
      agk_avg_pool_backward(
        dtype.kernel, &kernel, averaging.countIncludePad, Int64(averaging.divisorOverride ?? 0),
        result.pointer, gradient.pointer)
      if windows.dimensions == 2 { result = result.inLayout(of: input) }
    }
    return result.recorded(from: self, input) {
      windows.dimensions == 2
        ? AvgPool2DBackwardBackward0(averaging, input.sizes)
        : AvgPool3DBackwardBackward0(averaging, input.sizes)
    }
  }
}

// MARK: - Powers

extension Tensor {
  /// The p-norm of each window that slides over the last dimension: (Σ xᵖ)^(1/p).
  ///
  /// Infinity is the largest |x|, minus infinity the smallest. Floating point only, shaped channels ×
  /// length or batch × channels × length; the other arguments are as for `avgPool1d`.
  public func lpPool1d(
    _ normType: some ScalarConvertible, kernelSize: Int,
    stride: (some SpatialSizes)? = Int?.none, ceilMode: Bool = false
  ) -> Tensor {
    powersPooled(normType.scalar, kernelSize) { (x: Tensor, largest: Bool) in
      largest
        ? x.maxPool1d(kernelSize: kernelSize, stride: stride, ceilMode: ceilMode)
        : x.avgPool1d(kernelSize: kernelSize, stride: stride, ceilMode: ceilMode)
    }
  }

  /// The p-norm of each window that slides over the last two dimensions: (Σ xᵖ)^(1/p).
  ///
  /// As `lpPool1d`, with a dimension more.
  public func lpPool2d(
    _ normType: some ScalarConvertible, kernelSize: some SpatialSizes,
    stride: (some SpatialSizes)? = Int?.none, ceilMode: Bool = false
  ) -> Tensor {
    let elements = kernelSize.resolved(2, "lp_pool2d", "kernel_size").reduce(1, *)
    return powersPooled(normType.scalar, elements) { (x: Tensor, largest: Bool) in
      largest
        ? x.maxPool2d(kernelSize: kernelSize, stride: stride, ceilMode: ceilMode)
        : x.avgPool2d(kernelSize: kernelSize, stride: stride, ceilMode: ceilMode)
    }
  }

  /// The p-norm of each window that slides over the last three dimensions: (Σ xᵖ)^(1/p).
  ///
  /// As `lpPool1d`, with two dimensions more.
  public func lpPool3d(
    _ normType: some ScalarConvertible, kernelSize: some SpatialSizes,
    stride: (some SpatialSizes)? = Int?.none, ceilMode: Bool = false
  ) -> Tensor {
    let elements = kernelSize.resolved(3, "lp_pool3d", "kernel_size").reduce(1, *)
    return powersPooled(normType.scalar, elements) { (x: Tensor, largest: Bool) in
      largest
        ? x.maxPool3d(kernelSize: kernelSize, stride: stride, ceilMode: ceilMode)
        : x.avgPool3d(kernelSize: kernelSize, stride: stride, ceilMode: ceilMode)
    }
  }

  /// Source: torch/nn/functional.py, lp_pool2d.
  private func powersPooled(
    _ norm: Scalar, _ elements: Int, pool: (_ x: Tensor, _ largest: Bool) -> Tensor
  ) -> Tensor {
    if norm.double == .infinity { return pool(abs(), true) }
    if norm.double == -.infinity { return pool(abs().neg(), true).neg() }
    let means = pool(pow(norm), false)
    let positive = means.sign() * means.abs().relu()
    // A tensor, as PyTorch makes of the number, which the second derivative saves again.
    return (positive * Tensor.full(Dims(), .int(elements), .int64)).pow(1 / norm.double)
  }
}

// MARK: - Derivatives

/// Windows whose means are taken, and by what their sums are divided.
struct AveragingWindows {
  let windows: PoolingWindows
  let countIncludePad: Bool
  let divisorOverride: Int?

  init(_ windows: PoolingWindows, _ countIncludePad: Bool, _ divisorOverride: Int?) {
    self.windows = windows
    self.countIncludePad = countIncludePad
    self.divisorOverride = divisorOverride
  }

  var attributes: [String: AttributeValue] {
    let own: [String: AttributeValue] = [
      "count_include_pad": .bool(countIncludePad),
      "divisor_override": divisorOverride.map { .int($0) } ?? .none,
    ]
    return windows.attributes.merging(own) { $1 }
  }
}

/// The gradient goes in equal shares to the elements of each window.
class AvgPoolNode: Node {
  private let averaging: AveragingWindows

  required init(_ averaging: AveragingWindows) {
    self.averaging = averaging
    super.init()
  }

  override final class var savedNames: [String] { ["self"] }
  override final var attributes: [String: AttributeValue] { averaging.attributes }

  override final func backward(_ g: Tensor) -> Gradients {
    Gradients(g.meansPooledBackward(averaging, savedValue(0)))
  }
}

/// The derivative of shares of windows: their means, whatever the input was.
class AvgPoolBackwardNode: Node {
  private let averaging: AveragingWindows
  private let inputSizes: Dims

  required init(_ averaging: AveragingWindows, _ inputSizes: Dims) {
    self.averaging = averaging
    self.inputSizes = inputSizes
    super.init()
  }

  override final var attributes: [String: AttributeValue] { averaging.attributes }

  override final func backward(_ g: Tensor) -> Gradients {
    Gradients(
      needs(0) ? g.meansPooled(averaging) : nil,
      needs(1) ? .full(inputSizes, .int(0), g.dtype) : nil)
  }
}

final class AvgPool2DBackward0: AvgPoolNode {}
final class AvgPool3DBackward0: AvgPoolNode {}
final class AvgPool2DBackwardBackward0: AvgPoolBackwardNode {}
final class AvgPool3DBackwardBackward0: AvgPoolBackwardNode {}
