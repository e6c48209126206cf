// What is read of a pass before stepping through it.

internal import GraphModel

/// A pass's graph, and which node each of its calls ran.
struct LoadedPass {
  let pass: Recording.Pass
  let graph: ComputationGraph
  let plan: GraphPlan
  /// The node of each call.
  let nodes: [Int32]
  /// The first call of each node; -1 where it has none.
  private let orders: [Int32]
  /// The calls that began and did not come to their end.
  let interrupted: Set<Int32>
  /// Nodes without a call that the pass passes over when their turn comes.
  let passedOver: Set<Int32>

  /// Reads a pass; of `like`, which is over the same graph, it takes what is the same.
  init(_ recording: Recording, _ pass: Recording.Pass, like: LoadedPass?) throws(RecordingError) {
    self.pass = pass
    if let like {
      graph = like.graph
      plan = like.plan
    } else {
      graph = try recording.graph(pass.graph)
      plan = GraphPlan(graph)
    }
    let nodeCount = graph.nodes.count
    var nodes: [Int32] = []
    nodes.reserveCapacity(min(max(0, pass.callCount), nodeCount))
    var interrupted: Set<Int32> = []
    var fault: String?
    try recording.visitCalls(of: pass.id) { call in
      if call.order != nodes.count {
        fault = "pass \(pass.id) has no call \(nodes.count)"
      } else if !(0..<nodeCount).contains(call.node) {
        fault = "call \(call.order) of pass \(pass.id) is of a node that the graph does not have"
      } else if nodes.count < pass.callCount {
        if call.end == nil { interrupted.insert(Int32(nodes.count)) }
        nodes.append(Int32(call.node))
        return true
      }
      return false
    }
    if fault == nil, nodes.count < pass.callCount {
      fault = "pass \(pass.id) has \(nodes.count) calls, not \(pass.callCount)"
    }
    if let fault {
      throw RecordingError(
        code: .damaged, message: "the recording is damaged: \(fault)", file: recording.path)
    }
    self.interrupted = interrupted
    if let like, like.nodes == nodes, like.pass.outcome == pass.outcome,
      pass.outcome == .completed
    {
      self.nodes = like.nodes
      orders = like.orders
      passedOver = like.passedOver
      return
    }
    self.nodes = nodes
    var orders = [Int32](repeating: -1, count: nodeCount)
    for (order, node) in nodes.enumerated() where orders[Int(node)] < 0 {
      orders[Int(node)] = Int32(order)
    }
    self.orders = orders
    var without = Set<Int32>()
    for node in 0..<nodeCount where orders[node] < 0 && plan.isReached[node] {
      without.insert(Int32(node))
    }
    // In a pass that came to its end, what did not run had its turn; in another it may have waited.
    if pass.outcome != .completed, !without.isEmpty {
      without.subtract(try Self.delivered(recording, pass, nodes, plan))
    }
    passedOver = without
  }

  /// The nodes to which a gradient was delivered.
  private static func delivered(
    _ recording: Recording, _ pass: Recording.Pass, _ nodes: [Int32], _ plan: GraphPlan
  ) throws(RecordingError) -> Set<Int32> {
    var delivered = Set(plan.roots)
    try recording.visitMeasurements(of: pass.id, roles: [.gradInput]) { measurement in
      guard nodes.indices.contains(measurement.order) else { return }
      for edge in plan.edges(of: nodes[measurement.order])
      where Int(plan.inputs[edge]) == measurement.slot {
        delivered.insert(plan.targets[edge])
      }
    }
    return delivered
  }

  /// The first call of a node.
  func order(of node: Int) -> Int? {
    orders.indices.contains(node) && orders[node] >= 0 ? Int(orders[node]) : nil
  }
}

extension Recording {
  /// Calls `body` with the calls of a pass in their order, until it returns false.
  func visitCalls(of pass: Int, _ body: (Call) -> Bool) throws(RecordingError) {
    do {
      try forEachCall(in: pass..<pass + 1) { if !body($0) { throw Enough() } }
    } catch {
      if !(error is Enough) { throw RecordingError(error, file: path) }
    }
  }

  /// Calls `body` with the measurements of a pass in the order of its calls.
  func visitMeasurements(
    of pass: Int, roles: Set<Role>, nonFiniteOnly: Bool = false, _ body: (Measurement) -> Void
  ) throws(RecordingError) {
    do {
      try forEachMeasurement(in: pass..<pass + 1, roles: roles, nonFiniteOnly: nonFiniteOnly, body)
    } catch {
      throw RecordingError(error, file: path)
    }
  }

  /// Calls `body` with the contributions of a pass in the order of its calls.
  func visitContributions(
    of pass: Int, _ body: (Contribution) -> Void
  ) throws(RecordingError) {
    do {
      try forEachContribution(in: pass..<pass + 1, body)
    } catch {
      throw RecordingError(error, file: path)
    }
  }
}

/// Ends a walk that has seen enough.
private struct Enough: Error {}
