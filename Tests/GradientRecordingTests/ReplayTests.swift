// Stepping through recordings: the state at a call is what the engine's rule says, however one came.

import GradientRecording
import GraphModel
import RecordingSupport
import Testing

@Suite("Replay")
struct ReplayTests {
  /// All that is said of the place where the cursor stands.
  struct Snapshot: Equatable {
    var position: Replay.Position
    var node: Int
    var call: Recording.Call
    var measurements: [Recording.Measurement]
    var ready: [Int]
    var ran: [Int]
    var statuses: [Replay.NodeStatus]
    var counts: [Int]

    init(_ replay: Replay) throws {
      position = replay.position
      node = replay.node.id
      call = try replay.call()
      measurements = try replay.measurements()
      ready = replay.ready
      ran = replay.ran
      statuses = replay.graph.nodes.indices.map { replay.status(of: $0) }
      counts = Replay.NodeStatus.allCases.map { replay.count(of: $0) }
    }
  }

  /// Passes over two graphs, with silent edges, failures and passes without calls among them.
  static func run(_ seed: Int, passes: Int = 5) -> SyntheticRun {
    var run = SyntheticRun(seed: seed)
    let graphs = [
      run.addGraph(operators: 3 + seed % 20, leaves: 1 + seed % 5),
      run.addGraph(operators: 12, leaves: 4),
    ]
    for pass in 0..<passes {
      var plan = SyntheticRun.Plan(step: pass / 2)
      if pass % 3 == 1 { plan.silence = 30 }
      if pass % 4 == 2 { plan.failsAfter = seed % 4 }
      run.addPass(over: graphs[pass % 2], plan)
    }
    return run
  }

  /// The state after some calls, worked out from nothing but the edges and what was delivered.
  private func naiveStatuses(
    _ graph: ComputationGraph, _ recording: Recording, _ position: Replay.Position
  ) throws -> [Replay.NodeStatus] {
    let calls = try recording.calls(of: position.pass)
    let ran = Set(calls[...position.order].filter { $0.end != nil }.map(\.node))
    let running = Set(calls[...position.order].filter { $0.end == nil }.map(\.node))
    let everRan = Set(calls.map(\.node))
    var reached: Set<Int> = [0]
    for node in graph.nodes where reached.contains(node.id) {
      for case let edge? in node.inputs { reached.insert(edge.node) }
    }
    var delivered: Set<Int> = [0]
    for one in try recording.measurements(of: position.pass) where one.role == .gradInput {
      delivered.insert(graph.nodes[calls[one.order].node].inputs[one.slot]!.node)
    }
    let outcome = try recording.pass(position.pass).outcome
    var done = ran
    var passedOver: Set<Int> = []
    while true {
      let complete = graph.nodes.filter { node in
        reached.contains(node.id)
          && graph.nodes.allSatisfy { from in
            !reached.contains(from.id) || done.contains(from.id)
              || !from.inputs.contains { $0?.node == node.id }
          }
      }
      let silent = complete.filter {
        !done.contains($0.id) && !everRan.contains($0.id)
          && (outcome == .completed || !delivered.contains($0.id))
      }
      if silent.isEmpty {
        let ready = Set(complete.map(\.id)).subtracting(done).subtracting(running)
        return graph.nodes.indices.map { node in
          if !reached.contains(node) { return .unreached }
          if ran.contains(node) { return .ran }
          if running.contains(node) { return .running }
          if passedOver.contains(node) { return .passedOver }
          return ready.contains(node) ? .ready : .waiting
        }
      }
      for node in silent {
        done.insert(node.id)
        passedOver.insert(node.id)
      }
    }
  }

