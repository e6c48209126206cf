// Runs the program that trains and records.

import Foundation

/// A running `recorder-program`, whose output is a file.
final class RecorderProgram {
  private let process = Process()
  private let output: URL
  private let errors = Pipe()

  init(_ folder: URL, _ arguments: String...) throws {
    output = folder.appending(path: "acknowledged")
    _ = FileManager.default.createFile(atPath: output.path, contents: nil)
    process.executableURL = Bundle.main.executableURL!.deletingLastPathComponent()
      .appending(path: "recorder-program")
    process.arguments = arguments
    process.standardOutput = try FileHandle(forWritingTo: output)
    process.standardError = errors
    try process.run()
  }

  func kill() {
    Foundation.kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
  }

  /// Waits for the end; the exit status and what was said on standard error.
  func wait() throws -> (status: Int32, message: String) {
    let message = try errors.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: message, as: UTF8.self))
  }

  /// How many passes the program has said to be over.
  var acknowledged: Int { ((try? Data(contentsOf: output))?.count ?? 0) / 8 }
}

/// A folder that goes when the test is over.
final class Folder {
  let url = FileManager.default.temporaryDirectory.appending(
    path: "recorder-test-\(UUID().uuidString)")

  init() throws {
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  func path(_ name: String) -> String { url.appending(path: name).path }
}
