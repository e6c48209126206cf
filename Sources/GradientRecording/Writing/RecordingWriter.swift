// Writes what a program tells into a recording, a batch a transaction.

package import GradientJournal
internal import GraphModel

/// Writes events into a recording.
///
/// After an error it writes nothing more; what is there stays valid. One thread at a time uses it.
package final class RecordingWriter {
  /// The recording, as it was named by the caller.
  package let path: String
  /// What stopped the writer; nil while it writes.
  package private(set) var failure: RecordingError?

  let connection: Connection
  /// How many bytes the recording may take; nil where there is no limit.
  let limit: Int?
  /// What is remembered from event to event; taken back when a transaction fails.
  var state = State()

  /// What is known of the recording besides its rows.
  struct State {
    /// The session that events belong to; 0 before the first.
    var session = 0
    /// The number in the recording of the session's pass 0.
    var firstPass = 0
    /// The ids of tensor types.
    var types: [TensorType: Int] = [:]
    /// The passes that have begun and not ended.
    var openPasses: Set<Int> = []
    /// The nodes that run: their calls have been told once, and will be told again.
    var openCalls: Set<OpenCall> = []
    /// The row of graphs by their number in the session.
    var graphs: [UInt32: Int] = [:]
    /// The gradient that the last share was of, and how many came of it.
    var lastShare: (pass: Int, call: UInt32, output: UInt32, count: Int)?
    /// The row that says which passes were deleted for size.
    var ringRow: Int?
  }

  struct OpenCall: Hashable {
    var pass: Int
    var order: UInt32
  }

  struct TensorType: Hashable {
    var dtype: String
    var shape: Shape
  }

  /// Creates a recording, or opens one to add to it.
  package init(_ path: String, limit: Int? = nil) throws(RecordingError) {
    self.path = path
    self.limit = limit
    let isNew = try RecordingFile.inspect(path, forWriting: true) == .empty
    connection = try Connection(path, mode: .write, name: path)
    if isNew {
      // The schema is in the file itself, not in a WAL beside it, before there is anything else.
      try connection.transaction { connection in
        try connection.execute(Schema.tablesSQL)
        try connection.execute(Schema.viewsSQL)
        try connection.execute(Schema.planSQL)
        try connection.execute(
          """
          PRAGMA application_id = \(Schema.applicationID); PRAGMA user_version = \(Schema.version)
          """)
      }
    } else {
      try connection.perform { try Schema.check($0, name: path) }
    }
    try connection.perform { connection in
      try connection.execute("PRAGMA journal_mode = WAL")
    }
    state = try savedState()
  }

  /// Where in the journal reading goes on; nil before the first event.
  package func position() throws(RecordingError) -> JournalPosition? {
    try connection.perform { connection in
      let statement = try connection.statement(
        "SELECT journal, segment, \"offset\" FROM journal_position WHERE id = 1")
      defer { statement.reset() }
      guard try statement.step() else { return nil }
      return JournalPosition(
        session: UInt64(bitPattern: Int64(statement.int(0))),
        segment: UInt32(clamping: statement.int(1)), offset: Int64(statement.int(2)))
    }
  }

  /// Writes events, and the place behind them in the journal, all or none.
  package func write(
    _ events: [Event], position: JournalPosition? = nil
  ) throws(RecordingError) {
    if let failure { throw failure }
    let before = state
    do {
      try connection.transaction { connection in
        let batch = try Batch(connection, self)
        try batch.makeRoom(for: events)
        for event in events { try batch.write(event) }
        try batch.finish()
        if let position {
          let statement = try connection.statement(
            "INSERT OR REPLACE INTO journal_position VALUES (1, ?, ?, ?)")
          statement.bind(0, Int64(bitPattern: position.session))
          statement.bind(1, position.segment)
          statement.bind(2, position.offset)
          try statement.run()
        }
      }
    } catch {
      state = before
      failure = error
      throw error
    }
  }

  /// Says of a session without an end that its program was killed, and of its passes that they
  /// are unfinished.
  package func recover() throws(RecordingError) {
    try connection.transaction { connection in
      try connection.execute(
        """
        UPDATE passes SET outcome = 'unfinished' WHERE outcome IS NULL;
        UPDATE sessions SET state = 'recovered' WHERE state = 'recording';
        """)
    }
    state.openPasses = []
  }

  /// Ends writing: what is in the WAL goes into the file, which is alone then, unless somebody reads.
  package func close() throws(RecordingError) {
    try connection.perform { connection in
      try connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
      // A file that is not in WAL mode can be read where nothing can be written. With readers it
      // stays in it, which does no harm.
      try? connection.execute("PRAGMA busy_timeout = 0; PRAGMA journal_mode = DELETE")
    }
  }

  /// How many bytes the recording's file takes.
  package func byteCount() throws(RecordingError) -> Int {
    try connection.perform { connection in
      try (connection.number("PRAGMA page_count") ?? 0)
        &* (connection.number("PRAGMA page_size") ?? 0)
    }
  }

  /// What a recording that is added to says of what came before.
  private func savedState() throws(RecordingError) -> State {
    try connection.perform { connection in
      var state = State()
      let session = try connection.statement(
        "SELECT id, first_pass FROM sessions WHERE state = 'recording' ORDER BY id DESC LIMIT 1")
      if try session.step() {
        state.session = session.int(0)
        state.firstPass = session.int(1)
        session.reset()
        let graphs = try connection.statement(
          "SELECT number, graph FROM session_graphs WHERE session = ?")
        graphs.bind(0, state.session)
        while try graphs.step() { state.graphs[UInt32(clamping: graphs.int(0))] = graphs.int(1) }
      }
      let passes = try connection.statement("SELECT id FROM passes WHERE outcome IS NULL")
      while try passes.step() { state.openPasses.insert(passes.int(0)) }
      return state
    }
  }
}
