// A prepared statement of SQLite, used without checks that a million rows would pay for.

internal import GRDBSQLite

/// What SQLite says when something fails.
struct SQLiteFailure: Error {
  /// The extended result code.
  var code: Int32
  /// SQLite's own words.
  var message: String

  init(code: Int32, message: String) {
    self.code = code
    self.message = message
  }

  init(_ connection: OpaquePointer) {
    code = sqlite3_extended_errcode(connection)
    message = String(cString: sqlite3_errmsg(connection))
  }
}

/// What SQLite is told of a text or blob that it is to copy.
private let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

/// A prepared statement.
///
/// Parameters and columns count from 0.
final class Statement {
  private let connection: OpaquePointer
  private let statement: OpaquePointer

  init(_ sql: String, _ connection: OpaquePointer) throws(SQLiteFailure) {
    self.connection = connection
    var statement: OpaquePointer?
    guard
      sqlite3_prepare_v3(connection, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, nil)
        == SQLITE_OK, let statement
    else { throw SQLiteFailure(connection) }
    self.statement = statement
  }

  deinit { sqlite3_finalize(statement) }

  func bind(_ index: Int32, _ value: Int64) { sqlite3_bind_int64(statement, index + 1, value) }

  func bind(_ index: Int32, _ value: some BinaryInteger) {
    bind(index, Int64(clamping: value))
  }

  func bind(_ index: Int32, _ value: Bool) { bind(index, value ? 1 : 0 as Int64) }

  /// NaN becomes NULL.
  func bind(_ index: Int32, _ value: Double) { sqlite3_bind_double(statement, index + 1, value) }

  /// NaN becomes the text `nan`, which tells it from nothing.
  func bind(_ index: Int32, value: Double?) {
    switch value {
    case nil: bindNull(index)
    case .some(let value) where value.isNaN: bind(index, "nan")
    case .some(let value): bind(index, value)
    }
  }

  func bind(_ index: Int32, _ value: (some BinaryInteger)?) {
    if let value { bind(index, value) } else { bindNull(index) }
  }

  func bind(_ index: Int32, _ text: String?) {
    guard var text else { return bindNull(index) }
    text.withUTF8 { bytes in
      bytes.withMemoryRebound(to: CChar.self) {
        // An empty text has no address, which SQLite would take for NULL.
        _ = sqlite3_bind_text64(
          statement, index + 1, $0.baseAddress ?? emptyText, UInt64($0.count), transient,
          UInt8(SQLITE_UTF8))
      }
    }
  }

  func bind(_ index: Int32, text bytes: [UInt8]) {
    bytes.withUnsafeBytes {
      _ = sqlite3_bind_text64(
        statement, index + 1, $0.baseAddress?.assumingMemoryBound(to: CChar.self) ?? emptyText,
        UInt64($0.count), transient, UInt8(SQLITE_UTF8))
    }
  }

  func bind(_ index: Int32, blob bytes: [UInt8]) {
    if bytes.isEmpty {
      sqlite3_bind_zeroblob(statement, index + 1, 0)
    } else {
      _ = bytes.withUnsafeBytes {
        sqlite3_bind_blob64(statement, index + 1, $0.baseAddress, UInt64($0.count), transient)
      }
    }
  }

  func bindNull(_ index: Int32) { sqlite3_bind_null(statement, index + 1) }

  /// Runs a statement that gives no rows.
  func run() throws(SQLiteFailure) {
    let code = sqlite3_step(statement)
    if code != SQLITE_DONE && code != SQLITE_ROW {
      let failure = SQLiteFailure(connection)
      sqlite3_reset(statement)
      throw failure
    }
    sqlite3_reset(statement)
  }

  /// Goes on to the next row; false when there is none.
  func step() throws(SQLiteFailure) -> Bool {
    switch sqlite3_step(statement) {
    case SQLITE_ROW: return true
    case SQLITE_DONE:
      sqlite3_reset(statement)
      return false
    default:
      let failure = SQLiteFailure(connection)
      sqlite3_reset(statement)
      throw failure
    }
  }

  /// Ends before the last row.
  func reset() { sqlite3_reset(statement) }

  func isNull(_ column: Int32) -> Bool {
    sqlite3_column_type(statement, column) == SQLITE_NULL
  }

  func int(_ column: Int32) -> Int { Int(sqlite3_column_int64(statement, column)) }

  func intIfPresent(_ column: Int32) -> Int? { isNull(column) ? nil : int(column) }

  /// NaN for NULL.
  func double(_ column: Int32) -> Double {
    let value = sqlite3_column_double(statement, column)
    return value == 0 && isNull(column) ? .nan : value
  }

  /// Nil for NULL, NaN for the text `nan`.
  func doubleIfPresent(_ column: Int32) -> Double? {
    switch sqlite3_column_type(statement, column) {
    case SQLITE_NULL: nil
    case SQLITE_TEXT: .nan
    default: sqlite3_column_double(statement, column)
    }
  }

  func text(_ column: Int32) -> String {
    String(decoding: bytes(column, text: true), as: UTF8.self)
  }

  func textIfPresent(_ column: Int32) -> String? { isNull(column) ? nil : text(column) }

  func blob(_ column: Int32) -> [UInt8] { Array(bytes(column, text: false)) }

  func byteCount(_ column: Int32) -> Int { Int(sqlite3_column_bytes(statement, column)) }

  /// The bytes of a column, valid until the next step.
  func bytes(_ column: Int32, text: Bool) -> UnsafeRawBufferPointer {
    let start: UnsafeRawPointer? =
      text
      ? UnsafeRawPointer(sqlite3_column_text(statement, column))
      : sqlite3_column_blob(statement, column)
    return UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : byteCount(column))
  }
}

private nonisolated(unsafe) let emptyText: UnsafePointer<CChar> = UnsafePointer(
  UnsafeMutablePointer<CChar>.allocate(capacity: 1).initialized(to: 0))

extension UnsafeMutablePointer {
  fileprivate func initialized(to value: Pointee) -> Self {
    initialize(to: value)
    return self
  }
}
