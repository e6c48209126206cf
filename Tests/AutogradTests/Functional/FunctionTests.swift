// Custom functions beside PyTorch's.
import GraphModel
import Testing

@testable import Autograd

@Suite struct FunctionTests {
  @Test(arguments: ReferenceCase.all("functions.jsonl"))
  func `custom functions behave as in PyTorch`(reference: ReferenceCase) throws {
    try reference.check(Self.programs)
  }

  @Test func `the exported node is a function that saved tensors`() {
    let x = leaf(1, 2)
    let graph = LegendrePolynomial3.apply(x).sum().graph(parameters: ["x": x])
    #expect(
      graph.nodes.map(\.name) == ["SumBackward0", "LegendrePolynomial3Backward", "AccumulateGrad"])
    #expect(graph.nodes[1].kind == .function)
    #expect(graph.nodes[1].saved == ["saved_tensors": .tensors([graph.nodes[2].leaf])])
  }

  @Test func `a chain of functions is freed without recursion`() {
    inNewThread {
      var y = leaf(1)
      for _ in 0..<100_000 { y = Noting.apply(y) }
    }
  }

  @Test func `state of any type is kept by name`() {
    let ctx = FunctionContext([])
    ctx.count = 3
    ctx.names = ["a", "b"]
    #expect(ctx.count == 3)
    #expect(ctx.names == ["a", "b"])
    let other: Double? = ctx.count
    #expect(other == nil)
  }

  @Test func `derivatives of custom functions are those of the differences`() throws {
    try gradcheck(LegendrePolynomial3.apply, leaf(0.5, -1, 2))
    try gradgradcheck(LegendrePolynomial3.apply, leaf(0.5, -1, 2))
    try gradcheck({ [Weighted.apply($0, 3)[0]] }, [leaf(1, 2), leaf(3, 4)])
  }

  // MARK: Programs

  private static func note(_ log: CaseLog, _ label: String, _ tensor: Tensor) {
    let node = tensor.gradFn!
    let names = node.nextFunctions.map { next in
      next.map { "\($0.node.name)[\($0.output)]" } ?? "None"
    }
    log.note("\(label): \(node.name) -> \(names.joined(separator: ", "))")
  }

  private static func word(_ value: Bool) -> String { value ? "True" : "False" }

  private static func returning(
    _ result: @escaping (Tensor) throws -> [Tensor?]
  ) -> (CaseLog) throws -> Void {
    { log in
      let (x, w) = (leaf(1, 2), leaf(3, 4))
      try Bad.apply([x, w], result)[0].sum().backward()
      log.note("grads", x.grad, w.grad)
    }
  }

  private struct Own: Error, CustomStringConvertible { let description = "own" }

  private nonisolated(unsafe) static let programs: [String: (CaseLog) throws -> Void] = [
    "tutorial": { log in
      let x = leaf(1, 2)
      let y = LegendrePolynomial3.apply(x)
      note(log, "y", y)
      log.note("y", y)
      try y.sum().backward()
      log.note("x.grad", x.grad)
    },
    "double_backward": { log in
      let (x, w) = (leaf(1, 2), leaf(3, 4))
      let y = LegendrePolynomial3.apply(x * w)
      let first = try grad(of: y.sum(), withRespectTo: x, createGraph: true)
      log.note("derivatives", [first] + (try grad(of: [first.sum()], withRespectTo: [x, w])))
    },
    "saved_result": { log in
      let x = leaf(1, 2)
      let first = try grad(of: Exp.apply(x).sum(), withRespectTo: x, createGraph: true)
      let second = try grad(of: first.sum(), withRespectTo: x, createGraph: true)
      log.note("derivatives", first, second, try grad(of: second.sum(), withRespectTo: x))
    },
    "number_among_inputs": { log in
      try $log.withValue(log) {
        let (x, w) = (leaf(1, 2), leaf(3, 4))
        var y = Weighted.apply([x, w], 3)[0]
        note(log, "y", y)
        log.note("by x", try grad(of: y.sum(), withRespectTo: x, retainGraph: true))
        log.note("by both", try grad(of: [y.sum()], withRespectTo: [x, w]) as [Tensor])
        y = Weighted.apply([x, plain(3, 4)], 3)[0]
        note(log, "y", y)
        try y.sum().backward()
        log.note("x.grad", x.grad)
      }
    },
    "not_differentiable": { log in
      try $log.withValue(log) {
        let x = leaf(3, 1, 2)
        let results = SortWithPositions.apply(x)
        log.note("positions require \(word(results[1].requiresGrad))", results[1])
        try (results[0] * plain(1, 10, 100)).sum().backward()
        log.note("x.grad", x.grad)
      }
    },
    "missing_gradients": { log in
      try $log.withValue(log) {
        for materializes in [true, false] {
          let x = leaf(1, 2)
          try TwoResults.apply([x], materializes)[1].sum().backward()
          log.note("x.grad", x.grad)
        }
      }
    },
    "nothing_flows": { log in
      try $log.withValue(log) {
        let x = leaf(1, 2)
        try NoGradient.apply(Noting.apply(x))[0].sum().backward()
        log.note("x.grad", x.grad)
      }
    },
    "dirty": { log in
      let x = leaf(1, 2)
      let y = x * 3
      let result = Doubling.apply(y)
      log.note("same \(word(result === y))", plain(Double(y.version)), y)
      note(log, "y", y)
      try y.sum().backward()
      log.note("x.grad", x.grad)
    },
    "dirty_view": { log in
      let x = leaf(1, 2, 3, 4)
      let y = x * 3
      let view = y[0..<2]
      let result = Doubling.apply(view)
      log.note("same \(word(result === view))", y)
      note(log, "view", view)
      note(log, "y", y)
      try (y * y).sum().backward()
      log.note("x.grad", x.grad)
    },
    "input_as_result": { log in
      let x = leaf(1, 2)
      let y = x * 3
      var result = Identity.apply(y)
      log.note(
        "same \(word(result === y)), view \(word(result.isView)), of y \(word(result.base === y))")
      note(log, "result", result)
      try result.sum().backward()
      log.note("x.grad", x.grad)
      let given = plain(1)
      result = Identity.apply(given)
      log.note(
        "same \(word(result === given)), view \(word(result.isView)), requires "
          + word(result.requiresGrad))
    },
    "view_as_result": { log in
      let x = leaf(1, 2, 3, 4)
      let y = x.view(2, 2) * 3
      let result = FirstRow.apply(y)
      log.note("view \(word(result.isView))", result)
      note(log, "result", result)
      try result.sum().backward()
      log.note("x.grad", x.grad)
    },
    "once": { log in
      let (x, v) = (leaf(1, 2), leaf(3, 4))
      let first = try grad(
        of: OnceDifferentiable.apply(x), withRespectTo: x, gradient: v, createGraph: true)
      log.note("first", first)
      note(log, "first", first)
      let given = try grad(
        of: OnceDifferentiable.apply(x), withRespectTo: x, gradient: v.detach(), createGraph: true)
      log.note("requires \(word(given.requiresGrad))", given)
      try first.sum().backward()
    },
    "without_recording": { log in
      let x = leaf(1, 2)
      let y = noGrad { LegendrePolynomial3.apply(x) }
      log.note("requires \(word(y.requiresGrad))", y)
    },
    "saved_then_changed": { log in
      let x = leaf(1, 2) * 1
      let y = LegendrePolynomial3.apply(x)
      x.mul_(2)
      try y.sum().backward()
    },
    "twice": { log in
      let y = LegendrePolynomial3.apply(leaf(1, 2)).sum()
      try y.backward()
      try y.backward()
    },
    "twice_without_saving": { log in
      try $log.withValue(log) {
        let x = leaf(1, 2)
        let y = Noting.apply(x)
        try y.backward(gradient: plain(1, 1))
        try y.backward(gradient: plain(1, 1))
        log.note("x.grad", x.grad)
      }
    },
    "too_few_gradients": returning { [$0] },
    "too_many_gradients": returning { [$0, $0, $0] },
    "nothing_too_many": returning { [$0, $0, nil] },
    "no_gradient_of_first": returning { [nil, $0] },
    "gradient_of_other_shape": returning { [plain(1, 2, 3), $0] },
    "gradient_to_sum": returning { [.ones(3, 2, dtype: .float64), $0] },
    "gradient_of_other_type": returning { [$0.to(.float32), $0] },
    "error_of_own": returning { _ in throw Own() },
  ]

  /// What the functions of the running program note into.
  @TaskLocal fileprivate static var log = CaseLog()
}

