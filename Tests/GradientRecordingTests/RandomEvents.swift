// Random programs, as what they would tell.

import GradientJournal
import GraphModel

/// A generator of its own, so that tests beside it do not change what it gives.
struct Numbers: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  mutating func below(_ limit: Int) -> Int { Int(next() % UInt64(limit)) }
  mutating func chance(_ one: Int) -> Bool { below(one) == 0 }
}

/// A chain of `depth` operators over a leaf, in its file format.
func chain(_ depth: Int) -> ComputationGraph {
  var nodes: [ComputationGraph.Node] = []
  for id in 0..<depth {
    nodes.append(
      ComputationGraph.Node(
        id: id, name: "MulBackward0", kind: .backward,
        inputs: [ComputationGraph.Edge(node: id + 1, output: 0), nil],
        outputs: [ComputationGraph.Output(shape: [2], dtype: "float32")],
        scope: id.isMultiple(of: 2) ? "layer.\(id)" : nil,
        source: ComputationGraph.SourceLocation(file: "Sources/train/main.swift", line: id + 1),
        sequence: depth - 1 - id))
  }
  nodes.append(
    ComputationGraph.Node(
      id: depth, name: "AccumulateGrad", kind: .accumulateGrad, inputs: [],
      outputs: [ComputationGraph.Output(shape: [2], dtype: "float32")], leaf: 1))
  return ComputationGraph(
    producer: ComputationGraph.Producer(name: "test", version: "1"), roots: [0], nodes: nodes,
    tensors: [
      ComputationGraph.Tensor(
        id: 0, role: .root, shape: [2], dtype: "float32", requiresGrad: true,
        gradFn: ComputationGraph.Edge(node: 0, output: 0), storage: 0),
      ComputationGraph.Tensor(
        id: 1, role: .leaf, name: "weight", shape: [2], dtype: "float32", requiresGrad: true,
        storage: 1),
    ])
}

/// What a random program tells: some steps over chains of random depth, passes woven into each
/// other, all kinds of events.
struct RandomProgram {
  private(set) var events: [Event] = []
  private var numbers: Numbers
  private var nextPass: UInt64 = 0
  private let depths: [Int]

  init(seed: UInt64, passes: Int = 6, closes: Bool = true) {
    numbers = Numbers(seed: seed)
    depths = [1 + numbers.below(6), 8 + numbers.below(20)]
    events.append(
      .opened(
        Session(
          producer: "test \u{0} ✓", version: "1.\(seed)", startedAt: 1_700_000_000_000_000_000,
          processID: 77, command: ["train", "--lr", "1e-3", "\"quoted\""], policy: "{}")))
    for name in ["weight", "bias", ""] {
      events.append(
        .parameter(
          Parameter(
            name: name, shape: shape(), dtype: "float32", requiresGrad: numbers.chance(2))))
    }
    for (id, depth) in depths.enumerated() {
      events.append(
        .graph(
          Graph(
            id: UInt32(id), fingerprint: UInt64.max - UInt64(id),
            json: Array(chain(depth).json.utf8))))
    }
    while nextPass < UInt64(passes) {
      if numbers.chance(4) {
        events.append(.cut(cut()))
        let first = nextPass
        nextPass += 2
        events.append(
          .dropped(
            Dropped(
              reason: .policy, firstPass: first, lastPass: first + 1,
              calls: UInt64(numbers.below(9)))))
      }
      // Two threads at once, or one.
      var threads = (0...numbers.below(2)).map { _ in pass() }
      while threads.contains(where: { !$0.isEmpty }) {
        let thread = numbers.below(threads.count)
        if !threads[thread].isEmpty { events.append(threads[thread].removeFirst()) }
      }
    }
    if closes { events.append(.closed(Closing(time: 99, failure: nil))) }
  }

  private mutating func shape() -> [Int] {
    (0..<numbers.below(4)).map { _ in numbers.below(5) }
  }

  private mutating func double() -> Double {
    switch numbers.below(8) {
    case 0: .nan
    case 1: .infinity
    case 2: -.infinity
    case 3: 0
    case 4: Double(bitPattern: numbers.next() & 0x7FEF_FFFF_FFFF_FFFF)
    default: Double(numbers.below(1000)) / 8
    }
  }

