// Dropout: elements, or whole channels, set to zero at random in training.
//
// Source: ATen/native/Dropout.cpp.

internal import CKernels

extension Tensor {
  /// In training, each element zero with the probability `p` and otherwise divided by 1 - p, by
  /// PyTorch's random numbers; this tensor itself when there is nothing to do.
  public func dropout(p: Double = 0.5, training: Bool = true) -> Tensor {
    dropped(p, training, .elements)
  }

  /// As `dropout`, in place.
  @discardableResult
  public func dropout_(p: Double = 0.5, training: Bool = true) -> Tensor {
    dropped(p, training, .elements, inPlace: true)
  }

  /// Dropout that keeps mean and variance of inputs that have the mean 0 and the variance 1.
  public func alphaDropout(p: Double = 0.5, training: Bool = false) -> Tensor {
    dropped(p, training, .elements, alpha: true)
  }

  /// As `alphaDropout`, in place.
  @discardableResult
  public func alphaDropout_(p: Double = 0.5, training: Bool = false) -> Tensor {
    dropped(p, training, .elements, alpha: true, inPlace: true)
  }

  /// `alphaDropout` of whole channels: of all that has the first two indices in common.
  public func featureAlphaDropout(p: Double = 0.5, training: Bool = false) -> Tensor {
    dropped(p, training, .channels, alpha: true)
  }

  /// Dropout of whole channels of C×L or N×C×L.
  public func dropout1d(p: Double = 0.5, training: Bool = true) -> Tensor {
    Tensor.checkDropout(p)
    guard sizes.count == 2 || sizes.count == 3 else {
      refuse(
        "dropout1d",
        "dropout1d: Expected 2D or 3D input, but received a \(sizes.count)D input. Note that "
          + "dropout1d exists to provide channel-wise dropout on inputs with 1 spatial dimension, a "
          + "channel dimension, and an optional batch dimension (i.e. 2D or 3D inputs).")
    }
    return channelsDropped(p, training, isBatch: sizes.count == 3)
  }

  /// Dropout of whole channels of N×C×H×W; of three dimensions, the first is the batch too.
  public func dropout2d(p: Double = 0.5, training: Bool = true) -> Tensor {
    channelsDropped(p, training, isBatch: true)
  }

  /// Dropout of whole channels of C×D×H×W or N×C×D×H×W.
  public func dropout3d(p: Double = 0.5, training: Bool = true) -> Tensor {
    channelsDropped(p, training, isBatch: sizes.count == 5)
  }

  private func channelsDropped(_ p: Double, _ training: Bool, isBatch: Bool) -> Tensor {
    guard !isBatch else { return dropped(p, training, .channels) }
    return unsqueeze(0).dropped(p, training, .channels).squeeze(0)
  }

  /// What is dropped together.
  private enum DropoutUnit {
    case elements, channels
  }

  private static func checkDropout(_ p: Double) {
    guard p >= 0, p <= 1 else {
      refuse("dropout", "dropout probability has to be between 0 and 1, but got \(p)")
    }
  }

  private func dropped(
    _ p: Double, _ training: Bool, _ unit: DropoutUnit, alpha: Bool = false, inPlace: Bool = false
  ) -> Tensor {
    Tensor.checkDropout(p)
    guard p > 0, training, count > 0 else { return self }
    func times(_ factor: Tensor) -> Tensor { inPlace ? mul_(factor) : self * factor }
    if p == 1 { return times(.zero(dtype)) }
    guard dtype.isFloatingPoint || !alpha else {
      refuse(
        "alpha_dropout",
        "result type Float can't be cast to the desired output type \(dtype.scalarTypeName)")
    }
    if !dtype.isFloatingPoint {
      refuse(
        "dropout",
        "result type Float can't be cast to the desired output type \(dtype.scalarTypeName)")
    }
    guard alpha else {
      let share = dtype == .float32 ? Double(1 / Float(1 - p)) : 1 / (1 - p)
      return times(noise(unit, p, value: share))
    }
    let saturation = 1.7580993408473766
    let a = 1 / ((saturation * saturation * p + 1) * (1 - p)).squareRoot()
    let noise = noise(unit, p, value: 1)
    let offset: Tensor = noGrad {
      noise.shifted(by: .int(-1)).scaled(by: .double(saturation * a))
        .shifted(by: .double(saturation * a * p))
    }
    return times(noGrad { noise.scaled(by: .double(a)) }).add_(offset)
  }

  /// `value` where something is kept, zeros elsewhere.
  private func noise(_ unit: DropoutUnit, _ p: Double, value: Double) -> Tensor {
    switch unit {
    case .elements:
      if isContiguous { return .drawnOnes(sizes, dtype, 1 - p, value: value) }
      let result = Elementwise.emptyLike(self, dtype)
      let target = result.inOrderOfMemory
      Elementwise.copy(.drawnOnes(target.sizes, dtype, 1 - p, value: value), into: target)
      return result
    case .channels:
      guard sizes.count >= 2 else {
        refuse("dropout", "Feature dropout requires at least 2 dimensions in the input")
      }
      var shape = Dims(repeating: 1, count: sizes.count)
      (shape[0], shape[1]) = (sizes[0], sizes[1])
      return .drawnOnes(shape, dtype, 1 - p, value: value)
    }
  }
}
