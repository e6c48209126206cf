// The negative log likelihood of classes: nll_loss, over vectors and over images.

internal import CKernels
internal import GraphModel

extension Tensor {
  /// Minus the log-probability of each `target` class, weighted by class, reduced.
  ///
  /// This tensor holds log-probabilities of shape C, N×C or N×C×d1×…; `target` int64 class indices of
  /// the same shape without C. Those equal to `ignoreIndex` do not count. `weight` has C numbers and no
  /// gradient; the mean is over the weights of the targets.
  public func nllLoss(
    _ target: Tensor, weight: Tensor? = nil, ignoreIndex: Int = -100,
    reduction: LossReduction = .mean
  ) -> Tensor {
    reduction.check("nll_loss")
    let rank = sizes.count
    guard rank >= 1 else { refuse("nll_loss", "Expected 1 or more dimensions (got \(rank))") }
    if rank != 1, target.sizes.count == 0 || sizes[0] != target.sizes[0] {
      refuse(
        "nll_loss",
        "Expected input batch_size (\(sizes[0])) to match target batch_size "
          + "(\(target.sizes.count == 0 ? "none" : "\(target.sizes[0])")).")
    }
    let settings = NllSettings(weight: weight, ignoreIndex: ignoreIndex, reduction: reduction)
    switch rank {
    case 1, 2: return nll(target, settings, isImage: false)
    case 4: return nll(target, settings, isImage: true)
    default: return nllOfOtherRank(target, settings)
    }
  }

  /// Sees what has other dimensions as images of one row.
  private func nllOfOtherRank(_ target: Tensor, _ settings: NllSettings) -> Tensor {
    let (n, c) = (sizes[0], sizes[1])
    let outer = [n] + shape.dropFirst(2)
    guard target.shape.dropFirst() == shape.dropFirst(2) else {
      refuse("nll_loss", "Expected target size \(outer), got \(target.sizes)")
    }
    let x = contiguous().view(count > 0 ? [n, c, 1, -1] : [n, c, 0, 0])
    let target = target.contiguous().view(target.count > 0 ? [n, 1, -1] : [n, 0, 0])
    let result = x.nll(target, settings, isImage: true)
    return settings.reduction == .none ? result.view(outer) : result
  }

  fileprivate func nll(_ target: Tensor, _ settings: NllSettings, isImage: Bool) -> Tensor {
    let weight = settings.weight
    let operation = isImage ? "nll_loss2d_forward" : "nll_loss_forward"
    Tensor.checkNotDifferentiated(weight, "weight", operation)
    checkNll(target, weight, isImage: isImage)
    let perElement = settings.reduction == .none && sizes.count > 1
    let totalWeight = Tensor.full(Dims(), .int(0), dtype)
    let result = Tensor(empty: perElement ? target.sizes : Dims(), dtype)
    let data = contiguousData()
    let classes = target.contiguousData()
    let weights = weight?.contiguousData()
    let plane = NllPlane(self, isImage: isImage)
    let wrong = withExtendedLifetime((data, classes, weights)) {
      agk_nll(
        dtype.kernel, perElement ? .AGK_LOSS_NONE : settings.reduction.kernel,
        Int64(plane.batch), Int64(plane.classes), Int64(plane.inner), data.pointer,
        classes.int64Pointer, weights?.pointer, Int64(settings.ignoreIndex), result.pointer,
        totalWeight.pointer)
    }
    if wrong >= 0 {
      refuse("nll_loss", "Target \(classes.int64Pointer[Int(wrong)]) is out of bounds.")
    }
    return .recorded(result, self) {
      let node =
        isImage
        ? NllLoss2DBackward0(settings) : NllLossBackward0(settings)
      node.save(.input(self), 0)
      node.save(.input(target), 1)
      node.save(.input(totalWeight), 2)
      if let weight { node.save(.input(weight), 3) }
      return node
    }
  }

  private func checkNll(_ target: Tensor, _ weight: Tensor?, isImage: Bool) {
    let name = "nll_loss"
    let rank = target.sizes.count
    if isImage {
      guard rank == 3 else {
        refuse(
          name,
          "only batches of spatial targets supported (3D tensors) but got targets of dimension: "
            + "\(rank)")
      }
      guard target.shape == [sizes[0], sizes[2], sizes[3]] else {
        refuse(name, "size mismatch (got input: \(sizes) , target: \(target.sizes)")
      }
    } else {
      guard rank <= 1 else {
        refuse(name, "0D or 1D target tensor expected, multi-target not supported")
      }
      guard (sizes.count == 1 && rank == 0) || (rank == 1 && sizes[0] == target.sizes[0]) else {
        refuse(name, "size mismatch (got input: \(sizes), target: \(target.sizes))")
      }
    }
    let classes = sizes.count == 1 ? sizes[0] : sizes[1]
    if let weight, weight.sizes.count != 1 || weight.count != classes {
      refuse(
        name,
        "weight tensor should be defined either for all \(classes) classes or no classes but got "
          + "weight tensor of shape: \(weight.sizes)")
    }
    checkFloatingPoint(name, "nll_loss_out_frame")
    guard target.dtype == .int64 else {
      refuse(
        name, "expected scalar type Long but found \(target.dtype.scalarTypeName)")
    }
    if let weight, weight.dtype != dtype {
      refuse(
        name,
        "expected scalar type \(dtype.scalarTypeName) but found \(weight.dtype.scalarTypeName)")
    }
  }

