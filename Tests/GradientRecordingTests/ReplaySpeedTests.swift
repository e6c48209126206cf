// How fast a recording of a million measured tensors is replayed. It takes a while to write one, so
// this is for `AGVIZ_BENCHMARK=1 swift test -c release --filter ReplaySpeedTests`.

import Foundation
import GradientJournal
import GradientRecording
import RecordingSupport
import Testing

@Suite("Replaying a million tensors", .serialized)
struct ReplaySpeedTests {
  private static let isAsked = ProcessInfo.processInfo.environment["AGVIZ_BENCHMARK"] != nil

  @Test(
    "steps in under a millisecond, and opens in under two seconds", .enabled(if: isAsked),
    arguments: [500, 20_000])
  func million(operators: Int) throws {
    var run = SyntheticRun(seed: 3)
    let graph = run.addGraph(operators: operators, leaves: 20)
    var step = 0
    while run.events.count < 1_900_000 {
      run.addPass(
        over: graph,
        .init(
          step: step,
          statistics: { node, role, slot in
            .holding(norm: Double(1 + node % 7), hash: UInt64(node))
          }))
      step += 1
    }
    let temporary = try TemporaryRecording(run.events)
    if let copy = ProcessInfo.processInfo.environment["AGVIZ_BENCHMARK_COPY"] {
      try? FileManager.default.copyItem(atPath: temporary.recording.path, toPath: copy)
    }
    let clock = ContinuousClock()

    var opened: Replay?
    let opening = try clock.measure {
      opened = try Replay(try Recording(contentsOf: temporary.recording.path))
    }
    var replay = try #require(opened)
    let measured = replay.recording.passes.reduce(0) { $0 + $1.measurementCount }
    func steps(_ count: Int, by distance: Int) throws -> (mean: Duration, worst: Duration) {
      var worst = Duration.zero
      let all = try clock.measure {
        for _ in 0..<count {
          let time = try clock.measure {
            let moved = try replay.move(by: distance)
            #expect(moved == distance)
            _ = try replay.call()
            _ = try replay.measurements()
            _ = replay.ready
          }
          worst = max(worst, time)
        }
      }
      return (all / count, worst)
    }
    let forwards = try steps(5000, by: 1)
    let backwards = try steps(5000, by: -1)
    let jumps = try steps(50, by: 997)
    let search = try clock.measure {
      let hit = try replay.run(to: [.init(try Condition("nan"))])
      #expect(hit == nil)
    }
    let scan = try clock.measure {
      let hit = try replay.run(to: [.init(try Condition("norm > 100"))])
      #expect(hit == nil)
    }
    let comparison = try clock.measure {
      let hit = try replay.run(to: [.init(try Condition("norm changes by > 10x"))])
      #expect(hit == nil)
    }
    print(
      """
      \(measured) tensors, \(replay.callCount) calls, \(replay.recording.passes.count) passes
      opening \(opening)
      step forwards \(forwards), backwards \(backwards), over 997 calls \(jumps)
      searching nan \(search), norm > 100 \(scan), norm changes by > 10x \(comparison)
      """)
    #expect(measured >= 1_000_000)
    #expect(opening < .seconds(2))
    #expect(forwards.mean < .milliseconds(1))
    #expect(backwards.mean < .milliseconds(1))
  }
}
