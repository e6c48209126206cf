// What happens when a recording may not grow, or cannot.

import Glibc
import GradientJournal
import GraphModel
import Testing

@testable import GradientRecording

@Suite struct LimitTests {
  /// Passes of a chain, each the same.
  private func passes(_ range: Range<UInt64>, depth: Int = 20) -> [Event] {
    range.flatMap { pass -> [Event] in
      let calls = (0...UInt32(depth)).flatMap { order -> [Event] in
        [
          .called(Call(pass: pass, order: order, node: order % 21, start: 0, end: 1)),
          .measured(
            Measurement(
              pass: pass, order: order, role: .gradOutput, slot: 0, dtype: "float32", shape: [2],
              statistics: Statistics(
                count: 2, nanCount: 0, positiveInfinityCount: 0, negativeInfinityCount: 0,
                zeroCount: 0, subnormalCount: 0, minimum: 0.1, maximum: 0.2, mean: 0.15,
                standardDeviation: 0.05, norm: 0.22, hash: pass))),
          .value(
            Value(
              pass: pass, order: order, role: .gradOutput, slot: 0, dtype: "float32", shape: [2],
              strides: [1], bytes: [UInt8(truncatingIfNeeded: pass), 0, 0, 0, 1, 2, 3, 4])),
        ]
      }
      return [
        .passBegan(
          PassBeginning(
            pass: pass, graph: 0, step: Int64(pass), microBatch: 0, phase: "train",
            detail: .values, time: 0, root: 1, retainsGraph: false, createsGraph: false))
      ] + calls + [.passEnded(PassEnd(pass: pass, time: 1, failure: nil))]
    }
  }

  private let beginning: [Event] = [
    .opened(
      Session(
        producer: "test", version: "1", startedAt: 0, processID: 1, command: [], policy: "{}")),
    .graph(Graph(id: 0, fingerprint: 0, json: Array(chain(20).json.utf8))),
  ]

  @Test("A recording of limited size keeps the newest passes, and says what went")
  func ring() throws {
    let folder = try TestFolder()
    let path = folder("run.agviz")
    let limit = 600_000
    let writer = try RecordingWriter(path, limit: limit)
    try writer.write(beginning)
    for pass in 0..<300 as Range<UInt64> { try writer.write(passes(pass..<pass + 1)) }
    try writer.close()
    #expect(try writer.byteCount() <= limit)
    let recording = try Recording(contentsOf: path)
    let first = recording.passes.first!.id
    #expect(first > 0)
    #expect(recording.passes.map(\.id) == Array(first..<300))
    #expect(recording.passes.count > 5)
    #expect(
      try recording.dropped() == [
        Recording.Dropped(reason: .size, firstPass: 0, lastPass: first - 1, calls: first * 21)
      ])
    for pass in recording.passes {
      #expect(try recording.measurements(of: pass.id).count == 21)
      for value in try recording.values(of: pass.id) {
        #expect(try recording.bytes(of: value)[0] == UInt8(truncatingIfNeeded: pass.id))
      }
    }
    // Bytes that no pass names any more are gone as well.
    #expect(try recording.info().valueBytes < 8 * (recording.passes.count + 1))
  }

  @Test("Of a pass that is too large for the limit the rest is left out, and counted")
  func largePass() throws {
    let folder = try TestFolder()
    let path = folder("run.agviz")
    let writer = try RecordingWriter(path, limit: 400_000)
    try writer.write(beginning)
    let events = passes(0..<1, depth: 4000)
    for start in stride(from: 0, to: events.count, by: 30) {
      try writer.write(Array(events[start..<min(start + 30, events.count)]))
    }
    try writer.close()
    #expect(try writer.byteCount() <= 450_000)
    let dropped = try Recording(contentsOf: path).dropped()
    let pass = try Recording(contentsOf: path).pass(0)
    #expect(pass.callCount > 0)
    #expect(pass.outcome == .completed)
    #expect(dropped.map(\.reason) == [.size])
    #expect(dropped[0].calls + pass.callCount == 4001)
    #expect(
      try Recording(contentsOf: path).calls(of: 0).map(\.order) == Array(0..<pass.callCount))
  }

  @Test("Where a part of a pass has no room, what is there of it has no gaps, and can be replayed")
  func noGaps() throws {
    let folder = try TestFolder()
    let path = folder("run.agviz")
    let writer = try RecordingWriter(path, limit: 400_000)
    try writer.write(beginning)
    let events = passes(0..<1, depth: 20).flatMap { event -> [Event] in
      // As a program tells it: before the call, and after it.
      guard case .called(var call) = event else { return [event] }
      call.end = -1
      return [.called(call), event]
    }
    try writer.write(Array(events[..<30]))
    let large = Value(
      pass: 0, order: 7, role: .gradInput, slot: 0, dtype: "float32", shape: [100_000],
      strides: [1], bytes: [UInt8](repeating: 1, count: 400_000))
    try writer.write([.value(large)] + events[30..<50])
    try writer.write(Array(events[50...]))
    try writer.close()
    let recording = try Recording(contentsOf: path)
    let calls = try recording.calls(of: 0)
    #expect(calls.count > 5 && calls.map(\.order) == Array(0..<calls.count))
    #expect(try recording.pass(0).callCount == calls.count)
    #expect(try recording.dropped().map(\.calls) == [21 - calls.count])
    #expect(
      Set(try recording.measurements(of: 0).map(\.order)).isSubset(of: Set(calls.map(\.order))))
    var replay = try Replay(recording)
    #expect(try replay.move(by: .max) == calls.count - 1)
  }

  @Test("A full disk stops the writer with a clear error, and what is there stays valid")
  func full() throws {
    let folder = try TestFolder()
    let path = folder("run.agviz")
    let writer = try RecordingWriter(path)
    try writer.write(beginning)
    try writer.connection.perform { try $0.execute("PRAGMA max_page_count = 120") }
    var written: UInt64 = 0
    var failure: RecordingError?
    while failure == nil, written < 500 {
      do {
        try writer.write(passes(written..<written + 1))
        written += 1
      } catch {
        failure = error
      }
    }
    #expect(failure?.code == .full)
    #expect(failure?.description.contains("what was recorded until now is valid") == true)
    #expect(writer.failure == failure)
    #expect(throws: RecordingError.self) { try writer.write([]) }
    let recording = try Recording(contentsOf: path)
    #expect(recording.passes.map(\.id) == Array(0..<Int(written)))
    for pass in recording.passes { #expect(try recording.calls(of: pass.id).count == 21) }
  }

  @Test("A disk that is really full stops the writer, and what is there can be read")
  func fullDisk() throws {
    let folder = try TestFolder()
    // Only root may mount a small disk; others have the test above.
    guard mount("tmpfs", folder.path, "tmpfs", 0, "size=700k") == 0 else { return }
    defer { umount2(folder.path, Int32(MNT_DETACH)) }
    let path = folder("run.agviz")
    let writer = try RecordingWriter(path)
    try writer.write(beginning)
    var written: UInt64 = 0
    var failure: RecordingError?
    while failure == nil, written < 500 {
      do {
        try writer.write(passes(written..<written + 1))
        written += 1
      } catch {
        failure = error
      }
    }
    #expect(failure?.code == .full)
    let recording = try Recording(contentsOf: path)
    #expect(recording.passes.map(\.id) == Array(0..<Int(written)))
    for pass in recording.passes { #expect(try recording.calls(of: pass.id).count == 21) }
  }
}
