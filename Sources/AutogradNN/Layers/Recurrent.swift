// Recurrent networks over sequences: RNN, LSTM, GRU.

public import Autograd

/// What recurrent networks share: layers, directions, and their parameters, `weight_ih_l0` and so on.
public class RecurrentModule: Module {
  /// The size of an input.
  public final let inputSize: Int
  /// The size of a hidden state.
  public final let hiddenSize: Int
  /// How many layers lie on top of each other.
  public final let numLayers: Int
  private let kind: RecurrentKind
  private let hasBias: Bool
  private let isBatchFirst: Bool
  private let dropout: Double
  private let isBidirectional: Bool

  init(
    _ kind: RecurrentKind, _ inputSize: Int, _ hiddenSize: Int, _ numLayers: Int, _ bias: Bool,
    _ batchFirst: Bool, _ dropout: Double, _ bidirectional: Bool, _ dtype: DType
  ) {
    self.kind = kind
    self.inputSize = inputSize
    self.hiddenSize = hiddenSize
    self.numLayers = numLayers
    hasBias = bias
    isBatchFirst = batchFirst
    self.dropout = dropout
    isBidirectional = bidirectional
    super.init()
    guard 0...1 ~= dropout else {
      refuse(
        typeName,
        "dropout should be a number in range [0, 1] representing the probability of an element "
          + "being zeroed")
    }
    guard hiddenSize > 0 else { refuse(typeName, "hidden_size must be greater than zero") }
    guard numLayers > 0 else { refuse(typeName, "num_layers must be greater than zero") }
    let gates = kind.gates * hiddenSize
    for layer in 0..<numLayers {
      let width = layer == 0 ? inputSize : hiddenSize * directions
      for suffix in suffixes(layer) {
        registerParameter("weight_ih_\(suffix)", .zeros(gates, width, dtype: dtype))
        registerParameter("weight_hh_\(suffix)", .zeros(gates, hiddenSize, dtype: dtype))
        if bias {
          registerParameter("bias_ih_\(suffix)", .zeros(gates, dtype: dtype))
          registerParameter("bias_hh_\(suffix)", .zeros(gates, dtype: dtype))
        }
      }
    }
    let bound = 1 / Double(hiddenSize).squareRoot()
    for parameter in parameters() { Init.uniform_(parameter, a: -bound, b: bound) }
  }

  private var directions: Int { isBidirectional ? 2 : 1 }

  private func suffixes(_ layer: Int) -> [String] {
    isBidirectional ? ["l\(layer)", "l\(layer)_reverse"] : ["l\(layer)"]
  }

  private func weights(_ suffix: String) -> RecurrentWeights {
    RecurrentWeights(
      inputHidden: registeredParameter("weight_ih_\(suffix)")!,
      hiddenHidden: registeredParameter("weight_hh_\(suffix)")!,
      inputBias: registeredParameter("bias_ih_\(suffix)"),
      hiddenBias: registeredParameter("bias_hh_\(suffix)"))
  }

  /// A call of the module: the outputs of the last layer, then the last states of all layers,
  /// [numLayers · directions, …].
  final func results(_ input: Tensor, _ states: [Tensor]?) -> [Tensor] {
    call([input] + (states ?? [])) { inputs in
      let (output, last) = run(inputs[0], states == nil ? nil : Array(inputs[1...]))
      return [output] + last
    }
  }

  private func run(_ given: Tensor, _ givenStates: [Tensor]?) -> (output: Tensor, states: [Tensor])
  {
    guard 2...3 ~= given.dim else {
      refuse(typeName, "Expected input to be 2D or 3D, got \(given.dim)D instead")
    }
    guard given.size(-1) == inputSize else {
      refuse(
        typeName,
        "input.size(-1) must be equal to input_size. Expected \(inputSize), got \(given.size(-1))")
    }
    let isBatched = given.dim == 3
    let batchDimension = isBatchFirst ? 0 : 1
    let input = isBatched ? given : given.unsqueeze(batchDimension)
    let batch = input.size(batchDimension)
    let stateShape = [numLayers * directions, batch, hiddenSize]
    var states: [Tensor]
    if let givenStates {
      states = isBatched ? givenStates : givenStates.map { $0.unsqueeze(1) }
      for (i, state) in states.enumerated() where state.shape != stateShape {
        refuse(
          typeName, "Expected hidden[\(i)] size \(stateShape), got \(state.shape)")
      }
    } else {
      let zeros = Tensor.zeros(stateShape, dtype: input.dtype)
      states = kind == .lstm ? [zeros, .zeros(stateShape, dtype: input.dtype)] : [zeros]
    }
    var steps = isBatchFirst ? input.transpose(0, 1) : input
    let initial = states.map { $0.unbind(dim: 0) }
    var last: [[Tensor]] = []
    for layer in 0..<numLayers {
      let results = suffixes(layer).enumerated().map { direction, suffix in
        let place = layer * directions + direction
        return run(
          steps, initial.map { $0[place] }, weights(suffix), backwards: direction == 1)
      }
      last += results.map(\.state)
      steps = isBidirectional ? .cat(results.map(\.output), dim: 2) : results[0].output
      if dropout > 0, training, layer + 1 < numLayers {
        steps = steps.dropout(p: dropout, training: true)
      }
    }
    // PyTorch turns an LSTM's result round as a view, the others' in place.
    var output =
      !isBatchFirst ? steps : kind == .lstm ? steps.transpose(0, 1) : steps.resultTransposed(0, 1)
    states = states.indices.map { i in .stack(last.map { $0[i] }, dim: 0) }
    if !isBatched {
      output = output.squeeze(batchDimension)
      states = states.map { $0.squeeze(1) }
    }
    return (output, states)
  }

