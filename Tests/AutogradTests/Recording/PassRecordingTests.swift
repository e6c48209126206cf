// What is told of backward passes.

import GradientJournal
import GraphModel
import Testing

@testable import Autograd

@Suite struct PassRecordingTests {
  private func statistics(_ values: [Double]) -> (norm: Double, minimum: Double, maximum: Double) {
    (values.reduce(0) { $0 + $1 * $1 }.squareRoot(), values.min()!, values.max()!)
  }

  @Test("a pass is told call by call, with what every gradient holds")
  func passIsTold() throws {
    let x = Tensor([1.0, 2, 3], dtype: .float64, requiresGrad: true)
    let list = try recorded(names: [("x", x)]) { _ in try (x * x).sum().backward() }
    #expect(list.passes.count == 1)
    #expect(list.passes[0].root == 14)
    let graph = try list.firstGraph
    #expect(
      list.calls.map { graph.nodes[Int($0.node)].name } == [
        "SumBackward0", "MulBackward0", "AccumulateGrad",
      ])
    #expect(list.calls.allSatisfy { $0.end >= $0.start })
    let after = try #require(list.measurements(as: .gradAfter).first)
    #expect(after.statistics.norm == statistics([2, 4, 6]).norm)
    #expect(after.statistics.minimum == 2 && after.statistics.maximum == 6)
    #expect(after.shape == [3] && after.dtype == "float64")
    #expect(list.measurements(as: .parameter).first?.statistics.mean == 2)
    #expect(graph.tensors.contains { $0.name == "x" })
    let backward = graph.nodes.filter { $0.kind == .backward }
    #expect(backward.allSatisfy { $0.source != nil })
    guard case .closed? = list.events.last else {
      Issue.record("the end is not told")
      return
    }
  }

  @Test("where edges meet, every share is told, with its cosine to the sum", arguments: 2...6)
  func shares(count: Int) throws {
    let x = Tensor.arange(1, 9, dtype: .float64).requiresGrad_()
    let list = try recorded { _ in
      let y = x * 1.0
      var sum = y * 0.5
      for i in 1..<count {
        let factor = i % 2 == 0 ? y : Tensor(Double(-i), dtype: .float64)
        sum = sum + y * factor
      }
      try sum.sum().backward()
    }
    let all = Dictionary(grouping: list.contributions) { [Int($0.order), Int($0.output)] }
    #expect(!all.isEmpty)
    for (place, shares) in all {
      let taken = list.measurements(as: .gradOutput)
      let sum = try #require(
        taken.first { Int($0.order) == place[0] && Int($0.slot) == place[1] })
      // The projections of the shares on the sum add up to it.
      let projected = shares.reduce(0) { $0 + $1.norm * $1.cosine }
      if shares.allSatisfy({ $0.norm > 0 }) {
        #expect(abs(projected - sum.statistics.norm) <= 1e-9 * sum.statistics.norm)
      }
      for share in shares {
        let source = try #require(share.from)
        let given = list.measurements(as: .gradInput)
        let sent = try #require(
          given.first { $0.order == source.order && $0.slot == source.input })
        #expect(sent.statistics.norm == share.norm)
      }
    }
  }

  @Test("recording changes no gradient", arguments: [RecordingPolicy.Detail.health, .values])
  func recordingChangesNothing(detail: RecordingPolicy.Detail) throws {
    func gradients(_ run: (() throws -> Void) throws -> Void) throws -> [[Double]] {
      let x = fixedNumbers([5, 7], seed: 1).requiresGrad_()
      let w = fixedNumbers([7, 7], seed: 2).requiresGrad_()
      try run {
        var h = x
        for _ in 0..<5 { h = (h.matmul(w) + h).tanh() * h.softmax(dim: 1) }
        try h.sum().backward()
      }
      return [x.grad!.toArray(), w.grad!.toArray()]
    }
    let plain = try gradients { try $0() }
    let told = try gradients { body in
      _ = try recorded(RecordingPolicy(detail: detail)) { _ in try body() }
    }
    #expect(plain == told)
  }

  @Test("steps are counted where parameters change, micro-batches where they do not")
  func labels() throws {
    let w = Tensor([1.0, 2], requiresGrad: true)
    let list = try recorded { _ in
      for _ in 0..<3 {
        for _ in 0..<2 { try (w * w).sum().backward() }
        noGrad { _ = w.sub_(w.grad! * 0.1) }
        w.grad = nil
      }
    }
    #expect(list.passes.map(\.step) == [0, 0, 1, 1, 2, 2])
    #expect(list.passes.map(\.microBatch) == [0, 1, 0, 1, 0, 1])
    // Gradients that are there are told before they grow.
    #expect(list.measurements(as: .gradBefore).count == 3)
    #expect(list.graphs.count == 1)
  }

  @Test(
    "what an optimiser makes of a parameter is told as the next pass finds it",
    arguments: [1, 50_000, 1_100_000])
  func steps(count: Int) throws {
    let w = fixedNumbers([count], seed: 3).requiresGrad_()
    var expected: [UInt64] = []
    let list = try recorded { _ in
      for step in 0..<4 {
        expected.append(w.statistics(healthOnly: false).hash)
        try (w * w).sum().backward()
        var update = OptimizerStep(.sgd, rate: -0.1, maximize: false)
        update.apply(to: w, gradient: w.grad!)
        // What comes after a step that measured counts as well.
        if step == 1 { update.apply(to: w, gradient: w.grad!) }
        if step == 2 { noGrad { _ = w.mul_(2) } }
        w.grad = nil
      }
    }
    #expect(list.measurements(as: .parameter).map(\.statistics.hash) == expected)
    #expect(Set(expected).count == 4 && list.passes.map(\.step) == [0, 1, 2, 3])
    #expect(list.measurements(as: .parameter).allSatisfy { $0.statistics.norm > 0 })
  }

  @Test("a pass within a pass over the same nodes leaves the outer one its nodes' numbers")
  func passWithinPass() throws {
    let w = Tensor([1.0, 2], requiresGrad: true)
    let list = try recorded { _ in
      let y = w.exp()
      let z = y * y
      var inner: Tensor?
      z.registerHook { (gradient: Tensor) throws -> Void in
        inner = try grad(of: y, withRespectTo: w, gradient: gradient, retainGraph: true)
      }
      try z.sum().backward()
      #expect(inner!.equal(y))
    }
    let calls = list.calls
    let outer = calls.filter { $0.pass == 0 }.sorted { $0.order < $1.order }
    #expect(outer.map(\.node) == [0, 1, 2, 3])
    #expect(calls.filter { $0.pass == 1 }.map(\.node) == [0])
  }

  @Test("two recorders know a parameter each on its own")
  func twoRecorders() throws {
    let w = Tensor([1.0, 2], requiresGrad: true)
    let other = EventList()
    let inner = PassRecorder(to: other, policy: RecordingPolicy(), command: [])
    inner.name([(name: "inner", tensor: w)])
    let list = try recorded(names: [("outer", w)]) { _ in
      for _ in 0..<2 {
        try w.sum().backward()
        try inner.attached { () throws(AutogradError) in try w.sum().backward() }
      }
    }
    #expect(try list.firstGraph.tensors.compactMap(\.name) == ["outer"])
    #expect(try other.firstGraph.tensors.compactMap(\.name) == ["inner"])
    #expect(list.measurements(as: .gradBefore).map(\.statistics.maximum) == [2])
    #expect(other.measurements(as: .gradBefore).map(\.statistics.maximum) == [1, 3])
  }

  @Test("the element where a result stops being finite is told, with what the node worked on")
  func witness() throws {
    let x = Tensor([4.0, 0, 9], requiresGrad: true)
    let list = try recorded { _ in try (x.sqrt() * 0.0).sum().backward() }
    let witness = try #require(list.witnesses.first)
    #expect(witness.index == [1])
    #expect(witness.value.isNaN)
    #expect(witness.operands.first { $0.name == "result" }?.value == 0)
    #expect(witness.operands.first { $0.name == "grad" }?.value == 0)
  }

  @Test("of a loss that is not finite, the nodes that made it so are told")
  func forwardWitness() throws {
    let x = Tensor([1.0, 0, 2], requiresGrad: true)
    let list = try recorded { _ in try (x.log() * x).sum().backward() }
    let witness = try #require(list.witnesses.first { $0.order == .max })
    let graph = try list.firstGraph
    #expect(graph.nodes[Int(witness.input)].name == "LogBackward0")
    #expect(witness.index == [1] && witness.operands.first?.value == 0)
    #expect(!list.measurements(as: .saved).isEmpty)
  }

  @Test("a policy chooses steps and says what it left out")
  func steps() throws {
    let w = Tensor([1.0], requiresGrad: true)
    let list = try recorded(RecordingPolicy(firstStep: 2, everySteps: 3)) { recorder in
      for step in 0..<10 {
        recorder.label(step: step, microBatch: 0, phase: "train")
        try (w * 2).sum().backward()
      }
    }
    #expect(list.passes.map(\.step) == [2, 5, 8])
    #expect(list.passes.map(\.pass) == [2, 5, 8])
    let dropped = list.events.compactMap { if case .dropped(let one) = $0 { one } else { nil } }
    #expect(dropped.map(\.firstPass) == [0, 3, 6, 9])
    #expect(dropped.map(\.lastPass) == [1, 4, 7, 9])
  }

  @Test("a trigger raises the detail and brings what was held of the steps before")
  func trigger() throws {
    let w = Tensor([1.0, 2], requiresGrad: true)
    let policy = RecordingPolicy(
      triggers: [.nonFinite], raisedDetail: .values, stepsBefore: 2)
    let list = try recorded(policy) { recorder in
      for step in 0..<6 {
        recorder.label(step: step, microBatch: 0, phase: "")
        try (w * (step == 4 ? Double.infinity : 1)).sum().backward()
      }
    }
    let steps = Set(list.values.map { Int($0.pass) })
    #expect(steps == [2, 3, 4, 5])
    let last = try #require(list.values.last)
    #expect(last.shape == [2] && last.bytes.count == 8)
  }

  @Test("where a history is cut off is told once")
  func cuts() throws {
    let w = Tensor([1.0, 2], requiresGrad: true)
    let list = try recorded(names: [("w", w)]) { _ in
      for _ in 0..<3 {
        let y = (w * 2).detach() + w.detach()
        try (y * w).sum().backward()
      }
    }
    #expect(list.cuts.map(\.node) == ["MulBackward0", nil])
    #expect(list.cuts.map(\.leaf) == ["w", "w"])
    #expect(list.cuts.allSatisfy { $0.line != nil })
  }

  @Test("a cut names all the leaves behind it, and the operator that has no derivative")
  func leavesBehindCuts() throws {
    let a = Tensor([1.0, 2], requiresGrad: true)
    let b = Tensor([3.0, 4], requiresGrad: true)
    let list = try recorded(
      RecordingPolicy(capturesSource: false), names: [("a", a), ("b", b)]
    ) { _ in
      let isLarge = (a * b).gt(3)
      try (a * isLarge * b.exp().argmax()).sum().backward()
    }
    #expect(list.cuts.map(\.kind) == [.notDifferentiable, .notDifferentiable])
    #expect(list.cuts.map(\.operation) == ["gt", "argmax"])
    #expect(list.cuts.map(\.leaf) == ["a, b", "b"])
  }

  /// Operators that make of numbers what has no gradient, and their names.
  static let endsOfHistory: [(name: String, make: @Sendable (Tensor) -> Any)] = [
    ("to(int64)", { $0.long() }), ("to(int32)", { $0.int() }), ("to(bool)", { $0.bool() }),
    ("lt", { $0.lt(1) }), ("gt", { Tensor([0.5, 3]).gt($0) }), ("argmax", { $0.argmax() }),
    ("argmin", { $0.argmin(dim: 0) }), ("argsort", { $0.argsort() }), ("isnan", { $0.isnan() }),
    ("isinf", { $0.isinf() }), ("isfinite", { $0.isfinite() }), ("signbit", { $0.signbit() }),
    ("eq", { $0.isposinf() }), ("logical_and", { Tensor([true, true]).logicalAnd($0) }),
    ("eq", { $0.logicalNot() }), ("all", { $0.all() }), ("any", { $0.any(dim: 0) }),
    ("isclose", { $0.isclose(Tensor([1.0, 2])) }), ("isclose", { $0.allclose(Tensor([1.0, 2])) }),
    ("equal", { Tensor([1.0, 2]).equal($0) }), ("histc", { $0.histc(bins: 2) }),
    ("searchsorted", { Tensor([0.0, 1]).searchsorted($0) }),
    ("searchsorted", { $0.searchsorted(Tensor([0.0])) }),
    ("searchsorted", { $0.bucketize(Tensor([0.0, 1])) }), ("isin", { $0.isin(Tensor([1.0])) }),
    ("nonzero", { $0.nonzero() }), ("where", { Tensor.where($0) }),
    ("count_nonzero", { $0.countNonzero() }), ("multinomial", { $0.multinomial(1) }),
    ("indices of sort", { $0.sort().indices }), ("indices of topk", { $0.topk(1).indices }),
    ("indices of max", { $0.max(dim: 0).indices }), ("indices of mode", { $0.mode().indices }),
    ("indices of median", { $0.median(dim: 0).indices }),
    ("indices of kthvalue", { $0.kthvalue(1).indices }),
    ("indices of cummax", { $0.cummax(dim: 0).indices }),
    ("exponents of frexp", { $0.frexp().exponent }), ("item", { $0[0].item() }),
    ("item", { $0[0].item(as: Int.self) }), ("toArray", { $0.toArray(as: Double.self) }),
    ("copy_", { Tensor([1, 2]).copy_($0) }),
  ]

  @Test("what makes integers, truth or numbers of a tensor ends its history", arguments: [0, 1])
  func integers(_ order: Int) {
    for (name, make) in Self.endsOfHistory {
      let x = Tensor([1.0, 2], requiresGrad: true)
      let list = recorded(RecordingPolicy(capturesSource: false), names: [("x", x)]) { _ in
        let result = make(order == 0 ? x : x * 1)
        #expect((result as? Tensor)?.requiresGrad != true)
      }
      #expect(list.cuts.map(\.operation) == [name])
      #expect(list.cuts.map(\.kind) == [.notDifferentiable], "\(name)")
      #expect(list.cuts.map(\.leaf) == ["x"], "\(name)")
    }
  }

  @Test("a number taken out of a view whose history cannot be told stops nothing")
  func invalidHistory() {
    let x = Tensor.ones(3, requiresGrad: true)
    _ = recorded { _ in
      noGrad {
        let view = x[0]
        view.add_(1)
        #expect((view * 2).item() == 4 && view.item() == 2)
      }
    }
  }

  @Test("where the forward pass stops being finite is told of the first passes, and then left out")
  func forwardScans() throws {
    let x = Tensor([1.0, .nan], requiresGrad: true)
    let data = Tensor([[1.0, 2], [.infinity, .nan]])
    let list = try recorded(RecordingPolicy(capturesSource: false), names: [("x", x)]) { _ in
      for _ in 0..<11 { try (data * x).sum().backward() }
    }
    #expect(list.passes.count == 11)
    #expect(Set(list.measurements(as: .saved).map(\.pass)) == Set(0..<8))
    let given = list.witnesses.filter { $0.order == Witness.givenOrder }
    #expect(Set(given.map(\.pass)) == Set(0..<8))
    #expect(given.count == 16)
    #expect(Set(given.map(\.index)) == [[1], [1, 0]])
    let dropped = list.events.compactMap { if case .dropped(let one) = $0 { one } else { nil } }
    #expect(dropped.map(\.reason) == [.forward, .forward, .forward])
    #expect(dropped.map(\.firstPass) == [8, 9, 10] && dropped.map(\.calls) == [0, 0, 0])
  }

  @Test("a checkpoint can be recorded: what is exported takes nothing from the pass")
  func checkpointed() throws {
    let w = Tensor([1.0, 2], requiresGrad: true)
    let list = try recorded(RecordingPolicy(capturesSource: false), names: [("w", w)]) { _ in
      for _ in 0..<2 { try checkpoint(w) { $0.exp().sin() }.sum().backward() }
    }
    let ends = list.events.compactMap { if case .passEnded(let end) = $0 { end } else { nil } }
    #expect(ends.map(\.failure) == [nil, nil])
  }

  @Test("the results of the forward pass are told as they are made, and again with their nodes")
  func forward() throws {
    let x = Tensor([1.0, 2], requiresGrad: true)
    let list = try recorded(RecordingPolicy(forward: true)) { _ in
      try x.exp().sum().backward()
    }
    let results = list.events.compactMap {
      if case .forward(let one) = $0 { one } else { nil }
    }
    #expect(
      results.map(\.name) == ["ExpBackward0", "SumBackward0", "SumBackward0", "ExpBackward0"])
    #expect(results.map { $0.node } == [nil, nil, 0, 1])
  }

  @Test("a pass that fails says why")
  func failure() throws {
    let x = Tensor([1.0], requiresGrad: true)
    let list = try recorded { _ in
      let y = (x * x).sum()
      try y.backward()
      #expect(throws: AutogradError.self) { try y.backward() }
    }
    let ends = list.events.compactMap { if case .passEnded(let one) = $0 { one } else { nil } }
    #expect(ends.map { $0.failure == nil } == [true, false])
  }
}
