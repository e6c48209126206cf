// Two passes call by call: the first node whose inputs agree and whose result does not.

internal import GraphModel

/// The comparison of one pass with another.
struct PassComparison {
  private(set) var difference: RecordingComparison.Difference?
  private(set) var roundedCount = 0

  private let sides: Sides
  private let a: DetailedPass
  private let b: DetailedPass
  private let alignment: GraphAlignment
  /// The matched calls, in the order of the first pass: their places in both, and their nodes.
  private var calls: [(a: Int, b: Int, nodes: (a: Int, b: Int))] = []
  /// Of these, the calls that hand on other gradients, or leave others in a leaf.
  private var different: [Int] = []

  init(_ pair: PassPairing.Pair, _ sides: Sides, isFirst: Bool) throws {
    self.sides = sides
    a = try DetailedPass(
      pair.first, sides.first, sides.structure(pair.first.graph, isFirst: true))
    b = try DetailedPass(
      pair.second, sides.second, sides.structure(pair.second.graph, isFirst: false))
    alignment = try sides.alignment(pair.first.graph, pair.second.graph)
    var orders: [Int: Int] = [:]
    for call in b.calls { orders[call.node] = call.order }
    for call in a.calls {
      if let node = alignment.forward[call.node], let order = orders[node] {
        calls.append((call.order, order, (call.node, node)))
      }
    }
    different = calls.indices.filter { differs($0, [.gradInput, .gradAfter]) != nil }
    roundedCount = calls.indices.reduce(0) { $0 + rounded($1) }
    difference = try firstDifference(isFirst: isFirst)
  }

  /// How many tensors of a matched call have other bits and agree all the same.
  private func rounded(_ index: Int) -> Int {
    let inputs = a.structure.graph.nodes[node(index).a].inputs.count
    let places =
      [(Recording.Role.parameter, 0), (.gradAfter, 0)] + (0..<inputs).map { (.gradInput, $0) }
    return places.count { role, slot in
      guard let one = a.measurement(role, slot, at: calls[index].a),
        let other = b.measurement(role, slot, at: calls[index].b)
      else { return false }
      return sides.agreement(one.statistics, other.statistics) == .rounded
    }
  }

  // MARK: Where they part

  private func firstDifference(
    isFirst: Bool
  ) throws -> RecordingComparison.Difference? {
    for index in calls.indices {
      guard let (x, y) = differs(index, [.parameter]) else { continue }
      let name = a.structure.leafText(node(index).a)
      return make(
        .parameter, index,
        isFirst
          ? "the parameter \(name) differs before the first pass"
          : "the parameter \(name) differs, though all before agreed: the step between",
        [values(x, y)])
    }
    if let forward = try forwardDifference() { return forward }
    let rootsDiffer = differ(a.pass.root, b.pass.root)
    var evidence: [String] = []
    if rootsDiffer {
      evidence.append(
        "the losses are \(text(a.pass.root ?? .nan)) and \(text(b.pass.root ?? .nan)), though the "
          + "parameters agree: the data, or an operator, differs")
    }
    if let backward = backwardDifference(evidence) { return backward }
    if rootsDiffer { return make(.root, nil, "the losses differ", evidence) }
    for index in calls.indices {
      guard let (x, y) = differs(index, [.gradBefore]) else { continue }
      return make(
        .gradientBefore, index,
        "the gradient that \(a.structure.leafText(node(index).a)) held before differs",
        [values(x, y)])
    }
    return nil
  }

  /// The first result of the forward pass that differs, where both recorded what says so.
  private func forwardDifference() throws -> RecordingComparison.Difference? {
    let (resultsA, resultsB) = (
      try results(a, sides.first), try results(b, sides.second)
    )
    let graph = a.structure.graph
    let order = graph.nodes.sorted { ($0.sequence ?? -1, $0.id) < ($1.sequence ?? -1, $1.id) }
    for known in order {
      guard let other = alignment.forward[known.id], let x = resultsA[known.id],
        let y = resultsB[other], sides.agreement(x, y) == .none
      else { continue }
      let inputs = known.inputs.compactMap { $0?.node }.filter { resultsA[$0] != nil }
      let words = inputs.isEmpty ? "" : ", though what it took agrees"
      return make(
        .forward, nil, "the result of \(a.structure.text(known.id)) differs\(words)",
        [
          "norm \(text(x.norm)) and \(text(y.norm)), from \(text(x.minimum)) to \(text(x.maximum)) "
            + "and from \(text(y.minimum)) to \(text(y.maximum))"
        ], nodes: (known.id, other))
    }
    return nil
  }

  /// What is known of the results of nodes, by node.
  private func results(
    _ pass: DetailedPass, _ recording: Recording
  ) throws -> [Int: GradientStatistics] {
    var results: [Int: GradientStatistics] = [:]
    let graph = pass.structure.graph
    for one in try recording.savedTensors(of: pass.pass.id)
    where graph.tensors.indices.contains(one.slot) {
      if let edge = graph.tensors[one.slot].gradFn, edge.output == 0 {
        results[edge.node] = one.statistics
      }
    }
    for one in try recording.forwardResults(of: pass.pass.id) where one.output == 0 {
      if let node = one.node, graph.nodes.indices.contains(node) { results[node] = one.statistics }
    }
    return results
  }

