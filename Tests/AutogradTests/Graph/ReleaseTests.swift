// Long and wide graphs: run, exported and freed without deep stacks, and their memory comes back.
import Foundation
import GraphModel
import Testing

@testable import Autograd

@Suite(.serialized) struct ReleaseTests {
  @Test func `a chain of a million nodes lives and dies on a stack of 512 kB`() {
    var gradient: Double?
    var counts: [Int] = []
    weak var first: Node?
    inNewThread {
      let x = Tensor(2.0, requiresGrad: true)
      var y = x.shifted(by: .int(0))
      first = y.gradFn
      for _ in 1..<1_000_000 { y = -y }
      let graph = y.graph()
      counts = [graph.nodes.count, graph.json.utf8.count]
      try? y.backward()
      gradient = x.grad?.item()
    }
    #expect(gradient == -1)
    #expect(counts[0] == 1_000_001)
    #expect(counts[1] > 50_000_000)
    #expect(first == nil)
  }

  /// Ways in which nodes hold each other.
  static let chains: [@Sendable (Tensor, Int) -> Tensor] = [
    // Through edges and a saved input each.
    { x, n in (0..<n).reduce(x) { y, _ in y * 1 } },
    // Through saved inputs of both sides.
    { x, n in (0..<n).reduce(x) { y, _ in y * y } },
    // Through saved results.
    { x, n in (0..<n).reduce(x) { y, _ in (y - y).exp() } },
    // Through more edges than a node holds itself.
    { x, n in (0..<n).reduce(x.view(1)) { y, _ in Tensor.cat([y, y, y])[..<1] } },
    // Through in-place changes.
    { x, n in
      let y = x.clone()
      for _ in 0..<n { y.mul_(1) }
      return y
    },
    // Through in-place changes of a view.
    { x, n in
      let y = x.view(1).clone()
      for _ in 0..<n { y[0].sin_() }
      return y
    },
    // Through views of views.
    { x, n in (0..<n).reduce(x.view(1, 1)) { y, _ in y.t() } },
  ]

  @Test(arguments: chains.indices)
  func `a chain held in any way is freed without a deep stack`(index: Int) {
    weak var leaf: Tensor?
    var isRun = false
    inNewThread {
      let x = Tensor(1.0, requiresGrad: true)
      leaf = x
      for runs in [true, false] {
        let y = Self.chains[index](x, 30_000)
        if runs {
          try? y.sum().backward()
          isRun = x.grad != nil
        }
      }
    }
    #expect(isRun)
    #expect(leaf == nil)
  }

  @Test func `a chain of gradients of gradients is freed without a deep stack`() {
    weak var leaf: Tensor?
    inNewThread {
      let x = Tensor(1.0, requiresGrad: true)
      leaf = x
      let y = (0..<5_000).reduce(x) { y, _ in y * y }
      let first = try? grad(of: y, withRespectTo: x, createGraph: true)
      #expect(first?.requiresGrad == true)
      try? first?.backward()
      #expect(x.grad != nil)
    }
    #expect(leaf == nil)
  }

  @Test func `a wide fan-out and fan-in is run and freed`() throws {
    weak var node: Node?
    let x = Tensor(1.0, requiresGrad: true)
    do {
      let shared = x * 1
      node = shared.gradFn
      let parts = (0..<20_000).map { _ in (shared * 2).view(1) }
      try Tensor.cat(parts).sum().backward()
    }
    #expect(x.grad?.item() == 40_000)
    #expect(node == nil)
  }

  @Test func `what a pass frees is what nodes saved`() throws {
    let x = Tensor.ones(1000, requiresGrad: true)
    weak var saved: Tensor?
    let y: Tensor
    do {
      let inner = x * 2
      saved = inner
      y = (inner * inner).sum()
    }
    #expect(saved != nil)
    try y.backward(retainGraph: true)
    #expect(saved != nil)
    try y.backward()
    #expect(saved == nil)
  }

  @Test func `a leaf and its accumulator hold each other only while a graph does`() throws {
    weak var leaf: Tensor?
    weak var accumulator: Node?
    do {
      let x = Tensor(1.0, requiresGrad: true)
      leaf = x
      do {
        let y = x * 2
        accumulator = y.gradFn?.nextFunctions.first??.node
        try y.backward()
        #expect(accumulator != nil)
      }
      #expect(accumulator == nil)
    }
    #expect(leaf == nil)
  }

  @Test func `memory comes back`() throws {
    let size = 1 << 20
    func step() throws {
      let x = Tensor.ones(size, requiresGrad: true)
      var y = x
      for _ in 0..<8 { y = (y * 1.5).sin_() }
      try y.sum().backward()
    }
    try step()
    let before = try Self.residentBytes()
    for _ in 0..<10 { try step() }
    // A step holds some 20 tensors of 4 MB; ten that leaked would be 800 MB.
    #expect(try Self.residentBytes() - before < 150_000_000)
  }

  private static func residentBytes() throws -> Int {
    let text = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
    return try #require(Int(text.split(separator: " ")[1])) * Int(getpagesize())
  }
}
