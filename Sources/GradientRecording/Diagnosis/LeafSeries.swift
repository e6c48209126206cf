// How the leaves and their gradients change from pass to pass.

internal import GraphModel

/// The leaves of a recording over its passes, as long as all values are finite.
struct LeafSeries {
  /// A leaf in one pass.
  struct Entry {
    /// The pass's place among those of the recording.
    var place: Int
    /// What this pass brought; nil unless passes were left out.
    var brought: GradientStatistics?
    var before: GradientStatistics?
    var after: GradientStatistics
    var parameter: GradientStatistics?
  }

  /// One leaf.
  struct Leaf {
    /// The name; else what it is.
    var name: String
    var isNamed: Bool
    var entries: [Entry] = []
  }

  private(set) var leaves: [Leaf] = []
  private var places: [Key: Int] = [:]

  private enum Key: Hashable {
    case name(session: Int, String)
    case node(graph: Int, Int)
  }

  /// Whether passes were left out between others.
  let hasGaps: Bool

  init(_ examination: Examination) throws {
    let passes = examination.finitePasses
    hasGaps = zip(passes, passes.dropFirst()).contains {
      $0.session == $1.session && $1.id &- $0.id > 1
    }
    for range in try LeafSeries.ranges(examination) { try read(range, examination) }
  }

  /// All finite passes, or as many stretches of neighbours as may be read.
  private static func ranges(_ examination: Examination) throws -> [Range<Int>] {
    let count = examination.finitePasses.count
    guard count > 0 else { return [] }
    var rows = 0
    for graph in examination.graphs.prefix(64) {
      rows = max(rows, try examination.structure(graph).leafNodes.count * 3)
    }
    let affordable = max(Thresholds.leafRows / max(rows, 1), 4 * Thresholds.neighbours)
    if count <= affordable { return [0..<count] }
    let stretches = affordable / Thresholds.neighbours
    return (0..<stretches).map { i in
      let start = (count - Thresholds.neighbours) * i / (stretches - 1)
      return start..<start + Thresholds.neighbours
    }
  }

  private mutating func read(_ range: Range<Int>, _ examination: Examination) throws {
    let passes = examination.recording.passes
    var place = range.lowerBound
    var nodes: [Int: Int] = [:]
    var open: (order: Int, node: Int, entry: Entry)?
    var current = -1

    func finish() throws {
      guard let done = open else { return }
      open = nil
      // Without a gradient there is nothing to tell.
      if done.entry.after.count > 0 { try add(done.entry, done.node, examination) }
    }

    let roles: Set<Recording.Role> = [.gradBefore, .gradAfter, .parameter]
    try examination.recording.forEachMeasurement(
      in: passes[range.lowerBound].id..<passes[range.upperBound - 1].id + 1,
      roles: hasGaps ? roles.union([.gradOutput]) : roles
    ) { one in
      if one.pass != current {
        try finish()
        while passes[place].id < one.pass { place += 1 }
        current = one.pass
        nodes = try examination.leafCalls(passes[place])
      }
      if open?.order != one.order {
        try finish()
        guard let node = nodes[one.order] else { return }
        open = (one.order, node, Entry(place: place, after: GradientStatistics(count: 0)))
      }
      switch one.role {
      case .gradOutput: open!.entry.brought = one.statistics
      case .gradBefore: open!.entry.before = one.statistics
      case .gradAfter: open!.entry.after = one.statistics
      default: open!.entry.parameter = one.statistics
      }
    }
    try finish()
  }

  private mutating func add(_ entry: Entry, _ node: Int, _ examination: Examination) throws {
    let pass = examination.recording.passes[entry.place]
    let structure = try examination.structure(pass.graph)
    let name = structure.leafName(node)
    let key: Key =
      name.map { .name(session: pass.session, $0) } ?? .node(graph: pass.graph, node)
    let index: Int
    if let known = places[key] {
      index = known
    } else {
      index = leaves.count
      places[key] = index
      leaves.append(Leaf(name: structure.leafText(node), isNamed: name != nil))
    }
    leaves[index].entries.append(entry)
  }
}

extension Examination {
  /// The calls of a pass that accumulate gradients, by order, with their nodes.
  ///
  /// The engine runs a graph in the same order each time: one pass is read for all that ran alike.
  func leafCalls(_ pass: Recording.Pass) throws -> [Int: Int] {
    let key = LeafCallsKey(graph: pass.graph, calls: pass.callCount)
    if let known = knownLeafCalls[key] { return known }
    let nodes = try structure(pass.graph).graph.nodes
    var calls: [Int: Int] = [:]
    for call in try recording.calls(of: pass.id) where nodes[call.node].kind == .accumulateGrad {
      calls[call.order] = call.node
    }
    knownLeafCalls[key] = calls
    return calls
  }
}

/// What passes that run alike have in common.
struct LeafCallsKey: Hashable {
  var graph: Int
  var calls: Int
}
