// JSON as a tree: for what is small, and put together or looked at in pieces.

/// A JSON value that knows whole numbers from others, and the order of an object's members.
package indirect enum JSONValue: Sendable, Hashable {
  case null
  case bool(Bool)
  case int(Int)
  case double(Double)
  case string(String)
  case array([JSONValue])
  case object([Member])

  package struct Member: Sendable, Hashable {
    package var name: String
    package var value: JSONValue

    package init(_ name: String, _ value: JSONValue) {
      self.name = name
      self.value = value
    }
  }

  package static func ints(_ values: some Sequence<Int>) -> JSONValue {
    .array(values.map { .int($0) })
  }

  package static func string(ifPresent text: String?) -> JSONValue {
    text.map { .string($0) } ?? .null
  }

  /// The value as text in one line.
  package var text: String {
    var writer = JSONWriter()
    writer.value(self)
    return String(decoding: writer.bytes, as: UTF8.self)
  }
}

extension JSONWriter {
  package mutating func value(_ value: JSONValue) {
    switch value {
    case .null: null()
    case .bool(let value): self.value(value)
    case .int(let value): self.value(value)
    case .double(let value): self.value(value)
    case .string(let value): self.value(value)
    case .array(let elements):
      beginArray()
      for element in elements { self.value(element) }
      endArray()
    case .object(let members):
      beginObject()
      for member in members {
        key(member.name)
        self.value(member.value)
      }
      endObject()
    }
  }
}

// MARK: Reading

extension JSONValue {
  /// How deep arrays and objects may nest.
  private static let deepestNesting = 32

  /// Reads text in UTF-8 that holds one value and nothing else.
  package init(json: some Collection<UInt8>) throws(GraphFileError) {
    var reader = try JSONReader(Array(json))
    self = try Self.read(&reader, depth: 0)
    try reader.expectEnd()
  }

  private static func read(
    _ reader: inout JSONReader, depth: Int
  ) throws(GraphFileError) -> JSONValue {
    let start = reader.start
    guard depth < deepestNesting else {
      throw reader.failure(.badValue, "nested deeper than \(deepestNesting) levels", at: start)
    }
    if try reader.readNull() { return .null }
    if reader.nextBegins(with: UInt8(ascii: "t")) || reader.nextBegins(with: UInt8(ascii: "f")) {
      return .bool(try reader.readBool())
    }
    if reader.nextBegins(with: UInt8(ascii: "\"")) { return .string(try reader.readString()) }
    if reader.nextBegins(with: UInt8(ascii: "[")) {
      var elements: [JSONValue] = []
      try reader.readArray { (reader) throws(GraphFileError) in
        elements.append(try read(&reader, depth: depth + 1))
      }
      return .array(elements)
    }
    if reader.nextBegins(with: UInt8(ascii: "{")) {
      var members: [Member] = []
      try reader.readObject { (reader, key) throws(GraphFileError) in
        members.append(Member(key, try read(&reader, depth: depth + 1)))
        return true
      }
      return .object(members)
    }
    return switch try reader.readNumber() {
    case .int(let value): .int(value)
    case .double(let value): .double(value)
    }
  }
}
