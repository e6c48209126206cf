// Goes through many passes without holding them in memory.

public import GraphModel

extension Recording {
  /// How many rows are read at once.
  ///
  /// Between them the database is free, so that a slow reader does not keep a writer's WAL from
  /// being emptied.
  static let chunk = 2048

  /// Calls `body` with each call of some passes, in order.
  public func forEachCall(
    in passes: Range<Int>, _ body: (Call) throws -> Void
  ) throws {
    try scan(Call.self, passes, key: ["pass", "call"], { [$0.pass, $0.order] }, body)
  }

  /// Calls `body` with each measured tensor of some passes, in order.
  ///
  /// `roles` says what the tensors are to be to their calls. With `nonFiniteOnly` only those with NaN
  /// or infinite elements come, which are found without reading the others.
  public func forEachMeasurement(
    in passes: Range<Int>, roles: Set<Role> = Set(Role.allCases), nonFiniteOnly: Bool = false,
    _ body: (Measurement) throws -> Void
  ) throws {
    var condition =
      roles.count == Role.allCases.count
      ? ""
      : "AND role IN (\(roles.map { String($0.rawValue) }.sorted().joined(separator: ", ")))"
    if nonFiniteOnly { condition += " AND \(Schema.nonFinite)" }
    try scan(
      Measurement.self, passes, key: ["pass", "call", "role", "slot"], condition: condition,
      { [$0.pass, $0.order, Int($0.role.rawValue), $0.slot] }, body)
  }

  /// Calls `body` with what each edge brought where several meet, in the order of calls.
  public func forEachContribution(
    in passes: Range<Int>, _ body: (Contribution) throws -> Void
  ) throws {
    // The place among those of one gradient is no part of the value: whole passes are read.
    for pass in self.passes where passes.contains(pass.id) {
      for contribution in try contributions(of: pass.id) { try body(contribution) }
    }
  }

  /// Calls `body` with each place where a result stopped being finite, in the order of calls.
  public func forEachWitness(
    in passes: Range<Int>, _ body: (Witness) throws -> Void
  ) throws {
    for pass in self.passes where passes.contains(pass.id) && pass.nonFiniteCount > 0 {
      for witness in try witnesses(of: pass.id) { try body(witness) }
    }
  }

  /// Calls `body` with each result of the forward pass, in the order of writing.
  public func forEachForwardResult(_ body: (ForwardResult) throws -> Void) throws {
    try scan(ForwardResult.self, nil, key: ["id"], { [$0.row] }, body)
  }

  /// Calls `body` with each row of some passes, chunk after chunk.
  private func scan<Row: StoredRow>(
    _ kind: Row.Type, _ passes: Range<Int>?, key: [String], condition: String = "",
    _ keyOf: (Row) -> [Int], _ body: (Row) throws -> Void
  ) throws {
    let names = key.joined(separator: ", ")
    let within = passes == nil ? "" : "AND pass < ?\(key.count + 1)"
    let sql = """
      SELECT \(Row.columns) FROM \(Row.table)
      WHERE (\(names)) > (\(key.indices.map { "?\($0 + 1)" }.joined(separator: ", "))) \(within)
        \(condition) ORDER BY \(names) LIMIT \(Self.chunk)
      """
    // Before the first row of the first pass.
    var last = [Int](repeating: -1, count: key.count)
    if let passes {
      guard !passes.isEmpty else { return }
      last[0] = passes.lowerBound
      if key.count == 1 { last[0] -= 1 }
    }
    while true {
      let chunk = try connection.perform { connection -> [Row] in
        let decoder = RowDecoder(self, connection)
        let statement = try connection.statement(sql)
        for (index, number) in last.enumerated() { statement.bind(Int32(index), number) }
        if let passes { statement.bind(Int32(key.count), passes.upperBound) }
        var result: [Row] = []
        result.reserveCapacity(Self.chunk)
        do {
          while try statement.step() { result.append(try Row(statement, decoder)) }
        } catch {
          statement.reset()
          throw error
        }
        return result
      }
      for row in chunk { try body(row) }
      guard chunk.count == Self.chunk, let end = chunk.last else { return }
      let next = keyOf(end)
      // A damaged index could give rows that do not rise.
      guard last.lexicographicallyPrecedes(next) else { throw damaged("rows are out of order") }
      last = next
    }
  }
}
