// The largest element of each window, and where it is: max_pool1d, 2d and 3d.

internal import CKernels
internal import GraphModel

// MARK: - Forward

extension Tensor {
  /// The largest element of each window that slides over the last dimension.
  ///
  /// Floating point only, shaped channels × length or batch × channels × length. NaN is the largest.
  /// - Parameters:
  ///   - kernelSize: the elements in a window.
  ///   - stride: from one window to the next; the kernel's size for nil.
  ///   - padding: the elements of minus infinity in front and behind, at most half the kernel's size.
  ///   - dilation: from one element of a window to the next.
  ///   - ceilMode: whether a last window that reaches beyond the end counts.
  /// - Returns: a tensor of the same dimensions, the last one a number for each window.
  public func maxPool1d(
    kernelSize: some SpatialSizes, stride: (some SpatialSizes)? = Int?.none,
    padding: some SpatialSizes = 0, dilation: some SpatialSizes = 1, ceilMode: Bool = false
  ) -> Tensor {
    let windows = PoolingWindows(1, kernelSize, stride, padding, dilation, ceilMode)
    checkMaxPool1d(windows)
    checkFloatingPoint("max_pool1d", "max_pool1d_impl")
    return maxPooled1d(windows).values
  }

  /// The largest element of each window that slides over the last dimension, and where in it it is.
  ///
  /// As `maxPool1d`, also for integers; the indices are int64.
  public func maxPool1dWithIndices(
    kernelSize: some SpatialSizes, stride: (some SpatialSizes)? = Int?.none,
    padding: some SpatialSizes = 0, dilation: some SpatialSizes = 1, ceilMode: Bool = false
  ) -> (values: Tensor, indices: Tensor) {
    let windows = PoolingWindows(1, kernelSize, stride, padding, dilation, ceilMode)
    checkOneOrTwoOuterDimensions("max_pool1d")
    checkSingle(windows, "max_pool1d")
    return maxPooled1d(windows)
  }

  /// The largest element of each window that slides over the last two dimensions.
  ///
  /// Not bool; shaped channels × height × width or batch × channels × height × width. The other
  /// arguments are as for `maxPool1d`, each a number or two.
  public func maxPool2d(
    kernelSize: some SpatialSizes, stride: (some SpatialSizes)? = Int?.none,
    padding: some SpatialSizes = 0, dilation: some SpatialSizes = 1, ceilMode: Bool = false
  ) -> Tensor {
    maxPooled(PoolingWindows(2, kernelSize, stride, padding, dilation, ceilMode)).values
  }

  /// The largest element of each window that slides over the last two dimensions, and where in the
  /// plane it is, counted in row-major order: int64.
  public func maxPool2dWithIndices(
    kernelSize: some SpatialSizes, stride: (some SpatialSizes)? = Int?.none,
    padding: some SpatialSizes = 0, dilation: some SpatialSizes = 1, ceilMode: Bool = false
  ) -> (values: Tensor, indices: Tensor) {
    maxPooled(PoolingWindows(2, kernelSize, stride, padding, dilation, ceilMode))
  }

  /// The largest element of each window that slides over the last three dimensions.
  ///
  /// As `maxPool2d`, with a dimension more.
  public func maxPool3d(
    kernelSize: some SpatialSizes, stride: (some SpatialSizes)? = Int?.none,
    padding: some SpatialSizes = 0, dilation: some SpatialSizes = 1, ceilMode: Bool = false
  ) -> Tensor {
    maxPooled(PoolingWindows(3, kernelSize, stride, padding, dilation, ceilMode)).values
  }

  /// The largest element of each window that slides over the last three dimensions, and where in
  /// their box it is, counted in row-major order: int64.
  public func maxPool3dWithIndices(
    kernelSize: some SpatialSizes, stride: (some SpatialSizes)? = Int?.none,
    padding: some SpatialSizes = 0, dilation: some SpatialSizes = 1, ceilMode: Bool = false
  ) -> (values: Tensor, indices: Tensor) {
    maxPooled(PoolingWindows(3, kernelSize, stride, padding, dilation, ceilMode))
  }

  private func maxPooled1d(_ windows: PoolingWindows) -> (values: Tensor, indices: Tensor) {
    let (values, indices) = unsqueeze(-2).maxPooled(windows.inTwoDimensions)
    return (values.squeeze(-2), indices.squeeze(-2))
  }

  private func maxPooled(_ windows: PoolingWindows) -> (values: Tensor, indices: Tensor) {
    let operation = "max_pool\(windows.dimensions)d"
    let resultSizes = windows.resultSizes(self, operation)
    if dtype == .bool { refuseDtype(operation) }
    var values = Tensor(empty: resultSizes, dtype)
    var indices = Tensor(empty: resultSizes, .int64)
    if values.count > 0 {
      let input = contiguousData()
      var kernel = windows.kernelWindows(sizes, resultSizes)
      agk_max_pool(
        dtype.kernel, &kernel, values.pointer, indices.int64Pointer, input.pointer)
      values = values.inLayout(of: self)
      indices = indices.inLayout(of: self)
    }
    return (
      values.recorded(from: self) {
        let node =
          windows.dimensions == 2
          ? MaxPool2DWithIndicesBackward0(windows) : MaxPool3DWithIndicesBackward0(windows)
        return node.saving(self, indices)
      }, indices
    )
  }

