// L and U factors of matrices with row exchanges, and determinants, which are computed from them.

internal import CKernels
internal import GraphModel

// MARK: - Forward

extension Linalg {
  /// The factors L and U in one matrix, and the row exchanges: each row's, counted from 1.
  ///
  /// Traps for a matrix whose U has a zero on the diagonal only when it is used for solving.
  public static func luFactor(_ a: Tensor) -> (lu: Tensor, pivots: Tensor) {
    check(a, "linalg.lu_factor")
    let (lu, pivots, _) = noGrad { factored(a, "linalg.lu_factor") }
    if isRecording(a) {
      let node = LinalgLuFactorExBackward0()
      node.addEdge(to: a)
      node.adopt(lu)
      node.save(.result(lu), LinalgLuFactorExBackward0.luSlot)
      node.save(.input(pivots), LinalgLuFactorExBackward0.pivotsSlot)
    }
    return (lu, pivots)
  }

  /// A = P·L·U: a permutation, a lower triangle with ones on the diagonal, and an upper one.
  public static func lu(_ a: Tensor) -> (p: Tensor, l: Tensor, u: Tensor) {
    check(a, "linalg.lu")
    let (p, l, u) = noGrad {
      let (lu, pivots, _) = factored(a, "linalg.lu")
      return luUnpack(lu, pivots)
    }
    if isRecording(a) {
      let node = LinalgLuBackward0()
      node.addEdge(to: a)
      node.adopt([l, u])
      node.save(.result(l), LinalgLuBackward0.lSlot)
      node.save(.input(p), LinalgLuBackward0.pSlot)
      node.save(.result(u), LinalgLuBackward0.uSlot)
    }
    return (p, l, u)
  }

  /// The permutation, L and U of what `luFactor` gave; gradients flow through L and U.
  public static func luUnpack(
    _ lu: Tensor, _ pivots: Tensor
  ) -> (p: Tensor, l: Tensor, u: Tensor) {
    let (l, u) = triangles(lu)
    let n = lu.rows
    let p = Tensor.full(lu.batch + [n, n], .int(0), lu.dtype)
    let exchanges = pivots.toArray(as: Int.self)
    let one = Tensor.full(Dims(), .int(1), lu.dtype)
    let steps = Swift.min(lu.rows, lu.columns)
    for i in 0..<lu.batch.product where n > 0 {
      var order = Array(0..<n)
      for (row, pivot) in exchanges[(i * steps)..<((i + 1) * steps)].enumerated() {
        order.swapAt(row, pivot - 1)
      }
      for (column, row) in order.enumerated() {
        (p.pointer + ((i * n + row) * n + column) * p.dtype.itemSize)
          .copyMemory(from: one.pointer, byteCount: p.dtype.itemSize)
      }
    }
    return (p, l, u)
  }

  /// L and U out of one matrix, by differentiable operators.
  static func triangles(_ lu: Tensor) -> (l: Tensor, u: Tensor) {
    let k = Swift.min(lu.rows, lu.columns)
    let lower =
      lu.rows > lu.columns || lu.columns == k ? lu : lu.narrow(dim: -1, start: 0, length: k)
    let upper = lu.rows == k ? lu : lu.narrow(dim: -2, start: 0, length: k)
    let ones = Tensor.eye(lu.rows, k, dtype: lu.dtype)
    return (lower.tril(diagonal: -1) + ones, upper.triu())
  }

  /// The determinants of square matrices.
  public static func det(_ a: Tensor) -> Tensor {
    check(a, "linalg.det", square: true)
    let (lu, pivots, result) = noGrad { () -> (Tensor, Tensor, Tensor) in
      let (lu, pivots, _) = factored(a, "linalg.det")
      let (sign, diagonal) = signAndDiagonal(lu, pivots)
      return (lu, pivots, sign * product(diagonal))
    }
    if isRecording(a) {
      let node = LinalgDetBackward0()
      node.addEdge(to: a)
      node.save(.input(a), LinalgDetBackward0.aSlot)
      node.save(.input(lu), LinalgDetBackward0.luSlot)
      node.save(.input(pivots), LinalgDetBackward0.pivotsSlot)
      node.adopt(result)
      node.save(.result(result), LinalgDetBackward0.resultSlot)
    }
    return result
  }

