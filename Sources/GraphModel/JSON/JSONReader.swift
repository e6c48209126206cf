// A strict JSON reader that hands out one value at a time.
//
// Foundation's JSONDecoder cannot stand here: it takes 1.0 for an integer and the last of two equal
// keys without a word, names no line or column for a wrong type, and recurses. This one builds no
// tree, so that memory follows the graph and not the text.

/// Reads JSON from bytes, front to back, and knows where it is.
package struct JSONReader {
  /// How deep arrays and objects may nest.
  static let deepestNesting = 512
  /// How many characters a number may have.
  static let longestNumber = 1000

  private let bytes: [UInt8]
  /// The byte that is read next.
  package private(set) var offset = 0
  /// The way to the value that is being read.
  private(set) var path: [KeyPathStep] = []
  private var texts = TextCache()
  private var openKeys: [String] = []

  /// Takes the bytes of a whole text; throws where they are not UTF-8.
  package init(_ bytes: [UInt8]) throws(GraphFileError) {
    self.bytes = bytes
    do {
      _ = try UTF8Span(validating: bytes.span)
    } catch {
      throw failure(
        .notJSON, "the text is not valid UTF-8 here", at: error.byteOffsets.lowerBound)
    }
    if bytes.isEmpty { throw failure(.notJSON, "the file is empty", at: 0) }
  }

  /// Where the next value begins.
  package var start: Int {
    mutating get {
      skipSpace()
      return offset
    }
  }

  /// Whether the next value is of the kind that begins with `byte`.
  package mutating func nextBegins(with byte: UInt8) -> Bool {
    skipSpace()
    return peek == byte
  }

  /// Reads an object; `body` reads the value of each key, or returns false to have it skipped.
  package mutating func readObject(
    _ body: (inout JSONReader, String) throws(GraphFileError) -> Bool
  ) throws(GraphFileError) {
    try expect(UInt8(ascii: "{"), "an object")
    let firstKey = openKeys.count
    var manyKeys: Set<String> = []
    var isFirst = true
    while try !ends(with: UInt8(ascii: "}"), isFirst: isFirst) {
      isFirst = false
      let start = offset
      let key = try readKey()
      path.append(.key(key))
      // A handful of keys is searched faster in place than hashed.
      let isNew: Bool
      if openKeys.count - firstKey < 32 {
        isNew = !openKeys[firstKey...].contains(key)
        openKeys.append(key)
      } else {
        if manyKeys.isEmpty { manyKeys = Set(openKeys[firstKey...]) }
        isNew = manyKeys.insert(key).inserted
      }
      guard isNew else { throw failure(.badValue, "the key is given twice", at: start) }
      if try !body(&self, key) { try skipValue() }
      path.removeLast()
    }
    openKeys.removeSubrange(firstKey...)
  }

  /// Reads an array; `body` reads each element.
  package mutating func readArray(
    _ body: (inout JSONReader) throws(GraphFileError) -> Void
  ) throws(GraphFileError) {
    try expect(UInt8(ascii: "["), "an array")
    var index = 0
    while try !ends(with: UInt8(ascii: "]"), isFirst: index == 0) {
      path.append(.index(index))
      try body(&self)
      path.removeLast()
      index += 1
    }
  }

  /// Reads a null if that is what comes next.
  package mutating func readNull() throws(GraphFileError) -> Bool {
    guard nextBegins(with: UInt8(ascii: "n")) else { return false }
    try readWord("null")
    return true
  }

  package mutating func readBool() throws(GraphFileError) -> Bool {
    skipSpace()
    switch peek {
    case UInt8(ascii: "t"):
      try readWord("true")
      return true
    case UInt8(ascii: "f"):
      try readWord("false")
      return false
    default: throw unexpected("true or false")
    }
  }

  package mutating func readInt() throws(GraphFileError) -> Int {
    let start = try startOfNumber("a whole number")
    guard case .int(let value) = try readNumber() else {
      throw failure(.badValue, "expected a whole number", at: start)
    }
    return value
  }

  /// Reads a number of any kind, or one of the names of those that JSON cannot write.
  package mutating func readDouble() throws(GraphFileError) -> Double {
    if nextBegins(with: UInt8(ascii: "\"")) {
      let start = offset
      let name = try readString()
      guard let value = Double(jsonName: name) else {
        throw failure(
          .badValue, #"expected a number, "nan", "inf" or "-inf", not \#(quoted(name))"#, at: start)
      }
      return value
    }
    _ = try startOfNumber("a number")
    return switch try readNumber() {
    case .int(let value): Double(value)
    case .double(let value): value
    }
  }

  /// A number as it is written.
  package enum Number {
    case int(Int)
    /// Written with a point or an exponent.
    case double(Double)
  }

  package mutating func readNumber() throws(GraphFileError) -> Number {
    let start = try startOfNumber("a number")
    let isNegative = peek == UInt8(ascii: "-")
    if isNegative { offset += 1 }
    var magnitude: UInt = 0
    var overflows = false
    let firstDigit = offset
    while let digit = nextDigit {
      let product = magnitude.multipliedReportingOverflow(by: 10)
      let sum = product.partialValue.addingReportingOverflow(digit)
      overflows = overflows || product.overflow || sum.overflow
      magnitude = sum.partialValue
      offset += 1
    }
    if offset == firstDigit { throw unexpected("a digit") }
    if bytes[firstDigit] == UInt8(ascii: "0"), offset > firstDigit + 1 {
      throw failure(.notJSON, "a number cannot begin with 0", at: firstDigit)
    }
    var isWhole = true
    if peek == UInt8(ascii: ".") {
      isWhole = false
      offset += 1
      try skipDigits()
    }
    if peek | 0x20 == UInt8(ascii: "e") {
      isWhole = false
      offset += 1
      if peek == UInt8(ascii: "+") || peek == UInt8(ascii: "-") { offset += 1 }
      try skipDigits()
    }
    guard offset - start <= Self.longestNumber else {
      throw failure(.badValue, "the number has over \(Self.longestNumber) digits", at: start)
    }
    guard isWhole else {
      let text = String(decoding: bytes[start..<offset], as: UTF8.self)
      guard let value = Double(text), value.isFinite else {
        throw failure(.badValue, "\(quoted(text)) does not fit a 64-bit number", at: start)
      }
      return .double(value)
    }
    let value = Int(truncatingIfNeeded: isNegative ? 0 &- magnitude : magnitude)
    guard !overflows, magnitude == 0 || (value < 0) == isNegative else {
      throw failure(.badValue, "the number does not fit 64 bits", at: start)
    }
    return .int(value)
  }

  package mutating func readString() throws(GraphFileError) -> String {
    skipSpace()
    guard peek == UInt8(ascii: "\"") else { throw unexpected("a string") }
    offset += 1
    let start = offset
    var escaped: [UInt8]?
    while true {
      guard offset < bytes.count else { throw unexpected("the end of a string") }
      let byte = bytes[offset]
      switch byte {
      case UInt8(ascii: "\""):
        defer { offset += 1 }
        if let escaped { return String(decoding: escaped, as: UTF8.self) }
        return texts.text(bytes[start..<offset])
      case UInt8(ascii: "\\"):
        var text = escaped ?? Array(bytes[start..<offset])
        escaped = nil
        try readEscape(into: &text)
        escaped = text
      case 0..<0x20:
        throw failure(
          .notJSON, "a control character (\(byte)) must be written as an escape", at: offset)
      default:
        escaped?.append(byte)
        offset += 1
      }
    }
  }

  /// Passes over one value of any kind.
  package mutating func skipValue() throws(GraphFileError) {
    // Each open bracket, innermost last.
    var brackets: [UInt8] = []
    repeat {
      skipSpace()
      switch peek {
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        guard brackets.count < Self.deepestNesting else {
          throw failure(.notJSON, "nested deeper than \(Self.deepestNesting) levels", at: offset)
        }
        let closing = peek == UInt8(ascii: "{") ? UInt8(ascii: "}") : UInt8(ascii: "]")
        offset += 1
        if try !ends(with: closing, isFirst: true) {
          brackets.append(closing)
          if closing == UInt8(ascii: "}") { _ = try readKey() }
          continue
        }
      case UInt8(ascii: "\""): _ = try readString()
      case UInt8(ascii: "t"), UInt8(ascii: "f"): _ = try readBool()
      case UInt8(ascii: "n"): _ = try readNull()
      default:
        _ = try startOfNumber("a value")
        _ = try readNumber()
      }
      while let closing = brackets.last, try ends(with: closing, isFirst: false) {
        brackets.removeLast()
      }
      if brackets.last == UInt8(ascii: "}") { _ = try readKey() }
    } while !brackets.isEmpty
  }

  /// Makes sure that nothing follows the value.
  package mutating func expectEnd() throws(GraphFileError) {
    skipSpace()
    if offset < bytes.count { throw unexpected("the end of the file") }
  }

  /// Goes from the top of the text as far along `steps` as it leads; returns whether to its end.
  mutating func seek(_ steps: [KeyPathStep]) throws(GraphFileError) -> Bool {
    offset = 0
    skipSpace()
    for step in steps {
      let start = offset
      var isFound = false
      var isFirst = true
      switch step {
      case .key(let wanted):
        guard peek == UInt8(ascii: "{") else { return false }
        offset += 1
        while !isFound, try !ends(with: UInt8(ascii: "}"), isFirst: isFirst) {
          isFirst = false
          isFound = try readKey() == wanted
          if !isFound { try skipValue() }
        }
      case .index(let wanted):
        guard peek == UInt8(ascii: "[") else { return false }
        offset += 1
        var index = 0
        while !isFound, try !ends(with: UInt8(ascii: "]"), isFirst: isFirst) {
          isFirst = false
          isFound = index == wanted
          index += 1
          if !isFound { try skipValue() }
        }
      }
      if !isFound {
        offset = start
        return false
      }
      skipSpace()
    }
    return true
  }

  /// An error about the text at `offset`, with its line and column and the way to it.
  package func failure(
    _ code: GraphFileError.Code, _ message: String, at offset: Int
  ) -> GraphFileError {
    GraphFileError(
      code: code, message: message, keyPath: path.isEmpty ? nil : path.text,
      position: position(at: offset))
  }

  /// The line and column of a byte.
  func position(at offset: Int) -> GraphFileError.Position {
    var line = 1
    var start = 0
    for index in 0..<offset where bytes[index] == UInt8(ascii: "\n") {
      line += 1
      start = index + 1
    }
    let column = bytes[start..<offset].count { $0 & 0xC0 != 0x80 } + 1
    return GraphFileError.Position(line: line, column: column)
  }
}

extension JSONReader {
  /// The next byte; 0 at the end, which begins nothing in JSON.
  private var peek: UInt8 { offset < bytes.count ? bytes[offset] : 0 }

  private var nextDigit: UInt? {
    let digit = peek &- UInt8(ascii: "0")
    return digit < 10 ? UInt(digit) : nil
  }

  private mutating func skipSpace() {
    while offset < bytes.count {
      switch bytes[offset] {
      case UInt8(ascii: " "), UInt8(ascii: "\n"), UInt8(ascii: "\r"), UInt8(ascii: "\t"):
        offset += 1
      default: return
      }
    }
  }

  private mutating func skipDigits() throws(GraphFileError) {
    if nextDigit == nil { throw unexpected("a digit") }
    while nextDigit != nil { offset += 1 }
  }

  /// Where a number begins; throws when something else comes next.
  private mutating func startOfNumber(_ what: String) throws(GraphFileError) -> Int {
    skipSpace()
    if nextDigit == nil, peek != UInt8(ascii: "-") { throw unexpected(what) }
    return offset
  }

  /// Reads a key and its colon.
  private mutating func readKey() throws(GraphFileError) -> String {
    skipSpace()
    guard peek == UInt8(ascii: "\"") else { throw unexpected("a key in double quotes") }
    let key = try readString()
    try expect(UInt8(ascii: ":"), "a colon after the key \(quoted(key))")
    return key
  }

  private mutating func expect(
    _ byte: UInt8, _ what: @autoclosure () -> String
  ) throws(GraphFileError) {
    skipSpace()
    guard peek == byte else { throw unexpected(what()) }
    offset += 1
  }

  /// Whether an array or object ends here; otherwise takes the comma before its next element.
  private mutating func ends(with byte: UInt8, isFirst: Bool) throws(GraphFileError) -> Bool {
    skipSpace()
    if peek == byte {
      offset += 1
      return true
    }
    if !isFirst {
      try expect(UInt8(ascii: ","), "a comma or \(UnicodeScalar(byte))")
      skipSpace()
      if peek == byte { throw unexpected("another element after the comma") }
    }
    return false
  }

  private mutating func readWord(_ word: String) throws(GraphFileError) {
    let end = offset + word.utf8.count
    guard end <= bytes.count, bytes[offset..<end].elementsEqual(word.utf8) else {
      throw unexpected(word)
    }
    offset = end
  }

  /// Reads an escape, of two `\u` where a character needs a surrogate pair.
  private mutating func readEscape(into text: inout [UInt8]) throws(GraphFileError) {
    let start = offset
    offset += 1
    let letter = peek
    offset += letter == 0 ? 0 : 1
    switch letter {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(letter)
    case UInt8(ascii: "b"): text.append(0x08)
    case UInt8(ascii: "f"): text.append(0x0C)
    case UInt8(ascii: "n"): text.append(0x0A)
    case UInt8(ascii: "r"): text.append(0x0D)
    case UInt8(ascii: "t"): text.append(0x09)
    case UInt8(ascii: "u"):
      var code = try readHex()
      if (0xD800..<0xDC00).contains(code), peek == UInt8(ascii: "\\") {
        offset += 1
        guard peek == UInt8(ascii: "u") else { throw unexpected("the other half of a pair") }
        offset += 1
        let low = try readHex()
        guard (0xDC00..<0xE000).contains(low) else {
          throw failure(.notJSON, "half a surrogate pair", at: start)
        }
        code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
      }
      guard let scalar = UnicodeScalar(code) else {
        throw failure(.notJSON, "half a surrogate pair", at: start)
      }
      text.append(contentsOf: UTF8.encode(scalar)!)
    default:
      offset = start
      throw failure(.notJSON, "unknown escape in a string", at: start)
    }
  }

  private mutating func readHex() throws(GraphFileError) -> UInt32 {
    var code: UInt32 = 0
    for _ in 0..<4 {
      switch peek {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): code = code << 4 + UInt32(peek - 0x30)
      case UInt8(ascii: "a")...UInt8(ascii: "f"): code = code << 4 + UInt32(peek - 0x57)
      case UInt8(ascii: "A")...UInt8(ascii: "F"): code = code << 4 + UInt32(peek - 0x37)
      default: throw unexpected("four hexadecimal digits")
      }
      offset += 1
    }
    return code
  }

  /// What to say when something else comes next: a wrong type, or no JSON at all.
  private func unexpected(_ expected: String) -> GraphFileError {
    guard offset < bytes.count else {
      return failure(.notJSON, "the file ends where \(expected) should come", at: offset)
    }
    let found: String? =
      switch bytes[offset] {
      case UInt8(ascii: "{"): "an object"
      case UInt8(ascii: "["): "an array"
      case UInt8(ascii: "\""): "a string"
      case UInt8(ascii: "t"), UInt8(ascii: "f"): "a truth"
      case UInt8(ascii: "n"): "null"
      case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): "a number"
      default: nil
      }
    if let found { return failure(.badValue, "expected \(expected), not \(found)", at: offset) }
    // Whole, since the text was checked; four bytes hold any character.
    let next = String(decoding: bytes[offset..<min(offset + 4, bytes.count)], as: UTF8.self)
    return failure(
      .notJSON, "expected \(expected), not \(quoted(String(next.unicodeScalars.prefix(1))))",
      at: offset)
  }
}

/// Texts seen before, so that a name that a million nodes share is in memory once.
private struct TextCache {
  private var slots = [String](repeating: "", count: 1024)

  mutating func text(_ bytes: ArraySlice<UInt8>) -> String {
    // Swift keeps up to 15 bytes inside the value, and long texts are seldom repeated.
    guard (16...128).contains(bytes.count) else { return String(decoding: bytes, as: UTF8.self) }
    var hash: UInt32 = 2_166_136_261
    for byte in bytes { hash = (hash ^ UInt32(byte)) &* 16_777_619 }
    let slot = Int(hash & 1023)
    if !slots[slot].utf8.elementsEqual(bytes) {
      slots[slot] = String(decoding: bytes, as: UTF8.self)
    }
    return slots[slot]
  }
}
