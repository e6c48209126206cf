// Writes the events of one transaction, row by row.

internal import Foundation
internal import GradientJournal
internal import GraphModel

/// A transaction that is being written.
///
/// The journal is a file, and files are hostile: numbers are clamped, and what names something that
/// was never told is written all the same, for the reader to judge.
final class Batch {
  let connection: Connection
  let writer: RecordingWriter
  /// Whether even without its older passes the recording has no room for this batch's details.
  var isFull = false
  private var counts: [Int: Counts] = [:]
  private var currentPass = -1
  private var current = Counts()
  /// The call that has begun last; it has no row until it ends, another begins or the batch ends.
  private var begun: GradientJournal.Call?

  /// What a pass got in this batch.
  struct Counts {
    var calls = 0
    var measurements = 0
    var nonFinite = 0
    /// Calls for which there was no room.
    var dropped = 0
  }

  private var lastType: (type: RecordingWriter.TensorType, row: Int)?

  private let calls: Statement
  private let measurements: Statement
  private let contributions: Statement

  init(_ connection: Connection, _ writer: RecordingWriter) throws {
    self.connection = connection
    self.writer = writer
    calls = try connection.statement("INSERT OR REPLACE INTO calls VALUES (?, ?, ?, ?, ?)")
    measurements = try connection.statement(
      "INSERT OR REPLACE INTO measurements VALUES (\(places(19)))")
    contributions = try connection.statement(
      "INSERT OR REPLACE INTO contributions VALUES (\(places(8)))")
  }

  func write(_ event: Event) throws {
    switch event {
    case .called(let call): try write(call)
    case .measured(let measurement): try write(measurement)
    case .contributed(let contribution): try write(contribution)
    case .opened(let session): try write(session)
    case .graph(let graph): try write(graph)
    case .passBegan(let beginning): try write(beginning)
    case .value(let value): try write(value)
    case .fields(let fields): try write(fields)
    case .witness(let witness): try write(witness)
    case .passEnded(let end): try write(end)
    case .forward(let result): try write(result)
    case .cut(let cut): try write(cut)
    case .parameter(let parameter): try write(parameter)
    case .dropped(let dropped): try write(dropped)
    case .closed(let closing): try write(closing)
    }
  }

  /// The number in the recording of a session's pass.
  func number(_ pass: UInt64) -> Int {
    let number = Int(clamping: pass).addingReportingOverflow(writer.state.firstPass)
    return number.overflow ? Int.max : number.partialValue
  }

  /// Counts what comes next for a pass.
  private func count(_ pass: Int, _ change: (inout Counts) -> Void) {
    if pass != currentPass {
      if currentPass >= 0 { counts[currentPass] = current }
      currentPass = pass
      current = counts[pass] ?? Counts()
    }
    change(&current)
  }

  /// Writes what was counted.
  func finish() throws {
    try writeBegun()
    if currentPass >= 0 { counts[currentPass] = current }
    let update = try connection.statement(
      """
      UPDATE passes SET call_count = call_count + ?, measurement_count = measurement_count + ?,
        non_finite_count = non_finite_count + ? WHERE id = ?
      """)
    for (pass, counts) in counts {
      if counts.dropped > 0 {
        try writeDropped(reason: .size, firstPass: pass, lastPass: pass, calls: counts.dropped)
      }
      update.bind(0, counts.calls)
      update.bind(1, counts.measurements)
      update.bind(2, counts.nonFinite)
      update.bind(3, pass)
      try update.run()
    }
  }

  private func write(_ call: GradientJournal.Call) throws {
    let pass = number(call.pass)
    if call.end < 0 {
      try writeBegun()
      begun = call
      count(pass) { counts in
        if isFull { counts.dropped += 1 } else { counts.calls += 1 }
      }
    } else if let begun, begun.pass == call.pass, begun.order == call.order {
      self.begun = nil
      try writeRow(call)
    } else {
      let place = RecordingWriter.OpenCall(pass: pass, order: call.order)
      let isNew = try writer.state.openCalls.remove(place) == nil && !isThere(place)
      if isNew {
        count(pass) { counts in
          if isFull { counts.dropped += 1 } else { counts.calls += 1 }
        }
      }
      try writeRow(call)
    }
  }

  /// Writes the row of the call that has begun, for somebody may look before it ends.
  private func writeBegun() throws {
    guard let call = begun.take() else { return }
    if !isFull {
      writer.state.openCalls.insert(
        RecordingWriter.OpenCall(pass: number(call.pass), order: call.order))
    }
    try writeRow(call)
  }

  private func writeRow(_ call: GradientJournal.Call) throws {
    guard !isFull else { return }
    calls.bind(0, number(call.pass))
    calls.bind(1, call.order)
    calls.bind(2, call.node)
    calls.bind(3, call.start)
    if call.end >= 0 { calls.bind(4, call.end &- call.start) } else { calls.bindNull(4) }
    try calls.run()
  }