  @Test("says what ran and what is ready as the rule does, at every call", arguments: 0..<12)
  func naive(seed: Int) throws {
    let temporary = try TemporaryRecording(Self.run(seed).events)
    var replay = try Replay(temporary.recording)
    repeat {
      let expected = try naiveStatuses(replay.graph, temporary.recording, replay.position)
      #expect(
        replay.graph.nodes.indices.map { replay.status(of: $0) } == expected,
        "at \(replay.position)")
      #expect(replay.ready.sorted() == expected.indices.filter { expected[$0] == .ready })
      for status in Replay.NodeStatus.allCases {
        #expect(replay.count(of: status) == expected.count { $0 == status })
      }
    } while try replay.step()
    #expect(replay.callIndex == replay.callCount - 1)
  }

  @Test(
    "is in the same state after steps forwards, backwards, by many and by jumps", arguments: 0..<8)
  func reversible(seed: Int) throws {
    let temporary = try TemporaryRecording(Self.run(seed).events)
    var replay = try Replay(temporary.recording)
    var forwards = [try Snapshot(replay)]
    while try replay.step() { forwards.append(try Snapshot(replay)) }
    #expect(forwards.count == replay.callCount)
    #expect(try !replay.step())
    for index in forwards.indices.reversed() {
      #expect(try Snapshot(replay) == forwards[index])
      #expect(try replay.stepBack() == (index > 0))
    }
    var numbers = SyntheticNumbers(seed)
    for _ in 0..<60 {
      let target = Int.random(in: forwards.indices, using: &numbers)
      if Bool.random(using: &numbers) {
        try replay.move(to: forwards[target].position)
      } else {
        let distance = target - replay.callIndex
        #expect(try replay.move(by: distance) == distance)
      }
      #expect(try Snapshot(replay) == forwards[target])
    }
    #expect(try replay.move(by: .max) >= 0)
    #expect(replay.callIndex == forwards.count - 1)
    #expect(try replay.move(by: .min) == 1 - forwards.count)
  }

  @Test("goes to and fro over calls that no engine would make", arguments: 0..<10)
  func wild(seed: Int) throws {
    var run = SyntheticRun(seed: seed)
    let graph = run.addGraph(operators: 10, leaves: 3)
    for step in 0..<3 { run.addWildPass(over: graph, calls: 5 + 10 * step, step: step) }
    let temporary = try TemporaryRecording(run.events)
    var replay = try Replay(temporary.recording)
    var forwards = [try Snapshot(replay)]
    while try replay.step() { forwards.append(try Snapshot(replay)) }
    for index in forwards.indices.reversed() {
      #expect(try Snapshot(replay) == forwards[index])
      try replay.stepBack()
    }
    for text in ["nan", "norm changes by > 2x", "not nan and leaf norm < 5", "Mul* or 12"] {
      let breakpoint = Replay.Breakpoint(try Condition(text), onlyNew: true)
      var count = 0
      while try replay.run(to: [breakpoint]) != nil { count += 1 }
      while try replay.reverseRun(to: [breakpoint]) != nil { count -= 1 }
      #expect((-1...1).contains(count))
      try replay.move(by: .min)
    }
  }

  @Test("refuses calls that are not there, and stays where it is")
  func missing() throws {
    let temporary = try TemporaryRecording(Self.run(2).events)
    var replay = try Replay(temporary.recording)
    try replay.step()
    let before = try Snapshot(replay)
    for (pass, order) in [(99, 0), (0, 9999), (0, -1), (-1, 0), (Int.max, Int.min)] {
      let error = #expect(throws: RecordingError.self) {
        try replay.move(to: Replay.Position(pass: pass, order: order))
      }
      #expect(error?.code == .noSuchRecord)
      #expect(try Snapshot(replay) == before)
    }
  }

  @Test("says that there is nothing to replay in a recording without calls")
  func empty() throws {
    let temporary = try TemporaryRecording(SyntheticRun(seed: 0).events)
    let error = #expect(throws: RecordingError.self) { try Replay(temporary.recording) }
    #expect(error?.code == .noSuchRecord)
  }

  @Test("compares a call with the same node's in another step")
  func deltas() throws {
    var run = SyntheticRun(seed: 7)
    let graph = run.addGraph(operators: 6, leaves: 2)
    for step in 0..<3 {
      for microBatch in 0..<2 {
        run.addPass(
          over: graph,
          .init(
            step: step, microBatch: microBatch,
            statistics: { node, role, slot in
              .holding(norm: Double(1 + node + 10 * step + 100 * microBatch), hash: UInt64(step))
            }))
      }
    }
    let temporary = try TemporaryRecording(run.events)
    var replay = try Replay(temporary.recording)
    try replay.move(to: .init(pass: 5, order: 3))
    let delta = try replay.delta(from: 0)
    #expect(delta.other == .init(pass: 1, order: 3))
    #expect(!delta.tensors.isEmpty)
    for pair in delta.tensors {
      #expect(pair.now!.statistics.norm - pair.before!.statistics.norm == 20)
      #expect(!pair.isSame)
    }
    #expect(try replay.delta(from: 2).tensors.allSatisfy(\.isSame))
    #expect(throws: RecordingError.self) { try replay.delta(from: 3) }
  }
}
