// Checks that a database has the tables of a recording before anything is read from it.

extension Schema {
  /// Throws where the database is not of this schema; within `perform`.
  ///
  /// A file's schema could name views or generated columns that compute without end, and triggers
  /// that write what nobody asked for: only plain tables will do. Tables, views and indexes that
  /// people added are let be.
  static func check(_ connection: Connection, name: String) throws {
    func damaged(_ message: String) -> RecordingError {
      RecordingError(code: .damaged, message: "the recording is damaged: \(message)", file: name)
    }
    try checkVersion(try connection.number("PRAGMA user_version") ?? 0, name: name)
    guard try connection.number("PRAGMA application_id") == Int(applicationID) else {
      throw RecordingError(
        code: .notARecording, message: "is a database, but no recording", file: name)
    }
    let kinds = try connection.statement(
      "SELECT type, name FROM sqlite_schema WHERE name = ? COLLATE NOCASE OR type = 'trigger'")
    let columns = try connection.statement(
      "SELECT name, hidden FROM pragma_table_xinfo(?) ORDER BY cid")
    for table in tables {
      kinds.bind(0, table.name)
      var isThere = false
      while try kinds.step() {
        let kind = kinds.text(0)
        if kind == "trigger" {
          kinds.reset()
          throw damaged("it has a trigger, which no recording has")
        }
        isThere = isThere || (kind == "table" && kinds.text(1) == table.name)
      }
      guard isThere else { throw damaged("there is no table \(table.name)") }
      columns.bind(0, table.name)
      var found: [String] = []
      var isPlain = true
      while try columns.step() {
        found.append(columns.text(0))
        isPlain = isPlain && columns.int(1) == 0
      }
      if let missing = table.columns.first(where: { !found.contains($0) }) {
        throw damaged("table \(table.name) has no column \(missing)")
      }
      guard isPlain, found == table.columns else {
        throw damaged("table \(table.name) has not the columns that it should have")
      }
    }
  }

  /// Throws where a version is not known.
  static func checkVersion(_ version: Int, name: String) throws(RecordingError) {
    if version > Self.version {
      throw RecordingError(
        code: .unknownVersion,
        message: "written by a newer agviz: schema \(version), this one reads \(Self.version)",
        file: name)
    }
    if version < Self.version {
      throw RecordingError(
        code: .unknownVersion,
        message: "written by an older agviz: schema \(version), this one writes \(Self.version); "
          + "record to another file",
        file: name)
    }
  }
}