  /// Source: ATen/native/MaxPooling.h, check_max_pool1d.
  private func checkMaxPool1d(_ windows: PoolingWindows) {
    func refuse(_ message: String) -> Never { Autograd.refuse("max_pool1d()", message) }
    guard
      sizes.count == 2 && sizes[0] != 0 && sizes[1] != 0
        || sizes.count == 3 && sizes[1] != 0 && sizes[2] != 0
    else {
      refuse(
        "Expected 2D or 3D (batch mode) tensor with optional 0 dim batch size for input, but "
          + "got:\(sizes)")
    }
    checkSingle(windows, "max_pool1d()")
    let (kernel, padding, dilation) = (windows.kernel[0], windows.padding[0], windows.dilation[0])
    let stride = windows.stride.first ?? kernel
    guard kernel > 0 else {
      refuse("kernel_size must be greater than zero, but got \(kernel)")
    }
    guard stride > 0 else { refuse("stride must be greater than zero, but got \(stride)") }
    guard padding >= 0 else { refuse("padding must be non-negative, but got \(padding)") }
    guard padding <= kernel / 2 else {
      refuse(
        "padding should be at most half of kernel size, but got padding=\(padding) and "
          + "kernel_size=\(kernel)")
    }
    guard dilation > 0 else { refuse("dilation must be greater than zero, but got \(dilation)") }
    let reach = dilation * (kernel - 1) + 1
    let room = sizes[sizes.count - 1] + 2 * padding - reach + (windows.ceilMode ? stride - 1 : 0)
    guard room >= 0 else {
      let count = (room - stride + 1) / stride + 1
      refuse("Invalid computed output size: \(count)")
    }
  }

  /// Refuses lists where PyTorch takes one number.
  private func checkSingle(_ windows: PoolingWindows, _ operation: String) {
    for (name, numbers) in [
      ("kernel_size", windows.kernel), ("stride", windows.stride), ("padding", windows.padding),
      ("dilation", windows.dilation),
    ] where numbers.count > 1 || (numbers.isEmpty && name != "stride") {
      refuse(
        operation,
        "\(name) must be an int, list of ints or tuple of ints of size 1 but got size "
          + "\(numbers.count)")
    }
  }

  /// Refuses a tensor that is not channels × length, with or without a batch.
  func checkOneOrTwoOuterDimensions(_ operation: String) {
    guard 2...3 ~= sizes.count else {
      refuse(
        operation,
        "Expected 2 to 3 dimensions, but got \(sizes.count)-dimensional tensor for argument #1 "
          + "'self' (while checking arguments for \(operation))")
    }
  }
}

// MARK: - Derivatives

extension Tensor {
  /// The gradient of `input`, of which elements were chosen over the last `dimensions`; this is the
  /// gradient of the chosen ones.
  func addedToChosen(
    _ input: Tensor, _ indices: Tensor, _ dimensions: Int, node: () -> Node
  ) -> Tensor {
    var result = Tensor(empty: input.sizes, dtype)
    if result.count > 0 {
      let gradient = contiguousData()
      let places = indices.contiguousData()
      let first = input.sizes.count - dimensions
      let planes = input.sizes[..<first].reduce(1, *)
      agk_max_pool_backward(
        dtype.kernel, Int64(planes), Int64(input.count / planes), Int64(places.count / planes),
        result.pointer, gradient.pointer, places.int64Pointer)
      result = result.inLayout(of: input)
    }
    return result.recorded(from: self, input, node: node)
  }

  /// Of each plane of the last `dimensions` the elements at `indices`, by operators.
  ///
  /// Source: torch/csrc/autograd/FunctionsManual.cpp, max_pool_double_backward.
  func chosen(at indices: Tensor, _ dimensions: Int) -> Tensor {
    guard indices.count > 0 else { return Tensor(empty: indices.sizes, dtype) }
    let flat = Array(indices.sizes[..<(indices.sizes.count - dimensions)]) + [-1]
    return contiguous().view(flat).gather(dim: -1, index: indices.view(flat)).view(indices.shape)
  }
}

/// The gradient goes to the largest element of each window.
class MaxPoolNode: Node {
  final let windows: PoolingWindows

  required init(_ windows: PoolingWindows) {
    self.windows = windows
    super.init()
  }

  override final class var savedNames: [String] { ["self", "result1"] }
  override final var attributes: [String: AttributeValue] {
    windows.attributes.merging(["dilation": .ints(windows.dilation)]) { $1 }
  }

  override final func backward(_ g: Tensor) -> Gradients {
    let indices = savedValue(1)
    return Gradients(
      g.addedToChosen(savedValue(0), indices, windows.dimensions) {
        windows.dimensions == 2
          ? MaxPool2DWithIndicesBackwardBackward0(2).saving(indices)
          : MaxPool3DWithIndicesBackwardBackward0(3).saving(indices)
      })
  }
}

/// The derivative of a gradient that goes to chosen elements: it does not depend on the input.
class ChosenNode: Node {
  private let dimensions: Int

  required init(_ dimensions: Int) {
    self.dimensions = dimensions
    super.init()
  }

  override final class var savedNames: [String] { ["indices"] }

  override final func backward(_ g: Tensor) -> Gradients {
    Gradients(
      needs(0) ? g.chosen(at: savedValue(0), dimensions) : nil,
      needs(1) ? .full(g.sizes, .int(0), g.dtype) : nil)
  }
}

final class MaxPool2DWithIndicesBackward0: MaxPoolNode {}
final class MaxPool3DWithIndicesBackward0: MaxPoolNode {}
final class MaxPool2DWithIndicesBackwardBackward0: ChosenNode {}
final class MaxPool3DWithIndicesBackwardBackward0: ChosenNode {}
