// Opens a recording in whatever state its program left it.

internal import GradientJournal

/// How a recording came to be opened.
///
/// A recording is read where it lies, beside those that write it. One whose program was killed is
/// recovered first; where it cannot be written, that happens in a copy.
struct Opening {
  private let path: String
  /// Where a copy lies that is read instead of the file.
  private(set) var copy: TemporaryFolder?
  /// Whether somebody writes the recording.
  private(set) var isWritten = false
  private(set) var notices: [String] = []

  init(_ path: String) {
    self.path = path
  }

  /// Opens the recording; asked for once.
  mutating func connect(_ migrations: Migrations) throws(RecordingError) -> Connection {
    // SQLite's own journal: the program was killed while it created the recording.
    if RecordingFile.hasBytes(path + "-journal"), RecordingFile.canBeWritten(path) {
      _ = try Connection(path, mode: .write, name: path).perform {
        try $0.number("PRAGMA user_version")
      }
    }
    let hasJournal = JournalReader(beside: path).hasSegments
    // A program that was killed before anything was taken in leaves a journal alone.
    let kind = try RecordingFile.inspect(path, forWriting: hasJournal)
    if kind == .empty, !hasJournal {
      throw RecordingError(
        code: .notARecording, message: "is empty: nothing was recorded", file: path)
    }

    var source = path
    if case .recording(let version) = kind, version < migrations.version {
      let copy = try TemporaryFolder()
      source = try copy.copy(recording: path)
      try migrations.migrate(source, from: version, name: path)
      self.copy = copy
      notices.append(
        "was written by an older agviz: schema \(version) was brought to \(migrations.version) in a "
          + "copy; the file is as it was")
    } else if case .recording(let version) = kind, version > migrations.version {
      try Schema.checkVersion(version, name: path)
    }

    if hasJournal {
      try takeInJournal(into: &source)
    }
    let connection = try open(source)
    let path = path
    try connection.perform { try Schema.check($0, name: path) }
    return connection
  }

  /// Takes in the journal beside a recording, unless its program still runs.
  private mutating func takeInJournal(into source: inout String) throws(RecordingError) {
    if JournalWriter.isBeingWritten(beside: path) {
      isWritten = true
      notices.append("is being written: what was taken in until now is shown")
      return
    }
    let lock: IngestionLock?
    do {
      if copy == nil, RecordingFile.canBeWritten(path) {
        lock = try IngestionLock(of: path)
      } else {
        lock = nil
        if copy == nil {
          let copy = try TemporaryFolder()
          source = try copy.copy(recording: path)
          self.copy = copy
        }
      }
    } catch  where error.code == .busy {
      isWritten = true
      notices.append("its journal is being taken in: what was taken in until now is shown")
      return
    }
    do {
      let ingestion = try Ingestion(of: path, into: source, lock: lock)
      try ingestion.finish()
      notices += ingestion.recoveryNotices(inCopy: lock == nil)
    } catch  where error.code == .full || error.code == .notWritable {
      // What was taken in before is there all the same.
      notices.append("could not be recovered: \(error.message)")
    }
  }

  /// Opens a database to read, also where SQLite cannot make the files that it wants beside it.
  private mutating func open(_ source: String) throws(RecordingError) -> Connection {
    do {
      let connection = try Connection(source, mode: .read, name: path)
      // The first page is read, for which a file in WAL mode needs others beside it.
      _ = try connection.perform { try $0.number("PRAGMA user_version") }
      return connection
    } catch {
      guard error.code == .notReadable || error.code == .notWritable, copy == nil,
        !RecordingFile.canBeWritten(path)
      else { throw error }
    }
    guard RecordingFile.hasBytes(path + "-wal") else {
      return try Connection(path, mode: .immutable, name: path)
    }
    let folder = try TemporaryFolder()
    copy = folder
    return try Connection(try folder.copy(recording: path), mode: .write, name: path)
  }
}
