// Initialisers and clipping against PyTorch, which Reference/init.py ran.
import Autograd
import AutogradNN
import Testing

@Suite struct InitTests {
  struct Run: Decodable, Sendable, CustomTestStringConvertible {
    var name: String
    var shape: [Int]
    var dtype: String
    var norm: String?
    var limit: Double?
    var values: [Double]
    var testDescription: String { "\(name) \(shape) \(dtype) \(norm ?? "")" }

    static func all() throws -> [Run] { try Reference.lines(of: "init.jsonl") }
  }

  // In a process of their own, as other tests draw random numbers, too.
  @Test func `tensors are filled as by PyTorch`() async {
    await #expect(processExitsWith: .success) {
      for run in try Run.all() where run.name != "clip" { InitTests.check(run) }
    }
  }

  private static func check(_ run: Run) {
    manualSeed(5)
    let tensor = Tensor.zeros(run.shape, dtype: DType(name: run.dtype)!)
    let isMatrix = run.shape.count == 2
    switch run.name {
    case "uniform": Init.uniform_(tensor, a: -0.3, b: 1.7)
    case "normal": Init.normal_(tensor, mean: 0.5, std: 0.3)
    case "normal_small": Init.normal_(tensor, std: 0.02)
    case "constant": Init.constant_(tensor, 0.3)
    case "xavier_uniform": Init.xavierUniform_(tensor, gain: 1.5)
    case "xavier_normal": Init.xavierNormal_(tensor)
    case "kaiming_uniform": Init.kaimingUniform_(tensor, nonlinearity: .relu)
    case "kaiming_normal": Init.kaimingNormal_(tensor, a: 0.2, mode: .fanOut)
    case "trunc_normal": Init.truncNormal_(tensor, mean: 0.1, std: 0.5, a: -0.6, b: 0.9)
    case "trunc_normal_far": Init.truncNormal_(tensor, mean: 0.1, std: 0.5, a: 0.9, b: 1.6)
    case "orthogonal": Init.orthogonal_(tensor, gain: 1.3)
    case "dirac": if !isMatrix { Init.dirac_(tensor) }
    case "eye": if isMatrix { Init.eye_(tensor) }
    default: if isMatrix { Init.sparse_(tensor, sparsity: 0.3) }
    }
    // QR is not rounded alike everywhere.
    if run.name == "orthogonal" {
      let off = difference(tensor.toArray(), run.values) ?? .infinity
      #expect(off <= (run.dtype == "float32" ? 2e-6 : 1e-12), "\(run)")
    } else {
      #expect(tensor.toArray() == run.values, "\(run)")
    }
  }

  @Test(arguments: try Run.all().filter { $0.name == "clip" })
  func `gradients are clipped as by PyTorch`(run: Run) throws {
    let parameters = [Tensor.zeros(3, 4, requiresGrad: true), .zeros(5, requiresGrad: true)]
    for (k, parameter) in parameters.enumerated() { parameter.grad = fill(parameter.shape, k) }
    let total = try clipGradNorm(
      parameters, maxNorm: run.limit!, normType: Double(run.norm!)!, errorIfNonfinite: true)
    let found = [total.item()] + parameters.flatMap { $0.grad!.toArray(as: Double.self) }
    #expect(difference(found, run.values) ?? .infinity <= 1e-6)
  }

  @Test func `a norm that is not finite is an error if asked for`() throws {
    let parameter = Tensor.zeros(2, requiresGrad: true)
    parameter.grad = Tensor([Double.infinity, 1])
    #expect(throws: NonFiniteGradientError.self) {
      try clipGradNorm([parameter], maxNorm: 1, errorIfNonfinite: true)
    }
    clipGradValue([parameter], clipValue: 0.5)
    #expect(parameter.grad!.toArray() == [0.5, 0.5])
  }
}
