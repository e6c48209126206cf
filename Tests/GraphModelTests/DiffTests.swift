// What changed from one graph to another: each change told once, by a name that people know.

import GraphModel
import Testing

/// One change to the sample, and the lines that must tell it.
struct Edit: Sendable, CustomTestStringConvertible {
  var testDescription: String
  var apply: @Sendable (inout Graph) -> Void
  var lines: [String]
}

@Suite("The difference of two graphs")
struct DiffTests {
  static let edits: [Edit] = [
    Edit(
      testDescription: "another operator", apply: { $0.nodes[2].name = "DivBackward0" },
      lines: ["~ node 2 MulBackward0: is now DivBackward0"]),
    Edit(
      testDescription: "a node of another kind", apply: { $0.nodes[2].kind = .function },
      lines: ["~ node 2 MulBackward0: is now MulBackward0 (backward → function)"]),
    Edit(
      testDescription: "an edge that is gone", apply: { $0.nodes[1].inputs[1] = nil },
      lines: ["~ edge: input 1 of node 1 AddBackward0: node 4 AccumulateGrad of b → none"]),
    Edit(
      testDescription: "an edge to another output",
      apply: {
        $0.nodes[2].outputs.append(Graph.Output(shape: [], dtype: "int64"))
        $0.nodes[1].inputs[0] = Graph.Edge(node: 2, output: 1)
      },
      lines: [
        "~ edge: input 0 of node 1 AddBackward0: node 2 MulBackward0 → node 2 MulBackward0 output 1",
        "~ outputs of node 2 MulBackward0: float32 [2, 3] → float32 [2, 3], int64 []",
      ]),
    Edit(
      testDescription: "an input more", apply: { $0.nodes[2].inputs.append(nil) },
      lines: ["~ edge: node 2 MulBackward0 had 2 inputs, now 3"]),
    Edit(
      testDescription: "another root", apply: { $0.roots = [3] },
      lines: ["~ root 0: root loss → tensor 3 saved by node 2 MulBackward0"]),
    Edit(
      testDescription: "a root more", apply: { $0.roots = [0, 3] }, lines: ["~ roots: 1 → 2"]),
    Edit(
      testDescription: "a leaf under another name", apply: { $0.tensors[2].name = "bias" },
      lines: ["~ name of leaf b: b → bias"]),
    Edit(
      testDescription: "a leaf of another shape",
      apply: {
        $0.tensors[2].shape = [4]
        $0.nodes[4].outputs[0].shape = [4]
      },
      lines: [
        "~ outputs of node 4 AccumulateGrad: float32 [3] → float32 [4]",
        "~ shape of leaf b: float32 [3] → float32 [4]",
      ]),
    Edit(
      testDescription: "another dtype", apply: { $0.tensors[3].dtype = "float64" },
      lines: [
        "~ shape of tensor 3 saved by node 2 MulBackward0: float32 [2, 3] → float64 [2, 3]"
      ]),
    Edit(
      testDescription: "a leaf that asks for no gradient",
      apply: { $0.tensors[1].requiresGrad = false },
      lines: ["~ leaf w requires a gradient: true → false"]),
    Edit(
      testDescription: "a tensor on another's memory", apply: { $0.tensors[3].storage = 1 },
      lines: [
        "~ storage: tensor 3 saved by node 2 MulBackward0 now shares memory with leaf w"
      ]),
    Edit(
      testDescription: "an attribute", apply: { $0.nodes[0].attributes["keepdim"] = .bool(true) },
      lines: ["~ attribute keepdim of node 0 MeanBackward0: false → true"]),
    Edit(
      testDescription: "an attribute more and one less",
      apply: {
        $0.nodes[0].attributes["keepdim"] = nil
        $0.nodes[0].attributes["new\n"] = .string("x\u{1B}")
      },
      lines: [
        "~ attribute keepdim of node 0 MeanBackward0: false → none",
        #"~ attribute "new\n" of node 0 MeanBackward0: none → "x\u001b""#,
      ]),
    Edit(
      testDescription: "a saved tensor that is not needed",
      apply: { $0.nodes[2].saved["other"] = .tensor(nil) },
      lines: [
        "~ saved other of node 2 MulBackward0: tensor 3 saved by node 2 MulBackward0 → none"
      ]),
    Edit(
      testDescription: "values", apply: { $0.tensors[0].values = [0.2] },
      lines: ["~ values of root loss: 1 of 1 differ, first at 0: 0.1 → 0.2"]),
    Edit(
      testDescription: "no values", apply: { $0.tensors[0].values = nil },
      lines: ["~ values of root loss: 1 → none"]),
    Edit(
      testDescription: "a scope", apply: { $0.nodes[1].scope = nil },
      lines: ["~ scope of node 1 AddBackward0: layer1.0 → none"]),
    Edit(
      testDescription: "a source line", apply: { $0.nodes[1].source?.line = 13 },
      lines: ["~ source of node 1 AddBackward0: main.swift:12 → main.swift:13"]),
    Edit(
      testDescription: "an order of creation",
      apply: {
        $0.nodes[1].sequence = 0
        $0.nodes[2].sequence = 1
      },
      lines: ["~ order: node 1 AddBackward0 is now created before node 2 MulBackward0"]),
    Edit(
      testDescription: "a producer", apply: { $0.producer.version = "9" },
      lines: ["~ producer: agviz 0.1.0 → agviz 9"]),
    Edit(
      testDescription: "a tensor that nothing refers to",
      apply: {
        $0.tensors.append(
          Graph.Tensor(id: 5, role: .saved, shape: [], dtype: "int64", storage: 5))
      },
      lines: ["~ numbering: nodes or tensors are listed differently"]),
  ]

