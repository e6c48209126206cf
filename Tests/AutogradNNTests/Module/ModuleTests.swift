// Modules: their members, names, scopes, hooks and states.
import Autograd
import AutogradNN
import GraphModel
import Testing

private final class Block: Module {
  let conv1 = Linear(2, 2)
  @Submodule("ln_1") var norm = LayerNorm(2)
  let downsample: Linear?

  init(downsample: Linear? = nil) { self.downsample = downsample }

  override func forward(_ x: Tensor) -> Tensor {
    norm(conv1(x)).relu() + (downsample.map { $0(x) } ?? x)
  }
}

private class Net: Module {
  @Parameter var scale: Tensor
  @Parameter("own_name") var shift: Tensor? = nil
  @Buffer var runningMean = Tensor.zeros(2)
  @Buffer(persistent: false) var mask: Tensor = .ones(2)
  let plain = Tensor.ones(3)
  let layers: [Block]
  let byName: [String: Module] = ["b": Linear(2, 2), "a": Identity()]
  var fcOut = Linear(2, 3)
  let count = 3

  override init() {
    scale = .ones(2)
    layers = [Block(), Block(downsample: Linear(2, 2, bias: false))]
    super.init()
  }

  override func forward(_ x: Tensor) -> Tensor {
    var x = x * scale
    for layer in layers { x = layer(x) }
    return fcOut(x)
  }
}

@Suite struct ModuleTests {
  @Test func `members are found in their order under PyTorch's names`() {
    let net = Net()
    #expect(net.namedParameters(recurse: false).map(\.0) == ["scale"])
    net.shift = .zeros(2)
    #expect(net.namedParameters(recurse: false).map(\.0) == ["scale", "own_name"])
    #expect(
      net.namedParameters().map(\.0) == [
        "scale", "own_name", "layers.0.conv1.weight", "layers.0.conv1.bias",
        "layers.0.ln_1.weight", "layers.0.ln_1.bias", "layers.1.conv1.weight",
        "layers.1.conv1.bias", "layers.1.ln_1.weight", "layers.1.ln_1.bias",
        "layers.1.downsample.weight", "by_name.b.weight", "by_name.b.bias", "fc_out.weight",
        "fc_out.bias",
      ])
    #expect(net.namedBuffers().map(\.0) == ["running_mean", "mask"])
    #expect(
      net.namedChildren().map(\.0) == ["layers.0", "layers.1", "by_name.a", "by_name.b", "fc_out"])
    #expect(net.stateDict().keys.contains("running_mean"))
    #expect(!net.stateDict().keys.contains("mask"))
    #expect(net.namedModules()[0].0 == "")
    #expect(net.parameters().allSatisfy { $0.requiresGrad && $0.isLeaf })
  }

  @Test func `what two modules share comes once, and is saved under both names`() {
    final class Tied: Module {
      let first = Linear(2, 2, bias: false)
      let second = Linear(2, 2, bias: false)
      override init() {
        super.init()
        second.weight = first.weight
      }
    }
    let tied = Tied()
    #expect(tied.namedParameters().map(\.0) == ["first.weight"])
    #expect(tied.stateDict().keys == ["first.weight", "second.weight"])
    tied.double()
    #expect(tied.first.weight === tied.second.weight)
    #expect(tied.first.weight.dtype == .float64)
  }

  @Test func `nodes carry the module's path, also of one that was replaced`() throws {
    let net = Net()
    let x = Tensor.ones(4, 2)
    func scopes() -> [String: Int] {
      net(x).sum().graph().nodes.reduce(into: [:]) { counts, node in
        if let scope = node.scope { counts[scope, default: 0] += 1 }
      }
    }
    let first = scopes()
    #expect(
      Set(first.keys) == [
        "", "layers.0", "layers.0.conv1", "layers.0.ln_1", "layers.1", "layers.1.conv1",
        "layers.1.ln_1", "layers.1.downsample", "fc_out",
      ])
    #expect(scopes() == first)
    net.fcOut = Linear(2, 5)
    #expect(scopes() == first)
    // Within another module everything has another path.
    let outer = Sequential(net)
    let graph = outer(x).sum().graph()
    #expect(graph.nodes.contains { $0.scope == "0.layers.1.conv1" })
    #expect(graph.nodes.contains { $0.scope == "0.fc_out" })
    #expect(scopes() == first)
    #expect(ModuleScope.current == nil)
  }

  @Test func `a scope of the program's own stands before the paths`() {
    let net = Net()
    let graph = ModuleScope("teacher").run { net(.ones(1, 2)) }.sum().graph()
    #expect(graph.nodes.contains { $0.scope == "teacher.layers.0.conv1" })
  }

  @Test func `train and eval reach all modules`() {
    let net = Net()
    net.eval()
    #expect(net.modules().allSatisfy { !$0.training })
    net.train()
    #expect(net.modules().allSatisfy { $0.training })
    net.requiresGrad_(false)
    #expect(net.parameters().allSatisfy { !$0.requiresGrad })
  }

  @Test func `apply visits children first`() {
    var visited: [String] = []
    Sequential(Linear(1, 1), Sequential(Tanh())).apply { visited.append($0.typeName) }
    #expect(visited == ["Linear", "Tanh", "Sequential", "Sequential"])
  }

  @Test func `hooks see and replace what flows`() {
    let layer = Linear(2, 2)
    var seen: [String] = []
    let before = layer.registerForwardPreHook { module, inputs in
      seen.append("before \(module.typeName) \(inputs.count)")
      return [inputs[0] * 0]
    }
    let after = layer.registerForwardHook { _, inputs, outputs in
      seen.append("after \(inputs[0].sum().item())")
      return [outputs[0] + 1]
    }
    let y = layer(.ones(1, 2))
    #expect(seen == ["before Linear 1", "after 0.0"])
    #expect(y.equal(layer.bias!.detach().unsqueeze(0) + 1))
    before.remove()
    after.remove()
    _ = layer(.ones(1, 2))
    #expect(seen.count == 2)
  }

  @Test func `recurrent modules are called with and without states`() {
    let x = Tensor.ones(2, 1, 3)
    let result = LSTM(3, 4)(x)
    #expect(result.output.shape == [2, 1, 4] && result.state.cell.shape == [1, 1, 4])
    let gru = GRU(3, 4)
    let first = gru(x)
    let second = gru(x, first.hidden)
    #expect(second.output.shape == [2, 1, 4])
    let cell = LSTMCell(3, 4)
    let state = cell(x[0])
    let next = cell(x[1], state)
    #expect(next.hidden.shape == [1, 4])
    #expect(GRUCell(3, 4)(x[0]).shape == [1, 4])
  }

  @Test func `children of dictionaries come in the order of their keys`() {
    final class Numbered: Module {
      let steps: [Int: Linear?] = [10: Linear(1, 1), 2: Linear(1, 1), 3: nil]
    }
    #expect(Numbered().namedChildren().map(\.0) == ["steps.2", "steps.10"])
  }

  @Test func `backward hooks see and replace gradients`() throws {
    let layer = Linear(2, 1)
    var seen: [[Double]] = []
    layer.registerFullBackwardHook { _, gradInputs, gradOutputs in
      seen.append(gradOutputs[0]!.toArray())
      return gradInputs.map { $0.map { $0 * 0 + 7 } }
    }
    let x = Tensor.ones(1, 2, requiresGrad: true)
    let y = layer(x)
    #expect(y.gradFn?.name == "BackwardHookFunctionBackward")
    try (y * 3).sum().backward()
    #expect(seen == [[3]])
    #expect(x.grad!.toArray() == [7.0, 7])
    // An input without a gradient has none to be seen.
    try layer(.ones(1, 2)).sum().backward()
    #expect(seen == [[3], [1]])
  }

  @Test func `zeroGrad forgets gradients or clears them`() throws {
    let layer = Linear(2, 1)
    try layer(.ones(1, 2)).sum().backward()
    layer.zeroGrad(setToNone: false)
    #expect(layer.weight.grad!.toArray() == [0.0, 0])
    layer.zeroGrad()
    #expect(layer.weight.grad == nil)
  }
}

