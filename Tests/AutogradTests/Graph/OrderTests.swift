// The order in which nodes run, on random graphs, against a model of a few lines.
import Testing

@testable import Autograd

@Suite struct OrderTests {
  @Test(arguments: 0..<25)
  func `nodes run when all has arrived, the last made first`(seed: Int) throws {
    var generator = SplitMix(seed: seed)
    let leaves = (0..<3).map { _ in Tensor([1.0, 2], requiresGrad: true) }
    var tensors = leaves
    for _ in 0..<30 {
      let a = tensors.randomElement(using: &generator)!
      let b = tensors.randomElement(using: &generator)!
      switch Int.random(in: 0..<5, using: &generator) {
      case 0: tensors.append(a + b)
      case 1: tensors.append(a * b * 0.1)
      case 2: tensors.append(a.sin())
      case 3: tensors += Tensor.stack([a, b]).unbind()
      default: tensors.append(a.detach() + b)
      }
    }
    let roots = (0..<3).map { _ in tensors.randomElement(using: &generator)!.sum() }
    var ran: [ObjectIdentifier] = []
    let graph = BackwardGraph(of: roots.map { $0.gradFn! })
    for node in graph.nodes {
      let id = ObjectIdentifier(node)
      node.registerHook { _, _ in ran.append(id) }
    }
    try backward(roots)
    let (nodes, accumulators) = graph.expectedOrder()
    let isAccumulator = Set(accumulators)
    #expect(ran.filter { !isAccumulator.contains($0) } == nodes)
    #expect(Set(ran) == Set(nodes + accumulators) && ran.count == nodes.count + accumulators.count)
    // An accumulator runs as soon as it is ready: nothing but accumulators between its last
    // contributor and itself.
    for (place, id) in ran.enumerated() where isAccumulator.contains(id) {
      let last = ran[..<place].lastIndex { graph.contributors[id]!.contains($0) }!
      #expect(ran[(last + 1)..<place].allSatisfy { isAccumulator.contains($0) })
    }
  }

  @Test func `the later root runs first`() throws {
    let x = Tensor(1.0, requiresGrad: true)
    let early = x * 2
    let late = x * 3
    var ran: [String] = []
    early.gradFn!.registerHook { _, _ in ran.append("early") }
    late.gradFn!.registerHook { _, _ in ran.append("late") }
    try backward([early, late])
    #expect(ran == ["late", "early"])
  }

  @Test func `sequence numbers rise from node to node`() {
    let x = Tensor(1.0, requiresGrad: true)
    let y = x * 2
    let z = y + 1
    #expect(y.gradFn!.sequenceNumber < z.gradFn!.sequenceNumber)
    #expect(y.gradFn!.nextFunctions[0]!.node.sequenceNumber == .max)
  }
}

/// The graph behind some roots, as a model sees it.
private struct BackwardGraph {
  private(set) var nodes: [Node] = []
  private let roots: [Node]
  /// Each node's contributors.
  private(set) var contributors: [ObjectIdentifier: Set<ObjectIdentifier>] = [:]

  init(of roots: [Node]) {
    self.roots = roots
    var seen: Set<ObjectIdentifier> = []
    var stack = roots
    while let node = stack.popLast() {
      guard seen.insert(ObjectIdentifier(node)).inserted else { continue }
      nodes.append(node)
      for case let next? in node.nextFunctions.map({ $0?.node }) {
        contributors[ObjectIdentifier(next), default: []].insert(ObjectIdentifier(node))
        stack.append(next)
      }
    }
  }

  /// The nodes in the order in which they run, and the accumulators.
  func expectedOrder() -> (nodes: [ObjectIdentifier], accumulators: [ObjectIdentifier]) {
    var done: Set<ObjectIdentifier> = []
    var order: [ObjectIdentifier] = []
    let accumulators = nodes.filter { $0.name == "AccumulateGrad" }.map(ObjectIdentifier.init)
    var waiting = nodes.filter { $0.name != "AccumulateGrad" }
    while !waiting.isEmpty {
      let next = waiting.filter {
        contributors[ObjectIdentifier($0), default: []].isSubset(of: done)
      }
      .max { $0.sequenceNumber < $1.sequenceNumber }!
      waiting.removeAll { $0 === next }
      done.insert(ObjectIdentifier(next))
      order.append(ObjectIdentifier(next))
    }
    return (order, accumulators)
  }
}
