// A graph's edges in the form in which a pass over it is replayed.

internal import GraphModel

/// The edges of a graph, and what the engine counts before a pass.
final class GraphPlan: Sendable {
  /// The edges of node `i` that the pass can reach are `firstEdge[i]..<firstEdge[i + 1]`.
  let firstEdge: [Int32]
  /// The node that each edge leads to.
  let targets: [Int32]
  /// The input slot that each edge belongs to.
  let inputs: [Int32]
  /// How many edges are to deliver to each node: those of nodes that the roots lead to.
  let dependencies: [Int32]
  /// The nodes at which the roots deliver.
  let roots: [Int32]
  /// Whether the roots lead to a node.
  let isReached: [Bool]

  init(_ graph: ComputationGraph) {
    let count = graph.nodes.count
    let roots = graph.roots.compactMap { id -> Int32? in
      guard graph.tensors.indices.contains(id) else { return nil }
      let node =
        graph.tensors[id].gradFn?.node ?? graph.nodes.first { $0.leaf == id }?.id
      return node.flatMap { (0..<count).contains($0) ? Int32($0) : nil }
    }
    var isReached = [Bool](repeating: false, count: count)
    var stack = roots
    for root in roots { isReached[Int(root)] = true }
    while let node = stack.popLast() {
      for case let edge? in graph.nodes[Int(node)].inputs
      where (0..<count).contains(edge.node) && !isReached[edge.node] {
        isReached[edge.node] = true
        stack.append(Int32(edge.node))
      }
    }
    var firstEdge: [Int32] = [0]
    firstEdge.reserveCapacity(count + 1)
    var targets: [Int32] = []
    var inputs: [Int32] = []
    var dependencies = [Int32](repeating: 0, count: count)
    for node in graph.nodes {
      if isReached[node.id] {
        for (input, edge) in node.inputs.enumerated() {
          guard let edge, (0..<count).contains(edge.node) else { continue }
          targets.append(Int32(edge.node))
          inputs.append(Int32(input))
          dependencies[edge.node] += 1
        }
      }
      firstEdge.append(Int32(targets.count))
    }
    self.firstEdge = firstEdge
    self.targets = targets
    self.inputs = inputs
    self.dependencies = dependencies
    self.roots = roots
    self.isReached = isReached
  }

  /// The places of a node's edges.
  func edges(of node: Int32) -> Range<Int> {
    Int(firstEdge[Int(node)])..<Int(firstEdge[Int(node) + 1])
  }
}
