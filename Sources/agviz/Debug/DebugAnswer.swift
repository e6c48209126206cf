// What the prompt answers: lines for people, one object for programs.

internal import GraphModel

/// What a command of the prompt answers.
struct DebugAnswer: Sendable {
  /// For people, of 80 columns where names allow it.
  var lines: [String]
  /// For programs: the object that is printed in one line.
  var json: [(String, JSONValue)]
  /// Whether the session is over.
  var ends = false

  init(_ lines: [String], _ json: [(String, JSONValue)]) {
    self.lines = lines
    self.json = json
  }

  /// The text for a terminal.
  var text: String { lines.joined(separator: "\n") }

  /// The object in one line.
  var jsonLine: String { JSONValue.object(json).text }
}

/// Why the prompt did not do what it was asked to, in one line.
struct DebugError: Error, Equatable, CustomStringConvertible {
  var description: String

  init(_ description: String) {
    self.description = description
  }
}

/// A value of JSON.
indirect enum JSONValue: Sendable {
  case null
  case bool(Bool)
  case int(Int)
  case double(Double)
  case string(String)
  case array([JSONValue])
  case object([(String, JSONValue)])
  /// What is JSON already, of one line or several.
  case text(String)

  static func string(ifPresent text: String?) -> JSONValue { text.map { .string($0) } ?? .null }
  static func ints(_ numbers: some Sequence<Int>) -> JSONValue { .array(numbers.map { .int($0) }) }

  /// The value in one line.
  var text: String {
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
    case .text(let text):
      // A line break within a text is written as an escape: those that are there are between values.
      writer.value(
        json: text.split(whereSeparator: \.isNewline).map(\.trimmed).joined(separator: " "))
    case .array(let values):
      writer.beginArray()
      for value in values { value.write(to: &writer) }
      writer.endArray()
    case .object(let fields):
      writer.beginObject()
      for (key, value) in fields {
        writer.key(key)
        value.write(to: &writer)
      }
      writer.endObject()
    }
  }
}
