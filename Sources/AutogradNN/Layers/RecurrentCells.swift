// Recurrent cells: one step of RNN, LSTM and GRU, in PyTorch's terms.

public import Autograd

/// The weights of one direction of one recurrent layer.
struct RecurrentWeights {
  var inputHidden: Tensor
  var hiddenHidden: Tensor
  var inputBias: Tensor?
  var hiddenBias: Tensor?

  /// What the inputs of all steps give the gates.
  func gates(of input: Tensor) -> Tensor { input.linear(inputHidden, bias: inputBias) }

  /// What the hidden state gives the gates.
  func gates(ofHidden hidden: Tensor) -> Tensor { hidden.linear(hiddenHidden, bias: hiddenBias) }
}

/// The kinds of recurrent cells.
///
/// Source of the order of operators: ATen/native/RNN.cpp.
enum RecurrentKind: Sendable {
  case tanh
  case relu
  case lstm
  case gru

  /// How many times the hidden size the gates are.
  var gates: Int {
    switch self {
    case .tanh, .relu: 1
    case .lstm: 4
    case .gru: 3
    }
  }

  /// One step: from what the input gives the gates and the state, [hidden] or [hidden, cell].
  func step(_ inputGates: Tensor, _ state: [Tensor], _ weights: RecurrentWeights) -> [Tensor] {
    let hidden = state[0]
    switch self {
    case .tanh: return [(weights.gates(ofHidden: hidden) + inputGates).tanh()]
    case .relu: return [(weights.gates(ofHidden: hidden) + inputGates).relu()]
    case .lstm:
      let gates = (weights.gates(ofHidden: hidden) + inputGates).unsafeChunk(4, dim: 1)
      let input = gates[0].sigmoid()
      let forget = gates[1].sigmoid()
      let candidate = gates[2].tanh()
      let output = gates[3].sigmoid()
      let cell = forget * state[1] + input * candidate
      return [output * cell.tanh(), cell]
    case .gru:
      let fromInput = inputGates.unsafeChunk(3, dim: 1)
      let fromHidden = weights.gates(ofHidden: hidden).unsafeChunk(3, dim: 1)
      let reset = (fromHidden[0] + fromInput[0]).sigmoid()
      let update = (fromHidden[1] + fromInput[1]).sigmoid()
      let candidate = (fromInput[2] + fromHidden[2] * reset).tanh()
      return [(hidden - candidate) * update + candidate]
    }
  }
}

/// What the cells share.
public class RecurrentCell: Module {
  /// From the input to the gates.
  @Parameter public final var weightIh: Tensor
  /// From the hidden state to the gates.
  @Parameter public final var weightHh: Tensor
  /// What is added to the first, if anything.
  @Parameter public final var biasIh: Tensor?
  /// What is added to the second, if anything.
  @Parameter public final var biasHh: Tensor?
  /// The size of an input.
  public final let inputSize: Int
  /// The size of a hidden state.
  public final let hiddenSize: Int
  private let kind: RecurrentKind
  private let hasBias: Bool

  init(_ kind: RecurrentKind, _ inputSize: Int, _ hiddenSize: Int, _ bias: Bool, _ dtype: DType) {
    self.kind = kind
    self.inputSize = inputSize
    self.hiddenSize = hiddenSize
    hasBias = bias
    let gates = kind.gates * hiddenSize
    weightIh = .zeros(gates, inputSize, dtype: dtype)
    weightHh = .zeros(gates, hiddenSize, dtype: dtype)
    biasIh = bias ? .zeros(gates, dtype: dtype) : nil
    biasHh = bias ? .zeros(gates, dtype: dtype) : nil
    super.init()
    let bound = hiddenSize > 0 ? 1 / Double(hiddenSize).squareRoot() : 0
    for parameter in parameters() { Init.uniform_(parameter, a: -bound, b: bound) }
  }

