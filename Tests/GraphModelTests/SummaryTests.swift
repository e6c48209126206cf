// The graph at a glance.

import Foundation
import GraphModel
import Testing

@Suite("A graph's summary")
struct SummaryTests {
  @Test("counts nodes, edges and tensors")
  func counts() {
    let summary = Graph.sample().summary
    #expect(summary.nodeCount == 5)
    #expect(summary.accumulateGradCount == 2)
    #expect(summary.edgeCount == 4)
    #expect(summary.tensorCount == 5)
  }

  @Test("says which leaves a gradient reaches, and why not the others")
  func leaves() {
    var graph = Graph.sample()
    // The node of b is no longer reached; x asks for no gradient; y has no node at all.
    graph.nodes[1].inputs[1] = nil
    graph.tensors += [
      Graph.Tensor(id: 5, role: .saved, name: "x", shape: [2], dtype: "float64", storage: 5),
      Graph.Tensor(
        id: 6, role: .leaf, name: "y", shape: [], dtype: "float32", requiresGrad: true, storage: 6),
    ]
    let leaves = graph.summary.leaves
    #expect(leaves.map(\.name) == ["w", "b", "x", "y"])
    #expect(leaves.map(\.gradient) == [.reached, .unreached, .notRequired, .unreached])
  }

  @Test("lists operators by frequency, then by name")
  func operators() {
    let graph = Graph.chain(["B", "A", "C", "C"])
    #expect(graph.summary.operators.map(\.name) == ["C", "A", "B"])
    #expect(graph.summary.operators.map(\.count) == [2, 1, 1])
  }

  @Test("is an aligned table that no name can break")
  func text() {
    var graph = Graph.chain(["SinBackward0", "x\n\u{1B}[2J"])
    graph.tensors.append(
      Graph.Tensor(id: 2, role: .leaf, name: "weight", shape: [3], dtype: "int64", storage: 2))
    #expect(
      graph.summary.description == #"""
        producer  agviz \#(agvizVersion)
        nodes     3: 2 of operators, 1 AccumulateGrad
        edges     2
        tensors   3

        roots
          tensor 0  float32  []  SinBackward0

        leaves
          w       float32  []   gradient
          weight  int64    [3]  no gradient: requires_grad is false

        operators
          SinBackward0  1
          x\n\u{1b}[2J  1
        """#)
  }

  @Test("is JSON for programs")
  func json() throws {
    let text = Graph.sample().summary.json
    let object = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
    #expect(object?["nodeCount"] as? Int == 5)
    let leaves = object?["leaves"] as? [[String: Any]]
    #expect(leaves?.map { $0["gradient"] as? String } == ["reached", "reached"])
  }
}
