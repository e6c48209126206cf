// Events as bytes: a byte that tells the kind, then the kind's parts in a fixed order.

/// What is written into a journal as a part of an event or as a whole one.
package protocol JournalCoded {
  /// No fewer bytes than it takes.
  var bound: Int { get }
  func write(to sink: inout ByteSink)
  init(from source: inout ByteSource) throws(EventDecodingError)
}

/// What one event tells.
package protocol EventContent: JournalCoded, Sendable {
  static var kind: Event.Kind { get }
  /// The event that tells it.
  var event: Event { get }
}

/// Memory that an event is written to.
protocol EventTarget {
  /// Memory for `bound` bytes; nil where there is none.
  mutating func memory(for bound: Int) -> UnsafeMutableRawPointer?
  /// Takes the first `count` bytes of it for the event.
  mutating func commit(_ count: Int)
}

extension EventTarget {
  /// Writes an event to the memory.
  @inline(__always)
  mutating func write<Content: EventContent>(_ content: Content) {
    guard let memory = memory(for: 1 + content.bound) else { return }
    var sink = ByteSink(memory)
    sink.byte(Content.kind.rawValue)
    content.write(to: &sink)
    commit(sink.cursor - memory)
  }
}

/// An event alone in memory.
private struct BytesOfEvent: EventTarget {
  var bytes: [UInt8] = []
  private var room = UnsafeMutableRawBufferPointer(start: nil, count: 0)

  mutating func memory(for bound: Int) -> UnsafeMutableRawPointer? {
    room = .allocate(byteCount: bound, alignment: 1)
    return room.baseAddress
  }

  mutating func commit(_ count: Int) {
    bytes = Array(room.prefix(count))
    room.deallocate()
  }
}

extension Event {
  /// The bytes that tell the kinds apart, which never change their meaning; new kinds get new ones.
  package enum Kind: UInt8, CaseIterable {
    case opened = 1
    case graph, passBegan, called, measured, contributed, value, fields, witness, passEnded
    case forward, cut, parameter, dropped, closed
  }

  /// What the event tells.
  package var content: any EventContent {
    switch self {
    case .opened(let content): content
    case .graph(let content): content
    case .passBegan(let content): content
    case .called(let content): content
    case .measured(let content): content
    case .contributed(let content): content
    case .value(let content): content
    case .fields(let content): content
    case .witness(let content): content
    case .passEnded(let content): content
    case .forward(let content): content
    case .cut(let content): content
    case .parameter(let content): content
    case .dropped(let content): content
    case .closed(let content): content
    }
  }

  /// The event's bytes; equal for events that are equal bit by bit.
  package func encoded() -> [UInt8] {
    var target = BytesOfEvent()
    target.write(content)
    return target.bytes
  }

  /// The event of `bytes`, whatever they are.
  package init(decoding bytes: [UInt8]) throws(EventDecodingError) {
    let result = bytes.withUnsafeBytes { bytes in
      Result { () throws(EventDecodingError) in try Event(decoding: bytes) }
    }
    self = try result.get()
  }

  /// The event of `bytes`, wherever they lie.
  init(decoding bytes: UnsafeRawBufferPointer) throws(EventDecodingError) {
    var source = ByteSource(bytes)
    let byte = try source.byte()
    guard let kind = Kind(rawValue: byte) else { throw .unknownKind(byte) }
    self =
      switch kind {
      case .opened: .opened(try Session(from: &source))
      case .graph: .graph(try Graph(from: &source))
      case .passBegan: .passBegan(try PassBeginning(from: &source))
      case .called: .called(try Call(from: &source))
      case .measured: .measured(try Measurement(from: &source))
      case .contributed: .contributed(try Contribution(from: &source))
      case .value: .value(try Value(from: &source))
      case .fields: .fields(try NodeFields(from: &source))
      case .witness: .witness(try Witness(from: &source))
      case .passEnded: .passEnded(try PassEnd(from: &source))
      case .forward: .forward(try ForwardResult(from: &source))
      case .cut: .cut(try Cut(from: &source))
      case .parameter: .parameter(try Parameter(from: &source))
      case .dropped: .dropped(try Dropped(from: &source))
      case .closed: .closed(try Closing(from: &source))
      }
    guard source.count == 0 else { throw .tooLong }
  }
}

extension Session: EventContent {
  package static var kind: Event.Kind { .opened }
  package var event: Event { .opened(self) }
}

extension Graph: EventContent {
  package static var kind: Event.Kind { .graph }
  package var event: Event { .graph(self) }
}

extension PassBeginning: EventContent {
  package static var kind: Event.Kind { .passBegan }
  package var event: Event { .passBegan(self) }
}

extension Call: EventContent {
  package static var kind: Event.Kind { .called }
  package var event: Event { .called(self) }
}

extension Measurement: EventContent {
  package static var kind: Event.Kind { .measured }
  package var event: Event { .measured(self) }
}

extension Contribution: EventContent {
  package static var kind: Event.Kind { .contributed }
  package var event: Event { .contributed(self) }
}

extension Value: EventContent {
  package static var kind: Event.Kind { .value }
  package var event: Event { .value(self) }
}

extension NodeFields: EventContent {
  package static var kind: Event.Kind { .fields }
  package var event: Event { .fields(self) }
}

extension Witness: EventContent {
  package static var kind: Event.Kind { .witness }
  package var event: Event { .witness(self) }
}

extension PassEnd: EventContent {
  package static var kind: Event.Kind { .passEnded }
  package var event: Event { .passEnded(self) }
}

extension ForwardResult: EventContent {
  package static var kind: Event.Kind { .forward }
  package var event: Event { .forward(self) }
}

extension Cut: EventContent {
  package static var kind: Event.Kind { .cut }
  package var event: Event { .cut(self) }
}

extension Parameter: EventContent {
  package static var kind: Event.Kind { .parameter }
  package var event: Event { .parameter(self) }
}

extension Dropped: EventContent {
  package static var kind: Event.Kind { .dropped }
  package var event: Event { .dropped(self) }
}

extension Closing: EventContent {
  package static var kind: Event.Kind { .closed }
  package var event: Event { .closed(self) }
}
