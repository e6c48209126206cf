// What checkpoints are for: less memory, the same numbers.
import GraphModel
import Testing

@testable import Autograd

@Suite struct CheckpointTests {
  @Test(.disabled(if: underAddressSanitizer))
  func `checkpoints take less memory at the same gradients`() async {
    await #expect(processExitsWith: .success) {
      let layers: [(Tensor) -> Tensor] = (0..<36).map { _ in { x in (x * 1.01).tanh() } }
      let size = 1 << 20
      func run(_ call: (Tensor) -> Tensor) throws -> (peak: Int, gradient: Tensor) {
        let x = Tensor.linspace(-1, 1, steps: size, requiresGrad: true)
        let before = Memory.memoryAllocated()
        Memory.resetPeakMemoryStats()
        try call(x).sum().backward()
        return (Memory.maxMemoryAllocated() - before, x.grad!)
      }
      let plain = try run { layers.reduce($0) { $1($0) } }
      let less = try run { checkpointSequential(layers, segments: 6, $0) }
      precondition(plain.gradient.toArray(as: Float.self) == less.gradient.toArray(as: Float.self))
      // 36 results of 4 MB each; of checkpoints, 6 and those of one segment.
      precondition(plain.peak > 36 * 4 * size, "\(plain.peak)")
      precondition(less.peak < 18 * 4 * size, "\(less.peak), \(plain.peak) without")
    }
  }

  @Test func `an input that was changed since is refused`() {
    let x = leaf(1, 2) * 1
    let y = checkpoint(x) { $0.exp() }
    x.mul_(2)
    let error = #expect(throws: AutogradError.self) { try y.sum().backward() }
    #expect(error?.code == .modifiedInPlace)
  }

  @Test func `a refused second call says how the two differ`() {
    var calls = 0
    let y = checkpoint(leaf(1, 2)) { (x: Tensor) -> Tensor in
      calls += 1
      return (calls == 1 ? x : x.to(.float32)).exp()
    }
    let error = #expect(throws: AutogradError.self) { try y.sum().backward() }
    #expect(error?.code == .recomputationDiffers)
    #expect(error?.message.contains("position 0") ?? false)
    #expect(error?.message.contains("[2], float64") ?? false)
    #expect(error?.message.contains("[2], float32") ?? false)
  }

  @Test func `an outer checkpoint keeps nothing of an inner one`() {
    weak var inside: Tensor?
    let x = leaf(1, 2)
    let y = checkpoint(x) { (x: Tensor) -> Tensor in
      let hidden = x.exp()
      if inside == nil { inside = hidden }
      return checkpoint(hidden) { $0.sin() }
    }
    #expect(inside == nil)
    #expect(y.requiresGrad)
  }

  @Test func `an export computes again once`() {
    var calls = 0
    let y = checkpoint(leaf(1, 2)) { (x: Tensor) -> Tensor in
      calls += 1
      return x.exp().sin().tanh()
    }
    let graph = y.graph()
    #expect(calls == 2)
    #expect(graph.nodes.prefix(3).allSatisfy { $0.saved.values.allSatisfy { $0 != .tensor(nil) } })
  }

  @Test func `a long chain with hooks is freed without recursion`() {
    inNewThread {
      withSavedTensorHooks(pack: { $0 }, unpack: { $0 }) {
        var y = leaf(1)
        for _ in 0..<50_000 { y = y.sin() }
      }
      var y = leaf(1)
      for _ in 0..<20_000 { y = checkpoint(y) { $0.sin() } }
    }
  }

  @Test func `the state of random numbers can be had and set`() async {
    await #expect(processExitsWith: .success) {
      manualSeed(3)
      _ = Tensor.randn(3)
      let state = getRNGState()
      let first = Tensor.randn(5).toArray(as: Float.self)
      let uniform = Tensor.rand(700).toArray(as: Float.self)
      precondition(getRNGState() != state)
      setRNGState(state)
      precondition(getRNGState() == state)
      precondition(Tensor.randn(5).toArray(as: Float.self) == first)
      precondition(Tensor.rand(700).toArray(as: Float.self) == uniform)
    }
  }
}
