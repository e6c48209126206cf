// Pooling into a given number of windows that share the input evenly: adaptive_avg_pool and
// adaptive_max_pool of one, two and three dimensions.

internal import CKernels
internal import GraphModel

// MARK: - Means

extension Tensor {
  /// The means of `outputSize` windows that share the last dimension evenly.
  ///
  /// Floating point only, shaped channels × length or batch × channels × length. Window i of n covers
  /// the elements from ⌊i·length/n⌋ to before ⌈(i+1)·length/n⌉.
  public func adaptiveAvgPool1d(_ outputSize: some SpatialSizes) -> Tensor {
    checkOneOrTwoOuterDimensions("adaptive_avg_pool1d")
    let size = singleSize(outputSize, "adaptive_avg_pool1d")
    return unsqueeze(-2).adaptiveMeans([1, size]).squeeze(-2)
  }

  /// The means of windows that share the last two dimensions evenly: a number for both, or two.
  ///
  /// As `adaptiveAvgPool1d`, with a dimension more. Into a single window by `mean`, as in PyTorch.
  public func adaptiveAvgPool2d(_ outputSize: some SpatialSizes) -> Tensor {
    adaptiveMeans(outputSize.asGiven(2))
  }

  /// As `adaptiveAvgPool2d`; nil is the size of the input.
  public func adaptiveAvgPool2d(_ outputSize: [Int?]) -> Tensor {
    adaptiveMeans(sizesOrOwn(outputSize))
  }

  /// The means of windows that share the last three dimensions evenly: a number for all, or three.
  ///
  /// As `adaptiveAvgPool2d`, with a dimension more.
  public func adaptiveAvgPool3d(_ outputSize: some SpatialSizes) -> Tensor {
    adaptiveMeans(outputSize.asGiven(3))
  }

  /// As `adaptiveAvgPool3d`; nil is the size of the input.
  public func adaptiveAvgPool3d(_ outputSize: [Int?]) -> Tensor {
    adaptiveMeans(sizesOrOwn(outputSize), dimensions: 3)
  }

  /// Source: ATen/native/AdaptiveAveragePooling.cpp and AdaptiveAveragePooling3d.cpp.
  private func adaptiveMeans(_ size: [Int], dimensions given: Int? = nil) -> Tensor {
    let dimensions = given ?? size.count
    let operation = "adaptive_avg_pool\(dimensions)d"
    guard size.count == dimensions else {
      refuse(operation, "output_size must be \(dimensions), not \(size)")
    }
    guard size.allSatisfy({ $0 >= 0 }) else {
      refuse(
        operation,
        "elements of output_size must be greater than or equal to 0 but received \(size)")
    }
    guard size.allSatisfy({ $0 == 1 }) else { return sharedMeans(Dims(size)) }
    let result = mean(dim: dimensions == 3 ? [-1, -2, -3] : [-1, -2], keepdim: true)
    guard suggestsChannelsLast else { return result }
    let shape = Dims(Array(sizes[..<2]) + size)
    var strides = Dims(repeating: sizes[1], count: shape.count)
    strides[1] = 1
    return Tensor(
      sharing: result.storage, sizes: shape, strides: strides, offset: result.offset, dtype: dtype
    ).recorded(from: result) {
      AsStridedBackward1(
        base: (result.sizes, result.strides, result.offset), sizes: shape, strides: strides,
        offset: result.offset, isOffsetGiven: false)
    }
  }