  private func backwardDifference(_ evidence: [String]) -> RecordingComparison.Difference? {
    for index in calls.indices {
      if let (x, y) = differs(index, [.gradOutput]) {
        // No matched node made it differ: one did that only one of the graphs has.
        let strangers = strangers(index)
        return make(
          .structure, index,
          "the gradient that reaches \(a.structure.text(node(index).a)) differs: it comes through "
            + (strangers.isEmpty ? "other edges" : listed(strangers)),
          evidence + [values(x, y)])
      }
      if let (x, y) = differs(index, [.gradInput]) {
        return make(
          .backward, index,
          "\(a.structure.text(node(index).a)) hands on other gradients, though what it took agrees",
          evidence + [values(x, y)])
      }
    }
    return nil
  }

  /// The nodes between matched ones that only one of the graphs has.
  private func strangers(_ index: Int) -> [String] {
    let (x, y) = node(index)
    let inFirst = a.structure.consumers[x].map(\.node).filter { alignment.forward[$0] == nil }
    let inSecond = b.structure.consumers[y].map(\.node).filter { alignment.backward[$0] == nil }
    return inFirst.map { "\(a.structure.text($0)) of the first" }
      + inSecond.map { "\(b.structure.text($0)) of the second" }
  }

  // MARK: How far it spreads

  func spread(later: ArraySlice<PassPairing.Pair>) throws -> RecordingComparison.Spread {
    let here = Set(different.map { leafName($0) }.compactMap { $0 })
    var laterDifferent = 0
    var laterNames: Set<String> = []
    for pair in later {
      let names = try differentLeaves(pair)
      if !names.isEmpty || differ(pair.first.root, pair.second.root) { laterDifferent += 1 }
      laterNames.formUnion(names)
    }
    let nodes = different.filter { leafName($0) == nil }.map { a.structure.text(node($0).a) }
    return RecordingComparison.Spread(
      differentCalls: different.count, comparedCalls: calls.count, nodes: Array(nodes.prefix(8)),
      parameters: here.sorted(), laterPairs: later.count, laterDifferent: laterDifferent,
      laterParameters: laterNames.subtracting(here).sorted())
  }

  private func leafName(_ index: Int) -> String? {
    let id = node(index).a
    guard a.structure.graph.nodes[id].kind == .accumulateGrad else { return nil }
    return a.structure.leafText(id)
  }

  /// The leaves whose gradients, or values, differ in a later pair of passes.
  private func differentLeaves(_ pair: PassPairing.Pair) throws -> Set<String> {
    func leaves(
      _ recording: Recording, _ pass: Recording.Pass, _ structure: Structure
    ) throws -> [String: [Recording.Role: GradientStatistics]] {
      var nodes: [Int: Int] = [:]
      for call in try recording.calls(of: pass.id) { nodes[call.order] = call.node }
      var leaves: [String: [Recording.Role: GradientStatistics]] = [:]
      try recording.forEachMeasurement(
        in: pass.id..<pass.id + 1, roles: [.gradAfter, .parameter]
      ) { one in
        guard let node = nodes[one.order] else { return }
        leaves[structure.leafText(node), default: [:]][one.role] = one.statistics
      }
      return leaves
    }
    let x = try leaves(
      sides.first, pair.first, sides.structure(pair.first.graph, isFirst: true))
    let y = try leaves(
      sides.second, pair.second, sides.structure(pair.second.graph, isFirst: false))
    return Set(
      x.keys.filter { name in
        guard let other = y[name] else { return false }
        return x[name]!.contains { role, statistics in
          other[role].map { sides.agreement(statistics, $0) == .none } ?? false
        }
      })
  }

  // MARK: Parts

  private func node(_ index: Int) -> (a: Int, b: Int) {
    calls[index].nodes
  }

  /// The first tensors in these roles of a matched call that do not agree.
  private func differs(
    _ index: Int, _ roles: [Recording.Role]
  ) -> (Recording.Measurement, Recording.Measurement)? {
    let (x, y, _) = calls[index]
    let known = a.structure.graph.nodes[node(index).a]
    for role in roles {
      let slots = role == .gradInput ? known.inputs.count : max(known.outputs.count, 1)
      for slot in 0..<slots {
        guard let one = a.measurement(role, slot, at: x),
          let other = b.measurement(role, slot, at: y)
        else { continue }
        if sides.agreement(one.statistics, other.statistics) == .none { return (one, other) }
      }
    }
    return nil
  }

  private func differ(_ x: Double?, _ y: Double?) -> Bool {
    guard let x, let y, x != y, !(x.isNaN && y.isNaN) else { return false }
    return !(abs(x - y) <= sides.tolerance * max(abs(x), abs(y)))
  }

  private func values(_ x: Recording.Measurement, _ y: Recording.Measurement) -> String {
    if x.shape != y.shape { return "shapes \(x.shape) and \(y.shape)" }
    if !x.statistics.isFinite || !y.statistics.isFinite {
      return "\(x.statistics.healthWords), and \(y.statistics.healthWords)"
    }
    return "norm \(text(x.statistics.norm)) and \(text(y.statistics.norm)), mean "
      + "\(text(x.statistics.mean)) and \(text(y.statistics.mean))"
  }

  private func make(
    _ kind: RecordingComparison.Difference.Kind, _ index: Int?, _ summary: String,
    _ evidence: [String], nodes: (Int, Int)? = nil
  ) -> RecordingComparison.Difference {
    let nodes = nodes ?? index.map { node($0) }
    return RecordingComparison.Difference(
      kind: kind, firstPass: a.pass.id, secondPass: b.pass.id, step: a.pass.step,
      firstNode: nodes.map { a.structure.place($0.0, of: a.pass.graph) },
      secondNode: nodes.map { b.structure.place($0.1, of: b.pass.graph) },
      summary: summary, evidence: evidence)
  }
}
