// How rows become values. Nothing in a row is trusted.

internal import GraphModel
internal import Synchronization

/// A value that is read from a row of a table.
protocol StoredRow {
  /// The table.
  static var table: String { get }
  /// The columns that are read, in order.
  static var columns: String { get }
  /// Reads the row that the statement stands at.
  init(_ row: Statement, _ decoder: RowDecoder) throws
}

/// What rows are read with: what they name by numbers.
final class RowDecoder {
  let connection: Connection
  private let recording: Recording
  private var types: [Int: TensorType]
  /// The pass that the last call belonged to, and how many nodes its graph has.
  private var nodes: (pass: Int, count: Int)?

  init(_ recording: Recording, _ connection: Connection) {
    self.recording = recording
    self.connection = connection
    types = recording.types.withLock { $0 }
  }

  /// The type that a column names.
  func type(_ row: Statement, _ column: Int32) throws -> TensorType {
    let id = row.int(column)
    if let type = types[id] { return type }
    // One that was added since the recording was opened.
    let find = try connection.statement("SELECT dtype, shape FROM tensor_types WHERE id = ?")
    find.bind(0, id)
    defer { find.reset() }
    guard try find.step() else {
      throw connection.damaged("a row has a dtype and shape that are not there", row)
    }
    let type = TensorType(
      dtype: find.text(0), shape: try find.numbers(1, atLeast: 0, connection))
    types[id] = type
    recording.types.withLock { $0[id] = type }
    return type
  }

  /// The node of a call, which is one of its pass's graph.
  func node(_ row: Statement, _ column: Int32, pass: Int) throws -> Int {
    if nodes?.pass != pass {
      let graph = recording.passIfPresent(pass)?.graph
      nodes = (pass, graph.flatMap { recording.nodeCounts[$0] } ?? 0)
    }
    let node = row.int(column)
    guard node >= 0, node < nodes!.count else {
      throw connection.damaged("a call in pass \(pass) is of node \(node), which is not there", row)
    }
    return node
  }

  /// A role.
  func role(_ row: Statement, _ column: Int32) throws -> Recording.Role {
    guard let role = UInt8(exactly: row.int(column)).flatMap(Recording.Role.init) else {
      throw connection.damaged("a tensor has role \(row.int(column)), which is none", row)
    }
    return role
  }

  func index(_ row: Statement, _ column: Int32) throws -> Int { try row.index(column, connection) }

  /// A number that a column may not have.
  func indexIfPresent(_ row: Statement, _ column: Int32) throws -> Int? {
    row.isNull(column) ? nil : try row.index(column, connection)
  }

  /// Statistics, from a column on.
  func statistics(_ row: Statement, from column: Int32) throws -> GradientStatistics {
    GradientStatistics(
      count: try index(row, column), nanCount: try index(row, column + 1),
      positiveInfinityCount: try index(row, column + 2),
      negativeInfinityCount: try index(row, column + 3), zeroCount: try index(row, column + 4),
      subnormalCount: try index(row, column + 5), minimum: row.double(column + 6),
      maximum: row.double(column + 7), mean: row.double(column + 8),
      standardDeviation: row.double(column + 9), norm: row.double(column + 10),
      hash: UInt64(bitPattern: Int64(row.int(column + 11))))
  }
}

extension Recording.Call: StoredRow {
  static let table = "calls"
  static let columns = "pass, call, node, start_ns, duration_ns"

  init(_ row: Statement, _ decoder: RowDecoder) throws {
    let pass = row.int(0)
    let start = Int64(row.int(3))
    self.init(
      pass: pass, order: try decoder.index(row, 1), node: try decoder.node(row, 2, pass: pass),
      start: start, end: row.intIfPresent(4).map { start &+ Int64($0) })
  }
}

extension Recording.Measurement: StoredRow {
  static let table = "measurements"
  static let columns =
    "pass, call, role, slot, type, \(Schema.statistics.joined(separator: ", ")), "
    + "first_exponent, histogram"

  init(_ row: Statement, _ decoder: RowDecoder) throws {
    let type = try decoder.type(row, 4)
    self.init(
      pass: row.int(0), order: try decoder.index(row, 1), role: try decoder.role(row, 2),
      slot: try decoder.index(row, 3), dtype: type.dtype, shape: type.shape,
      statistics: try decoder.statistics(row, from: 5),
      histogram: row.isNull(18) ? nil : try Recording.Histogram(row, decoder))
  }
}

extension Recording.Histogram {
  /// Reads the two columns of a measurement.
  fileprivate init(_ row: Statement, _ decoder: RowDecoder) throws {
    let bytes = row.bytes(18, text: false)
    let first = row.int(17)
    guard bytes.count % 4 == 0, bytes.count / 4 <= Self.exponents.count,
      Self.exponents.contains(first)
    else { throw decoder.connection.damaged("a histogram is none", row) }
    self.init(
      firstExponent: first,
      counts: stride(from: 0, to: bytes.count, by: 4).map {
        UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: $0, as: UInt32.self))
      })
  }
}

extension Recording.Contribution: StoredRow {
  static let table = "contributions"
  static let columns = "pass, call, output, from_call, from_input, norm, cosine"

