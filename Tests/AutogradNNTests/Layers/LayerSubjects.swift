// The layers of Reference/layers.py, in Swift.
import Autograd
import AutogradNN

/// A layer under test and how it is called.
struct LayerSubject: Sendable {
  var layer: @Sendable () -> Module
  /// For each input the bound of its whole numbers; nil for one of floating point.
  var highs: [Bool?]
  var run: @Sendable (Module, [Tensor]) -> [Tensor]

  /// A layer of one floating-point input and one output.
  init(_ layer: @escaping @Sendable () -> Module) {
    self.init(layer, [nil]) { [$0($1[0])] }
  }

  init(
    _ layer: @escaping @Sendable () -> Module, _ highs: [Bool?],
    _ run: @escaping @Sendable (Module, [Tensor]) -> [Tensor]
  ) {
    self.layer = layer
    self.highs = highs
    self.run = run
  }

  static let all: [String: LayerSubject] = [
    "linear": LayerSubject { Linear(5, 4) },
    "linear_no_bias": LayerSubject { Linear(5, 4, bias: false) },
    "bilinear": LayerSubject({ Bilinear(3, 4, 2) }, [nil, nil]) {
      [($0 as! Bilinear)($1[0], $1[1])]
    },
    "sequential": LayerSubject { Sequential(Linear(4, 8), ReLU(), Linear(8, 2)) },
    "flatten": LayerSubject { Flatten() },
    "unflatten": LayerSubject { Unflatten(1, [2, 3]) },
    "identity": LayerSubject { Identity() },
    "conv1d": LayerSubject { Conv1d(4, 6, kernelSize: 3, padding: 1, groups: 2) },
    "conv1d_same": LayerSubject {
      Conv1d(3, 2, kernelSize: 4, padding: .same, dilation: 2, bias: false)
    },
    "conv2d": LayerSubject { Conv2d(3, 4, kernelSize: 3, stride: 2, padding: [1, 0]) },
    "conv2d_valid": LayerSubject {
      Conv2d(2, 4, kernelSize: [2, 3], padding: .valid, dilation: [1, 2])
    },
    "conv2d_reflect": LayerSubject {
      Conv2d(2, 3, kernelSize: 3, padding: [1, 2], paddingMode: .reflect)
    },
    "conv2d_circular": LayerSubject {
      Conv2d(2, 3, kernelSize: 2, padding: .same, paddingMode: .circular)
    },
    "conv3d": LayerSubject { Conv3d(2, 3, kernelSize: 2) },
    "conv_transpose1d": LayerSubject {
      ConvTranspose1d(4, 6, kernelSize: 3, stride: 2, outputPadding: 1, groups: 2)
    },
    "conv_transpose2d": LayerSubject {
      ConvTranspose2d(3, 4, kernelSize: 3, padding: 1, dilation: 2)
    },
    "conv_transpose3d": LayerSubject { ConvTranspose3d(2, 3, kernelSize: 2, bias: false) },
    "batch_norm1d": LayerSubject { BatchNorm1d(4) },
    "batch_norm2d": LayerSubject { BatchNorm2d(3, momentum: nil) },
    "batch_norm2d_eval": LayerSubject { BatchNorm2d(3).eval() },
    "batch_norm3d": LayerSubject { BatchNorm3d(2, affine: false, trackRunningStats: false) },
    "instance_norm1d": LayerSubject { InstanceNorm1d(3) },
    "instance_norm2d": LayerSubject { InstanceNorm2d(3, affine: true, trackRunningStats: true) },
    "instance_norm2d_unbatched": LayerSubject { InstanceNorm2d(3) },
    "layer_norm": LayerSubject { LayerNorm(6) },
    "layer_norm_2": LayerSubject { LayerNorm([3, 4], bias: false) },
    "rms_norm": LayerSubject { RMSNorm(6) },
    "group_norm": LayerSubject { GroupNorm(2, 6) },
    "embedding": LayerSubject({ Embedding(7, 5, paddingIdx: 2) }, [true]) { [$0($1[0])] },
    "embedding_bag": LayerSubject(
      { EmbeddingBag(7, 5, mode: .max, paddingIdx: 2) }, [true]
    ) { [$0($1[0])] },
    "rnn": LayerSubject({ RNN(3, 4) }, [nil]) { layer, x in
      let (output, hidden) = (layer as! RNN)(x[0])
      return [output, hidden]
    },
    "rnn_relu": LayerSubject({ RNN(3, 4, nonlinearity: .relu, bias: false) }, [nil, nil]) {
      layer, x in
      let (output, hidden) = (layer as! RNN)(x[0], x[1])
      return [output, hidden]
    },
    "lstm": LayerSubject({ LSTM(3, 4) }, [nil], runLSTM),
    "lstm_deep": LayerSubject(
      { LSTM(3, 4, numLayers: 2, batchFirst: true, bidirectional: true) }, [nil], runLSTM),
    "gru": LayerSubject({ GRU(3, 4) }, [nil], runGRU),
    "gru_deep": LayerSubject(
      { GRU(3, 4, numLayers: 2, batchFirst: true, bidirectional: true) }, [nil], runGRU),
    "gru_unbatched": LayerSubject({ GRU(3, 4) }, [nil], runGRU),
    "rnn_cell": LayerSubject({ RNNCell(3, 4) }, [nil, nil]) { [($0 as! RNNCell)($1[0], $1[1])] },
    "gru_cell": LayerSubject({ GRUCell(3, 4) }, [nil, nil]) { [($0 as! GRUCell)($1[0], $1[1])] },
    "lstm_cell": LayerSubject({ LSTMCell(3, 4) }, [nil]) { layer, x in
      let (hidden, cell) = (layer as! LSTMCell)(x[0])
      return [hidden, cell]
    },
    "module_list": LayerSubject { Lists() },
    "zero_pad2d": LayerSubject { ZeroPad2d([1, 2, 0, 1]) },
    "constant_pad1d": LayerSubject { ConstantPad1d(2, value: 0.5) },
    "reflection_pad2d": LayerSubject { ReflectionPad2d(1) },
    "replication_pad3d": LayerSubject { ReplicationPad3d(1) },
    "dropout": LayerSubject { Dropout(p: 0.3) },
    "dropout2d": LayerSubject { Dropout2d(p: 0.3) },
    "alpha_dropout": LayerSubject { AlphaDropout(p: 0.3) },
    "dropout_eval": LayerSubject { Dropout(p: 0.3).eval() },
    "lstm_dropout": LayerSubject({ LSTM(3, 4, numLayers: 2, dropout: 0.4) }, [nil], runLSTM),
    "attention": LayerSubject({ MultiheadAttention(8, 2) }, [nil]) { layer, x in
      let (output, weights) = (layer as! MultiheadAttention)(x[0], x[0], x[0])
      return [output, weights!]
    },
    "attention_cross": LayerSubject(
      { MultiheadAttention(8, 2, bias: false, kdim: 6, vdim: 5) }, [nil, nil, nil]
    ) { layer, x in
      let (output, weights) = (layer as! MultiheadAttention)(x[0], x[1], x[2])
      return [output, weights!]
    },
    "attention_kv": LayerSubject(
      { MultiheadAttention(8, 4, addBiasKv: true, addZeroAttn: true, batchFirst: true) },
      [nil, nil]
    ) { layer, x in
      let (output, weights) = (layer as! MultiheadAttention)(x[0], x[1], x[1])
      return [output, weights!]
    },
    "attention_masked": LayerSubject({ Masked() }, [nil]) { ($0 as! Masked)($1[0]) },
    "encoder_layer": LayerSubject {
      TransformerEncoderLayer(8, 2, dimFeedforward: 16, dropout: 0)
    },
    "encoder_layer_dropout": LayerSubject {
      TransformerEncoderLayer(
        8, 2, dimFeedforward: 16, activation: .gelu, batchFirst: true, normFirst: true)
    },
    "encoder": LayerSubject {
      TransformerEncoder(
        TransformerEncoderLayer(8, 2, dimFeedforward: 16, dropout: 0), numLayers: 2,
        norm: LayerNorm(8))
    },
    "decoder": LayerSubject(
      {
        TransformerDecoder(
          TransformerDecoderLayer(8, 2, dimFeedforward: 16, dropout: 0), numLayers: 2)
      }, [nil, nil]
    ) { [($0 as! TransformerDecoder)($1[0], $1[1])] },
    "max_pool1d": LayerSubject { MaxPool1d(2) },
    "max_pool2d": LayerSubject { MaxPool2d([2, 3], stride: 2, padding: 1) },
    "max_pool3d": LayerSubject { MaxPool3d(2, ceilMode: true) },
    "avg_pool1d": LayerSubject { AvgPool1d(2, stride: 1) },
    "avg_pool2d": LayerSubject { AvgPool2d(3, padding: 1, countIncludePad: false) },
    "avg_pool3d": LayerSubject { AvgPool3d(2) },
    "adaptive_avg_pool2d": LayerSubject { AdaptiveAvgPool2d([2, 3]) },
    "adaptive_max_pool1d": LayerSubject { AdaptiveMaxPool1d(3) },
    "upsample": LayerSubject { Upsample(scaleFactor: 2, mode: .bilinear) },
    "upsample_size": LayerSubject { Upsample(size: 5) },
    "pixel_shuffle": LayerSubject { PixelShuffle(2) },
    "pixel_unshuffle": LayerSubject { PixelUnshuffle(2) },
    "mse_loss": loss { MSELoss() },
    "l1_loss": loss { L1Loss(reduction: .sum) },
    "smooth_l1_loss": loss { SmoothL1Loss(beta: 0.5) },
    "huber_loss": loss { HuberLoss(delta: 0.5) },
    "cross_entropy": loss(ofClasses: true) {
      CrossEntropyLoss(weight: Tensor([1.0, 2, 0.5, 1.5]), labelSmoothing: 0.1)
    },
    "nll_loss": loss(ofClasses: true) { NLLLoss() },
    "bce_with_logits": LayerSubject(
      { BCEWithLogitsLoss(posWeight: Tensor([2.0])) }, [nil, nil]
    ) { [($0 as! BCEWithLogitsLoss)($1[0], $1[1].sigmoid())] },
    "kl_div": loss { KLDivLoss(logTarget: true, reduction: .batchMean) },
    "multi_margin": loss(ofClasses: true) { MultiMarginLoss(p: 2, margin: 0.5) },
    "multilabel_margin": loss(ofClasses: true) { MultiLabelMarginLoss() },
    "ctc": LayerSubject({ CTCLoss(blank: 1, reduction: .sum) }, [nil, true]) {
      [
        ($0 as! CTCLoss)(
          $1[0].logSoftmax(dim: 2), $1[1], inputLengths: [5, 4], targetLengths: [2, 1])
      ]
    },
    "triplet": LayerSubject({ TripletMarginLoss() }, [nil, nil, nil]) {
      [($0 as! TripletMarginLoss)($1[0], $1[1], $1[2])]
    },
    "circular_pad1d": LayerSubject { CircularPad1d(1) },
  ].merging(activations.map { ("activation \($0().description)", LayerSubject($0)) }) { $1 }

