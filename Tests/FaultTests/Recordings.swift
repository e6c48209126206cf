// The recordings of the corpus, made once by its program; and running programs.

import FaultPrograms
import Foundation
import Synchronization
import Testing

/// The recordings of the corpus.
enum Recordings {
  /// By what the program was asked for.
  private static let folders = Mutex<[[String]: Result<URL, any Error>]>([:])

  static func path(of name: String, forward: Bool = false, every: Int = 1) throws -> String {
    let options = (forward ? ["--forward"] : []) + (every > 1 ? ["--every", "\(every)"] : [])
    return try folders.withLock { known in
      if known.isEmpty { atexit { Recordings.remove() } }
      if known[options] == nil { known[options] = Result { try record(options) } }
      return try known[options]!.get().appending(path: "\(name).agviz").path
    }
  }

  /// Runs the program, which has random numbers of its own.
  private static func record(_ options: [String]) throws -> URL {
    let folder = FileManager.default.temporaryDirectory.appending(
      path: "agviz-faults-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let result = try run("faults", ["--all", folder.path] + options)
    try #require(result.status == 0, "\(result.error)")
    return folder
  }

  private static func remove() {
    for folder in folders.withLock({ Array($0.values) }) {
      if let made = try? folder.get() { try? FileManager.default.removeItem(at: made) }
    }
  }
}

/// What a program printed and how it ended.
struct CommandResult: Sendable {
  var status: Int32
  var output: String
  var error: String
}

func agviz(_ arguments: String...) throws -> CommandResult { try run("agviz", arguments) }

/// Runs one of the package's programs to its end; what it prints goes through files.
func run(_ program: String, _ arguments: [String]) throws -> CommandResult {
  let files = FileManager.default.temporaryDirectory.appending(path: "agviz-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: files, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: files) }
  let streams = ["out", "err"].map { files.appending(path: $0) }
  for stream in streams { try Data().write(to: stream) }
  let process = Process()
  process.executableURL = programs.appending(path: program)
  process.arguments = arguments
  process.standardOutput = try FileHandle(forWritingTo: streams[0])
  process.standardError = try FileHandle(forWritingTo: streams[1])
  try process.run()
  process.waitUntilExit()
  return CommandResult(
    status: process.terminationStatus,
    output: String(decoding: try Data(contentsOf: streams[0]), as: UTF8.self),
    error: String(decoding: try Data(contentsOf: streams[1]), as: UTF8.self))
}

/// The folder of the built programs, which is that of the tests' bundle.
private let programs =
  Bundle.allBundles.map(\.bundleURL).first { $0.pathExtension == "xctest" }?
  .deletingLastPathComponent()
  ?? URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
