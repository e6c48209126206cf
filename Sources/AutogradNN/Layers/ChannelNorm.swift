// Normalisations over a batch or an instance, with running statistics.

public import Autograd

/// What normalisations by channel share: their parameters and running statistics.
public class ChannelNormModule: Module {
  /// What the normalised channels are multiplied by, if anything.
  @Parameter public final var weight: Tensor?
  /// What is added to them, if anything.
  @Parameter public final var bias: Tensor?
  /// The running mean of each channel, if it is kept.
  @Buffer public final var runningMean: Tensor?
  /// The running variance of each channel, if it is kept.
  @Buffer public final var runningVar: Tensor?
  /// How many batches the running statistics have seen, if they are kept.
  @Buffer public final var numBatchesTracked: Tensor?
  /// The number of channels.
  public final let numFeatures: Int
  /// What is added to the variance.
  public final let eps: Double
  /// The share of a batch in the running statistics; nil for their plain average.
  public final var momentum: Double?
  private let ranks: ClosedRange<Int>

  init(
    _ numFeatures: Int, _ ranks: ClosedRange<Int>, _ eps: Double, _ momentum: Double?,
    _ affine: Bool, _ bias: Bool, _ tracks: Bool, _ dtype: DType
  ) {
    self.numFeatures = numFeatures
    self.ranks = ranks
    self.eps = eps
    self.momentum = momentum
    weight = affine ? .ones(numFeatures, dtype: dtype) : nil
    self.bias = affine && bias ? .zeros(numFeatures, dtype: dtype) : nil
    runningMean = tracks ? .zeros(numFeatures, dtype: dtype) : nil
    runningVar = tracks ? .ones(numFeatures, dtype: dtype) : nil
    numBatchesTracked = tracks ? Tensor(0) : nil
    super.init()
  }

  /// Whether running statistics are kept.
  final var tracksRunningStats: Bool { runningMean != nil }

  final func checkRank(_ input: Tensor) {
    guard !ranks.contains(input.dim) else { return }
    let expected =
      ranks.count == 1 ? "\(ranks.lowerBound)D" : "\(ranks.lowerBound)D or \(ranks.upperBound)D"
    refuse(typeName, "expected \(expected) input (got \(input.dim)D input)")
  }

  // Before version 2 of PyTorch's class the batches were not counted.
  override final func adaptState(_ state: inout StateDict, prefix: String) {
    let key = prefix + "num_batches_tracked"
    if let numBatchesTracked, state[key] == nil { state[key] = numBatchesTracked }
  }

  /// The number of channels, and how they are normalised.
  public override final var extraRepr: String {
    "\(numFeatures), eps=\(eps), momentum=\(python(momentum)), "
      + "affine=\(python(weight != nil)), "
      + "bias=\(python(bias != nil)), track_running_stats=\(python(tracksRunningStats))"
  }
}

/// What batch normalisations in one to three dimensions share.
public class BatchNormModule: ChannelNormModule {
  /// The input, each channel with mean 0 and variance 1, times weight plus bias.
  ///
  /// While training, mean and variance are those of the batch, and go into the running ones.
  public override final func forward(_ input: Tensor) -> Tensor {
    checkRank(input)
    var factor = momentum ?? 0
    if training, let count = numBatchesTracked {
      noGrad { _ = count.add_(1) }
      if momentum == nil { factor = 1 / count.item() }
    }
    let isRunningUsed = !training || tracksRunningStats
    return input.batchNorm(
      runningMean: isRunningUsed ? runningMean : nil, runningVar: isRunningUsed ? runningVar : nil,
      weight: weight, bias: bias, training: training || !tracksRunningStats, momentum: factor,
      eps: eps)
  }
}

