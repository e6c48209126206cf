// What a recorded pass says of its graph, as an overlay for the picture.

internal import GradientRecording
internal import GraphModel
internal import GraphRendering

/// What the colours of a recorded pass's picture say.
enum Coloring: String, CaseIterable, Sendable {
  /// The L2 norm of the gradients that a node took.
  case norm
  /// Whether gradients are finite.
  case health
  /// How long a node ran.
  case time
}

extension GraphOverlay {
  /// What happened in a pass, for its graph.
  init(
    of pass: Recording.Pass, in recording: Recording, graph: ComputationGraph, coloring: Coloring
  ) throws {
    let marks = try PassMarks(of: pass, in: recording, graph: graph, coloring: coloring)
    self.init(
      title: Self.title(of: pass), scale: marks.scale, nodes: marks.nodes, tensors: marks.tensors,
      edges: marks.edges)
  }

  private static func title(of pass: Recording.Pass) -> String {
    var lines = ["pass \(pass.id)", "step \(pass.step)"]
    if pass.microBatch > 0 { lines[1] += ", micro-batch \(pass.microBatch)" }
    if !pass.phase.isEmpty { lines[1] += ", \(printable(pass.phase, limit: 40))" }
    switch pass.outcome {
    case .completed: break
    case .running: lines.append("not over yet")
    case .unfinished: lines.append("cut off")
    case .failed(let reason): lines.append("failed: \(printable(reason, limit: 60))")
    }
    return lines.joined(separator: "\n")
  }
}

/// The marks of a pass, while they are gathered.
private struct PassMarks {
  private(set) var nodes: [Int: GraphOverlay.Mark] = [:]
  private(set) var tensors: [Int: GraphOverlay.Mark] = [:]
  private(set) var edges: [GraphOverlay.Edge: GraphOverlay.Mark] = [:]
  private(set) var scale: GraphOverlay.Scale?

  private let graph: ComputationGraph
  private let coloring: Coloring

  /// What was measured of one call.
  private struct Around {
    var call: Recording.Call
    var taken: [Recording.Measurement] = []
    var given: [Recording.Measurement] = []
    var after: Recording.Measurement?
  }

  init(
    of pass: Recording.Pass, in recording: Recording, graph: ComputationGraph, coloring: Coloring
  ) throws {
    self.graph = graph
    self.coloring = coloring
    var around: [Int: Around] = [:]
    for call in try recording.calls(of: pass.id) { around[call.order] = Around(call: call) }
    for measurement in try recording.measurements(of: pass.id) {
      switch measurement.role {
      case .gradOutput: around[measurement.order]?.taken.append(measurement)
      case .gradInput: around[measurement.order]?.given.append(measurement)
      case .gradAfter: around[measurement.order]?.after = measurement
      case .gradBefore, .parameter, .saved: break
      }
    }
    // What did not run is what no call is of.
    for node in graph.nodes {
      nodes[node.id] = GraphOverlay.Mark(.absent)
      if let leaf = node.leaf { tensors[leaf] = GraphOverlay.Mark(.absent, note: "no gradient") }
      for input in node.inputs.indices {
        edges[GraphOverlay.Edge(node: node.id, input: input)] = GraphOverlay.Mark(.absent)
      }
    }
    for one in around.values { add(one) }
    if coloring == .norm { try addShares(of: pass, in: recording, around) }
    for root in graph.roots { add(root: root, of: pass) }
    let values = (Array(nodes.values) + tensors.values).compactMap { mark in
      if case .value(let value) = mark.level { value } else { nil }
    }
    scale =
      coloring == .time
      ? GraphOverlay.Scale("time in a node, log scale", of: values) { durationText($0) }
      : GraphOverlay.Scale("L2 norm of the gradient, log scale", of: values) { shortText($0) }
  }

