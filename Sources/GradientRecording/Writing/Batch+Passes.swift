// Writes what is told once a session, a graph or a pass.

internal import Foundation
internal import GradientJournal
internal import GraphModel

extension Batch {
  func write(_ session: Session) throws {
    // A session that another begins after has ended, however it did.
    try connection.execute(
      """
      UPDATE passes SET outcome = 'unfinished' WHERE outcome IS NULL;
      UPDATE sessions SET state = 'recovered' WHERE state = 'recording';
      """)
    let firstPass =
      1
      &+ (try connection.number(
        """
        SELECT max(coalesce((SELECT max(id) FROM passes), -1),
          coalesce((SELECT max(last_pass) FROM dropped), -1))
        """) ?? -1)
    let statement = try connection.statement(
      """
      INSERT INTO sessions(producer, version, started_at, process_id, command, policy, first_pass,
        state) VALUES (\(places(7)), 'recording')
      """)
    statement.bind(0, session.producer)
    statement.bind(1, session.version)
    statement.bind(2, session.startedAt)
    statement.bind(3, session.processID)
    statement.bind(4, text: Array(try JSONEncoder().encode(session.command)))
    statement.bind(5, session.policy)
    statement.bind(6, firstPass)
    try statement.run()
    writer.state.session = connection.lastInserted
    writer.state.firstPass = firstPass
    writer.state.openPasses = []
    writer.state.graphs = [:]
    writer.state.lastShare = nil
    writer.state.openCalls = []
    writer.state.ringRow = nil
  }

  /// The session that an event belongs to: a nameless one where its beginning is lost.
  private func session() throws -> Int {
    if writer.state.session == 0 {
      try write(
        Session(
          producer: "", version: "", startedAt: 0, processID: 0, command: [], policy: "{}"))
    }
    return writer.state.session
  }

  func write(_ graph: Graph) throws {
    let session = try session()
    let row = try self.row(of: graph)
    let statement = try connection.statement(
      "INSERT OR REPLACE INTO session_graphs VALUES (?, ?, ?)")
    statement.bind(0, session)
    statement.bind(1, graph.id)
    statement.bind(2, row)
    try statement.run()
    writer.state.graphs[graph.id] = row
  }

  /// The row of a graph, which is made where there is none of the same bytes.
  private func row(of graph: Graph) throws -> Int {
    let digest = digest(graph.json)
    let find = try connection.statement("SELECT id, json FROM graphs WHERE digest = ?")
    find.bind(0, digest)
    while try find.step() {
      if find.bytes(1, text: true).elementsEqual(graph.json) {
        defer { find.reset() }
        return find.int(0)
      }
    }
    // A graph that is none is kept as it was told; who asks for it hears of it.
    let parsed = try? ComputationGraph(json: graph.json)
    let statement = try connection.statement(
      """
      INSERT INTO graphs(fingerprint, digest, json, node_count, edge_count)
      VALUES (?, ?, ?, ?, ?)
      """)
    statement.bind(0, Int64(bitPattern: graph.fingerprint))
    statement.bind(1, digest)
    statement.bind(2, text: graph.json)
    statement.bind(3, parsed?.nodes.count ?? 0)
    let edgeCount = parsed?.nodes.reduce(0) { $0 + $1.inputs.count { $0 != nil } }
    statement.bind(4, edgeCount ?? 0)
    try statement.run()
    let row = connection.lastInserted
    if let parsed { try write(parsed, row: row) }
    return row
  }

  private func write(_ graph: ComputationGraph, row: Int) throws {
    let nodes = try connection.statement("INSERT INTO nodes VALUES (\(places(9)))")
    let edges = try connection.statement("INSERT INTO edges VALUES (?, ?, ?, ?, ?)")
    for node in graph.nodes {
      nodes.bind(0, row)
      nodes.bind(1, node.id)
      nodes.bind(2, node.name)
      nodes.bind(3, node.kind.rawValue)
      nodes.bind(4, node.scope)
      nodes.bind(5, node.source?.file)
      nodes.bind(6, node.source?.line)
      nodes.bind(7, node.sequence)
      nodes.bind(8, node.leaf.flatMap { graph.tensors[$0].name })
      try nodes.run()
      for (input, edge) in node.inputs.enumerated() {
        guard let edge else { continue }
        edges.bind(0, row)
        edges.bind(1, node.id)
        edges.bind(2, input)
        edges.bind(3, edge.node)
        edges.bind(4, edge.output)
        try edges.run()
      }
    }
  }

