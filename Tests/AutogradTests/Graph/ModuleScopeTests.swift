// Nodes know the module that made them.
import GraphModel
import Testing

@testable import Autograd

@Suite struct ModuleScopeTests {
  @Test func `nodes carry the innermost scope that runs, accumulators none`() {
    let x = Tensor([1.0, 2.0], requiresGrad: true)
    let y = ModuleScope("outer").run { () -> Tensor in
      let inner = ModuleScope("outer.inner").run { x.exp() }
      return inner.sin()
    }
    let graph = y.sum().graph()
    #expect(graph.nodes.map(\.scope) == [nil, "outer", "outer.inner", nil])
    #expect(ModuleScope.current == nil)
  }

  @Test func `a scope ends when its body throws`() {
    struct Failure: Error {}
    #expect(throws: Failure.self) { try ModuleScope("a").run { throw Failure() } }
    #expect(ModuleScope.current == nil)
  }
}