  init(_ row: Statement, _ decoder: RowDecoder) throws {
    let source: Source? =
      if let order = try decoder.indexIfPresent(row, 3) {
        Source(order: order, input: try decoder.index(row, 4))
      } else {
        nil
      }
    self.init(
      pass: row.int(0), order: try decoder.index(row, 1), output: try decoder.index(row, 2),
      source: source, norm: row.double(5), cosine: row.double(6))
  }
}

extension Recording.Value: StoredRow {
  static let table = "tensor_values"
  static let columns = """
    pass, call, role, slot, type, strides, blob,
    (SELECT length(bytes) FROM blobs WHERE id = blob)
    """

  init(_ row: Statement, _ decoder: RowDecoder) throws {
    let type = try decoder.type(row, 4)
    self.init(
      pass: row.int(0), order: try decoder.index(row, 1), role: try decoder.role(row, 2),
      slot: try decoder.index(row, 3), dtype: type.dtype, shape: type.shape,
      strides: try row.numbers(5, atLeast: Int(Int32.min), decoder.connection),
      byteCount: try decoder.index(row, 7), content: row.int(6))
    guard strides.count == shape.count else {
      throw decoder.connection.damaged("a tensor's strides do not fit its shape", row)
    }
  }
}

extension Recording.NodeFields: StoredRow {
  static let table = "node_fields"
  static let columns = "pass, node, fields, refusal"

  init(_ row: Statement, _ decoder: RowDecoder) throws {
    let pass = row.int(0)
    self.init(
      pass: pass, node: try decoder.node(row, 1, pass: pass), fields: row.textIfPresent(2),
      refusal: row.textIfPresent(3))
  }
}

extension Recording.Witness: StoredRow {
  static let table = "witnesses"
  static let columns = "id, pass, call, input, element, value"

  init(_ row: Statement, _ decoder: RowDecoder) throws {
    self.init(
      pass: row.int(1), order: try decoder.index(row, 2), input: try decoder.index(row, 3),
      index: try row.numbers(4, atLeast: 0, decoder.connection),
      value: row.doubleIfPresent(5) ?? .nan, operands: [])
    let statement = try decoder.connection.statement(
      """
      SELECT name, value, shape, \(Schema.statistics.joined(separator: ", "))
      FROM operands WHERE witness = ? ORDER BY place
      """)
    statement.bind(0, row.int(0))
    defer { statement.reset() }
    while try statement.step() {
      operands.append(
        Operand(
          name: statement.text(0), value: statement.doubleIfPresent(1),
          statistics: try decoder.statistics(statement, from: 3),
          shape: try statement.numbers(2, atLeast: 0, decoder.connection)))
    }
  }
}

extension Recording.ForwardResult: StoredRow {
  static let table = "forward_results"
  static let columns =
    "id, session, sequence, pass, node, name, scope, output, type, time_ns, "
    + Schema.statistics.joined(separator: ", ")

  init(_ row: Statement, _ decoder: RowDecoder) throws {
    let type = try decoder.type(row, 8)
    self.init(
      session: row.int(1), sequence: UInt64(bitPattern: Int64(row.int(2))),
      pass: row.intIfPresent(3), node: try decoder.indexIfPresent(row, 4), name: row.text(5),
      scope: row.textIfPresent(6), output: try decoder.index(row, 7), dtype: type.dtype,
      shape: type.shape, statistics: try decoder.statistics(row, from: 10),
      time: Int64(row.int(9)), row: row.int(0))
  }
}

extension Recording.Cut: StoredRow {
  static let table = "cuts"
  static let columns =
    "session, kind, operation, node, leaf, scope, source_file, source_line, next_pass"

  init(_ row: Statement, _ decoder: RowDecoder) throws {
    guard let kind = Kind(rawValue: row.text(1)) else {
      throw decoder.connection.damaged("a history ended in a way that is none", row)
    }
    self.init(
      session: row.int(0), kind: kind, operation: row.text(2), node: row.textIfPresent(3),
      leaf: row.textIfPresent(4), scope: row.textIfPresent(5), file: row.textIfPresent(6),
      line: row.intIfPresent(7), nextPass: row.int(8))
  }
}

extension Recording.Parameter: StoredRow {
  static let table = "parameters"
  static let columns = "session, name, type, requires_grad"

  init(_ row: Statement, _ decoder: RowDecoder) throws {
    let type = try decoder.type(row, 2)
    self.init(
      session: row.int(0), name: row.text(1), shape: type.shape, dtype: type.dtype,
      requiresGrad: row.int(3) != 0)
  }
}

extension Recording.Dropped: StoredRow {
  static let table = "dropped"
  static let columns = "reason, first_pass, last_pass, calls"

  init(_ row: Statement, _ decoder: RowDecoder) throws {
    guard let reason = Reason(rawValue: row.text(0)) else {
      throw decoder.connection.damaged("something was left out for a reason that is none", row)
    }
    self.init(
      reason: reason, firstPass: row.int(1), lastPass: row.int(2), calls: row.int(3))
  }
}
