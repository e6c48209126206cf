// A small recording for the command's tests, made of the events that a program would tell.

import GradientJournal
import GradientRecording
import GraphModel

/// What a program told that computed mean(log(w * x) + w) some times.
enum SmallRecording {
  /// Mean, Add, Log, Mul, and the two leaves, of which x is not reached.
  static let graph = ComputationGraph(
    producer: .agviz, roots: [0],
    nodes: [
      node(0, "MeanBackward0", [1], [], 4), node(1, "AddBackward0", [2, 4], [4], 3),
      node(2, "LogBackward0", [3], [4], 2), node(3, "MulBackward0", [4, 5], [4], 1),
      leaf(4, tensor: 1), leaf(5, tensor: 2),
    ],
    tensors: [
      .init(
        id: 0, role: .root, name: "loss", shape: [], dtype: "float32", requiresGrad: true,
        gradFn: .init(node: 0, output: 0), storage: 0),
      .init(
        id: 1, role: .leaf, name: "w", shape: [4], dtype: "float32", requiresGrad: true,
        storage: 1),
      .init(
        id: 2, role: .leaf, name: "x", shape: [4], dtype: "float32", requiresGrad: true,
        storage: 2),
    ])

  private static func node(
    _ id: Int, _ name: String, _ inputs: [Int], _ shape: [Int], _ sequence: Int
  ) -> ComputationGraph.Node {
    .init(
      id: id, name: name, kind: .backward, inputs: inputs.map { .init(node: $0, output: 0) },
      outputs: [.init(shape: shape, dtype: "float32")], scope: "net",
      source: .init(file: "main.swift", line: 10 + id), sequence: sequence)
  }

  private static func leaf(_ id: Int, tensor: Int) -> ComputationGraph.Node {
    .init(
      id: id, name: "AccumulateGrad", kind: .accumulateGrad, inputs: [],
      outputs: [.init(shape: [4], dtype: "float32")], leaf: tensor)
  }

  static func opened(policy: String = #"{"detail":"statistics"}"#) -> [Event] {
    [
      .opened(
        Session(
          producer: "agviz", version: "0.1.0", startedAt: 1_700_000_000_000_000_000,
          processID: 4711, command: ["./train", "--lr", "1 e"], policy: policy)),
      .graph(Graph(id: 0, fingerprint: 1, json: Array(graph.json.utf8))),
    ]
  }

  static let closed: [Event] = [.closed(Closing(time: 9_000_000_000, failure: nil))]

  /// One pass; where it is broken, the logarithm's derivative is infinite in one element.
  static func pass(
    _ number: Int, step: Int, microBatch: Int = 0, isBroken: Bool = false, values: Bool = false
  ) -> [Event] {
    let pass = UInt64(number)
    let start = Int64(number) * 10_000_000
    var events: [Event] = [
      .passBegan(
        PassBeginning(
          pass: pass, graph: 0, step: Int64(step), microBatch: Int32(microBatch), phase: "train",
          detail: values ? .values : .statistics, time: start, root: isBroken ? 3.5 : 1.25,
          retainsGraph: false, createsGraph: false))
    ]
    func measured(
      _ order: Int, _ role: Role, _ slot: Int, _ shape: [Int], norm: Double, infinities: Int64 = 0,
      zeros: Int64 = 0
    ) {
      let count = Int64(shape.reduce(1, *))
      events.append(
        .measured(
          Measurement(
            pass: pass, order: UInt32(order), role: role, slot: UInt32(slot), dtype: "float32",
            shape: Shape(shape),
            statistics: Statistics(
              count: count, nanCount: 0, positiveInfinityCount: infinities,
              negativeInfinityCount: 0, zeroCount: zeros, subnormalCount: 0, minimum: 0,
              maximum: norm, mean: norm / 2, standardDeviation: 0, norm: norm, hash: 7))))
    }
    func call(_ order: Int, node: Int, nanoseconds: Int64, _ body: () -> Void) {
      let begin = start + 1_000_000 * Int64(order)
      func called(_ end: Int64) -> Event {
        .called(
          Call(pass: pass, order: UInt32(order), node: UInt32(node), start: begin, end: end))
      }
      events.append(called(-1))
      body()
      events.append(called(begin + nanoseconds))
    }
    let infinities: Int64 = isBroken ? 1 : 0
    call(0, node: 0, nanoseconds: 2_000) {
      measured(0, .gradOutput, 0, [], norm: 1)
      measured(0, .gradInput, 0, [4], norm: 0.5)
    }
    call(1, node: 1, nanoseconds: 500) {
      measured(1, .gradOutput, 0, [4], norm: 0.5)
      measured(1, .gradInput, 0, [4], norm: 0.5)
      measured(1, .gradInput, 1, [4], norm: 0.5)
    }
    call(2, node: 2, nanoseconds: 40_000) {
      measured(2, .gradOutput, 0, [4], norm: 0.5)
      measured(2, .gradInput, 0, [4], norm: 250, infinities: infinities)
    }
    call(3, node: 3, nanoseconds: 3_000) {
      measured(3, .gradOutput, 0, [4], norm: 250, infinities: infinities)
      measured(3, .gradInput, 0, [4], norm: 12, infinities: infinities)
    }
    call(4, node: 4, nanoseconds: 900) {
      measured(4, .gradOutput, 0, [4], norm: 12, infinities: infinities)
      if values {
        events.append(
          .value(
            Value(
              pass: pass, order: 4, role: .gradOutput, slot: 0, dtype: "float32", shape: [2, 2],
              strides: [1, 2],
              bytes: [1, 3, 2, 4 as Float].flatMap { withUnsafeBytes(of: $0) { Array($0) } })))
      }
      events.append(
        .contributed(
          Contribution(
            pass: pass, order: 4, output: 0, from: .init(order: 1, input: 1), norm: 0.5,
            cosine: -0.75)))
      events.append(
        .contributed(
          Contribution(
            pass: pass, order: 4, output: 0, from: .init(order: 3, input: 0),
            norm: isBroken ? .nan : 12, cosine: isBroken ? .nan : 1)))
      measured(4, .gradAfter, 0, [4], norm: 12, infinities: infinities)
      measured(4, .parameter, 0, [4], norm: 2)
    }
    events.append(
      .passEnded(PassEnd(pass: pass, time: start + 5_000_000, failure: nil)))
    return events
  }

  /// Three steps, the second of two micro-batches; the last pass is broken.
  static func events(values: Bool = false) -> [Event] {
    opened() + pass(0, step: 0) + pass(1, step: 1) + pass(2, step: 1, microBatch: 1)
      + pass(3, step: 2, isBroken: true, values: values) + closed
  }

  /// Writes a recording.
  static func write(_ events: [Event], to path: String) throws {
    let writer = try RecordingWriter(path)
    try writer.write(events)
    try writer.close()
  }

  /// Writes a journal beside a recording that is not there.
  static func writeJournal(_ events: [Event], beside path: String) throws {
    let writer = try JournalWriter(beside: path)
    for event in events { writer.append(event) }
    writer.close()
  }
}
