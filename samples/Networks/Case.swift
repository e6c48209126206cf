// The networks with the inputs that PyTorch's reference runs took.

public import Autograd
public import AutogradNN

/// A network, an input and class targets, and the names of the reference runs.
public enum NetworkCase: String, CaseIterable, Sendable {
  case mlp, resnet18, gpt, lstm

  /// The network, filled by the formula, in training mode.
  public func makeModel(_ dtype: DType) -> Module {
    let model: Module =
      switch self {
      case .mlp: MLP()
      case .resnet18: ResNet18()
      case .gpt: GPT(vocabulary: 65, context: 32, d: 48, heads: 4, layers: 3)
      case .lstm: HandWrittenLSTM(inputs: 8, hidden: 16, classes: 5)
      }
    fill(model)
    return model.to(dtype)
  }

  /// What goes into the network.
  public func makeInput(_ dtype: DType) -> Tensor {
    switch self {
    case .mlp: formulaInput([16, 784]).to(dtype)
    case .resnet18: formulaInput([4, 3, 96, 96]).to(dtype)
    case .gpt: Tensor((0..<64).map { $0 * 17 % 65 }, dtype: .int64).view(2, 32)
    case .lstm: formulaInput([4, 20, 8]).to(dtype)
    }
  }

  /// The classes that the network should find.
  public var targets: Tensor {
    switch self {
    case .mlp: formulaTargets(16, classes: 10)
    case .resnet18: formulaTargets(4, classes: 1000)
    case .gpt: formulaTargets(64, classes: 65)
    case .lstm: formulaTargets(4, classes: 5)
    }
  }

  /// The loss of the network's answer: cross entropy over all that was classified.
  public func loss(_ model: Module, _ input: Tensor) -> Tensor {
    let logits = model(input)
    return logits.reshape(-1, logits.size(-1)).crossEntropy(targets)
  }
}
