// The expressions of breakpoints: what they mean, what is refused, and that runs stop where they hold.

import GradientJournal
import GradientRecording
import GraphModel
import RecordingSupport
import Testing

@Suite("Conditions")
struct ConditionTests {
  /// Expressions, each with what it means of a call, written plainly.
  private static let meanings: [(String, @Sendable (Facts) -> Bool)] = [
    ("MulBackward0", { $0.node.name == "MulBackward0" }),
    ("Mul", { $0.node.name == "MulBackward0" }),
    ("*Backward0", { $0.node.name.hasSuffix("Backward0") }),
    ("node 3", { $0.node.id == 3 }),
    ("3 or 4", { $0.node.id == 3 || $0.node.id == 4 }),
    ("operator T?nh", { $0.node.name == "TanhBackward0" }),
    ("module layer1", { $0.node.scope?.hasPrefix("layer1.") ?? false }),
    ("module *.1", { $0.node.scope?.hasSuffix(".1") ?? false }),
    ("parameter layer0.*", { $0.node.kind == .accumulateGrad && $0.node.leaf == 1 }),
    ("source train.swift:4", { $0.node.source?.line == 4 }),
    ("pass 2", { $0.pass.id == 2 }),
    ("step >= 1 and not phase eval", { $0.pass.step >= 1 }),
    ("if nan", { $0.any { $0.nanCount > 0 } }),
    ("nan", { $0.any { $0.nanCount > 0 } }),
    ("inf", { $0.any { $0.positiveInfinityCount > 0 } }),
    ("nonfinite", { $0.any { !$0.isFinite } }),
    ("not nonfinite", { !$0.any { !$0.isFinite } }),
    ("nan count >= 2", { $0.any { $0.nanCount >= 2 } }),
    ("norm > 1e3", { $0.any { $0.norm > 1e3 } }),
    ("in norm > 1e3", { $0.any([.gradOutput]) { $0.norm > 1e3 } }),
    ("out norm <= 1e-3", { $0.any([.gradInput]) { $0.norm <= 1e-3 } }),
    ("leaf norm > 1", { $0.any([.parameter]) { $0.norm > 1 } }),
    (
      "before max > 1 and after max < 1",
      {
        $0.any([.gradBefore]) { $0.maximum > 1 } && $0.any([.gradAfter]) { $0.maximum < 1 }
      }
    ),
    ("zero fraction >= 0.9", { $0.any { $0.zeroFraction >= 0.9 } }),
    ("Mul* if norm > 1e3", { $0.node.name == "MulBackward0" && $0.any { $0.norm > 1e3 } }),
    (
      "(Mul or Add) and not (norm > 1 or nan)",
      {
        ["MulBackward0", "AddBackward0"].contains($0.node.name)
          && !$0.any { $0.norm > 1 || $0.nanCount > 0 }
      }
    ),
    (
      "magnitude > 1e3 || min < -100 && mean > 1",
      {
        $0.any { $0.maximumMagnitude > 1e3 }
          || ($0.any { $0.minimum < -100 } && $0.any { $0.mean > 1 })
      }
    ),
    (
      "norm changes by > 10x",
      {
        $0.anyPair { max($0.norm, $1.norm) / min($0.norm, $1.norm) > 10 }
      }
    ),
    ("changes by 50x", { $0.anyPair { max($0.norm, $1.norm) / min($0.norm, $1.norm) > 50 } }),
    (
      "in mean changes by >= 200%",
      {
        $0.anyPair([.gradOutput]) { ($1.mean - $0.mean).magnitude / $0.mean.magnitude >= 2 }
      }
    ),
    ("changes", { $0.anyPair { $0.hash != $1.hash } }),
    (
      "std changes by 100",
      {
        $0.anyPair { ($0.standardDeviation - $1.standardDeviation).magnitude > 100 }
      }
    ),
    ("cosine < -0.9", { $0.shares.contains { $0.cosine < -0.9 } }),
    ("share > 9 and Add", { $0.node.name == "AddBackward0" && $0.shares.contains { $0.norm > 9 } }),
  ]

  /// What a call is and holds.
  struct Facts {
    var pass: Recording.Pass
    var node: ComputationGraph.Node
    var measurements: [Recording.Measurement]
    var before: [Recording.Measurement]
    var shares: [Recording.Contribution]

    static let gradients: Set<Recording.Role> = [.gradOutput, .gradInput, .gradBefore, .gradAfter]

