// Linear algebra on tensors seen as matrices: tensorinv, tensorsolve; and vecdot.

extension Linalg {
  /// The inverse for `tensordot` over `ind` dimensions: of the matrix whose rows are the first `ind`
  /// dimensions and whose columns are the rest, as many elements.
  public static func tensorinv(_ a: Tensor, ind: Int = 2) -> Tensor {
    guard ind > 0 else {
      refuse("linalg.tensorinv", "Expected a strictly positive integer for 'ind'")
    }
    let end = Swift.min(ind, a.sizes.count)
    let (first, last) = (Array(a.shape[..<end]), Array(a.shape[end...]))
    guard last.reduce(1, *) == first.reduce(1, *) else {
      refuse(
        "linalg.tensorinv",
        "Expected self to satisfy the requirement prod(self.shape[ind:]) == prod(self.shape[:ind]), "
          + "but got \(last.reduce(1, *)) != \(first.reduce(1, *)): shape \(a.sizes), ind \(ind)")
    }
    let rows = first.reduce(1, *)
    return inv(a.reshape([rows, rows])).reshape(last + first)
  }

  /// The solution x of `tensordot(a, x)` = b over the last dimensions of `a`.
  ///
  /// `dims` of `a` go to its end before.
  public static func tensorsolve(_ a: Tensor, _ b: Tensor, dims: [Int]? = nil) -> Tensor {
    let a = dims.map { a.movedim($0, $0.indices.map { i in i - dims!.count }) } ?? a
    let shape = Array(a.shape[Swift.min(b.sizes.count, a.sizes.count)...])
    let size = shape.reduce(1, *)
    guard b.count == size, a.count == size * size else {
      refuse(
        "linalg.tensorsolve",
        "Expected self to satisfy the requirement prod(self.shape[other.ndim:]) == "
          + "prod(self.shape[:other.ndim]), but got \(size) != \(a.count / Swift.max(size, 1)): shapes "
          + "\(a.sizes) and \(b.sizes)")
    }
    return solve(a.reshape([size, size]), b.reshape([-1])).reshape(shape)
  }

  /// The sums of products along a dimension, with broadcasting: the dot products of vectors.
  public static func vecdot(_ x: Tensor, _ y: Tensor, dim: Int = -1) -> Tensor {
    guard x.dtype.isFloatingPoint == y.dtype.isFloatingPoint, x.sizes.count > 0, y.sizes.count > 0
    else {
      refuse(
        "linalg.vecdot",
        "expected vectors of one kind of dtype: shapes \(x.sizes) and \(y.sizes), dtypes "
          + "\(x.dtype.name) and \(y.dtype.name)")
    }
    if x.sizes.count == 1, y.sizes.count == 1, x.sizes == y.sizes, x.dtype == y.dtype {
      return x.vdot(y)
    }
    return (x * y).sum(dim: dim)
  }
}
