// What is written into a journal is what is read.

import Foundation
import Testing

@testable import GradientJournal

@Suite("Journal")
struct JournalTests {
  @Test("events of all kinds come back over many segments", arguments: [1, 1 << 14, 4 << 20])
  func roundTrip(segmentSize: Int) throws {
    let recording = try TemporaryRecording()
    var maker = EventMaker(seed: segmentSize)
    // Now and then larger than a segment.
    let events = (0..<2000).map { i in
      maker.longest = i % 100 == 0 ? 50_000 : 100
      return maker.event()
    }
    let writer = try JournalWriter(beside: recording.path, segmentSize: segmentSize)
    for event in events { writer.append(event) }
    let count = writer.segmentCount
    #expect(segmentSize == 4 << 20 ? count == 1 : count > 10)
    writer.close()
    #expect(writer.failure == nil)
    #expect(recording.segments.count == count)
    let sizes = try recording.segments.map {
      try Data(contentsOf: recording.folder.appending(path: $0)).count
    }
    #expect(sizes.reduce(0, +) == writer.bytesWritten)
    let (read, errors, reader) = recording.readAll()
    #expect(errors.isEmpty)
    #expect(read.map { $0.encoded() } == events.map { $0.encoded() })
    #expect(reader.unknownEventCount == 0)
  }

