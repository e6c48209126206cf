// What the prompt answers: lines for people, one object for programs.

internal import GraphModel

/// What a command of the prompt answers.
struct DebugAnswer: Sendable {
  /// For people, of 80 columns where names allow it.
  var lines: [String]
  /// For programs: the object that is printed in one line.
  var json: [JSONValue.Member]
  /// Whether the session is over.
  var ends = false

  init(_ lines: [String], _ json: [JSONValue.Member]) {
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
