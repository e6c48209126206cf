// Norms of matrices, and the condition numbers that are their ratios.

extension Linalg {
  /// A norm of matrices.
  public enum MatrixNorm: Sendable {
    /// The root of the sum of squares.
    case frobenius
    /// The sum of the singular values.
    case nuclear
    /// The largest absolute column sum, and the smallest.
    case one, minusOne
    /// The largest singular value, and the smallest.
    case two, minusTwo
    /// The largest absolute row sum, and the smallest.
    case infinity, minusInfinity
  }

  /// The norm of the matrices that two dimensions make; they stay with size 1 with `keepdim`.
  ///
  /// Floating point only.
  public static func matrixNorm(
    _ a: Tensor, _ ord: MatrixNorm = .frobenius, dim: (Int, Int) = (-2, -1), keepdim: Bool = false
  ) -> Tensor {
    guard a.sizes.count >= 2 else {
      refuse(
        "linalg.matrix_norm",
        "The input tensor A must have at least 2 dimensions, not shape \(a.sizes)")
    }
    guard a.dtype.isFloatingPoint else {
      refuse(
        "linalg.matrix_norm",
        "Expected a floating point or complex tensor as input. Got \(a.dtype.name)")
    }
    let rows = a.wrap(dim.0, "linalg.matrix_norm")
    let columns = a.wrap(dim.1, "linalg.matrix_norm")
    guard rows != columns else {
      refuse(
        "linalg.matrix_norm", "dims must be different. Got (\(dim.0), \(dim.1))")
    }
    func extreme(sumsOver summed: Int, largest: Bool) -> Tensor {
      let sums = a.linalgVectorNorm(1.0, dim: [summed], keepdim: keepdim)
      let other = summed == rows ? columns : rows
      let left = keepdim || other < summed ? other : other - 1
      return largest
        ? sums.amax(dim: [left], keepdim: keepdim) : sums.amin(dim: [left], keepdim: keepdim)
    }
    func ofSingularValues(_ reduce: (Tensor) -> Tensor) -> Tensor {
      let order = a.sizes.indices.filter { $0 != rows && $0 != columns } + [rows, columns]
      let result = reduce(svdvals(a.permute(order)))
      guard keepdim else { return result }
      var inverse = order
      for (i, d) in order.enumerated() { inverse[d] = i }
      return result.unsqueeze(-1).permute(inverse)
    }
    switch ord {
    case .frobenius: return a.linalgVectorNorm(2, dim: [rows, columns], keepdim: keepdim)
    case .nuclear: return ofSingularValues { $0.sum(dim: -1, keepdim: keepdim) }
    case .two: return ofSingularValues { $0.amax(dim: [-1], keepdim: keepdim) }
    case .minusTwo: return ofSingularValues { $0.amin(dim: [-1], keepdim: keepdim) }
    case .one: return extreme(sumsOver: rows, largest: true)
    case .minusOne: return extreme(sumsOver: rows, largest: false)
    case .infinity: return extreme(sumsOver: columns, largest: true)
    case .minusInfinity: return extreme(sumsOver: columns, largest: false)
    }
  }

  /// The root of the sum of the squares of all elements.
  ///
  /// Floating point only; `matrixNorm` and `linalgVectorNorm` have the other norms.
  public static func norm(_ a: Tensor) -> Tensor { a.linalgVectorNorm(2.0) }

  /// The condition numbers of matrices: the largest singular value over the smallest.
  ///
  /// With another norm, of square matrices: its product with that of the inverse; infinite for
  /// a singular matrix.
  public static func cond(_ a: Tensor, _ p: MatrixNorm = .two) -> Tensor {
    check(a, "linalg.cond")
    if a.count == 0 { return Tensor.full(a.batch, .int(0), a.dtype) }
    switch p {
    case .two, .minusTwo:
      let s = svdvals(a)
      let k = s.sizes[s.sizes.count - 1]
      let largest = s.narrow(dim: -1, start: 0, length: 1)
      let smallest = s.narrow(dim: -1, start: k - 1, length: 1)
      return (p == .two ? largest / smallest : smallest / largest).squeeze(-1)
    default:
      let (inverse, info) = invEx(a)
      let product = matrixNorm(a, p) * matrixNorm(inverse, p)
      return product.maskedFill(info.ne(0), Double.infinity)
    }
  }
}
