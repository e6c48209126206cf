// Every differentiable operator against central differences, and none forgotten.
import Foundation
import Testing

@testable import Autograd

@Suite struct GradcheckTests {
  @Test(arguments: DifferentiableOperator.all.map(\.name))
  func `derivatives of the first and second order are those of the differences`(
    name: String
  ) throws {
    let row = try #require(DifferentiableOperator.all.first { $0.name == name })
    for (i, samples) in row.samples.enumerated() {
      let check = row.check(samples, seed: i)
      try check.firstOrder()
      if row.isTwiceDifferentiable { try check.secondOrder() }
    }
  }

  @Test func `operators of the table have different names`() {
    let names = DifferentiableOperator.all.map(\.name)
    #expect(Set(names).count == names.count)
  }

  @Test func `the table reaches every node of the engine`() throws {
    // All but the first stand for derivatives that PyTorch does not have.
    var met: Set<String> = [
      "AccumulateGrad", "AsinhBackward1", "AcoshBackward1", "AtanhBackward1",
      "SpecialZetaBackward2", "Unique2Backward0", "UniqueDimBackward0",
      "UniqueConsecutiveBackward0", "UniqueDimConsecutiveBackward0",
    ]
    for row in DifferentiableOperator.all {
      let check = row.check(row.samples[0], seed: 0)
      let output = check.function(check.leaves)
      guard let node = output.gradFn else { continue }
      met.formUnion(node.reachableNames())
      let incoming = Tensor.ones(like: output, requiresGrad: true)
      let gradients = try grad(
        of: [output], withRespectTo: check.leaves, gradients: [incoming], createGraph: true,
        allowUnused: true)
      for case let node? in gradients.map({ $0?.gradFn }) {
        met.formUnion(node.reachableNames())
      }
    }
    let all = try Self.nodeClasses()
    #expect(all.count > 70)
    #expect(all.subtracting(met) == [])
  }

  /// The names of the node classes in the engine's sources.
  private static func nodeClasses() throws -> Set<String> {
    let sources = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../../Sources/Autograd").standardizedFileURL
    var names: Set<String> = []
    let files = try #require(
      FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil))
    for case let file as URL in files where file.pathExtension == "swift" {
      let text = try String(contentsOf: file, encoding: .utf8)
      for match in text.matches(of: /final class (\w*Backward\w*|CopySlices)/) {
        names.insert(String(match.1))
      }
    }
    return names
  }
}

extension DifferentiableOperator {
  func check(_ samples: [SampleInput], seed: Int) -> Gradcheck {
    var generator = SplitMix(seed: seed)
    let leaves = samples.map { $0.leaf(&generator) }
    return Gradcheck(
      function: { leaves in apply(zip(samples, leaves).map { $0.input(from: $1) }) },
      leaves: leaves, step: step, tolerance: tolerance)
  }
}
