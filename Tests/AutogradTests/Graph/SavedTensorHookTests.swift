// Hooks on saved tensors, and checkpoints, beside PyTorch's.
import GraphModel
import Testing

@testable import Autograd

@Suite struct SavedTensorHookTests {
  @Test(arguments: ReferenceCase.all("saved_tensors.jsonl").filter { !$0.drawsNumbers })
  func `saved tensors are packed, and computed again, as in PyTorch`(
    reference: ReferenceCase
  ) throws {
    try reference.check(Self.programs)
  }

  /// In a process of its own, in which no other test draws random numbers.
  @Test func `a checkpoint draws PyTorch's random numbers`() async {
    await #expect(processExitsWith: .success) {
      let reference = ReferenceCase.all("saved_tensors.jsonl").first { $0.drawsNumbers }!
      try reference.check(Self.programs)
    }
  }

  @Test func `what is packed can be of any type, and the graph lets go of it`() throws {
    final class Box {
      let tensor: Tensor
      init(_ tensor: Tensor) { self.tensor = tensor }
    }
    weak var box: Box?
    let x = leaf(1, 2)
    let y = withSavedTensorHooks {
      let made = Box($0.clone())
      box = made
      return made
    } unpack: {
      $0.tensor
    } _: {
      x.exp().sum()
    }
    #expect(box != nil)
    try y.backward()
    #expect(box == nil)
    #expect(x.grad!.allclose(plain(1, 2).exp()))
  }

  @Test func `a packed result is no cycle`() {
    weak var node: Node?
    do {
      let y = withSavedTensorHooks(pack: { $0 }, unpack: { $0 }) { leaf(1, 2).exp() }
      node = y.gradFn
      #expect(node?.name == "ExpBackward0")
    }
    #expect(node == nil)
  }

  @Test func `a packed leaf gets its gradient through the unpacked tensor`() throws {
    let x = leaf(2)
    let y = withSavedTensorHooks(pack: { $0.clone() }, unpack: { $0 }) { x * x * x }
    let first = try grad(of: y.sum(), withRespectTo: x, createGraph: true)
    try first.sum().backward()
    #expect(first.item() == 12)
    #expect(x.grad?.item() == 12)
  }

  @Test func `the exported graph unpacks`() {
    let x = leaf(1, 2)
    var unpacked = 0
    let y = withSavedTensorHooks {
      $0
    } unpack: {
      unpacked += 1
      return $0
    } _: {
      x * x
    }
    let plainGraph = (x * x).graph()
    let graph = y.graph()
    #expect(unpacked == 2)
    #expect(
      graph.nodes.map { $0.saved.keys.sorted() } == plainGraph.nodes.map { $0.saved.keys.sorted() })
    #expect(graph.nodes[0].saved["self"] != .tensor(nil))
  }

  // MARK: Programs

  private static func noting<Result>(
    _ log: CaseLog, _ name: String, _ change: @escaping (Tensor) -> Tensor = { $0 },
    _ body: () -> Result
  ) -> Result {
    withSavedTensorHooks {
      log.note("\(name) packs", $0)
      return [$0]
    } unpack: {
      log.note("\(name) unpacks", $0[0])
      return change($0[0])
    } _: {
      body()
    }
  }

  private static func block(
    _ log: CaseLog, _ label: String = "call"
  ) -> (Tensor) -> Tensor {
    { x in
      log.note("\(label), records \(isGradEnabled ? "True" : "False")")
      return (x * 2).tanh().exp()
    }
  }

  /// A function that does `second` when it is called again.
  private static func differing(
    earlyStop: Bool = true, _ second: @escaping (Tensor) -> Tensor
  ) -> (CaseLog) throws -> Void {
    { log in
      var calls = 0
      let x = leaf(1, 2)
      let y = checkpoint(x, earlyStop: earlyStop) { (x: Tensor) -> Tensor in
        calls += 1
        return calls == 1 ? x.exp().sin() : second(x)
      }
      try y.sum().backward()
      log.note("grad", x.grad)
    }
  }

  private struct Lost: Error, CustomStringConvertible { let description = "lost" }

  private nonisolated(unsafe) static let programs: [String: (CaseLog) throws -> Void] = [
    "inputs_and_results": { log in
      let (x, w) = (leaf(1, 2), leaf(3, 4))
      let y = noting(log, "hook") { (x * w).exp() }
      try y.sum().backward()
      log.note("grads", x.grad, w.grad)
    },
    "nested": { log in
      let x = leaf(0.1, 0.2)
      let c = noting(log, "outer") {
        let a = x.exp()
        let b = noting(log, "inner") { a.exp() }
        return b.exp()
      }
      try c.sum().backward()
      log.note("grad", x.grad)
    },
    "unpacking_changes": { log in
      let x = leaf(1, 2)
      try noting(log, "hook", { $0 * 10 }) { x * x }.sum().backward()
      log.note("grad", x.grad)
    },
    "double_backward": { log in
      let x = leaf(1, 2)
      let y = noting(log, "hook") { x.exp() * x }
      let first = try grad(of: y.sum(), withRespectTo: x, createGraph: true)
      log.note("derivatives", first, try grad(of: first.sum(), withRespectTo: x))
    },
    "twice_with_retain_graph": { log in
      let x = leaf(1, 2)
      let y = noting(log, "hook") { x.tanh() }
      try y.sum().backward(retainGraph: true)
      try y.sum().backward()
      log.note("grad", x.grad)
    },
    "changed_in_place_since": { log in
      let x = leaf(1, 2)
      let y = x * 1
      let z = withSavedTensorHooks(pack: { $0.clone() }, unpack: { $0 }) { y * y }
      y.mul_(5)
      try z.sum().backward()
      log.note("grad", x.grad)
    },
    "in_place_operators": { log in
      let x = leaf(1, 2)
      let y = x * 1
      noting(log, "hook") {
        y.exp_()
        y.sin_()
      }
      try y.sum().backward()
      log.note("grad", x.grad)
    },
    "graph_twice": { _ in
      let x = leaf(1, 2)
      let y = withSavedTensorHooks(pack: { $0 }, unpack: { $0 }) { x.exp() }
      try y.sum().backward()
      try y.sum().backward()
    },
    "unpacking_fails": { _ in
      let x = leaf(1, 2)
      let y = withSavedTensorHooks(pack: { $0 }, unpack: { _ in throw Lost() }) { x.exp() }
      try y.sum().backward()
    },
    "checkpointed": { log in
      let x = leaf(1, 2)
      let y = checkpoint(x, function: block(log))
      log.note("value", y)
      try y.sum().backward()
      log.note("grad", x.grad)
    },
    "checkpointed_twice": { log in
      let x = leaf(1, 2)
      let y = checkpoint(x, function: block(log))
      try y.sum().backward(retainGraph: true)
      try y.sum().backward()
      log.note("grad", x.grad)
    },
    "checkpointed_second_order": { log in
      let x = leaf(0.5, 0.25)
      let y = checkpoint(x, function: block(log))
      let first = try grad(of: y.sum(), withRespectTo: x, createGraph: true)
      log.note("derivatives", first, try grad(of: first.sum(), withRespectTo: x))
    },
    "checkpointed_nested": { log in
      let inner = block(log, "inner")
      let x = leaf(0.1, 0.2)
      let y = checkpoint(x) { (x: Tensor) -> Tensor in
        log.note("outer")
        return checkpoint(x * 3, function: inner).sin()
      }
      try y.sum().backward()
      log.note("grad", x.grad)
    },
    "checkpointed_random": { log in
      for preserves in [true, false] {
        manualSeed(7)
        let x = leaf(1, 2, 3, 4)
        let y = checkpoint(x, preserveRngState: preserves) {
          ($0 * Tensor.rand(4, dtype: .float64)).exp()
        }
        let between = Tensor.rand(2, dtype: .float64)
        try y.sum().backward()
        log.note("grad", x.grad, between, Tensor.rand(2, dtype: .float64))
      }
    },
    "checkpointed_without_recording": { log in
      let x = leaf(1, 2)
      let y = noGrad { checkpoint(x, function: block(log)) }
      log.note("requires \(y.requiresGrad ? "True" : "False")", y)
    },
    "checkpointed_two_inputs": { log in
      let (x, w) = (leaf(1, 2), leaf(3, 4))
      let y = checkpoint(x, 5, w) { (x: Tensor, k: Int, w: Tensor) in x * k * w }
      try y.sum().backward()
      log.note("grads", x.grad, w.grad)
    },
    "checkpointed_part_needed": { log in
      let (x, w) = (leaf(1, 2), leaf(3, 4))
      let a = checkpoint(x, function: block(log, "a"))
      let b = checkpoint(w, function: block(log, "b"))
      log.note("grad", try grad(of: (a + b).sum(), withRespectTo: x))
    },
    "checkpointed_grad_within": { log in
      let x = leaf(1, 2)
      let y = checkpoint(x, earlyStop: false) { (x: Tensor) -> Tensor in
        log.note("call")
        let z = x.sin().cos()
        let g = try! grad(of: z.sum(), withRespectTo: x, createGraph: true)
        return g * z
      }
      try y.sum().backward()
      log.note("grad", x.grad)
    },
    "sequential": { log in
      let functions: [(Tensor) -> Tensor] = [
        { $0 * 2 }, { $0.tanh() }, { $0.exp() }, { $0 * $0 }, { $0.sin() },
      ]
      let x = leaf(0.1, 0.2)
      let y = checkpointSequential(functions, segments: 2, x)
      try y.sum().backward()
      log.note("grad", y, x.grad)
    },
    "saves_fewer": differing { $0.exp() },
    "saves_other_shapes": differing { Tensor.cat([$0, $0]).exp().sin() },
    "saves_other_types": differing { $0.to(.float32).exp().sin() },
    "saves_more": differing { $0.exp().sin().cos() },
    "saves_more_without_early_stop": differing(earlyStop: false) { $0.exp().sin().cos() },
  ]
}