  /// As `adaptiveAvgPool2d` and 3d, never by `mean`.
  fileprivate func sharedMeans(_ size: Dims) -> Tensor {
    let operation = "adaptive_avg_pool\(size.count)d"
    checkShared(size, operation, requiresChannels: size.count == 3)
    var result = Tensor(empty: sharedSizes(size), dtype)
    if !dtype.isFloatingPoint, size.count == 3 || result.count > 0 { refuseDtype(operation) }
    if result.count > 0 {
      let input = contiguousData()
      var windows = sharedWindows(result.sizes, size.count)
      agk_adaptive_avg_pool(dtype.kernel, &windows, result.pointer, input.pointer)
      if size.count == 2 { result = result.inLayout(of: self) }
    }
    return result.recorded(from: self) {
      size.count == 2
        ? AdaptiveAvgPool2DBackward0().saving(self) : AdaptiveAvgPool3DBackward0().saving(self)
    }
  }

  fileprivate func sharedMeansBackward(_ input: Tensor, _ dimensions: Int) -> Tensor {
    checkSharedGradient("adaptive_avg_pool\(dimensions)d_backward")
    var result = Tensor(empty: input.sizes, dtype)
    if result.count > 0 {
      let gradient = contiguousData()
      var windows = input.sharedWindows(sizes, dimensions)
      agk_adaptive_avg_pool_backward(dtype.kernel, &windows, result.pointer, gradient.pointer)
      if dimensions == 2 { result = result.inLayout(of: input) }
    }
    let size = Dims(sizes.suffix(dimensions))
    return result.recorded(from: self, input) {
      dimensions == 2
        ? AdaptiveAvgPool2DBackwardBackward0(size, input.sizes)
        : AdaptiveAvgPool3DBackwardBackward0(size, input.sizes)
    }
  }
}

// MARK: - Largest elements

extension Tensor {
  /// The largest elements of `outputSize` windows that share the last dimension evenly.
  ///
  /// As `adaptiveAvgPool1d` otherwise; NaN is the largest.
  public func adaptiveMaxPool1d(_ outputSize: some SpatialSizes) -> Tensor {
    adaptiveMaxPool1dWithIndices(outputSize).values
  }

  /// The largest elements of `outputSize` windows that share the last dimension evenly, and where in
  /// it they are: int64.
  public func adaptiveMaxPool1dWithIndices(
    _ outputSize: some SpatialSizes
  ) -> (values: Tensor, indices: Tensor) {
    let operation = "adaptive_max_pool1d"
    checkOneOrTwoOuterDimensions(operation)
    let size = singleSize(outputSize, operation)
    checkShared(Dims([size]), operation, requiresChannels: true)
    let (values, indices) = unsqueeze(-2).adaptiveLargest([1, size], dimensions: 2)
    return (values.squeeze(-2), indices.squeeze(-2))
  }

  /// The largest elements of windows that share the last two dimensions evenly.
  ///
  /// As `adaptiveAvgPool2d` otherwise; NaN is the largest.
  public func adaptiveMaxPool2d(_ outputSize: some SpatialSizes) -> Tensor {
    adaptiveMaxPool2dWithIndices(outputSize).values
  }

  /// As `adaptiveMaxPool2d`; nil is the size of the input.
  public func adaptiveMaxPool2d(_ outputSize: [Int?]) -> Tensor {
    adaptiveMaxPool2dWithIndices(outputSize).values
  }

  /// The largest elements of windows that share the last two dimensions evenly, and where in the
  /// plane they are, counted in row-major order: int64.
  public func adaptiveMaxPool2dWithIndices(
    _ outputSize: some SpatialSizes
  ) -> (values: Tensor, indices: Tensor) {
    adaptiveLargest(outputSize.asGiven(2), dimensions: 2)
  }

  /// As `adaptiveMaxPool2dWithIndices`; nil is the size of the input.
  public func adaptiveMaxPool2dWithIndices(
    _ outputSize: [Int?]
  ) -> (values: Tensor, indices: Tensor) {
    adaptiveLargest(sizesOrOwn(outputSize), dimensions: 2)
  }

  /// The largest elements of windows that share the last three dimensions evenly.
  ///
  /// As `adaptiveMaxPool2d`, with a dimension more.
  public func adaptiveMaxPool3d(_ outputSize: some SpatialSizes) -> Tensor {
    adaptiveMaxPool3dWithIndices(outputSize).values
  }