  private static func loss(
    ofClasses: Bool = false, _ make: @escaping @Sendable () -> Loss
  ) -> LayerSubject {
    LayerSubject(make, [nil, ofClasses ? true : nil]) { [($0 as! Loss)($1[0], $1[1])] }
  }

  private static let activations: [@Sendable () -> Module] = [
    { ReLU() }, { ReLU6() }, { SiLU() }, { Mish() }, { SELU() }, { Hardsigmoid() },
    { Hardswish() }, { Sigmoid() }, { Tanh() }, { LogSigmoid() }, { Softsign() },
    { Tanhshrink() }, { RReLU() }, { Hardtanh() }, { Hardtanh(minVal: -0.5, maxVal: 0.3) },
    { ELU(alpha: 0.7) }, { CELU(alpha: 0.7) }, { LeakyReLU(negativeSlope: 0.2) },
    { Threshold(0.1, 0.5) }, { Hardshrink() }, { Softshrink(lambda: 0.3) }, { Softplus() },
    { Softplus(beta: 2, threshold: 0.5) }, { GLU() }, { Softmax(dim: 1) }, { LogSoftmax(dim: 0) },
    { Softmin(dim: -1) }, { GELU() }, { GELU(approximate: .tanh) }, { PReLU() },
    { PReLU(numParameters: 6) },
  ]
}

