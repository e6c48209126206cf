// What a graph will cost Graphviz, and how it is therefore laid out.

/// How a drawing is laid out: where, and with which options of Graphviz's `dot`.
///
/// The figures were measured with Graphviz 2.42.2: what costs time is less the nodes than the
/// virtual nodes that `dot` puts wherever an edge passes a rank. Up to 500 nodes and
/// 10,000 virtual ones the options are `dot`'s own, so that the picture is PyTorchViz's.
struct LayoutPlan {
  /// Whether Graphviz works in a child process.
  var isIsolated: Bool
  /// The graph attributes that steer the layout.
  var attributes: [DotAttribute]

  /// Plans for a drawing by its extent.
  init(_ extent: DotExtent) {
    isIsolated =
      extent.nodes > 300 || extent.edges > 600 || extent.virtualNodes > 1_000
      || extent.labelBytes > 100_000
    let isLarge = extent.nodes > 5_000 || extent.virtualNodes > 10_000
    var options: [(String, String)] = []
    // The older ranking has a loop over pairs of edges.
    if extent.nodes > 500 || isLarge { options.append(("newrank", "true")) }
    if isLarge {
      options += [("nslimit", "0.1"), ("nslimit1", "1"), ("mclimit", "0.5")]
    } else if extent.nodes > 500 {
      options.append(("nslimit", "1"))
    }
    // A curve over some 500 ranks overflows an array inside Graphviz.
    if isLarge || extent.longestEdge > 300 { options.append(("splines", "line")) }
    attributes = options.map { DotAttribute($0, $1) }
  }
}

/// How large a drawing is, as far as that is known before it is laid out.
struct DotExtent: Equatable {
  /// The boxes, each counted once.
  var nodes = 0
  /// The arrows.
  var edges = 0
  /// The boxes on the longest way through the drawing, at most as many as Graphviz's ranks.
  var ranks = 0
  /// The ranks that the longest arrow passes from end to end.
  var longestEdge = 0
  /// The sum over all arrows of the ranks between their ends.
  var virtualNodes = 0
  /// The bytes of all labels together.
  var labelBytes = 0
  /// The lines of the label that has the most.
  var labelLines = 0
  /// The characters of the longest line in a label.
  var labelWidth = 0
}

extension DotExtent {
  /// Measures a drawing in time proportional to its statements.
  init(_ drawing: DotGraph) {
    var numbers: [DotNodeID: Int] = [:]
    func number(_ id: DotNodeID) -> Int {
      if let known = numbers[id] { return known }
      numbers[id] = numbers.count
      return numbers.count - 1
    }
    var ends: [(from: Int, to: Int)] = []
    for statement in drawing.statements {
      switch statement {
      case .node(let id, let label, _):
        _ = number(id)
        labelBytes += label.utf8.count
        let lines = label.utf8.split(separator: 0x0A, omittingEmptySubsequences: false)
        labelLines = max(labelLines, lines.count)
        for line in lines where line.count > labelWidth {
          labelWidth = max(labelWidth, Substring(line).unicodeScalars.count)
        }
      case .edge(let from, let to, _): ends.append((number(from), number(to)))
      }
    }
    nodes = numbers.count
    edges = ends.count
    let forward = Self.withoutCycles(nodes: nodes, ends: ends)
    let heights = Self.heights(nodes: nodes, ends: forward)
    ranks = (heights.max() ?? -1) + 1
    for (from, to) in forward {
      let span = heights[from] - heights[to]
      longestEdge = max(longestEdge, span)
      virtualNodes += max(0, span - 1)
    }
  }

  /// The arrows with those turned round that close a cycle in a depth-first walk, as `dot` does.
  ///
  /// A leaf that is drawn as saved closes one: its consumer points to it, it to its consumer.
  private static func withoutCycles(
    nodes: Int, ends: [(from: Int, to: Int)]
  ) -> [(from: Int, to: Int)] {
    let leaving = Adjacency(nodes: nodes, pairs: ends.enumerated().map { ($1.from, $0) })
    var result = ends
    var isSeen = Array(repeating: false, count: nodes)
    var isOnPath = isSeen
    var path: [(node: Int, edges: ArraySlice<Int>)] = []
    func enter(_ node: Int) {
      isSeen[node] = true
      isOnPath[node] = true
      path.append((node, leaving[node]))
    }
    for first in 0..<nodes where !isSeen[first] {
      enter(first)
      while let (node, edges) = path.last {
        guard let edge = edges.first else {
          isOnPath[node] = false
          path.removeLast()
          continue
        }
        path[path.count - 1].edges = edges.dropFirst()
        let next = ends[edge].to
        if isOnPath[next] {
          result[edge] = (next, node)
        } else if !isSeen[next] {
          enter(next)
        }
      }
    }
    return result.filter { $0.from != $0.to }
  }

  /// Every node's rank counted from the last one: the longest way to a node without successors.
  ///
  /// Nodes without successors go as near to their predecessors as they can, as in the layout.
  private static func heights(nodes: Int, ends: [(from: Int, to: Int)]) -> [Int] {
    let predecessors = Adjacency(nodes: nodes, pairs: ends.map { ($0.to, $0.from) })
    var waiting = Array(repeating: 0, count: nodes)
    for (from, _) in ends { waiting[from] += 1 }
    let last = waiting.indices.filter { waiting[$0] == 0 }
    var heights = Array(repeating: 0, count: nodes)
    var ready = last
    while let node = ready.popLast() {
      for predecessor in predecessors[node] {
        heights[predecessor] = max(heights[predecessor], heights[node] + 1)
        waiting[predecessor] -= 1
        if waiting[predecessor] == 0 { ready.append(predecessor) }
      }
    }
    for node in last {
      if let nearest = predecessors[node].map({ heights[$0] }).min() {
        heights[node] = max(0, nearest - 1)
      }
    }
    return heights
  }
}

/// The second elements of pairs, grouped by the first.
private struct Adjacency {
  private var starts: [Int]
  private var targets: [Int]

  init(nodes: Int, pairs: [(Int, Int)]) {
    starts = Array(repeating: 0, count: nodes + 1)
    for (key, _) in pairs { starts[key + 1] += 1 }
    for node in 0..<nodes { starts[node + 1] += starts[node] }
    targets = Array(repeating: 0, count: pairs.count)
    var next = starts
    for (key, target) in pairs {
      targets[next[key]] = target
      next[key] += 1
    }
  }

  subscript(node: Int) -> ArraySlice<Int> { targets[starts[node]..<starts[node + 1]] }
}
