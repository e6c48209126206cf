// Graphs as snapshots in users' own tests.

internal import Glibc
public import GraphModel
internal import Testing

/// Expects a graph to be the one in a file; records an issue that tells the differences otherwise.
///
/// ```swift
/// @Test func theLossKeepsItsGraph() {
///   expectGraph(loss.graph(parameters: ["w": w, "b": b]), matches: "loss.json")
/// }
/// ```
///
/// When there is no file yet, or it is told to record and the graph differs, it writes the graph
/// and records an issue that says so: look at the file, commit it, and run the test again.
///
/// - Parameters:
///   - graph: The graph that the test made.
///   - file: The expected graph; a relative name is looked for beside the test's source file.
///   - record: Whether to write the graph instead of comparing; nil asks the environment variable
///     `AGVIZ_RECORD`, which says yes when it is `1`.
///   - fileID: The caller's file, where issues are recorded.
///   - filePath: The caller's file, beside which the expected graph lies.
///   - line: The caller's line.
///   - column: The caller's column.
public func expectGraph(
  _ graph: ComputationGraph, matches file: String, record: Bool? = nil,
  fileID: String = #fileID, filePath: String = #filePath, line: Int = #line, column: Int = #column
) {
  func issue(_ message: String) {
    Issue.record(
      Comment(rawValue: message),
      sourceLocation: SourceLocation(
        fileID: fileID, filePath: filePath, line: line, column: column))
  }
  let path = resolve(file, beside: filePath)
  let isRecording = record ?? (getenv("AGVIZ_RECORD").map { String(cString: $0) } == "1")

  let expected: ComputationGraph
  do {
    expected = try ComputationGraph(contentsOf: path)
  } catch  where error.code == .notFound || isRecording {
    issue(recorded(graph, at: path, because: "there was no graph to compare with"))
    return
  } catch {
    issue("\(error)")
    return
  }
  let diff = GraphDiff(from: expected, to: graph)
  if diff.isEmpty { return }
  if isRecording {
    issue(recorded(graph, at: path, because: "the graph changed:\n\(shortened(diff))"))
  } else {
    issue(
      """
      the graph is not the one in \(path); set AGVIZ_RECORD=1 to record it:
      \(shortened(diff))
      """)
  }
}

/// Writes the graph, in folders made for it where there are none, and says so, or why not.
private func recorded(_ graph: ComputationGraph, at path: String, because reason: String) -> String
{
  // What cannot be made here is told by the writing.
  for (index, byte) in zip(path.utf8.indices, path.utf8) where byte == UInt8(ascii: "/") {
    mkdir(String(path[..<index]), 0o777)
  }
  do {
    try graph.write(to: path)
    return "recorded \(path), run the test again; \(reason)"
  } catch {
    return "the graph could not be recorded: \(error)"
  }
}

private func resolve(_ file: String, beside source: String) -> String {
  guard !file.hasPrefix("/"), let slash = source.lastIndex(of: "/") else { return file }
  return source[...slash] + file
}

/// As many changes as a person reads.
private func shortened(_ diff: GraphDiff) -> String {
  let limit = 50
  var lines = diff.changes.prefix(limit).map(\.description)
  if diff.changes.count > limit { lines.append("and \(diff.changes.count - limit) more changes") }
  return lines.joined(separator: "\n")
}
