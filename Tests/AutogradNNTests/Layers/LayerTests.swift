// Layers against PyTorch's, which Reference/layers.py wrote.
import Autograd
import AutogradNN
import Testing

@Suite struct LayerTests {
  // In a process of their own, as other tests draw random numbers, too.
  @Test func `layers hold and compute what PyTorch's do`() async {
    await #expect(processExitsWith: .success) {
      for run in try LayerRun.all() { try LayerTests.check(run) }
    }
  }

  private static func check(_ run: LayerRun) throws {
    manualSeed(7)
    let subject = try #require(LayerSubject.all[run.name], "\(run.name)")
    let layer = subject.layer()
    #expect(layer.description == run.repr, "\(run.name)")
    let state = layer.stateDict()
    #expect(state.keys == run.state.map(\.key), "\(run.name)")
    for (key, expected) in run.state.map({ ($0.key, $0.value!) }) {
      guard let tensor = state[key] else { continue }
      #expect(tensor.shape == expected.shape, "\(run.name): \(key)")
      #expect(tensor.toArray() == expected.values, "\(run.name): \(key) holds other numbers")
    }
    let inputs = run.inputs.enumerated().map { k, shape in
      subject.highs[k].map { _ in whole(Array(shape.dropLast()), k, shape.last!) }
        ?? fill(shape, k).requiresGrad_()
    }
    manualSeed(11)
    let outputs = subject.run(layer, inputs)
    try #require(outputs.count == run.outputs.count, "\(run.name)")
    for (k, (output, expected)) in zip(outputs, run.outputs).enumerated() {
      expectClose(output, expected, "\(run.name): output \(k)")
    }
    let roots = outputs.enumerated().filter { $1.requiresGrad }
    #expect(names(outputs) == run.nodes, "\(run.name)")
    if !roots.isEmpty {
      // One pass for all roots: Σ root · weights would add nodes, but not to these.
      try roots.map { ($1 * fill($1.shape, 100 + $0)).sum() }.reduce(Tensor(0.0), +).backward()
    }
    for (k, (input, expected)) in zip(inputs, run.inputGradients).enumerated() {
      if let expected {
        expectClose(input.grad, expected, "\(run.name): gradient of input \(k)")
      } else {
        #expect(input.grad == nil, "\(run.name)")
      }
    }
    let parameters = layer.namedParameters()
    #expect(parameters.map(\.0) == run.gradients.map(\.key), "\(run.name)")
    for ((name, parameter), expected) in zip(parameters, run.gradients) {
      if let expected = expected.value {
        expectClose(parameter.grad, expected, "\(run.name): gradient of \(name)")
      } else {
        #expect(parameter.grad == nil, "\(run.name)")
      }
    }
    for ((name, buffer), expected) in zip(layer.namedBuffers(), run.after) {
      #expect(name == expected.key, "\(run.name)")
      expectClose(buffer, expected.value!, "\(run.name): \(name) afterwards")
    }
  }

  private static func expectClose(
    _ found: Tensor?, _ expected: Numbers, _ what: String,
    _ location: SourceLocation = #_sourceLocation
  ) {
    guard let found else {
      Issue.record("\(what) is nil", sourceLocation: location)
      return
    }
    #expect(found.shape == expected.shape, "\(what)", sourceLocation: location)
    let off = difference(found.toArray(), expected.values) ?? .infinity
    #expect(off <= 1e-5, "\(what)", sourceLocation: location)
  }

  /// How many nodes of each name the outputs come from.
  private static func names(_ outputs: [Tensor]) -> [String: Int] {
    var seen: Set<ObjectIdentifier> = []
    var stack = outputs.compactMap(\.gradFn)
    var names: [String: Int] = [:]
    while let node = stack.popLast() {
      guard seen.insert(ObjectIdentifier(node)).inserted else { continue }
      let isPlain = ["AccumulateGrad", "CopySlices"].contains(node.name)
      names[isPlain ? "torch::autograd::\(node.name)" : node.name, default: 0] += 1
      stack += node.nextFunctions.compactMap { $0?.node }
    }
    return names
  }
}

struct Numbers: Decodable, Sendable {
  var shape: [Int]
  var values: [Double]
}

struct Named: Decodable, Sendable {
  var key: String
  var value: Numbers?

  init(from decoder: any Decoder) throws {
    var container = try decoder.unkeyedContainer()
    key = try container.decode(String.self)
    value = try container.decodeIfPresent(Numbers.self)
  }
}

struct LayerRun: Decodable, Sendable {
  var name: String
  var repr: String
  var state: [Named]
  var inputs: [[Int]]
  var outputs: [Numbers]
  var nodes: [String: Int]
  var inputGradients: [Numbers?]
  var gradients: [Named]
  var after: [Named]

  enum CodingKeys: String, CodingKey {
    case name, repr, state, inputs, outputs, nodes, gradients, after
    case inputGradients = "input_gradients"
  }

  static func all() throws -> [LayerRun] { try Reference.lines(of: "layers.jsonl") }
}
