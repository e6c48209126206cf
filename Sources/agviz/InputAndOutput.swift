// Where graphs come from and results go: a file, or - for the standard streams.

internal import ArgumentParser
internal import Glibc
internal import GraphModel

/// An argument that names a graph's file.
struct GraphFile: ExpressibleByArgument {
  private let path: String

  init(argument: String) {
    path = argument
  }

  static var defaultCompletionKind: CompletionKind { .file(extensions: ["json"]) }

  /// What messages call it.
  var name: String { path == "-" ? "standard input" : path }

  func read() throws(GraphFileError) -> ComputationGraph {
    path == "-"
      ? try ComputationGraph(fileDescriptor: STDIN_FILENO, name: name)
      : try ComputationGraph(contentsOf: path)
  }
}

/// Writes to a file, complete or not at all, or to standard output.
func emit(_ bytes: [UInt8], to path: String) throws(GraphFileError) {
  if path == "-" {
    try writeAll(bytes, to: STDOUT_FILENO, file: "standard output")
  } else {
    try writeFile(bytes, to: path)
  }
}

/// Writes text and a newline to standard output.
func emit(_ text: String) throws(GraphFileError) {
  try emit(Array(text.utf8) + [UInt8(ascii: "\n")], to: "-")
}
