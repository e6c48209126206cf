// Tensors as text, in PyTorch's layout.

extension Tensor: CustomStringConvertible {
  /// The tensor as PyTorch prints it, with what made it: `tensor([2.], grad_fn=<AddBackward0>)`.
  public var description: String {
    let data = contiguousData()
    let elements: TensorFormatter.Elements
    switch dtype {
    case .float32, .float64: elements = .floating { data.element(at: $0).double }
    case .int32, .int64: elements = .integer { data.element(at: $0).int }
    case .bool: elements = .bool { data.element(at: $0).double != 0 }
    }
    let suffixes = TensorFormatter.suffixes(
      shape: shape, dtype: dtype.name, gradFn: hasInvalidHistory ? "Invalid" : gradFn?.name, requiresGrad: requiresGrad)
    return TensorFormatter(shape: shape, elements: elements, suffixes: suffixes).description
  }
}