  /// The largest elements of windows that share the last three dimensions evenly, and where in their
  /// box they are, counted in row-major order: int64.
  public func adaptiveMaxPool3dWithIndices(
    _ outputSize: some SpatialSizes
  ) -> (values: Tensor, indices: Tensor) {
    adaptiveLargest(outputSize.asGiven(3), dimensions: 3)
  }

  /// As `adaptiveMaxPool3d`; nil is the size of the input.
  public func adaptiveMaxPool3d(_ outputSize: [Int?]) -> Tensor {
    adaptiveMaxPool3dWithIndices(outputSize).values
  }

  /// As `adaptiveMaxPool3dWithIndices`; nil is the size of the input.
  public func adaptiveMaxPool3dWithIndices(
    _ outputSize: [Int?]
  ) -> (values: Tensor, indices: Tensor) {
    adaptiveLargest(sizesOrOwn(outputSize), dimensions: 3)
  }

  private func adaptiveLargest(
    _ size: [Int], dimensions: Int
  ) -> (values: Tensor, indices: Tensor) {
    let operation = "adaptive_max_pool\(dimensions)d"
    checkShared(Dims(size), operation, requiresChannels: true, dimensions: dimensions)
    guard size.count == dimensions else {
      refuse(operation, "internal error: output_size.size() must be \(dimensions), not \(size)")
    }
    let resultSizes = sharedSizes(Dims(size))
    if let negative = size.first(where: { $0 < 0 }) {
      refuse(
        operation, "Trying to create tensor with negative dimension \(negative): \(resultSizes)")
    }
    if !dtype.isFloatingPoint { refuseDtype(operation) }
    var values = Tensor(empty: resultSizes, dtype)
    var indices = Tensor(empty: resultSizes, .int64)
    if values.count > 0 {
      let input = contiguousData()
      var windows = sharedWindows(resultSizes, dimensions)
      agk_adaptive_max_pool(
        dtype.kernel, &windows, values.pointer, indices.int64Pointer, input.pointer)
      if dimensions == 2 {
        values = values.inLayout(of: self)
        indices = indices.inLayout(of: self)
      }
    }
    return (
      values.recorded(from: self) {
        dimensions == 2
          ? AdaptiveMaxPool2DBackward0(2).saving(self, indices)
          : AdaptiveMaxPool3DBackward0(3).saving(self, indices)
      }, indices
    )
  }
}

// MARK: - Shapes

extension Tensor {
  /// The one number that PyTorch takes for one dimension.
  private func singleSize(_ size: some SpatialSizes, _ operation: String) -> Int {
    let sizes = size.spatialSizes
    guard sizes.count == 1 else {
      refuse(
        operation,
        "\(operation)() argument 'output_size' should contain one int (got \(sizes.count))")
    }
    return sizes[0]
  }

  /// The sizes asked for, where there are none this tensor's own.
  private func sizesOrOwn(_ asked: [Int?]) -> [Int] {
    guard sizes.count > asked.count else {
      refuse("adaptive_pool", "Input dimension should be at least \(asked.count + 1)")
    }
    return zip(asked, sizes.suffix(asked.count)).map { $0 ?? $1 }
  }

  /// Refuses what cannot be shared by windows.
  private func checkShared(
    _ size: Dims, _ operation: String, requiresChannels: Bool, dimensions given: Int? = nil
  ) {
    let dimensions = given ?? size.count
    let rank = sizes.count
    guard rank == dimensions + 1 || rank == dimensions + 2 else {
      refuse(
        operation, "Expected \(dimensions + 1)D or \(dimensions + 2)D tensor, but got \(sizes)")
    }
    let first = requiresChannels ? 1 : rank - dimensions
    guard let empty = sizes.indices.first(where: { $0 >= first && sizes[$0] == 0 }) else { return }
    refuse(
      operation,
      "Expected input to have non-zero size for non-batch dimensions, but input has sizes "
        + "\(sizes) with dimension \(empty) being empty")
  }

