// Journals whose bytes are not those that were written.

import Foundation
import Testing

@testable import GradientJournal

@Suite("Damaged journals")
struct DamageTests {
  /// A journal of small segments in memory, with what was written.
  struct Sample {
    var segments: [[UInt8]] = []
    var events: [[UInt8]] = []

    init(seed: Int, count: Int) throws {
      let recording = try TemporaryRecording()
      var maker = EventMaker(seed: seed)
      maker.longest = 100
      let writer = try JournalWriter(beside: recording.path, segmentSize: 4096)
      for _ in 0..<count {
        let event = maker.event()
        writer.append(event)
        events.append(event.encoded())
      }
      writer.close()
      segments = try recording.segments.map {
        [UInt8](try Data(contentsOf: recording.folder.appending(path: $0)))
      }
    }
  }

  @Test("a journal cut short anywhere gives the events before the cut")
  func truncation() throws {
    let sample = try Sample(seed: 1, count: 15)
    let bytes = sample.segments[0]
    let recording = try TemporaryRecording(inMemory: true)
    var counts: Set<Int> = []
    for count in 0...bytes.count {
      try recording.put(bytes[..<count], asSegment: 1)
      let (events, errors, _) = recording.readAll()
      #expect(events.map { $0.encoded() } == Array(sample.events[..<events.count]))
      #expect(errors.allSatisfy { $0.code == .damaged || $0.code == .missing })
      #expect(errors.count <= 1)
      counts.insert(events.count)
    }
    #expect(counts.count > 10)
  }

  @Test("a journal changed anyhow gives events that were written, in their order, or an error")
  func mutation() throws {
    let sample = try Sample(seed: 2, count: 80)
    #expect(sample.segments.count > 2)
    let recording = try TemporaryRecording(inMemory: true)
    var maker = EventMaker(seed: 3)
    var failures = 0
    for _ in 0..<3000 {
      var segments = sample.segments
      for _ in 0...maker.below(3) {
        let segment = maker.below(segments.count)
        mutate(&segments[segment], &maker)
        if maker.below(40) == 0 { segments.swapAt(segment, maker.below(segments.count)) }
      }
      for (i, segment) in segments.enumerated() {
        try recording.put(segment, asSegment: i + 1)
      }
      let (events, errors, reader) = recording.readAll()
      #expect(events.map { $0.encoded() } == Array(sample.events[..<events.count]))
      #expect(reader.unknownEventCount == 0)
      failures += errors.isEmpty ? 0 : 1
    }
    #expect(failures > 1500)
  }

  private func mutate(_ bytes: inout [UInt8], _ maker: inout EventMaker) {
    guard !bytes.isEmpty else { return }
    let place = maker.below(bytes.count)
    let length = min(1 + maker.below(64), bytes.count - place)
    switch maker.below(7) {
    case 0: bytes[place] ^= 1 << UInt8(maker.below(8))
    case 1: bytes[place] = maker.number()
    case 2: for i in place..<place + length { bytes[i] = maker.number() }
    case 3: for i in place..<place + length { bytes[i] = 0 }
    case 4: bytes.removeSubrange(place..<place + length)
    case 5: bytes.insert(contentsOf: bytes[place..<place + length], at: place)
    default:
      // A piece of the file in another place, where records begin.
      let source = maker.below(bytes.count) & ~7
      let target = place & ~7
      let count = min(length, bytes.count - source, bytes.count - target)
      bytes.replaceSubrange(target..<target + count, with: bytes[source..<source + count])
    }
  }

