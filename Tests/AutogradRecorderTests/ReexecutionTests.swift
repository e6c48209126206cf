// Running recorded passes again.

import Autograd
import AutogradNN
import AutogradRecorder
import Foundation
import GradientRecording
import GraphModel
import SampleNetworks
import Testing

private enum Twice: UnaryFunction {
  static func forward(_ ctx: FunctionContext, _ x: Tensor) -> Tensor { x * 2 }
  static func backward(_ ctx: FunctionContext, _ g: Tensor) -> Tensor { g * 2 }
}

@Suite struct ReexecutionTests {
  /// Records what `body` does with all that is needed to run it again.
  private func recording(
    _ detail: RecordingPolicy.Detail = .everything, _ body: () throws -> Void
  ) throws -> (Folder, Recording) {
    let folder = try Folder()
    let path = folder.path("run.agviz")
    let recorder = try GradientRecorder(
      writingTo: path, policy: RecordingPolicy(detail: detail))
    try recorder.record { try body() }
    try recorder.close()
    return (folder, try Recording(contentsOf: path))
  }

  private func recordedGPT() throws -> (Folder, Recording) {
    let model = GPT(vocabulary: 48, context: 12, d: 32, heads: 4, layers: 2)
    let tokens = Tensor.randint(high: 48, [2, 12])
    return try recording {
      for _ in 0..<2 {
        try model(tokens).view(24, 48).crossEntropy(tokens.view(24)).backward()
      }
    }
  }

  @Test("a pass of GPT runs again, bit by bit, and gradients accumulate as they did")
  func gpt() throws {
    let (_folder, recording) = try recordedGPT()
    for pass in recording.passes {
      let report = try Reexecution(recording, pass: pass.id).run()
      #expect(report.results.count == pass.callCount && pass.callCount > 100)
      #expect(report.refused.map(\.name).isEmpty)
      #expect(report.firstDifference == nil)
    }
    // One node by itself gives the same.
    let nodes = try recording.graph(recording.passes[0].graph).nodes
    let softmax = try #require(
      try recording.calls(of: 0).first { nodes[$0.node].name == "SoftmaxBackward0" })
    let report = try Reexecution(recording, pass: 0).run(call: softmax.order)
    #expect(report.results.count == 1 && report.sameCount == 1)
    withExtendedLifetime(_folder) {}
  }

  @Test("double precision tells an overflow from a true infinity")
  func precision() throws {
    let x = Tensor([1e-30, 2e-30], requiresGrad: true)
    let z = Tensor([0.0, 2], requiresGrad: true)
    let (folder, recording) = try recording {
      // The derivative is 1e50: beyond float32.
      try ((x * 1e25) * 1e25).sum().backward()
      // That of the root at 0 is infinite in any precision.
      try z.sqrt().sum().backward()
    }
    func doubled(_ pass: Int) throws -> Reexecution.Report {
      try Reexecution(recording, pass: pass).run(in: .float64)
    }
    let overflow = try doubled(0)
    #expect(overflow.survivors.map(\.call.name) == ["MulBackward0", "AccumulateGrad"])
    #expect(overflow.survivors.allSatisfy { abs($0.gradient.now.maximum / 1e50 - 1) < 1e-6 })
    let infinite = try doubled(1)
    #expect(infinite.survivors.isEmpty)
    #expect(infinite.results.last?.gradients.first?.now.positiveInfinityCount == 1)
    withExtendedLifetime(folder) {}
  }

  @Test("a changed gradient shows where the results part")
  func replacing() throws {
    let w = Tensor([1.0, 2, 3], requiresGrad: true)
    let (folder, recording) = try recording { try w.exp().sin().sum().backward() }
    let changed = try Reexecution(recording, pass: 0).run(
      replacing: [.init(order: 2, change: .zero)])
    #expect(changed.firstDifference?.name == "ExpBackward0")
    #expect(changed.firstDifference?.gradients.first?.now.norm == 0)
    #expect(changed.results[0].isSame && changed.results[1].isSame)
    withExtendedLifetime(folder) {}
  }

  @Test("a custom function says that its code is in the program, and the rest runs")
  func customFunction() throws {
    let w = Tensor([1.0, 2, 3], requiresGrad: true)
    let (folder, recording) = try recording { try Twice.apply(w.exp()).sum().backward() }
    let report = try Reexecution(recording, pass: 0).run()
    #expect(report.refused.count == 1)
    #expect(report.refused.first?.refusal?.contains("program") == true)
    #expect(report.firstDifference == nil)
    withExtendedLifetime(folder) {}
  }

  @Test("a pass without saved tensors is refused with the way out")
  func refused() throws {
    let w = Tensor([1.0], requiresGrad: true)
    let (folder, recording) = try recording(.statistics) { try (w * w).sum().backward() }
    let error = #expect(throws: RecordingError.self) { try Reexecution(recording, pass: 0) }
    #expect(error?.message.contains("everything") == true)
    withExtendedLifetime(folder) {}
  }
}
