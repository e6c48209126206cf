// The bytes of what is told of a session, its passes and its forward passes.

extension Session: JournalCoded {
  package var bound: Int {
    3 * ByteSink.longestInteger + ByteSink.bound(producer) + ByteSink.bound(version)
      + command.reduce(0) { $0 + ByteSink.bound($1) } + ByteSink.bound(policy)
  }

  package func write(to sink: inout ByteSink) {
    sink.text(producer)
    sink.text(version)
    sink.number(startedAt)
    sink.number(Int64(processID))
    sink.number(UInt64(command.count))
    for argument in command { sink.text(argument) }
    sink.text(policy)
  }

  package init(from source: inout ByteSource) throws(EventDecodingError) {
    producer = try source.text()
    version = try source.text()
    startedAt = try source.signed()
    processID = try source.signed(Int32.self)
    command = []
    for _ in 0..<(try source.length(of: 1)) { command.append(try source.text()) }
    policy = try source.text()
  }
}

extension Graph: JournalCoded {
  package var bound: Int { 2 * ByteSink.longestInteger + 8 + json.count }

  package func write(to sink: inout ByteSink) {
    sink.number(id)
    sink.word(fingerprint)
    json.withUnsafeBytes { sink.bytes($0) }
  }

  package init(from source: inout ByteSource) throws(EventDecodingError) {
    id = try source.unsigned(UInt32.self)
    fingerprint = try source.word()
    json = try source.bytes()
  }
}

extension PassBeginning: JournalCoded {
  package var bound: Int { 2 + 5 * ByteSink.longestInteger + ByteSink.bound(phase) + 8 }

  package func write(to sink: inout ByteSink) {
    sink.number(pass)
    sink.number(graph)
    sink.number(step)
    sink.number(Int64(microBatch))
    sink.text(phase)
    sink.byte(detail.rawValue)
    sink.number(time)
    sink.flags(root != nil, retainsGraph, createsGraph)
    if let root { sink.double(root) }
  }

  package init(from source: inout ByteSource) throws(EventDecodingError) {
    pass = try source.unsigned()
    graph = try source.unsigned(UInt32.self)
    step = try source.signed()
    microBatch = try source.signed(Int32.self)
    phase = try source.text()
    detail = try source.choice(Detail.self)
    time = try source.signed()
    let flags = try source.flags(3)
    root = flags[0] ? try source.double() : nil
    retainsGraph = flags[1]
    createsGraph = flags[2]
  }
}

extension NodeFields: JournalCoded {
  package var bound: Int {
    1 + 2 * ByteSink.longestInteger + ByteSink.bound(fields) + ByteSink.bound(refusal)
  }

  package func write(to sink: inout ByteSink) {
    sink.number(pass)
    sink.number(node)
    sink.flags(fields != nil, refusal != nil)
    if let fields { sink.text(fields) }
    if let refusal { sink.text(refusal) }
  }

  package init(from source: inout ByteSource) throws(EventDecodingError) {
    pass = try source.unsigned()
    node = try source.unsigned(UInt32.self)
    let flags = try source.flags(2)
    fields = flags[0] ? try source.text() : nil
    refusal = flags[1] ? try source.text() : nil
  }
}

extension PassEnd: JournalCoded {
  package var bound: Int { 1 + 2 * ByteSink.longestInteger + ByteSink.bound(failure) }

  package func write(to sink: inout ByteSink) {
    sink.number(pass)
    sink.number(time)
    sink.flags(failure != nil)
    if let failure { sink.text(failure) }
  }

  package init(from source: inout ByteSource) throws(EventDecodingError) {
    pass = try source.unsigned()
    time = try source.signed()
    failure = try source.flag() ? source.text() : nil
  }
}

extension ForwardResult: JournalCoded {
  package var bound: Int {
    1 + 5 * ByteSink.longestInteger + ByteSink.bound(name) + ByteSink.bound(scope)
      + ByteSink.bound(dtype: dtype) + ByteSink.bound(shape) + Statistics.bound
  }