private let runLSTM: @Sendable (Module, [Tensor]) -> [Tensor] = { layer, x in
  let (output, state) = (layer as! LSTM)(x[0])
  return [output, state.hidden, state.cell]
}

private let runGRU: @Sendable (Module, [Tensor]) -> [Tensor] = { layer, x in
  let (output, hidden) = (layer as! GRU)(x[0])
  return [output, hidden]
}

/// Attention with both masks.
private final class Masked: Module {
  let attention = MultiheadAttention(8, 2, batchFirst: true)

  func callAsFunction(_ x: Tensor) -> [Tensor] {
    inScope {
      let mask = Tensor.ones(5, 5, dtype: .bool).triu(diagonal: 1)
      let padding = Tensor([
        [false, false, false, false, false], [false, false, false, true, true],
      ])
      let (output, weights) = attention(x, x, x, keyPaddingMask: padding, attnMask: mask)
      let without = attention(
        x, x, x, keyPaddingMask: padding, needWeights: false, attnMask: mask
      ).output
      let causal = attention(
        x, x, x, needWeights: false, attnMask: mask, isCausal: true
      ).output
      return [output, weights!, without, causal]
    }
  }
}

/// Modules and parameters in containers.
private final class Lists: Module {
  let layers = ModuleList([Linear(3, 3), Linear(3, 3), Linear(3, 3), Linear(3, 2)])
  let choices = ModuleDict(["relu": ReLU(), "last": Linear(2, 2)])
  let scales = ParameterList([.ones(2), .zeros(2)])

  override func forward(_ input: Tensor) -> Tensor {
    var x = input
    for layer in layers { x = choices["relu"]!(layer(x)) }
    return choices["last"]!(x) * scales[0] + scales[1]
  }
}