  @Test("damage is told with its place, and the next session is read")
  func nextSession() throws {
    let recording = try TemporaryRecording()
    for session in 0..<2 {
      let writer = try JournalWriter(beside: recording.path, segmentSize: 4096)
      for i in 0..<500 { writer.append(numbered(session * 1000 + i)) }
    }
    let path = recording.segment(2)
    var bytes = [UInt8](try Data(contentsOf: path))
    bytes[64 + 3 * 24 + 9] ^= 4
    try recording.put(bytes, asSegment: 2)
    let (events, errors, reader) = recording.readAll()
    let read = numbers(events)
    let first = read.firstIndex(of: 1000) ?? 0
    #expect(Array(read[..<first]) == Array(0..<first))
    #expect(first > 100 && first < 500)
    #expect(Array(read[first...]) == Array(1000..<1500))
    #expect(errors.count == 1)
    #expect(errors.first?.code == .damaged)
    #expect(errors.first?.file == path.path)
    #expect((errors.first?.offset ?? 0) % 8 == 0)
    #expect((64..<400).contains(errors.first?.offset ?? 0))
    #expect(errors.first?.description.hasPrefix("\(path.path):") == true)
    // All of it can go.
    try reader.removeSegments(before: try #require(reader.position))
    #expect(recording.segments.isEmpty)
  }

  @Test("a reader that left a damaged session resumes behind it")
  func resumingBehindDamage() throws {
    let recording = try TemporaryRecording()
    let writer = try JournalWriter(beside: recording.path, segmentSize: 4096)
    for i in 0..<500 { writer.append(numbered(i)) }
    writer.close()
    var bytes = [UInt8](try Data(contentsOf: recording.segment(1)))
    bytes[100] ^= 1
    try recording.put(bytes, asSegment: 1)
    let (events, errors, reader) = recording.readAll()
    #expect(events.count < 3)
    #expect(errors.count == 1)
    let position = try #require(reader.position)
    #expect(position.offset == JournalPosition.restLeft)
    let rest = recording.readAll(after: position)
    #expect(rest.events.isEmpty && rest.errors.isEmpty)
    _ = try JournalWriter(beside: recording.path).append(numbered(7))
    #expect(numbers(recording.readAll(after: position).events) == [7])
    #expect(try reader.next()?.event == numbered(7))
    try reader.removeSegments(before: position)
    #expect(recording.segments.count == 1)
    #expect(numbers(recording.readAll(after: position).events) == [7])
  }

  @Test("a missing segment is told")
  func missingSegment() throws {
    let recording = try TemporaryRecording()
    let writer = try JournalWriter(beside: recording.path, segmentSize: 4096)
    for i in 0..<1000 { writer.append(numbered(i)) }
    writer.close()
    try FileManager.default.removeItem(at: recording.segment(3))
    let (events, errors, _) = recording.readAll()
    #expect(numbers(events) == Array(0..<events.count))
    #expect(errors.map(\.code) == [.missing])
    try FileManager.default.removeItem(at: recording.segment(1))
    #expect(recording.readAll().errors.first?.code == .missing)
  }

  @Test("a journal of a later version is refused, and left as it is")
  func laterVersion() throws {
    let recording = try TemporaryRecording()
    let writer = try JournalWriter(beside: recording.path, segmentSize: 4096)
    writer.append(numbered(1))
    writer.close()
    var bytes = [UInt8](try Data(contentsOf: recording.segment(1)))
    bytes[8] = 9
    bytes.withUnsafeMutableBytes { SegmentHeader.seal($0.baseAddress!) }
    try recording.put(bytes, asSegment: 1)
    let reader = JournalReader(beside: recording.path)
    for _ in 0..<2 {
      let error = #expect(throws: JournalError.self) { _ = try reader.next() }
      #expect(error?.code == .newerVersion)
      #expect(error?.message.contains("version 9") == true)
    }
    #expect(reader.position == nil)
  }

  @Test("what is no file of a journal is told", arguments: ["folder", "text", "pipe"])
  func noSegment(kind: String) throws {
    let recording = try TemporaryRecording()
    let path = recording.segment(1)
    switch kind {
    case "folder":
      try FileManager.default.createDirectory(at: path, withIntermediateDirectories: false)
    case "text": try Data(String(repeating: "hello ", count: 100).utf8).write(to: path)
    default: #expect(mkfifo(path.path, 0o600) == 0)
    }
    let (events, errors, _) = recording.readAll()
    #expect(events.isEmpty)
    #expect(errors.map(\.code) == [.damaged])
  }
}
