// Inputs that every run makes alike, and runs laid out in memory with a stride.

import CKernels

/// A type that a dtype stores.
protocol Element: Equatable, Sendable, BitwiseCopyable {
  static var dtype: agk_dtype { get }
  /// A value made of a fraction in [-1, 1).
  init(fraction: Double)
  /// The value's bits, so that NaN equals itself and 0 differs from -0.
  var bits: UInt64 { get }
}

extension Bool: Element {
  static var dtype: agk_dtype { .AGK_BOOL }
  init(fraction: Double) { self = fraction > 0 }
  var bits: UInt64 { self ? 1 : 0 }
}
extension Int32: Element {
  static var dtype: agk_dtype { .AGK_INT32 }
  init(fraction: Double) { self = Int32(fraction * 9) }
  var bits: UInt64 { UInt64(UInt32(bitPattern: self)) }
}
extension Int64: Element {
  static var dtype: agk_dtype { .AGK_INT64 }
  init(fraction: Double) { self = Int64(fraction * 9) }
  var bits: UInt64 { UInt64(bitPattern: self) }
}
extension Float: Element {
  static var dtype: agk_dtype { .AGK_FLOAT32 }
  init(fraction: Double) { self = Float(fraction) }
  var bits: UInt64 { UInt64(isNaN ? Float.nan.bitPattern : bitPattern) }
}
extension Double: Element {
  static var dtype: agk_dtype { .AGK_FLOAT64 }
  init(fraction: Double) { self = fraction }
  var bits: UInt64 { isNaN ? Double.nan.bitPattern : bitPattern }
}

/// `count` values; Reference/torch_reference.py makes the same ones.
func samples<T: Element>(_ count: Int, seed: Int = 0, as type: T.Type = T.self) -> [T] {
  (0..<count).map { i in
    var z = UInt64(seed * 1_000_003 + 1 + i) &* 0x9E37_79B9_7F4A_7C15
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    z ^= z >> 31
    return T(fraction: Double(z >> 11) / 0x1p52 - 1)
  }
}

/// The loops of every instruction set that this CPU has.
struct Variant: CustomStringConvertible, @unchecked Sendable {
  let kernels: agk_kernels
  var description: String { String(cString: kernels.name) }

  static let all = ["baseline", "avx2", "avx512"].compactMap { (name: String) in
    agk_kernels_for(name).map { Variant(kernels: $0.pointee) }
  }
}

/// A run of elements in memory, `stride` apart (0: one element; negative: backwards).
struct Run<T: Element> {
  var storage: [T]
  let stride: Int
  let count: Int

  init(_ values: [T], stride: Int, filler: T = T(fraction: 0.5)) {
    self.stride = stride
    count = values.count
    storage = Array(repeating: filler, count: max(1, (values.count - 1) * abs(stride) + 1))
    for (i, value) in values.enumerated() { storage[position(i)] = value }
  }

  func position(_ i: Int) -> Int { stride >= 0 ? i * stride : (count - 1 - i) * -stride }

  var values: [T] { (0..<count).map { storage[position($0)] } }

  func read<R>(_ body: (UnsafeRawPointer, Int64) -> R) -> R {
    storage.withUnsafeBufferPointer { body($0.baseAddress! + start, Int64(stride)) }
  }

  mutating func write<R>(_ body: (UnsafeMutableRawPointer, Int64) -> R) -> R {
    let (start, stride) = (start, Int64(stride))
    return storage.withUnsafeMutableBufferPointer { body($0.baseAddress! + start, stride) }
  }

  private var start: Int { count > 0 ? position(0) : 0 }
}

/// Strides of an output and up to three inputs.
let strideSets: [[Int]] = [
  [1, 1, 1, 1], [1, 1, 0, 1], [1, 0, 1, 1], [1, 1, 1, 0], [1, 0, 0, 0], [2, 1, 1, 1],
  [1, 2, 3, 1], [1, -1, 2, -3], [-2, 1, -1, 0], [3, -2, 0, 2],
]

/// Every length up to the widest vectors' multiples.
let lengths = Array(0...70)

/// Lengths around one, a few and many vectors, for the runs with strides.
let someLengths = [0, 1, 2, 7, 8, 16, 17, 31, 33, 70, 300]

/// The first value everywhere where the stride is 0, else the values.
func spread<T>(_ values: [T], stride: Int) -> [T] {
  stride == 0 ? values.map { _ in values[0] } : values
}

/// How many representable numbers lie between two, 0 where both are NaN.
func ulps(_ a: Float, _ b: Float) -> Int64 {
  if a.isNaN || b.isNaN { return a.isNaN && b.isNaN ? 0 : .max }
  func ordered(_ x: Float) -> Int64 {
    let i = Int64(Int32(bitPattern: x.bitPattern))
    return i < 0 ? Int64(Int32.min) - i : i
  }
  return abs(ordered(a) - ordered(b))
}

/// The same for float64.
func ulps(_ a: Double, _ b: Double) -> Int64 {
  if a.isNaN || b.isNaN { return a.isNaN && b.isNaN ? 0 : .max }
  func ordered(_ x: Double) -> Int64 {
    let i = Int64(bitPattern: x.bitPattern)
    return i < 0 ? Int64.min &- i : i
  }
  let difference = ordered(a).subtractingReportingOverflow(ordered(b))
  return difference.overflow || difference.partialValue == .min
    ? .max : abs(difference.partialValue)
}
