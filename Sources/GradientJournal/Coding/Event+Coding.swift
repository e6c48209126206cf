// Events as bytes: a byte that tells the kind, then the kind's parts in a fixed order.

/// What is written into a journal as a part of an event or as a whole one.
protocol JournalCoded {
  /// No fewer bytes than it takes.
  var bound: Int { get }
  func write(to sink: inout ByteSink)
  init(from source: inout ByteSource) throws(EventDecodingError)
}

extension Event {
  /// The bytes that tell the kinds apart, which never change their meaning; new kinds get new ones.
  enum Kind: UInt8, CaseIterable {
    case opened = 1
    case graph, passBegan, called, measured, contributed, value, fields, witness, passEnded
    case forward, cut, parameter, dropped, closed
  }

  /// No fewer bytes than the event takes.
  var bound: Int {
    let part =
      switch self {
      case .opened(let part): part.bound
      case .graph(let part): part.bound
      case .passBegan(let part): part.bound
      case .called(let part): part.bound
      case .measured(let part): part.bound
      case .contributed(let part): part.bound
      case .value(let part): part.bound
      case .fields(let part): part.bound
      case .witness(let part): part.bound
      case .passEnded(let part): part.bound
      case .forward(let part): part.bound
      case .cut(let part): part.bound
      case .parameter(let part): part.bound
      case .dropped(let part): part.bound
      case .closed(let part): part.bound
      }
    return 1 + part
  }

  /// Writes the event to memory that has room for `bound` bytes; returns how many it took.
  func write(to memory: UnsafeMutableRawPointer) -> Int {
    var sink = ByteSink(memory)
    @inline(__always)
    func write(_ kind: Kind, _ part: some JournalCoded) {
      sink.byte(kind.rawValue)
      part.write(to: &sink)
    }
    switch self {
    case .opened(let part): write(.opened, part)
    case .graph(let part): write(.graph, part)
    case .passBegan(let part): write(.passBegan, part)
    case .called(let part): write(.called, part)
    case .measured(let part): write(.measured, part)
    case .contributed(let part): write(.contributed, part)
    case .value(let part): write(.value, part)
    case .fields(let part): write(.fields, part)
    case .witness(let part): write(.witness, part)
    case .passEnded(let part): write(.passEnded, part)
    case .forward(let part): write(.forward, part)
    case .cut(let part): write(.cut, part)
    case .parameter(let part): write(.parameter, part)
    case .dropped(let part): write(.dropped, part)
    case .closed(let part): write(.closed, part)
    }
    return sink.cursor - memory
  }

  /// The event's bytes; equal for events that are equal bit by bit.
  package func encoded() -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: bound) { memory, count in
      count = write(to: UnsafeMutableRawPointer(memory.baseAddress!))
    }
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
