// matmul: the product of tensors of any ranks, in the steps that PyTorch takes.

extension Tensor {
  /// The matrix product, as Python's `@`: of vectors, matrices, and batches of matrices.
  ///
  /// Two vectors give their `dot`; a vector stands for a row on the left and for a column on the
  /// right; dimensions before the last two are broadcast. Source: ATen/native/LinearAlgebra.cpp,
  /// _matmul_impl.
  public func matmul(_ other: Tensor) -> Tensor {
    guard sizes.count > 0, other.sizes.count > 0 else {
      refuse(
        "matmul",
        "both arguments to matmul need to be at least 1D, but they are \(sizes.count)D and "
          + "\(other.sizes.count)D: shapes \(sizes) and \(other.sizes)")
    }
    switch (sizes.count, other.sizes.count) {
    case (1, 1): return dot(other)
    case (2, 1): return mv(other)
    case (1, 2): return unsqueeze(0).mm(other).resultSqueezed(0)
    case (2, 2): return mm(other)
    default:
      return Tensor.shouldFold(self, other) ? foldedProduct(other) : batchedProduct(other)
    }
  }

  /// Whether the larger operand is seen as one matrix, rather than the smaller one repeated.
  private static func shouldFold(_ a: Tensor, _ b: Tensor) -> Bool {
    let larger = a.sizes.count >= b.sizes.count ? a : b
    let smaller = larger === a ? b : a
    guard larger.sizes.count >= 3, smaller.sizes.count <= 2 else { return false }
    if smaller.requiresGrad { return true }
    if a.sizes.count == 2 { return false }
    if larger.count == 0 { return true }
    // The operand on the right is folded in its transposed form.
    var sizes = larger.sizes
    var strides = larger.strides
    if larger === b {
      let (i, j) = (sizes.count - 2, sizes.count - 1)
      (sizes[i], sizes[j]) = (sizes[j], sizes[i])
      (strides[i], strides[j]) = (strides[j], strides[i])
    }
    for d in 0..<(sizes.count - 2) where strides[d] != strides[d + 1] * sizes[d + 1] {
      return false
    }
    return true
  }

  private func foldedProduct(_ other: Tensor) -> Tensor {
    let isTransposed = other.sizes.count > sizes.count
    let large = isTransposed ? other.transpose(-2, -1) : self
    let small = !isTransposed ? other : sizes.count == 2 ? t() : self
    var shape = Dims(large.sizes.dropLast())
    let rows = shape.product
    let isMatrix = small.sizes.count == 2
    if isMatrix { shape.append(small.sizes[1]) }
    let folded = large.reshape([rows, large.sizes[large.sizes.count - 1]])
    guard isMatrix else { return folded.mv(small).unsafeView(shape) }
    let output = folded.mm(small).unsafeView(shape)
    return isTransposed ? output.transpose(-2, -1).contiguous() : output
  }

  private func batchedProduct(_ other: Tensor) -> Tensor {
    let batch1 = Dims(sizes.dropLast(2))
    let batch2 = Dims(other.sizes.dropLast(2))
    if sizes.count == 3, other.sizes.count == 3, batch1[0] != batch2[0] {
      if batch1[0] == 1, requiresGrad { return squeeze(0).matmul(other) }
      if batch2[0] == 1, other.requiresGrad { return matmul(other.squeeze(0)) }
    }
    let isColumn = other.sizes.count == 1
    let (n, m1) = (sizes.count > 1 ? sizes[sizes.count - 2] : 1, sizes[sizes.count - 1])
    let m2 = isColumn ? other.sizes[0] : other.sizes[other.sizes.count - 2]
    let p = isColumn ? 1 : other.sizes[other.sizes.count - 1]
    var shape = Broadcast.sizes(batch1, batch2, "matmul")
    let batches = shape.product
    let first = expand(shape + [n, m1]).reshape([batches, n, m1])
    let second = (isColumn ? other.unsqueeze(1) : other)
      .expand(shape + [m2, p]).reshape([batches, m2, p])
    if sizes.count > 1 { shape.append(n) }
    if !isColumn { shape.append(p) }
    let product = first.bmm(second)
    return (isColumn ? product.squeeze(-1) : product).unsafeView(shape)
  }
}