  @Test("what several threads append is all there, in each thread's order")
  func threads() async throws {
    let recording = try TemporaryRecording()
    let writer = try JournalWriter(beside: recording.path, segmentSize: 1 << 14)
    await withTaskGroup(of: Void.self) { group in
      for thread in 0..<4 {
        group.addTask { for i in 0..<2000 { writer.append(numbered(thread * 10_000 + i)) } }
      }
    }
    writer.close()
    let read = numbers(recording.readAll().events)
    for thread in 0..<4 {
      #expect(
        read.filter { $0 / 10_000 == thread } == (0..<2000).map { thread * 10_000 + $0 })
    }
  }

  @Test("a reader follows a writer, from its first event to its end")
  func following() async throws {
    let recording = try TemporaryRecording()
    let path = recording.path
    let early = JournalReader(beside: path)
    #expect(try early.next() == nil)
    let count = 20_000
    async let written: Void = Task.detached {
      let writer = try JournalWriter(beside: path, segmentSize: 1 << 14)
      for i in 0..<count { writer.append(numbered(i)) }
      writer.close()
    }.value
    var read: [Event] = []
    let deadline = ContinuousClock.now + .seconds(600)
    while read.count < count, ContinuousClock.now < deadline {
      if let next = try early.next() {
        read.append(next.event)
      } else {
        // Leaves the threads to others, the writer among them.
        try await Task.sleep(for: .milliseconds(1))
      }
    }
    try await written
    #expect(numbers(read) == Array(0..<count))
    #expect(try early.next() == nil)
  }

  @Test("a reader waits at a segment that its writer has not begun to fill")
  func unfilled() throws {
    let recording = try TemporaryRecording()
    let writer = try JournalWriter(beside: recording.path)
    writer.append(numbered(1))
    let reader = JournalReader(beside: recording.path)
    #expect(try reader.next()?.event == numbered(1))
    for size in [0, 10, 4096] {
      try Data(count: size).write(to: recording.segment(2))
      #expect(try reader.next() == nil)
    }
    try FileManager.default.removeItem(at: recording.segment(2))
    writer.append(numbered(2))
    #expect(try reader.next()?.event == numbered(2))
  }

  @Test("reading goes on from any position, in another reader")
  func resuming() throws {
    let recording = try TemporaryRecording()
    for session in 0..<3 {
      let writer = try JournalWriter(beside: recording.path, segmentSize: 4096)
      for i in 0..<400 { writer.append(numbered(session * 400 + i)) }
    }
    let reader = JournalReader(beside: recording.path)
    var positions: [JournalPosition] = []
    while let next = try reader.next() { positions.append(next.position) }
    #expect(positions.count == 1200)
    for i in stride(from: 0, to: 1200, by: 97) {
      let rest = recording.readAll(after: positions[i])
      #expect(rest.errors.isEmpty)
      #expect(numbers(rest.events) == Array(i + 1..<1200))
    }
  }

  @Test("segments go once they are read, and reading goes on without them")
  func removing() throws {
    let recording = try TemporaryRecording()
    var writer: JournalWriter? = try JournalWriter(beside: recording.path, segmentSize: 4096)
    for i in 0..<1000 { writer!.append(numbered(i)) }
    let all = recording.segments
    #expect(all.count > 4)
    let reader = JournalReader(beside: recording.path)
    var read: [Int] = []
    for _ in 0..<500 { read += numbers([try #require(try reader.next()).event]) }
    let middle = try #require(reader.position)
    try reader.removeSegments(before: middle)
    #expect(recording.segments == Array(all.dropFirst(Int(middle.segment) - 1)))
    while let next = try reader.next() { read += numbers([next.event]) }
    // The last segment is still being written.
    try reader.removeSegments(before: try #require(reader.position))
    #expect(recording.segments == [all.last])
    writer!.append(numbered(1000))
    writer = nil
    read += numbers([try #require(try reader.next()).event])
    #expect(read == Array(0...1000))
    #expect(reader.hasSegments)
    let end = try #require(reader.position)
    try reader.removeSegments(before: end)
    #expect(!reader.hasSegments)
    #expect(try FileManager.default.contentsOfDirectory(atPath: recording.folder.path) == [])

    // A new session begins with the first number again; the old position stands before it.
    writer = try JournalWriter(beside: recording.path, segmentSize: 4096)
    for i in 0..<1000 { writer!.append(numbered(i)) }
    writer = nil
    let count = recording.segments.count
    try reader.removeSegments(before: end)
    #expect(recording.segments.count == count)
    #expect(numbers(recording.readAll(after: end).events) == Array(0..<1000))
    #expect(try reader.next()?.event == numbered(0))
  }

  @Test("a position may be any numbers")
  func anyPosition() throws {
    let recording = try TemporaryRecording()
    let writer = try JournalWriter(beside: recording.path)
    for i in 0..<10 { writer.append(numbered(i)) }
    for session in [0, writer.session] {
      for segment: UInt32 in [0, 1, 2, .max - 1, .max] {
        for offset: Int64 in [.min, -8, 0, 8, 64, 65, 72, 1 << 40, .max - 7, .max] {
          let position = JournalPosition(session: session, segment: segment, offset: offset)
          let read = numbers(recording.readAll(after: position).events)
          #expect(read.isEmpty || read == Array(read[0]..<10))
          try JournalReader(beside: recording.path).removeSegments(before: position)
          #expect(recording.segments.count == 1)
        }
      }
    }
  }

  @Test("one writer at a time has a recording's journal")
  func oneWriter() throws {
    let recording = try TemporaryRecording()
    #expect(!JournalWriter.isBeingWritten(beside: recording.path))
    let writer = try JournalWriter(beside: recording.path)
    #expect(JournalWriter.isBeingWritten(beside: recording.path))
    let error = #expect(throws: JournalError.self) {
      _ = try JournalWriter(beside: recording.path)
    }
    #expect(error?.code == .inUse)
    #expect(recording.segments.count == 1)
    writer.close()
    #expect(!JournalWriter.isBeingWritten(beside: recording.path))
    writer.append(numbered(1))
    #expect(recording.readAll().events.isEmpty)
    _ = try JournalWriter(beside: recording.path)
  }

  @Test("events of unknown kinds are skipped and counted")
  func unknownKinds() throws {
    let recording = try TemporaryRecording()
    var segment = try MappedSegment(
      beside: recording.path, number: 1, session: 5, first: 1, size: 4096)
    for (i, bytes) in [[99, 1, 2, 3], numbered(1).encoded(), [255]].enumerated() {
      let memory = try #require(segment.room(for: bytes.count), "\(i)")
      memory.copyMemory(from: bytes, byteCount: bytes.count)
      segment.commit(bytes.count)
    }
    segment.close()
    let (events, errors, reader) = recording.readAll()
    #expect(numbers(events) == [1])
    #expect(errors.isEmpty)
    #expect(reader.unknownEventCount == 2)
  }
}
