// The command as its users see it: lines, the last line, exit codes.

import Foundation
import Testing

/// What the command prints, and how it ends.
private func runCommand(_ arguments: [String]) throws -> (
  lines: [String], errors: String, status: Int32
) {
  let process = Process()
  let output = Pipe()
  let errors = Pipe()
  process.executableURL = URL(fileURLWithPath: try commandPath())
  process.arguments = arguments
  process.standardOutput = output
  process.standardError = errors
  try process.run()
  let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
  let errorText = String(
    decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
  process.waitUntilExit()
  return (text.split(separator: "\n").map(String.init), errorText, process.terminationStatus)
}

@Test func theLastLineCounts() throws {
  let run = try runCommand([
    dataFolder, "--family", "engine", "--name", "diamond", "--name", "deep_chain",
  ])
  #expect(run.lines == ["2 passed, 0 failed"])
  #expect(run.status == 0)
}

@Test func aFailureIsALineAndTheExitCode() throws {
  let wrong = try line(of: "diamond", in: "engine")
    .replacing("\"grad_fn\":\"SinBackward0\"", with: "\"grad_fn\":\"CosBackward0\"")
  let run = try withDataFile([wrong]) { folder in try runCommand([folder]) }
  #expect(
    run.lines == [
      "failed family/diamond: b: grad_fn SinBackward0, expected CosBackward0",
      "0 passed, 1 failed",
    ])
  #expect(run.status == 1)
}

@Test func verboseShowsRefusalsBesidePyTorchs() throws {
  let run = try runCommand(
    [dataFolder, "--family", "engine", "--name", "broadcast_shapes_refused", "--verbose"])
  #expect(run.lines.first?.hasPrefix("passed engine/broadcast_shapes_refused: refused: ") == true)
  #expect(run.lines.last == "1 passed, 0 failed")
}

@Test(arguments: [["/nowhere"], [dataFolder, "--family", "nothing"]])
func unreadableDataIsAnError(arguments: [String]) throws {
  let run = try runCommand(arguments)
  #expect(run.status == 2)
  #expect(run.lines.isEmpty)
  #expect(run.errors.hasPrefix("conformance: \(arguments[0])"))
}
