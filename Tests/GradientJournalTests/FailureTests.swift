// Places where nothing, or nothing more, can be written.

import Foundation
import Testing

@testable import GradientJournal

@Suite("Where a journal cannot be written")
struct FailureTests {
  @Test("a full disk stops the recording, and what is there stays")
  func fullDisk() throws {
    let recording = try TemporaryRecording()
    let disk = recording.folder.appending(path: "disk")
    try FileManager.default.createDirectory(at: disk, withIntermediateDirectories: true)
    guard mount("none", disk.path, "tmpfs", 0, "size=1m") == 0 else {
      // Only the superuser mounts; the size limit of the next test stands in elsewhere.
      return
    }
    defer { umount2(disk.path, Int32(MNT_DETACH)) }
    let path = disk.appending(path: "run.agviz").path
    let output = recording.folder.appending(path: "output")
    let program = try JournalProgram("fill", path, "-", output: output)
    #expect(program.wait() == 0)
    try expectStopped(program, beside: path, says: "No space left on device")
  }

  @Test("a limit on the size of files stops the recording, without the signal that it sends")
  func sizeLimit() throws {
    let recording = try TemporaryRecording()
    let output = recording.folder.appending(path: "output")
    // One of the events needs a segment of its own, which is larger.
    let program = try JournalProgram("fill", recording.path, "100000", output: output)
    #expect(program.wait() == 0)
    try expectStopped(program, beside: recording.path, says: "File too large")
    let other = try TemporaryRecording()
    let none = try JournalProgram("fill", other.path, "32768", output: output)
    #expect(none.wait() == 0)
    #expect(none.text.hasPrefix("0 noSpace: "))
    #expect(other.segments.isEmpty)
    #expect(!JournalWriter.isBeingWritten(beside: other.path))
  }

  /// Expects that a program wrote until it could not, and that all it wrote is there.
  private func expectStopped(_ program: JournalProgram, beside path: String, says reason: String)
    throws
  {
    let words = program.text.split(separator: " ", maxSplits: 1)
    let count = try #require(Int(words[0]))
    #expect(count > 1000)
    #expect(words[1].hasPrefix("noSpace: \(path)-journal.0"))
    #expect(words[1].contains(reason))
    #expect(words[1].contains("what was recorded is kept; make room"))
    let reader = JournalReader(beside: path)
    var read: [Event] = []
    while let next = try reader.next() { read.append(next.event) }
    #expect(numbers(read) == Array(1...count))
  }

  @Test("a folder that goes away stops the recording, not the program")
  func noMoreSegments() throws {
    let recording = try TemporaryRecording()
    let writer = try JournalWriter(beside: recording.path, segmentSize: 4096)
    writer.append(numbered(1))
    try FileManager.default.removeItem(at: recording.folder)
    for i in 0..<10_000 { writer.append(numbered(i)) }
    let failure = try #require(writer.failure)
    #expect(failure.code == .notWritable)
    #expect(failure.file == recording.segment(2).path)
    #expect(failure.message.contains("No such file or directory"))
    #expect(writer.segmentCount == 1)
  }

  @Test(
    "a place where no file can be made is told at the start",
    arguments: ["/proc/run.agviz", "/dev/null/run.agviz", "/no-such-folder/run.agviz", "a\u{0}b"])
  func notWritable(path: String) {
    let error = #expect(throws: JournalError.self) { _ = try JournalWriter(beside: path) }
    #expect(error?.code == .notWritable)
    #expect(error?.description.contains("-journal.lock: ") == true)
    #expect(!JournalWriter.isBeingWritten(beside: path))
    #expect(!JournalReader(beside: path).hasSegments)
  }

  @Test("a folder for reading only is told at the start")
  func readOnlyFolder() throws {
    let recording = try TemporaryRecording()
    let disk = recording.folder.appending(path: "disk")
    try FileManager.default.createDirectory(at: disk, withIntermediateDirectories: true)
    // Permissions do not hold the superuser, who can mount a disk for reading only.
    if getuid() == 0 {
      guard mount("none", disk.path, "tmpfs", UInt(MS_RDONLY), "size=1m") == 0 else {
        return
      }
    } else {
      chmod(disk.path, 0o555)
    }
    defer {
      if getuid() == 0 { umount2(disk.path, Int32(MNT_DETACH)) }
    }
    let error = #expect(throws: JournalError.self) {
      _ = try JournalWriter(beside: disk.appending(path: "run.agviz").path)
    }
    #expect(error?.code == .notWritable)
  }
}
