// expectGraph in users' tests: what it records, and what it says.

import AgvizTesting
import Foundation
import GraphModel
import Testing

@Suite("expectGraph")
final class ExpectGraphTests {
  let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "agviz-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  deinit {
    try? FileManager.default.removeItem(at: folder)
  }

  private var path: String { folder.appending(path: "loss.json").path }

  /// Expects one issue, whose text has all of `parts`; any other fails the test as it is.
  private func expectIssue(
    _ parts: [String], _ body: () -> Void, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    withKnownIssue(sourceLocation: sourceLocation) {
      body()
    } matching: { issue in
      let text = issue.comments.map(\.rawValue).joined()
      return parts.allSatisfy { text.contains($0) }
    }
  }

  @Test("passes when the graph is the one in the file")
  func same() throws {
    try ComputationGraph.small().write(to: path)
    expectGraph(.small(), matches: path, record: false)
  }

  @Test("records a graph the first time and says so, then passes")
  func first() throws {
    expectIssue(["recorded \(path), run the test again"]) {
      expectGraph(.small(), matches: path, record: false)
    }
    #expect(try ComputationGraph(contentsOf: path) == .small())
    expectGraph(.small(), matches: path, record: false)
  }

  @Test("tells what differs and leaves the file alone")
  func different() throws {
    try ComputationGraph.small().write(to: path)
    expectIssue(["AGVIZ_RECORD=1", "~ node 1 MulBackward0: is now DivBackward0"]) {
      expectGraph(.small(operation: "DivBackward0"), matches: path, record: false)
    }
    #expect(try ComputationGraph(contentsOf: path) == .small())
  }

  @Test("records a changed graph when it is told to, and says so")
  func record() throws {
    try ComputationGraph.small().write(to: path)
    let other = ComputationGraph.small(operation: "DivBackward0")
    expectIssue(["recorded", "is now DivBackward0"]) {
      expectGraph(other, matches: path, record: true)
    }
    #expect(try ComputationGraph(contentsOf: path) == other)
    expectGraph(other, matches: path, record: true)
  }

  @Test("replaces a broken file only when it is told to")
  func broken() throws {
    try "{".write(toFile: path, atomically: false, encoding: .utf8)
    expectIssue(["loss.json:1:2"]) { expectGraph(.small(), matches: path, record: false) }
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "{")
    expectIssue(["recorded"]) { expectGraph(.small(), matches: path, record: true) }
    #expect(try ComputationGraph(contentsOf: path) == .small())
  }

  @Test("says when it cannot record")
  func notWritable() {
    expectIssue(["could not be recorded: /proc/none/loss.json: No such file"]) {
      expectGraph(.small(), matches: "/proc/none/loss.json", record: false)
    }
  }

  @Test("makes the folders that a new graph's name asks for")
  func folders() throws {
    let path = folder.appending(path: "Graphs/of losses/loss.json").path
    expectIssue(["recorded"]) { expectGraph(.small(), matches: path, record: false) }
    expectGraph(.small(), matches: path, record: false)
  }

  @Test("looks for a relative name beside the caller's file")
  func relative() throws {
    try ComputationGraph.small().write(to: path)
    expectGraph(
      .small(), matches: "loss.json", record: false,
      filePath: folder.appending(path: "Tests.swift").path)
  }
}