  func write(_ beginning: PassBeginning) throws {
    let pass = number(beginning.pass)
    let statement = try connection.statement(
      """
      INSERT OR REPLACE INTO passes VALUES (\(places(8)), NULL, ?, NULL, NULL, ?, ?, 0, 0, 0)
      """)
    statement.bind(0, pass)
    statement.bind(1, try session())
    statement.bind(2, writer.state.graphs[beginning.graph])
    statement.bind(3, beginning.step)
    statement.bind(4, beginning.microBatch)
    statement.bind(5, beginning.phase)
    statement.bind(6, String(describing: beginning.detail))
    statement.bind(7, beginning.time)
    statement.bind(8, value: beginning.root)
    statement.bind(9, beginning.retainsGraph)
    statement.bind(10, beginning.createsGraph)
    try statement.run()
    writer.state.openPasses.insert(pass)
  }

  func write(_ end: PassEnd) throws {
    let pass = number(end.pass)
    let statement = try connection.statement(
      "UPDATE passes SET ended_ns = ?, outcome = ?, failure = ? WHERE id = ?")
    statement.bind(0, end.time)
    statement.bind(1, end.failure == nil ? "completed" : "failed")
    statement.bind(2, end.failure)
    statement.bind(3, pass)
    try statement.run()
    writer.state.openPasses.remove(pass)
  }

  func write(_ parameter: GradientJournal.Parameter) throws {
    let statement = try connection.statement(
      "INSERT OR REPLACE INTO parameters VALUES (?, ?, ?, ?)")
    statement.bind(0, try session())
    statement.bind(1, parameter.name)
    statement.bind(2, try type(parameter.dtype, Shape(parameter.shape)))
    statement.bind(3, parameter.requiresGrad)
    try statement.run()
  }

  func write(_ dropped: GradientJournal.Dropped) throws {
    try writeDropped(
      reason: dropped.reason, firstPass: number(dropped.firstPass),
      lastPass: number(dropped.lastPass), calls: Int(clamping: dropped.calls))
  }

  /// Says that something was left out; a row a reason, where it goes on from the last.
  func writeDropped(
    reason: GradientJournal.Dropped.Reason, firstPass: Int, lastPass: Int, calls: Int
  ) throws {
    let session = try session()
    let update = try connection.statement(
      """
      UPDATE dropped SET last_pass = max(last_pass, ?3), calls = calls + ?4
      WHERE id = (SELECT max(id) FROM dropped WHERE session = ?1 AND reason = ?5)
        AND ?2 BETWEEN first_pass AND last_pass + 1
      """)
    let insert = try connection.statement(
      """
      INSERT INTO dropped(session, first_pass, last_pass, calls, reason) VALUES (?1, ?2, ?3, ?4, ?5)
      """)
    for statement in [update, insert] {
      statement.bind(0, session)
      statement.bind(1, firstPass)
      statement.bind(2, lastPass)
      statement.bind(3, calls)
      statement.bind(4, String(describing: reason))
      try statement.run()
      if connection.changes > 0 { break }
    }
  }

  func write(_ closing: Closing) throws {
    let statement = try connection.statement(
      "UPDATE sessions SET state = 'closed', ended_ns = ?, failure = ? WHERE id = ?")
    statement.bind(0, closing.time)
    statement.bind(1, closing.failure)
    statement.bind(2, try session())
    try statement.run()
    try connection.execute("UPDATE passes SET outcome = 'unfinished' WHERE outcome IS NULL")
    writer.state.session = 0
    writer.state.openPasses = []
  }
}
