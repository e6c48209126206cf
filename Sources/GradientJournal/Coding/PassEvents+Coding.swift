// The bytes of what is told of the calls of a pass.

extension Call: JournalCoded {
  package var bound: Int { 5 * ByteSink.longestInteger }

  @inline(__always)
  package func write(to sink: inout ByteSink) {
    sink.number(pass)
    sink.number(order)
    sink.number(node)
    sink.number(start)
    sink.number(end &- start)
  }

  package init(from source: inout ByteSource) throws(EventDecodingError) {
    pass = try source.unsigned()
    order = try source.unsigned(UInt32.self)
    node = try source.unsigned(UInt32.self)
    start = try source.signed()
    end = start &+ (try source.signed())
  }
}

extension Statistics: JournalCoded {
  static let bound = 6 * ByteSink.longestInteger + 6 * 8
  package var bound: Int { Statistics.bound }

  private var hasFlawCounts: Bool {
    nanCount | positiveInfinityCount | negativeInfinityCount | zeroCount | subnormalCount != 0
  }

  @inline(__always)
  package func write(to sink: inout ByteSink) {
    sink.number(count)
    // Healthy tensors have none of these: a byte for all.
    sink.byte(hasFlawCounts ? 1 : 0)
    if hasFlawCounts {
      sink.number(nanCount)
      sink.number(positiveInfinityCount)
      sink.number(negativeInfinityCount)
      sink.number(zeroCount)
      sink.number(subnormalCount)
    }
    sink.double(minimum)
    sink.double(maximum)
    sink.double(mean)
    sink.double(standardDeviation)
    sink.double(norm)
    sink.word(hash)
  }

  package init(from source: inout ByteSource) throws(EventDecodingError) {
    count = try source.signed()
    (nanCount, positiveInfinityCount, negativeInfinityCount) = (0, 0, 0)
    (zeroCount, subnormalCount) = (0, 0)
    let hasFlaws = try source.flag()
    if hasFlaws {
      nanCount = try source.signed()
      positiveInfinityCount = try source.signed()
      negativeInfinityCount = try source.signed()
      zeroCount = try source.signed()
      subnormalCount = try source.signed()
    }
    minimum = try source.double()
    maximum = try source.double()
    mean = try source.double()
    standardDeviation = try source.double()
    norm = try source.double()
    hash = try source.word()
    guard hasFlaws == hasFlawCounts else { throw .badValue }
  }
}

extension Measurement: JournalCoded {
  package var bound: Int {
    2 + 4 * ByteSink.longestInteger + ByteSink.bound(dtype: dtype) + ByteSink.bound(shape)
      + Statistics.bound + 5 * (histogram?.count ?? 0)
  }

  @inline(__always)
  package func write(to sink: inout ByteSink) {
    sink.number(pass)
    sink.number(order)
    sink.byte(role.rawValue)
    sink.number(slot)
    sink.dtype(dtype)
    sink.numbers(shape)
    statistics.write(to: &sink)
    sink.byte(histogram == nil ? 0 : 1)
    guard let histogram else { return }
    sink.number(UInt64(histogram.count))
    for count in histogram { sink.number(count) }
  }

  package init(from source: inout ByteSource) throws(EventDecodingError) {
    pass = try source.unsigned()
    order = try source.unsigned(UInt32.self)
    role = try source.choice(Role.self)
    slot = try source.unsigned(UInt32.self)
    dtype = try source.dtype()
    shape = Shape(try source.numbers())
    statistics = try Statistics(from: &source)
    guard try source.flag() else { return }
    let count = try source.length(of: 1)
    var counts: [UInt32] = []
    counts.reserveCapacity(count)
    for _ in 0..<count { counts.append(try source.unsigned(UInt32.self)) }
    histogram = counts
  }
}

extension Contribution: JournalCoded {
  package var bound: Int { 1 + 5 * ByteSink.longestInteger + 2 * 8 }

  package func write(to sink: inout ByteSink) {
    sink.number(pass)
    sink.number(order)
    sink.number(output)
    sink.byte(from == nil ? 0 : 1)
    if let from {
      sink.number(from.order)
      sink.number(from.input)
    }
    sink.double(norm)
    sink.double(cosine)
  }

  package init(from source: inout ByteSource) throws(EventDecodingError) {
    pass = try source.unsigned()
    order = try source.unsigned(UInt32.self)
    output = try source.unsigned(UInt32.self)
    if try source.flag() {
      from = Source(
        order: try source.unsigned(UInt32.self), input: try source.unsigned(UInt32.self))
    }
    norm = try source.double()
    cosine = try source.double()
  }
}

extension Value: JournalCoded {
  package var bound: Int {
    1 + 4 * ByteSink.longestInteger + ByteSink.bound(dtype: dtype) + ByteSink.bound(shape)
      + ByteSink.bound(strides) + bytes.count
  }

  package func write(to sink: inout ByteSink) {
    sink.number(pass)
    sink.number(order)
    sink.byte(role.rawValue)
    sink.number(slot)
    sink.dtype(dtype)
    sink.numbers(shape)
    sink.numbers(strides)
    bytes.withUnsafeBytes { sink.bytes($0) }
  }

  package init(from source: inout ByteSource) throws(EventDecodingError) {
    pass = try source.unsigned()
    order = try source.unsigned(UInt32.self)
    role = try source.choice(Role.self)
    slot = try source.unsigned(UInt32.self)
    dtype = try source.dtype()
    shape = try source.numbers()
    strides = try source.numbers()
    bytes = try source.bytes()
  }
}

extension Witness: JournalCoded {
  package var bound: Int {
    4 * ByteSink.longestInteger + ByteSink.bound(index) + 8
      + operands.reduce(0) { $0 + $1.bound }
  }

  package func write(to sink: inout ByteSink) {
    sink.number(pass)
    sink.number(order)
    sink.number(input)
    sink.numbers(index)
    sink.double(value)
    sink.number(UInt64(operands.count))
    for operand in operands { operand.write(to: &sink) }
  }

  package init(from source: inout ByteSource) throws(EventDecodingError) {
    pass = try source.unsigned()
    order = try source.unsigned(UInt32.self)
    input = try source.unsigned(UInt32.self)
    index = try source.numbers()
    value = try source.double()
    operands = []
    // An operand takes at least its statistics' words; memory grows as they are read.
    for _ in 0..<(try source.length(of: 6 * 8)) { operands.append(try Operand(from: &source)) }
  }
}

extension Witness.Operand: JournalCoded {
  package var bound: Int {
    ByteSink.bound(name) + 1 + 8 + Statistics.bound + ByteSink.bound(shape)
  }

  package func write(to sink: inout ByteSink) {
    sink.text(name)
    sink.byte(value == nil ? 0 : 1)
    if let value { sink.double(value) }
    statistics.write(to: &sink)
    sink.numbers(shape)
  }

  package init(from source: inout ByteSource) throws(EventDecodingError) {
    name = try source.text()
    value = try source.flag() ? source.double() : nil
    statistics = try Statistics(from: &source)
    shape = try source.numbers()
  }
}