  private mutating func statistics() -> Statistics {
    Statistics(
      count: Int64(numbers.below(100)), nanCount: numbers.chance(8) ? Int64(numbers.below(5)) : 0,
      positiveInfinityCount: numbers.chance(8) ? 1 : 0,
      negativeInfinityCount: numbers.chance(8) ? 2 : 0, zeroCount: Int64(numbers.below(3)),
      subnormalCount: 0, minimum: double(), maximum: double(), mean: double(),
      standardDeviation: double(), norm: double(), hash: numbers.next())
  }

  private mutating func histogram() -> [UInt32]? {
    guard numbers.chance(3) else { return nil }
    var counts = [UInt32](repeating: 0, count: 279)
    for _ in 0..<numbers.below(5) {
      counts[numbers.below(279)] = UInt32(truncatingIfNeeded: numbers.next())
    }
    return counts
  }

  private mutating func cut() -> Cut {
    Cut(
      kind: Cut.Kind.allCases[numbers.below(3)], operation: "detach", node: nil, leaf: "weight",
      scope: nil, file: "main.swift", line: 7, passes: nextPass)
  }

  private mutating func measurement(
    _ pass: UInt64, _ order: UInt32, _ role: Role, _ slot: UInt32
  ) -> Event {
    .measured(
      Measurement(
        pass: pass, order: order, role: role, slot: slot,
        dtype: numbers.chance(2) ? "float32" : "float64", shape: Shape(shape()),
        statistics: statistics(),
        histogram: histogram()))
  }

  private mutating func pass() -> [Event] {
    let pass = nextPass
    nextPass += 1
    let graph = numbers.below(2)
    var events: [Event] = [
      .passBegan(
        PassBeginning(
          pass: pass, graph: UInt32(graph), step: Int64(pass / 2), microBatch: Int32(pass % 2),
          phase: numbers.chance(3) ? "warm-up" : "train",
          detail: Detail.allCases[numbers.below(5)], time: Int64(pass) * 100,
          root: numbers.chance(3) ? nil : double(), retainsGraph: numbers.chance(2),
          createsGraph: numbers.chance(2)))
    ]
    for tensor in 0..<numbers.below(3) {
      events.append(measurement(pass, 0, .saved, UInt32(tensor)))
    }
    if numbers.chance(2) {
      events.append(
        .fields(
          NodeFields(
            pass: pass, node: 0, fields: numbers.chance(2) ? nil : "{\"dim\": -1}",
            refusal: numbers.chance(2) ? nil : "a closure")))
    }
    for order in 0...UInt32(depths[graph]) {
      events.append(
        .called(
          Call(
            pass: pass, order: order, node: order, start: Int64(order) * 10,
            end: Int64(order) * 10 + Int64(numbers.below(100)))))
      events.append(measurement(pass, order, .gradOutput, 0))
      for _ in 0..<numbers.below(3) {
        events.append(
          .contributed(
            Contribution(
              pass: pass, order: order, output: 0,
              from: order == 0 ? nil : Contribution.Source(order: order - 1, input: 1),
              norm: double(), cosine: double())))
      }
      for role in [Role.gradInput, .gradBefore, .gradAfter, .parameter] where numbers.chance(2) {
        events.append(measurement(pass, order, role, UInt32(numbers.below(3))))
      }
      if numbers.chance(4) {
        events.append(
          .value(
            Value(
              pass: pass, order: order, role: .gradInput, slot: 1, dtype: "float32", shape: [3],
              strides: [1],
              bytes: (0..<12).map { _ in numbers.chance(2) ? 0 : UInt8(numbers.below(2)) })))
      }
      if numbers.chance(5) {
        events.append(
          .witness(
            Witness(
              pass: pass, order: order, input: 0, index: shape(), value: double(),
              operands: (0..<numbers.below(3)).map { place in
                Witness.Operand(
                  name: "operand\(place)", value: numbers.chance(3) ? nil : double(),
                  statistics: statistics(), shape: shape())
              })))
      }
    }
    events.append(
      .forward(
        ForwardResult(
          sequence: pass, node: 0, pass: pass, name: "MulBackward0", scope: "layer", output: 0,
          dtype: "float32", shape: shape(), statistics: statistics(), time: Int64(pass))))
    if !numbers.chance(6) {
      events.append(
        .passEnded(
          PassEnd(
            pass: pass, time: Int64(pass) * 100 + 50,
            failure: numbers.chance(4) ? "a hook threw" : nil)))
    }
    return events
  }
}
