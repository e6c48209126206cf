// The header of a safetensors file: JSON of one form, read strictly.

/// What a header says of one tensor.
struct SafeTensorsEntry {
  var key: String
  var dtype: SafeTensorsDType
  var shape: [Int]
  var begin: Int
  var end: Int
}

/// What a header says.
struct SafeTensorsHeader {
  /// The most bytes that a header may have, as in the format's own library.
  static let limit = 100_000_000

  private(set) var entries: [SafeTensorsEntry] = []
  private(set) var metadata: [String: String] = [:]

  /// Reads a header and checks it against the number of bytes that follow it.
  init(
    _ bytes: UnsafeRawBufferPointer, dataCount: Int, file: String
  ) throws(SafeTensorsError) {
    var reader = SafeTensorsHeaderReader(bytes: bytes, file: file)
    var keys: Set<String> = []
    try reader.readObject { reader, key throws(SafeTensorsError) in
      guard keys.insert(key).inserted else {
        throw SafeTensorsError(
          code: .duplicateKey, message: "is there twice", file: file, key: key)
      }
      if key == "__metadata__" {
        var metadata: [String: String] = [:]
        try reader.readObject { reader, name throws(SafeTensorsError) in
          let value = try reader.readString()
          guard metadata.updateValue(value, forKey: name) == nil else {
            throw SafeTensorsError(
              code: .duplicateKey, message: "the metadata has \"\(name)\" twice", file: file)
          }
        }
        self.metadata = metadata
      } else {
        self.entries.append(try reader.readEntry(key))
      }
    }
    try reader.finish()
    try check(dataCount, file)
  }

  /// Each tensor's bytes follow those of another without a gap, and the last end with the file.
  private func check(_ dataCount: Int, _ file: String) throws(SafeTensorsError) {
    var next = 0
    for entry in entries.sorted(by: { ($0.begin, $0.end) < ($1.begin, $1.end) }) {
      guard entry.begin == next, entry.end >= entry.begin, entry.end <= dataCount else {
        throw SafeTensorsError(
          code: .offsets,
          message:
            "its bytes \(entry.begin)..<\(entry.end) do not begin at \(next), where those of "
            + "the tensor before end, or do not end within the \(dataCount) bytes that there are",
          file: file, key: entry.key)
      }
      next = entry.end
      var bits = entry.dtype.bits
      for size in entry.shape {
        let (product, overflow) = bits.multipliedReportingOverflow(by: size)
        guard !overflow else {
          throw SafeTensorsError(
            code: .shape, message: "shape \(entry.shape) is too large", file: file, key: entry.key)
        }
        bits = product
      }
      guard bits % 8 == 0, bits / 8 == entry.end - entry.begin else {
        throw SafeTensorsError(
          code: .shape,
          message: "shape \(entry.shape) of \(entry.dtype.name) does not take the "
            + "\(entry.end - entry.begin) bytes that it has",
          file: file, key: entry.key)
      }
    }
    guard next == dataCount else {
      throw SafeTensorsError(
        code: .size, message: "the tensors end at \(next) of \(dataCount) bytes", file: file)
    }
  }
}

/// Takes a header apart.
///
/// Nothing is nested deeper than the form has it, so nothing recurses.
struct SafeTensorsHeaderReader {
  private let bytes: UnsafeRawBufferPointer
  private let file: String
  private var position = 0

  init(bytes: UnsafeRawBufferPointer, file: String) {
    self.bytes = bytes
    self.file = file
  }

  private func failure(_ message: String, key: String? = nil) -> SafeTensorsError {
    SafeTensorsError(
      code: .header, message: "header, byte \(position): \(message)", file: file, key: key)
  }

  private mutating func skipSpace() {
    while position < bytes.count {
      switch bytes[position] {
      case 0x20, 0x09, 0x0a, 0x0d: position += 1
      default: return
      }
    }
  }

  private mutating func take(_ character: Character) -> Bool {
    skipSpace()
    guard position < bytes.count, bytes[position] == character.asciiValue! else { return false }
    position += 1
    return true
  }

  private mutating func expect(_ character: Character) throws(SafeTensorsError) {
    guard take(character) else { throw failure("expected '\(character)'") }
  }

  /// Reads an object; `body` reads the value of each key.
  mutating func readObject(
    _ body: (inout SafeTensorsHeaderReader, String) throws(SafeTensorsError) -> Void
  ) throws(SafeTensorsError) {
    try expect("{")
    if take("}") { return }
    repeat {
      let key = try readString()
      try expect(":")
      try body(&self, key)
    } while take(",")
    try expect("}")
  }

