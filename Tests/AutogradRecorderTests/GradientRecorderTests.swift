// Recording, and reading what was recorded.

import Autograd
import AutogradRecorder
import Foundation
import GraphModel
import GradientRecording
import Testing

@Suite struct GradientRecorderTests {
  @Test("what is recorded is read back, and one file remains")
  func roundTrip() throws {
    let folder = try Folder()
    let path = folder.path("run.agviz")
    let recorder = try GradientRecorder(writingTo: path)
    let w = Tensor([3.0, 4], requiresGrad: true)
    recorder.watch([("w", w)])
    for step in 0..<3 {
      try recorder.record(step: step, phase: "train") { try (w * w).sum().backward() }
      w.grad = nil
    }
    try recorder.close()
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.url.path)
    #expect(files == ["run.agviz"])

    let recording = try Recording(contentsOf: path)
    #expect(recording.notices.isEmpty)
    #expect(recording.passes.map(\.step) == [0, 1, 2])
    #expect(recording.passes.allSatisfy { $0.root == 25 && $0.outcome == .completed })
    let graph = try recording.graph(recording.passes[2].graph)
    let calls = try recording.calls(of: 2)
    #expect(
      calls.map { graph.nodes[$0.node].name } == [
        "SumBackward0", "MulBackward0", "AccumulateGrad",
      ])
    let after = try recording.measurements(of: 2, call: 2).first { $0.role == .gradAfter }
    #expect(after?.statistics.norm == 10)
    #expect(try recording.parameters().map(\.name) == ["w"])
    #expect(recording.sessions.first?.state == .closed)
  }

  @Test("a recording can be read while it is written")
  func reading() throws {
    let folder = try Folder()
    let path = folder.path("run.agviz")
    let recorder = try GradientRecorder(writingTo: path)
    let w = Tensor([3.0, 4], requiresGrad: true)
    var seen = 0
    for step in 0..<200 where seen < 50 {
      try recorder.record(step: step) { try (w * w).sum().backward() }
      usleep(5000)
      if step % 20 == 19 {
        let recording = try Recording(contentsOf: path)
        #expect(recording.passes.count >= seen)
        #expect(recording.notices.count == 1)
        seen = recording.passes.count
      }
    }
    #expect(seen >= 50)
    try recorder.close()
  }

  @Test("only one recorder writes a recording")
  func inUse() throws {
    let folder = try Folder()
    let recorder = try GradientRecorder(writingTo: folder.path("run.agviz"))
    let error = #expect(throws: RecordingError.self) {
      _ = try GradientRecorder(writingTo: folder.path("run.agviz"))
    }
    #expect(error?.code == .busy)
    try recorder.close()
  }

  @Test("where nothing can be written, recording is refused", arguments: ["/proc/run.agviz"])
  func readOnly(path: String) {
    let error = #expect(throws: RecordingError.self) {
      _ = try GradientRecorder(writingTo: path)
    }
    #expect(error?.code == .notWritable)
  }

  @Test("on a full disk recording stops with a message, training goes on, what is there is valid")
  func fullDisk() throws {
    let folder = try Folder()
    let disk = folder.path("disk")
    try FileManager.default.createDirectory(atPath: disk, withIntermediateDirectories: true)
    // Only the superuser may mount.
    guard try run("/bin/mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", disk) == 0 else { return }
    defer { _ = try? run("/bin/umount", "-l", disk) }
    let program = try RecorderProgram(folder.url, disk + "/run.agviz", "30000")
    let (status, message) = try program.wait()
    #expect(program.acknowledged == 30_000)
    #expect(status == 1)
    #expect(message.contains("full") || message.contains("space"))
    let recording = try Recording(contentsOf: disk + "/run.agviz")
    #expect(recording.passes.count > 100)
    let last = try #require(recording.passes.dropLast().last)
    #expect(try recording.calls(of: last.id).count == 7)
  }

  private func run(_ command: String, _ arguments: String...) throws -> Int32 {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: command)
    process.arguments = arguments
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    return process.terminationStatus
  }
}
