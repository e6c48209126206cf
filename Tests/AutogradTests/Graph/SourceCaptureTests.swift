// Where in the source nodes were made.
import GraphModel
import Testing

@testable import Autograd

@Suite struct SourceCaptureTests {
  private static let file = "Tests/AutogradTests/Graph/SourceCaptureTests.swift"

  /// The lines of the nodes of a name, nearest to the root first.
  private func lines(_ graph: ComputationGraph, _ name: String) -> [Int?] {
    graph.nodes.filter { $0.name == name }.map { node in
      if let source = node.source { #expect(source.file == Self.file) }
      return node.source?.line
    }
  }

  private func square(_ x: Tensor) -> (Tensor, line: Int) { (x * x, line: #line) }

  @Test func `calls of operators, methods, functions and subscripts have a file and line`() {
    let x = Tensor([1.0, 2], requiresGrad: true)
    captureSource {
      let start = #line
      let sum = x + 2
      let exp = sum.exp()
      let part = exp[0]
      let joined = Tensor.stack([part, part])
      let negative = -joined
      let scaled = 2 * negative
      scaled.mul_(3)
      let total = scaled.sum()
      let graph = total.graph()
      #expect(lines(graph, "AddBackward0") == [start + 1])
      #expect(lines(graph, "ExpBackward0") == [start + 2])
      #expect(lines(graph, "SelectBackward0") == [start + 3])
      #expect(lines(graph, "StackBackward0") == [start + 4])
      #expect(lines(graph, "NegBackward0") == [start + 5])
      #expect(lines(graph, "MulBackward0") == [start + 7, start + 6])
      #expect(lines(graph, "SumBackward0") == [start + 8])
      #expect(lines(graph, "AccumulateGrad") == [nil])
    }
  }

  @Test func `a call within a helper is named by the helper's line`() {
    let x = Tensor([1.0, 2], requiresGrad: true)
    captureSource {
      let (y, line) = square(x)
      #expect(lines(y.graph(), "MulBackward0") == [line])
    }
  }

  @Test func `calls within closures have their own lines`() {
    let x = Tensor([1.0, 2], requiresGrad: true)
    captureSource {
      let start = #line
      let results = [1, 2].map { factor in
        x * factor
      }
      let y = results.reduce(x) {
        $0 + $1
      }
      // Optimised, a closure that was inlined may be named by the line of the call that takes it.
      for line in lines(y.graph(), "MulBackward0") {
        #expect([start + 1, start + 2].contains(line))
      }
      for line in lines(y.graph(), "AddBackward0") {
        #expect([start + 4, start + 5].contains(line))
      }
    }
  }

  @Test func `nothing is captured outside`() {
    let x = Tensor([1.0, 2], requiresGrad: true)
    let before = x * 2
    let within = captureSource { before + 1 }
    let after = within - 1
    let graph = after.graph()
    #expect(graph.nodes.map { $0.source != nil } == [false, true, false, false])
  }

  @Test func `a body that throws ends the capture`() {
    struct Failure: Error {}
    #expect(throws: Failure.self) { try captureSource { throw Failure() } }
    let y = Tensor(1.0, requiresGrad: true) * 2
    #expect(y.graph().nodes[0].source == nil)
  }

  @Test func `nodes of a recorded pass are named by the call of the pass`() throws {
    let x = Tensor(2.0, requiresGrad: true)
    let y = x.pow(3)
    try captureSource {
      let start = #line
      let first = try grad(of: y, withRespectTo: x, createGraph: true)
      let places = first.graph().nodes.filter { $0.kind == .backward }.map(\.source?.line)
      #expect(Set(places) == [start + 1])
    }
  }

  @Test func `the same program gives the same places`() {
    let texts = (0..<2).map { _ in
      let x = Tensor([1.0, 2], requiresGrad: true)
      return captureSource { square(x).0.sum().graph().json }
    }
    #expect(texts[0] == texts[1])
    #expect(texts[0].contains(Self.file))
    #expect(!texts[0].contains("\"/"))
  }
}
