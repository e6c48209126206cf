// instance_norm: normalisation of each channel of each element of a batch.

internal import GraphModel

extension Tensor {
  /// Each channel of each element of the batch less its mean and over its deviation, by `weight` and
  /// plus `bias`.
  ///
  /// Floating point, of at least two dimensions, the second the channels; of more than one element for
  /// each channel unless the running statistics are taken. Those, where there are any, are moved
  /// towards the averages over the batch, in place.
  ///
  /// - Parameters:
  ///   - runningMean: the running mean, a number for each channel.
  ///   - runningVar: the running variance, without bias.
  ///   - weight: what a normalised channel is multiplied by; 1 unless given.
  ///   - bias: what is added to it then; 0 unless given.
  ///   - useInputStats: whether the statistics are this tensor's own, not the running ones.
  ///   - momentum: how far the running statistics move.
  ///   - eps: what is added to the variance.
  /// - Returns: a tensor of the same shape.
  public func instanceNorm(
    runningMean: Tensor? = nil, runningVar: Tensor? = nil, weight: Tensor? = nil,
    bias: Tensor? = nil, useInputStats: Bool = true, momentum: Double = 0.1, eps: Double = 1e-5
  ) -> Tensor {
    if useInputStats, sizes.indices.dropFirst(2).reduce(1, { $0 * sizes[$1] }) == 1 {
      refuse(
        "instance_norm",
        "Expected more than 1 spatial element when training, got input size \(sizeText)")
    }
    guard useInputStats || (runningMean != nil && runningVar != nil) else {
      refuse(
        "instance_norm",
        "Expected running_mean and running_var to be defined when use_input_stats is false")
    }
    let channels = size(1)
    let batch = sizes[0]
    let weight = weight?.repeat(batch)
    let bias = bias?.repeat(batch)
    let mean = runningMean?.repeat(batch).to(dtype)
    let variance = runningVar?.repeat(batch).to(dtype)
    var flat = shape
    flat[0] = 1
    flat[1] = batch * channels
    let result = contiguous().view(flat).batchNormalized(
      BatchStatistics(mean, variance, training: useInputStats, momentum: momentum, eps: eps),
      weight, bias)
    if useInputStats {
      for case let (running?, moved?) in [(runningMean, mean), (runningVar, variance)] {
        running.alias().copy_(moved.view(batch, channels).mean(dim: 0))
      }
    }
    return result.view(shape)
  }
}
