// group_norm: normalisation of groups of channels of each element of a batch, and its derivative.

internal import CKernels
internal import GraphModel

extension Tensor {
  /// Each group of channels of each element of the batch less its mean and over its deviation, by
  /// `weight` and plus `bias`.
  ///
  /// Floating point, all of one dtype, of at least two dimensions, the second the channels, whose
  /// number the groups divide.
  ///
  /// - Parameters:
  ///   - numGroups: the number of groups, of as many channels each.
  ///   - weight: what a normalised channel is multiplied by, a number for each; 1 unless given.
  ///   - bias: what is added to it then, a number for each channel; 0 unless given.
  ///   - eps: what is added to the variance.
  /// - Returns: a tensor of the same shape.
  public func groupNorm(
    _ numGroups: Int, weight: Tensor? = nil, bias: Tensor? = nil, eps: Double = 1e-5
  ) -> Tensor {
    let groups = GroupNormSettings(self, numGroups, weight, bias, eps)
    let x = contiguous()
    let (result, mean, rstd) = groups.normalize(x, weight, bias)
    guard
      isGradEnabled,
      x.requiresGrad || (weight?.requiresGrad ?? false) || (bias?.requiresGrad ?? false)
    else { return result }
    let node = NativeGroupNormBackward0(groups)
    node.addEdge(to: x)
    for parameter in [weight, bias] { node.addEdge(parameter?.gradientEdge ?? .none) }
    node.adopt([result, mean, rstd])
    node.save(.input(x), NativeGroupNormBackward0.inputSlot)
    node.save(ifAny: weight, NativeGroupNormBackward0.weightSlot)
    node.save(.result(mean), NativeGroupNormBackward0.meanSlot)
    node.save(.result(rstd), NativeGroupNormBackward0.rstdSlot)
    return result
  }
}

/// The sizes of a normalisation of groups.
struct GroupNormSettings {
  let batch: Int
  let channels: Int
  let inner: Int
  let groups: Int
  let eps: Double

  init(_ x: Tensor, _ groups: Int, _ weight: Tensor?, _ bias: Tensor?, _ eps: Double) {
    let operation = "group_norm"
    let sizes = x.sizes
    guard sizes.count >= 2 else {
      refuse(
        operation,
        "Expected at least 2 dimensions for input tensor but received \(sizes.count)")
    }
    guard groups != 0 else { refuse(operation, "integer division or modulo by zero: num_groups") }
    batch = sizes[0]
    channels = sizes[1]
    inner = sizes.indices.dropFirst(2).reduce(1) { $0 * sizes[$1] }
    self.groups = groups
    self.eps = eps
    guard groups < 0 || batch * channels / groups * inner != 1 else {
      let seen = [batch * channels / groups, groups] + x.shape.dropFirst(2)
      refuse(
        operation, "Expected more than 1 value per channel when training, got input size \(seen)")
    }
    guard groups > 0 else {
      refuse(operation, "Expected num groups to be greater than 0, got \(groups)")
    }
    guard channels % groups == 0 else {
      refuse(
        operation,
        "Expected number of channels in input to be divisible by num_groups, but got input of "
          + "shape \(sizes) and num_groups=\(groups)")
    }
    for (name, parameter) in [("weight", weight), ("bias", bias)] {
      guard let parameter, parameter.shape != [channels] else { continue }
      // PyTorch names the weight's shape here, whichever of them is wrong.
      let other = name == "bias" ? " (weight of shape \(weight?.shape ?? [0]))" : ""
      refuse(
        operation,
        "Expected \(name) to be a vector of size equal to the number of channels in input, but got "
          + "\(name) of shape \(parameter.sizes)\(other) and input of shape \(sizes)")
    }
    x.checkParameterDTypes([weight, bias], operation)
    x.checkFloatingPoint(operation, "GroupNormKernelImpl")
  }

  /// The result, and the means and inverse deviations of the groups.
  func normalize(_ x: Tensor, _ weight: Tensor?, _ bias: Tensor?) -> (Tensor, Tensor, Tensor) {
    let result = Tensor(empty: x.sizes, x.dtype)
    let ofGroups = Dims([batch, groups])
    guard x.count > 0 else {
      return (
        result, Tensor.full(ofGroups, .int(0), x.dtype),
        Tensor.full(ofGroups, .double(.nan), x.dtype)
      )
    }
    let mean = Tensor(empty: ofGroups, x.dtype)
    let rstd = Tensor(empty: ofGroups, x.dtype)
    let (data, w, b) = (x.contiguousData(), weight?.contiguousData(), bias?.contiguousData())
    withExtendedLifetime((data, w, b)) {
      var call = agk_channels(data, weight: w, bias: b, eps: eps)
      call.groups = Int64(groups)
      call.mean = mean.pointer
      call.rstd = rstd.pointer
      call.out = result.pointer
      agk_group_norm(&call)
    }
    return (result, mean, rstd)
  }
}

final class NativeGroupNormBackward0: Node {
  private let settings: GroupNormSettings

  init(_ settings: GroupNormSettings) {
    self.settings = settings
    super.init()
  }

  static let inputSlot = 0
  static let weightSlot = 1
  static let meanSlot = 2
  static let rstdSlot = 3

  override class var savedNames: [String] { ["input", "weight", "result1", "result2"] }
  override var attributes: [String: AttributeValue] {
    [
      "C": .int(settings.channels), "HxW": .int(settings.inner), "N": .int(settings.batch),
      "eps": .double(settings.eps), "group": .int(settings.groups),
    ]
  }

