// The views for people.

import GradientJournal
import GraphModel
import Testing

@testable import GradientRecording

@Suite struct ViewTests {
  /// The rows that SQL gives, as text.
  private func rows(_ sql: String, _ path: String, columns: Int32) throws -> [[String]] {
    try Connection(path, mode: .read, name: path).perform { connection in
      let statement = try connection.statement(sql)
      var rows: [[String]] = []
      while try statement.step() {
        rows.append((0..<columns).map { statement.textIfPresent($0) ?? "NULL" })
      }
      return rows
    }
  }

  @Test("The views say what the reader says")
  func views() throws {
    let folder = try TestFolder()
    let path = folder("run.agviz")
    let writer = try RecordingWriter(path)
    try writer.write(RandomProgram(seed: 2, passes: 20).events)
    try writer.close()
    let recording = try Recording(contentsOf: path)
    var wanted: [[String]] = []
    try recording.forEachMeasurement(in: 0..<Int.max, roles: [.gradInput, .gradOutput]) {
      guard $0.statistics.nanCount > 0 else { return }
      let pass = try recording.pass($0.pass)
      let node = try recording.graph(pass.graph).nodes[
        recording.call($0.order, of: pass.id).node]
      wanted.append([
        "\(pass.id)", "\(pass.step)", "\($0.order)", node.name, node.scope ?? "NULL",
        node.source.map { "\($0.file):\($0.line)" } ?? "NULL",
        $0.role == .gradOutput ? "in" : "out", "\($0.slot)", "\($0.statistics.nanCount)",
        node.leaf == nil ? "NULL" : "weight",
      ])
    }
    #expect(!wanted.isEmpty)
    let found = try rows(
      """
      SELECT pass, step, call, name, scope, source, direction, slot, nan_count, leaf
      FROM gradients WHERE nan_count > 0
      """, path, columns: 10)
    #expect(found == wanted)

    let steps = try rows("SELECT sum(passes), sum(calls) FROM steps", path, columns: 2)
    #expect(
      steps == [
        ["\(recording.passes.count)", "\(recording.passes.reduce(0) { $0 + $1.callCount })"]
      ])
    var shares = 0
    try recording.forEachContribution(in: 0..<Int.max) { _ in shares += 1 }
    #expect(
      try rows("SELECT count(*) FROM fan_ins WHERE name NOT NULL", path, columns: 1)
        == [["\(shares)"]])
    var leaves = 0
    try recording.forEachMeasurement(in: 0..<Int.max, roles: [.gradAfter]) { _ in leaves += 1 }
    #expect(try rows("SELECT count(*) FROM leaves", path, columns: 1) == [["\(leaves)"]])
  }

  @Test("What is not finite is found without reading the rest")
  func plan() throws {
    let folder = try TestFolder()
    let path = folder("run.agviz")
    _ = try RecordingWriter(path)
    let plan = try rows(
      "EXPLAIN QUERY PLAN SELECT * FROM gradients WHERE nan_count > 0", path, columns: 4)
    #expect(plan.first?[3] == "SCAN m USING INDEX measurements_not_finite")
    #expect(!plan.dropFirst().contains { $0[3].hasPrefix("SCAN") })
  }
}
