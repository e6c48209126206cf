// Products that sum over chosen dimensions: tensordot, kron, and chains of matrices.

internal import GraphModel

extension Tensor {
  /// The sums of products over the last `dims` dimensions of this tensor and the first of `other`.
  public func tensordot(_ other: Tensor, dims: Int = 2) -> Tensor {
    guard dims >= 0, dims <= sizes.count, dims <= other.sizes.count else {
      refuse(
        "tensordot",
        "tensordot expects dims from 0 up to both ranks, but got dims=\(dims) for shapes "
          + "\(sizes) and \(other.sizes)")
    }
    return tensordot(other, dims: Array((sizes.count - dims)..<sizes.count), Array(0..<dims))
  }

  /// The sums of products over pairs of dimensions, `dims1` of this tensor and `dims2` of `other`.
  ///
  /// What is left of both shapes, one after the other, is the result's shape.
  public func tensordot(_ other: Tensor, dims dims1: [Int], _ dims2: [Int]) -> Tensor {
    guard dims1.count == dims2.count else {
      refuse(
        "tensordot", "both dimension lists should have same length: \(dims1) and \(dims2)")
    }
    guard dtype == other.dtype else {
      refuse(
        "tensordot",
        "both inputs should have same dtype, not \(dtype.name) and \(other.dtype.name)")
    }
    let wrapped1 = dims1.map { wrap($0, "tensordot") }
    let wrapped2 = dims2.map { other.wrap($0, "tensordot") }
    guard Set(wrapped1).count == dims1.count, Set(wrapped2).count == dims2.count else {
      refuse("tensordot", "a dim appears multiple times in the list of dims: \(dims1), \(dims2)")
    }
    var first = self
    var second = other
    var contracted = 1
    for (d1, d2) in zip(wrapped1, wrapped2) {
      let (size1, size2) = (sizes[d1], other.sizes[d2])
      if size2 == 1 {
        first = first.sum(dim: d1, keepdim: true, dtype: dtype)
      } else if size1 == 1 {
        second = second.sum(dim: d2, keepdim: true, dtype: dtype)
      } else if size1 == size2 {
        contracted *= size1
      } else {
        refuse(
          "tensordot",
          "contracted dimensions need to match, but first has size \(size1) in dim \(d1) and "
            + "second has size \(size2) in dim \(d2)")
      }
    }
    let free1 = sizes.indices.filter { !wrapped1.contains($0) }
    let free2 = other.sizes.indices.filter { !wrapped2.contains($0) }
    let shape1 = free1.map { sizes[$0] }
    let shape2 = free2.map { other.sizes[$0] }
    first = first.permute(free1 + dims1)
    second = second.permute(dims2 + free2)
    if free1.isEmpty, free2.isEmpty {
      return first.flatten().dot(second.flatten()).reshape([])
    }
    return first.reshape([shape1.reduce(1, *), contracted])
      .mm(second.reshape([contracted, shape2.reduce(1, *)])).reshape(shape1 + shape2)
  }

  /// The Kronecker product: each element of this tensor times the whole of `other`.
  ///
  /// Sizes multiply; the tensor of lower rank has leading dimensions of size 1.
  public func kron(_ other: Tensor) -> Tensor {
    let rank = max(sizes.count, other.sizes.count)
    guard 2 * rank <= Dims.capacity else {
      refuse("kron", "tensors can have at most \(Dims.capacity / 2) dimensions, not \(rank)")
    }
    var (shape1, shape2, shape) = (Dims(), Dims(), Dims())
    for d in 0..<rank {
      let size1 = d + sizes.count >= rank ? sizes[d + sizes.count - rank] : 1
      let size2 = d + other.sizes.count >= rank ? other.sizes[d + other.sizes.count - rank] : 1
      shape1.append(size1)
      shape1.append(1)
      shape2.append(1)
      shape2.append(size2)
      shape.append(size1 * size2)
    }
    let product = contiguous().unsafeView(shape1) * other.contiguous().unsafeView(shape2)
    return product.contiguous().unsafeView(shape)
  }

  /// The product of several matrices, in the order of multiplication that costs least.
  ///
  /// The first and the last may be vectors, a row and a column.
  public static func multiDot(_ tensors: [Tensor]) -> Tensor {
    guard tensors.count >= 2 else {
      refuse("multi_dot", "expected at least 2 tensors but got \(tensors.count)")
    }
    var matrices = tensors
    var shape: [Int] = []
    let last = tensors.count - 1
    switch matrices[0].sizes.count {
    case 1: matrices[0] = matrices[0].unsqueeze(0)
    case 2: shape.append(matrices[0].sizes[0])
    default:
      refuse(
        "multi_dot", "the first tensor must be 1D or 2D but got \(tensors[0].sizes.count)D")
    }
    switch matrices[last].sizes.count {
    case 1: matrices[last] = matrices[last].unsqueeze(-1)
    case 2: shape.append(matrices[last].sizes[1])
    default:
      refuse(
        "multi_dot", "the last tensor must be 1D or 2D but got \(tensors[last].sizes.count)D")
    }
    for (i, matrix) in matrices.enumerated() {
      guard matrix.sizes.count == 2 else {
        refuse("multi_dot", "tensor \(i) must be 2D but got \(matrix.sizes.count)D")
      }
      guard matrix.dtype == matrices[0].dtype else {
        refuse(
          "multi_dot",
          "all tensors must have be the same dtype but tensor 0 is \(matrices[0].dtype.name) and "
            + "tensor \(i) \(matrix.dtype.name)")
      }
      guard i == 0 || matrices[i - 1].sizes[1] == matrix.sizes[0] else {
        refuse(
          "multi_dot",
          "tensors \(i - 1) and \(i) with shapes \(tensors[i - 1].sizes) and \(tensors[i].sizes) "
            + "cannot be multiplied")
      }
    }
    if matrices.count == 2 { return matrices[0].mm(matrices[1]).view(shape) }
    if matrices.count == 3 {
      let (a, b, c) = (matrices[0], matrices[1], matrices[2])
      let left = a.sizes[0] * b.sizes[1] * (b.sizes[0] + c.sizes[1])
      let right = b.sizes[0] * c.sizes[1] * (b.sizes[1] + a.sizes[0])
      return (left > right ? a.mm(b.mm(c)) : a.mm(b).mm(c)).view(shape)
    }
    let order = chainOrder(matrices)
    func product(_ i: Int, _ j: Int) -> Tensor {
      if i == j { return matrices[i] }
      return product(i, order[i][j]).mm(product(order[i][j] + 1, j))
    }
    return product(0, last).view(shape)
  }

  /// Where to split each run of the chain so that the products cost least.
  ///
  /// Source: Cormen, Leiserson, Rivest and Stein, Introduction to Algorithms, chapter 15.2.
  private static func chainOrder(_ matrices: [Tensor]) -> [[Int]] {
    let n = matrices.count
    let sizes = matrices.map { $0.sizes[0] } + [matrices[n - 1].sizes[1]]
    var cost = Array(repeating: Array(repeating: 0, count: n), count: n)
    var order = cost
    for length in 1..<n {
      for i in 0..<(n - length) {
        let j = i + length
        cost[i][j] = .max
        for k in i..<j {
          let candidate = cost[i][k] + cost[k + 1][j] + sizes[i] * sizes[k + 1] * sizes[j + 1]
          if candidate < cost[i][j] {
            cost[i][j] = candidate
            order[i][j] = k
          }
        }
      }
    }
    return order
  }
}