  private func sharedSizes(_ size: Dims) -> Dims {
    Dims(Array(sizes.dropLast(size.count)) + size)
  }

  /// Refuses a gradient without elements but for its batch, of a result into no windows.
  fileprivate func checkSharedGradient(_ operation: String) {
    guard let empty = sizes.indices.first(where: { $0 > 0 && sizes[$0] == 0 }) else { return }
    refuse(
      operation,
      "Expected grad_output to have non-zero size for non-batch dimensions, but grad_output has "
        + "sizes \(sizes) with dimension \(empty) being empty")
  }

  /// The windows of a result of the shape `result` over the last dimensions of this tensor.
  private func sharedWindows(_ result: Dims, _ dimensions: Int) -> agk_windows {
    let first = sizes.count - dimensions
    let none = triple([0, 0, 0], 0)
    return agk_windows(
      planes: Int64(sizes[..<first].reduce(1, *)), size: triple(sizes[first...], 1),
      out: triple(result[first...], 1), kernel: none, stride: none, padding: none, dilation: none)
  }
}

// MARK: - Derivatives

final class AdaptiveAvgPool2DBackward0: Node {
  override class var savedNames: [String] { ["self"] }
  override func backward(_ g: Tensor) -> Gradients {
    Gradients(g.sharedMeansBackward(savedValue(0), 2))
  }
}

final class AdaptiveAvgPool3DBackward0: Node {
  override class var savedNames: [String] { ["self"] }
  override func backward(_ g: Tensor) -> Gradients {
    Gradients(g.sharedMeansBackward(savedValue(0), 3))
  }
}

/// The derivative of even shares: their means, whatever the input was.
class SharedMeansBackwardNode: Node {
  private let size: Dims
  private let inputSizes: Dims

  required init(_ size: Dims, _ inputSizes: Dims) {
    self.size = size
    self.inputSizes = inputSizes
    super.init()
  }

  override final var attributes: [String: AttributeValue] {
    Dictionary(
      uniqueKeysWithValues: size.reversed().enumerated().map {
        ("grad_output_sym_argsize_minus_\($0 + 1)", .int($1))
      })
  }

  override final func backward(_ g: Tensor) -> Gradients {
    Gradients(
      needs(0) ? g.sharedMeans(size) : nil, needs(1) ? .full(inputSizes, .int(0), g.dtype) : nil)
  }
}

final class AdaptiveAvgPool2DBackwardBackward0: SharedMeansBackwardNode {}
final class AdaptiveAvgPool3DBackwardBackward0: SharedMeansBackwardNode {}

/// The gradient goes to the largest element of each window.
class AdaptiveMaxPoolNode: Node {
  private let dimensions: Int

  required init(_ dimensions: Int) {
    self.dimensions = dimensions
    super.init()
  }

  override final class var savedNames: [String] { ["self", "result1"] }

  override final func backward(_ g: Tensor) -> Gradients {
    g.checkSharedGradient("adaptive_max_pool\(dimensions)d_backward")
    let indices = savedValue(1)
    return Gradients(
      g.addedToChosen(savedValue(0), indices, dimensions) {
        dimensions == 2
          ? AdaptiveMaxPool2DBackwardBackward0(2).saving(indices)
          : AdaptiveMaxPool3DBackwardBackward0(3).saving(indices)
      })
  }
}

final class AdaptiveMaxPool2DBackward0: AdaptiveMaxPoolNode {}
final class AdaptiveMaxPool3DBackward0: AdaptiveMaxPoolNode {}
final class AdaptiveMaxPool2DBackwardBackward0: ChosenNode {}
final class AdaptiveMaxPool3DBackwardBackward0: ChosenNode {}
