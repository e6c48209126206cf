// JSON as a tree: what the fields of a node are written as, and checked against.

internal import GraphModel

/// A JSON value that knows whole numbers from others.
package indirect enum ArchivedJSON: Sendable, Hashable {
  case null
  case bool(Bool)
  case int(Int)
  case double(Double)
  case string(String)
  case array([ArchivedJSON])
  case object([Member])

  package struct Member: Sendable, Hashable {
    package var name: String
    package var value: ArchivedJSON

    package init(_ name: String, _ value: ArchivedJSON) {
      self.name = name
      self.value = value
    }
  }

  /// How deep arrays and objects may nest.
  private static let deepestNesting = 32

  static func ints(_ values: some Sequence<Int>) -> ArchivedJSON { .array(values.map { .int($0) }) }

  // MARK: Text

  /// The value as text in one line.
  package var text: String {
    var writer = JSONWriter()
    write(to: &writer)
    return String(decoding: writer.bytes, as: UTF8.self)
  }

  private func write(to writer: inout JSONWriter) {
    switch self {
    case .null: writer.null()
    case .bool(let value): writer.value(value)
    case .int(let value): writer.value(value)
    case .double(let value): writer.value(value)
    case .string(let value): writer.value(value)
    case .array(let elements):
      writer.beginArray()
      for element in elements { element.write(to: &writer) }
      writer.endArray()
    case .object(let members):
      writer.beginObject()
      for member in members {
        writer.key(member.name)
        member.value.write(to: &writer)
      }
      writer.endObject()
    }
  }

  /// Reads text that holds one value and nothing else.
  package init(text: String) throws(NodeArchiveError) {
    do throws(GraphFileError) {
      var reader = try JSONReader(Array(text.utf8))
      self = try Self.read(&reader, depth: 0)
      try reader.expectEnd()
    } catch {
      throw NodeArchiveError(.notJSON, error.description)
    }
  }

  private static func read(
    _ reader: inout JSONReader, depth: Int
  ) throws(GraphFileError) -> ArchivedJSON {
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
      var elements: [ArchivedJSON] = []
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

  // MARK: What is expected

  /// The values of an object that has these names and no others, in their order.
  func members(_ names: [String]) throws(NodeArchiveError) -> [ArchivedJSON] {
    guard case .object(let members) = self else { throw unexpected("an object") }
    var values: [String: ArchivedJSON] = [:]
    for member in members {
      guard values.updateValue(member.value, forKey: member.name) == nil else {
        throw NodeArchiveError(.badField, "\(quoted(member.name)) is given twice")
      }
    }
    var found: [ArchivedJSON] = []
    for name in names {
      guard let value = values.removeValue(forKey: name) else {
        throw NodeArchiveError(.badField, "\(quoted(name)) is missing")
      }
      found.append(value)
    }
    if let name = values.keys.min() {
      throw NodeArchiveError(.badField, "there is no field \(quoted(name))")
    }
    return found
  }

  /// The elements of an array.
  var elements: [ArchivedJSON] {
    get throws(NodeArchiveError) {
      guard case .array(let elements) = self else { throw unexpected("an array") }
      return elements
    }
  }

  func unexpected(_ wanted: String) -> NodeArchiveError {
    NodeArchiveError(.badField, "expected \(wanted), not \(printable(text, limit: 60))")
  }
}
