// Keeps a recording within its size: the oldest passes go when new ones come.

internal import GradientJournal

extension Batch {
  /// Deletes the oldest passes until there is room for `events`; where there is none even then, the
  /// details of these events are left out.
  func makeRoom(for events: [Event]) throws {
    isFull = false
    guard let limit = writer.limit else { return }
    let wanted = events.reduce(0) { $0 + $1.estimatedSize }
    while try usedBytes() + wanted > limit {
      guard let oldest = try oldestEndedPass() else {
        isFull = true
        return
      }
      try delete(pass: oldest)
    }
  }

  /// The bytes of the file's pages that hold something.
  private func usedBytes() throws -> Int {
    let pages = try connection.number("PRAGMA page_count") ?? 0
    let free = try connection.number("PRAGMA freelist_count") ?? 0
    return (pages - free) * (try connection.number("PRAGMA page_size") ?? 4096)
  }

  private func oldestEndedPass() throws -> Int? {
    let passes = try connection.statement("SELECT id FROM passes ORDER BY id")
    defer { passes.reset() }
    while try passes.step() {
      let pass = passes.int(0)
      if !writer.state.openPasses.contains(pass) { return pass }
    }
    return nil
  }

  private func delete(pass: Int) throws {
    let calls = try connection.statement("SELECT call_count FROM passes WHERE id = ?")
    calls.bind(0, pass)
    let callCount = try calls.step() ? calls.int(0) : 0
    calls.reset()

    var blobs: Set<Int> = []
    let values = try connection.statement("SELECT blob FROM tensor_values WHERE pass = ?")
    values.bind(0, pass)
    while try values.step() { blobs.insert(values.int(0)) }

    for sql in [
      "DELETE FROM operands WHERE witness IN (SELECT id FROM witnesses WHERE pass = ?)",
      "DELETE FROM witnesses WHERE pass = ?", "DELETE FROM calls WHERE pass = ?",
      "DELETE FROM measurements WHERE pass = ?", "DELETE FROM contributions WHERE pass = ?",
      "DELETE FROM tensor_values WHERE pass = ?", "DELETE FROM node_fields WHERE pass = ?",
      "DELETE FROM forward_results WHERE pass = ?", "DELETE FROM passes WHERE id = ?",
    ] {
      let statement = try connection.statement(sql)
      statement.bind(0, pass)
      try statement.run()
    }
    let unused = try connection.statement(
      """
      DELETE FROM blobs WHERE id = ?1
        AND NOT EXISTS (SELECT 1 FROM tensor_values WHERE blob = ?1)
      """)
    for blob in blobs {
      unused.bind(0, blob)
      try unused.run()
    }
    try writeDropped(reason: .size, firstPass: pass, lastPass: pass, calls: callCount)
  }
}

extension Event {
  /// How many bytes the event takes in a recording, rather more than less.
  fileprivate var estimatedSize: Int {
    switch self {
    case .called: 24
    case .measured(let measurement): measurement.histogram == nil ? 160 : 500
    case .contributed: 48
    case .value(let value): value.bytes.count + value.bytes.count / 64 + 8192
    case .graph(let graph): 3 * graph.json.count + 8192
    case .fields(let fields): 200 + (fields.fields?.utf8.count ?? 0)
    case .witness(let witness): 500 + 300 * witness.operands.count
    case .forward: 250
    default: 500
    }
  }
}
