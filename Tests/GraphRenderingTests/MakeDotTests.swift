// makeDot against the real PyTorchViz, and what PyTorchViz cannot do.

import GraphModel
import GraphRendering
import Testing

@Suite("makeDot")
struct MakeDotTests {
  @Test("draws what PyTorchViz draws, statement by statement", arguments: ReferenceCase.all)
  func agreesWithPyTorchViz(_ reference: ReferenceCase) {
    for expected in reference.drawings {
      let drawing = makeDot(
        reference.graph, showAttrs: expected.showAttrs, showSaved: expected.showSaved,
        maxAttrChars: expected.maxAttrChars)
      let rows = ReferenceCase.rows(drawing)
      for (position, (ours, theirs)) in zip(rows, expected.statements).enumerated()
      where ours != theirs {
        Issue.record("statement \(position) is \(ours), not \(theirs)")
        return
      }
      #expect(rows.count == expected.statements.count)
      #expect(drawing.source.contains("size=\"\(expected.size)\""))
    }
  }

  @Test("the reference covers every kind of statement")
  func referenceIsDiverse() {
    let rows = ReferenceCase.all.flatMap(\.drawings).flatMap(\.statements)
    for color in [nil, "lightblue", "orange", "darkolivegreen1", "darkolivegreen3"] {
      #expect(rows.contains { if case .node(_, _, color) = $0 { true } else { false } })
    }
    #expect(rows.contains { if case .edge(_, _, nil, "dotted") = $0 { true } else { false } })
    #expect(rows.contains { if case .edge(_, _, "none", nil) = $0 { true } else { false } })
    #expect(ReferenceCase.all.contains { $0.graph.nodes.contains { $0.kind == .function } })
  }

  @Test("a chain of a million nodes does not overflow the stack")
  func longChain() {
    let drawing = makeDot(.chain(1_000_000))
    // The root, its edge, the nodes and the edges between them.
    #expect(drawing.statements.count == 2_000_001)
  }

  @Test("a chain of a hundred thousand views does not overflow the stack")
  func longViews() {
    let count = 100_000
    let tensors = (0..<count).map { id in
      ComputationGraph.Tensor(
        id: id, role: .base, shape: [], dtype: "float32", storage: 0,
        viewOf: id + 1 < count ? id + 1 : nil)
    }
    let graph = ComputationGraph(
      producer: .init(name: "test", version: "1"), roots: [0], nodes: [], tensors: tensors)
    #expect(makeDot(graph).statements.count == 2 * count - 1)
  }

  @Test("a cycle ends the walk")
  func cycle() {
    var graph = ComputationGraph.chain(3)
    graph.nodes[2].inputs = [.init(node: 0, output: 0)]
    #expect(makeDot(graph).statements.count == 8)
  }

  @Test("a name of a million characters is cut to a thousand")
  func longName() throws {
    var graph = ComputationGraph.chain(1)
    let name = String(repeating: "ü", count: 1_000_000)
    graph.tensors[0].name = name
    graph.nodes[0].name = name
    graph.nodes[0].attributes = [name: .string(name)]
    let drawing = makeDot(graph, showAttrs: true, maxAttrChars: .max)
    guard case .node(_, let root, _) = drawing.statements[0],
      case .node(_, let node, _) = drawing.statements[1]
    else { throw Mismatch() }
    let shown = String(name.prefix(DotGraph.longestShownName - 1)) + "…"
    #expect(root == shown + "\n ()")
    let lines = node.split(separator: "\n")
    #expect(lines[0] == shown)
    #expect(lines[2].count == DotGraph.longestShownName + 2 + 10_000)
  }

  @Test("a saved tensor of a custom function that is missing is left out")
  func missingSavedTensor() {
    var graph = ComputationGraph.chain(1)
    graph.nodes[0].kind = .function
    graph.nodes[0].saved = ["saved_tensors": .tensors([nil, 0])]
    let rows = ReferenceCase.rows(makeDot(graph))
    #expect(
      rows.suffix(3) == [
        .edge(0, 1, dir: "none", style: nil), .node(0, label: "\n ()", fillColor: "orange"),
        .edge(1, 0, dir: nil, style: nil),
      ])
  }
}

/// An expectation on which the rest of a test stands.
struct Mismatch: Error {}

extension ComputationGraph {
  /// A root on a chain of nodes.
  static func chain(_ count: Int) -> ComputationGraph {
    ComputationGraph(
      producer: .init(name: "test", version: "1"), roots: [0],
      nodes: (0..<count).map { id in
        Node(
          id: id, name: "SinBackward0", kind: .backward,
          inputs: id + 1 < count ? [Edge(node: id + 1, output: 0)] : [nil])
      },
      tensors: [
        Tensor(
          id: 0, role: .root, shape: [], dtype: "float32", gradFn: Edge(node: 0, output: 0),
          storage: 0)
      ])
  }
}
