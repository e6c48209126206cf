// The code of the articles, compiled and run: what stands in an article stands here, too.

import Autograd
import AutogradNN
import Foundation
import GraphModel
import Testing

final class Classifier: Module {
  let hidden = Linear(4, 16)
  let layers = ModuleList([Linear(16, 16), Linear(16, 16)])
  @Submodule("out_proj") var output = Linear(16, 3)
  @Parameter var scale = Tensor.ones(1)

  override func forward(_ x: Tensor) -> Tensor {
    var x = hidden(x).relu()
    for layer in layers { x = layer(x).relu() }
    return output(x) * scale
  }
}

enum Cube: UnaryFunction {
  static func forward(_ ctx: FunctionContext, _ input: Tensor) -> Tensor {
    ctx.saveForBackward(input)
    return input.pow(3)
  }

  static func backward(_ ctx: FunctionContext, _ gradOutput: Tensor) -> Tensor {
    gradOutput * 3 * ctx.savedTensors[0].pow(2)
  }
}

@Suite struct FromPyTorchTests {
  @Test func `gradients of the first and the second order`() throws {
    let x = Tensor([1.0, 2.0, 3.0], requiresGrad: true)
    let y = (x * x).sum()
    try y.backward()
    print(x.grad!)  // tensor([2., 4., 6.])
    #expect("\(x.grad!)" == "tensor([2., 4., 6.])")

    let first = try grad(of: x.pow(3).sum(), withRespectTo: x, createGraph: true)
    let second = try grad(of: first.sum(), withRespectTo: x)
    print(second)  // tensor([ 6., 12., 18.])
    #expect("\(second)" == "tensor([ 6., 12., 18.])")
  }

  @Test func `training, saving, freezing, and the graph`() throws {
    manualSeed(0)
    let model = Classifier()
    let optimizer = AdamW(model.parameters(), lr: 1e-2)
    let scheduler = CosineAnnealingLR(optimizer, tMax: 20)
    let inputs = Tensor.randn(32, 4)
    let targets = Tensor.randint(high: 3, [32])
    for _ in 0..<20 {
      let loss = model(inputs).crossEntropy(targets)
      try loss.backward()
      try clipGradNorm(model.parameters(), maxNorm: 1)
      optimizer.step()
      optimizer.zeroGrad()
      scheduler.step()
    }
    #expect(model(inputs).crossEntropy(targets).item() < 1.0986)

    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appending(path: "model.safetensors").path
    try SafeTensors.save(model.stateDict(), to: path)
    let pretrained = Classifier()
    try pretrained.loadStateDict(SafeTensors.load(path))
    pretrained.requiresGrad_(false)
    pretrained.output = Linear(16, 5)  // five classes now
    #expect(
      pretrained.namedParameters().filter { $0.1.requiresGrad }.map(\.0)
        == ["out_proj.weight", "out_proj.bias"])
    #expect(pretrained(inputs).sum().graph().nodes.count == 6)

    let output = checkpoint(inputs) { x in model(x) }
    let loss = withSavedTensorHooks(pack: { $0.to(.float64) }, unpack: { $0.to(.float32) }) {
      (output * output).sum()
    }
    try loss.backward()
    #expect(model.parameters().allSatisfy { $0.grad != nil })

    let file = folder.appending(path: "loss.json").path
    let graph = loss.graph(parameters: Dictionary(uniqueKeysWithValues: model.namedParameters()))
    try graph.write(to: file)
    #expect(FileManager.default.fileExists(atPath: file))
  }

  @Test func hooks() throws {
    let a = Tensor([1.0, 2.0], requiresGrad: true)
    let b = a * 3
    let handle = b.registerHook { gradient in gradient * 10 }  // replaces what flows on
    b.gradFn!.registerHook { gradInputs, gradOutputs in
      print("MulBackward0 was given", gradOutputs[0]!)
    }
    a.registerPostAccumulateGradHook { leaf in print("arrived:", leaf.grad!) }
    try b.sum().backward()
    handle.remove()
    #expect(a.grad!.toArray() == [30, 30])
  }

  @Test func `functions of one's own, and functions of functions`() throws {
    let point = Tensor([0.5, -1.0], dtype: .float64, requiresGrad: true)
    try gradcheck(Cube.apply, point)
    try gradgradcheck(Cube.apply, point)
    #expect(Cube.apply(point).gradFn?.name == "CubeBackward")

    func energy(_ x: Tensor) -> Tensor { (x * x * x).sum() }
    print(try jacobian({ $0.exp() }, Tensor([0.0, 0.0])))
    print(try hessian(energy, Tensor([1.0, 2.0])))  // tensor([[ 6.,  0.], [ 0., 12.]])
    print(try hvp(energy, Tensor([1.0, 2.0]), v: Tensor([1.0, 1.0])).hvp)
    #expect(try hessian(energy, Tensor([1.0, 2.0])).toArray() == [6, 0, 0, 12])
  }

  @Test func `an anomaly is found`() throws {
    do {
      try detectAnomaly {
        let x = Tensor([0.0, 1.0], requiresGrad: true)
        try x.sqrt().sum().backward()
      }
    } catch let error as AutogradError {
      print(error)  // which node, where its forward call was made, and what to look for
    }
    let error = #expect(throws: AutogradError.self) {
      try detectAnomaly { try Tensor([0.0], requiresGrad: true).sqrt().sum().backward() }
    }
    #expect(error?.node == "SqrtBackward0")
  }
}