  /// Reads what the header says of the tensor `key`.
  mutating func readEntry(_ key: String) throws(SafeTensorsError) -> SafeTensorsEntry {
    var dtype: String?
    var shape: [Int]?
    var offsets: [Int]?
    try readObject { reader, name throws(SafeTensorsError) in
      let isNew: Bool
      switch name {
      case "dtype":
        isNew = dtype == nil
        dtype = try reader.readString()
      case "shape":
        isNew = shape == nil
        shape = try reader.readNumbers(limit: 64)
      case "data_offsets":
        isNew = offsets == nil
        offsets = try reader.readNumbers(limit: 2)
      default: throw reader.failure("unknown field \"\(name)\"", key: key)
      }
      guard isNew else { throw reader.failure("\"\(name)\" is there twice", key: key) }
    }
    guard let dtype, let shape, let offsets, offsets.count == 2 else {
      throw failure("dtype, shape and two data_offsets are needed", key: key)
    }
    guard let known = SafeTensorsDType.named(dtype) else {
      throw SafeTensorsError(
        code: .dtype, message: "unknown dtype \"\(dtype)\"", file: file, key: key)
    }
    return SafeTensorsEntry(
      key: key, dtype: known, shape: shape, begin: offsets[0], end: offsets[1])
  }

  private mutating func readNumbers(limit: Int) throws(SafeTensorsError) -> [Int] {
    try expect("[")
    var numbers: [Int] = []
    if take("]") { return numbers }
    repeat {
      skipSpace()
      var value = 0
      let start = position
      while position < bytes.count, bytes[position] >= 0x30, bytes[position] <= 0x39 {
        let (tenfold, overflow) = value.multipliedReportingOverflow(by: 10)
        let (sum, carry) = tenfold.addingReportingOverflow(Int(bytes[position]) - 0x30)
        guard !overflow, !carry else { throw failure("the number is too large") }
        value = sum
        position += 1
      }
      guard position > start else { throw failure("expected a whole number") }
      numbers.append(value)
      guard numbers.count <= limit else { throw failure("more than \(limit) numbers") }
    } while take(",")
    try expect("]")
    return numbers
  }

  mutating func readString() throws(SafeTensorsError) -> String {
    try expect("\"")
    var text: [UInt8] = []
    while position < bytes.count {
      let byte = bytes[position]
      position += 1
      switch byte {
      case UInt8(ascii: "\""):
        guard let string = String(validating: text, as: UTF8.self) else {
          throw failure("text is not UTF-8")
        }
        return string
      case UInt8(ascii: "\\"): try readEscape(&text)
      case 0..<0x20: throw failure("a control character in text")
      default: text.append(byte)
      }
    }
    throw failure("text without an end")
  }

  private mutating func readEscape(_ text: inout [UInt8]) throws(SafeTensorsError) {
    guard position < bytes.count else { throw failure("text without an end") }
    let byte = bytes[position]
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
    case UInt8(ascii: "b"): text.append(0x08)
    case UInt8(ascii: "f"): text.append(0x0c)
    case UInt8(ascii: "n"): text.append(0x0a)
    case UInt8(ascii: "r"): text.append(0x0d)
    case UInt8(ascii: "t"): text.append(0x09)
    case UInt8(ascii: "u"):
      var unit = try readUnit()
      if 0xd800..<0xdc00 ~= unit {
        guard position + 1 < bytes.count, bytes[position] == UInt8(ascii: "\\"),
          bytes[position + 1] == UInt8(ascii: "u")
        else { throw failure("half of a surrogate pair") }
        position += 2
        let low = try readUnit()
        guard 0xdc00..<0xe000 ~= low else { throw failure("half of a surrogate pair") }
        unit = 0x10000 + (unit - 0xd800) << 10 + (low - 0xdc00)
      }
      guard let scalar = Unicode.Scalar(unit) else { throw failure("half of a surrogate pair") }
      text += Array(String(Character(scalar)).utf8)
    default: throw failure("unknown escape")
    }
  }

  private mutating func readUnit() throws(SafeTensorsError) -> UInt32 {
    var unit: UInt32 = 0
    for _ in 0..<4 {
      guard position < bytes.count,
        let digit = Character(Unicode.Scalar(bytes[position])).hexDigitValue
      else { throw failure("expected four hexadecimal digits") }
      unit = unit << 4 | UInt32(digit)
      position += 1
    }
    return unit
  }

  /// Refuses anything but spaces at the end.
  mutating func finish() throws(SafeTensorsError) {
    skipSpace()
    guard position == bytes.count else { throw failure("something after the header's end") }
  }
}
