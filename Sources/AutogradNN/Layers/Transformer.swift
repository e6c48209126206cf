// Layers and stacks of transformers.

public import Autograd

/// What stands between the two linear layers of a transformer's feed-forward part.
public enum TransformerActivation: Sendable {
  /// The positive part.
  case relu
  /// GELU by the error function.
  case gelu

  func callAsFunction(_ x: Tensor) -> Tensor { self == .relu ? x.relu() : x.gelu() }
}

/// A layer of a transformer's encoder: self-attention and a feed-forward part, each with a residual
/// connection and a normalisation (Vaswani et al., 2017).
public final class TransformerEncoderLayer: Module {
  let selfAttn: MultiheadAttention
  let linear1: Linear
  let dropout: Dropout
  let linear2: Linear
  let norm1: LayerNorm
  let norm2: LayerNorm
  let dropout1: Dropout
  let dropout2: Dropout
  private let activation: TransformerActivation
  private let normFirst: Bool
  private let remake: () -> TransformerEncoderLayer

  /// A layer with random parameters.
  public init(
    _ dModel: Int, _ nhead: Int, dimFeedforward: Int = 2048, dropout: Double = 0.1,
    activation: TransformerActivation = .relu, layerNormEps: Double = 1e-5,
    batchFirst: Bool = false, normFirst: Bool = false, bias: Bool = true,
    dtype: DType = .float32
  ) {
    selfAttn = MultiheadAttention(
      dModel, nhead, dropout: dropout, bias: bias, batchFirst: batchFirst, dtype: dtype)
    linear1 = Linear(dModel, dimFeedforward, bias: bias, dtype: dtype)
    self.dropout = Dropout(p: dropout)
    linear2 = Linear(dimFeedforward, dModel, bias: bias, dtype: dtype)
    norm1 = LayerNorm(dModel, eps: layerNormEps, bias: bias, dtype: dtype)
    norm2 = LayerNorm(dModel, eps: layerNormEps, bias: bias, dtype: dtype)
    dropout1 = Dropout(p: dropout)
    dropout2 = Dropout(p: dropout)
    self.activation = activation
    self.normFirst = normFirst
    remake = {
      TransformerEncoderLayer(
        dModel, nhead, dimFeedforward: dimFeedforward, dropout: dropout, activation: activation,
        layerNormEps: layerNormEps, batchFirst: batchFirst, normFirst: normFirst, bias: bias,
        dtype: dtype)
    }
    super.init()
  }

  /// A layer with the same numbers that shares none, as `copy.deepcopy` makes it.
  func copy() -> TransformerEncoderLayer { copied(self, remake) }

  /// [L, N, dModel], with `batchFirst` [N, L, dModel], to the same.
  public override func forward(_ input: Tensor) -> Tensor { run(input, nil, nil, false) }

  /// As the module's call, with masks as ``MultiheadAttention`` takes them.
  public func callAsFunction(
    _ source: Tensor, mask: Tensor?, keyPaddingMask: Tensor? = nil, isCausal: Bool = false
  ) -> Tensor {
    call([source]) { [run($0[0], mask, keyPaddingMask, isCausal)] }[0]
  }

  private func run(
    _ x: Tensor, _ mask: Tensor?, _ padding: Tensor?, _ isCausal: Bool
  ) -> Tensor {
    func attention(_ x: Tensor) -> Tensor {
      dropout1(
        selfAttn(
          x, x, x, keyPaddingMask: padding, needWeights: false, attnMask: mask,
          isCausal: isCausal
        ).output)
    }
    func feedForward(_ x: Tensor) -> Tensor {
      dropout2(linear2(dropout(activation(linear1(x)))))
    }
    if normFirst {
      let y = x + attention(norm1(x))
      return y + feedForward(norm2(y))
    }
    let y = norm1(x + attention(x))
    return norm2(y + feedForward(y))
  }
}

/// A stack of encoder layers.
public final class TransformerEncoder: Module {
  let layers: ModuleList
  let norm: Module?

  /// `numLayers` copies of a layer, with the same numbers to begin with, and a normalisation at the
  /// end if there is one.
  public init(_ encoderLayer: TransformerEncoderLayer, numLayers: Int, norm: Module? = nil) {
    layers = ModuleList((0..<numLayers).map { _ in encoderLayer.copy() })
    self.norm = norm
    super.init()
  }

  /// The input through all layers.
  public override func forward(_ input: Tensor) -> Tensor { run(input, nil, nil, false) }

  /// As the module's call, with masks as ``MultiheadAttention`` takes them.
  public func callAsFunction(
    _ source: Tensor, mask: Tensor?, srcKeyPaddingMask: Tensor? = nil, isCausal: Bool = false
  ) -> Tensor {
    call([source]) { [run($0[0], mask, srcKeyPaddingMask, isCausal)] }[0]
  }

  private func run(
    _ source: Tensor, _ mask: Tensor?, _ padding: Tensor?, _ isCausal: Bool
  ) -> Tensor {
    var x = source
    for case let layer as TransformerEncoderLayer in layers {
      x = layer(x, mask: mask, keyPaddingMask: padding, isCausal: isCausal)
    }
    return norm.map { $0(x) } ?? x
  }
}

/// A layer of a transformer's decoder: self-attention, attention to the encoder's result, and a
/// feed-forward part (Vaswani et al., 2017).
public final class TransformerDecoderLayer: Module {
  let selfAttn: MultiheadAttention
  let multiheadAttn: MultiheadAttention
  let linear1: Linear
  let dropout: Dropout
  let linear2: Linear
  let norm1: LayerNorm
  let norm2: LayerNorm
  let norm3: LayerNorm
  let dropout1: Dropout
  let dropout2: Dropout
  let dropout3: Dropout
  private let activation: TransformerActivation
  private let normFirst: Bool
  private let remake: () -> TransformerDecoderLayer

