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
    return Dims(shape)
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
    let result = Tensor(empty: Dims([count]), dtype)
    switch dtype {
    case .float32: result.fillCounting(Float.self, from: start.double, by: step.double)
    case .float64: result.fillCounting(Double.self, from: start.double, by: step.double)
    default: result.setEach { .int(start.int &+ step.int &* $0) }
    }
    return requiresGrad ? result.requiresGrad_() : result
  }

  /// `steps` numbers evenly from `start` to `end`, both included.
  ///
  /// Counted from the nearer end, as PyTorch does, so that the result is symmetric.
  public static func linspace(
    _ start: some ScalarConvertible, _ end: some ScalarConvertible, steps: Int,
    dtype: DType = .float32, requiresGrad: Bool = false
  ) -> Tensor {
    guard steps >= 0 else { refuse("linspace", "number of steps must be non-negative") }
    let result = Tensor(empty: Dims([steps]), dtype)
    switch dtype {
    case .float32: result.fillEvenly(Float(start.scalar.double), Float(end.scalar.double))
    case .float64: result.fillEvenly(start.scalar.double, end.scalar.double)
    default:
      // The ends lose their fractions first, each number in between last.
      let (from, to) = (Double(start.scalar.int), Double(end.scalar.int))
      let step = steps > 1 ? (to - from) / Double(steps - 1) : 0
      result.setEach { i in
        .double(
          i < steps / 2 || steps == 1
            ? from.addingProduct(step, Double(i)) : to.addingProduct(-step, Double(steps - i - 1)))
      }
    }
    return requiresGrad ? result.requiresGrad_() : result
  }

  /// PyTorch's compiled loop fuses the product and the sum; so does this, to agree in every bit.
  private func fillEvenly<T: BinaryFloatingPoint>(_ start: T, _ end: T) {
    let out = pointer.assumingMemoryBound(to: T.self)
    let step = count > 1 ? (end - start) / T(count - 1) : 0
    for i in 0..<count {
      out[i] =
        i < count / 2
        ? start.addingProduct(step, T(i)) : end.addingProduct(-step, T(count - i - 1))
    }
    if count == 1 { out[0] = start }
  }

  /// Counts in the order of PyTorch's vector loop, to agree with it in every bit: each register of
  /// 256 bits counts from its own first element, rounded; what does not fill two registers counts
  /// from the start.
  private func fillCounting<T: BinaryFloatingPoint>(
    _: T.Type, from start: Double, by step: Double
  ) {
    let out = pointer.assumingMemoryBound(to: T.self)
    let lanes = 32 / MemoryLayout<T>.size
    let inRegisters = count - count % (2 * lanes)
    for first in Swift.stride(from: 0, to: inRegisters, by: lanes) {
      let base = Double(T(start.addingProduct(step, Double(first))))
      for lane in 0..<lanes { out[first + lane] = T(base.addingProduct(step, Double(lane))) }
    }
    for i in inRegisters..<count { out[i] = T(start.addingProduct(step, Double(i))) }
  }

  /// Sets element by element, in row-major order, a new contiguous tensor.
  private func setEach(_ value: (Int) -> Scalar) {
    let item = dtype.itemSize
    for i in 0..<count {
      var element = ElementBuffer(value(i), dtype)
      element.withPointer { (pointer + i * item).copyMemory(from: $0, byteCount: item) }
    }
  }
}
