// The arguments' types: where graphs come from and results go, and choices from a library's list.

internal import ArgumentParser
internal import Glibc
internal import GradientRecording
internal import GraphModel

/// An argument that names a graph's file.
struct GraphFile: ExpressibleByArgument {
  private let path: String

  init(argument: String) {
    path = argument
  }

  static var defaultCompletionKind: CompletionKind { .file(extensions: ["json", "agviz"]) }

  /// What messages call it.
  var name: String { path == "-" ? "standard input" : path }

  /// The recording, where the file's first bytes say that it is one.
  func recording() throws -> Recording? {
    guard path != "-", Recording.isRecording(path) else { return nil }
    return try RecordingArgument(argument: path).open()
  }

  func read() throws(GraphFileError) -> ComputationGraph {
    path == "-"
      ? try ComputationGraph(fileDescriptor: STDIN_FILENO, name: name)
      : try ComputationGraph(contentsOf: path)
  }
}

/// An argument that is one of the values that a library's type lists.
struct Choice<Value>: ExpressibleByArgument
where Value: CaseIterable & RawRepresentable<String> & Sendable {
  let value: Value

  init(_ value: Value) {
    self.value = value
  }

  init?(argument: String) {
    guard let value = Value(rawValue: argument) else { return nil }
    self.value = value
  }

  var defaultValueDescription: String { value.rawValue }
  static var allValueStrings: [String] { Value.allCases.map(\.rawValue) }
}

/// Writes to a file, complete or not at all, or to standard output.
func emit(_ bytes: [UInt8], to path: String) throws(GraphFileError) {
  if path == "-" {
    try writeAll(bytes, to: STDOUT_FILENO, file: "standard output")
  } else {
    try writeFile(bytes, to: path)
  }
}

/// Writes to a file, complete or not at all, or to standard output, what `body` hands on in pieces.
func emitInPieces(to path: String, _ body: (([UInt8]) throws -> Void) throws -> Void) throws {
  guard path != "-" else { return try body { try emit($0, to: path) } }
  var file = try OutputFile(path)
  do {
    try body { try file.write($0) }
  } catch {
    file.discard()
    throw error
  }
  try file.finish()
}

/// Writes text and a newline to standard output.
func emit(_ text: String) throws(GraphFileError) {
  try emit(Array(text.utf8) + [UInt8(ascii: "\n")], to: "-")
}
