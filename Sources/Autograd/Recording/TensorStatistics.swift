// What a tensor holds, in numbers: what a recording tells of the tensors around a call.

internal import CKernels
internal import GradientJournal
internal import GraphModel

/// What a tensor was found to hold.
struct MeasuredTensor {
  private(set) var statistics: Statistics
  /// The hash of the elements as they lie in memory; nil where they have gaps or repeat there.
  private let memoryHash: UInt64?

  /// Measures a tensor; with `healthOnly` the counts and the hash, and the rest is NaN.
  ///
  /// Nothing is copied, however the elements are ordered, unless they lie with gaps or are of no
  /// floating-point dtype; those that an expansion repeats are looked at once.
  init(_ tensor: Tensor, healthOnly: Bool) {
    let laid = LaidDensely(tensor)
    self.init(tensor, laid, laid.measured(healthOnly: healthOnly))
  }

  /// What was found of the elements of a row-major tensor.
  init(_ tensor: Tensor, _ found: agk_statistics) {
    self.init(tensor, LaidDensely(tensor), found)
  }

  private init(_ tensor: Tensor, _ laid: LaidDensely, _ found: agk_statistics) {
    memoryHash = laid.isWholeMemory(of: tensor) ? found.hash : nil
    let times = laid.times
    statistics = Statistics(
      count: tensor.count, nanCount: Int(found.nans) * times,
      positiveInfinityCount: Int(found.positive_infinities) * times,
      negativeInfinityCount: Int(found.negative_infinities) * times,
      zeroCount: Int(found.zeros) * times,
      subnormalCount: Int(found.subnormals) * times, minimum: found.minimum, maximum: found.maximum,
      mean: found.mean, standardDeviation: found.deviation,
      norm: times == 1 ? found.norm : found.norm * Double(times).squareRoot(),
      hash: laid.mixed(into: found.hash))
  }

  /// What was measured of `other`, as that of `tensor`; nil where that has other elements.
  ///
  /// A transpose, say, holds the same in another order: nothing is read again.
  init?(_ tensor: Tensor, as other: Tensor, _ measured: MeasuredTensor) {
    if tensor === other {
      self = measured
      return
    }
    guard tensor.storage === other.storage, tensor.offset == other.offset,
      tensor.count == other.count, tensor.dtype == other.dtype, let hash = measured.memoryHash
    else { return nil }
    let laid = LaidDensely(tensor)
    guard laid.isWholeMemory(of: tensor) else { return nil }
    self = measured
    statistics.hash = laid.mixed(into: hash)
  }
}

extension Tensor {
  /// What the elements come to; with `healthOnly` their counts and hash, and NaN for the rest.
  func statistics(healthOnly: Bool = false) -> Statistics {
    MeasuredTensor(self, healthOnly: healthOnly).statistics
  }

  /// How many elements have each binary exponent from -150 to 128; those of float64 beyond these are
  /// counted at the ends, zeros and what is not finite nowhere.
  func exponentHistogram() -> [UInt32] {
    let laid = LaidDensely(self)
    let data = dtype.isFloatingPoint ? laid.data : laid.data.converted(to: .float64)
    defer { withExtendedLifetime(data) {} }
    var counts = [UInt32](unsafeUninitializedCapacity: Int(AGK_EXPONENTS)) { buffer, initialized in
      agk_exponents(data.dtype.kernel, Int64(data.count), data.pointer, buffer.baseAddress!)
      initialized = Int(AGK_EXPONENTS)
    }
    if laid.times != 1 {
      for i in counts.indices { counts[i] = UInt32(clamping: Int(counts[i]) * laid.times) }
    }
    return counts
  }

  /// The first element in row-major order that is not finite, and where it is.
  var firstNonFinite: (index: [Int], value: Double)? {
    guard dtype.isFloatingPoint else { return nil }
    let data = contiguousData()
    defer { withExtendedLifetime(data) {} }
    var rest = Int(agk_first_nonfinite(dtype.kernel, Int64(count), data.pointer))
    guard rest >= 0 else { return nil }
    let value =
      dtype == .float32
      ? Double(data.pointer.load(fromByteOffset: 4 * rest, as: Float.self))
      : data.pointer.load(fromByteOffset: 8 * rest, as: Double.self)
    var index = shape
    for i in index.indices.reversed() {
      index[i] = rest % sizes[i]
      rest /= sizes[i]
    }
    return (index, value)
  }
}