extension Refusal {
  static let functions: [Refusal] = [
    Refusal("Doubling", "a leaf Variable that requires grad has been used in an in-place operation")
    {
      _ = Doubling.apply(leaf(1, 2))
    },
    Refusal("Some elements marked as dirty during the forward method were not returned as output") {
      _ = DirtyAside.apply(leaf(1, 2) * 1)
    },
    Refusal("your Function cannot return more than one Tensor") {
      _ = DirtyOfTwo.apply((leaf(1, 2, 3) * 1)[0..<2])
    },
    Refusal("Output 0 of Identity is a view and is being modified inplace", "custom Function") {
      Identity.apply(leaf(1, 2) * 1).mul_(2)
    },
    Refusal("Output 0 of BothRows is a view", "a function that returns multiple views") {
      BothRows.apply(leaf(1, 2, 3, 4).view(2, 2) * 1)[0].mul_(2)
    },
  ]
}

// MARK: - Functions

private enum LegendrePolynomial3: UnaryFunction {
  static func forward(_ ctx: FunctionContext, _ input: Tensor) -> Tensor {
    ctx.saveForBackward(input)
    return 0.5 * (5 * input.pow(3) - 3 * input)
  }

  static func backward(_ ctx: FunctionContext, _ gradOutput: Tensor) -> Tensor {
    let input = ctx.savedTensors[0]
    return gradOutput * 1.5 * (5 * input.pow(2) - 1)
  }
}

