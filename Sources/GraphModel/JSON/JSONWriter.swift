// Writes JSON text: deterministic, one separator style, lines broken where the caller says.

/// Builds JSON text in a buffer of bytes.
package struct JSONWriter {
  /// What has been written since the last `removeAll`.
  package private(set) var bytes: [UInt8] = []
  private var needsComma = false
  private var lineBreak: Int?

  package init() {}

  /// Empties the buffer and goes on where the text stopped.
  package mutating func removeAll() {
    bytes.removeAll(keepingCapacity: true)
  }

  /// Puts what comes next on a line of its own, indented by `indent` spaces.
  package mutating func line(indent: Int) {
    lineBreak = indent
  }

  package mutating func beginObject() { open(UInt8(ascii: "{")) }
  package mutating func endObject() { close(UInt8(ascii: "}")) }
  package mutating func beginArray() { open(UInt8(ascii: "[")) }
  package mutating func endArray() { close(UInt8(ascii: "]")) }

  /// Ends the text with a newline.
  package mutating func endText() {
    bytes.append(UInt8(ascii: "\n"))
  }

  package mutating func key(_ key: String) {
    separate()
    quote(key)
    bytes.append(UInt8(ascii: ":"))
    bytes.append(UInt8(ascii: " "))
    needsComma = false
  }

  package mutating func null() { literal("null") }
  package mutating func value(_ value: Bool) { literal(value ? "true" : "false") }

  package mutating func value(_ value: Int) {
    separate()
    if value < 0 { bytes.append(UInt8(ascii: "-")) }
    let start = bytes.count
    var rest = value.magnitude
    repeat {
      bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10))
      rest /= 10
    } while rest > 0
    bytes[start...].reverse()
    needsComma = true
  }

  /// The shortest text that reads back as the same number; `"nan"`, `"inf"`, `"-inf"` as strings.
  package mutating func value(_ value: Double) {
    if value.isFinite { literal(value.description) } else { self.value(value.jsonName) }
  }

  package mutating func value(_ value: String) {
    separate()
    quote(value)
    needsComma = true
  }

  /// A value that is JSON already.
  package mutating func value(json text: String) { literal(text) }

  package mutating func value(_ values: [Int]) {
    beginArray()
    for element in values { value(element) }
    endArray()
  }

  private mutating func literal(_ text: String) {
    separate()
    bytes.append(contentsOf: text.utf8)
    needsComma = true
  }

  private mutating func open(_ bracket: UInt8) {
    separate()
    bytes.append(bracket)
    needsComma = false
  }

  private mutating func close(_ bracket: UInt8) {
    needsComma = false
    separate()
    bytes.append(bracket)
    needsComma = true
  }

  /// Writes the comma, space or line break that is due before the next token.
  private mutating func separate() {
    if needsComma { bytes.append(UInt8(ascii: ",")) }
    if let indent = lineBreak {
      bytes.append(UInt8(ascii: "\n"))
      bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: indent))
      lineBreak = nil
    } else if needsComma {
      bytes.append(UInt8(ascii: " "))
    }
  }

  private mutating func quote(_ text: String) {
    bytes.append(UInt8(ascii: "\""))
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"):
        bytes.append(UInt8(ascii: "\\"))
        bytes.append(byte)
      case UInt8(ascii: "\n"): bytes.append(contentsOf: #"\n"#.utf8)
      case UInt8(ascii: "\r"): bytes.append(contentsOf: #"\r"#.utf8)
      case UInt8(ascii: "\t"): bytes.append(contentsOf: #"\t"#.utf8)
      case 0..<0x20, 0x7F:
        let hex = Array("0123456789abcdef".utf8)
        bytes.append(contentsOf: #"\u00"#.utf8)
        bytes.append(hex[Int(byte >> 4)])
        bytes.append(hex[Int(byte & 15)])
      default: bytes.append(byte)
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }
}

extension Double {
  /// How JSON text names a number that JSON has no number for.
  package var jsonName: String {
    isNaN ? "nan" : self < 0 ? "-inf" : "inf"
  }

  /// The number that such a name stands for; nil for any other text.
  package init?(jsonName: String) {
    switch jsonName {
    case "nan": self = .nan
    case "inf": self = .infinity
    case "-inf": self = -.infinity
    default: return nil
    }
  }
}
