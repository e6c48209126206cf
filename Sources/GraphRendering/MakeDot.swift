// PyTorchViz's walk over the backward graph.

public import GraphModel

/// Draws a graph as PyTorchViz's `make_dot` does: the same boxes and arrows in the same order.
///
/// Names are shown up to ``DotGraph/longestShownName`` characters. A custom function's saved tensors (under
/// the name `saved_tensors`) are drawn always, as PyTorchViz does. The walk keeps its own stack, so
/// that the depth of a graph is limited by memory only. Source: `torchviz/dot.py`, version 0.0.3.
///
/// - Parameters:
///   - graph: The graph; its ids must be positions that exist.
///   - showAttrs: Whether boxes list their node's attributes and the names of its saved tensors.
///   - showSaved: Whether saved tensors are drawn.
///   - maxAttrChars: The most characters shown of an attribute's value, between 3 and 10,000 (a
///     wider line is more than Graphviz can draw).
///   - overlay: What is drawn onto the boxes and arrows; nil for PyTorchViz's picture.
/// - Returns: The drawing.
public func makeDot(
  _ graph: ComputationGraph, showAttrs: Bool = false, showSaved: Bool = false,
  maxAttrChars: Int = 50, overlay: GraphOverlay? = nil
) -> DotGraph {
  var drawing = Drawing(
    graph: graph, maxAttrChars: showAttrs ? maxAttrChars : nil, showSaved: showSaved,
    overlay: overlay)
  for root in graph.roots { drawing.addRoot(root) }
  return DotGraph(statements: drawing.statements, overlay: overlay)
}

/// The name under which a custom function's node keeps its saved tensors.
let functionSavedName = "saved_tensors"

/// The state of one walk.
private struct Drawing {
  let graph: ComputationGraph
  /// How much of an attribute is shown; nil when none is.
  let maxAttrChars: Int?
  let showSaved: Bool
  let overlay: GraphOverlay?

  var statements: [DotGraph.Statement] = []
  private var seenNodes: [Bool]
  private var seenTensors: [Bool]

  init(
    graph: ComputationGraph, maxAttrChars: Int?, showSaved: Bool, overlay: GraphOverlay?
  ) {
    self.graph = graph
    self.maxAttrChars = maxAttrChars
    self.showSaved = showSaved
    self.overlay = overlay
    seenNodes = Array(repeating: false, count: graph.nodes.count)
    seenTensors = Array(repeating: false, count: graph.tensors.count)
  }

  /// Draws a root with all that leads to it, then what it is a view of.
  mutating func addRoot(_ root: Int) {
    var views: [(base: Int, view: Int)] = []
    var tensor = root
    var color = DotGraph.FillColor.root
    while !seenTensors[tensor] {
      addTensor(tensor, color: color)
      if let gradFn = graph.tensors[tensor].gradFn {
        addNodes(from: gradFn.node)
        addEdge(
          from: .node(gradFn.node), to: .tensor(tensor), mark: overlay?.tensors[tensor]?.ofArrow)
      }
      guard let base = graph.tensors[tensor].viewOf else { break }
      views.append((base, tensor))
      tensor = base
      color = DotGraph.FillColor.base
    }
    for (base, view) in views.reversed() {
      addEdge(from: .tensor(base), to: .tensor(view), style: "dotted")
    }
  }

  /// Draws a node and, depth first, all that it leads to.
  private mutating func addNodes(from first: Int) {
    var path: [(node: Int, nextInput: Int)] = []
    if enter(first) { path.append((first, 0)) }
    while let (id, input) = path.last {
      let inputs = graph.nodes[id].inputs
      guard input < inputs.count else {
        leave(id)
        path.removeLast()
        continue
      }
      path[path.count - 1].nextInput += 1
      if let next = inputs[input]?.node {
        addEdge(
          from: .node(next), to: .node(id),
          mark: overlay?.edges[GraphOverlay.Edge(node: id, input: input)])
        if enter(next) { path.append((next, 0)) }
      }
    }
  }

  /// Draws a node and its tensors; false when it was drawn before.
  private mutating func enter(_ id: Int) -> Bool {
    if seenNodes[id] { return false }
    seenNodes[id] = true
    let node = graph.nodes[id]
    if showSaved { addSaved(of: node) }
    if let leaf = node.leaf {
      addTensor(leaf, color: DotGraph.FillColor.leaf)
      addEdge(from: .tensor(leaf), to: .node(id), mark: overlay?.tensors[leaf]?.ofArrow)
    }
    let label = nodeLabel(node, maxAttrChars: maxAttrChars) + note(of: .node(id))
    statements.append(.node(id: .node(id), label: label, fillColor: nil))
    return true
  }

  /// Draws what a node's names hold, in the names' order.
  private mutating func addSaved(of node: ComputationGraph.Node) {
    for name in node.savedNames.sorted(by: precedes) {
      switch node.saved[name] {
      case .tensor(let tensor?):
        addEdge(from: .node(node.id), to: .tensor(tensor), dir: "none")
        addTensor(tensor, color: DotGraph.FillColor.saved, name: name)
      case .tensors(let tensors):
        for (position, tensor) in tensors.enumerated() {
          guard let tensor else { continue }
          addEdge(from: .node(node.id), to: .tensor(tensor), dir: "none")
          addTensor(
            tensor, color: DotGraph.FillColor.saved, name: "\(elided(name))[\(position)]")
        }
      case .tensor(nil), nil: break
      }
    }
  }

  /// Draws, behind everything that leads to it, what a custom function saved.
  private mutating func leave(_ id: Int) {
    let node = graph.nodes[id]
    guard node.kind == .function, let saved = node.saved[functionSavedName] else { return }
    let tensors: [Int?] =
      switch saved {
      case .tensor(let tensor): [tensor]
      case .tensors(let tensors): tensors
      }
    for case let tensor? in tensors {
      addEdge(from: .tensor(tensor), to: .node(id), dir: "none")
      addTensor(tensor, color: DotGraph.FillColor.saved)
    }
  }

  /// Draws a tensor under a name given here, or else its own.
  private mutating func addTensor(_ id: Int, color: String, name: String = "") {
    seenTensors[id] = true
    let tensor = graph.tensors[id]
    let shown = elided(name.isEmpty ? tensor.name ?? "" : name)
    let sizes = elided(tensor.shape.map(String.init).joined(separator: ", "))
    statements.append(
      .node(
        id: .tensor(id), label: "\(shown)\n (\(sizes))" + note(of: .tensor(id)), fillColor: color))
  }

  /// The line that the overlay adds to a box.
  private func note(of box: DotNodeID) -> String {
    overlay?.mark(of: box)?.note.map { "\n" + elided($0) } ?? ""
  }

  private mutating func addEdge(
    from: DotNodeID, to: DotNodeID, dir: String? = nil, style: String? = nil,
    mark: GraphOverlay.Mark? = nil
  ) {
    statements.append(
      .edge(from: from, to: to, attributes: .init(dir: dir, style: style, mark: mark)))
  }
}

extension GraphOverlay.Mark {
  /// What a tensor's mark says of the arrow at it.
  fileprivate var ofArrow: GraphOverlay.Mark? {
    level.isBroken
      ? GraphOverlay.Mark(.broken) : level == .absent ? GraphOverlay.Mark(.absent) : nil
  }
}