  /// The gradient of the log-probabilities, of which `gradient` flows into the loss.
  fileprivate func nllBackward(
    _ gradient: Tensor, _ target: Tensor, _ totalWeight: Tensor, _ settings: NllSettings,
    isImage: Bool
  ) -> Tensor {
    let perElement = settings.reduction == .none && sizes.count > 1
    let result = Tensor.full(sizes, .int(0), dtype)
    let gradients = gradient.contiguousData()
    let classes = target.contiguousData()
    let weights = settings.weight?.contiguousData()
    let plane = NllPlane(self, isImage: isImage)
    withExtendedLifetime((gradients, classes, weights)) {
      agk_nll_backward(
        dtype.kernel, perElement ? .AGK_LOSS_NONE : settings.reduction.kernel,
        Int64(plane.batch), Int64(plane.classes), Int64(plane.inner), gradients.pointer,
        classes.int64Pointer, weights?.pointer, Int64(settings.ignoreIndex), result.pointer,
        totalWeight.pointer)
    }
    return .recorded(result, gradient, self) {
      let node =
        isImage
        ? NllLoss2DBackwardBackward0(settings) : NllLossBackwardBackward0(settings)
      node.save(.input(target), 0)
      if let weight = settings.weight { node.save(.input(weight), 1) }
      return node
    }
  }
}

/// What nll_loss is told beside its tensors.
struct NllSettings: HoldsTensors {
  var weight: Tensor?
  let ignoreIndex: Int
  let reduction: LossReduction

  var attributes: [String: AttributeValue] {
    ["ignore_index": .int(ignoreIndex), "reduction": reduction.attribute]
  }
}

extension LossReduction {
  fileprivate var kernel: agk_loss_reduction {
    switch self {
    case .none: .AGK_LOSS_NONE
    case .mean: .AGK_LOSS_MEAN
    case .sum, .batchMean: .AGK_LOSS_SUM
    }
  }
}

/// Log-probabilities seen as [batch, classes, inner].
private struct NllPlane {
  let batch: Int
  let classes: Int
  let inner: Int

  init(_ x: Tensor, isImage: Bool) {
    classes = x.sizes.count == 1 ? x.sizes[0] : x.sizes[1]
    batch = x.sizes.count == 1 ? 1 : x.sizes[0]
    inner = isImage ? x.sizes[2] * x.sizes[3] : 1
  }
}

// MARK: - Derivatives

class NllNode: Node {
  /// Without the weight, which is saved as a tensor.
  fileprivate final let settings: NllSettings

  init(_ settings: NllSettings) {
    self.settings = NllSettings(
      weight: nil, ignoreIndex: settings.ignoreIndex, reduction: settings.reduction)
    super.init()
  }

  override final var attributes: [String: AttributeValue] { settings.attributes }

  /// The settings with the weight in a slot.
  fileprivate final func settings(weightIn slot: Int) -> NllSettings {
    var settings = settings
    if savedTensor(slot).kind != .none { settings.weight = savedValue(slot) }
    return settings
  }
}

class NllBackwardNode: NllNode {
  override final class var savedNames: [String] { ["self", "target", "total_weight", "weight"] }
  class var isImage: Bool { false }

  override final func backward(
    _ gradients: consuming Gradients
  ) throws(AutogradError) -> Gradients {
    let x = savedValue(0)
    // PyTorch makes the gradient in the layout of the input, and then cannot fill another one.
    if type(of: self).isImage, !Elementwise.emptyLike(x, x.dtype).isContiguous {
      throw AutogradError(.invalidArgument, "grad_input must be contiguous", node: name)
    }
    let g = gradients[0]!
    return Gradients(
      x.nllBackward(
        g, savedValue(1), savedValue(2), settings(weightIn: 3), isImage: type(of: self).isImage))
  }
}

class NllBackwardBackwardNode: NllNode {
  override final class var savedNames: [String] { ["target", "weight"] }
  class var isImage: Bool { false }

  override final func backward(_ g: Tensor) -> Gradients {
    let first =
      needs(0)
      ? g.nll(savedValue(0), settings(weightIn: 1), isImage: type(of: self).isImage) : nil
    return Gradients(first, needs(1) ? .zeros(like: g) : nil)
  }
}

final class NllLossBackward0: NllBackwardNode {}
final class NllLossBackwardBackward0: NllBackwardBackwardNode {}

final class NllLoss2DBackward0: NllBackwardNode {
  override class var isImage: Bool { true }
}

final class NllLoss2DBackwardBackward0: NllBackwardBackwardNode {
  override class var isImage: Bool { true }
}
