// Graphs that are put together by hand are checked as files are.

import GraphModel
import Testing

@Suite("Validation of a graph's values")
struct ValidationTests {
  @Test("accepts the sample and the empty graph")
  func sound() throws {
    try Graph.sample().validate()
    try Graph(producer: .agviz, roots: [], nodes: [], tensors: []).validate()
  }

  @Test("accepts an edge to any output of a node whose outputs are not known")
  func unknownOutputs() throws {
    var graph = Graph.chain(["SinBackward0"])
    graph.nodes[0].inputs = [Graph.Edge(node: 1, output: 3)]
    try graph.validate()
  }

  @Test("accepts nodes that share what they lead to")
  func diamond() throws {
    var graph = Graph.chain(["MulBackward0", "SinBackward0"])
    graph.nodes[0].inputs = [Graph.Edge(node: 1, output: 0), Graph.Edge(node: 2, output: 0)]
    try graph.validate()
  }

  @Test("names the key, and no place in a file")
  func keyPath() throws {
    var graph = Graph.chain(["SinBackward0"])
    graph.nodes[0].saved = ["b": .tensor(9), "a": .tensors([nil, -4]), "c": .tensor(nil)]
    let error = try #require(throws: GraphFileError.self) { try graph.validate() }
    #expect(error.description == "nodes[0].saved.a[1]: there is no tensor -4")
  }

  @Test("finds a cycle at the end of a long chain without deep recursion")
  func longCycle() throws {
    var graph = Graph.chain(Array(repeating: "SinBackward0", count: 100_000))
    graph.nodes[99_999].inputs = [Graph.Edge(node: 7, output: 0)]
    let error = try #require(throws: GraphFileError.self) { try graph.validate() }
    #expect(error.keyPath == "nodes[99999].inputs[0]")
    #expect(error.message.contains("node 7 leads to node 99999"))
  }

  @Test("refuses a NUL in any text", arguments: 0..<8)
  func nul(place: Int) {
    var graph = Graph.sample()
    let text = "a\0b"
    switch place {
    case 0: graph.producer.name = text
    case 1: graph.nodes[0].name = text
    case 2: graph.nodes[0].outputs[0].dtype = text
    case 3: graph.nodes[0].attributes["x"] = .string(text)
    case 4: graph.nodes[2].saved[text] = .tensor(nil)
    case 5: graph.nodes[1].scope = text
    case 6: graph.nodes[1].source?.file = text
    default: graph.tensors[1].name = text
    }
    #expect(throws: GraphFileError.self) { try graph.validate() }
  }
}
