// Tensors as text, in PyTorch's layout.

extension Tensor: CustomStringConvertible {
  /// The tensor as PyTorch prints it.
  public var description: String { "\(toArray())" }
}
