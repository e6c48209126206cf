// Powers and the exponential of square matrices.

internal import CKernels

extension Linalg {
  /// The n-th powers of square matrices; a negative n takes the inverse.
  public static func matrixPower(_ a: Tensor, _ n: Int) -> Tensor {
    checkSquare(a, "linalg.matrix_power")
    switch n {
    case 0: return a.clone().copy_(Tensor.eye(a.rows, dtype: a.dtype))
    case 1: return a.clone()
    case -1: return inv(a)
    default: break
    }
    let base = n < 0 ? inv(a) : a
    if n.magnitude == 2 { return base.matmul(base) }
    if n.magnitude == 3 { return base.matmul(base).matmul(base) }
    var rest = n.magnitude
    var square = base
    var result: Tensor?
    while true {
      if rest % 2 == 1 { result = result.map { $0.matmul(square) } ?? square }
      rest /= 2
      if rest == 0 { return result! }
      square = square.matmul(square)
    }
  }

  /// The exponentials of square matrices: Σ Aⁿ / n!.
  public static func matrixExp(_ a: Tensor) -> Tensor {
    checkSquare(a, "linalg.matrix_exp")
    guard a.dtype.isFloatingPoint else {
      refuse(
        "linalg.matrix_exp",
        "Expected a floating point or complex tensor as input. Got \(a.dtype.name)")
    }
    let result = noGrad { exponential(a) }
    if isRecording(a) {
      let node = LinalgMatrixExpBackward0()
      node.addEdge(to: a)
      node.save(.input(a), 0)
      node.adopt(result)
    }
    return result
  }

  /// Scaled down until the largest absolute row sum is at most 1, a Taylor polynomial of degree 20
  /// (the rest of which is below 1 / 21!), and squared as often.
  private static func exponential(_ a: Tensor) -> Tensor {
    let one = Tensor.eye(a.rows, dtype: a.dtype)
    guard a.count > 0 else { return a.clone() }
    let norm = a.abs().sum(dim: -1).amax().item()
    guard norm.isFinite else { return a * Double.nan }
    let squarings = norm > 1 ? Int(norm.exponent) + 1 : 0
    let x = a * Double(sign: .plus, exponent: -squarings, significand: 1)
    // Paterson and Stockmeyer: 20 = 4 · 5 + 0, powers up to the fifth.
    var powers = [x]
    for _ in 1..<5 { powers.append(powers.last!.matmul(x)) }
    var factor = 1.0
    let factors =
      [1.0]
      + (1...20).map { n in
        factor /= Double(n)
        return factor
      }
    var result = one * factors[20]
    for block in (0..<4).reversed() {
      result = result.matmul(powers[4]) + one * factors[5 * block]
      for i in 1..<5 { result.add_(powers[i - 1], alpha: factors[5 * block + i]) }
    }
    for _ in 0..<squarings { result = result.matmul(result) }
    return result
  }
}

extension Tensor {
  /// The n-th powers of square matrices, as `Linalg.matrixPower`.
  public func matrixPower(_ n: Int) -> Tensor { Linalg.matrixPower(self, n) }
  /// The exponentials of square matrices, as `Linalg.matrixExp`.
  public func matrixExp() -> Tensor { Linalg.matrixExp(self) }
}

/// The gradient is a block of the exponential of a matrix of twice the size.
///
/// Source: Najfeld and Havel, Derivatives of the matrix exponential and their computation (1995);
/// torch/csrc/autograd/FunctionsManual.cpp, linalg_matrix_exp_differential.
final class LinalgMatrixExpBackward0: Node {
  override class var savedNames: [String] { ["self"] }

  override func backward(_ g: Tensor) -> Gradients {
    let transposed = savedValue(0).mT
    let n = transposed.rows
    let top = Tensor.cat([transposed, g], dim: -1)
    let bottom = Tensor.cat([Tensor.zeros(like: g), transposed], dim: -1)
    let whole = Linalg.matrixExp(Tensor.cat([top, bottom], dim: -2))
    return Gradients(
      whole.narrow(dim: -2, start: 0, length: n).narrow(dim: -1, start: n, length: n))
  }
}
