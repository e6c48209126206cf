// The session that the documentation shows is what the command prints.

import Foundation
import Testing

@Suite("The session in Debugger.md")
struct DebuggerArticleTests {
  private let article = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../Documentation/Debugger.md").standardizedFileURL

  @Test("is what its commands print; AGVIZ_RECORD=1 writes it anew")
  func session() throws {
    let text = try String(contentsOf: article, encoding: .utf8)
    let match = try #require(text.firstMatch(of: /<!-- session (\S+) -->\n```\n((?s).*?)\n```\n/))
    let commands = match.2.split(separator: "\n").filter { $0.hasPrefix("(agviz) ") }
      .map { $0.dropFirst(8) + "\n" }.joined()
    #expect(!commands.isEmpty)

    let folder = FileManager.default.temporaryDirectory
      .appending(path: "agviz-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let recording = folder.appending(path: "run.agviz").path
    let faults = command.deletingLastPathComponent().appending(path: "faults").path
    let recorded = try run(faults, [String(match.1), recording])
    #expect(recorded.status == 0, "\(recorded.error)")

    let result = try agviz("debug", recording, "--batch", "-", input: commands)
    #expect(result.status == 0, "\(result.error)")
    let printed = result.output.trimmingCharacters(in: .newlines)
    #expect(printed == match.2)
    if printed != match.2, ProcessInfo.processInfo.environment["AGVIZ_RECORD"] == "1" {
      var changed = text
      changed.replaceSubrange(match.2.startIndex..<match.2.endIndex, with: printed)
      try Data(changed.utf8).write(to: article)
    }
  }
}
