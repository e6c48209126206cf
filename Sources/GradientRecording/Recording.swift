// A recording, opened for reading.

public import GraphModel
internal import Synchronization

/// A recording of backward passes, opened for reading.
///
/// `sessions` and `passes` are those that were there when it was opened; what belongs to a pass is
/// read when it is asked for. Several threads may ask. A recording that is being written can be read;
/// one whose program was killed is recovered first, and `notices` says so.
///
/// Files are not trusted: what is read is checked, so that orders, slots and counts are not negative
/// and a call's node is one of its pass's graph.
public final class Recording: Sendable {
  /// The file, as it was named by the caller.
  public let path: String
  /// What there is to know about how the recording was opened, in words: that it was recovered or
  /// migrated, or that it is still being written.
  public let notices: [String]
  /// The programs that recorded, in order.
  public let sessions: [Session]
  /// The backward passes, in order.
  public let passes: [Pass]

  let connection: Connection
  /// How many nodes each graph has.
  let nodeCounts: [Int: Int]
  let types: Mutex<[Int: TensorType]>
  private let graphs = Mutex<[Int: ComputationGraph]>([:])
  /// Where a copy lies that is read instead of the file.
  private let copy: TemporaryFolder?

  /// Opens a recording.
  ///
  /// A recording whose program was killed is recovered: what lies in the journal beside it is taken
  /// in, passes without an end are `unfinished`. Where the file cannot be written, that happens in a
  /// copy. Throws where the file is no recording, is damaged, or is of a newer schema.
  public convenience init(contentsOf path: String) throws(RecordingError) {
    try self.init(contentsOf: path, migrations: .all)
  }

  init(contentsOf path: String, migrations: Migrations) throws(RecordingError) {
    var opening = Opening(path)
    self.path = path
    connection = try opening.connect(migrations)
    copy = opening.copy
    let isWritten = opening.isWritten
    let summary = try connection.perform { try Summary($0, isWritten: isWritten) }
    sessions = summary.sessions
    passes = summary.passes
    nodeCounts = summary.nodeCounts
    types = Mutex(summary.types)
    notices = opening.notices + summary.notices(isWritten: isWritten)
  }

  /// The pass of a number.
  public func pass(_ id: Int) throws(RecordingError) -> Pass {
    guard let pass = passIfPresent(id) else {
      throw RecordingError(
        code: .noSuchRecord, message: "there is no pass \(id) in the recording", file: path)
    }
    return pass
  }

  func passIfPresent(_ id: Int) -> Pass? {
    var low = 0
    var high = passes.count
    while low < high {
      let middle = (low + high) / 2
      if passes[middle].id < id { low = middle + 1 } else { high = middle }
    }
    return low < passes.count && passes[low].id == id ? passes[low] : nil
  }

  /// The graph that passes name; it is read once and kept.
  public func graph(_ id: Int) throws(RecordingError) -> ComputationGraph {
    if let graph = graphs.withLock({ $0[id] }) { return graph }
    let json = try connection.perform { connection -> [UInt8]? in
      let statement = try connection.statement("SELECT json FROM graphs WHERE id = ?")
      statement.bind(0, id)
      defer { statement.reset() }
      return try statement.step() ? Array(statement.bytes(0, text: true)) : nil
    }
    guard let json else {
      throw RecordingError(
        code: .noSuchRecord, message: "there is no graph \(id) in the recording", file: path)
    }
    let graph: ComputationGraph
    do {
      graph = try ComputationGraph(json: json)
    } catch {
      throw RecordingError(
        code: .damaged, message: "the recording is damaged: graph \(id) is none", file: path,
        cause: error.description)
    }
    guard graph.nodes.count == nodeCounts[id] ?? graph.nodes.count else {
      throw damaged("graph \(id) has not the nodes that it should have")
    }
    graphs.withLock { $0[id] = graph }
    return graph
  }

  func damaged(_ message: String) -> RecordingError {
    RecordingError(code: .damaged, message: "the recording is damaged: \(message)", file: path)
  }
}