    func any(
      _ roles: Set<Recording.Role> = gradients, _ holds: (GradientStatistics) -> Bool
    ) -> Bool {
      measurements.contains { roles.contains($0.role) && holds($0.statistics) }
    }

    func anyPair(
      _ roles: Set<Recording.Role> = gradients,
      _ holds: (GradientStatistics, GradientStatistics) -> Bool
    ) -> Bool {
      measurements.contains { one in
        roles.contains(one.role)
          && before.contains {
            $0.role == one.role && $0.slot == one.slot && holds($0.statistics, one.statistics)
          }
      }
    }
  }

  /// The facts of every call, in order.
  private static func facts(_ recording: Recording) throws -> [(Replay.Position, Facts)] {
    var result: [(Replay.Position, Facts)] = []
    for pass in recording.passes {
      let graph = try recording.graph(pass.graph)
      let before = recording.passes.last { $0.id < pass.id && $0.graph == pass.graph }
      for call in try recording.calls(of: pass.id) {
        let other = try before.flatMap { before in
          try recording.calls(of: before.id).first { $0.node == call.node }
        }
        result.append(
          (
            Replay.Position(pass: pass.id, order: call.order),
            Facts(
              pass: pass, node: graph.nodes[call.node],
              measurements: try recording.measurements(of: pass.id, call: call.order),
              before: try other.map {
                try recording.measurements(of: $0.pass, call: $0.order)
              } ?? [],
              shares: try recording.contributions(of: pass.id, call: call.order))
          ))
      }
    }
    return result
  }

  @Test("stops forwards and backwards exactly where the condition holds", arguments: [3, 14])
  func runs(seed: Int) throws {
    var run = SyntheticRun(seed: seed)
    let graphs = [run.addGraph(operators: 9, leaves: 3), run.addGraph(operators: 40, leaves: 5)]
    for step in 0..<4 {
      for graph in graphs {
        run.addPass(over: graph, .init(step: step, silence: step == 2 ? 10 : 0))
      }
    }
    let temporary = try TemporaryRecording(run.events)
    let facts = try Self.facts(temporary.recording)
    for (text, meaning) in Self.meanings {
      let breakpoint = Replay.Breakpoint(try Condition(text))
      let expected = facts.filter { meaning($0.1) }.map(\.0)
      var replay = try Replay(temporary.recording)
      var found: [Replay.Position] = meaning(facts[0].1) ? [replay.position] : []
      while let hit = try replay.run(to: [breakpoint]) {
        #expect(hit.position == replay.position)
        found.append(hit.position)
      }
      #expect(found == expected, "\(text)")
      try replay.move(by: .max)
      found = meaning(facts[facts.count - 1].1) ? [replay.position] : []
      while let hit = try replay.reverseRun(to: [breakpoint]) { found.append(hit.position) }
      #expect(found.reversed() == expected, "\(text), backwards")

      // A watchpoint stops where the condition did not hold of the node in the step before.
      let held = Set(expected)
      let new = try expected.filter { position in
        let pass = try temporary.recording.pass(position.pass)
        guard
          let before = temporary.recording.passes.last(where: {
            $0.id < pass.id && $0.graph == pass.graph
          })
        else { return true }
        let node = try temporary.recording.call(position.order, of: pass.id).node
        return try !temporary.recording.calls(of: before.id).contains {
          $0.node == node && held.contains(Replay.Position(pass: before.id, order: $0.order))
        }
      }
      replay = try Replay(temporary.recording)
      found = new.first == replay.position ? [replay.position] : []
      let watchpoint = Replay.Breakpoint(breakpoint.condition, onlyNew: true)
      while let hit = try replay.run(to: [watchpoint]) { found.append(hit.position) }
      #expect(found == new, "\(text), only new")
    }
  }

  @Test("stops at the nearest of several, and says which and what")
  func several() throws {
    var run = SyntheticRun(seed: 5)
    let graph = run.addGraph(operators: 8, leaves: 2)
    for step in 0..<2 {
      run.addPass(
        over: graph,
        .init(
          step: step,
          statistics: { node, role, slot in
            .holding(norm: 1, nan: step == 1 && node == 4 && role == .gradOutput ? 1 : 0)
          }))
    }
    let temporary = try TemporaryRecording(run.events)
    var replay = try Replay(temporary.recording)
    let breakpoints = try ["nan", "node 7 and pass 1", "node 4 and pass 1", "norm > 5"].map {
      Replay.Breakpoint(try Condition($0))
    }
    let hit = try #require(try replay.run(to: breakpoints))
    #expect(hit.breakpoints == [0, 2])
    #expect(hit.tensors.map(\.role) == [.gradOutput])
    #expect(replay.node.id == 4)
    #expect(try replay.run(to: breakpoints)?.breakpoints == [1])
    #expect(try replay.run(to: breakpoints) == nil)
    #expect(replay.node.id == 7)
    #expect(try replay.run(to: []) == nil)
  }