/// Batch normalisation over [N, C] or [N, C, L] (Ioffe and Szegedy, 2015).
public final class BatchNorm1d: BatchNormModule {
  /// A layer whose weight is one and bias zero.
  public init(
    _ numFeatures: Int, eps: Double = 1e-5, momentum: Double? = 0.1, affine: Bool = true,
    trackRunningStats: Bool = true, bias: Bool = true, dtype: DType = .float32
  ) {
    super.init(numFeatures, 2...3, eps, momentum, affine, bias, trackRunningStats, dtype)
  }
}

/// Batch normalisation over [N, C, H, W] (Ioffe and Szegedy, 2015).
public final class BatchNorm2d: BatchNormModule {
  /// A layer whose weight is one and bias zero.
  public init(
    _ numFeatures: Int, eps: Double = 1e-5, momentum: Double? = 0.1, affine: Bool = true,
    trackRunningStats: Bool = true, bias: Bool = true, dtype: DType = .float32
  ) {
    super.init(numFeatures, 4...4, eps, momentum, affine, bias, trackRunningStats, dtype)
  }
}

/// Batch normalisation over [N, C, D, H, W] (Ioffe and Szegedy, 2015).
public final class BatchNorm3d: BatchNormModule {
  /// A layer whose weight is one and bias zero.
  public init(
    _ numFeatures: Int, eps: Double = 1e-5, momentum: Double? = 0.1, affine: Bool = true,
    trackRunningStats: Bool = true, bias: Bool = true, dtype: DType = .float32
  ) {
    super.init(numFeatures, 5...5, eps, momentum, affine, bias, trackRunningStats, dtype)
  }
}

/// What instance normalisations in one to three dimensions share.
public class InstanceNormModule: ChannelNormModule {
  /// The input, each channel of each instance with mean 0 and variance 1, times weight plus bias.
  public override final func forward(_ input: Tensor) -> Tensor {
    checkRank(input)
    let isUnbatched = input.dim == spatialDimensions + 1
    let batch = isUnbatched ? input.unsqueeze(0) : input
    let result = batch.instanceNorm(
      runningMean: runningMean, runningVar: runningVar, weight: weight, bias: bias,
      useInputStats: training || !tracksRunningStats, momentum: momentum ?? 0, eps: eps)
    return isUnbatched ? result.squeeze(0) : result
  }

  var spatialDimensions: Int { 1 }
}

/// Instance normalisation over [N, C, L] or [C, L] (Ulyanov et al., 2016).
public final class InstanceNorm1d: InstanceNormModule {
  /// A layer, without parameters and running statistics unless said.
  public init(
    _ numFeatures: Int, eps: Double = 1e-5, momentum: Double? = 0.1, affine: Bool = false,
    trackRunningStats: Bool = false, bias: Bool = true, dtype: DType = .float32
  ) {
    super.init(numFeatures, 2...3, eps, momentum, affine, bias, trackRunningStats, dtype)
  }

  override var spatialDimensions: Int { 1 }
}

/// Instance normalisation over [N, C, H, W] or [C, H, W] (Ulyanov et al., 2016).
public final class InstanceNorm2d: InstanceNormModule {
  /// A layer, without parameters and running statistics unless said.
  public init(
    _ numFeatures: Int, eps: Double = 1e-5, momentum: Double? = 0.1, affine: Bool = false,
    trackRunningStats: Bool = false, bias: Bool = true, dtype: DType = .float32
  ) {
    super.init(numFeatures, 3...4, eps, momentum, affine, bias, trackRunningStats, dtype)
  }

  override var spatialDimensions: Int { 2 }
}

/// Instance normalisation over [N, C, D, H, W] or [C, D, H, W] (Ulyanov et al., 2016).
public final class InstanceNorm3d: InstanceNormModule {
  /// A layer, without parameters and running statistics unless said.
  public init(
    _ numFeatures: Int, eps: Double = 1e-5, momentum: Double? = 0.1, affine: Bool = false,
    trackRunningStats: Bool = false, bias: Bool = true, dtype: DType = .float32
  ) {
    super.init(numFeatures, 4...5, eps, momentum, affine, bias, trackRunningStats, dtype)
  }

  override var spatialDimensions: Int { 3 }
}