  /// The signs of the determinants, and the logarithms of their absolute values.
  ///
  /// A singular matrix has the sign 0 and the logarithm -∞.
  public static func slogdet(_ a: Tensor) -> (sign: Tensor, logabsdet: Tensor) {
    check(a, "linalg.slogdet", square: true)
    let (lu, pivots, sign, logarithm) = noGrad { () -> (Tensor, Tensor, Tensor, Tensor) in
      let (lu, pivots, _) = factored(a, "linalg.slogdet")
      let (sign, diagonal) = signAndDiagonal(lu, pivots)
      return (
        lu, pivots, sign * product(diagonal.sgn()), diagonal.abs().log().sum(dim: -1)
      )
    }
    if isRecording(a) {
      let node = LinalgSlogdetBackward0()
      node.addEdge(to: a)
      node.save(.input(a), LinalgSlogdetBackward0.aSlot)
      node.save(.input(lu), LinalgSlogdetBackward0.luSlot)
      node.save(.input(pivots), LinalgSlogdetBackward0.pivotsSlot)
      node.adopt([sign, logarithm])
      node.save(.result(sign), LinalgSlogdetBackward0.signSlot)
    }
    return (sign, logarithm)
  }

  /// The sign of the row exchanges of each matrix, and the diagonal of U.
  private static func signAndDiagonal(_ lu: Tensor, _ pivots: Tensor) -> (Tensor, Tensor) {
    let n = lu.rows
    let exchanges = pivots.toArray(as: Int.self)
    let signs = (0..<lu.batch.product).map { i in
      (0..<n).reduce(1.0) { exchanges[i * n + $1] == $1 + 1 ? $0 : -$0 }
    }
    return (
      Tensor(signs, dtype: lu.dtype).viewed(lu.batch),
      lu.diagonal(dim1: -2, dim2: -1)
    )
  }

  /// The products over the last dimension, without history.
  private static func product(_ x: Tensor) -> Tensor {
    Reduction.reduce(.AGK_PROD, x, ReducedDims(x, [-1], false, "linalg.det"))
  }
}

extension Tensor {
  /// The determinants of square matrices, as `Linalg.det`.
  public func det() -> Tensor { Linalg.det(self) }
  /// The signs and logarithms of the determinants, as `Linalg.slogdet`.
  public func slogdet() -> (sign: Tensor, logabsdet: Tensor) { Linalg.slogdet(self) }

  /// The logarithms of the determinants; NaN where one is negative.
  public func logdet() -> Tensor {
    let (sign, logarithm) = slogdet()
    let nan = Tensor.full(Dims(), .double(.nan), dtype)
    return Tensor.where(sign.detach().eq(-1.0), nan, logarithm)
  }
}

// MARK: - Derivatives

/// The gradient of A from those of L and U, of which only the triangles count.
///
/// With Φ = L₁⁻¹·Pᵀ·dA₁·U₁⁻¹ of the leading square parts, dL₁ is L₁ times its strict lower triangle
/// and dU₁ its upper triangle times U₁; the rest of L or U is what is left of dA.
private func luBackward(
  _ lGradient: Tensor?, _ uGradient: Tensor?, _ p: Tensor, _ l: Tensor, _ u: Tensor
) -> Tensor? {
  guard lGradient != nil || uGradient != nil else { return nil }
  let (m, n) = (l.rows, u.columns)
  let k = Swift.min(m, n)
  func top(_ x: Tensor) -> Tensor { m == k ? x : x.narrow(dim: -2, start: 0, length: k) }
  func bottom(_ x: Tensor) -> Tensor { x.narrow(dim: -2, start: k, length: m - k) }
  func left(_ x: Tensor) -> Tensor { n == k ? x : x.narrow(dim: -1, start: 0, length: k) }
  func right(_ x: Tensor) -> Tensor { x.narrow(dim: -1, start: k, length: n - k) }
  let (l1, u1) = (top(l), left(u))
  var lower = lGradient.map { l1.mT.matmul(top($0)) }
  var upper = uGradient.map { left($0).matmul(u1.mT) }
  if m < n { lower = sum(lower, uGradient.map { -right($0).matmul(right(u).mT) }) }
  if m > n { upper = sum(upper, lGradient.map { -bottom(l).mT.matmul(bottom($0)) }) }
  func solveL(_ x: Tensor) -> Tensor {
    Linalg.solveTriangular(l1.mT, x, upper: true, left: true, unitriangular: true)
  }
  func solveU(_ x: Tensor) -> Tensor {
    Linalg.solveTriangular(u1.mT, x, upper: false, left: false)
  }
  let inner = sum(lower?.tril(diagonal: -1), upper?.triu())!
  if m > n {
    let rest = lGradient.map(bottom) ?? Tensor.full(l.batch + [m - k, k], .int(0), l.dtype)
    return p.matmul(solveU(Tensor.cat([solveL(inner), rest], dim: -2)))
  }
  guard m < n else { return p.matmul(solveL(solveU(inner))) }
  let rest = uGradient.map(right) ?? Tensor.full(u.batch + [k, n - k], .int(0), u.dtype)
  return p.matmul(solveL(Tensor.cat([solveU(inner), rest], dim: -1)))
}