@Suite struct StateDictTests {
  @Test func `a state comes back`() throws {
    let (first, second) = (Net(), Net())
    try second.loadStateDict(first.stateDict())
    for ((_, a), (_, b)) in zip(first.namedParameters(), second.namedParameters()) {
      #expect(a.equal(b))
    }
  }

  @Test func `what does not fit is named in PyTorch's words`() throws {
    let layer = Linear(3, 2)
    let state: StateDict = ["weight": .zeros(2, 2), "extra": .zeros(1)]
    do {
      try layer.loadStateDict(state)
      Issue.record("it was loaded")
    } catch {
      #expect(error.missing == ["bias"])
      #expect(error.unexpected == ["extra"])
      #expect(error.mismatches == [.init(key: "weight", found: [2, 2], expected: [2, 3])])
      #expect(
        error.description == """
          Error(s) in loading state_dict for Linear:
          \tMissing key(s) in state_dict: "bias". \

          \tUnexpected key(s) in state_dict: "extra". \

          \tsize mismatch for weight: copying a param with shape torch.Size([2, 2]) from \
          checkpoint, the shape in current model is torch.Size([2, 3]).
          """)
    }
    let keys = try layer.loadStateDict(["bias": .ones(2), "extra": .zeros(1)], strict: false)
    #expect(keys.missing == ["weight"] && keys.unexpected == ["extra"])
    #expect(layer.bias!.toArray() == [1.0, 1])
    // States of old versions do not count the batches.
    var old = BatchNorm1d(2).stateDict()
    old["num_batches_tracked"] = nil
    try BatchNorm1d(2).loadStateDict(old)
  }
}