  private mutating func add(_ one: Around) {
    let id = one.call.node
    guard id < graph.nodes.count else { return }
    let node = graph.nodes[id]
    if coloring == .time {
      let time = one.call.end.map { Double(max(1, $0 &- one.call.start)) }
      nodes[id] = GraphOverlay.Mark(
        time.map { .value($0) } ?? .plain, note: time.map(durationText) ?? "not over")
    } else {
      nodes[id] = mark(of: one)
    }
    for given in one.given where given.slot < node.inputs.count {
      let isBroken = coloring != .time && !given.statistics.isFinite
      edges[GraphOverlay.Edge(node: id, input: given.slot)] =
        isBroken ? GraphOverlay.Mark(.broken) : nil
    }
    if one.given.isEmpty, coloring == .time || one.taken.isEmpty {
      // Nothing is measured of it, so that nothing can be said to be absent.
      for input in node.inputs.indices {
        edges[GraphOverlay.Edge(node: id, input: input)] = nil
      }
    }
    guard let leaf = node.leaf else { return }
    tensors[leaf] = one.after.flatMap { mark(ofLeaf: $0) }
  }

  /// The mark of a node by what it took and handed on.
  private func mark(of one: Around) -> GraphOverlay.Mark {
    let broken = (one.taken + one.given).filter { !$0.statistics.isFinite }
    if !broken.isEmpty {
      let took = one.taken.filter { !$0.statistics.isFinite }
      return GraphOverlay.Mark(
        took.isEmpty ? .origin : .broken,
        note: Self.countText((took.isEmpty ? broken : took).map(\.statistics)))
    }
    return mark(one.taken.map(\.statistics))
  }

  private func mark(ofLeaf after: Recording.Measurement) -> GraphOverlay.Mark? {
    if coloring == .time { return nil }
    guard after.statistics.isFinite else {
      return GraphOverlay.Mark(.broken, note: "grad: " + Self.countText([after.statistics]))
    }
    var mark = mark([after.statistics])
    mark.note = mark.note.map { "grad " + $0 }
    return mark
  }

  /// The mark of finite gradients.
  private func mark(_ statistics: [GradientStatistics]) -> GraphOverlay.Mark {
    let count = statistics.reduce(0) { $0 &+ $1.count }
    let zeros = statistics.reduce(0) { $0 &+ $1.zeroCount }
    if count > 0, zeros == count {
      return GraphOverlay.Mark(.zero, note: coloring == .norm ? "0" : nil)
    }
    let norm = statistics.reduce(0) { $0 + $1.norm * $1.norm }.squareRoot()
    if coloring == .norm, count > 0, norm.isFinite {
      return GraphOverlay.Mark(.value(norm), note: shortText(norm))
    }
    let share = Int((100 * Double(zeros) / Double(max(count, 1))).rounded())
    return GraphOverlay.Mark(.sound, note: share > 0 ? "\(share) % zero" : nil)
  }

  /// How many elements are not finite, such as `3 NaN, 1 Inf of 12`.
  private static func countText(_ statistics: [GradientStatistics]) -> String {
    let nans = statistics.reduce(0) { $0 &+ $1.nanCount }
    let infinities = statistics.reduce(0) {
      $0 &+ $1.positiveInfinityCount &+ $1.negativeInfinityCount
    }
    let count = statistics.reduce(0) { $0 &+ $1.count }
    let kinds = [(nans, "NaN"), (infinities, "Inf")].filter { $0.0 > 0 }
    return kinds.map { "\($0.0) \($0.1)" }.joined(separator: ", ") + " of \(count)"
  }

  /// Writes beside the arrows what they bring where several meet.
  private mutating func addShares(
    of pass: Recording.Pass, in recording: Recording, _ around: [Int: Around]
  ) throws {
    for share in try recording.contributions(of: pass.id) {
      guard let source = share.source, let from = around[source.order], share.norm.isFinite,
        from.call.node < graph.nodes.count
      else { continue }
      let edge = GraphOverlay.Edge(node: from.call.node, input: source.input)
      var mark = edges[edge] ?? GraphOverlay.Mark(.sound)
      mark.note = shortText(share.norm)
      // Shares that point against their sum cancel others.
      if share.cosine < -0.1 {
        mark.note! += "\ncos " + shortText((share.cosine * 100).rounded() / 100)
      }
      edges[edge] = mark
    }
  }

  private mutating func add(root: Int, of pass: Recording.Pass) {
    guard let value = pass.root, graph.roots.count == 1, tensors[root] == nil else { return }
    tensors[root] = GraphOverlay.Mark(
      value.isFinite || coloring == .time ? .plain : .broken, note: "= \(shortText(value))")
  }
}
