// Brings recordings of older schemas to this program's.

/// How recordings of older schemas become those of a version.
struct Migrations: Sendable {
  /// The version that they lead to.
  var version: Int
  /// For each older version that is known the SQL that leads to the next.
  var steps: [Int: String]

  /// Those that this program knows; version 1 is the first.
  static let all = Migrations(version: Schema.version, steps: [:])

  /// Brings a database to `version`, all or nothing.
  func migrate(_ path: String, from oldVersion: Int, name: String) throws(RecordingError) {
    for version in oldVersion..<self.version where steps[version] == nil {
      throw RecordingError(
        code: .unknownVersion,
        message:
          "is of schema \(oldVersion), which this agviz does not know; it reads \(version + 1)",
        file: name)
    }
    let connection = try Connection(path, mode: .write, name: name)
    try connection.transaction { connection in
      for version in oldVersion..<self.version {
        try connection.execute(steps[version]!)
        try connection.execute("PRAGMA user_version = \(version + 1)")
      }
    }
    try connection.perform { try $0.execute("PRAGMA wal_checkpoint(TRUNCATE)") }
  }
}
