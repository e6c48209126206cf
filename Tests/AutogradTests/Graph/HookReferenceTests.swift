// Hooks of every kind beside PyTorch's: order, what they see, what becomes of what they return.
import Testing

@testable import Autograd

@Suite struct HookReferenceTests {
  @Test(arguments: ReferenceCase.all("hooks.jsonl"))
  func `hooks run as in PyTorch`(reference: ReferenceCase) throws {
    try reference.check(Self.programs)
  }

  /// x → y = 3x → z = 2y, with hooks of every kind on y and x.
  private static func program(_ log: CaseLog) -> (x: Tensor, y: Tensor, z: Tensor) {
    let x = leaf(1, 2)
    let y = x * 3
    let z = (y * 2).sum()
    y.retainGrad()
    y.registerHook { g in
      log.note("y first", g)
      return g * 10
    }
    y.registerHook { log.note("y second", $0) }
    x.registerHook { g in
      log.note("x", g)
      return g + 0.5
    }
    x.registerPostAccumulateGradHook { log.note("x accumulated", $0.grad) }
    y.gradFn!.registerPrehook { gradients in
      log.note("prehook", gradients)
      return [gradients[0]! + 1]
    }
    y.gradFn!.registerHook { inputs, outputs in
      log.note("hook", inputs + outputs)
      return [inputs[0]! * 100, nil]
    }
    let accumulator = y.gradFn!.nextFunctions[0]!.node
    accumulator.registerPrehook { log.note("accumulator's prehook", $0) }
    accumulator.registerHook { [weak x] _, outputs in
      log.note("accumulator's hook", outputs + [x?.grad])
    }
    return (x, y, z)
  }

  /// y = 2x with one hook, which PyTorch refuses or not.
  private static func refused(
    _ attach: @escaping (_ x: Tensor, _ y: Tensor) -> Void
  ) -> (CaseLog) throws -> Void {
    { log in
      let x = leaf(1, 2)
      let y = x * 2
      attach(x, y)
      try y.sum().backward()
      log.note("x.grad", x.grad)
    }
  }

  private struct Mine: Error, CustomStringConvertible { let description = "mine" }

