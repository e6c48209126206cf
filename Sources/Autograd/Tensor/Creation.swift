// New tensors: filled, counted, and like others.

internal import CKernels

extension Tensor {
  static func full(_ sizes: Dims, _ value: Scalar, _ dtype: DType) -> Tensor {
    let result = Tensor(empty: sizes, dtype)
    result.setAll(value)
    return result
  }

  private static func filled(
    _ shape: [Int], _ value: Scalar, _ dtype: DType, _ device: Device, _ requiresGrad: Bool,
    _ operation: String
  ) -> Tensor {
    device.checkAvailable(for: operation)
    let result = full(checked(shape, operation), value, dtype)
    return requiresGrad ? result.requiresGrad_() : result
  }

  /// The sizes of a tensor to be made; traps for a negative one or more memory than there can be.
  static func checked(_ shape: [Int], _ operation: String) -> Dims {
    var product = 1
    for size in shape {
      guard size >= 0 else {
        refuse(
          operation,
          "Trying to create tensor with negative dimension \(size): \(shape)")
      }
      let (next, overflow) = product.multipliedReportingOverflow(by: size)
      guard !overflow, next <= Int.max / 8 else {
        refuse(operation, "a tensor of shape \(shape) is too large")
      }
      product = next
    }
    return Dims(shape, for: operation)
  }

  /// Zeros of a shape.
  public static func zeros(
    _ shape: [Int], dtype: DType = .float32, device: Device = .cpu, requiresGrad: Bool = false
  ) -> Tensor { filled(shape, .int(0), dtype, device, requiresGrad, "zeros") }

  /// Zeros of a shape.
  public static func zeros(
    _ shape: Int..., dtype: DType = .float32, device: Device = .cpu, requiresGrad: Bool = false
  ) -> Tensor { zeros(shape, dtype: dtype, device: device, requiresGrad: requiresGrad) }

  /// Ones of a shape.
  public static func ones(
    _ shape: [Int], dtype: DType = .float32, device: Device = .cpu, requiresGrad: Bool = false
  ) -> Tensor { filled(shape, .int(1), dtype, device, requiresGrad, "ones") }

  /// Ones of a shape.
  public static func ones(
    _ shape: Int..., dtype: DType = .float32, device: Device = .cpu, requiresGrad: Bool = false
  ) -> Tensor { ones(shape, dtype: dtype, device: device, requiresGrad: requiresGrad) }

  /// One number in every place; the dtype is the number's unless said: int64, float32 or bool.
  public static func full(
    _ shape: [Int], _ value: some ScalarConvertible, dtype: DType? = nil, device: Device = .cpu,
    requiresGrad: Bool = false
  ) -> Tensor {
    filled(shape, value.scalar, dtype ?? value.scalar.dtype, device, requiresGrad, "full")
  }

  /// Zeros of the shape, dtype and memory layout of another tensor.
  public static func zeros(
    like other: Tensor, dtype: DType? = nil, requiresGrad: Bool = false
  ) -> Tensor { filled(like: other, .int(0), dtype, requiresGrad) }

  /// Ones of the shape, dtype and memory layout of another tensor.
  public static func ones(
    like other: Tensor, dtype: DType? = nil, requiresGrad: Bool = false
  ) -> Tensor { filled(like: other, .int(1), dtype, requiresGrad) }

  /// One number in every place, in the shape, dtype and memory layout of another tensor.
  public static func full(
    like other: Tensor, _ value: some ScalarConvertible, dtype: DType? = nil,
    requiresGrad: Bool = false
  ) -> Tensor { filled(like: other, value.scalar, dtype, requiresGrad) }

  private static func filled(
    like other: Tensor, _ value: Scalar, _ dtype: DType?, _ requiresGrad: Bool
  ) -> Tensor {
    let result = Elementwise.emptyLike(other, dtype ?? other.dtype)
    result.setAll(value)
    return requiresGrad ? result.requiresGrad_() : result
  }

