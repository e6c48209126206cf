// The windows that pooling slides over the last dimensions of a tensor.

internal import CKernels
internal import GraphModel

extension SpatialSizes {
  /// The numbers as PyTorch's attributes show them: one number repeated, a list as it is.
  func asGiven(_ count: Int) -> [Int] {
    self is Int ? Array(repeating: spatialSizes[0], count: count) : spatialSizes
  }
}

/// What a pooling was called with: a number for each of its dimensions, or one for all.
struct PoolingWindows {
  /// The number of dimensions that the windows slide over.
  let dimensions: Int
  let kernel: [Int]
  /// Empty where it is the kernel's size.
  let stride: [Int]
  let padding: [Int]
  let dilation: [Int]
  let ceilMode: Bool

  init(
    _ dimensions: Int, _ kernel: some SpatialSizes, _ stride: (some SpatialSizes)?,
    _ padding: some SpatialSizes, _ dilation: some SpatialSizes, _ ceilMode: Bool
  ) {
    self.dimensions = dimensions
    self.kernel = kernel.asGiven(dimensions)
    self.stride = stride?.asGiven(dimensions) ?? []
    self.padding = padding.asGiven(dimensions)
    self.dilation = dilation.asGiven(dimensions)
    self.ceilMode = ceilMode
  }

  /// The windows of one dimension, slid over the last of two, as PyTorch does it.
  var inTwoDimensions: PoolingWindows {
    let stride = stride.isEmpty ? kernel : stride
    return PoolingWindows(
      2, [1] + kernel, [1] + stride, [0] + padding, [1] + dilation, ceilMode)
  }

  /// The attributes that PyTorch shows of all poolings.
  var attributes: [String: AttributeValue] {
    [
      "ceil_mode": .bool(ceilMode), "kernel_size": .ints(kernel), "padding": .ints(padding),
      "stride": .ints(stride),
    ]
  }

  /// The number for dimension `d`.
  private func number(_ numbers: [Int], _ d: Int) -> Int {
    let numbers = numbers.isEmpty ? kernel : numbers
    return numbers.count == 1 ? numbers[0] : numbers[d]
  }

  /// The windows over planes of the last dimensions of `x`, of a result of the shape `out`.
  func kernelWindows(_ x: Dims, _ out: Dims) -> agk_windows {
    let first = x.count - dimensions
    let axes = 0..<dimensions
    return agk_windows(
      planes: Int64(x[..<first].reduce(1, *)), size: triple(x[first...], 1),
      out: triple(out[first...], 1), kernel: triple(axes.map { number(kernel, $0) }, 1),
      stride: triple(axes.map { number(stride, $0) }, 1),
      padding: triple(axes.map { number(padding, $0) }, 0),
      dilation: triple(axes.map { number(dilation, $0) }, 1))
  }

  /// The number of windows along each dimension; refuses what cannot be.
  ///
  /// Source: ATen/native/Pool.h, pool2d_shape_check and pool3d_shape_check.
  func resultSizes(_ x: Tensor, _ operation: String) -> Dims {
    check(x, operation)
    let first = x.sizes.count - dimensions
    var sizes = x.sizes
    for d in 0..<dimensions { sizes[first + d] = windowCount(x.sizes[first + d], d, operation) }
    checkNumbers(x, operation)
    for d in 0..<dimensions
    where number(kernel, d) / 2 < number(padding, d) {
      refuse(
        operation,
        "pad should be smaller than or equal to half of kernel size, but got padding \(padding) "
          + "and kernel size \(kernel)")
    }
    guard sizes[first...].allSatisfy({ $0 >= 1 }) else {
      let from = x.sizes[(first - 1)...].map(String.init).joined(separator: "x")
      let to = sizes[(first - 1)...].map(String.init).joined(separator: "x")
      refuse(
        operation,
        "Given input size: (\(from)). Calculated output size: (\(to)). Output size is too small")
    }
    return sizes
  }