  private nonisolated(unsafe) static let programs: [String: (CaseLog) throws -> Void] = [
    "order": { log in
      let (x, y, z) = program(log)
      try z.backward()
      log.note("grads", y.grad, x.grad)
    },
    "order_twice": { log in
      let (x, y, z) = program(log)
      try z.backward(retainGraph: true)
      try z.backward()
      log.note("grads", y.grad, x.grad)
    },
    "capture_of_middle": { log in
      let (_, y, z) = program(log)
      log.note("results", try grad(of: z, withRespectTo: y))
      log.note("y.grad", y.grad)
    },
    "capture_of_leaf": { log in
      let (x, y, z) = program(log)
      log.note("results", try grad(of: z, withRespectTo: x))
      log.note("y.grad", y.grad)
    },
    "capture_of_both": { log in
      let (x, y, z) = program(log)
      log.note("results", try grad(of: [z], withRespectTo: [y, x]) as [Tensor])
    },
    "backward_with_inputs": { log in
      let (x, y, z) = program(log)
      try z.backward(inputs: [x])
      log.note("grads", y.grad, x.grad)
    },
    "not_needed": { log in
      let (x, w) = (leaf(1, 2), leaf(3, 4))
      let y = w * 2
      y.retainGrad()
      y.registerHook { log.note("y", $0) }
      w.registerHook { log.note("w", $0) }
      log.note("results", try grad(of: (x * y).sum(), withRespectTo: x))
      log.note("y.grad", y.grad)
    },
    "several_outputs": { log in
      let x = leaf(1, 2, 3)
      let parts = x.unbind()
      parts[0].registerHook { log.note("a", $0) }
      parts[2].registerHook { log.note("c", $0) }
      parts[0].registerHook { log.note("a again", $0) }
      parts[0].gradFn!.registerPrehook { log.note("prehook", $0) }
      try (parts[0] * 2 + parts[2] * 5).backward()
      log.note("x.grad", x.grad)
    },
    "after_in_place_change": { log in
      let x = leaf(1, 2)
      let y = x * 2
      y.retainGrad()
      y.registerHook { log.note("before", $0) }
      y.mul_(3)
      y.registerHook { log.note("after", $0) }
      try y.sum().backward()
      log.note("grads", y.grad, x.grad)
    },
    "leaf_in_two_graphs": { log in
      let x = leaf(1, 2)
      x.registerHook { log.note("x", $0) }
      try ((x * 2).sum() + (x * 3).sum()).backward()
      try (x * 5).sum().backward()
    },
    "leaf_hook_while_graph_lives": { log in
      let x = leaf(1, 2)
      let y = (x * 2).sum()
      let handle = x.registerHook { $0 * 10 }
      x.registerPostAccumulateGradHook { log.note("accumulated", $0.grad) }
      try y.backward(retainGraph: true)
      handle.remove()
      try y.backward()
    },
    "root_is_leaf": { log in
      let x = leaf(1, 2)
      x.registerHook { log.note("x", $0) }
      x.registerHook { $0 * 2 }
      try x.backward(gradient: plain(3, 4))
      log.note("grad", x.grad)
    },
    "removal_within_a_hook": { log in
      let x = leaf(1, 2)
      let y = x * 2
      var handles: [RemovableHandle] = []
      handles.append(
        y.registerHook { g in
          log.note("first", g)
          for handle in handles { handle.remove() }
        })
      handles.append(y.registerHook { log.note("second", $0) })
      try y.sum().backward(retainGraph: true)
      try y.sum().backward()
    },
    "recorded": { log in
      let x = leaf(3)
      let y = x * x
      let handle = y.registerHook { $0 * y }
      defer { handle.remove() }  // It holds the tensor that holds it.
      let first = try grad(of: y.sum(), withRespectTo: x, createGraph: true)
      log.note("derivatives", first, try grad(of: first.sum(), withRespectTo: x))
    },
    "several_gradients": { log in
      let (a, b) = (leaf(1, 2), leaf(3, 4))
      let (c, d) = (a * b, a * b)
      let handle = registerMultiGradHook([a, b, c, d]) { log.note("all", $0) }
      registerMultiGradHook(anyOf: [a, b, c, d]) { log.note("any", $0) }
      try c.sum().backward(retainGraph: true)
      try c.sum().backward(retainGraph: true, inputs: [a])
      try (c + 2 * d).sum().backward(retainGraph: true)
      handle.remove()
      try c.sum().backward()
    },
    "error_of_tensor_hook": refused { _, y in y.registerHook { _ -> Tensor? in throw Mine() } },
    "tensor_hook_changes_size": refused { _, y in y.registerHook { _ in plain(1, 2, 3) } },
    "tensor_hook_changes_type": refused { _, y in y.registerHook { $0.to(.float32) } },
    "leaf_hook_changes_size": refused { x, _ in x.registerHook { _ in plain(1) } },
    "prehook_changes_count": refused { _, y in y.gradFn!.registerPrehook { [$0[0], $0[0]] } },
    "prehook_changes_size": refused { _, y in y.gradFn!.registerPrehook { _ in [plain(1)] } },
    "prehook_takes_gradient_away": refused { _, y in y.gradFn!.registerPrehook { _ in [nil] } },
    "hook_changes_count": refused { _, y in y.gradFn!.registerHook { inputs, _ in [inputs[0]] } },
    "hook_changes_size": refused { _, y in y.gradFn!.registerHook { _, _ in [plain(1), nil] } },
    "hook_gives_gradient_to_nobody": refused { _, y in
      y.gradFn!.registerHook { inputs, _ in [inputs[0], inputs[0]] }
    },
    "hook_takes_gradient_away": refused { _, y in y.gradFn!.registerHook { _, _ in [nil, nil] } },
  ]
}