extension ReferenceCase {
  fileprivate var drawsNumbers: Bool { name == "checkpointed_random" }
}

extension Refusal {
  static let graph: [Refusal] = [
    Refusal("registerHook", "cannot register a hook on a tensor that doesn't require gradient") {
      leaf(1).detach().registerHook { _ in }
    },
    Refusal("post accumulate grad hooks cannot be registered on non-leaf tensors") {
      (leaf(1) * 2).registerPostAccumulateGradHook { _ in }
    },
    Refusal("registerPostAccumulateGradHook", "on a tensor that doesn't require gradient") {
      plain(1).registerPostAccumulateGradHook { _ in }
    },
    Refusal("A saved tensor pack hook is modifying its input in place") {
      withSavedTensorHooks(pack: { $0.mul_(2) }, unpack: { $0 }) { _ = leaf(1).exp() }
    },
    Refusal("withSavedTensorHooks", "not in here") {
      disableSavedTensorHooks("not in here") {
        withSavedTensorHooks(pack: { $0 }, unpack: { $0 }) {}
      }
    },
    Refusal("disableSavedTensorHooks", "not in here") {
      withSavedTensorHooks(pack: { $0 }, unpack: { $0 }) {
        disableSavedTensorHooks("not in here") {}
      }
    },
    Refusal("checkpoint", "not in here") {
      disableSavedTensorHooks("not in here") { _ = checkpoint(leaf(1)) { $0.exp() } }
    },
    Refusal("checkpointSequential", "2 functions", "3 segments") {
      _ = checkpointSequential([{ $0.exp() }, { $0.sin() }], segments: 3, leaf(1))
    },
  ]
}