  /// A call of the module.
  final func results(_ input: Tensor, _ state: [Tensor]?) -> [Tensor] {
    call([input] + (state ?? [])) { inputs in
      next(inputs[0], state == nil ? nil : Array(inputs[1...]))
    }
  }

  /// One step for a batch or a single example.
  final func next(_ input: Tensor, _ state: [Tensor]?) -> [Tensor] {
    guard 1...2 ~= input.dim else {
      refuse(
        typeName, "Expected input to be 1D or 2D, got \(input.dim)D instead")
    }
    let isBatched = input.dim == 2
    let input = isBatched ? input : input.unsqueeze(0)
    let states =
      state.map { isBatched ? $0 : $0.map { $0.unsqueeze(0) } }
      ?? Array(
        repeating: .zeros(input.size(0), hiddenSize, dtype: input.dtype),
        count: kind == .lstm ? 2 : 1)
    let weights = RecurrentWeights(
      inputHidden: weightIh, hiddenHidden: weightHh, inputBias: biasIh, hiddenBias: biasHh)
    let result = kind.step(weights.gates(of: input), states, weights)
    return isBatched ? result : result.map { $0.squeeze(0) }
  }

  /// The sizes, and what is not as by default.
  public override final var extraRepr: String {
    "\(inputSize), \(hiddenSize)" + (hasBias ? "" : ", bias=False")
      + (kind == .relu ? ", nonlinearity=relu" : "")
  }
}

/// What an RNN does between its gates and its state.
public enum RecurrentNonlinearity: Sendable {
  /// The hyperbolic tangent.
  case tanh
  /// The positive part.
  case relu

  var kind: RecurrentKind { self == .tanh ? .tanh : .relu }
}

/// One step of an Elman network: tanh(W_ih x + b_ih + W_hh h + b_hh).
public final class RNNCell: RecurrentCell {
  /// A cell with parameters drawn evenly within 1/√hiddenSize of zero.
  public init(
    _ inputSize: Int, _ hiddenSize: Int, bias: Bool = true,
    nonlinearity: RecurrentNonlinearity = .tanh, dtype: DType = .float32
  ) {
    super.init(nonlinearity.kind, inputSize, hiddenSize, bias, dtype)
  }

  /// [N, inputSize] and the state, [N, hiddenSize], to the next state; zeros unless given.
  public func callAsFunction(_ input: Tensor, _ hidden: Tensor? = nil) -> Tensor {
    results(input, hidden.map { [$0] })[0]
  }
}

/// One step of a network with gates (Cho et al., 2014).
public final class GRUCell: RecurrentCell {
  /// A cell with parameters drawn evenly within 1/√hiddenSize of zero.
  public init(
    _ inputSize: Int, _ hiddenSize: Int, bias: Bool = true, dtype: DType = .float32
  ) {
    super.init(.gru, inputSize, hiddenSize, bias, dtype)
  }

  /// [N, inputSize] and the state, [N, hiddenSize], to the next state; zeros unless given.
  public func callAsFunction(_ input: Tensor, _ hidden: Tensor? = nil) -> Tensor {
    results(input, hidden.map { [$0] })[0]
  }
}

/// One step of a network with a cell state (Hochreiter and Schmidhuber, 1997).
public final class LSTMCell: RecurrentCell {
  /// A cell with parameters drawn evenly within 1/√hiddenSize of zero.
  public init(
    _ inputSize: Int, _ hiddenSize: Int, bias: Bool = true, dtype: DType = .float32
  ) {
    super.init(.lstm, inputSize, hiddenSize, bias, dtype)
  }

  /// [N, inputSize] and the states, [N, hiddenSize] each, to the next states; zeros unless given.
  public func callAsFunction(
    _ input: Tensor, _ state: (hidden: Tensor, cell: Tensor)? = nil
  ) -> (hidden: Tensor, cell: Tensor) {
    let result = results(input, state.map { [$0.hidden, $0.cell] })
    return (result[0], result[1])
  }
}
