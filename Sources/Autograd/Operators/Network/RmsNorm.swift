// rms_norm and local_response_norm, which PyTorch composes of other operators.

internal import GraphModel

extension Tensor {
  /// Each part of the last dimensions over the root of the mean of its squares, by `weight`.
  ///
  /// Floating point; `weight` has the shape that is normalised, and may be of the other dtype.
  ///
  /// - Parameters:
  ///   - normalizedShape: the sizes of the last dimensions that are normalised together.
  ///   - weight: what a normalised element is multiplied by; 1 unless given.
  ///   - eps: what is added to the mean of squares: the dtype's machine epsilon unless given.
  /// - Returns: a tensor of the same shape and dtype.
  public func rmsNorm(
    _ normalizedShape: [Int], weight: Tensor? = nil, eps: Double? = nil
  ) -> Tensor {
    guard sizes.count > 0 || normalizedShape.isEmpty else {
      refuse("rms_norm", "Input tensor must have at least 1 dimensions, but got 0")
    }
    checkNormalizedShape(normalizedShape, weight, nil, "rms_norm")
    checkFloatingPoint("rms_norm", "rms_norm")
    let dims = normalizedShape.indices.map { sizes.count - 1 - $0 }
    let least = eps ?? (dtype == .float32 ? Double(Float.ulpOfOne) : .ulpOfOne)
    let inverse = pow(2).mean(dim: dims, keepdim: true).shifted(by: .double(least)).rsqrt()
    var result = self * inverse
    if let weight { result = result * weight }
    return result.to(dtype)
  }

  /// Each element over a power of the mean of the squares around it in the neighbouring channels.
  ///
  /// x / (k + alpha · mean)^beta, over `size` channels; those before the first and behind the last
  /// count as zeros. At least three dimensions, the second the channels.
  ///
  /// - Parameters:
  ///   - size: the number of channels that a mean is taken over.
  ///   - alpha: what the mean is multiplied by.
  ///   - beta: the power.
  ///   - k: what is added to the mean.
  /// - Returns: a tensor of the same shape.
  public func localResponseNorm(
    _ size: Int, alpha: some ScalarConvertible = 1e-4, beta: some ScalarConvertible = 0.75,
    k: some ScalarConvertible = 1.0
  ) -> Tensor {
    guard sizes.count >= 3 else {
      refuse(
        "local_response_norm",
        "Expected 3D or higher dimensionality input (got \(sizes.count) dimensions)")
    }
    guard count > 0 else { return self }
    let (before, after) = (size >> 1, (size - 1) >> 1)
    var squares = self * self
    if sizes.count == 3 {
      squares = squares.unsqueeze(1).pad(0, 0, before, after)
        .avgPool2d(kernelSize: [size, 1], stride: 1).squeeze(1)
    } else {
      squares = squares.view(sizes[0], 1, sizes[1], sizes[2], -1).pad(0, 0, 0, 0, before, after)
        .avgPool3d(kernelSize: [size, 1, 1], stride: 1).squeeze(1).view(shape)
    }
    let scaled = Tensor.mul(.tensor(squares), .scalar(alpha.scalar))
    return self / Tensor.add(.tensor(scaled), .scalar(k.scalar)).pow(beta)
  }
}
