// The history of the prompt, at a terminal of the test's own.

import Foundation
import Glibc
import Testing

@Suite("The prompt's history")
final class PromptHistoryTests {
  let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "agviz-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try SmallRecording.write(SmallRecording.events(), to: folder.appending(path: "r").path)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  private var file: String { folder.appending(path: "state/agviz/history").path }

  /// Types at the prompt once it is there, and gives what the terminal showed.
  private func type(_ keys: String, options: [String] = []) throws -> String {
    var (master, slave): (Int32, Int32) = (-1, -1)
    try #require(openpty(&master, &slave, nil, nil, nil) == 0)
    defer { close(master) }
    let process = Process()
    process.executableURL = command
    process.arguments = ["debug", folder.appending(path: "r").path] + options
    process.environment = [
      "XDG_STATE_HOME": folder.appending(path: "state").path, "TERM": "vt100", "PATH": "/bin",
    ]
    let terminal = FileHandle(fileDescriptor: slave)
    process.standardInput = terminal
    process.standardOutput = terminal
    process.standardError = terminal
    try process.run()
    close(slave)
    var shown: [UInt8] = []
    var isTyped = false
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = read(master, &buffer, buffer.count)
      // The terminal ends with the last who has it.
      guard count > 0 else { break }
      shown += buffer[..<count]
      if !isTyped, String(decoding: shown, as: UTF8.self).contains("(agviz) ") {
        isTyped = true
        write(master, keys, keys.utf8.count)
      }
    }
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    return String(decoding: shown, as: UTF8.self)
  }

  @Test("is there in the next session, for its owner alone")
  func kept() throws {
    _ = try type("info passes\nquit\n")
    var status = stat()
    try #require(stat(file, &status) == 0)
    #expect(status.st_mode & 0o777 == 0o600)
    // Twice back from the new line.
    _ = try type("\u{10}\u{10}\nquit\n")
    let lines = try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n")
    #expect(lines.count { $0.hasPrefix("info") } == 2, "\(lines)")
    #expect(lines.count { $0 == "quit" } == 2, "\(lines)")
  }

  @Test("keeps 1,000 lines")
  func bounded() throws {
    try FileManager.default.createDirectory(
      atPath: folder.appending(path: "state/agviz").path, withIntermediateDirectories: true)
    let before = (0..<1500).map { "where\\040\($0)\n" }.joined()
    try "_HiStOrY_V2_\n\(before)".write(toFile: file, atomically: false, encoding: .utf8)
    _ = try type("quit\n")
    let lines = try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n")
    #expect((1000...1001).contains(lines.count))
    #expect(lines.last == "quit")
    #expect(lines.contains("where\\0401499") && !lines.contains("where\\040400"))
  }

  @Test(
    "goes without a file where there is another, or none can be", arguments: ["text", "folder"])
  func foreign(_ what: String) throws {
    let place = URL(filePath: file)
    try FileManager.default.createDirectory(
      at: what == "text" ? place.deletingLastPathComponent() : place,
      withIntermediateDirectories: true)
    if what == "text" { try "mine\n".write(to: place, atomically: false, encoding: .utf8) }
    let output = try type("info passes\nquit\n")
    #expect(!output.isEmpty)
    if what == "text" {
      let text = try String(contentsOf: place, encoding: .utf8)
      #expect(text == "mine\n")
    }
    let folder = place.deletingLastPathComponent().path
    let files = try FileManager.default.contentsOfDirectory(atPath: folder)
    #expect(files == ["history"])
  }

  @Test("knows nothing of the commands of a file")
  func batch() throws {
    let commands = folder.appending(path: "commands")
    try "info passes\n".write(to: commands, atomically: false, encoding: .utf8)
    _ = try type("", options: ["--batch", commands.path])
    #expect(!FileManager.default.fileExists(atPath: file))
  }
}