  /// Whether a call was told before, by a writer that did not see its end.
  private func isThere(_ call: RecordingWriter.OpenCall) throws -> Bool {
    let find = try connection.statement("SELECT 1 FROM calls WHERE pass = ? AND call = ?")
    find.bind(0, call.pass)
    find.bind(1, call.order)
    defer { find.reset() }
    return try find.step()
  }

  private func write(_ measurement: GradientJournal.Measurement) throws {
    guard !isFull else { return }
    let pass = number(measurement.pass)
    measurements.bind(0, pass)
    measurements.bind(1, measurement.order)
    measurements.bind(2, measurement.role.rawValue)
    measurements.bind(3, measurement.slot)
    measurements.bind(4, try type(measurement.dtype, measurement.shape))
    bind(measurement.statistics, to: measurements, from: 5)
    if let histogram = measurement.histogram, let first = histogram.firstIndex(where: { $0 > 0 }) {
      let last = histogram.lastIndex { $0 > 0 }!
      measurements.bind(17, first + Recording.Histogram.exponents.lowerBound)
      measurements.bind(18, blob: histogram[first...last].flatMap(littleEndian))
    } else if measurement.histogram != nil {
      measurements.bind(17, 0)
      measurements.bind(18, blob: [])
    } else {
      measurements.bindNull(17)
      measurements.bindNull(18)
    }
    try measurements.run()
    count(pass) {
      $0.measurements += 1
      if measurement.statistics.nonFiniteCount > 0 { $0.nonFinite += 1 }
    }
  }

  private func write(_ contribution: GradientJournal.Contribution) throws {
    guard !isFull else { return }
    let pass = number(contribution.pass)
    // Several shares can come from where the pass started, so that only counting tells them apart.
    var place = 0
    if let last = writer.state.lastShare, last.pass == pass, last.call == contribution.order,
      last.output == contribution.output
    {
      place = last.count
    } else {
      let earlier = try connection.statement(
        "SELECT count(*) FROM contributions WHERE pass = ? AND call = ? AND output = ?")
      earlier.bind(0, pass)
      earlier.bind(1, contribution.order)
      earlier.bind(2, contribution.output)
      if try earlier.step() { place = earlier.int(0) }
      earlier.reset()
    }
    writer.state.lastShare = (pass, contribution.order, contribution.output, place + 1)
    contributions.bind(0, pass)
    contributions.bind(1, contribution.order)
    contributions.bind(2, contribution.output)
    contributions.bind(3, place)
    contributions.bind(4, contribution.from?.order)
    contributions.bind(5, contribution.from?.input)
    contributions.bind(6, contribution.norm)
    contributions.bind(7, contribution.cosine)
    try contributions.run()
  }

  /// Binds a tensor's statistics to twelve parameters.
  func bind(_ statistics: Statistics, to statement: Statement, from index: Int32) {
    statement.bind(index, statistics.count)
    statement.bind(index + 1, statistics.nanCount)
    statement.bind(index + 2, statistics.positiveInfinityCount)
    statement.bind(index + 3, statistics.negativeInfinityCount)
    statement.bind(index + 4, statistics.zeroCount)
    statement.bind(index + 5, statistics.subnormalCount)
    statement.bind(index + 6, statistics.minimum)
    statement.bind(index + 7, statistics.maximum)
    statement.bind(index + 8, statistics.mean)
    statement.bind(index + 9, statistics.standardDeviation)
    statement.bind(index + 10, statistics.norm)
    statement.bind(index + 11, Int64(bitPattern: statistics.hash))
  }

  /// The row of a dtype and shape, which is made where there is none.
  func type(_ dtype: String, _ shape: Shape) throws -> Int {
    // Most are of the same type as the one before.
    if let last = lastType, last.type.dtype == dtype, last.type.shape == shape { return last.row }
    let type = RecordingWriter.TensorType(dtype: dtype, shape: shape)
    let row = try writer.state.types[type] ?? makeType(type)
    lastType = (type, row)
    return row
  }

  private func makeType(_ type: RecordingWriter.TensorType) throws -> Int {
    let insert = try connection.statement(
      "INSERT OR IGNORE INTO tensor_types(dtype, shape) VALUES (?, ?)")
    insert.bind(0, type.dtype)
    insert.bind(1, json(type.shape.array))
    try insert.run()
    let find = try connection.statement(
      "SELECT id FROM tensor_types WHERE dtype = ? AND shape = ?")
    find.bind(0, type.dtype)
    find.bind(1, json(type.shape.array))
    defer { find.reset() }
    _ = try find.step()
    // A program whose shapes are new each time must not fill the memory with them.
    if writer.state.types.count >= 10_000 { writer.state.types.removeAll() }
    writer.state.types[type] = find.int(0)
    return find.int(0)
  }
}

/// As many parameters of a statement.
func places(_ count: Int) -> String {
  Array(repeating: "?", count: count).joined(separator: ", ")
}

/// Numbers as a JSON array.
func json(_ numbers: [Int]) -> String {
  "[" + numbers.map(String.init).joined(separator: ",") + "]"
}

private func littleEndian(_ number: UInt32) -> [UInt8] {
  (0..<4).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
}