  @Test("tells every change in its words", arguments: edits)
  func edit(_ edit: Edit) throws {
    var graph = Graph.sample()
    edit.apply(&graph)
    try graph.validate()
    let diff = GraphDiff(from: .sample(), to: graph)
    #expect(diff.changes.map(\.description) == edit.lines)
    #expect(!GraphDiff(from: graph, to: .sample()).isEmpty)
  }

  @Test("is empty for equal graphs, even with NaN in them")
  func equal() throws {
    let graph = Graph.sample()
    #expect(GraphDiff(from: graph, to: try Graph(json: graph.json.utf8)).isEmpty)
    #expect(GraphDiff(from: graph, to: graph).description == "")
    #expect(GraphDiff(from: graph, to: graph).json == #"{"same": true, "changes": []}"#)
  }

  @Test("of a node put into the middle is that node and its edge", arguments: [0, 1, 5, 9])
  func inserted(place: Int) {
    let names = (0..<10).map { "Op\($0 % 3)Backward0" }
    var longer = names
    longer.insert("NewBackward0", at: place)
    let diff = GraphDiff(from: .chain(names), to: .chain(longer))
    #expect(diff.changes.map(\.kind) == [.nodeAdded, .edge])
    let back = GraphDiff(from: .chain(longer), to: .chain(names))
    #expect(back.changes.map(\.kind) == [.nodeRemoved, .edge])
  }

  @Test("finds the same operators on both sides of several changes")
  func severalChanges() {
    let names = (0..<200).map { "Op\($0 % 7)Backward0" }
    var edited = names
    edited[150] = "NewBackward0"
    edited.remove(at: 100)
    edited.insert("NewBackward0", at: 20)
    let diff = GraphDiff(from: .chain(names), to: .chain(edited))
    #expect(
      diff.changes.map(\.description) == [
        "- node 100 Op2Backward0: input 0 of node 99 Op1Backward0",
        "+ node 20 NewBackward0: input 0 of node 19 Op5Backward0",
        "~ node 150 Op3Backward0: is now NewBackward0",
        "~ edge: input 0 of node 19 Op5Backward0: node 20 Op6Backward0 → node 20 NewBackward0",
        "~ edge: input 0 of node 99→100 Op1Backward0: node 100 Op2Backward0 → node 101 Op3Backward0",
      ])
  }

  @Test("tells leaves that came and went by name")
  func leaves() {
    var graph = Graph.sample()
    graph.nodes[1].inputs.removeLast()
    graph.nodes.removeLast()
    graph.tensors[2] = Graph.Tensor(
      id: 2, role: .leaf, name: "scale", shape: [], dtype: "float64", storage: 2)
    let diff = GraphDiff(from: .sample(), to: graph)
    #expect(
      diff.changes.map(\.description) == [
        "- node 4 AccumulateGrad of b: input 1 of node 1 AddBackward0",
        "~ edge: node 1 AddBackward0 had 2 inputs, now 1",
        "- leaf b, float32 [3]",
        "+ leaf scale, float64 []",
      ])
  }

  @Test("knows leaves again that changed places")
  func swappedLeaves() {
    var graph = Graph.sample()
    graph.nodes[3].leaf = 2
    graph.nodes[4].leaf = 1
    let diff = GraphDiff(from: .sample(), to: graph)
    #expect(!diff.changes.contains { $0.kind == .tensorRenamed || $0.kind == .leafLost })
    #expect(
      diff.changes.first?.description
        == "~ edge: input 1 of node 1 AddBackward0: node 4 AccumulateGrad of b → "
        + "node 4 AccumulateGrad of w")
  }

  @Test("of long chains with nothing in common takes linear time", .timeLimit(.minutes(1)))
  func different() {
    let diff = GraphDiff(
      from: .chain(Array(repeating: "A", count: 2_000)),
      to: .chain(Array(repeating: "B", count: 2_000)))
    #expect(diff.changes.count == 2_000)
  }

  @Test("counts each of many changes in a chain of one operator")
  func manyRenames() {
    let names = Array(repeating: "A", count: 5_000)
    var edited = names
    for index in stride(from: 0, to: 5_000, by: 10) { edited[index] = "B" }
    #expect(GraphDiff(from: .chain(names), to: .chain(edited)).changes.count == 500)
  }

  @Test("is JSON for programs")
  func json() {
    let diff = GraphDiff(from: .chain(["A"]), to: .chain(["B\""]))
    #expect(
      diff.json == #"""
        {"same": false, "changes": [
          {"kind": "nodeRenamed", "description": "~ node 0 A: is now \"B\\\"\""}
        ]}
        """#)
  }
}