  override func backward(_ gradients: consuming Gradients) throws(AutogradError) -> Gradients {
    let input = savedValue(NativeGroupNormBackward0.inputSlot)
    let weight = savedIfAny(NativeGroupNormBackward0.weightSlot)
    let mean = savedValue(NativeGroupNormBackward0.meanSlot)
    let rstd = savedValue(NativeGroupNormBackward0.rstdSlot)
    let isOfData = !isGradEnabled && gradients[1] == nil && gradients[2] == nil
    if needs(2), weight == nil {
      // Where PyTorch takes the gradient's dtype or shape from the weight.
      throw AutogradError(
        .invalidArgument,
        isOfData
          ? "tensor does not have a device: group_norm has no gradient of a bias without a weight"
          : "shape '[0]' is invalid for input of size \(settings.channels): group_norm has no "
            + "gradient of a bias without a weight", node: name)
    }
    if isOfData, let g = gradients[0] { return ofData(g, input, weight, mean, rstd) }
    return differentiable(gradients, input, weight, mean, rstd)
  }

  /// The gradients by a kernel, without history.
  private func ofData(
    _ g: Tensor, _ input: Tensor, _ weight: Tensor?, _ mean: Tensor, _ rstd: Tensor
  ) -> Gradients {
    let channels = Dims([settings.channels])
    let gradients = NormalizationGradients(
      self, input: input, weightSizes: channels, biasSizes: channels)
    let (x, dy, w) = (input.contiguousData(), g.contiguousData(), weight?.contiguousData())
    withExtendedLifetime((x, dy, w)) {
      var call = agk_channels(x, weight: w, bias: nil, eps: settings.eps)
      call.groups = Int64(settings.groups)
      call.gradient = UnsafeRawPointer(dy.pointer)
      call.mean = mean.pointer
      call.rstd = rstd.pointer
      call.out = gradients.input?.pointer
      call.weight_gradient = gradients.weight?.pointer
      call.bias_gradient = gradients.bias?.pointer
      if !agk_group_norm_backward(&call) { Memory.refuse(2 * x.sizes[0], "sums of gradients") }
    }
    return Gradients(gradients.all)
  }

  /// The gradients by differentiable operators.
  ///
  /// Source: infinitely_differentiable_native_group_norm_backward in
  /// torch/csrc/autograd/FunctionsManual.cpp.
  private func differentiable(
    _ gradients: Gradients, _ input: Tensor, _ weight: Tensor?, _ mean: Tensor, _ rstd: Tensor
  ) -> Gradients {
    let (n, groups, inner) = (settings.batch, settings.groups, settings.inner)
    let together = settings.channels / groups
    let share = Scalar.double(1 / Double(together * inner))
    let x = input.reshape(n, groups, together, inner)
    let mean = mean.reshape(n, groups, 1, 1)
    let rstd = rstd.reshape(n, groups, 1, 1)
    var g: Tensor?
    var products: Tensor?
    var sums: Tensor?
    if let given = gradients[0] {
      let parts = given.reshape(n, groups, together, inner)
      g = parts
      products = (parts * x).sum(dim: 3).resultUnsqueezed(-1)
      sums = parts.sum(dim: 3).resultUnsqueezed(-1)
    }
    var ofInput: Tensor?
    if needs(0) {
      let factor = weight?.reshape(1, groups, together, 1)
      let cubed = rstd * rstd * rstd
      var byVariance: Tensor?
      if let byRstd = gradients[2] {
        let byRstd = byRstd.view(n, groups, 1, 1)
        byVariance = cubed.scaled(by: .double(-0.5)) * byRstd
      }
      /// What comes through mean and inverse deviation themselves.
      func byMoments() -> Tensor? {
        guard let byVariance, let byMean = gradients[1]?.view(n, groups, 1, 1) else { return nil }
        let distance = x - x.mean(dim: [2, 3], keepdim: true)
        let ofVariance =
          byVariance.scaled(by: .double(2 / Double(together * inner))) * distance
        return ofVariance + byMean.expandAs(x).divided(by: .int(together * inner))
      }
      if let g, let products, let sums {
        let scale = factor.map { rstd * $0 } ?? rstd
        let product = (factor.map { products * $0 } ?? products).sum(dim: 2).resultUnsqueezed(-2)
        let sum = (factor.map { sums * $0 } ?? sums).sum(dim: 2).resultUnsqueezed(-2)
        let slope = ((sum * mean - product) * cubed).scaled(by: share)
        // PyTorch's compiler does the second of two terms first.
        let far = (sum * rstd).scaled(by: share)
        let rest = -slope * mean - far
        let along = slope * x
        var result = scale * g + along + rest
        if let more = byMoments() { result = result + more }
        ofInput = result.reshapeAs(input)
      } else {
        ofInput = byMoments()?.reshapeAs(input)
      }
    }
    var ofWeight: Tensor?
    if needs(1), let products, let sums, let weight {
      ofWeight = ((products - sums * mean) * rstd).sum(dim: 0).reshapeAs(weight)
    }
    var ofBias: Tensor?
    if needs(2), let sums, let weight { ofBias = sums.sum(dim: 0).reshapeAs(weight) }
    return Gradients([ofInput, ofWeight, ofBias])
  }
}
