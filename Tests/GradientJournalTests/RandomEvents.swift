// Events that nobody thought up.

@testable import GradientJournal

/// Makes events with parts from the corners of their ranges as often as from within.
struct EventMaker {
  var random: SplitMix
  /// The most elements of an array of bytes.
  var longest = 300

  init(seed: Int) { random = SplitMix(seed: seed) }

  mutating func event(_ kind: Event.Kind) -> Event {
    switch kind {
    case .opened:
      .opened(
        Session(
          producer: text(), version: text(), startedAt: number(), processID: number(),
          command: list { $0.text() }, policy: text()))
    case .graph: .graph(Graph(id: number(), fingerprint: number(), json: bytes()))
    case .passBegan:
      .passBegan(
        PassBeginning(
          pass: number(), graph: number(), step: number(), microBatch: number(), phase: text(),
          detail: choice(), time: number(), root: maybe { $0.double() }, retainsGraph: flag(),
          createsGraph: flag()))
    case .called:
      .called(
        Call(pass: number(), order: number(), node: number(), start: number(), end: number()))
    case .measured:
      .measured(
        Measurement(
          pass: number(), order: number(), role: choice(), slot: number(), dtype: dtype(),
          shape: Shape(numbers()), statistics: statistics(),
          histogram: maybe { $0.list { $0.number() } }))
    case .contributed:
      .contributed(
        Contribution(
          pass: number(), order: number(), output: number(),
          from: maybe { Contribution.Source(order: $0.number(), input: $0.number()) },
          norm: double(), cosine: double()))
    case .value:
      .value(
        Value(
          pass: number(), order: number(), role: choice(), slot: number(), dtype: dtype(),
          shape: numbers(), strides: numbers(), bytes: bytes()))
    case .fields:
      .fields(
        NodeFields(
          pass: number(), node: number(), fields: maybe { $0.text() },
          refusal: maybe { $0.text() }))
    case .witness:
      .witness(
        Witness(
          pass: number(), order: number(), input: number(), index: numbers(), value: double(),
          operands: list {
            Witness.Operand(
              name: $0.text(), value: $0.maybe { $0.double() }, statistics: $0.statistics(),
              shape: $0.numbers())
          }))
    case .passEnded:
      .passEnded(PassEnd(pass: number(), time: number(), failure: maybe { $0.text() }))
    case .forward:
      .forward(
        ForwardResult(
          sequence: number(), node: maybe { $0.number() }, pass: maybe { $0.number() },
          name: text(), scope: maybe { $0.text() }, output: number(), dtype: dtype(),
          shape: numbers(), statistics: statistics(), time: number()))
    case .cut:
      .cut(
        Cut(
          kind: choice(), operation: text(), node: maybe { $0.text() }, leaf: maybe { $0.text() },
          scope: maybe { $0.text() }, file: maybe { $0.text() }, line: maybe { $0.number() },
          passes: number()))
    case .parameter:
      .parameter(
        Parameter(name: text(), shape: numbers(), dtype: dtype(), requiresGrad: flag()))
    case .dropped:
      .dropped(
        Dropped(reason: choice(), firstPass: number(), lastPass: number(), calls: number()))
    case .closed: .closed(Closing(time: number(), failure: maybe { $0.text() }))
    }
  }

  mutating func event() -> Event { event(Event.Kind.allCases.randomElement(using: &random)!) }

  mutating func flag() -> Bool { Bool.random(using: &random) }

  mutating func below(_ limit: Int) -> Int { Int.random(in: 0..<limit, using: &random) }

  mutating func maybe<Part>(_ part: (inout EventMaker) -> Part) -> Part? {
    flag() ? part(&self) : nil
  }

  mutating func list<Part>(_ part: (inout EventMaker) -> Part) -> [Part] {
    (0..<below(6)).map { _ in part(&self) }
  }

  mutating func choice<Choice: CaseIterable>() -> Choice {
    Choice.allCases.randomElement(using: &random)!
  }

  mutating func number<Number: FixedWidthInteger>() -> Number {
    switch below(5) {
    case 0: .min
    case 1: .max
    case 2: Number(below(128))
    case 3: Number(truncatingIfNeeded: 1 << below(64))
    default: Number(truncatingIfNeeded: random.next())
    }
  }

  mutating func double() -> Double {
    switch below(8) {
    case 0: -0.0
    case 1: .infinity
    // Any payload, quiet or signaling.
    case 2: Double(bitPattern: 0x7ff0_0000_0000_0001 | random.next() >> 12 | random.next() << 63)
    case 3: .leastNonzeroMagnitude
    default: Double(bitPattern: random.next())
    }
  }

  mutating func numbers() -> [Int] { list { $0.number() } }

  mutating func bytes() -> [UInt8] {
    (0..<below(longest + 1)).map { _ in UInt8.random(in: 0...255, using: &random) }
  }

  mutating func dtype() -> String {
    ["float32", "float64", "int64", "int32", "bool", "bfloat16", "complex128", "", "qint8"]
      .randomElement(using: &random)!
  }

  mutating func text() -> String {
    let texts = [
      "", "AddmmBackward0", "layers.0.weight", "größer", "重み", "👩🏽‍🔬", "e\u{301}", "\u{0}\n\"\\",
      String(repeating: "long ", count: 1 + below(60)),
    ]
    return texts.randomElement(using: &random)!
  }

  mutating func statistics() -> Statistics {
    let isHealthy = flag()
    return Statistics(
      count: number(), nanCount: isHealthy ? 0 : number(),
      positiveInfinityCount: isHealthy ? 0 : number(),
      negativeInfinityCount: isHealthy ? 0 : number(), zeroCount: isHealthy ? 0 : number(),
      subnormalCount: isHealthy ? 0 : number(), minimum: double(), maximum: double(),
      mean: double(), standardDeviation: double(), norm: double(), hash: number())
  }
}