/// The sum of what there is.
func sum(_ a: Tensor?, _ b: Tensor?) -> Tensor? {
  guard let a, let b else { return a ?? b }
  return a + b
}

final class LinalgLuFactorExBackward0: Node {
  static let luSlot = 0
  static let pivotsSlot = 1
  override class var savedNames: [String] { ["LU", "pivots"] }
  override var attributes: [String: AttributeValue] { ["pivot": .bool(true)] }

  override func backward(_ g: Tensor) -> Gradients {
    let lu = savedValue(LinalgLuFactorExBackward0.luSlot)
    let (p, l, u) = Linalg.luUnpack(lu, savedValue(LinalgLuFactorExBackward0.pivotsSlot))
    let k = Swift.min(lu.rows, lu.columns)
    return Gradients(
      luBackward(
        g.narrow(dim: -1, start: 0, length: k), g.narrow(dim: -2, start: 0, length: k), p, l, u))
  }
}

final class LinalgLuBackward0: Node {
  static let lSlot = 0
  static let pSlot = 1
  static let uSlot = 2
  override class var savedNames: [String] { ["L", "P", "U"] }
  override var attributes: [String: AttributeValue] { ["pivot": .bool(true)] }

  override func backward(_ gradients: consuming Gradients) throws(AutogradError) -> Gradients {
    Gradients(
      luBackward(
        gradients[0], gradients[1], savedValue(LinalgLuBackward0.pSlot),
        savedValue(LinalgLuBackward0.lSlot), savedValue(LinalgLuBackward0.uSlot)))
  }
}

/// The matrices X of Aᵀ·X = diag(d): what the gradients of determinants are.
private func solveForDiagonal(
  _ d: Tensor, _ a: Tensor, _ lu: Tensor, _ pivots: Tensor
) -> Tensor {
  let side = d.unsqueeze(-1).expand(a.batch + [a.rows]).diagEmbed()
  if isGradEnabled { return Linalg.solveEx(a.mT, side).result }
  return Linalg.solved(lu, pivots, side, left: true, transpose: true, "linalg.det")
}

/// A singular matrix is moved by the smallest step in U, as in PyTorch.
final class LinalgDetBackward0: Node {
  static let aSlot = 0
  static let luSlot = 1
  static let pivotsSlot = 2
  static let resultSlot = 3
  override class var savedNames: [String] { ["A", "LU", "pivots", "result"] }

  override func backward(_ g: Tensor) -> Gradients {
    let lu = savedValue(LinalgDetBackward0.luSlot)
    let step: Double = lu.dtype == .float32 ? Double(Float.ulpOfOne) : Double.ulpOfOne
    let factors = noGrad {
      let copy = Linalg.copy(lu)
      let diagonal = copy.diagonal(dim1: -2, dim2: -1)
      diagonal.copy_(diagonal.maskedFill(diagonal.eq(0), step))
      return copy
    }
    let d = g * savedValue(LinalgDetBackward0.resultSlot)
    return Gradients(
      solveForDiagonal(
        d, savedValue(LinalgDetBackward0.aSlot), factors,
        savedValue(LinalgDetBackward0.pivotsSlot)))
  }
}

final class LinalgSlogdetBackward0: Node {
  static let aSlot = 0
  static let luSlot = 1
  static let pivotsSlot = 2
  static let signSlot = 3
  override class var savedNames: [String] { ["A", "LU", "pivots", "sign"] }

  override func backward(_ gradients: consuming Gradients) throws(AutogradError) -> Gradients {
    guard let g = gradients[1] else { return Gradients() }
    return Gradients(
      solveForDiagonal(
        g, savedValue(LinalgSlogdetBackward0.aSlot), savedValue(LinalgSlogdetBackward0.luSlot),
        savedValue(LinalgSlogdetBackward0.pivotsSlot)))
  }
}