private enum Exp: UnaryFunction {
  static func forward(_ ctx: FunctionContext, _ x: Tensor) -> Tensor {
    let result = x.exp()
    ctx.saveForBackward(result)
    return result
  }

  static func backward(_ ctx: FunctionContext, _ g: Tensor) -> Tensor { g * ctx.savedTensors[0] }
}

/// x · k + w.
private enum Weighted: Function {
  static func forward(_ ctx: FunctionContext, _ inputs: [Tensor], _ k: Double) -> [Tensor] {
    ctx.k = k
    return [inputs[0] * k + inputs[1]]
  }

  static func backward(_ ctx: FunctionContext, _ gradOutputs: [Tensor?]) -> [Tensor?] {
    let k: Double = ctx.k!
    FunctionTests.log.note("needs", ctx.needsInputGrad.map { plain($0 ? 1 : 0) })
    return [gradOutputs[0]! * k, gradOutputs[0]]
  }
}

private enum SortWithPositions: Function {
  static func forward(_ ctx: FunctionContext, _ inputs: [Tensor], _: Void) -> [Tensor] {
    let sorted = inputs[0].sort()
    ctx.markNonDifferentiable(sorted.indices)
    ctx.saveForBackward(sorted.indices)
    return [sorted.values, sorted.indices]
  }

  static func backward(_ ctx: FunctionContext, _ gradOutputs: [Tensor?]) -> [Tensor?] {
    FunctionTests.log.note("given", gradOutputs)
    let g = gradOutputs[0]!
    return [Tensor.zeros(like: g).scatter(dim: 0, index: ctx.savedTensors[0], src: g)]
  }
}

private enum TwoResults: Function {
  static func forward(
    _ ctx: FunctionContext, _ inputs: [Tensor], _ materializes: Bool
  ) -> [Tensor] {
    ctx.setMaterializeGrads(materializes)
    return [inputs[0] * 2, inputs[0] * 3]
  }

