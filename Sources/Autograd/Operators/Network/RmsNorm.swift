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
}