  @Test(
    "refuses what is no expression, and says where",
    arguments: [
      ("", "an expression is missing, at character 1"),
      ("   ", "an expression is missing, at character 4"),
      ("norm", "expected a comparison such as > 1e3, not the end, at character 5"),
      ("norm >", "expected a number, not the end, at character 7"),
      ("norm > abc", "expected a number, not abc, at character 8"),
      ("norm > 1e999", "expected a number, not 1e999, at character 8"),
      ("norm > 10x", "x goes with changes, as in norm changes by > 10x, at character 10"),
      ("zero > 1", "expected count or fraction after zero, not >, at character 6"),
      ("(nan", "expected ), not the end, at character 5"),
      ("nan)", "expected and, or, or the end, not ), at character 4"),
      ("nan inf", "expected and, or, or the end, not inf, at character 5"),
      ("nan and", "expected a term, not the end, at character 8"),
      ("and", "expected a term, not and, at character 1"),
      ("in Mul", "expected nan, inf, norm or another quantity, not Mul, at character 4"),
      ("module", "expected a module's path, not the end, at character 7"),
      ("pass x", "expected a pass's number, not x, at character 6"),
      ("step 1.5", "expected a step, not 1.5, at character 6"),
      (
        "source a.swift:x",
        "a line's number goes behind the colon, as in model.swift:12, at character 8"
      ),
      ("\"Mul", "the quotation does not end, at character 1"),
      ("nan ; rm", "unknown sign ;, at character 5"),
      ("nan \u{1B}[31m", "unknown sign \\u{1b}, at character 5"),
      ("99999999999999999999", "expected a node's id, not 99999999999999999999, at character 1"),
      (String(repeating: "(", count: 900), "the expression is nested too deeply, at character 51"),
      (String(repeating: "!", count: 900), "the expression is nested too deeply, at character 51"),
      (
        String(repeating: "a", count: 1001),
        "an expression has at most 1000 characters, at character 1001"
      ),
      (
        Array(repeating: "nan", count: 61).joined(separator: "|| "),
        "the expression has more than 60 terms about gradients, at character 364"
      ),
    ])
  func refused(text: String, message: String) {
    let error = #expect(throws: ConditionError.self) { try Condition(text) }
    #expect(error?.description == message)
  }

  @Test("reads any text, or refuses it", arguments: 0..<20)
  func hostile(seed: Int) {
    var numbers = SyntheticNumbers(seed)
    let parts = [
      "nan", "norm", ">", "1e3", "(", ")", "and", "or", "not", "changes", "by", "10x", "%", "\"",
      "'",
      "zero", "fraction", "module", "a*b", "\u{0}", "é", "-", "1e", ".", "step", "=", "!", ",",
      "in",
    ]
    for _ in 0..<300 {
      let count = Int.random(in: 0..<12, using: &numbers)
      let text = (0..<count).map { _ in parts.randomElement(using: &numbers)! }
        .joined(separator: Bool.random(using: &numbers) ? " " : "")
      do {
        #expect(try Condition(text).description == text)
      } catch {
        #expect(error.offset <= text.unicodeScalars.count)
      }
    }
  }

  @Test("matches long names with many stars in no time")
  func stars() throws {
    var run = SyntheticRun(seed: 1)
    let graph = run.addGraph(
      ComputationGraph(
        producer: .init(name: "t", version: "1"), roots: [0],
        nodes: [
          .init(
            id: 0, name: String(repeating: "a", count: 5000), kind: .function, inputs: [],
            outputs: [.init(shape: [], dtype: "float32")], sequence: 0)
        ],
        tensors: [
          .init(
            id: 0, role: .root, shape: [], dtype: "float32", gradFn: .init(node: 0, output: 0),
            storage: 0)
        ]))
    for step in 0..<2 { run.addPass(over: graph, .init(step: step)) }
    let temporary = try TemporaryRecording(run.events)
    var replay = try Replay(temporary.recording)
    let pattern = String(repeating: "a*", count: 400)
    #expect(try replay.run(to: [.init(try Condition(pattern + "b"))]) == nil)
    #expect(try replay.run(to: [.init(try Condition(pattern))]) != nil)
  }
}
