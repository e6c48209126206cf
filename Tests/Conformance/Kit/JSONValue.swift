// JSON as the reference data writes it: whole and fractional numbers stay apart, keys in order.

/// A JSON value whose numbers remember how they were written: `2` is not `2.0`.
enum JSONValue: Hashable {
  case null
  case bool(Bool)
  case int(Int)
  case double(Double)
  case string(String)
  case array([JSONValue])
  case object([Member])

  struct Member: Hashable {
    var key: String
    var value: JSONValue
  }
}

extension JSONValue {
  /// The member of an object; nil when there is none or this is no object.
  subscript(key: String) -> JSONValue? {
    guard case .object(let members) = self else { return nil }
    return members.first { $0.key == key }?.value
  }

  var string: String? { if case .string(let value) = self { value } else { nil } }
  var int: Int? { if case .int(let value) = self { value } else { nil } }
  var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
  var array: [JSONValue]? { if case .array(let value) = self { value } else { nil } }
  var members: [Member]? { if case .object(let value) = self { value } else { nil } }
  var isNull: Bool { self == .null }
}

/// A text that is not JSON, or not the JSON that was expected.
struct MalformedJSON: Error, CustomStringConvertible {
  let description: String
}

extension JSONValue {
  /// Reads the whole of a text as one value.
  init(parsing text: some Sequence<UInt8>) throws(MalformedJSON) {
    var parser = JSONParser(bytes: Array(text))
    self = try parser.parse()
  }
}

private struct JSONParser {
  private static let maximumDepth = 200

  private let bytes: [UInt8]
  private var position = 0
  private var depth = 0

  init(bytes: [UInt8]) { self.bytes = bytes }

  mutating func parse() throws(MalformedJSON) -> JSONValue {
    let value = try value()
    skipSpace()
    guard position == bytes.count else { throw failure("the end of the text") }
    return value
  }

  private func failure(_ expected: String) -> MalformedJSON {
    MalformedJSON(description: "not JSON at byte \(position): expected \(expected)")
  }

  private mutating func skipSpace() {
    while position < bytes.count, [0x20, 0x0a, 0x0d, 0x09].contains(bytes[position]) {
      position += 1
    }
  }

  private mutating func take(_ character: Character) -> Bool {
    skipSpace()
    guard position < bytes.count, bytes[position] == character.asciiValue else { return false }
    position += 1
    return true
  }

  private mutating func require(_ character: Character) throws(MalformedJSON) {
    guard take(character) else { throw failure("'\(character)'") }
  }

  private mutating func value() throws(MalformedJSON) -> JSONValue {
    skipSpace()
    guard position < bytes.count else { throw failure("a value") }
    switch bytes[position] {
    case UInt8(ascii: "{"):
      return try nested { (parser) throws(MalformedJSON) in try parser.object() }
    case UInt8(ascii: "["):
      return try nested { (parser) throws(MalformedJSON) in try parser.list() }
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    default: return try number()
    }
  }

  private mutating func nested(
    _ body: (inout JSONParser) throws(MalformedJSON) -> JSONValue
  ) throws(MalformedJSON) -> JSONValue {
    guard depth < JSONParser.maximumDepth else { throw failure("less nesting") }
    depth += 1
    position += 1
    let value = try body(&self)
    depth -= 1
    return value
  }

  private mutating func object() throws(MalformedJSON) -> JSONValue {
    var members: [JSONValue.Member] = []
    if take("}") { return .object(members) }
    repeat {
      skipSpace()
      let key = try string()
      try require(":")
      members.append(JSONValue.Member(key: key, value: try value()))
    } while take(",")
    try require("}")
    return .object(members)
  }

  private mutating func list() throws(MalformedJSON) -> JSONValue {
    var elements: [JSONValue] = []
    if take("]") { return .array(elements) }
    repeat { elements.append(try value()) } while take(",")
    try require("]")
    return .array(elements)
  }

  private mutating func word(
    _ word: String, _ value: JSONValue
  ) throws(MalformedJSON) -> JSONValue {
    guard bytes[position...].starts(with: word.utf8) else { throw failure(word) }
    position += word.utf8.count
    return value
  }

  private mutating func number() throws(MalformedJSON) -> JSONValue {
    let start = position
    while position < bytes.count, JSONParser.isPartOfNumber(bytes[position]) { position += 1 }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    if let whole = Int(text) { return .int(whole) }
    guard let fractional = Double(text), fractional.isFinite else {
      position = start
      throw failure("a number")
    }
    return .double(fractional)
  }

  private static func isPartOfNumber(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
      || [UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "."), UInt8(ascii: "e")].contains(byte)
      || byte == UInt8(ascii: "E")
  }

  private mutating func string() throws(MalformedJSON) -> String {
    guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else {
      throw failure("a string")
    }
    position += 1
    var units: [UInt8] = []
    while position < bytes.count {
      let byte = bytes[position]
      position += 1
      switch byte {
      case UInt8(ascii: "\""): return String(decoding: units, as: UTF8.self)
      case UInt8(ascii: "\\"): units += Array(try escaped().utf8)
      default: units.append(byte)
      }
    }
    throw failure("'\"'")
  }

  private mutating func escaped() throws(MalformedJSON) -> String {
    guard position < bytes.count else { throw failure("an escape") }
    let byte = bytes[position]
    position += 1
    switch byte {
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{c}"
    case UInt8(ascii: "u"): return try unicodeEscape()
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"):
      return String(UnicodeScalar(byte))
    default: throw failure("an escape")
    }
  }

  private mutating func unicodeEscape() throws(MalformedJSON) -> String {
    var units = [try codeUnit()]
    if UTF16.isLeadSurrogate(units[0]), bytes[position...].starts(with: "\\u".utf8) {
      position += 2
      units.append(try codeUnit())
    }
    return String(decoding: units, as: UTF16.self)
  }

  private mutating func codeUnit() throws(MalformedJSON) -> UInt16 {
    guard position + 4 <= bytes.count,
      let unit = UInt16(
        String(decoding: bytes[position..<(position + 4)], as: UTF8.self), radix: 16)
    else { throw failure("four hexadecimal digits") }
    position += 4
    return unit
  }
}
