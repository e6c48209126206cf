// batch_norm: normalisation of each channel over a batch, its derivative and that one's.

internal import CKernels
internal import GraphModel

extension Tensor {
  /// Each channel less its mean and over its deviation, by `weight` and plus `bias`.
  ///
  /// Training takes the mean and the variance of the batch and moves the running ones towards them,
  /// in place; otherwise the running ones are taken. Floating point, of at least two dimensions, the
  /// second the channels; all other tensors have one number for each. As in PyTorch, the update of
  /// the running statistics raises no version.
  ///
  /// - Parameters:
  ///   - runningMean: the running mean; only optional in training, and then together with the next.
  ///   - runningVar: the running variance, without bias.
  ///   - weight: what a normalised channel is multiplied by; 1 unless given.
  ///   - bias: what is added to it then; 0 unless given.
  ///   - training: whether the batch's own statistics are taken.
  ///   - momentum: how far the running statistics move towards those of a batch.
  ///   - eps: what is added to the variance.
  /// - Returns: a tensor of the same shape.
  public func batchNorm(
    runningMean: Tensor?, runningVar: Tensor?, weight: Tensor? = nil, bias: Tensor? = nil,
    training: Bool = false, momentum: Double = 0.1, eps: Double = 1e-5
  ) -> Tensor {
    if training {
      _ = size(0)
      let perChannel = sizes.indices.dropFirst(2).reduce(sizes[0]) { $0 * sizes[$1] }
      guard perChannel != 1 else {
        refuse(
          "batch_norm",
          "Expected more than 1 value per channel when training, got input size \(sizeText)")
      }
      guard eps > 0 else {
        refuse(
          "batch_norm", "batch_norm eps must be positive during training, but got \(eps.shortText)")
      }
    }
    guard eps >= 0 else {
      refuse("batch_norm", "batch_norm eps must be non-negative, but got \(eps.shortText)")
    }
    return batchNormalized(
      BatchStatistics(runningMean, runningVar, training: training, momentum: momentum, eps: eps),
      weight, bias)
  }

  /// As `batchNorm`, for any size of batch.
  func batchNormalized(_ statistics: BatchStatistics, _ weight: Tensor?, _ bias: Tensor?) -> Tensor
  {
    if count == 0 {
      var result = clone()
      if let weight { result = result * weight.select(dim: 0, index: 0) }
      if let bias { result = result + bias.select(dim: 0, index: 0) }
      return result
    }
    statistics.check(self, weight, bias)
    let (result, mean, rstd) = statistics.normalize(contiguousData(), weight, bias)
    guard
      isGradEnabled,
      requiresGrad || (weight?.requiresGrad ?? false) || (bias?.requiresGrad ?? false)
    else { return result }
    let node = NativeBatchNormBackward0(statistics)
    node.addEdge(to: self)
    for parameter in [weight, bias] { node.addEdge(parameter?.gradientEdge ?? .none) }
    node.saveAll(self, weight, mean, rstd)
    node.adopt(result)
    return result
  }
}

/// The running statistics of a batch normalisation, and how they are used.
struct BatchStatistics: HoldsTensors {
  let runningMean: Tensor?
  let runningVar: Tensor?
  let training: Bool
  let momentum: Double
  let eps: Double

  init(
    _ runningMean: Tensor?, _ runningVar: Tensor?, training: Bool, momentum: Double, eps: Double
  ) {
    self.runningMean = runningMean
    self.runningVar = runningVar
    self.training = training
    self.momentum = momentum
    self.eps = eps
  }

