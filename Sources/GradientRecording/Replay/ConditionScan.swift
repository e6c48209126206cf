// Finds the calls of a pass that a condition holds of.

internal import GraphModel

/// Looks through passes for one condition; what it found last it keeps.
struct ConditionScan {
  let condition: Condition
  /// The calls that were found, by the pass's place.
  private var found: [Int: [Int32]] = [:]
  private var foundLast: [Int] = []
  private static let mostFound = 16
  /// What the terms about nodes say of each node of a graph.
  private var terms: [Int: [[Bool]]] = [:]
  private static let mostGraphs = 8

  init(_ condition: Condition) {
    self.condition = condition
  }

  /// The orders of the calls that the condition holds of, rising.
  mutating func calls(in index: Int, of replay: Replay) throws(RecordingError) -> [Int32] {
    if let known = found[index] { return known }
    let calls = try search(index, replay)
    if foundLast.count == Self.mostFound { found[foundLast.removeFirst()] = nil }
    foundLast.append(index)
    found[index] = calls
    return calls
  }

  /// The same of those calls alone of whose node it did not hold in the step before.
  mutating func newCalls(in index: Int, of replay: Replay) throws(RecordingError) -> [Int32] {
    let calls = try calls(in: index, of: replay)
    guard !calls.isEmpty, let before = replay.alignment.before(index) else { return calls }
    let callsBefore = try self.calls(in: before, of: replay)
    guard !callsBefore.isEmpty else { return calls }
    let nodesBefore = try replay.load(before).nodes
    let held = Set(callsBefore.map { nodesBefore[Int($0)] })
    let nodes = try replay.load(index).nodes
    return calls.filter { !held.contains(nodes[Int($0)]) }
  }

  private mutating func search(_ index: Int, _ replay: Replay) throws(RecordingError) -> [Int32] {
    let pass = replay.recording.passes[index]
    guard pass.callCount > 0 else { return [] }
    let graph = try replay.recording.graph(pass.graph)
    let terms = nodeTerms(graph, pass.graph)
    let isFinite = pass.nonFiniteCount == 0 && condition.isOfNonFinite
    /// What is known of a call by its node alone.
    let known: [Bool?] = graph.nodes.indices.map { node in
      condition.holds(
        pass: pass, node: { terms[$0][node] }, tensor: { _ in isFinite ? false : nil },
        share: { _ in nil })
    }
    guard known.contains(where: { $0 != false }) else { return [] }

    let loaded = try replay.load(index)
    let open = loaded.nodes.indices.filter { known[Int(loaded.nodes[$0])] == nil }
    guard !open.isEmpty else {
      return loaded.nodes.indices.filter { known[Int(loaded.nodes[$0])] == true }.map { Int32($0) }
    }
    let tensors = isFinite ? [:] : try tensorBits(loaded, index, open, replay)
    let shares = try shareBits(loaded, open, replay)
    return loaded.nodes.indices.filter { order in
      let node = Int(loaded.nodes[order])
      if let known = known[node] { return known }
      let (tensor, share) = (tensors[Int32(order)] ?? 0, shares[Int32(order)] ?? 0)
      return condition.holds(
        pass: pass, node: { terms[$0][node] }, tensor: { tensor >> UInt64($0) & 1 == 1 },
        share: { share >> UInt64($0) & 1 == 1 }) == true
    }.map { Int32($0) }
  }

  private mutating func nodeTerms(_ graph: ComputationGraph, _ id: Int) -> [[Bool]] {
    if let known = terms[id] { return known }
    if terms.count == Self.mostGraphs { terms.removeAll() }
    let answers = condition.nodeTerms.map { term in graph.nodes.map { term.holds($0, graph) } }
    terms[id] = answers
    return answers
  }

  // MARK: What calls hold

  /// Whether these calls are read one by one rather than with all of the pass.
  private func isFew(_ calls: [Int], of pass: LoadedPass) -> Bool {
    calls.count * 16 < pass.nodes.count
  }

  /// The terms about tensors that hold of calls.
  private func tensorBits(
    _ pass: LoadedPass, _ index: Int, _ calls: [Int], _ replay: Replay
  ) throws(RecordingError) -> [Int32: UInt64] {
    guard !condition.tensorTerms.isEmpty else { return [:] }
    let recording = replay.recording
    var bits: [Int32: UInt64] = [:]
    var last: LoadedPass?
    if condition.looksBack, let before = replay.alignment.before(index) {
      last = try replay.load(before)
    }
    if isFew(calls, of: pass) {
      for order in calls {
        var before: [Recording.Measurement] = []
        if let last, let other = last.order(of: Int(pass.nodes[order])) {
          before = try recording.measurements(of: last.pass.id, call: other)
        }
        for one in try recording.measurements(of: pass.pass.id, call: order) {
          let held = before.first { $0.role == one.role && $0.slot == one.slot }?.statistics
          bits[Int32(order), default: 0] |= condition.bits(one, before: held)
        }
      }
      return bits
    }
    var before: [TensorKey: GradientStatistics] = [:]
    if let last {
      try recording.visitMeasurements(of: last.pass.id, roles: condition.roles) {
        guard last.nodes.indices.contains($0.order) else { return }
        before[TensorKey(last.nodes[$0.order], $0)] = $0.statistics
      }
    }
    try recording.visitMeasurements(
      of: pass.pass.id, roles: condition.roles, nonFiniteOnly: condition.isOfNonFinite
    ) { one in
      guard pass.nodes.indices.contains(one.order) else { return }
      let held = before.isEmpty ? nil : before[TensorKey(pass.nodes[one.order], one)]
      let holding = condition.bits(one, before: held)
      if holding != 0 { bits[Int32(one.order), default: 0] |= holding }
    }
    return bits
  }

  private func shareBits(
    _ pass: LoadedPass, _ calls: [Int], _ replay: Replay
  ) throws(RecordingError) -> [Int32: UInt64] {
    guard !condition.shareTerms.isEmpty else { return [:] }
    var bits: [Int32: UInt64] = [:]
    if isFew(calls, of: pass) {
      for order in calls {
        for share in try replay.recording.contributions(of: pass.pass.id, call: order) {
          bits[Int32(order), default: 0] |= condition.bits(share)
        }
      }
      return bits
    }
    try replay.recording.visitContributions(of: pass.pass.id) { share in
      let holding = condition.bits(share)
      if holding != 0, let order = Int32(exactly: share.order) {
        bits[order, default: 0] |= holding
      }
    }
    return bits
  }

  /// A tensor around the call of a node, whatever the pass.
  private struct TensorKey: Hashable {
    var node: Int32
    var role: Recording.Role
    var slot: Int

    init(_ node: Int32, _ measurement: Recording.Measurement) {
      self.node = node
      role = measurement.role
      slot = measurement.slot
    }
  }
}