  /// A layer with random parameters.
  public init(
    _ dModel: Int, _ nhead: Int, dimFeedforward: Int = 2048, dropout: Double = 0.1,
    activation: TransformerActivation = .relu, layerNormEps: Double = 1e-5,
    batchFirst: Bool = false, normFirst: Bool = false, bias: Bool = true,
    dtype: DType = .float32
  ) {
    selfAttn = MultiheadAttention(
      dModel, nhead, dropout: dropout, bias: bias, batchFirst: batchFirst, dtype: dtype)
    multiheadAttn = MultiheadAttention(
      dModel, nhead, dropout: dropout, bias: bias, batchFirst: batchFirst, dtype: dtype)
    linear1 = Linear(dModel, dimFeedforward, bias: bias, dtype: dtype)
    self.dropout = Dropout(p: dropout)
    linear2 = Linear(dimFeedforward, dModel, bias: bias, dtype: dtype)
    norm1 = LayerNorm(dModel, eps: layerNormEps, bias: bias, dtype: dtype)
    norm2 = LayerNorm(dModel, eps: layerNormEps, bias: bias, dtype: dtype)
    norm3 = LayerNorm(dModel, eps: layerNormEps, bias: bias, dtype: dtype)
    dropout1 = Dropout(p: dropout)
    dropout2 = Dropout(p: dropout)
    dropout3 = Dropout(p: dropout)
    self.activation = activation
    self.normFirst = normFirst
    remake = {
      TransformerDecoderLayer(
        dModel, nhead, dimFeedforward: dimFeedforward, dropout: dropout, activation: activation,
        layerNormEps: layerNormEps, batchFirst: batchFirst, normFirst: normFirst, bias: bias,
        dtype: dtype)
    }
    super.init()
  }

  /// A layer with the same numbers that shares none, as `copy.deepcopy` makes it.
  func copy() -> TransformerDecoderLayer { copied(self, remake) }

  /// The target, [L, N, dModel], and the encoder's result, [S, N, dModel], to the target's shape.
  public func callAsFunction(
    _ target: Tensor, _ memory: Tensor, tgtMask: Tensor? = nil, memoryMask: Tensor? = nil,
    tgtKeyPaddingMask: Tensor? = nil, memoryKeyPaddingMask: Tensor? = nil,
    tgtIsCausal: Bool = false, memoryIsCausal: Bool = false
  ) -> Tensor {
    call([target, memory]) { inputs in
      func own(_ x: Tensor) -> Tensor {
        dropout1(
          selfAttn(
            x, x, x, keyPaddingMask: tgtKeyPaddingMask, needWeights: false, attnMask: tgtMask,
            isCausal: tgtIsCausal
          ).output)
      }
      func other(_ x: Tensor) -> Tensor {
        dropout2(
          multiheadAttn(
            x, inputs[1], inputs[1], keyPaddingMask: memoryKeyPaddingMask, needWeights: false,
            attnMask: memoryMask, isCausal: memoryIsCausal
          ).output)
      }
      func feedForward(_ x: Tensor) -> Tensor {
        dropout3(linear2(dropout(activation(linear1(x)))))
      }
      var x = inputs[0]
      if normFirst {
        x = x + own(norm1(x))
        x = x + other(norm2(x))
        return [x + feedForward(norm3(x))]
      }
      x = norm1(x + own(x))
      x = norm2(x + other(x))
      return [norm3(x + feedForward(x))]
    }[0]
  }
}

/// A stack of decoder layers.
public final class TransformerDecoder: Module {
  let layers: ModuleList
  let norm: Module?

  /// `numLayers` copies of a layer, with the same numbers to begin with, and a normalisation at the
  /// end if there is one.
  public init(_ decoderLayer: TransformerDecoderLayer, numLayers: Int, norm: Module? = nil) {
    layers = ModuleList((0..<numLayers).map { _ in decoderLayer.copy() })
    self.norm = norm
    super.init()
  }

  /// The target through all layers.
  public func callAsFunction(
    _ target: Tensor, _ memory: Tensor, tgtMask: Tensor? = nil, memoryMask: Tensor? = nil,
    tgtKeyPaddingMask: Tensor? = nil, memoryKeyPaddingMask: Tensor? = nil,
    tgtIsCausal: Bool = false, memoryIsCausal: Bool = false
  ) -> Tensor {
    call([target, memory]) { inputs in
      var x = inputs[0]
      for case let layer as TransformerDecoderLayer in layers {
        x = layer(
          x, inputs[1], tgtMask: tgtMask, memoryMask: memoryMask,
          tgtKeyPaddingMask: tgtKeyPaddingMask, memoryKeyPaddingMask: memoryKeyPaddingMask,
          tgtIsCausal: tgtIsCausal, memoryIsCausal: memoryIsCausal)
      }
      return [norm.map { $0(x) } ?? x]
    }[0]
  }
}

/// A module made anew, without drawing random numbers, with the state of another.
private func copied<Kind: Module>(_ module: Kind, _ remake: () -> Kind) -> Kind {
  let copy = keepingRandomState(remake)
  for ((_, to), (_, from)) in zip(copy.namedParameters(), module.namedParameters()) {
    noGrad { _ = to.copy_(from) }
    to.requiresGrad_(from.requiresGrad)
  }
  return copy.train(module.training)
}
