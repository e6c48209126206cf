// The product of a chain of matrices, in the order that costs least.

extension Linalg {
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
      // The right part first, as PyTorch's compiled code does.
      let right = product(order[i][j] + 1, j)
      return product(i, order[i][j]).mm(right)
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
