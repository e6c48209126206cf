// Events as bytes: a byte that tells the kind, then the kind's parts in a fixed order.

/// What is written into a journal as a part of an event or as a whole one.
protocol JournalCoded {
  /// No fewer bytes than it takes.
  var bound: Int { get }
  func write(to sink: inout ByteSink)
  init(from source: inout ByteSource) throws(EventDecodingError)
}

/// Memory that an event is written to.
protocol EventTarget {
  /// Memory for `bound` bytes; nil where there is none.
  mutating func memory(for bound: Int) -> UnsafeMutableRawPointer?
  /// Takes the first `count` bytes of it for the event.
  mutating func commit(_ count: Int)
}

extension EventTarget {
  @inline(__always)
  fileprivate mutating func write(_ kind: Event.Kind, _ part: some JournalCoded) {
    guard let memory = memory(for: 1 + part.bound) else { return }
    var sink = ByteSink(memory)
    sink.byte(kind.rawValue)
    part.write(to: &sink)
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
  enum Kind: UInt8, CaseIterable {
    case opened = 1
    case graph, passBegan, called, measured, contributed, value, fields, witness, passEnded
    case forward, cut, parameter, dropped, closed
  }

  /// Writes the event to memory that `target` has.
  @inline(__always)
  func write(to target: inout some EventTarget) {
    switch self {
    case .opened(let part): target.write(.opened, part)
    case .graph(let part): target.write(.graph, part)
    case .passBegan(let part): target.write(.passBegan, part)
    case .called(let part): target.write(.called, part)
    case .measured(let part): target.write(.measured, part)
    case .contributed(let part): target.write(.contributed, part)
    case .value(let part): target.write(.value, part)
    case .fields(let part): target.write(.fields, part)
    case .witness(let part): target.write(.witness, part)
    case .passEnded(let part): target.write(.passEnded, part)
    case .forward(let part): target.write(.forward, part)
    case .cut(let part): target.write(.cut, part)
    case .parameter(let part): target.write(.parameter, part)
    case .dropped(let part): target.write(.dropped, part)
    case .closed(let part): target.write(.closed, part)
    }
  }

  /// The event's bytes; equal for events that are equal bit by bit.
  package func encoded() -> [UInt8] {
    var target = BytesOfEvent()
    write(to: &target)
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