  /// What flows into a root that is a single number: 1, of the root's shape and dtype.
  func onesForGradient() -> Tensor { Tensor.filled(like: self, .int(1), nil, false) }

  /// The identity matrix of n rows and m columns, n unless said.
  public static func eye(
    _ n: Int, _ m: Int? = nil, dtype: DType = .float32, requiresGrad: Bool = false
  ) -> Tensor {
    let columns = m ?? n
    let result = zeros([n, columns], dtype: dtype)
    let diagonal = Tensor(
      sharing: result.storage, sizes: Dims([Swift.min(n, columns)]), strides: Dims([columns + 1]),
      offset: 0, dtype: dtype)
    diagonal.setAll(.int(1))
    return requiresGrad ? result.requiresGrad_() : result
  }

  /// The numbers from 0 up to `end`, which is left out.
  public static func arange(
    _ end: some ScalarConvertible, dtype: DType? = nil, requiresGrad: Bool = false
  ) -> Tensor { arange(0, end, 1, dtype: dtype, requiresGrad: requiresGrad) }

  /// The numbers from `start` up to `end`, which is left out, in steps.
  ///
  /// int64 when all three are whole numbers, else float32, unless a dtype is given. Traps for a
  /// step that does not lead from `start` towards `end`.
  public static func arange(
    _ start: some ScalarConvertible, _ end: some ScalarConvertible,
    _ step: some ScalarConvertible = 1, dtype: DType? = nil, requiresGrad: Bool = false
  ) -> Tensor {
    let (start, end, step) = (start.scalar, end.scalar, step.scalar)
    let distance = end.double - start.double
    guard step.double != 0, step.double.isFinite, distance.isFinite else {
      refuse("arange", "step must be nonzero and the range finite: \(start), \(end), \(step)")
    }
    guard distance / step.double >= 0 else {
      refuse("arange", "upper bound and lower bound inconsistent with step sign")
    }
    let kinds = [start, end, step].map(\.dtype)
    let dtype = dtype ?? (kinds.contains(.float32) ? .float32 : .int64)
    let steps = (distance / step.double).rounded(.up)
    guard steps < Double(Int.max / 8) else {
      refuse("arange", "a tensor of \(steps) elements is too large")
    }
    let count = Int(steps)
    let result = Tensor(empty: Dims([count]), dtype.isFloatingPoint ? dtype : .int64)
    if dtype.isFloatingPoint {
      agk_arange(dtype.kernel, Int64(count), result.pointer, start.double, step.double)
    } else {
      let out = result.int64Pointer
      let (first, step) = (Int64(start.int), Int64(step.int))
      for i in 0..<count { out[i] = first &+ step &* Int64(i) }
    }
    let converted = result.converted(to: dtype)
    return requiresGrad ? converted.requiresGrad_() : converted
  }

  /// `steps` numbers evenly from `start` to `end`, both included.
  ///
  /// Counted from the nearer end, as PyTorch does, so that the result is symmetric.
  public static func linspace(
    _ start: some ScalarConvertible, _ end: some ScalarConvertible, steps: Int,
    dtype: DType = .float32, requiresGrad: Bool = false
  ) -> Tensor {
    guard steps >= 0 else { refuse("linspace", "number of steps must be non-negative") }
    let result = Tensor(empty: Dims([steps]), dtype.isFloatingPoint ? dtype : .float64)
    var (from, to) = (start.scalar.double, end.scalar.double)
    if !dtype.isFloatingPoint {
      // The ends lose their fractions first, each number in between last.
      (from, to) = (Double(start.scalar.int), Double(end.scalar.int))
    }
    agk_linspace(result.dtype.kernel, Int64(steps), result.pointer, from, to)
    let converted = result.converted(to: dtype)
    return requiresGrad ? converted.requiresGrad_() : converted
  }
}
