// The nodes of a graph that a recorded pass runs over, numbered as the exported graph numbers them.

internal import CThreadState
internal import GraphModel

/// The number that a node has in a walk over its graph.
struct WalkedPlace {
  /// The walk's number; 0 for none.
  var walk: UInt32 = 0
  var id: UInt32 = 0
}

/// A walk over a graph: its nodes in the order of the exported graph's ids, and a number for its
/// structure.
struct RecordedGraph {
  private(set) var nodes: [Node] = []
  /// Equal for graphs whose nodes, edges, shapes, modules, source lines and names of leaves are.
  ///
  /// Attributes and elements do not count: they may change from step to step.
  private(set) var fingerprint: UInt64 = 0x9e37_79b9_7f4a_7c15
  /// Whether a leaf has been changed since a pass met it, or none has.
  private(set) var hasChangedLeaf = false

  /// The walk's number, which the nodes carry.
  private let walk: UInt32
  /// The ids of nodes that another walk has numbered since: a pass within this one.
  private lazy var displaced: [ObjectIdentifier: Int] = Dictionary(
    uniqueKeysWithValues: nodes.enumerated().map { (ObjectIdentifier($1), $0) })

  /// Walks from the roots as the exporter does.
  init(roots: [Tensor], _ tensors: KnownTensors) {
    walk = ats_next_walk()
    nodes.reserveCapacity(16)
    var bases: [Tensor] = []
    for root in roots {
      walk(from: root)
      if let base = root.base, !bases.contains(where: { $0 === base }) { bases.append(base) }
    }
    for base in bases { walk(from: base) }
    for root in roots { mix(root.gradFn.map { placeOf($0) } ?? -1) }
    for node in nodes { mix(node, tensors) }
  }

  /// The id of a node; nil where it is not of the graph.
  @inline(__always)
  mutating func id(of node: Node) -> Int? {
    node.walked.walk == walk ? Int(node.walked.id) : displaced[ObjectIdentifier(node)]
  }

  private mutating func walk(from root: Tensor) {
    // What is on the stack is held by the node before it.
    var stack: [Unmanaged<Node>] = []
    stack.reserveCapacity(16)
    if let node = root.gradFn { stack.append(.passUnretained(node)) }
    while let top = stack.popLast() {
      let node = top.takeUnretainedValue()
      guard node.walked.walk != walk else { continue }
      node.walked = WalkedPlace(walk: walk, id: UInt32(nodes.count))
      nodes.append(node)
      for i in (0..<node.edgeCount).reversed() {
        if let next = node.edge(i).node { stack.append(.passUnretained(next)) }
      }
    }
  }

  // MARK: Structure

  /// The id of a node that the walk has just numbered.
  private func placeOf(_ node: Node) -> Int { Int(node.walked.id) }

  private mutating func mix(_ node: Node, _ tensors: KnownTensors) {
    mix(Int(bitPattern: ObjectIdentifier(type(of: node))))
    for i in 0..<node.edgeCount {
      let edge = node.edge(i)
      mix(edge.node.map { placeOf($0) } ?? -1)
      mix(Int(edge.output))
    }
    for i in 0..<node.outputCount {
      let output = node.outputMetadata(i)
      for j in output.sizes.indices { mix(output.sizes[j]) }
      mix(output.dtype.itemSize)
    }
    // A module's scope may be made anew for each call.
    if let scope = node.scope { mix(scope.path.hashValue) }
    if let origin = node.origin { mix(origin.digest) }
    if let accumulator = node as? AccumulateGrad {
      let known = tensors.knowledge(of: accumulator.variable)
      if let name = known?.name { mix(name.hashValue) }
      if known?.hasChanged(accumulator.variable) ?? true { hasChangedLeaf = true }
    }
  }

  private mutating func mix(_ value: Int) {
    fingerprint = (fingerprint ^ UInt64(bitPattern: Int64(value))) &* 0xff51_afd7_ed55_8ccd
    fingerprint ^= fingerprint >> 32
  }
}
