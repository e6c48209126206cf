// Restored nodes: in float64, with packed tensors, of functions of the program, and what they refuse.
import Testing

@testable import Autograd

private struct Doubling: UnaryFunction {
  static func forward(_ ctx: FunctionContext, _ input: Tensor) -> Tensor { input * 2 }
  static func backward(_ ctx: FunctionContext, _ gradOutput: Tensor) -> Tensor { gradOutput * 2 }
}

@Suite struct RestoredNodeTests {
  private func archive(_ tensor: Tensor) throws -> (NodeArchive, [Tensor]) {
    var tensors: [Tensor] = []
    let archive = try NodeArchive(of: tensor.gradFn!, tensors: &tensors)
    return (archive, tensors)
  }

  @Test func `a node computes in float64 what it computed in float32`() throws {
    let x = Tensor([0.1, 0.7, -1.3], requiresGrad: true)
    let (archive, tensors) = try archive(x.softmax(dim: 0))
    let node = try archive.restored(tensors: tensors, computingIn: .float64)
    let gradient = Tensor([1.0, 0.3, 0.2])
    let result = try #require(try node.run(gradOutputs: [gradient.to(.float64)])[0])
    #expect(result.dtype == .float64)
    let y: [Double] = tensors[0].toArray()
    let g: [Double] = gradient.toArray()
    let sum = zip(y, g).reduce(0) { $0 + $1.0 * $1.1 }
    let error = zip(result.toArray() as [Double], zip(y, g).map { $0 * ($1 - sum) })
      .map { abs($0 - $1) }.max()!
    #expect(error < 1e-15)
    #expect(throws: AutogradError.self) { try node.run(gradOutputs: [gradient]) }
    #expect(throws: NodeArchiveError.self) {
      try archive.restored(tensors: tensors, computingIn: .int64)
    }
  }

  @Test func `a conversion between dtypes becomes none`() throws {
    let x = Tensor([0.1, 0.7], dtype: .float32, requiresGrad: true)
    let (archive, tensors) = try archive(x.to(.float64))
    let node = try archive.restored(tensors: tensors, computingIn: .float64)
    let result = try node.run(gradOutputs: [Tensor([0.1, 0.2], dtype: .float64)])[0]
    #expect(result?.toArray() as [Double]? == [0.1, 0.2])
  }

  @Test func `a gradient is brought to the shape of the input`() throws {
    let x = Tensor([1.0], requiresGrad: true)
    let y = Tensor([[1.0], [2.0]])
    let (archive, tensors) = try archive(x * y)
    let node = try archive.restored(tensors: tensors)
    let results = try node.run(gradOutputs: [Tensor([[1.0], [10.0]])])
    #expect(results.map { $0?.shape } == [[1], nil])
    #expect(results[0]?.toArray() as [Double]? == [21])
    #expect(try node.run(gradOutputs: [nil]).allSatisfy { $0 == nil })
    #expect(throws: AutogradError.self) { try node.run(gradOutputs: []) }
    #expect(throws: AutogradError.self) { try node.run(gradOutputs: [Tensor([1.0])]) }
  }

  @Test func `saved tensors that hooks packed are unpacked`() throws {
    let x = Tensor([0.5, 2.0], requiresGrad: true)
    let y = withSavedTensorHooks(pack: { $0.clone() }, unpack: { $0 }) { x.exp() * x }
    let (archive, tensors) = try archive(y)
    #expect(tensors.count == 2)
    let gradient = Tensor([1.0, 3.0])
    let expected = try y.gradFn!.run(gradOutputs: [gradient])
    let results = try archive.restored(tensors: tensors).run(gradOutputs: [gradient])
    #expect(results.map { $0?.toArray() as [Double]? } == expected.map { $0?.toArray() })
  }

  @Test func `nodes share the list of tensors`() throws {
    let x = Tensor([0.5, 2.0], requiresGrad: true)
    let y = x * x
    var tensors: [Tensor] = []
    _ = try NodeArchive(of: y.gradFn!, tensors: &tensors)
    _ = try NodeArchive(of: (x * y).gradFn!, tensors: &tensors)
    #expect(tensors.count == 2)
  }

  @Test func `a function of the program, an accumulator and a used node are refused`() throws {
    let x = Tensor([0.5, 2.0], requiresGrad: true)
    var tensors: [Tensor] = []
    let doubled = Doubling.apply(x)
    var error = #expect(throws: NodeArchiveError.self) {
      try NodeArchive(of: doubled.gradFn!, tensors: &tensors)
    }
    #expect(error?.message == "its code is in the program")
    let y = x * x
    try y.sum().backward()
    error = #expect(throws: NodeArchiveError.self) {
      try NodeArchive(of: y.gradFn!, tensors: &tensors)
    }
    #expect(error?.code == .noSavedTensors)
    error = #expect(throws: NodeArchiveError.self) {
      try NodeArchive(of: y.gradFn!.edge(0).node!, tensors: &tensors)
    }
    #expect(error?.code == .notArchivable)
    #expect(tensors.isEmpty)
  }
}