  /// Refuses lists of wrong lengths and tensors of wrong ranks.
  private func check(_ x: Tensor, _ operation: String) {
    for (name, numbers) in [
      ("kernel_size", kernel), ("stride", stride), ("padding", padding), ("dilation", dilation),
    ] where numbers.count != 1 && numbers.count != dimensions {
      if name == "stride", numbers.isEmpty { continue }
      refuse(
        operation, "\(name) must either be a single int, or a tuple of \(dimensions) ints")
    }
    let rank = x.sizes.count
    guard rank != dimensions + 1, rank != dimensions + 2 else { return }
    if operation == "avg_pool2d" {
      guard rank > dimensions else { return _ = x.wrap(-3, operation) }
      refuse(
        operation,
        "Expected 3D or 4D (batch mode) tensor with optional 0 dim batch size for input, but "
          + "got:\(x.sizes)")
    }
    refuse(
      operation,
      "non-empty \(dimensions + 1)D or \(dimensions + 2)D (batch mode) tensor expected for input, "
        + "not one of shape \(x.sizes)")
  }

  /// The number of windows over `size` elements along dimension `d`.
  ///
  /// Source: ATen/native/Pool.h, pooling_output_shape.
  private func windowCount(_ size: Int, _ d: Int, _ operation: String) -> Int {
    let (kernel, stride) = (number(kernel, d), number(stride, d))
    let (padding, dilation) = (number(padding, d), number(dilation, d))
    guard stride != 0 else { refuse(operation, "stride should not be zero") }
    guard padding >= 0 else {
      refuse(operation, "pad must be non-negative, but got pad: \(padding)")
    }
    guard padding <= ((kernel - 1) * dilation + 1) / 2 else {
      refuse(
        operation,
        "pad should be at most half of effective kernel size, but got pad=\(padding), "
          + "kernel_size=\(kernel) and dilation=\(dilation)")
    }
    let room = size + 2 * padding - dilation * (kernel - 1) - 1 + (ceilMode ? stride - 1 : 0)
    let steps = room >= 0 || room % stride == 0 ? room / stride : room / stride - 1
    let count = steps + 1
    // The last window begins inside the input or the padding in front of it.
    return ceilMode && (count - 1) * stride >= size + padding ? count - 1 : count
  }

  /// Refuses numbers that are not positive, and a tensor without elements but for its batch.
  private func checkNumbers(_ x: Tensor, _ operation: String) {
    let axes = dimensions == 2 ? ["H", "W"] : ["T", "H", "W"]
    func list(_ prefix: String, _ numbers: [Int]) -> String {
      axes.indices.map { "\(prefix)\(axes[$0]): \(number(numbers, $0))" }.joined(separator: " ")
    }
    for (name, prefix, numbers) in [
      ("kernel size", "k", kernel), ("stride", "d", stride), ("dilation", "dilation", dilation),
    ] where numbers.contains(where: { $0 <= 0 }) {
      refuse(
        operation, "\(name) should be greater than zero, but got \(list(prefix, numbers))")
    }
    let unbatched = x.sizes.count - dimensions - 1
    guard let empty = x.sizes.indices.first(where: { $0 >= unbatched && x.sizes[$0] == 0 }) else {
      return
    }
    if dimensions == 2 {
      refuse(
        operation,
        "Expected 3D or 4D (batch mode) tensor with optional 0 dim batch size for input, but "
          + "got:\(x.sizes)")
    }
    refuse(
      operation,
      "Expected input's non-batch dimensions to have positive length, but input has a shape of "
        + "\(x.sizes) and non-batch dimension \(empty - unbatched) has length zero!")
  }
}

/// The numbers of up to three dimensions, with `missing` in front.
func triple(_ numbers: some Collection<Int>, _ missing: Int) -> (Int64, Int64, Int64) {
  let all = (Array(repeating: missing, count: 3 - numbers.count) + Array(numbers)).map(Int64.init)
  return (all[0], all[1], all[2])
}
