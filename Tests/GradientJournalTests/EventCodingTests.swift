// Events to bytes and back.

import GraphModel
import Testing

@testable import GradientJournal

@Suite("Events as bytes")
struct EventCodingTests {
  @Test("an event of any kind comes back bit by bit", arguments: Event.Kind.allCases)
  func roundTrip(kind: Event.Kind) throws {
    var maker = EventMaker(seed: Int(kind.rawValue))
    for _ in 0..<500 {
      let event = maker.event(kind)
      let bytes = event.encoded()
      let decoded = try Event(decoding: bytes)
      #expect(bytes[0] == kind.rawValue)
      // As text, NaN is like NaN; as bytes, its payload counts.
      #expect("\(decoded)" == "\(event)")
      #expect(decoded.encoded() == bytes)
    }
  }

  @Test("a NaN keeps its sign and payload")
  func nan() throws {
    let pattern: UInt64 = 0xfff4_0000_dead_beef
    let event = Event.contributed(
      Contribution(
        pass: 0, order: 0, output: 0, from: nil, norm: Double(bitPattern: pattern), cosine: 0))
    guard case .contributed(let decoded) = try Event(decoding: event.encoded()) else {
      Issue.record("it is of another kind")
      return
    }
    #expect(decoded.norm.bitPattern == pattern)
  }

  @Test("huge arrays come back")
  func huge() throws {
    let event = Event.value(
      Value(
        pass: 1, order: 2, role: .saved, slot: 3, dtype: "float32",
        shape: Array(0..<100_000), strides: Array((0..<100_000).reversed()),
        bytes: (0..<5_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }))
    #expect(try Event(decoding: event.encoded()) == event)
  }

  @Test("calls and measurements take few bytes")
  func sizes() {
    let call = Event.called(
      Call(pass: 1000, order: 12, node: 14, start: 1 << 40, end: 1 << 40 + 99))
    #expect(call.encoded().count <= 16)
    let measurement = Event.measured(
      Measurement(
        pass: 1000, order: 12, role: .gradInput, slot: 0, dtype: "float32", shape: [64, 64],
        statistics: Statistics(
          count: 4096, nanCount: 0, positiveInfinityCount: 0, negativeInfinityCount: 0,
          zeroCount: 0, subnormalCount: 0, minimum: 1, maximum: 2, mean: 1.5,
          standardDeviation: 0.1, norm: 10, hash: 1)))
    #expect(measurement.encoded().count <= 72)
  }

  @Test("no beginning of an event is one", arguments: Event.Kind.allCases)
  func beginnings(kind: Event.Kind) {
    var maker = EventMaker(seed: 100 + Int(kind.rawValue))
    maker.longest = 40
    for _ in 0..<10 {
      let bytes = maker.event(kind).encoded()
      for count in bytes.indices {
        #expect(throws: EventDecodingError.self) { try Event(decoding: Array(bytes[..<count])) }
      }
      #expect(throws: EventDecodingError.tooLong) { try Event(decoding: bytes + [0]) }
    }
  }

  @Test("any bytes give an event of just these bytes, or an error")
  func anyBytes() {
    var maker = EventMaker(seed: 7)
    maker.longest = 40
    var events = 0
    for round in 0..<30_000 {
      var bytes = round % 3 == 0 ? maker.bytes() : maker.event().encoded()
      for _ in 0..<maker.below(4) where !bytes.isEmpty {
        bytes[maker.below(bytes.count)] = maker.number()
      }
      if round % 3 == 0, !bytes.isEmpty { bytes[0] = UInt8(1 + maker.below(15)) }
      guard let event = try? Event(decoding: bytes) else { continue }
      events += 1
      #expect(event.encoded() == bytes)
    }
    #expect(events > 1000)
  }

  @Test("a length that promises more than there is takes no memory")
  func promises() {
    // A graph of 2^63 bytes.
    let length: [UInt8] = [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01]
    let bytes: [UInt8] = [2, 0] + [UInt8](repeating: 0, count: 8) + length + [1, 2, 3]
    #expect(throws: EventDecodingError.tooShort) { try Event(decoding: bytes) }
  }

  @Test("an unknown kind is told by its number")
  func unknownKind() {
    #expect(throws: EventDecodingError.unknownKind(200)) { try Event(decoding: [200, 1, 2]) }
  }
}
