// A connection to a recording's database: GRDB opens it, serialises what is done with it, and keeps
// it out of the rest of the code.

internal import GRDB
internal import GRDBSQLite

/// A connection to a recording's database, which one thread at a time uses.
///
/// Statements are made once and kept; they are touched within `perform` alone, which is what makes
/// the class Sendable.
final class Connection: @unchecked Sendable {
  /// The file, as errors name it.
  let name: String
  private let queue: DatabaseQueue
  /// SQLite's connection, valid as long as the queue.
  private let handle: OpaquePointer
  private var statements: [String: Statement] = [:]

  /// How a file is opened.
  enum Mode {
    /// To read and write.
    case write
    /// To read, beside others that write.
    case read
    /// To read what nobody writes, in a place where nothing can be written.
    case immutable
  }

  /// Opens a file, which is created where `mode` is to write.
  init(_ path: String, mode: Mode, name: String) throws(RecordingError) {
    self.name = name
    var configuration = Configuration()
    configuration.readonly = mode != .write
    configuration.busyMode = .timeout(mode == .write ? 10 : 5)
    configuration.maximumReaderCount = 1
    configuration.prepareDatabase { database in
      // What a file's schema says is not to be trusted, nor are its pages.
      try database.execute(
        sql: """
          PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0;
          PRAGMA synchronous = NORMAL; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -8000;
          """)
    }
    do {
      queue = try DatabaseQueue(
        path: mode == .immutable ? Self.immutable(path) : path, configuration: configuration)
      handle = try queue.inDatabase { database in
        guard let handle = database.sqliteConnection else {
          throw SQLiteFailure(code: SQLITE_CANTOPEN, message: "")
        }
        return handle
      }
    } catch {
      throw RecordingError(error, file: name)
    }
  }

  deinit {
    queue.inDatabase { _ in statements.removeAll() }
  }

  /// A URI that tells SQLite to look for no other file than this.
  private static func immutable(_ path: String) -> String {
    var uri = path.hasPrefix("/") ? "file://" : "file:"
    for byte in path.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "/"), UInt8(ascii: "."),
        UInt8(ascii: "-"), UInt8(ascii: "_"):
        uri.unicodeScalars.append(Unicode.Scalar(byte))
      default:
        let hex = String(byte, radix: 16, uppercase: true)
        uri += "%" + (hex.utf8.count == 1 ? "0" : "") + hex
      }
    }
    return uri + "?immutable=1"
  }

  /// Runs `body` alone on the connection; not from within another `perform`.
  func perform<Result>(
    _ body: (Connection) throws -> Result
  ) throws(RecordingError) -> Result {
    do {
      return try queue.inDatabase { _ in try body(self) }
    } catch {
      throw RecordingError(error, file: name)
    }
  }

  /// Runs `body` alone on the connection: all that it writes is there at once, or nothing is.
  func transaction(_ body: (Connection) throws -> Void) throws(RecordingError) {
    do {
      try queue.inDatabase { database in
        try database.inTransaction(.immediate) {
          try body(self)
          return .commit
        }
      }
    } catch {
      throw RecordingError(error, file: name)
    }
  }

  /// Runs SQL of several statements without parameters; within `perform`.
  func execute(_ sql: String) throws {
    guard sqlite3_exec(handle, sql, nil, nil, nil) == SQLITE_OK else {
      throw SQLiteFailure(handle)
    }
  }

  /// The statement for `sql`; within `perform`.
  func statement(_ sql: String) throws -> Statement {
    if let statement = statements[sql] { return statement }
    let statement = try Statement(sql, handle)
    statements[sql] = statement
    return statement
  }

  /// The number in the first row and column of what `sql` gives; within `perform`.
  func number(_ sql: String) throws -> Int? {
    let statement = try statement(sql)
    defer { statement.reset() }
    return try statement.step() ? statement.intIfPresent(0) : nil
  }

  /// The number of the row that was last inserted; within `perform`.
  var lastInserted: Int { Int(sqlite3_last_insert_rowid(handle)) }

  /// How many rows the last statement changed; within `perform`.
  var changes: Int { Int(sqlite3_changes(handle)) }
}

extension RecordingError {
  /// What SQLite or GRDB says, in the words of a recording.
  init(_ error: any Error, file: String) {
    switch error {
    case let error as RecordingError: self = error
    case let error as SQLiteFailure:
      self.init(sqlite: error.code, message: error.message, file: file)
    case let error as DatabaseError:
      self.init(
        sqlite: error.extendedResultCode.rawValue, message: error.message ?? "", file: file)
    default:
      self.init(
        code: .notReadable, message: "cannot be used", file: file, cause: String(describing: error))
    }
  }

  private init(sqlite code: Int32, message: String, file: String) {
    let (kind, words): (Code, String) =
      switch code & 0xFF {
      case SQLITE_FULL:
        (
          .full,
          "the disk is full: recording has stopped, and what was recorded until now is valid; "
            + "make room and record again, or give a size limit"
        )
      case SQLITE_NOTADB: (.notARecording, "is no recording")
      case SQLITE_CORRUPT, SQLITE_ERROR, SQLITE_MISMATCH, SQLITE_TOOBIG, SQLITE_SCHEMA:
        (.damaged, "the recording is damaged")
      case SQLITE_BUSY, SQLITE_LOCKED, SQLITE_PROTOCOL:
        (.busy, "another process holds the recording; try again when it is done")
      case SQLITE_READONLY, SQLITE_PERM:
        (.notWritable, "cannot be written; what was recorded until now is valid")
      case SQLITE_IOERR where failedWrites.contains(code >> 8):
        (
          .full,
          "cannot be written further: recording has stopped, and what was recorded until now is "
            + "valid; look for a full disk, a quota or a limit of file sizes"
        )
      case SQLITE_NOMEM: (.notReadable, "there is not enough memory")
      default: (.notReadable, "cannot be read or written")
      }
    self.init(code: kind, message: words, file: file, cause: message.isEmpty ? nil : message)
  }
}

/// What SQLite adds to its code for errors of files when writing, syncing, truncating or growing one
/// failed; its names for them are macros that Swift does not see.
private let failedWrites: Set<Int32> = [3, 4, 6, 19]
