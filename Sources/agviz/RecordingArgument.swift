// An argument that names a recording.

internal import ArgumentParser
internal import GradientRecording
internal import Glibc
internal import GraphModel

/// An argument that names a recording's file.
struct RecordingArgument: ExpressibleByArgument {
  let path: String

  init(argument: String) {
    path = argument
  }

  static var defaultCompletionKind: CompletionKind { .file(extensions: ["agviz"]) }

  /// Opens the recording; what there is to know about that is said on standard error.
  func open(quietly: Bool = false) throws -> Recording {
    let recording = try Progress.show("opening \(path)") { _ in try Recording(contentsOf: path) }
    if !quietly {
      for notice in recording.notices { say("\(path): \(notice)") }
    }
    return recording
  }
}

/// Says something in a line on standard error.
func say(_ line: String) {
  // There is nowhere left to say that this failed.
  try? writeAll(
    Array("agviz: \(printable(line, limit: 4096))\n".utf8), to: STDERR_FILENO,
    file: "standard error")
}
