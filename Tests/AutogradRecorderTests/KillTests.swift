// Programs that are killed while they record.

import Foundation
import GradientRecording
import Testing

@Suite struct KillTests {
  // 200 in all.
  @Test("what was over before a kill is in the recording, which opens", arguments: 0..<8)
  func kill(seed: Int) throws {
    var random = SplitMix(seed: seed)
    for round in 0..<25 {
      let folder = try Folder()
      let path = folder.path("run.agviz")
      let program = try RecorderProgram(folder.url, path, round % 5 == 0 ? "100000" : "1000000")
      usleep(UInt32.random(in: 30_000..<400_000, using: &random))
      program.kill()
      let acknowledged = program.acknowledged
      guard let recording = try open(path) else {
        #expect(acknowledged == 0)
        continue
      }
      let completed = recording.passes.filter { $0.outcome == .completed }
      #expect(completed.count == acknowledged || completed.count == acknowledged + 1)
      #expect(recording.passes.count <= completed.count + 1)
      #expect(completed.map(\.step) == Array(0..<completed.count))
      if let last = completed.last {
        let calls = try recording.calls(of: last.id)
        #expect(calls.count == 7 && calls.allSatisfy { $0.end != nil })
        #expect(try recording.measurements(of: last.id).count == completed[0].measurementCount)
      }
      if acknowledged > 0 { #expect(!recording.notices.isEmpty) }
      // What was taken in once is not again.
      #expect(try Recording(contentsOf: path).passes.count == recording.passes.count)
    }
  }
}

/// Opens a recording; nil where the program was killed before there was anything to record.
private func open(_ path: String) throws -> Recording? {
  do {
    return try Recording(contentsOf: path)
  } catch {
    if error.code == .notFound || error.code == .notARecording { return nil }
    throw error
  }
}

/// Steele, Lea and Flood, "Fast splittable pseudorandom number generators" (2014).
struct SplitMix: RandomNumberGenerator {
  private var state: UInt64

  init(seed: Int) { state = UInt64(bitPattern: Int64(seed)) }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}