  /// Refuses what does not fit `x`.
  func check(_ x: Tensor, _ weight: Tensor?, _ bias: Tensor?) {
    let operation = "batch_norm"
    let channels = x.sizes[Tensor.wrap(1, rank: x.sizes.count, operation)]
    let running = [("running_mean", runningMean), ("running_var", runningVar)]
    for (name, tensor) in running where tensor == nil && !training {
      refuse(operation, "\(name) must be defined in evaluation mode")
    }
    for (name, tensor) in running + [("weight", weight), ("bias", bias)] {
      guard let tensor, tensor.count != channels else { continue }
      refuse(operation, "\(name) should contain \(channels) elements not \(tensor.count)")
    }
    guard (runningMean == nil) == (runningVar == nil) else {
      refuse(
        operation, "running_mean and running_var must either both be None or neither be None")
    }
    x.checkFloatingPoint(operation, operation)
    x.checkParameterDTypes([weight, bias], operation)
    for case let (name, tensor?) in running {
      guard tensor.dtype == x.dtype else {
        refuse(
          operation,
          "expected scalar type \(x.dtype.scalarTypeName) but found \(tensor.dtype.scalarTypeName)"
            + " for \(name)")
      }
      guard tensor.sizes.count == 1 else {
        refuse(
          operation,
          "TensorAccessor expected 1 dims but tensor has \(tensor.sizes.count): \(name)")
      }
      guard !isGradEnabled || !tensor.requiresGrad else {
        refuse(
          operation,
          "The function 'native_batch_norm' is not differentiable with respect to argument "
            + "'\(name)'. This input cannot have requires_grad True.")
      }
    }
  }

  /// The result for contiguous `x`, and the batch's means and inverse deviations, which are empty
  /// where the running ones are used.
  func normalize(_ x: Tensor, _ weight: Tensor?, _ bias: Tensor?) -> (Tensor, Tensor, Tensor) {
    let result = Tensor(empty: x.sizes, x.dtype)
    let ofBatch = Dims([training ? x.sizes[1] : 0])
    let mean = Tensor(empty: ofBatch, x.dtype)
    let rstd = Tensor(empty: ofBatch, x.dtype)
    let weight = weight?.contiguousData()
    let bias = bias?.contiguousData()
    withExtendedLifetime((weight, bias)) {
      var call = agk_channels(x, weight: weight, bias: bias, eps: eps)
      put(into: &call, mean, rstd)
      call.out = result.pointer
      agk_batch_norm(&call)
    }
    return (result, mean, rstd)
  }

  func put(into call: inout agk_channels, _ mean: Tensor, _ rstd: Tensor) {
    call.training = training
    call.momentum = momentum
    call.mean = mean.pointer
    call.rstd = rstd.pointer
    if let runningMean {
      call.running_mean = runningMean.pointer
      call.running_mean_stride = Int64(runningMean.strides[0])
    }
    if let runningVar {
      call.running_var = runningVar.pointer
      call.running_var_stride = Int64(runningVar.strides[0])
    }
  }
}

// MARK: - Derivatives

/// What the derivatives of batch normalisation have in common.
class BatchNormNode: Node {
  final let statistics: BatchStatistics

  init(_ statistics: BatchStatistics) {
    // The node holds its tensors as saved ones, by which a change in place is seen.
    self.statistics = BatchStatistics(
      nil, nil, training: statistics.training, momentum: statistics.momentum, eps: statistics.eps)
    super.init()
    save(ifAny: statistics.runningMean, BatchNormNode.runningMeanSlot)
    save(ifAny: statistics.runningVar, BatchNormNode.runningVarSlot)
  }

  static let inputSlot = 0
  static let weightSlot = 1
  static let meanSlot = 2
  static let rstdSlot = 3
  static let runningMeanSlot = 4
  static let runningVarSlot = 5
  static let gradOutSlot = 6

  final func saveAll(_ input: Tensor, _ weight: Tensor?, _ mean: Tensor, _ rstd: Tensor) {
    save(.input(input), BatchNormNode.inputSlot)
    save(ifAny: weight, BatchNormNode.weightSlot)
    save(.input(mean), BatchNormNode.meanSlot)
    save(.input(rstd), BatchNormNode.rstdSlot)
  }

