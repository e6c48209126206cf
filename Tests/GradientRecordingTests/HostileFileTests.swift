// Files that are no recordings, or were: an error or what is left, never a crash.

import GradientJournal
import Testing

@testable import GradientRecording

@Suite struct HostileFileTests {
  /// A small recording, closed.
  private static let sample = Result { () throws -> [UInt8] in
    let folder = try TestFolder()
    let path = folder("run.agviz")
    let writer = try RecordingWriter(path)
    try writer.write(RandomProgram(seed: 1, passes: 3).events)
    try writer.close()
    return try bytes(of: path)
  }

  /// Opens a file and asks for all that is in it; says what went wrong.
  private func read(_ path: String) -> RecordingError? {
    do {
      let recording = try Recording(contentsOf: path)
      _ = try lines(of: recording)
      for pass in recording.passes { _ = try recording.graph(pass.graph) }
      _ = try recording.info()
      _ = try recording.dropped()
      return nil
    } catch {
      return error as? RecordingError
        ?? RecordingError(code: .noSuchRecord, message: "another error: \(error)")
    }
  }

  private func change(_ sql: String, code: RecordingError.Code, _ words: String) throws {
    let folder = try TestFolder()
    let path = folder("run.agviz")
    try write(Self.sample.get(), to: path)
    try Connection(path, mode: .write, name: path).perform { try $0.execute(sql) }
    let error = read(path)
    #expect(error?.code == code, "\(sql): \(String(describing: error))")
    #expect(error?.description.contains(words) == true, "\(String(describing: error))")
  }

  @Test("A truncated file is refused or read as far as it goes", arguments: 0..<50)
  func truncated(part: Int) throws {
    let folder = try TestFolder()
    let sample = try Self.sample.get()
    let path = folder("run.agviz")
    try write(Array(sample.prefix(sample.count * part / 50)), to: path)
    let error = read(path)
    #expect(error != nil)
    #expect(error?.message.hasPrefix("another") == false)
  }

  @Test("A file with changed bytes is refused or read", arguments: 0..<60)
  func mutated(seed: UInt64) throws {
    let folder = try TestFolder()
    var sample = try Self.sample.get()
    var numbers = Numbers(seed: seed)
    for _ in 0...numbers.below(20) {
      sample[numbers.below(sample.count)] = UInt8(numbers.below(256))
    }
    let path = folder("run.agviz")
    try write(sample, to: path)
    #expect(read(path)?.message.hasPrefix("another") != true)
  }

  @Test("Random bytes are no recording, with SQLite's header or without", arguments: 0..<10)
  func random(seed: UInt64) throws {
    let folder = try TestFolder()
    var numbers = Numbers(seed: seed)
    var contents = (0..<numbers.below(20_000)).map { _ in UInt8(numbers.below(256)) }
    if seed.isMultiple(of: 2) {
      contents = Array(try Self.sample.get().prefix(100)) + contents
    }
    let path = folder("run.agviz")
    try write(contents, to: path)
    let error = read(path)
    #expect(error != nil)
    #expect(error?.message.hasPrefix("another") == false)
  }

  @Test("What is not there, a folder and an empty file are refused by name")
  func noFile() throws {
    let folder = try TestFolder()
    #expect(read(folder("nothing"))?.code == .notFound)
    #expect(read(folder.path)?.code == .notReadable)
    #expect(read("")?.code == .notFound)
    #expect(read("a\u{0}b")?.code == .notFound)
    try write([], to: folder("empty"))
    #expect(read(folder("empty"))?.code == .notARecording)
  }

  @Test("Another program's database is no recording")
  func otherApplication() throws {
    try change("PRAGMA application_id = 7", code: .notARecording, "no recording")
  }

  @Test("A newer schema is refused by name")
  func newerSchema() throws {
    try change(
      "PRAGMA user_version = 2", code: .unknownVersion,
      "written by a newer agviz: schema 2, this one reads 1")
  }

  @Test("A schema that is not the recording's is refused by what is wrong")
  func tamperedSchema() throws {
    try change("DROP TABLE edges", code: .damaged, "there is no table edges")
    try change(
      "ALTER TABLE calls RENAME COLUMN node TO knot", code: .damaged, "no column node")
    try change(
      "CREATE TRIGGER t AFTER INSERT ON cuts BEGIN DELETE FROM passes; END", code: .damaged,
      "trigger")
    try change(
      """
      DROP TABLE cuts;
      CREATE VIEW cuts AS WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id FROM n)
        SELECT id FROM n
      """, code: .damaged, "there is no table cuts")
    try change(
      "ALTER TABLE dropped ADD COLUMN more AS (zeroblob(1000000000))", code: .damaged,
      "not the columns")
  }

  @Test("Rows that make no sense are refused")
  func tamperedRows() throws {
    try change("UPDATE calls SET node = 1000000", code: .damaged, "which is not there")
    try change("UPDATE calls SET node = -1", code: .damaged, "which is not there")
    for id in [-1, Int.max] {
      try change(
        "UPDATE passes SET id = \(id) WHERE id = (SELECT max(id) FROM passes)", code: .damaged,
        "a count or position is \(id)")
    }
    try change("UPDATE measurements SET role = 9 WHERE role = 0", code: .damaged, "role")
    try change("UPDATE measurements SET type = 999", code: .damaged, "dtype and shape")
    try change("UPDATE tensor_types SET shape = '[1,' || id", code: .damaged, "shape")
    try change("UPDATE tensor_types SET shape = '[-1' || id || ']'", code: .damaged, "shape")
    try change("UPDATE measurements SET count = -5", code: .damaged, "count")
    try change("UPDATE measurements SET histogram = x'010203'", code: .damaged, "histogram")
    try change("UPDATE passes SET outcome = 'perhaps'", code: .damaged, "outcome")
    try change("UPDATE passes SET call_count = -1", code: .damaged, "count")
    try change("UPDATE graphs SET json = '[' || id", code: .damaged, "is none")
    try change("UPDATE graphs SET node_count = 1000", code: .damaged, "nodes")
    try change("UPDATE sessions SET command = 3", code: .damaged, "command")
    try change("UPDATE tensor_values SET blob = 99999", code: .noSuchRecord, "elements")
  }

  @Test("An older schema is brought up to date in a copy, and the file stays as it was")
  func migration() throws {
    let folder = try TestFolder()
    let path = folder("run.agviz")
    try write(Self.sample.get(), to: path)
    try Connection(path, mode: .write, name: path).perform {
      try $0.execute(
        "ALTER TABLE calls RENAME COLUMN node TO knot; PRAGMA user_version = 0")
    }
    let before = try bytes(of: path)
    #expect(read(path)?.code == .unknownVersion)
    let recording = try Recording(
      contentsOf: path,
      migrations: Migrations(
        version: 1, steps: [0: "ALTER TABLE calls RENAME COLUMN knot TO node"]))
    #expect(recording.notices.contains { $0.contains("schema 0") })
    try expect(recording, tells: RandomProgram(seed: 1, passes: 3).events)
    #expect(try bytes(of: path) == before)
    #expect(try folder.files() == ["run.agviz"])
  }
}
