// Writes what is told of tensors' elements, of nodes and of the forward pass.

internal import GradientJournal

extension Batch {
  func write(_ value: Value) throws {
    guard !isFull else { return }
    let blob = try blob(value.bytes)
    let statement = try connection.statement(
      "INSERT OR REPLACE INTO tensor_values VALUES (\(places(7)))")
    statement.bind(0, number(value.pass))
    statement.bind(1, value.order)
    statement.bind(2, value.role.rawValue)
    statement.bind(3, value.slot)
    statement.bind(4, try type(value.dtype, Shape(value.shape)))
    statement.bind(5, json(value.strides))
    statement.bind(6, blob)
    try statement.run()
  }

  /// The row of bytes, which is made where there is none of the same.
  private func blob(_ bytes: [UInt8]) throws -> Int {
    let digest = digest(bytes)
    let find = try connection.statement("SELECT id, bytes FROM blobs WHERE digest = ?")
    find.bind(0, digest)
    while try find.step() {
      let stored = find.bytes(1, text: false)
      if stored.count == bytes.count, stored.elementsEqual(bytes) {
        defer { find.reset() }
        return find.int(0)
      }
    }
    let insert = try connection.statement("INSERT INTO blobs(digest, bytes) VALUES (?, ?)")
    insert.bind(0, digest)
    insert.bind(1, blob: bytes)
    try insert.run()
    return connection.lastInserted
  }

  func write(_ fields: NodeFields) throws {
    guard !isFull else { return }
    let statement = try connection.statement(
      "INSERT OR REPLACE INTO node_fields VALUES (?, ?, ?, ?)")
    statement.bind(0, number(fields.pass))
    statement.bind(1, fields.node)
    statement.bind(2, fields.fields)
    statement.bind(3, fields.refusal)
    try statement.run()
  }

  func write(_ witness: Witness) throws {
    let statement = try connection.statement(
      "INSERT INTO witnesses(pass, call, input, element, value) VALUES (?, ?, ?, ?, ?)")
    statement.bind(0, number(witness.pass))
    statement.bind(1, witness.order)
    statement.bind(2, witness.input)
    statement.bind(3, json(witness.index))
    statement.bind(4, value: witness.value)
    try statement.run()
    let row = connection.lastInserted
    let operands = try connection.statement("INSERT INTO operands VALUES (\(places(17)))")
    for (place, operand) in witness.operands.enumerated() {
      operands.bind(0, row)
      operands.bind(1, place)
      operands.bind(2, operand.name)
      operands.bind(3, value: operand.value)
      operands.bind(4, json(operand.shape))
      bind(operand.statistics, to: operands, from: 5)
      try operands.run()
    }
  }

  func write(_ result: ForwardResult) throws {
    guard !isFull else { return }
    if let pass = result.pass {
      // Told again, now that the node is met in a pass.
      let update = try connection.statement(
        """
        UPDATE forward_results SET pass = ?, node = ? WHERE id = (
          SELECT max(id) FROM forward_results
          WHERE session = ? AND sequence = ? AND output = ? AND name = ? AND hash = ?
            AND pass IS NULL)
        """)
      update.bind(0, number(pass))
      update.bind(1, result.node)
      update.bind(2, writer.state.session)
      update.bind(3, result.sequence)
      update.bind(4, result.output)
      update.bind(5, result.name)
      update.bind(6, Int64(bitPattern: result.statistics.hash))
      try update.run()
      if connection.changes > 0 { return }
    }
    let statement = try connection.statement(
      """
      INSERT INTO forward_results(session, sequence, pass, node, name, scope, output, type, time_ns,
        \(Schema.statistics.joined(separator: ", "))) VALUES (\(places(21)))
      """)
    statement.bind(0, writer.state.session)
    statement.bind(1, result.sequence)
    statement.bind(2, result.pass.map(number))
    statement.bind(3, result.node)
    statement.bind(4, result.name)
    statement.bind(5, result.scope)
    statement.bind(6, result.output)
    statement.bind(7, try type(result.dtype, Shape(result.shape)))
    statement.bind(8, result.time)
    bind(result.statistics, to: statement, from: 9)
    try statement.run()
  }

  func write(_ cut: Cut) throws {
    let statement = try connection.statement(
      """
      INSERT INTO cuts(session, kind, operation, node, leaf, scope, source_file, source_line,
        next_pass) VALUES (\(places(9)))
      """)
    statement.bind(0, writer.state.session)
    statement.bind(1, String(describing: cut.kind))
    statement.bind(2, cut.operation)
    statement.bind(3, cut.node)
    statement.bind(4, cut.leaf)
    statement.bind(5, cut.scope)
    statement.bind(6, cut.file)
    statement.bind(7, cut.line)
    statement.bind(8, number(cut.passes))
    try statement.run()
  }
}

/// A number for bytes that finds equal ones: FNV's steps, over words of eight bytes.
///
/// Whether they are equal their bytes tell.
func digest(_ bytes: [UInt8]) -> Int64 {
  bytes.withUnsafeBytes { bytes in
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325 ^ UInt64(bytes.count)
    var index = 0
    func mix(_ word: UInt64) {
      hash = (hash ^ word) &* 0x9E37_79B9_7F4A_7C15
      hash ^= hash >> 32
    }
    while index + 8 <= bytes.count {
      mix(UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)))
      index += 8
    }
    while index < bytes.count {
      mix(UInt64(bytes[index]))
      index += 1
    }
    return Int64(bitPattern: hash)
  }
}