  package func write(to sink: inout ByteSink) {
    sink.number(sequence)
    sink.byte((node == nil ? 0 : 1) | (pass == nil ? 0 : 2) | (scope == nil ? 0 : 4))
    if let node { sink.number(node) }
    if let pass { sink.number(pass) }
    sink.text(name)
    if let scope { sink.text(scope) }
    sink.number(output)
    sink.dtype(dtype)
    sink.numbers(shape)
    statistics.write(to: &sink)
    sink.number(time)
  }

  package init(from source: inout ByteSource) throws(EventDecodingError) {
    sequence = try source.unsigned()
    let flags = try source.flags(3)
    node = flags[0] ? try source.unsigned(UInt32.self) : nil
    pass = flags[1] ? try source.unsigned() : nil
    name = try source.text()
    scope = flags[2] ? try source.text() : nil
    output = try source.unsigned(UInt32.self)
    dtype = try source.dtype()
    shape = try source.numbers()
    statistics = try Statistics(from: &source)
    time = try source.signed()
  }
}

extension Cut: JournalCoded {
  package var bound: Int {
    2 + 2 * ByteSink.longestInteger + ByteSink.bound(operation) + ByteSink.bound(node)
      + ByteSink.bound(leaf) + ByteSink.bound(scope) + ByteSink.bound(file)
  }

  package func write(to sink: inout ByteSink) {
    sink.byte(kind.rawValue)
    sink.text(operation)
    sink.flags(node != nil, leaf != nil, scope != nil, file != nil, line != nil)
    if let node { sink.text(node) }
    if let leaf { sink.text(leaf) }
    if let scope { sink.text(scope) }
    if let file { sink.text(file) }
    if let line { sink.number(Int64(line)) }
    sink.number(passes)
  }

  package init(from source: inout ByteSource) throws(EventDecodingError) {
    kind = try source.choice(Kind.self)
    operation = try source.text()
    let flags = try source.flags(5)
    node = flags[0] ? try source.text() : nil
    leaf = flags[1] ? try source.text() : nil
    scope = flags[2] ? try source.text() : nil
    file = flags[3] ? try source.text() : nil
    line = flags[4] ? try source.signed(Int.self) : nil
    passes = try source.unsigned()
  }
}

extension Parameter: JournalCoded {
  package var bound: Int {
    1 + ByteSink.bound(name) + ByteSink.bound(shape) + ByteSink.bound(dtype: dtype)
  }

  package func write(to sink: inout ByteSink) {
    sink.text(name)
    sink.numbers(shape)
    sink.dtype(dtype)
    sink.flags(requiresGrad)
  }

  package init(from source: inout ByteSource) throws(EventDecodingError) {
    name = try source.text()
    shape = try source.numbers()
    dtype = try source.dtype()
    requiresGrad = try source.flag()
  }
}

extension Dropped: JournalCoded {
  package var bound: Int { 1 + 3 * ByteSink.longestInteger }

  package func write(to sink: inout ByteSink) {
    sink.byte(reason.rawValue)
    sink.number(firstPass)
    sink.number(lastPass)
    sink.number(calls)
  }

  package init(from source: inout ByteSource) throws(EventDecodingError) {
    reason = try source.choice(Reason.self)
    firstPass = try source.unsigned()
    lastPass = try source.unsigned()
    calls = try source.unsigned()
  }
}

extension Closing: JournalCoded {
  package var bound: Int { 1 + ByteSink.longestInteger + ByteSink.bound(failure) }

  package func write(to sink: inout ByteSink) {
    sink.number(time)
    sink.flags(failure != nil)
    if let failure { sink.text(failure) }
  }

  package init(from source: inout ByteSource) throws(EventDecodingError) {
    time = try source.signed()
    failure = try source.flag() ? source.text() : nil
  }
}
