// A graph at a glance: counts, roots, leaves and whether a gradient reaches them, operators.

extension ComputationGraph {
  /// The graph at a glance; takes time in proportion to the graph.
  public var summary: GraphSummary { GraphSummary(self) }
}

/// A graph at a glance; `description` is a table for people, `json` the same for programs.
public struct GraphSummary: Sendable, Hashable, CustomStringConvertible {
  /// The program that exported the graph.
  public var producer: ComputationGraph.Producer
  /// How many nodes there are, `AccumulateGrad` nodes among them.
  public var nodeCount: Int
  /// How many nodes accumulate a gradient in a leaf.
  public var accumulateGradCount: Int
  /// How many input slots a gradient flows to.
  public var edgeCount: Int
  /// How many tensors there are.
  public var tensorCount: Int
  /// The tensors that the graph was exported from, in order.
  public var roots: [Root]
  /// The leaves and named tensors, in the order of their ids.
  public var leaves: [Leaf]
  /// The names of the nodes other than `AccumulateGrad`, the most frequent first, then by name.
  public var operators: [Frequency]

  /// A tensor that the graph was exported from.
  public struct Root: Sendable, Hashable {
    /// The tensor's id.
    public var tensor: Int
    /// The tensor's name; nil when it has none.
    public var name: String?
    /// The sizes of the dimensions.
    public var shape: [Int]
    /// PyTorch's dtype name.
    public var dtype: String
    /// The name of the node that made it; nil for a leaf.
    public var gradFn: String?
  }

  /// A leaf or a named tensor.
  public struct Leaf: Sendable, Hashable {
    /// The tensor's id.
    public var tensor: Int
    /// The tensor's name; nil when it has none.
    public var name: String?
    /// The sizes of the dimensions.
    public var shape: [Int]
    /// PyTorch's dtype name.
    public var dtype: String
    /// Whether a backward pass from the roots gives it a gradient.
    public var gradient: Reach
  }

  /// Whether a backward pass from the roots gives a leaf a gradient.
  public enum Reach: String, Sendable, Hashable {
    /// An `AccumulateGrad` node of the leaf is reached from the roots.
    case reached
    /// The leaf asks for a gradient and no path from the roots leads to it.
    case unreached
    /// The leaf does not ask for a gradient.
    case notRequired
  }

  /// How often nodes of one name occur.
  public struct Frequency: Sendable, Hashable {
    /// The nodes' name, such as `MulBackward0`.
    public var name: String
    /// How many there are.
    public var count: Int
  }

  /// Sums up a graph that `validate()` accepts.
  public init(_ graph: ComputationGraph) {
    producer = graph.producer
    nodeCount = graph.nodes.count
    tensorCount = graph.tensors.count
    accumulateGradCount = 0
    edgeCount = 0
    let reachable = graph.reachableNodes()
    var reach = [Reach?](repeating: nil, count: graph.tensors.count)
    var counts: [String: Int] = [:]
    for node in graph.nodes {
      edgeCount += node.inputs.count { $0 != nil }
      if node.kind == .accumulateGrad {
        accumulateGradCount += 1
      } else {
        counts[node.name, default: 0] += 1
      }
      guard let leaf = node.leaf else { continue }
      reach[leaf] = reachable[node.id] || reach[leaf] == .reached ? .reached : .unreached
    }
    operators = counts.map { Frequency(name: $0.key, count: $0.value) }
      .sorted { ($1.count, $0.name) < ($0.count, $1.name) }
    roots = graph.roots.map { id in
      let tensor = graph.tensors[id]
      return Root(
        tensor: id, name: tensor.name, shape: tensor.shape, dtype: tensor.dtype,
        gradFn: tensor.gradFn.map { graph.nodes[$0.node].name })
    }
    leaves = graph.tensors.compactMap { tensor in
      let isNamedLeaf = tensor.gradFn == nil && tensor.name != nil
      guard tensor.role == .leaf || isNamedLeaf || reach[tensor.id] != nil else { return nil }
      return Leaf(
        tensor: tensor.id, name: tensor.name, shape: tensor.shape, dtype: tensor.dtype,
        gradient: reach[tensor.id] ?? (tensor.requiresGrad ? .unreached : .notRequired))
    }
  }

