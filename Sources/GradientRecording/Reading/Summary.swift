// What is read of a recording when it is opened.

internal import Foundation
internal import GraphModel

/// A dtype and shape that rows name by a number.
struct TensorType: Sendable {
  var dtype: String
  var shape: [Int]
}

/// What is read of a recording when it is opened.
struct Summary {
  private(set) var sessions: [Recording.Session] = []
  private(set) var passes: [Recording.Pass] = []
  private(set) var nodeCounts: [Int: Int] = [:]
  private(set) var types: [Int: TensorType] = [:]

  /// Reads it; within `perform`.
  init(_ connection: Connection, isWritten: Bool) throws {
    try readSessions(connection)
    try readPasses(connection, isWritten: isWritten)
    let graphs = try connection.statement("SELECT id, node_count FROM graphs")
    while try graphs.step() { nodeCounts[graphs.int(0)] = graphs.int(1) }
    let types = try connection.statement("SELECT id, dtype, shape FROM tensor_types")
    while try types.step() {
      self.types[types.int(0)] = TensorType(
        dtype: types.text(1), shape: try types.numbers(2, atLeast: 0, connection))
    }
  }

  private mutating func readSessions(_ connection: Connection) throws {
    let rows = try connection.statement(
      """
      SELECT id, producer, version, started_at, process_id, command, policy, first_pass, state,
        ended_ns, failure FROM sessions ORDER BY id
      """)
    while try rows.step() {
      guard let state = Recording.Session.State(rawValue: rows.text(8)),
        let command = try? JSONDecoder().decode(
          [String].self, from: Data(rows.bytes(5, text: true)))
      else { throw connection.damaged("a session has a state or a command that is none", rows) }
      sessions.append(
        Recording.Session(
          id: rows.int(0), producer: rows.text(1), version: rows.text(2),
          startedAt: Int64(rows.int(3)), processID: Int32(truncatingIfNeeded: rows.int(4)),
          command: command, policy: rows.text(6), firstPass: rows.int(7), state: state,
          ended: rows.intIfPresent(9).map(Int64.init), failure: rows.textIfPresent(10)))
    }
  }

  private mutating func readPasses(_ connection: Connection, isWritten: Bool) throws {
    let rows = try connection.statement(
      """
      SELECT id, session, graph, step, micro_batch, phase, detail, started_ns, ended_ns, root,
        outcome, failure, retains_graph, creates_graph, call_count, measurement_count,
        non_finite_count FROM passes ORDER BY id
      """)
    // Few phases: one text for all passes of it.
    var phases: Set<String> = []
    while try rows.step() {
      let outcome: Recording.Pass.Outcome? =
        switch rows.textIfPresent(10) {
        case nil: isWritten ? .running : .unfinished
        case "completed": .completed
        case "failed": .failed(rows.text(11))
        case "unfinished": .unfinished
        default: nil
        }
      guard let outcome, let detail = Recording.Detail(rawValue: rows.text(6)) else {
        throw connection.damaged("a pass has an outcome or a detail that is none", rows)
      }
      passes.append(
        Recording.Pass(
          id: try rows.index(0, connection), session: rows.int(1), graph: rows.int(2),
          step: rows.int(3),
          microBatch: rows.int(4), phase: phases.insert(rows.text(5)).memberAfterInsert,
          detail: detail, started: Int64(rows.int(7)), ended: rows.intIfPresent(8).map(Int64.init),
          root: rows.doubleIfPresent(9), outcome: outcome,
          callCount: try rows.index(14, connection),
          measurementCount: try rows.index(15, connection),
          nonFiniteCount: try rows.index(16, connection), retainsGraph: rows.int(12) != 0,
          createsGraph: rows.int(13) != 0))
    }
  }

  /// What there is to say of a recording that nobody writes and nobody ended.
  func notices(isWritten: Bool) -> [String] {
    guard !isWritten, sessions.contains(where: { $0.state == .recording }) else { return [] }
    let count = passes.count { $0.outcome == .unfinished }
    return [
      "was not closed, and there is no journal beside it: what was taken in until then is shown"
        + (count == 0 ? "" : "; unfinished passes: \(count)")
    ]
  }
}

extension Connection {
  /// Ends reading rows because of what one holds.
  func damaged(_ message: String, _ rows: Statement) -> RecordingError {
    rows.reset()
    return RecordingError(
      code: .damaged, message: "the recording is damaged: \(message)", file: name)
  }
}

extension Statement {
  /// The numbers that can be positions or counts.
  static let indices = 0...0xFFFF_FFFF_FFFF

  /// A number that can be a position or a count.
  func index(_ column: Int32, _ connection: Connection) throws -> Int {
    let number = int(column)
    guard Self.indices ~= number else {
      throw connection.damaged("a count or position is \(number)", self)
    }
    return number
  }

  /// A JSON array of numbers, such as a shape.
  func numbers(_ column: Int32, atLeast least: Int, _ connection: Connection) throws -> [Int] {
    let text = bytes(column, text: true)
    guard text.count >= 2, text.count <= 4096, text.first == UInt8(ascii: "["),
      text.last == UInt8(ascii: "]")
    else { throw connection.damaged("a shape is none", self) }
    if text.count == 2 { return [] }
    let parts = text[1..<text.count - 1].split(
      separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
    return try parts.map {
      guard let number = Int(String(decoding: $0, as: UTF8.self)), number >= least,
        number <= 1 << 48
      else { throw connection.damaged("a shape is none", self) }
      return number
    }
  }
}
