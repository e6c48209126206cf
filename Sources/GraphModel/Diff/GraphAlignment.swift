// Which node of one graph is which of another: the longest common subsequence of their walks.
//
// E. W. Myers, "An O(ND) Difference Algorithm and Its Variations", Algorithmica 1 (1986), run in
// stretches of bounded cost, so that two huge graphs with nothing in common take linear time too.

/// The nodes of two graphs matched in order.
struct GraphAlignment {
  /// For each node of the first graph, its node in the second; nil when it has none.
  private(set) var forward: [Int?]
  /// For each node of the second graph, its node in the first; nil when it has none.
  private(set) var backward: [Int?]

  /// The number of differences after which a stretch is settled and the next one begun.
  private static let costLimit = 400

  /// Matches the nodes by name, `AccumulateGrad` nodes by their leaf's name too.
  init(_ first: ComputationGraph, _ second: ComputationGraph) {
    forward = Array(repeating: nil, count: first.nodes.count)
    backward = Array(repeating: nil, count: second.nodes.count)
    var tokens: [String: Int32] = [:]
    let a = first.tokens(&tokens)
    let b = second.tokens(&tokens)
    match(a, b)
    matchMoved(a, b, count: tokens.count)
    matchRenamed(first, second)
  }

  private mutating func pair(_ i: Int, _ j: Int) {
    forward[i] = j
    backward[j] = i
  }

  private mutating func match(_ a: [Int32], _ b: [Int32]) {
    var (endA, endB) = (a.count, b.count)
    var (startA, startB) = (0, 0)
    while startA < endA, startB < endB, a[startA] == b[startB] {
      pair(startA, startB)
      startA += 1
      startB += 1
    }
    while endA > startA, endB > startB, a[endA - 1] == b[endB - 1] {
      endA -= 1
      endB -= 1
      pair(endA, endB)
    }
    while startA < endA, startB < endB {
      (startA, startB) = matchStretch(a, b, startA, startB, endA, endB)
    }
  }

  /// Runs the greedy algorithm from one point until its end or its cost limit; returns how far it
  /// came.
  private mutating func matchStretch(
    _ a: [Int32], _ b: [Int32], _ startA: Int, _ startB: Int, _ endA: Int, _ endB: Int
  ) -> (Int, Int) {
    let (countA, countB) = (endA - startA, endB - startB)
    // furthest[d][k + d]: how far along `a` a path with d differences comes on diagonal k.
    var furthest: [[Int]] = []
    // The end, or when patience runs out the point that came furthest, near the diagonal.
    var best = (d: 0, k: 0)
    var bestLength = -1
    search: for d in 0...min(Self.costLimit, countA + countB) {
      var row = [Int](repeating: -1, count: 2 * d + 1)
      defer { furthest.append(row) }
      for k in stride(from: -d, through: d, by: 2) {
        var x = d == 0 ? 0 : Self.step(furthest[d - 1], d, k).x
        guard x >= 0, x <= countA, x - k >= 0, x - k <= countB else { continue }
        while x < countA, x - k < countB, a[startA + x] == b[startB + x - k] { x += 1 }
        row[k + d] = x
        let length = 2 * x - k
        if length > bestLength || (length == bestLength && best.d == d && abs(k) < abs(best.k)) {
          best = (d, k)
          bestLength = length
        }
        if length == countA + countB { break search }
      }
    }

    var (d, k) = best
    let reached = furthest[d][k + d]
    var x = reached
    while true {
      let previous = d == 0 ? (x: 0, k: 0) : Self.step(furthest[d - 1], d, k)
      while x > previous.x {
        x -= 1
        pair(startA + x, startB + x - k)
      }
      if d == 0 { break }
      // A step along `a` leaves one of its nodes out, a step along `b` one of the other's.
      x = previous.k < k ? previous.x - 1 : previous.x
      k = previous.k
      d -= 1
    }
    return (startA + reached, startB + reached - best.k)
  }

  /// Where diagonal `k` begins after one more difference, and the diagonal that it came from.
  private static func step(_ row: [Int], _ d: Int, _ k: Int) -> (x: Int, k: Int) {
    func reach(_ diagonal: Int) -> Int {
      abs(diagonal) <= d - 1 ? row[diagonal + d - 1] : -1
    }
    let (left, right) = (reach(k - 1), reach(k + 1))
    // From k - 1 by leaving out a node of `a`, from k + 1 by leaving out one of `b`.
    if left >= 0, left + 1 > right { return (left + 1, k - 1) }
    return (right, k + 1)
  }

  /// Matches what is left over and unmistakable: one of its name on both sides.
  private mutating func matchMoved(_ a: [Int32], _ b: [Int32], count: Int) {
    var places = [(a: Int, b: Int, countA: Int, countB: Int)](
      repeating: (0, 0, 0, 0), count: count)
    for i in a.indices where forward[i] == nil {
      places[Int(a[i])].a = i
      places[Int(a[i])].countA += 1
    }
    for j in b.indices where backward[j] == nil {
      places[Int(b[j])].b = j
      places[Int(b[j])].countB += 1
    }
    for place in places where place.countA == 1 && place.countB == 1 { pair(place.a, place.b) }
  }

  /// Pairs nodes that stand in the same gap between matched ones: an operator took another's place.
  private mutating func matchRenamed(_ first: ComputationGraph, _ second: ComputationGraph) {
    var j = 0
    var gap: [Int] = []
    func isLeaf(_ node: ComputationGraph.Node) -> Bool { node.kind == .accumulateGrad }
    func closeGap(before end: Int, _ alignment: inout GraphAlignment) {
      for leaves in [false, true] {
        let left = gap.filter { isLeaf(first.nodes[$0]) == leaves }
        let right = (j..<end).filter {
          alignment.backward[$0] == nil && isLeaf(second.nodes[$0]) == leaves
        }
        for (i, j) in zip(left, right) { alignment.pair(i, j) }
      }
      gap = []
      j = end
    }
    for i in first.nodes.indices {
      // A node that moved backwards closes no gap.
      if let match = forward[i] {
        if match >= j {
          closeGap(before: match, &self)
          j = match + 1
        }
      } else {
        gap.append(i)
      }
    }
    closeGap(before: second.nodes.count, &self)
  }
}

extension ComputationGraph {
  /// For each node, a number that stands for what makes it recognisable.
  fileprivate func tokens(_ known: inout [String: Int32]) -> [Int32] {
    nodes.map { node in
      var text = node.name
      if let leaf = node.leaf { text += "\0" + (tensors[leaf].name ?? "") }
      if let token = known[text] { return token }
      let token = Int32(known.count)
      known[text] = token
      return token
    }
  }
}
