// Matrices of the powers of a vector's elements.

extension Linalg {
  /// The powers of the elements from 0 up to `n`, which is left out, in a new last dimension.
  ///
  /// As many powers as elements when `n` is nil; at least 2.
  public static func vander(_ x: Tensor, n: Int? = nil) -> Tensor {
    guard x.sizes.count > 0 else {
      refuse("linalg.vander", "expected a tensor of at least one dimension, got a single number")
    }
    let n = n ?? x.sizes[x.sizes.count - 1]
    guard n > 1 else { refuse("linalg.vander", "N must be greater than 1, not \(n)") }
    let x = x.dtype == .bool ? x.long() : x
    var shape = x.shape + [n - 1]
    let powers = x.unsqueeze(-1).expand(shape).cumprod(dim: -1, dtype: x.dtype.productDType)
    shape[shape.count - 1] = 1
    return .cat([Tensor.ones(shape, dtype: powers.dtype), powers], dim: -1)
  }
}

extension Tensor {
  /// The powers of this vector's elements, from the highest, `n` - 1, down, in rows.
  ///
  /// As many as elements when `n` is nil; from 0 up with `increasing`. As in PyTorch its backward pass
  /// is refused, since it is computed in place; that of `Linalg.vander` is not.
  public func vander(n: Int? = nil, increasing: Bool = false) -> Tensor {
    guard sizes.count == 1 else {
      refuse("vander", "x must be a one-dimensional tensor, not of shape \(sizes)")
    }
    let n = n ?? count
    guard n >= 0 else { refuse("vander", "N must be non-negative, not \(n)") }
    let result = Tensor(empty: Dims([count, n]), dtype.isFloatingPoint ? dtype : .int64)
    if n > 0 { result.select(dim: 1, index: 0).fill_(1) }
    if n > 1 {
      result.slice(dim: 1, start: 1, end: n, step: 1).copy_(unsqueeze(1))
      let powers = result.slice(dim: 1, start: 1, end: n, step: 1).cumprod(dim: 1)
      result.slice(dim: 1, start: 1, end: n, step: 1).copy_(powers)
    }
    return increasing ? result : result.flip(1)
  }
}

extension DType {
  /// The dtype of products of many: integers become int64.
  fileprivate var productDType: DType { isFloatingPoint ? self : .int64 }
}
