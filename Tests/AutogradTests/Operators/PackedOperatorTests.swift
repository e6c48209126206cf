// Every differentiable operator with what it saves packed, computed again, and looked at for anomalies.
import Testing

@testable import Autograd

@Suite struct PackedOperatorTests {
  /// The gradients of a row's first samples, and those of their sum where they have any.
  private func gradients(
    _ row: DifferentiableOperator, _ wrap: (@escaping ([Tensor]) -> Tensor, [Tensor]) -> Tensor
  ) throws -> [[Double]?] {
    let check = row.check(row.samples[0], seed: 0)
    let output = wrap(check.function, check.leaves)
    guard output.requiresGrad else { return [] }
    let incoming = Tensor.linspace(0.5, 1.5, steps: output.count, dtype: .float64)
      .view(output.shape).requiresGrad_()
    let first = try grad(
      of: [output], withRespectTo: check.leaves, gradients: [incoming],
      createGraph: row.isTwiceDifferentiable, allowUnused: true)
    let roots = first.compactMap { $0 }.filter(\.requiresGrad).map { $0.sum() }
    let second =
      roots.isEmpty
      ? []
      : try grad(of: roots, withRespectTo: check.leaves + [incoming], allowUnused: true)
    return (first + second).map { $0?.toArray() }
  }

  @Test(arguments: DifferentiableOperator.all.map(\.name))
  func `gradients are the same with what is saved packed, or computed again`(name: String) throws {
    let row = try #require(DifferentiableOperator.all.first { $0.name == name })
    let plain = try gradients(row) { $0($1) }
    let packed = try gradients(row) { function, leaves in
      withSavedTensorHooks(pack: { $0.clone() }, unpack: { $0 }) { function(leaves) }
    }
    #expect(packed == plain)
    let again = try gradients(row) { function, leaves in checkpoint(leaves, function: function) }
    #expect(again == plain)
    let looked = try detectAnomaly(checkNaN: false, checkInfinity: false) {
      try gradients(row) { $0($1) }
    }
    #expect(looked == plain)
  }
}
