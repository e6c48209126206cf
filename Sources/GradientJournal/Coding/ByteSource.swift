// Reading the parts of an event from bytes that nobody vouches for.

/// Why bytes are no event.
package enum EventDecodingError: Error, Sendable, Hashable, CustomStringConvertible {
  /// An event of a kind that is not known here.
  case unknownKind(UInt8)
  /// The bytes end within the event.
  case tooShort
  /// A part holds a value that it cannot have.
  case badValue
  /// Bytes follow the event.
  case tooLong

  package var description: String {
    switch self {
    case .unknownKind(let kind): "an event of the unknown kind \(kind)"
    case .tooShort: "the event ends too early"
    case .badValue: "a part of the event has a value that it cannot have"
    case .tooLong: "there are bytes after the event"
    }
  }
}

/// Bytes that an event is read from, each read within their bounds.
package struct ByteSource {
  private let memory: UnsafeRawBufferPointer
  private var offset = 0

  init(_ bytes: UnsafeRawBufferPointer) { memory = bytes }

  var count: Int { memory.count - offset }

  mutating func byte() throws(EventDecodingError) -> UInt8 {
    guard offset < memory.count else { throw .tooShort }
    defer { offset += 1 }
    return memory[offset]
  }

  mutating func word() throws(EventDecodingError) -> UInt64 {
    guard count >= 8 else { throw .tooShort }
    defer { offset += 8 }
    return UInt64(littleEndian: memory.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
  }

  mutating func unsigned() throws(EventDecodingError) -> UInt64 {
    let first = try byte()
    if first < 0x80 { return UInt64(first) }
    var value = UInt64(first & 0x7f)
    var shift: UInt64 = 7
    while true {
      let next = try byte()
      // The tenth byte holds the one bit that is left; a last byte of 0 says nothing.
      guard shift < 63 || next <= 1, next != 0 else { throw .badValue }
      value |= UInt64(next & 0x7f) << shift
      if next < 0x80 { return value }
      shift += 7
    }
  }

  mutating func signed() throws(EventDecodingError) -> Int64 {
    let value = try unsigned()
    return Int64(bitPattern: value >> 1) ^ -Int64(value & 1)
  }

  /// An integer of some type; refuses one out of its range.
  mutating func unsigned<Number: UnsignedInteger & FixedWidthInteger>(
    _ type: Number.Type
  ) throws(EventDecodingError) -> Number {
    guard let value = Number(exactly: try unsigned()) else { throw .badValue }
    return value
  }

  /// A signed integer of some type; refuses one out of its range.
  mutating func signed<Number: SignedInteger & FixedWidthInteger>(
    _ type: Number.Type
  ) throws(EventDecodingError) -> Number {
    guard let value = Number(exactly: try signed()) else { throw .badValue }
    return value
  }

  mutating func double() throws(EventDecodingError) -> Double { Double(bitPattern: try word()) }

  /// How many elements follow, of at least `size` bytes each: no more than there is room for.
  mutating func length(of size: Int) throws(EventDecodingError) -> Int {
    let count = try unsigned()
    guard count <= UInt64(self.count / size) else { throw .tooShort }
    return Int(count)
  }

  private mutating func run() throws(EventDecodingError) -> UnsafeRawBufferPointer {
    let count = try length(of: 1)
    defer { offset += count }
    return UnsafeRawBufferPointer(rebasing: memory[offset..<offset + count])
  }

  mutating func bytes() throws(EventDecodingError) -> [UInt8] { [UInt8](try run()) }

  mutating func text() throws(EventDecodingError) -> String {
    guard let text = String(validating: try run(), as: UTF8.self) else { throw .badValue }
    return text
  }

  mutating func numbers() throws(EventDecodingError) -> [Int] {
    let count = try length(of: 1)
    var values: [Int] = []
    values.reserveCapacity(count)
    for _ in 0..<count { values.append(try signed(Int.self)) }
    return values
  }

  mutating func choice<Choice: RawRepresentable<UInt8>>(
    _ type: Choice.Type
  ) throws(EventDecodingError) -> Choice {
    guard let choice = Choice(rawValue: try byte()) else { throw .badValue }
    return choice
  }

  /// Whether a part is there, or holds.
  mutating func flag() throws(EventDecodingError) -> Bool { try flags(1)[0] }

  /// Which of `count` parts are there, or hold.
  mutating func flags(_ count: Int) throws(EventDecodingError) -> Flags {
    let bits = try byte()
    guard bits >> count == 0 else { throw .badValue }
    return Flags(bits: bits)
  }

  struct Flags {
    let bits: UInt8

    subscript(_ place: Int) -> Bool { bits >> place & 1 == 1 }
  }
}