  static func backward(_ ctx: FunctionContext, _ gradOutputs: [Tensor?]) -> [Tensor?] {
    FunctionTests.log.note("given", gradOutputs)
    let parts = [gradOutputs[0].map { $0 * 2 }, gradOutputs[1].map { $0 * 3 }].compactMap { $0 }
    return [parts.dropFirst().reduce(parts[0], +)]
  }
}

private enum NoGradient: Function {
  static func forward(_ ctx: FunctionContext, _ inputs: [Tensor], _: Void) -> [Tensor] {
    [inputs[0] * 1]
  }

  static func backward(_ ctx: FunctionContext, _ gradOutputs: [Tensor?]) -> [Tensor?] { [nil] }
}

private enum Noting: UnaryFunction {
  static func forward(_ ctx: FunctionContext, _ x: Tensor) -> Tensor { x * 1 }

  static func backward(_ ctx: FunctionContext, _ g: Tensor) -> Tensor {
    FunctionTests.log.note("noting", g)
    return g * 2
  }
}

private enum Doubling: UnaryFunction {
  static func forward(_ ctx: FunctionContext, _ x: Tensor) -> Tensor {
    x.mul_(2)
    ctx.markDirty(x)
    return x
  }

  static func backward(_ ctx: FunctionContext, _ g: Tensor) -> Tensor { g * 2 }
}

private enum DirtyAside: UnaryFunction {
  static func forward(_ ctx: FunctionContext, _ x: Tensor) -> Tensor {
    x.mul_(2)
    ctx.markDirty(x)
    return x + 0
  }

  static func backward(_ ctx: FunctionContext, _ g: Tensor) -> Tensor { g * 2 }
}

private enum DirtyOfTwo: Function {
  static func forward(_ ctx: FunctionContext, _ inputs: [Tensor], _: Void) -> [Tensor] {
    inputs[0].mul_(2)
    ctx.markDirty(inputs[0])
    return [inputs[0], inputs[0] + 1]
  }

  static func backward(_ ctx: FunctionContext, _ gradOutputs: [Tensor?]) -> [Tensor?] {
    [gradOutputs[0]! * 2]
  }
}

private enum Identity: UnaryFunction {
  static func forward(_ ctx: FunctionContext, _ x: Tensor) -> Tensor { x }
  static func backward(_ ctx: FunctionContext, _ g: Tensor) -> Tensor { g * 7 }
}

private enum FirstRow: UnaryFunction {
  static func forward(_ ctx: FunctionContext, _ x: Tensor) -> Tensor { x[0] }
  static func backward(_ ctx: FunctionContext, _ g: Tensor) -> Tensor {
    Tensor.stack([g * 7, g * 0])
  }
}

private enum BothRows: Function {
  static func forward(_ ctx: FunctionContext, _ inputs: [Tensor], _: Void) -> [Tensor] {
    [inputs[0][0], inputs[0][1]]
  }

  static func backward(_ ctx: FunctionContext, _ gradOutputs: [Tensor?]) -> [Tensor?] {
    [Tensor.stack(gradOutputs.map { $0! })]
  }
}

private enum OnceDifferentiable: UnaryFunction {
  static let isOnceDifferentiable = true

  static func forward(_ ctx: FunctionContext, _ x: Tensor) -> Tensor {
    ctx.saveForBackward(x)
    return x * x
  }

  static func backward(_ ctx: FunctionContext, _ g: Tensor) -> Tensor {
    2 * ctx.savedTensors[0] * g
  }
}

/// A product whose gradients are what it is told.
private enum Bad: Function {
  static func forward(
    _ ctx: FunctionContext, _ inputs: [Tensor], _ result: @escaping (Tensor) throws -> [Tensor?]
  ) -> [Tensor] {
    ctx.result = result
    return [inputs[0] * inputs[1]]
  }

  static func backward(_ ctx: FunctionContext, _ gradOutputs: [Tensor?]) throws -> [Tensor?] {
    let result: ((Tensor) throws -> [Tensor?]) = ctx.result!
    return try result(gradOutputs[0]!)
  }
}
