// Whole networks against what PyTorch computed: a training step and the graph of its loss.

import Autograd
import AutogradNN
import Foundation
import GraphModel
import SampleNetworks
import Testing

@Suite struct NetworkTests {
  @Test(arguments: NetworkCase.allCases, [DType.float64, .float32])
  func `a step of training gives PyTorch's losses and gradients`(
    network: NetworkCase, dtype: DType
  ) throws {
    let expected = try Reference(network).run(dtype)
    let tolerance = dtype == .float64 ? Tolerance.double : .single
    let model = network.makeModel(dtype)
    let input = network.makeInput(dtype)

    let loss = network.loss(model, input)
    try loss.backward()
    expectClose(loss.item(), expected.loss, tolerance.loss, "loss")
    #expect(model.namedParameters().map(\.0).sorted() == expected.parameters.keys.sorted())
    for (name, parameter) in model.namedParameters() {
      let summary = try #require(expected.parameters[name])
      #expect(parameter.shape == summary.shape)
      let gradient = try #require(parameter.grad, "\(name) got no gradient").to(.float64)
      let norm = gradient.norm().item()
      expectClose(norm, summary.norm, tolerance.norm, "norm of \(name)")
      expectClose(
        gradient.sum().item(), summary.sum, tolerance.norm, relativeTo: summary.norm,
        "sum of \(name)")
    }

    noGrad {
      for parameter in model.parameters() { parameter -= 0.01 * parameter.grad! }
      expectClose(
        network.loss(model, input).item(), expected.lossAfterStep, tolerance.loss,
        "loss after a step")
    }
  }

  @Test(arguments: NetworkCase.allCases)
  func `the graph of the loss is PyTorch's, node for node`(network: NetworkCase) throws {
    let model = network.makeModel(.float32)
    let loss = network.loss(model, network.makeInput(.float32))
    let parameters = Dictionary(uniqueKeysWithValues: model.namedParameters())
    let graph = loss.graph(parameters: parameters)
    let found = graph.nodes.map { node in
      Reference.Node(
        name: node.name, next: node.inputs.map { edge in edge.map { [$0.node, $0.output] } },
        leaf: node.leaf.map { graph.tensors[$0].name ?? "" })
    }
    let expected = try Reference(network).graph
    #expect(found.count == expected.count)
    for (i, (found, expected)) in zip(found, expected).enumerated() {
      try #require(found == expected, "node \(i)")
    }
  }

  @Test(arguments: NetworkCase.allCases)
  func `every node of a module carries a path that leads to its parameters`(
    network: NetworkCase
  ) throws {
    let model = network.makeModel(.float32)
    let loss = network.loss(model, network.makeInput(.float32))
    let graph = loss.graph(parameters: Dictionary(uniqueKeysWithValues: model.namedParameters()))
    let paths = Set(model.namedModules().map(\.0))
    for node in graph.nodes {
      if let scope = node.scope { #expect(paths.contains(scope)) }
      // A node that uses a parameter was made by the module that owns it.
      for case let edge? in node.inputs {
        guard let leaf = graph.nodes[edge.node].leaf, let name = graph.tensors[leaf].name else {
          continue
        }
        let owner = name.split(separator: ".").dropLast().joined(separator: ".")
        #expect(node.scope == owner, "\(node.name) of \(name)")
      }
    }
  }
}

/// How near to PyTorch's the numbers must be.
private struct Tolerance {
  var loss: Double
  var norm: Double

  static let single = Tolerance(loss: 1e-4, norm: 1e-3)
  static let double = Tolerance(loss: 1e-8, norm: 1e-8)
}

private func expectClose(
  _ found: Double, _ expected: Double, _ tolerance: Double, relativeTo size: Double? = nil,
  _ what: String, _ location: SourceLocation = #_sourceLocation
) {
  #expect(
    abs(found - expected) <= tolerance * abs(size ?? expected), "\(what): \(found), \(expected)",
    sourceLocation: location)
}

/// What PyTorch did with a network.
private struct Reference: Decodable {
  var float32: Run
  var float64: Run
  var graph: [Node]

  struct Run: Decodable {
    var loss: Double
    var lossAfterStep: Double
    var parameters: [String: Summary]

    enum CodingKeys: String, CodingKey {
      case loss, parameters
      case lossAfterStep = "loss_after_step"
    }
  }

  struct Summary: Decodable {
    var shape: [Int]
    var sum: Double
    var norm: Double

    enum CodingKeys: String, CodingKey {
      case shape
      case sum = "grad_sum"
      case norm = "grad_norm"
    }
  }

  struct Node: Decodable, Equatable {
    var name: String
    var next: [[Int]?]
    var leaf: String?
  }

  init(_ network: NetworkCase) throws {
    let file = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "Reference/\(network.rawValue).json")
    self = try JSONDecoder().decode(Reference.self, from: Data(contentsOf: file))
  }

  func run(_ dtype: DType) -> Run { dtype == .float64 ? float64 : float32 }
}
