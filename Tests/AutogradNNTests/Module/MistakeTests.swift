// Mistakes stop the program with PyTorch's facts.
import Autograd
import AutogradNN
import Testing

@Suite struct MistakeTests {
  @Test(arguments: Mistake.all.indices)
  func `a mistake stops the program and says what is wrong`(i: Int) async {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { [i] in Mistake.all[i].make() }
    let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    for fragment in Mistake.all[i].fragments {
      #expect(message.contains(fragment), "\(message) lacks \(fragment)")
    }
  }
}

/// A mistake, and what the message must contain.
struct Mistake: Sendable {
  let fragments: [String]
  let make: @Sendable () -> Void

  init(_ fragments: String..., make: @escaping @Sendable () -> Void) {
    self.fragments = fragments
    self.make = make
  }

  private static var parameter: Tensor { .zeros(2, requiresGrad: true) }

  static let all: [Mistake] = [
    Mistake("Module [ModuleList] is missing the required \"forward\" function") {
      _ = ModuleList(Linear(1, 1))(.ones(1))
    },
    Mistake("SGD: Invalid learning rate: -1") { _ = SGD([parameter], lr: -1) },
    Mistake("SGD: Nesterov momentum requires a momentum and zero dampening") {
      _ = SGD([parameter], momentum: 0.9, dampening: 0.1, nesterov: true)
    },
    Mistake("Adam: Invalid beta parameter at index 1: 1.0") {
      _ = Adam([parameter], betas: (0.9, 1))
    },
    Mistake("RMSprop: Invalid alpha value: -0.1") { _ = RMSprop([parameter], alpha: -0.1) },
    Mistake("optimizer got an empty parameter list") { _ = Adam([Tensor]()) },
    Mistake("some parameters appear in more than one parameter group") {
      let shared = parameter
      _ = SGD([ParameterGroup([shared]), ParameterGroup([shared])])
    },
    Mistake("can't optimize a non-leaf Tensor") { _ = SGD([parameter * 2]) },
    Mistake("num_channels (5) must be divisible by num_groups (2)") { _ = GroupNorm(2, 5) },
    Mistake("out_channels must be divisible by groups") {
      _ = Conv2d(4, 3, kernelSize: 1, groups: 2)
    },
    Mistake("padding='same' is not supported for strided convolutions") {
      _ = Conv1d(1, 1, kernelSize: 3, stride: 2, padding: .same)
    },
    Mistake("expected 4D input (got 3D input)") { _ = BatchNorm2d(3)(.ones(1, 3, 2)) },
    Mistake("dropout probability has to be between 0 and 1, but got 1.5") { _ = Dropout(p: 1.5) },
    Mistake("embed_dim must be divisible by num_heads") { _ = MultiheadAttention(6, 4) },
    Mistake("Padding_idx must be within num_embeddings") { _ = Embedding(3, 2, paddingIdx: 3) },
    Mistake("proj_size is not supported") { _ = LSTM(2, 4, projSize: 2) },
    Mistake("input.size(-1) must be equal to input_size. Expected 3, got 2") {
      _ = GRU(3, 4)(.ones(2, 1, 2)).output
    },
    Mistake("The specified number of total steps is 2") {
      let scheduler = OneCycleLR(SGD([parameter], momentum: 0.9), maxLr: 1, totalSteps: 2)
      for _ in 0..<3 { scheduler.step() }
    },
  ]
}
