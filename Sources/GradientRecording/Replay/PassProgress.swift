// How far a pass has come: which nodes ran, which are ready.
//
// The engine's rule: a node is ready when every edge into it that the pass can reach has delivered. A
// node to which nothing flows is passed over when its turn comes, and its edges then count as having
// delivered; here its turn comes at once. The state depends on nothing but which nodes are done, so
// that taking a call back undoes it exactly.

/// The state of a pass after some of its calls.
struct PassProgress {
  private let pass: LoadedPass
  private let plan: GraphPlan
  /// How many edges have still to deliver to each node.
  private var missing: [Int32]
  private var statuses: [Replay.NodeStatus]
  private var counts = [Int](repeating: 0, count: Replay.NodeStatus.allCases.count)
  /// The nodes that are ready, in no order.
  private(set) var ready: [Int32] = []
  /// The place of each node in `ready`.
  private var places: [Int32]
  /// The calls that have run are those before this.
  private var end = 0
  private var stack: [Int32] = []

  /// The state before the first call.
  init(_ pass: LoadedPass) {
    self.pass = pass
    plan = pass.plan
    missing = plan.dependencies
    statuses = plan.isReached.map { $0 ? .waiting : .unreached }
    places = [Int32](repeating: -1, count: statuses.count)
    for status in statuses { counts[status.place] += 1 }
    for node in Set(plan.roots).sorted() where missing[Int(node)] == 0 { arrive(at: node) }
    passOver()
  }

  func status(of node: Int) -> Replay.NodeStatus {
    statuses.indices.contains(node) ? statuses[node] : .unreached
  }

  func count(of status: Replay.NodeStatus) -> Int { counts[status.place] }

  /// Goes to the state after call `order`, forwards or backwards.
  mutating func run(through order: Int) {
    while end <= order {
      let node = pass.nodes[end]
      // A damaged recording may run a node twice: once is enough.
      if pass.order(of: Int(node)) == end { run(node, isWhole: isWhole(end)) }
      end += 1
    }
    while end > order + 1 {
      end -= 1
      let node = pass.nodes[end]
      if pass.order(of: Int(node)) == end { takeBack(node, isWhole: isWhole(end)) }
    }
  }

  /// Whether a call came to its end, and delivered.
  private func isWhole(_ order: Int) -> Bool { !pass.interrupted.contains(Int32(order)) }

  private mutating func run(_ node: Int32, isWhole: Bool) {
    set(node, isWhole ? .ran : .running)
    guard isWhole else { return }
    deliver(from: node)
    passOver()
  }

  private mutating func takeBack(_ node: Int32, isWhole: Bool) {
    set(node, restingStatus(of: node))
    guard isWhole else { return }
    stack.append(node)
    while let node = stack.popLast() {
      for edge in plan.edges(of: node) {
        let target = plan.targets[edge]
        if missing[Int(target)] == 0 {
          if statuses[Int(target)] == .passedOver { stack.append(target) }
          if statuses[Int(target)] == .ready || statuses[Int(target)] == .passedOver {
            set(target, .waiting)
          }
        }
        missing[Int(target)] += 1
      }
    }
  }

  /// What a node is that has not run.
  private func restingStatus(of node: Int32) -> Replay.NodeStatus {
    guard plan.isReached[Int(node)] else { return .unreached }
    return missing[Int(node)] == 0 ? .ready : .waiting
  }

  private mutating func deliver(from node: Int32) {
    for edge in plan.edges(of: node) {
      let target = plan.targets[edge]
      missing[Int(target)] -= 1
      if missing[Int(target)] == 0 { arrive(at: target) }
    }
  }

  /// All has come to a node that can come.
  private mutating func arrive(at node: Int32) {
    guard statuses[Int(node)] == .waiting else { return }
    if pass.passedOver.contains(node) {
      set(node, .passedOver)
      stack.append(node)
    } else {
      set(node, .ready)
    }
  }

  private mutating func passOver() {
    while let node = stack.popLast() { deliver(from: node) }
  }

  private mutating func set(_ node: Int32, _ status: Replay.NodeStatus) {
    let old = statuses[Int(node)]
    guard old != status else { return }
    counts[old.place] -= 1
    counts[status.place] += 1
    statuses[Int(node)] = status
    if status == .ready {
      places[Int(node)] = Int32(ready.count)
      ready.append(node)
    } else if old == .ready {
      let place = Int(places[Int(node)])
      let last = ready.removeLast()
      if last != node {
        ready[place] = last
        places[Int(last)] = Int32(place)
      }
      places[Int(node)] = -1
    }
  }
}

extension Replay.NodeStatus {
  /// The place among all cases.
  fileprivate var place: Int {
    switch self {
    case .waiting: 0
    case .ready: 1
    case .running: 2
    case .ran: 3
    case .passedOver: 4
    case .unreached: 5
    }
  }
}
