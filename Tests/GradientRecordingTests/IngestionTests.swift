// The journal comes into the recording once, wherever somebody stops.

import Foundation
import GradientJournal
import Glibc
import Testing

@testable import GradientRecording

@Suite struct IngestionTests {
  @Test("Whoever stops taking in, and wherever: each event is there once", arguments: 0..<8)
  func exactlyOnce(seed: UInt64) throws {
    let folder = try TestFolder()
    let path = folder("run.agviz")
    let events = RandomProgram(seed: seed, passes: 20).events
    var numbers = Numbers(seed: seed)
    let journal = try JournalWriter(beside: path, segmentSize: 1 << 16)
    var ingestion: Ingestion?
    for event in events {
      journal.append(event)
      if numbers.chance(60) { ingestion = nil }
      if numbers.chance(40) {
        if ingestion == nil { ingestion = try Ingestion(of: path) }
        try ingestion?.takeIn()
      }
    }
    ingestion = nil
    #expect(journal.failure == nil)
    journal.close()
    try Ingestion(of: path).finish()
    #expect(try folder.files() == ["run.agviz"])
    let recording = try Recording(contentsOf: path)
    #expect(recording.notices == [])
    try expect(recording, tells: events)
  }

  @Test("A recording is read while it is written, and is whole at the end")
  func concurrentReader() throws {
    let folder = try TestFolder()
    let path = folder("run.agviz")
    let events = RandomProgram(seed: 3, passes: 60).events
    let journal = try JournalWriter(beside: path)
    let ingestion = try Ingestion(of: path)
    ingestion.start()
    var lastCount = 0
    for (index, event) in events.enumerated() {
      journal.append(event)
      guard index % (events.count / 12) == 0 else { continue }
      usleep(30_000)
      let recording = try Recording(contentsOf: path)
      #expect(recording.notices.contains { $0.contains("is being written") })
      var count = 0
      try recording.forEachMeasurement(in: 0..<Int.max) { _ in count += 1 }
      #expect(count >= lastCount)
      lastCount = count
      for pass in recording.passes { _ = try recording.calls(of: pass.id) }
    }
    journal.close()
    try ingestion.finish()
    #expect(lastCount > 0)
    #expect(ingestion.failure == nil)
    try expect(try Recording(contentsOf: path), tells: events)
  }

  @Test("One at a time takes in a journal")
  func lock() throws {
    let folder = try TestFolder()
    let path = folder("run.agviz")
    let first = try Ingestion(of: path)
    #expect(throws: RecordingError.self) { try Ingestion(of: path) }
    try first.finish()
    withExtendedLifetime(first) {}
  }

  @Test(
    "What a killed program left is recovered, and the reader says so", arguments: [false, true])
  func recovery(wasTakenInBefore: Bool) throws {
    let folder = try TestFolder()
    let path = folder("run.agviz")
    let events = RandomProgram(seed: 9, passes: 20, closes: false).events
    let journal = try JournalWriter(beside: path)
    for event in events { journal.append(event) }
    if wasTakenInBefore { try Ingestion(of: path).takeIn() }
    journal.close()
    let recording = try Recording(contentsOf: path)
    #expect(recording.notices.contains { $0.contains("was not closed") })
    #expect(recording.sessions.map(\.state) == [.recovered])
    let begun = events.count { if case .passBegan = $0 { true } else { false } }
    let ended = events.count { if case .passEnded = $0 { true } else { false } }
    #expect(begun > ended)
    #expect(recording.passes.count { $0.outcome == .unfinished } == begun - ended)
    #expect(!recording.passes.contains { $0.outcome == .running })
    try expect(recording, tells: events)
    let again = try Recording(contentsOf: path)
    #expect(again.notices == [])
    #expect(try folder.files() == ["run.agviz"])
  }

  @Test("A damaged journal is recovered up to the damage, and the reader says so")
  func damagedJournal() throws {
    let folder = try TestFolder()
    let path = folder("run.agviz")
    let events = RandomProgram(seed: 10, closes: false).events
    let journal = try JournalWriter(beside: path)
    for event in events { journal.append(event) }
    journal.close()
    for file in try folder.files() {
      var contents = try bytes(of: folder(file))
      guard contents.count > 4096 else { continue }
      contents[contents.count / 2] ^= 0x40
      try write(contents, to: folder(file))
    }
    let recording = try Recording(contentsOf: path)
    #expect(recording.notices.contains { $0.contains("damaged") })
    let wanted = Set(reference(events.withoutRepetitions))
    let found = try lines(of: recording)
    #expect(!found.isEmpty)
    #expect(found.count < wanted.count)
    #expect(found.count { $0.hasPrefix("call") && !wanted.contains($0) } == 0)
  }

  @Test("Where nothing can be written, recordings are read, and recovered in a copy")
  func readOnly() throws {
    let events = RandomProgram(seed: 11, closes: false).events
    for state in ["closed", "journal", "wal"] {
      let folder = try TestFolder()
      let path = folder("run.agviz")
      var writer: RecordingWriter?
      switch state {
      case "journal":
        let journal = try JournalWriter(beside: path)
        for event in events { journal.append(event) }
        try Ingestion(of: path).takeIn()
        journal.close()
      default:
        writer = try RecordingWriter(path)
        try writer?.write(events)
        if state == "closed" { try writer?.close() }
      }
      // Somebody else, who may look only. The number is this thread's alone.
      chmod(folder.path, 0o555)
      for file in try folder.files() { chmod(folder(file), 0o444) }
      let user = setFileSystemUser(getuid() == 0 ? 65534 : getuid())
      defer { _ = setFileSystemUser(UInt32(bitPattern: user)) }
      let before = try folder.files()
      let recording = try Recording(contentsOf: path)
      try expect(recording, tells: events)
      #expect(try folder.files() == before)
      if state == "journal" {
        #expect(recording.notices.contains { $0.contains("in a copy") })
      }
      _ = setFileSystemUser(UInt32(bitPattern: user))
      chmod(folder.path, 0o755)
      withExtendedLifetime(writer) {}
    }
  }
}

/// Sets whose rights this thread, and no other, has to files; not in Swift's Glibc.
@_silgen_name("setfsuid")
private func setFileSystemUser(_ user: UInt32) -> Int32