  /// The statistics with the running ones.
  final var savedStatistics: BatchStatistics {
    BatchStatistics(
      savedIfAny(BatchNormNode.runningMeanSlot), savedIfAny(BatchNormNode.runningVarSlot),
      training: statistics.training, momentum: statistics.momentum, eps: statistics.eps)
  }
}

final class NativeBatchNormBackward0: BatchNormNode {
  override class var savedNames: [String] {
    ["input", "weight", "result1", "result2", "running_mean", "running_var"]
  }
  override var attributes: [String: AttributeValue] {
    ["eps": .double(statistics.eps), "training": .bool(statistics.training)]
  }

  override func backward(_ gradients: consuming Gradients) throws(AutogradError) -> Gradients {
    let g = gradients[0]!
    let input = savedValue(BatchNormNode.inputSlot)
    let weight = savedIfAny(BatchNormNode.weightSlot)
    let mean = savedValue(BatchNormNode.meanSlot)
    let rstd = savedValue(BatchNormNode.rstdSlot)
    if let weight, weight.sizes.count != 1 {
      throw AutogradError(
        .invalidArgument,
        "TensorAccessor expected 1 dims but tensor has \(weight.sizes.count): weight", node: name)
    }
    let statistics = savedStatistics
    let channels = Dims([input.sizes[1]])
    let gradients = NormalizationGradients(
      self, input: input, weightSizes: weight?.sizes ?? channels, biasSizes: channels)
    let (x, dy, w) = (input.contiguousData(), g.contiguousData(), weight?.contiguousData())
    withExtendedLifetime((x, dy, w)) {
      var call = agk_channels(x, weight: w, bias: nil, eps: statistics.eps)
      statistics.put(into: &call, mean, rstd)
      call.gradient = UnsafeRawPointer(dy.pointer)
      call.out = gradients.input?.pointer
      call.weight_gradient = gradients.weight?.pointer
      call.bias_gradient = gradients.bias?.pointer
      agk_batch_norm_backward(&call)
    }
    if isGradEnabled, g.requiresGrad || input.requiresGrad || (weight?.requiresGrad ?? false) {
      let node = NativeBatchNormBackwardBackward0(statistics)
      node.addEdge(to: g)
      node.addEdge(to: input)
      node.addEdge(weight?.gradientEdge ?? .none)
      for _ in 0..<2 { node.addEdge(.none) }
      node.saveAll(input, weight, mean, rstd)
      node.save(.input(g), BatchNormNode.gradOutSlot)
      node.adopt(computed: gradients.all)
    }
    return Gradients(gradients.all)
  }
}

final class NativeBatchNormBackwardBackward0: BatchNormNode {
  override class var savedNames: [String] {
    [
      "input", "weight", "save_mean", "save_invstd", "running_mean", "running_var", "grad_out",
    ]
  }
  override var attributes: [String: AttributeValue] {
    ["eps": .double(statistics.eps), "train": .bool(statistics.training)]
  }

