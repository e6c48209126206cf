// Recordings of passes that never ran: random graphs, run by the engine's rule.

internal import Foundation
package import GradientJournal
package import GradientRecording
package import GraphModel

/// A generator that gives the same numbers everywhere (SplitMix64).
package struct SyntheticNumbers: RandomNumberGenerator {
  private var state: UInt64

  package init(_ seed: Int) {
    state = UInt64(bitPattern: Int64(seed))
  }

  package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

/// What a program would tell of passes over random graphs.
package struct SyntheticRun {
  package private(set) var events: [Event] = []
  package private(set) var graphs: [ComputationGraph] = []
  private var numbers: SyntheticNumbers
  private var passes: UInt64 = 0

  package init(seed: Int) {
    numbers = SyntheticNumbers(seed)
    events.append(
      .opened(
        Session(
          producer: "agviz", version: "1", startedAt: 1_700_000_000_000_000_000, processID: 1,
          command: ["train"], policy: "{}")))
  }

  // MARK: Graphs

  private static let names = [
    "MulBackward0", "AddBackward0", "TanhBackward0", "MmBackward0", "LinearBackward0",
  ]

  /// Adds a graph of so many operators, each of which leads to nodes that were made before it.
  package mutating func addGraph(operators: Int, leaves: Int) -> Int {
    let total = operators + leaves
    var nodes: [ComputationGraph.Node] = []
    for id in 0..<operators {
      // A chain holds everything together; other edges meet at random.
      var targets = [id + 1]
      while Int.random(in: 0..<3, using: &numbers) > 0, targets.count < 4 {
        targets.append(Int.random(in: id + 1..<total, using: &numbers))
      }
      var inputs: [ComputationGraph.Edge?] = targets.shuffled(using: &numbers).map {
        ComputationGraph.Edge(node: $0, output: 0)
      }
      if Bool.random(using: &numbers) {
        inputs.insert(nil, at: Int.random(in: 0...inputs.count, using: &numbers))
      }
      nodes.append(
        ComputationGraph.Node(
          id: id, name: Self.names.randomElement(using: &numbers)!, kind: .backward, inputs: inputs,
          outputs: [ComputationGraph.Output(shape: [10], dtype: "float32")],
          scope: "layer\(id % 3).\(id % 2)",
          source: ComputationGraph.SourceLocation(file: "train.swift", line: id + 1),
          sequence: operators - 1 - id))
    }
    var tensors = [
      ComputationGraph.Tensor(
        id: 0, role: .root, name: "loss", shape: [10], dtype: "float32", requiresGrad: true,
        gradFn: ComputationGraph.Edge(node: 0, output: 0), storage: 0)
    ]
    for leaf in 0..<leaves {
      nodes.append(
        ComputationGraph.Node(
          id: operators + leaf, name: "AccumulateGrad", kind: .accumulateGrad, inputs: [],
          outputs: [ComputationGraph.Output(shape: [10], dtype: "float32")], leaf: leaf + 1))
      tensors.append(
        ComputationGraph.Tensor(
          id: leaf + 1, role: .leaf, name: "layer\(leaf).weight", shape: [10], dtype: "float32",
          requiresGrad: true, storage: leaf + 1))
    }
    return addGraph(
      ComputationGraph(
        producer: .init(name: "test", version: "1"), roots: [0], nodes: nodes, tensors: tensors))
  }

  /// Adds what a pass told besides; it belongs to the last pass.
  package mutating func add(_ event: Event) {
    events.append(event)
  }

  package mutating func addGraph(_ graph: ComputationGraph) -> Int {
    graphs.append(graph)
    events.append(
      .graph(
        Graph(
          id: UInt32(graphs.count - 1), fingerprint: UInt64(graphs.count),
          json: Array(graph.json.utf8))))
    return graphs.count - 1
  }

  // MARK: Passes

  /// How a pass goes.
  package struct Plan: Sendable {
    package var step = 0
    package var microBatch = 0
    package var phase = "train"
    /// In how many of a hundred cases an edge delivers nothing.
    package var silence = 0
    /// How many calls come to their end before one fails.
    package var failsAfter: Int?
    /// Gives what a gradient held, by node, role and slot; nil for random numbers.
    package var statistics: (@Sendable (Int, Role, Int) -> Statistics)?

    package init(
      step: Int = 0, microBatch: Int = 0, phase: String = "train", silence: Int = 0,
      failsAfter: Int? = nil, statistics: (@Sendable (Int, Role, Int) -> Statistics)? = nil
    ) {
      self.step = step
      self.microBatch = microBatch
      self.phase = phase
      self.silence = silence
      self.failsAfter = failsAfter
      self.statistics = statistics
    }
  }

  /// Runs a pass by the engine's rule.
  package mutating func addPass(over id: Int, _ plan: Plan = Plan()) {
    let graph = graphs[id]
    let pass = passes
    passes += 1
    events.append(
      .passBegan(
        PassBeginning(
          pass: pass, graph: UInt32(id), step: Int64(plan.step), microBatch: Int32(plan.microBatch),
          phase: plan.phase, detail: .statistics, time: Int64(pass) * 1000, root: 1,
          retainsGraph: false, createsGraph: false)))
    var missing = [Int](repeating: 0, count: graph.nodes.count)
    for node in graph.nodes { for case let edge? in node.inputs { missing[edge.node] += 1 } }
    var arrived = [[Contribution.Source?]](repeating: [], count: graph.nodes.count)
    arrived[0] = [nil]
    var ready = [0]
    var order: UInt32 = 0
    var failure: String?
    while !ready.isEmpty {
      let fails = plan.failsAfter == Int(order)
      let node = ready.max {
        (graph.nodes[$0].sequence ?? .max, -$0) < (graph.nodes[$1].sequence ?? .max, -$1)
      }!
      ready.removeAll { $0 == node }
      let runs = !arrived[node].isEmpty
      if runs, fails {
        // The node that failed began to run.
        events.append(
          .called(Call(pass: pass, order: order, node: UInt32(node), start: 1, end: -1)))
        failure = "it failed"
        break
      }
      if runs {
        let start = Int64(pass) * 1000 + Int64(order)
        events.append(
          .called(Call(pass: pass, order: order, node: UInt32(node), start: start, end: start + 1)))
        measure(pass, order, node, .gradOutput, 0, plan)
        if arrived[node].count > 1 {
          for source in arrived[node] {
            events.append(
              .contributed(
                Contribution(
                  pass: pass, order: order, output: 0, from: source,
                  norm: Double.random(in: 0..<10, using: &numbers),
                  cosine: Double.random(in: -1..<1, using: &numbers))))
          }
        }
        if graph.nodes[node].kind == .accumulateGrad {
          for role in [Role.gradBefore, .gradAfter, .parameter] {
            measure(pass, order, node, role, 0, plan)
          }
        }
      }
      for (input, edge) in graph.nodes[node].inputs.enumerated() {
        guard let edge else { continue }
        if runs, Int.random(in: 0..<100, using: &numbers) >= plan.silence {
          measure(pass, order, node, .gradInput, input, plan)
          arrived[edge.node].append(Contribution.Source(order: order, input: UInt32(input)))
        }
        missing[edge.node] -= 1
        if missing[edge.node] == 0 { ready.append(edge.node) }
      }
      if runs { order += 1 }
    }
    events.append(
      .passEnded(PassEnd(pass: pass, time: Int64(pass) * 1000 + 999, failure: failure)))
  }

  /// Adds a pass that no engine would run: nodes in any order, some twice, some never.
  package mutating func addWildPass(over id: Int, calls: Int, step: Int = 0) {
    let pass = passes
    passes += 1
    events.append(
      .passBegan(
        PassBeginning(
          pass: pass, graph: UInt32(id), step: Int64(step), microBatch: 0, phase: "",
          detail: .health,
          time: 0, root: nil, retainsGraph: true, createsGraph: true)))
    for order in 0..<UInt32(calls) {
      let node = Int.random(in: graphs[id].nodes.indices, using: &numbers)
      let end: Int64 = Int.random(in: 0..<4, using: &numbers) == 0 ? -1 : 1
      events.append(
        .called(Call(pass: pass, order: order, node: UInt32(node), start: 0, end: end)))
      let slot = Int.random(in: 0..<9, using: &numbers)
      measure(pass, order, node, Role.allCases.randomElement(using: &numbers)!, slot, Plan())
    }
    if Bool.random(using: &numbers) {
      events.append(.passEnded(PassEnd(pass: pass, time: 1, failure: nil)))
    }
  }

  private mutating func measure(
    _ pass: UInt64, _ order: UInt32, _ node: Int, _ role: Role, _ slot: Int, _ plan: Plan
  ) {
    let statistics = plan.statistics?(node, role, slot) ?? randomStatistics()
    events.append(
      .measured(
        Measurement(
          pass: pass, order: order, role: role, slot: UInt32(slot), dtype: "float32", shape: [10],
          statistics: statistics)))
  }

  private mutating func randomStatistics() -> Statistics {
    let isOdd = Int.random(in: 0..<40, using: &numbers) == 0
    return .holding(
      norm: pow(10, Double.random(in: -4..<4, using: &numbers)),
      nan: isOdd ? Int.random(in: 0...2, using: &numbers) : 0,
      infinity: isOdd ? Int.random(in: 0...2, using: &numbers) : 0,
      zero: Int.random(in: 0..<10, using: &numbers),
      hash: UInt64.random(in: 0..<8, using: &numbers))
  }
}

extension Statistics {
  /// Of ten elements with this norm.
  package static func holding(
    norm: Double, nan: Int = 0, infinity: Int = 0, zero: Int = 0, hash: UInt64 = 0
  ) -> Statistics {
    Statistics(
      count: 10, nanCount: nan, positiveInfinityCount: infinity,
      negativeInfinityCount: 0, zeroCount: zero, subnormalCount: 0, minimum: -norm / 2,
      maximum: norm / 3, mean: norm / 10, standardDeviation: norm / 4, norm: norm, hash: hash)
  }
}

/// A recording in a folder of its own, which goes away with it.
package final class TemporaryRecording {
  package let recording: Recording
  private let folder: URL

  package init(_ events: [Event]) throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "agviz-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let path = folder.appending(path: "run.agviz").path
    do {
      let writer = try RecordingWriter(path)
      for start in stride(from: 0, to: events.count, by: 50_000) {
        try writer.write(Array(events[start..<min(start + 50_000, events.count)]))
      }
    }
    recording = try Recording(contentsOf: path)
  }

  deinit {
    try? FileManager.default.removeItem(at: folder)
  }
}
