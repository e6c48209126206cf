// Programs that end in the middle of writing.

import Foundation
import Testing

@testable import GradientJournal

@Suite("Killed writers")
struct KillTests {
  @Test(
    "what was acknowledged before a kill is read back, in order",
    arguments: [4096, 1 << 16, 4 << 20])
  func kill(segmentSize: Int) throws {
    let recording = try TemporaryRecording()
    let output = recording.folder.appending(path: "acknowledged")
    var random = SplitMix(seed: segmentSize)
    var position: JournalPosition?
    var acknowledgedInAll: UInt64 = 0
    for round in 0..<17 {
      let program = try JournalProgram(
        "write", recording.path, "\(segmentSize)", "1000000000", output: output)
      usleep(UInt32.random(in: 5000..<150_000, using: &random))
      program.kill()
      #expect(!JournalWriter.isBeingWritten(beside: recording.path))

      // Each acknowledgement is 8 bytes; the last counts.
      let acknowledged = UInt64(program.output.count / 8)
      acknowledgedInAll += acknowledged
      let reader = JournalReader(beside: recording.path, after: position)
      var next: UInt64 = 1
      while let (event, _) = try reader.next() {
        guard case .value(let value) = event, value.pass == next,
          value.bytes.allSatisfy({ $0 == UInt8(truncatingIfNeeded: next) })
        else {
          Issue.record("\(event) is read as number \(next)")
          return
        }
        next += 1
      }
      #expect(next - 1 == acknowledged || next - 1 == acknowledged + 1)
      position = reader.position
      if round % 3 == 2, let position {
        try reader.removeSegments(before: position)
        #expect(!reader.hasSegments)
      }
    }
    #expect(acknowledgedInAll > 1000)
  }

  @Test("a reader follows a program until it is killed")
  func following() throws {
    let recording = try TemporaryRecording()
    let output = recording.folder.appending(path: "acknowledged")
    let program = try JournalProgram("write", recording.path, "16384", "1000000", output: output)
    let reader = JournalReader(beside: recording.path)
    var count: UInt64 = 0
    let deadline = ContinuousClock.now + .seconds(60)
    while count < 30_000, ContinuousClock.now < deadline {
      guard let next = try reader.next() else { continue }
      count += 1
      guard case .value(let value) = next.event, value.pass == count else {
        Issue.record("\(next.event) is read as number \(count)")
        break
      }
    }
    program.kill()
    while try reader.next() != nil { count += 1 }
    #expect(count >= UInt64(program.output.count / 8))
    #expect(count >= 30_000)
  }

  @Test("a forked process writes nothing, and does not keep the journal taken")
  func fork() throws {
    let recording = try TemporaryRecording()
    let output = recording.folder.appending(path: "output")
    let program = try JournalProgram("fork", recording.path, output: output)
    #expect(program.wait() == 0)
    // The child lives for some seconds more.
    #expect(!JournalWriter.isBeingWritten(beside: recording.path))
    let (events, errors, _) = recording.readAll()
    #expect(errors.isEmpty)
    #expect(numbers(events) == [1, 3])
  }
}