  /// One layer in one direction: all outputs, [L, N, hiddenSize], and the last state.
  private func run(
    _ input: Tensor, _ initial: [Tensor], _ weights: RecurrentWeights, backwards: Bool
  ) -> (output: Tensor, state: [Tensor]) {
    var gates = weights.gates(of: input).unbind(dim: 0)
    if backwards { gates.reverse() }
    var state = initial
    var outputs: [Tensor] = []
    for gate in gates {
      state = kind.step(gate, state, weights)
      outputs.append(state[0])
    }
    if backwards { outputs.reverse() }
    return (.stack(outputs, dim: 0), state)
  }

  /// The sizes, and what is not as by default.
  public override final var extraRepr: String {
    var text = "\(inputSize), \(hiddenSize)"
    if numLayers != 1 { text += ", num_layers=\(numLayers)" }
    if !hasBias { text += ", bias=False" }
    if isBatchFirst { text += ", batch_first=True" }
    if dropout != 0 { text += ", dropout=\(dropout)" }
    if isBidirectional { text += ", bidirectional=True" }
    return text
  }
}

/// An Elman network over sequences.
public final class RNN: RecurrentModule {
  /// A network with parameters drawn evenly within 1/√hiddenSize of zero.
  public init(
    _ inputSize: Int, _ hiddenSize: Int, numLayers: Int = 1,
    nonlinearity: RecurrentNonlinearity = .tanh, bias: Bool = true, batchFirst: Bool = false,
    dropout: Double = 0, bidirectional: Bool = false, dtype: DType = .float32
  ) {
    super.init(
      nonlinearity.kind, inputSize, hiddenSize, numLayers, bias, batchFirst, dropout,
      bidirectional, dtype)
  }

  /// A sequence, [L, N, inputSize], and the states before it, to its outputs and the states after.
  ///
  /// - Parameters:
  ///   - input: [L, N, inputSize], with `batchFirst` [N, L, inputSize], for one example without N.
  ///   - hidden: [layers · directions, N, hiddenSize]; zeros unless given.
  /// - Returns: the last layer's hidden states, [L, N, directions · hiddenSize], and the last states.
  public func callAsFunction(
    _ input: Tensor, _ hidden: Tensor? = nil
  ) -> (output: Tensor, hidden: Tensor) {
    let result = results(input, hidden.map { [$0] })
    return (result[0], result[1])
  }
}

/// A network with gates over sequences (Cho et al., 2014).
public final class GRU: RecurrentModule {
  /// A network with parameters drawn evenly within 1/√hiddenSize of zero.
  public init(
    _ inputSize: Int, _ hiddenSize: Int, numLayers: Int = 1, bias: Bool = true,
    batchFirst: Bool = false, dropout: Double = 0, bidirectional: Bool = false,
    dtype: DType = .float32
  ) {
    super.init(
      .gru, inputSize, hiddenSize, numLayers, bias, batchFirst, dropout, bidirectional, dtype)
  }

  /// A sequence and the states before it, to its outputs and the states after, as ``RNN`` has it.
  public func callAsFunction(
    _ input: Tensor, _ hidden: Tensor? = nil
  ) -> (output: Tensor, hidden: Tensor) {
    let result = results(input, hidden.map { [$0] })
    return (result[0], result[1])
  }
}

/// A network with cell states over sequences (Hochreiter and Schmidhuber, 1997).
///
/// Its graph is PyTorch's of the steps; in float32 PyTorch has one node for a whole layer instead.
public final class LSTM: RecurrentModule {
  /// A network with parameters drawn evenly within 1/√hiddenSize of zero; projections are refused.
  public init(
    _ inputSize: Int, _ hiddenSize: Int, numLayers: Int = 1, bias: Bool = true,
    batchFirst: Bool = false, dropout: Double = 0, bidirectional: Bool = false,
    projSize: Int = 0, dtype: DType = .float32
  ) {
    guard projSize == 0 else { refuse("LSTM", "proj_size is not supported, but got \(projSize)") }
    super.init(
      .lstm, inputSize, hiddenSize, numLayers, bias, batchFirst, dropout, bidirectional, dtype)
  }

  /// A sequence and the states before it, to its outputs and the states after, as ``RNN`` has it.
  public func callAsFunction(
    _ input: Tensor, _ state: (hidden: Tensor, cell: Tensor)? = nil
  ) -> (output: Tensor, state: (hidden: Tensor, cell: Tensor)) {
    let result = results(input, state.map { [$0.hidden, $0.cell] })
    return (result[0], (result[1], result[2]))
  }
}
