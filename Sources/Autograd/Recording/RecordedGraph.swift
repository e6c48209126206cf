// The nodes of a graph that a recorded pass runs over, numbered as the exported graph numbers them.

/// A walk over a graph: its nodes in the order of the exported graph's ids, and a number for its
/// structure.
struct RecordedGraph {
  private(set) var nodes: [Node] = []
  private var ids: [ObjectIdentifier: Int] = [:]
  /// Equal for graphs whose nodes, edges, shapes, modules, source lines and names of leaves are.
  ///
  /// Attributes and elements do not count: they may change from step to step.
  private(set) var fingerprint: UInt64 = 0x9e37_79b9_7f4a_7c15

  /// Walks from the roots as the exporter does.
  init(roots: [Tensor], nameOf: (Tensor) -> String?) {
    var bases: [Tensor] = []
    for root in roots {
      walk(from: root)
      if let base = root.base, !bases.contains(where: { $0 === base }) { bases.append(base) }
    }
    for base in bases { walk(from: base) }
    for root in roots { mix(root.gradFn.flatMap { id(of: $0) } ?? -1) }
    for node in nodes { mix(node, nameOf) }
  }

  func id(of node: Node) -> Int? { ids[ObjectIdentifier(node)] }

  private mutating func walk(from root: Tensor) {
    var stack: [Node] = []
    if let node = root.gradFn { stack.append(node) }
    while let node = stack.popLast() {
      guard ids[ObjectIdentifier(node)] == nil else { continue }
      ids[ObjectIdentifier(node)] = nodes.count
      nodes.append(node)
      for i in (0..<node.edgeCount).reversed() {
        if let next = node.edge(i).node { stack.append(next) }
      }
    }
  }

  private mutating func mix(_ node: Node, _ nameOf: (Tensor) -> String?) {
    mix(ObjectIdentifier(type(of: node)).hashValue)
    for i in 0..<node.edgeCount {
      let edge = node.edge(i)
      mix(edge.node.flatMap { id(of: $0) } ?? -1)
      mix(Int(edge.output))
    }
    for i in 0..<node.outputCount {
      let output = node.outputMetadata(i)
      for j in output.sizes.indices { mix(output.sizes[j]) }
      mix(output.dtype.itemSize)
    }
    // A module's scope may be made anew for each call.
    if let scope = node.scope { mix(scope.path.hashValue) }
    if let origin = node.origin { mix(origin.hashValue) }
    if let accumulator = node as? AccumulateGrad, let name = nameOf(accumulator.variable) {
      mix(name.hashValue)
    }
  }

  private mutating func mix(_ value: Int) {
    fingerprint = (fingerprint ^ UInt64(bitPattern: Int64(value))) &* 0xff51_afd7_ed55_8ccd
    fingerprint ^= fingerprint >> 32
  }
}
