// Bounding gradients between backward and step.

public import Autograd

/// Why gradients could not be clipped.
public struct NonFiniteGradientError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The order of the norm.
  public var normType: Double
  /// The message, in PyTorch's words.
  public var description: String {
    "The total norm of order \(normType) for gradients from `parameters` is non-finite, so it cannot "
      + "be clipped. To disable this error and scale the gradients by the non-finite norm anyway, "
      + "set `error_if_nonfinite=False`"
  }
}

/// Scales all gradients so that the norm of all of them together is at most `maxNorm`.
///
/// - Parameters:
///   - parameters: whose gradients are changed in place; those without one are passed over.
///   - maxNorm: the bound.
///   - normType: the order of the norm, infinite for the largest element.
///   - errorIfNonfinite: whether a norm that is infinite or NaN is an error.
/// - Returns: the norm before.
/// - Throws: `NonFiniteGradientError` if asked for.
@discardableResult
public func clipGradNorm(
  _ parameters: [Tensor], maxNorm: Double, normType: Double = 2, errorIfNonfinite: Bool = false
) throws(NonFiniteGradientError) -> Tensor {
  let gradients = parameters.compactMap(\.grad)
  guard !gradients.isEmpty else { return Tensor(0.0) }
  let total = noGrad {
    Tensor.stack(gradients.map { $0.linalgVectorNorm(normType) }).linalgVectorNorm(normType)
  }
  let norm = total.item()
  if errorIfNonfinite, !norm.isFinite { throw NonFiniteGradientError(normType: normType) }
  noGrad {
    let factor = (maxNorm / (total + 1e-6)).clamp(max: 1.0)
    for gradient in gradients { gradient.mul_(factor.to(gradient.dtype)) }
  }
  return total
}

/// Bounds each element of all gradients by `clipValue` and its negative, in place.
public func clipGradValue(_ parameters: [Tensor], clipValue: Double) {
  noGrad {
    for gradient in parameters.compactMap(\.grad) {
      gradient.clamp_(min: -clipValue, max: clipValue)
    }
  }
}