  /// Source: batchnorm_double_backward in torch/csrc/autograd/FunctionsManual.cpp.
  override func backward(_ gradients: consuming Gradients) throws(AutogradError) -> Gradients {
    let input = savedValue(BatchNormNode.inputSlot)
    let g = savedValue(BatchNormNode.gradOutSlot)
    let statistics = savedStatistics
    let byInput = gradients[0]
    let weight = savedIfAny(BatchNormNode.weightSlot)
    let factor = weight?.alongChannels(of: input) ?? Tensor.full(Dims(), .int(1), input.dtype)
    let byWeight = weight == nil ? nil : gradients[1]?.alongChannels(of: input)
    let byBias = try biasGradient(gradients, weight)?.alongChannels(of: input)
    let count = Scalar.int(input.count / input.sizes[1])

    let mean =
      statistics.training ? savedValue(BatchNormNode.meanSlot) : statistics.runningMean!
    let distance = input - mean.unsqueezedToChannels(of: input)
    let inverse =
      statistics.training
      ? savedValue(BatchNormNode.rstdSlot)
      : statistics.runningVar!.shifted(by: .double(statistics.eps)).pow(-0.5)
    let rstd = inverse.unsqueezedToChannels(of: input)
    let squared = rstd.pow(2)
    let cubed = rstd.pow(3)
    let scaledDistance = distance * cubed
    let products = (g * distance).sumOfChannels()
    let sum = g.sumOfChannels()

    var ofInput: Tensor?
    if let byInput, statistics.training {
      let otherSum = byInput.sumOfChannels()
      let otherProducts = (byInput * distance).sumOfChannels()
      let all =
        ((otherSum * sum).divided(by: count) - (g * byInput).sumOfChannels())
        + (squared * products * otherProducts).scaled(by: .double(3 / count.double))
      let first = (scaledDistance * all).divided(by: count)
      // PyTorch's compiler does the second factor first.
      let rest = sum.divided(by: count) - g
      let second = (otherProducts * cubed).divided(by: count) * rest
      let otherRest = otherSum.divided(by: count) - byInput
      let third = (products * cubed).divided(by: count) * otherRest
      ofInput = factor * (first + second + third)
    }
    if let byWeight {
      let term: Tensor
      if statistics.training {
        let own = g * rstd
        let share = (rstd * sum).divided(by: .int(-count.int))
        let bend =
          (scaledDistance * (g * distance).sumOfChannels()).divided(by: .int(-count.int))
        term = byWeight * (own + share + bend)
      } else {
        term = byWeight * rstd * g
      }
      ofInput = ofInput.map { $0 + term } ?? term
    }

    /// The first derivative's gradient of the input.
    func firstDerivative(_ g: Tensor, _ factor: Tensor) -> Tensor {
      let scale = (factor * rstd).divided(by: count)
      let rest = g.scaled(by: count) - g.sumOfChannels()
      let products = (g * distance).sumOfChannels()
      return scale * (rest - (distance * squared) * products)
    }

    var ofWeight: Tensor?
    if weight != nil, let byInput {
      if statistics.training {
        let one = Tensor.full(Dims(), .int(1), input.dtype)
        ofWeight = (byInput * firstDerivative(g, one)).sumOfChannels(keepdim: false)
      } else {
        ofWeight = (byInput * g * rstd).sumOfChannels(keepdim: false)
      }
    }
    var ofGradient: Tensor?
    if let byInput {
      ofGradient =
        statistics.training ? firstDerivative(byInput, factor) : byInput * rstd * factor
    }
    if let byWeight {
      let term = byWeight * distance * rstd
      ofGradient = ofGradient.map { $0 + term } ?? term
    }
    if let byBias { ofGradient = ofGradient.map { $0 + byBias } ?? byBias }
    return Gradients([
      needs(0) ? ofGradient : nil, needs(1) ? ofInput : nil, needs(2) ? ofWeight : nil,
    ])
  }
}

extension Tensor {
  /// The sums over all dimensions but the channels', one after the other.
  fileprivate func sumOfChannels(keepdim: Bool = true) -> Tensor {
    var result = sum(dim: 0, keepdim: keepdim)
    let kept = keepdim ? 1 : 0
    for d in (kept + 1..<Swift.max(result.sizes.count, kept + 1)).reversed() {
      result = result.sum(dim: d, keepdim: keepdim)
    }
    return result
  }

  /// A number for each channel, with as many dimensions as `target`.
  fileprivate func unsqueezedToChannels(of target: Tensor) -> Tensor {
    var result = self
    while result.sizes.count < target.sizes.count - 1 { result = result.unsqueeze(1) }
    return result.sizes.count == target.sizes.count - 1 ? result.unsqueeze(0) : result
  }

  /// A number for each channel, expanded to the shape of `target`.
  fileprivate func alongChannels(of target: Tensor) -> Tensor {
    var result = self
    while result.sizes.count < target.sizes.count - 1 { result = result.unsqueeze(1) }
    return result.expandAs(target)
  }
}
