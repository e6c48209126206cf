// Which node of one graph is which of another: the cheapest way to edit one walk into the other.
//
// Levenshtein's distance (leave a node out, put one in, put one in another's place) by furthest
// reaching points on diagonals: E. Ukkonen, "Algorithms for Approximate String Matching",
// Information and Control 64 (1985). It runs in stretches of bounded cost, so that two huge graphs
// with nothing in common take linear time too.

/// The nodes of two graphs matched along their walks.
package struct GraphAlignment {
  /// For each node of the first graph, its node in the second; nil when it has none.
  package private(set) var forward: [Int?]
  /// For each node of the second graph, its node in the first; nil when it has none.
  package private(set) var backward: [Int?]

  private let a: [Token]
  private let b: [Token]

  /// Matches nodes of one name, `AccumulateGrad` nodes of one leaf, and between those what stands
  /// in the same place.
  package init(_ first: ComputationGraph, _ second: ComputationGraph) {
    forward = Array(repeating: nil, count: first.nodes.count)
    backward = Array(repeating: nil, count: second.nodes.count)
    var names: [String: Int32] = [:]
    let namesA = first.nodes.map { first.recognise($0, &names) }
    let namesB = second.nodes.map { second.recognise($0, &names) }
    let leavesA = first.leafNames(namesA, count: names.count)
    let leavesB = second.leafNames(namesB, count: names.count)
    func token(_ name: Int32) -> Token {
      let (isLeafA, isLeafB) = (leavesA[Int(name)], leavesB[Int(name)])
      return Token(name: name, family: isLeafA && isLeafB ? 2 + name : isLeafA || isLeafB ? 1 : 0)
    }
    a = namesA.map(token)
    b = namesB.map(token)
    match()
    matchMoved(count: names.count)
  }

  /// What makes a node recognisable.
  private struct Token: Equatable {
    var name: Int32
    /// Nodes of one family may take each other's place: operators, and leaves that only one of the
    /// graphs has.
    var family: Int32
  }

  private mutating func pair(_ i: Int, _ j: Int) {
    forward[i] = j
    backward[j] = i
  }

  private mutating func match() {
    var (startA, startB) = (0, 0)
    var (endA, endB) = (a.count, b.count)
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
    // A stretch costs its limit squared and comes at least that far.
    let remaining = endA - startA + endB - startB
    let limit = min(max(100_000_000 / max(remaining, 1), 64), 2048)
    while startA < endA, startB < endB {
      (startA, startB) = matchStretch(from: (startA, startB), to: (endA, endB), limit: limit)
    }
  }

  /// Edits from one point until the end or the cost limit; returns how far it came.
  private mutating func matchStretch(
    from start: (a: Int, b: Int), to end: (a: Int, b: Int), limit: Int
  ) -> (Int, Int) {
    let (countA, countB) = (end.a - start.a, end.b - start.b)
    // How far along `a` a path of cost d comes on diagonal k, at d * d + d + k; -1: nowhere.
    var furthest: [Int32] = []
    // The end, or when patience runs out the point that came furthest, near the diagonal.
    var best = (d: 0, k: 0, length: -1)
    search: for d in 0...min(limit, countA + countB) {
      furthest.append(contentsOf: repeatElement(-1, count: 2 * d + 1))
      for k in -d...d {
        var x = d == 0 ? 0 : step(furthest, start, d, k).x
        guard x >= 0, x <= countA, x - k >= 0, x - k <= countB else { continue }
        while x < countA, x - k < countB, a[start.a + x] == b[start.b + x - k] { x += 1 }
        furthest[d * d + d + k] = Int32(x)
        let length = 2 * x - k
        if length > best.length || (length == best.length && best.d == d && abs(k) < abs(best.k)) {
          best = (d, k, length)
        }
        if length == countA + countB { break search }
      }
    }

    var (d, k) = (best.d, best.k)
    let reached = Int(furthest[d * d + d + k])
    var x = reached
    while true {
      let previous = d == 0 ? (x: 0, k: 0) : step(furthest, start, d, k)
      while x > previous.x {
        x -= 1
        pair(start.a + x, start.b + x - k)
      }
      if d == 0 { break }
      if previous.k == k {
        x -= 1
        pair(start.a + x, start.b + x - k)
      } else if previous.k < k {
        x -= 1
      }
      k = previous.k
      d -= 1
    }
    return (start.a + reached, start.b + reached - best.k)
  }

  /// Where diagonal `k` begins at cost `d`, and the diagonal that it came from.
  private func step(
    _ furthest: [Int32], _ start: (a: Int, b: Int), _ d: Int, _ k: Int
  ) -> (x: Int, k: Int) {
    func reach(_ diagonal: Int) -> Int {
      abs(diagonal) < d ? Int(furthest[(d - 1) * d + diagonal]) : -1
    }
    var best = (x: -1, k: k)
    let same = reach(k)
    if same >= 0, start.a + same < a.count, start.b + same - k < b.count,
      a[start.a + same].family == b[start.b + same - k].family
    {
      best = (same + 1, k)
    }
    let left = reach(k - 1)
    if left >= 0, left + 1 > best.x { best = (left + 1, k - 1) }
    let right = reach(k + 1)
    if right > best.x { best = (right, k + 1) }
    return best
  }

  /// Matches what is left over and unmistakable: one of its name on both sides.
  private mutating func matchMoved(count: Int) {
    var places = [(a: Int, b: Int, countA: Int, countB: Int)](
      repeating: (0, 0, 0, 0), count: count)
    for i in a.indices where forward[i] == nil {
      places[Int(a[i].name)].a = i
      places[Int(a[i].name)].countA += 1
    }
    for j in b.indices where backward[j] == nil {
      places[Int(b[j].name)].b = j
      places[Int(b[j].name)].countB += 1
    }
    for place in places where place.countA == 1 && place.countB == 1 { pair(place.a, place.b) }
  }
}

extension ComputationGraph {
  /// A number for a node's name, together with its leaf's name where it has one.
  fileprivate func recognise(_ node: Node, _ names: inout [String: Int32]) -> Int32 {
    let text = node.leaf.map { "\(node.name)\0\(tensors[$0].name ?? "")" } ?? node.name
    if let name = names[text] { return name }
    let name = Int32(names.count)
    names[text] = name
    return name
  }

  /// For each such number, whether a node of this graph that has it accumulates a gradient.
  fileprivate func leafNames(_ names: [Int32], count: Int) -> [Bool] {
    var isLeaf = [Bool](repeating: false, count: count)
    for (node, name) in zip(nodes, names) where node.kind == .accumulateGrad {
      isLeaf[Int(name)] = true
    }
    return isLeaf
  }
}
