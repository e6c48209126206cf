// Writing the parts of an event into memory.

/// Where the bytes of an event go: memory that is known to be large enough.
///
/// Integers are written in groups of seven bits, least significant first, where the top bit says
/// that more follow (LEB128); signed ones so that small magnitudes are short (zigzag).
package struct ByteSink {
  private(set) var cursor: UnsafeMutableRawPointer

  init(_ memory: UnsafeMutableRawPointer) { cursor = memory }

  /// The most bytes that an integer takes.
  static let longestInteger = 10

  static func bound(_ text: String) -> Int { longestInteger + text.utf8.count }
  static func bound(_ text: String?) -> Int { text.map { longestInteger + $0.utf8.count } ?? 0 }
  static func bound(_ numbers: [Int]) -> Int { longestInteger * (1 + numbers.count) }
  static func bound(_ shape: Shape) -> Int { longestInteger * (1 + shape.count) }

  @inline(__always)
  mutating func byte(_ value: UInt8) {
    cursor.storeBytes(of: value, as: UInt8.self)
    cursor += 1
  }

  @inline(__always)
  mutating func word(_ value: UInt64) {
    cursor.storeBytes(of: value.littleEndian, as: UInt64.self)
    cursor += 8
  }

  @inline(__always)
  mutating func number(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      byte(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    byte(UInt8(truncatingIfNeeded: rest))
  }

  @inline(__always)
  mutating func number(_ value: UInt32) { number(UInt64(value)) }

  @inline(__always)
  mutating func number(_ value: Int64) { number(UInt64(bitPattern: (value << 1) ^ (value >> 63))) }

  @inline(__always)
  mutating func double(_ value: Double) { word(value.bitPattern) }

  mutating func bytes(_ values: UnsafeRawBufferPointer) {
    number(UInt64(values.count))
    guard let start = values.baseAddress else { return }
    cursor.copyMemory(from: start, byteCount: values.count)
    cursor += values.count
  }

  mutating func text(_ value: String) {
    var value = value
    value.withUTF8 { bytes(UnsafeRawBufferPointer($0)) }
  }

  mutating func numbers(_ values: [Int]) {
    number(UInt64(values.count))
    for value in values { number(Int64(value)) }
  }

  @inline(__always)
  mutating func numbers(_ shape: Shape) {
    number(UInt64(shape.count))
    for i in 0..<shape.count { number(Int64(shape[i])) }
  }

  /// Which of up to eight parts are there, or hold.
  mutating func flags(_ flags: Bool...) {
    byte(flags.indices.reduce(0) { $0 | (flags[$1] ? 1 << UInt8($1) : 0) })
  }
}
