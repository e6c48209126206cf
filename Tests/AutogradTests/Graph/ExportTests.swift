// The exported graph: numbering, roles, names, options, and the same bytes every time.
import GraphModel
import Testing

@testable import Autograd

@Suite struct ExportTests {
  /// A small network, made anew each time.
  private static func network() -> (loss: Tensor, parameters: [String: Tensor]) {
    let w = Tensor([[0.5, -1], [2, 0.25]], requiresGrad: true)
    let b = Tensor([0.1, 0.2], requiresGrad: true)
    let x = Tensor([[1.0, 2], [3, 4]])
    let hidden = (x.mm(w) + b).tanh()
    let parts = hidden.unbind()
    let loss = (parts[0] * parts[1] + hidden[Tensor([1])]).pow(2).mean()
    return (loss, ["w": w, "b": b])
  }

  @Test func `the same program gives the same bytes`() {
    let texts = (0..<3).map { _ in
      let (loss, parameters) = Self.network()
      return loss.graph(
        parameters: parameters, options: ExportOptions(values: true, gradients: true)
      ).json
    }
    #expect(Set(texts).count == 1)
    #expect(!texts[0].contains("0x"))
  }

  @Test func `a graph is valid and comes back from its text`() throws {
    let (loss, parameters) = Self.network()
    let graph = loss.graph(parameters: parameters)
    try graph.validate()
    #expect(try ComputationGraph(json: graph.json.utf8) == graph)
  }

  @Test func `nodes are numbered depth first from the root`() {
    let x = Tensor([1.0, 2], requiresGrad: true)
    let y = Tensor([1.0, 2], requiresGrad: true)
    let graph = ((x * 2) + (y * x)).sum().graph()
    #expect(
      graph.nodes.map(\.name) == [
        "SumBackward0", "AddBackward0", "MulBackward0", "AccumulateGrad", "MulBackward0",
        "AccumulateGrad",
      ])
    #expect(graph.nodes.map(\.sequence) == [3, 2, 0, nil, 1, nil])
    #expect(graph.nodes.map(\.id) == Array(0..<6))
    #expect(graph.nodes[4].inputs.map { $0?.node } == [5, 3])
    #expect(graph.nodes[2].inputs.map { $0?.node } == [3, nil])
    #expect(graph.nodes[3].kind == .accumulateGrad && graph.nodes[4].kind == .backward)
    #expect(graph.nodes[0].outputs == [.init(shape: [], dtype: "float32")])
    #expect(graph.nodes[0].attributes == ["self_sym_sizes": .ints([2])])
  }

  @Test func `outputs of one node are told apart`() {
    let x = Tensor([1.0, 2], requiresGrad: true)
    let parts = x.unbind()
    let graph = (parts[1] - parts[0]).graph()
    #expect(graph.nodes[0].inputs == [.init(node: 1, output: 1), .init(node: 1, output: 0)])
    #expect(graph.nodes[1].outputs.count == 2)
  }

  @Test func `tensors have roles, names and storages`() throws {
    let x = Tensor([1.0, 2], requiresGrad: true)
    let y = x.exp()
    let z = y * y
    let graph = z.graph(parameters: ["x": x, "z": z, "elsewhere": Tensor(1)])
    let root = graph.tensors[graph.roots[0]]
    #expect(root.role == .root && root.name == "z" && root.gradFn == .init(node: 0, output: 0))
    let leaf = graph.tensors[try #require(graph.nodes.last?.leaf)]
    #expect(leaf.role == .leaf && leaf.name == "x" && leaf.requiresGrad && leaf.gradFn == nil)
    #expect(!graph.tensors.contains { $0.name == "elsewhere" })
    // Both factors are one tensor, whose memory is that of exp's saved result.
    guard case .tensor(let factor?)? = graph.nodes[0].saved["self"],
      case .tensor(let result?)? = graph.nodes[1].saved["result"]
    else {
      Issue.record("nothing saved: \(graph.nodes)")
      return
    }
    #expect(graph.nodes[0].saved["other"] == .tensor(factor))
    #expect(graph.tensors[factor].gradFn == .init(node: 1, output: 0))
    #expect(graph.tensors[result].storage == graph.tensors[factor].storage)
    #expect(graph.tensors[result].storage != root.storage)
  }

  @Test func `values and gradients are there when asked for`() throws {
    let x = Tensor([1.0, -2, 3], requiresGrad: true)
    let y = (x * x).sum()
    try y.backward(retainGraph: true)
    let bare = y.graph()
    #expect(bare.tensors.allSatisfy { $0.values == nil && $0.gradient == nil })
    let full = y.graph(options: ExportOptions(values: true, gradients: true))
    #expect(full.tensors[full.roots[0]].values == [14])
    let leaf = try #require(full.tensors.first { $0.role == .leaf })
    #expect(leaf.values == [1, -2, 3])
    let gradient = try #require(leaf.gradient)
    #expect(gradient.minimum == -4 && gradient.maximum == 6 && gradient.mean == 4.0 / 3)
    #expect(gradient.norm == 56.0.squareRoot())
    #expect(gradient.nanCount == 0 && gradient.infinityCount == 0)
  }

  @Test func `a gradient's summary counts what is not finite`() throws {
    let x = Tensor([1.0, 2, 3, 4], requiresGrad: true)
    x.grad = Tensor([.nan, .infinity, -1, 5])
    let graph = (x * 2).graph(options: ExportOptions(gradients: true))
    let gradient = try #require(graph.tensors.lazy.compactMap(\.gradient).first)
    #expect(gradient.nanCount == 1 && gradient.infinityCount == 1)
    #expect(gradient.minimum == -1 && gradient.maximum == 5 && gradient.mean == 2)
  }

  @Test func `several roots share their nodes`() {
    let x = Tensor(1.0, requiresGrad: true)
    let y = x * 2
    let graph = ComputationGraph(of: [y + 1, y, y * 3])
    #expect(graph.roots.count == 3)
    #expect(
      graph.nodes.map(\.name) == ["AddBackward0", "MulBackward0", "AccumulateGrad", "MulBackward0"])
    #expect(graph.roots.map { graph.tensors[$0].gradFn?.node } == [0, 1, 3])
  }

  @Test func `a root that is a view brings its base`() throws {
    let x = Tensor([[1.0, 2], [3, 4]], requiresGrad: true)
    let y = x * 2
    let graph = y[0].graph()
    let root = graph.tensors[graph.roots[0]]
    let base = graph.tensors[try #require(root.viewOf)]
    #expect(base.role == .base && base.shape == [2, 2] && base.storage == root.storage)
    #expect(base.gradFn.map { graph.nodes[$0.node].name } == "MulBackward0")
  }

  @Test func `a graph of what needs no gradient has a root alone`() throws {
    let graph = Tensor([1.0]).graph()
    #expect(graph.nodes.isEmpty && graph.tensors.count == 1 && graph.roots == [0])
    try graph.validate()
  }

  @Test func `freed saved tensors are left out`() throws {
    let x = Tensor(2.0, requiresGrad: true)
    let y = x * x
    #expect(y.graph().nodes[0].saved["self"] != .tensor(nil))
    try y.backward()
    #expect(y.graph().nodes[0].saved["self"] == .tensor(nil))
  }

  @Test func `exporting changes nothing`() throws {
    let (loss, parameters) = Self.network()
    let before = loss.graph().json
    _ = loss.graph(parameters: parameters, options: ExportOptions(values: true))
    #expect(loss.graph().json == before)
    try loss.backward()
    #expect(parameters["w"]?.grad != nil)
  }
}
