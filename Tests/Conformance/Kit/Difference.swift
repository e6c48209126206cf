// What a program did, held against what PyTorch did.

import Autograd
import GraphModel
import GraphRendering

extension Execution {
  /// The first thing that is not as PyTorch has it; nil for nothing.
  ///
  /// The calls of the last pass count only when the program ran to its end.
  func difference(isComplete: Bool) -> String? {
    let expected = program.expectation
    return valueDifference(expected.values)
      ?? gradientDifference(expected.gradients)
      ?? expected.graph.flatMap(graphDifference)
      ?? drawingDifference("dot", dot, expected.dot)
      ?? drawingDifference("dot_saved", dotSaved, expected.dotSaved)
      ?? (isComplete ? expected.events.flatMap(eventDifference) : nil)
  }

  private func valueDifference(_ expected: [(name: String, value: ExpectedValue)]) -> String? {
    let leafNames = Set(leaves.map(\.name))
    var made: [String: Tensor] = [:]
    for (name, tensor) in environment {
      if leafNames.contains(name), !program.comparesLeaves { continue }
      if let tensor { made[name] = tensor }
    }
    for (name, value) in expected {
      guard let tensor = made.removeValue(forKey: name) else { return "\(name) was not made" }
      if let difference = TensorData(tensor).difference(from: value.data) {
        return "\(name): \(difference)"
      }
      if tensor.requiresGrad != value.requiresGrad {
        return "\(name): requires_grad \(tensor.requiresGrad), expected \(value.requiresGrad)"
      }
      let gradFn = tensor.gradFn?.name
      if gradFn != value.gradFn {
        return "\(name): grad_fn \(gradFn ?? "None"), expected \(value.gradFn ?? "None")"
      }
    }
    return made.keys.sorted().first.map { "\($0) was made, but not by PyTorch" }
  }

  private func gradientDifference(_ expected: [(name: String, gradient: TensorData?)]) -> String? {
    var computed: [String: Tensor] = [:]
    for (name, tensor) in leaves where tensor.requiresGrad && tensor.isLeaf {
      computed[name] = tensor
    }
    for (name, gradient) in expected {
      guard let leaf = computed.removeValue(forKey: name) else {
        return "\(name) is no leaf that requires a gradient"
      }
      if let difference = TensorData.difference(leaf.grad.map(TensorData.init), from: gradient) {
        return "gradient of \(name): \(difference)"
      }
    }
    return computed.keys.sorted().first.map { "\($0) is a leaf that requires a gradient" }
  }

  // MARK: Graph

  private func graphDifference(_ expected: [ExpectedNode]) -> String? {
    guard let graph else { return "graph: was not taken" }
    for (i, (node, wanted)) in zip(graph, expected).enumerated() {
      if node.name != wanted.name {
        return "graph: node \(i) is \(node.name), expected \(wanted.name)"
      }
      let next = node.inputs.map { edge in
        edge.map { ExpectedNode.Edge(node: $0.node, output: $0.output) }
      }
      if next != wanted.next {
        return "graph: node \(i) (\(node.name)) leads to \(Self.text(next)), expected "
          + Self.text(wanted.next)
      }
      if leafNames[i] != wanted.leaf {
        return "graph: node \(i) (\(node.name)) has the leaf \(leafNames[i] ?? "None"), expected "
          + (wanted.leaf ?? "None")
      }
    }
    return graph.count == expected.count
      ? nil : "graph: \(graph.count) nodes, expected \(expected.count)"
  }

  private static func text(_ edges: [ExpectedNode.Edge?]) -> String {
    let texts = edges.map { edge in edge.map { "\($0.node):\($0.output)" } ?? "None" }
    return "[\(texts.joined(separator: ", "))]"
  }

  // MARK: Drawings

  private func drawingDifference(
    _ what: String, _ drawing: DotGraph?, _ expected: [JSONValue]?
  ) -> String? {
    guard let expected else { return nil }
    guard let drawing else { return "\(what): was not drawn" }
    let statements = drawing.numberedStatements
    for (i, (statement, wanted)) in zip(statements, expected.map(\.statementText)).enumerated()
    where statement != wanted {
      return "\(what): statement \(i) is \(statement), expected \(wanted)"
    }
    return statements.count == expected.count
      ? nil : "\(what): \(statements.count) statements, expected \(expected.count)"
  }

  // MARK: Events

  private func eventDifference(_ expected: [ExpectedEvent]) -> String? {
    guard let events else { return "events: were not recorded" }
    let order = events.map(\.node)
    let wantedOrder = expected.map(\.node)
    if order != wantedOrder { return "events: order \(order), expected \(wantedOrder)" }
    for (i, (event, wanted)) in zip(events, expected).enumerated() {
      let place = "event \(i) (\(graph?[event.node].name ?? "node \(event.node)"))"
      if let difference = Self.difference(event.gradOutputs, from: wanted.gradOutputs) {
        return "\(place): grad_output \(difference)"
      }
      if let difference = Self.difference(event.gradInputs, from: wanted.gradInputs) {
        return "\(place): grad_input \(difference)"
      }
    }
    return nil
  }

  private static func difference(
    _ computed: [TensorData?], from expected: [TensorData?]
  ) -> String? {
    guard computed.count == expected.count else {
      return "count is \(computed.count), expected \(expected.count)"
    }
    for (i, (gradient, wanted)) in zip(computed, expected).enumerated() {
      if let difference = TensorData.difference(gradient, from: wanted) {
        return "\(i): \(difference)"
      }
    }
    return nil
  }
}

// MARK: - Statements as text

extension DotGraph {
  /// The statements as text, nodes numbered by their first appearance as the reference numbers them.
  fileprivate var numberedStatements: [String] {
    var numbers: [DotNodeID: Int] = [:]
    func number(_ id: DotNodeID) -> Int {
      if let known = numbers[id] { return known }
      numbers[id] = numbers.count
      return numbers.count - 1
    }
    var texts: [String] = []
    for statement in statements {
      switch statement {
      case .node(let id, let label, let fillColor):
        texts.append(nodeText(number(id), label, fillColor))
      case .edge(let from, let to, let attributes):
        let first = number(from)
        texts.append(edgeText(first, number(to), attributes.dir, attributes.style))
      }
    }
    return texts
  }
}

extension JSONValue {
  /// A statement of the reference as text.
  fileprivate var statementText: String {
    if let ends = self["edge"]?.array, ends.count == 2 {
      return edgeText(
        ends[0].int ?? -1, ends[1].int ?? -1, self["dir"]?.string, self["style"]?.string)
    }
    return nodeText(
      self["node"]?.int ?? -1, self["label"]?.string ?? "", self["fillcolor"]?.string)
  }
}

private func nodeText(_ number: Int, _ label: String, _ fillColor: String?) -> String {
  "node \(number) \(label.debugDescription)" + (fillColor.map { " \($0)" } ?? "")
}

private func edgeText(_ from: Int, _ to: Int, _ dir: String?, _ style: String?) -> String {
  "edge \(from) -> \(to)" + (dir.map { " dir=\($0)" } ?? "") + (style.map { " style=\($0)" } ?? "")
}