  /// A table for people, of one line a root, a leaf and an operator; safe to print.
  public var description: String {
    let operatorCount = nodeCount - accumulateGradCount
    var sections = [
      [
        "producer  \(printable(producer.name)) \(printable(producer.version))",
        "nodes     \(nodeCount): \(operatorCount) of operators, \(accumulateGradCount) AccumulateGrad",
        "edges     \(edgeCount)",
        "tensors   \(tensorCount)",
      ]
    ]
    sections.append(
      ["roots"]
        + aligned(
          roots.map { root in
            [
              label(root.name, root.tensor), printable(root.dtype), "\(root.shape)",
              root.gradFn.map { printable($0) } ?? "a leaf",
            ]
          }))
    if !leaves.isEmpty {
      sections.append(
        ["leaves"]
          + aligned(
            leaves.map { leaf in
              let reach =
                switch leaf.gradient {
                case .reached: "gradient"
                case .unreached: "no gradient: no path from the roots leads here"
                case .notRequired: "no gradient: requires_grad is false"
                }
              return [label(leaf.name, leaf.tensor), printable(leaf.dtype), "\(leaf.shape)", reach]
            }))
    }
    if !operators.isEmpty {
      sections.append(
        ["operators"] + aligned(operators.map { [printable($0.name), "\($0.count)"] }))
    }
    return sections.map { $0.joined(separator: "\n") }.joined(separator: "\n\n")
  }

  /// The summary as one JSON object.
  public var json: String {
    var writer = JSONWriter()
    writer.beginObject()
    writer.key("producer")
    writer.beginObject()
    writer.key("name")
    writer.value(producer.name)
    writer.key("version")
    writer.value(producer.version)
    writer.endObject()
    for (key, count) in [
      ("nodeCount", nodeCount), ("accumulateGradCount", accumulateGradCount),
      ("edgeCount", edgeCount), ("tensorCount", tensorCount),
    ] {
      writer.key(key)
      writer.value(count)
    }
    writer.key("roots")
    writer.beginArray()
    for root in roots {
      writer.beginTensor(root.tensor, root.name, root.shape, root.dtype)
      if let gradFn = root.gradFn {
        writer.key("gradFn")
        writer.value(gradFn)
      }
      writer.endObject()
    }
    writer.endArray()
    writer.key("leaves")
    writer.beginArray()
    for leaf in leaves {
      writer.beginTensor(leaf.tensor, leaf.name, leaf.shape, leaf.dtype)
      writer.key("gradient")
      writer.value(leaf.gradient.rawValue)
      writer.endObject()
    }
    writer.endArray()
    writer.key("operators")
    writer.beginArray()
    for entry in operators {
      writer.beginObject()
      writer.key("name")
      writer.value(entry.name)
      writer.key("count")
      writer.value(entry.count)
      writer.endObject()
    }
    writer.endArray()
    writer.endObject()
    return String(decoding: writer.bytes, as: UTF8.self)
  }

  private func label(_ name: String?, _ id: Int) -> String {
    name.map { printable($0, limit: 60) } ?? "tensor \(id)"
  }

  /// Rows with their columns padded to one width, indented by two.
  private func aligned(_ rows: [[String]]) -> [String] {
    var widths: [Int] = []
    for row in rows {
      for (column, cell) in row.enumerated() {
        if column == widths.count { widths.append(0) }
        widths[column] = max(widths[column], cell.count)
      }
    }
    return rows.map { row in
      var line = " "
      for (column, cell) in row.enumerated() {
        line += " " + cell
        if column < row.count - 1 {
          line += String(repeating: " ", count: widths[column] - cell.count + 1)
        }
      }
      return line
    }
  }
}

extension JSONWriter {
  fileprivate mutating func beginTensor(
    _ id: Int, _ name: String?, _ shape: [Int], _ dtype: String
  ) {
    beginObject()
    key("tensor")
    value(id)
    if let name {
      key("name")
      value(name)
    }
    key("shape")
    value(shape)
    key("dtype")
    value(dtype)
  }
}

extension ComputationGraph {
  /// For each node, whether a path from the roots leads to it.
  fileprivate func reachableNodes() -> [Bool] {
    var isReached = [Bool](repeating: false, count: nodes.count)
    var stack: [Int] = []
    func reach(_ node: Int) {
      guard !isReached[node] else { return }
      isReached[node] = true
      stack.append(node)
    }
    for root in roots {
      if let node = tensors[root].gradFn?.node { reach(node) }
    }
    while let node = stack.popLast() {
      for case let edge? in nodes[node].inputs { reach(edge.node) }
    }
    return isReached
  }
}
