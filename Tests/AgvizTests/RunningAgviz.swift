// Running the built command from a test.

import Foundation
import Testing

/// How a command ended and what it wrote.
struct CommandResult {
  var status: Int32
  var output: String
  var error: String
}

/// The command, which is built into the folder of the tests' bundle.
let command =
  Bundle.allBundles.map(\.bundleURL).first { $0.pathExtension == "xctest" }
  .map { $0.deletingLastPathComponent().appending(path: "agviz") }
  ?? URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().appending(path: "agviz")

/// Runs the command.
func agviz(_ arguments: String..., input: String = "") throws -> CommandResult {
  try run(command.path, arguments, input: input)
}

/// Runs the command in a folder.
func agviz(_ arguments: [String], in folder: URL) throws -> CommandResult {
  try run(command.path, arguments, in: folder)
}

/// Runs a program to its end.
func run(
  _ program: String, _ arguments: [String], input: String = "", in folder: URL? = nil
) throws -> CommandResult {
  let files = FileManager.default.temporaryDirectory.appending(path: "agviz-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: files, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: files) }
  let streams = ["in", "out", "err"].map { files.appending(path: $0) }
  try Data(input.utf8).write(to: streams[0])
  try Data().write(to: streams[1])
  try Data().write(to: streams[2])

  let process = Process()
  process.executableURL = URL(filePath: program)
  process.arguments = arguments
  process.currentDirectoryURL = folder
  process.standardInput = try FileHandle(forReadingFrom: streams[0])
  process.standardOutput = try FileHandle(forWritingTo: streams[1])
  process.standardError = try FileHandle(forWritingTo: streams[2])
  try process.run()
  process.waitUntilExit()
  return CommandResult(
    status: process.terminationStatus,
    output: String(decoding: try Data(contentsOf: streams[1]), as: UTF8.self),
    error: String(decoding: try Data(contentsOf: streams[2]), as: UTF8.self))
}

/// Expects a failure that is told in one line on standard error, and nothing else.
func expectOneLine(
  _ result: CommandResult, says: String, sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(result.output.isEmpty, sourceLocation: sourceLocation)
  #expect(result.error.hasPrefix("agviz: "), sourceLocation: sourceLocation)
  #expect(result.error.hasSuffix("\n"), sourceLocation: sourceLocation)
  #expect(result.error.count { $0.isNewline } == 1, sourceLocation: sourceLocation)
  #expect(result.error.contains(says), "\(result.error)", sourceLocation: sourceLocation)
}
