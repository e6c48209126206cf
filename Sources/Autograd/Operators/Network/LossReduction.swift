// How a loss is made of the losses of elements, and what losses share.

internal import CKernels
internal import GraphModel

/// What becomes of the losses of all elements.
public enum LossReduction: String, Sendable, Hashable {
  /// They are the result.
  case none
  /// They are averaged.
  case mean
  /// They are added up.
  case sum
  /// They are added up and divided by the size of the first dimension: `klDiv` only.
  case batchMean

  /// PyTorch's number of the reduction.
  var number: Int {
    switch self {
    case .none: 0
    case .mean: 1
    case .sum, .batchMean: 2
    }
  }

  var attribute: AttributeValue { .int(number) }

  /// Refuses what only `klDiv` has.
  func check(_ operation: String) {
    if self == .batchMean {
      refuse(operation, "batchmean is not a valid value for reduction")
    }
  }
}

extension Tensor {
  /// The losses of elements, reduced by operators.
  func reduced(_ reduction: LossReduction) -> Tensor {
    switch reduction {
    case .none: self
    case .mean: mean()
    case .sum, .batchMean: sum()
    }
  }

  /// Divides a gradient, which nobody else sees, by the number of elements of what was averaged.
  func shareOfMean(_ reduction: LossReduction, _ count: Int) -> Tensor {
    guard reduction == .mean else { return self }
    Elementwise.binary(.AGK_DIV, self, .int(count), into: self)
    return self
  }

  /// This tensor divided by the number of elements of what was averaged, as an operator.
  func dividedIfMean(_ reduction: LossReduction, _ count: Int) -> Tensor {
    reduction == .mean ? divided(by: .int(count)) : self
  }

  /// Refuses a tensor that an operator of PyTorch's has no derivative by.
  static func checkNotDifferentiated(_ tensor: Tensor?, _ argument: String, _ operation: String) {
    guard let tensor, isGradEnabled, tensor.requiresGrad else { return }
    refuse(
      operation,
      "The function '\(operation)' is not differentiable with respect to argument '\(argument)'. "
        + "This input cannot have requires_grad True.")
  }
}

extension Node {
  /// Refuses a gradient that PyTorch's loop does not bring to one dtype with what was saved.
  func checkDtypes(_ tensors: Tensor...) throws(AutogradError) {
    let dtypes = tensors.map(\.dtype)
    guard let first = dtypes.first, let other = dtypes.first(where: { $0 != first }) else { return }
    throw AutogradError(
      .invalidArgument,
      "Found dtype \(other.scalarTypeName) but expected \(first.scalarTypeName)", node: name)
  }
}
