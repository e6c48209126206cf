// What is read of a pass, or of one call in it.

internal import GraphModel

extension Recording {
  /// The calls of a pass, in order.
  public func calls(of pass: Int) throws(RecordingError) -> [Call] {
    try rows(Call.self, "pass = ?1", order: "call", of: pass)
  }

  /// The call of a pass that has a place in the order of running.
  public func call(_ order: Int, of pass: Int) throws(RecordingError) -> Call {
    let calls = try rows(Call.self, "pass = ?1 AND call = ?2", of: pass, order)
    guard let call = calls.first else {
      throw RecordingError(
        code: .noSuchRecord, message: "there is no call \(order) in pass \(pass)", file: path)
    }
    return call
  }

  /// The tensors around the calls of a pass, in order; saved tensors are none of them.
  public func measurements(of pass: Int) throws(RecordingError) -> [Measurement] {
    try rows(
      Measurement.self, "pass = ?1 AND role <> \(Role.saved.rawValue)", order: "call, role, slot",
      of: pass)
  }

  /// The tensors around one call, by role and slot.
  public func measurements(of pass: Int, call order: Int) throws(RecordingError) -> [Measurement] {
    try rows(
      Measurement.self, "pass = ?1 AND call = ?2 AND role <> \(Role.saved.rawValue)",
      order: "role, slot", of: pass, order)
  }

  /// What the tensors that nodes had saved held in a pass; `slot` is the tensor's id in the graph.
  public func savedTensors(of pass: Int) throws(RecordingError) -> [Measurement] {
    try rows(
      Measurement.self, "pass = ?1 AND role = \(Role.saved.rawValue)", order: "call, role, slot",
      of: pass)
  }

  /// What edges brought where several meet, in the order of the calls that took the sums.
  public func contributions(of pass: Int) throws(RecordingError) -> [Contribution] {
    try rows(Contribution.self, "pass = ?1", order: "call, output, place", of: pass)
  }

  /// What edges brought to the gradients that one call took.
  public func contributions(
    of pass: Int, call order: Int
  ) throws(RecordingError) -> [Contribution] {
    try rows(
      Contribution.self, "pass = ?1 AND call = ?2", order: "output, place", of: pass, order)
  }

  /// The tensors of a pass whose elements are recorded, saved ones among them.
  public func values(of pass: Int) throws(RecordingError) -> [Value] {
    try rows(Value.self, "pass = ?1", order: "call, role, slot", of: pass)
  }

  /// The tensors around one call whose elements are recorded.
  public func values(of pass: Int, call order: Int) throws(RecordingError) -> [Value] {
    try rows(
      Value.self, "pass = ?1 AND call = ?2 AND role <> \(Role.saved.rawValue)",
      order: "role, slot", of: pass, order)
  }

  /// A tensor's elements as they lay in memory, from the first to the last, in the byte order of the
  /// machine that recorded.
  public func bytes(of value: Value) throws(RecordingError) -> [UInt8] {
    let bytes = try connection.perform { connection -> [UInt8]? in
      let statement = try connection.statement("SELECT bytes FROM blobs WHERE id = ?")
      statement.bind(0, value.content)
      defer { statement.reset() }
      return try statement.step() ? statement.blob(0) : nil
    }
    guard let bytes, bytes.count == value.byteCount else {
      throw RecordingError(
        code: .noSuchRecord,
        message: "the elements of a tensor of pass \(value.pass) are not in the recording",
        file: path)
    }
    return bytes
  }

  /// What nodes of a pass are made of, for running them again.
  public func nodeFields(of pass: Int) throws(RecordingError) -> [NodeFields] {
    try rows(NodeFields.self, "pass = ?1", order: "node", of: pass)
  }

  /// Where results of a pass stopped being finite, in the order of calls.
  public func witnesses(of pass: Int) throws(RecordingError) -> [Witness] {
    try rows(Witness.self, "pass = ?1", order: "call, id", of: pass)
  }

  /// The results of the forward pass whose nodes a pass met, in the order of making.
  public func forwardResults(of pass: Int) throws(RecordingError) -> [ForwardResult] {
    try rows(ForwardResult.self, "pass = ?1", order: "sequence, output", of: pass)
  }

  /// Where histories ended, in order.
  public func cuts() throws(RecordingError) -> [Cut] {
    try rows(Cut.self, "1", order: "id")
  }

  /// The named parameters, by session and name.
  public func parameters() throws(RecordingError) -> [Parameter] {
    try rows(Parameter.self, "1", order: "session, name")
  }

  /// What was left out, in order.
  public func dropped() throws(RecordingError) -> [Dropped] {
    try rows(Dropped.self, "1", order: "id")
  }

  /// What the recording holds, in figures.
  public func info() throws(RecordingError) -> Info {
    try connection.perform { connection in
      Info(
        passCount: passes.count, callCount: passes.reduce(0) { $0 &+ $1.callCount },
        measurementCount: passes.reduce(0) { $0 &+ $1.measurementCount },
        graphCount: nodeCounts.count,
        valueCount: try connection.number("SELECT count(*) FROM tensor_values") ?? 0,
        valueBytes: try connection.number("SELECT sum(length(bytes)) FROM blobs") ?? 0,
        byteCount: (try connection.number("PRAGMA page_count") ?? 0)
          &* (try connection.number("PRAGMA page_size") ?? 0))
    }
  }

  /// All rows of a kind that a condition holds for.
  private func rows<Row: StoredRow>(
    _ kind: Row.Type, _ condition: String, order: String? = nil, of parameters: Int...
  ) throws(RecordingError) -> [Row] {
    try connection.perform { connection in
      let decoder = RowDecoder(self, connection)
      let statement = try connection.statement(
        "SELECT \(Row.columns) FROM \(Row.table) WHERE \(condition)"
          + (order.map { " ORDER BY \($0)" } ?? ""))
      for (index, parameter) in parameters.enumerated() { statement.bind(Int32(index), parameter) }
      var result: [Row] = []
      do {
        while try statement.step() { result.append(try Row(statement, decoder)) }
      } catch {
        statement.reset()
        throw error
      }
      return result
    }
  }
}