/// The sum of the products of the elements of two tensors of one shape, in double precision.
func dot(of a: Tensor, _ b: Tensor) -> Double {
  precondition(a.sizes == b.sizes, "dot of tensors of different shapes")
  var (x, y) = (a, b)
  if x.dtype != y.dtype || !x.dtype.isFloatingPoint {
    (x, y) = (x.converted(to: .float64), y.converted(to: .float64))
  }
  if x.strides != y.strides || !x.isDense { (x, y) = (x.contiguousData(), y.contiguousData()) }
  defer { withExtendedLifetime((x, y)) {} }
  return agk_dot(x.dtype.kernel, Int64(x.count), x.pointer, y.pointer)
}

extension Shape {
  /// The sizes of a tensor.
  init(_ sizes: Dims) {
    var own = InlineArray<8, Int>(repeating: 0)
    for i in sizes.indices { own[i] = sizes[i] }
    self.init(count: sizes.count, own)
  }
}

/// A tensor's elements without gaps in memory, each of those that an expansion repeats once.
private struct LaidDensely {
  let data: Tensor
  /// How often each element of `data` is there.
  let times: Int
  private let sizes: Dims
  /// None for row-major order, else those between elements of `data`; 0 where it repeats.
  private let strides: Dims?

  init(_ tensor: Tensor) {
    sizes = tensor.sizes
    if tensor.isContiguous {
      (data, times, strides) = (tensor, 1, nil)
      return
    }
    var own = Dims()
    var ownStrides = Dims()
    var times = 1
    for i in tensor.sizes.indices where tensor.sizes[i] != 1 {
      if tensor.strides[i] == 0 {
        times *= tensor.sizes[i]
      } else {
        own.append(tensor.sizes[i])
        ownStrides.append(tensor.strides[i])
      }
    }
    let once = Tensor(
      sharing: tensor.storage, sizes: own, strides: ownStrides, offset: tensor.offset,
      dtype: tensor.dtype)
    let data = once.isDense ? once : once.contiguousData()
    (self.data, self.times) = (data, times)
    var strides = Dims(repeating: 0, count: tensor.sizes.count)
    var next = 0
    for i in tensor.sizes.indices where tensor.sizes[i] != 1 && tensor.strides[i] != 0 {
      strides[i] = data.strides[next]
      next += 1
    }
    // With gaps closed the order may be row-major, and is then told as such.
    self.strides = times == 1 && data.isContiguous ? nil : strides
  }

  /// Whether `data` is where the tensor lies, each of its elements once.
  func isWholeMemory(of tensor: Tensor) -> Bool {
    times == 1 && data.storage === tensor.storage
  }

  /// What the elements come to, each counted once.
  func measured(healthOnly: Bool) -> agk_statistics {
    var found = agk_statistics()
    defer { withExtendedLifetime(data) {} }
    if data.dtype.isFloatingPoint {
      agk_measure(data.dtype.kernel, Int64(data.count), data.pointer, healthOnly, &found)
      return found
    }
    let numbers = data.converted(to: .float64)
    agk_measure(.AGK_FLOAT64, Int64(data.count), numbers.pointer, healthOnly, &found)
    withExtendedLifetime(numbers) {}
    if data.dtype != .bool {
      // Numbers beyond 2^53 are rounded there: the hash is that of their own bits.
      var bits = agk_statistics()
      let alike: agk_dtype = data.dtype == .int32 ? .AGK_FLOAT32 : .AGK_FLOAT64
      agk_measure(alike, Int64(data.count), data.pointer, true, &bits)
      found.hash = bits.hash
    }
    return found
  }

  /// A hash that is equal for equal layouts and dtypes as well.
  func mixed(into hash: UInt64) -> UInt64 {
    var result = LaidDensely.mix(hash, data.dtype.rawValue, sizes)
    if let strides { result = LaidDensely.mix(result, 0x80, strides) }
    return result
  }

  private static func mix(_ hash: UInt64, _ tag: UInt8, _ dims: Dims) -> UInt64 {
    var result = hash ^ (UInt64(dims.count) << 8 | UInt64(tag))
    for i in dims.indices {
      result = (result ^ UInt64(bitPattern: Int64(dims[i]))) &* 0x9E37_79B9_7F4A_7C15
      result ^= result >> 32
    }
    return (result ^ result >> 29) &* 0xBF58_476D_1CE4_E5B9
  }
}
