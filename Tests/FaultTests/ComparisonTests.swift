// Two runs that part in a known place.

import Autograd
import AutogradRecorder
import Foundation
import GradientRecording
import Testing

@Suite("A comparison of recordings")
final class ComparisonTests {
  private let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "agviz-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  /// What a run does otherwise.
  private struct Change {
    var rate = 0.1
    var activation: (Tensor) -> Tensor = { $0.tanh() }
    var data: (Tensor, Int) -> Tensor = { x, _ in x }
    var scale = 1.0
    var start = 0.3
    var steps = 4
  }

  /// A small network of its own numbers, trained for a few steps.
  private func record(_ name: String, _ change: Change = Change()) throws -> Recording {
    let path = folder.appending(path: "\(name).agviz").path
    let recorder = try GradientRecorder(
      writingTo: path, policy: RecordingPolicy(capturesSource: false))
    let first = (Tensor.arange(12).float().view([4, 3]) * 0.1 - change.start).requiresGrad_()
    let second = (Tensor.arange(3).float().view([3, 1]) * 0.2 - 0.1).requiresGrad_()
    recorder.watch([("first", first), ("second", second)])
    let x = Tensor.arange(20).float().view([5, 4]) * 0.05 - 0.4
    for step in 0..<change.steps {
      try recorder.record(step: step) {
        let hidden = change.activation(change.data(x, step).mm(first)) * change.scale
        try (hidden.mm(second) - 1).pow(2).mean().backward()
      }
      noGrad {
        for parameter in [first, second] {
          parameter -= change.rate * parameter.grad!
          parameter.grad = nil
        }
      }
    }
    try recorder.close()
    return try Recording(contentsOf: path)
  }

  @Test("finds nothing between a run and itself")
  func same() throws {
    let comparison = try RecordingComparison(record("a"), record("b"), tolerance: 0)
    #expect(comparison.isEqual)
    #expect(comparison.description == "4 passes agree")
  }

  @Test("names the operator that differs, where all that it takes agrees")
  func operatorChanged() throws {
    let comparison = try RecordingComparison(
      record("a"), record("b", Change(activation: { $0.sigmoid() })))
    let first = try #require(comparison.first)
    #expect(first.step == 0)
    // The losses differ too, so that what they are made of does from the first call on.
    #expect(first.kind == .backward)
    #expect(comparison.spread?.parameters == ["first", "second"])
    #expect(comparison.spread?.laterDifferent == 3)
  }

  @Test("names the node that makes other gradients of the same")
  func derivativeChanged() throws {
    // The same results; a gradient goes around the rounding in the one and nowhere in the other.
    let comparison = try RecordingComparison(
      record("a", Change(activation: { $0 + ($0.round() - $0).detach() })),
      record("b", Change(activation: { $0 + ($0.round() - $0) })))
    let first = try #require(comparison.first)
    #expect(first.step == 0)
    #expect(comparison.spread?.parameters == ["first"])
    #expect([.backward, .structure].contains(first.kind))
  }

  @Test("names the parameter that another step has changed, and when")
  func rateChanged() throws {
    let comparison = try RecordingComparison(record("a"), record("b", Change(rate: 0.2)))
    let first = try #require(comparison.first)
    #expect(first.kind == .parameter)
    #expect(first.step == 1)
    #expect(first.summary.contains("the step between"))
    #expect(comparison.spread?.laterPairs == 2)
  }

  @Test("names the parameter that starts otherwise")
  func startChanged() throws {
    let comparison = try RecordingComparison(record("a"), record("b", Change(start: 0.4)))
    #expect(comparison.first?.kind == .parameter)
    #expect(comparison.first?.firstNode?.leaf == "first")
    #expect(comparison.first?.summary.contains("before the first pass") == true)
  }

  @Test("names the step from which the data differ")
  func dataChanged() throws {
    let comparison = try RecordingComparison(
      record("a"), record("b", Change(data: { x, step in step == 2 ? x * 1.5 : x })))
    #expect(comparison.first?.step == 2)
    #expect(comparison.first?.evidence.contains { $0.contains("the data") } == true)
  }

  @Test("forgives what differs within the tolerance, and no more")
  func tolerance() throws {
    let (a, b) = (try record("a"), try record("b", Change(rate: 0.1 * (1 + 1e-6))))
    let near = try RecordingComparison(a, b, tolerance: 1e-4)
    #expect(near.isEqual, "\(near)")
    #expect(near.roundedCount > 0)
    #expect(try !RecordingComparison(a, b, tolerance: 0).isEqual)
  }

  @Test("says which passes only one has")
  func lengths() throws {
    let comparison = try RecordingComparison(record("a"), record("b", Change(steps: 6)))
    #expect(comparison.first == nil)
    #expect(!comparison.isEqual)
    #expect(comparison.onlyInSecond == [4, 5])
  }

  @Test("is made by the command, which ends with 1 where they differ and 0 where not")
  func command() throws {
    let (a, b) = (try record("a"), try record("b", Change(rate: 0.2)))
    let different = try agviz("compare", a.path, b.path)
    #expect(different.status == 1)
    #expect(different.output.hasPrefix("step 1: the parameter"))
    let same = try agviz("compare", a.path, a.path)
    #expect(same.status == 0)
    #expect(same.output == "4 passes agree\n")
    let json = try agviz("compare", "--json", a.path, b.path)
    let decoded = try JSONDecoder().decode(
      RecordingComparison.self, from: Data(json.output.utf8))
    #expect(try decoded == RecordingComparison(a, b))
  }
}
