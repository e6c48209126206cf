// The data in the repository, and the command that the tests start as a worker.

import ConformanceKit
import Foundation

/// The folder of reference programs beside these tests.
let dataFolder = URL(fileURLWithPath: #filePath)
  .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Data").path

/// The families whose programs are in the repository.
let families = try! FileManager.default.contentsOfDirectory(atPath: dataFolder)
  .filter { $0.hasSuffix(".jsonl") }.map { String($0.dropLast(6)) }.sorted()

/// The path of the `conformance` command, built beside the running tests.
func commandPath() throws -> String {
  try URL(fileURLWithPath: ConformanceRunner.thisExecutable())
    .deletingLastPathComponent().appendingPathComponent("conformance").path
}

/// The line of a program of a family, as the data file has it.
func line(of name: String, in family: String) throws -> String {
  let text = try String(contentsOfFile: "\(dataFolder)/\(family).jsonl", encoding: .utf8)
  let mark = "{\"name\":\"\(name)\","
  guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix(mark) }) else {
    throw CocoaError(.fileReadCorruptFile)
  }
  return String(line)
}

/// Calls `body` with a folder that holds one data file, `family.jsonl`, of the given lines.
func withDataFile<Result>(_ lines: [String], _ body: (_ folder: String) throws -> Result) throws
  -> Result
{
  let folder = FileManager.default.temporaryDirectory
    .appendingPathComponent("conformance-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  let text = lines.map { $0 + "\n" }.joined()
  try Data(text.utf8).write(to: folder.appendingPathComponent("family.jsonl"))
  return try body(folder.path)
}

/// What becomes of programs, given as lines of a data file.
func results(of lines: [String]) throws -> [ProgramResult] {
  try withDataFile(lines) { folder in
    try ConformanceRunner(executable: commandPath()).run(file: "\(folder)/family.jsonl")
  }
}
