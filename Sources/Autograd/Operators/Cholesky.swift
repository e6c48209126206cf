// The Cholesky factor of positive-definite matrices, and what is computed from it.

internal import CKernels
internal import GraphModel

// MARK: - Forward

extension Linalg {
  /// The Cholesky factors of symmetric positive-definite matrices: lower, or upper, triangular.
  ///
  /// Only one triangle of `a` is read. Traps for a matrix that is not positive definite;
  /// `choleskyEx` tells instead.
  public static func cholesky(_ a: Tensor, upper: Bool = false) -> Tensor {
    let (l, info) = choleskyEx(a, upper: upper)
    checkInfo(info, "linalg.cholesky") { info in
      "The factorization could not be completed because the input is not positive-definite (the "
        + "leading minor of order \(info) is not positive-definite)."
    }
    return l
  }

  /// The Cholesky factors, and for each matrix 0 or the order of the minor that is not positive.
  public static func choleskyEx(_ a: Tensor, upper: Bool = false) -> (l: Tensor, info: Tensor) {
    check(a, "linalg.cholesky", square: true)
    let info = info(a.batch)
    let l: Tensor = noGrad {
      let factor = copy(a)
      require(
        factor.count == 0
          || agk_cholesky(
            a.dtype.kernel, upper, Int64(info.count), Int64(a.rows), factor.pointer,
            info.integers),
        "linalg.cholesky", a)
      return upper ? factor.triu_() : factor.tril_()
    }
    Tensor.record([a], [l]) { LinalgCholeskyExBackward0(upper: upper) }
    if isRecording(a) { l.gradFnStorage!.save(.result(l), 0) }
    return (l, info)
  }
}

extension Tensor {
  /// The Cholesky factors, as `Linalg.cholesky`.
  public func cholesky(upper: Bool = false) -> Tensor { Linalg.cholesky(self, upper: upper) }

  /// The solution of A·X = `self`, where A has the Cholesky factor `input2`.
  ///
  /// The matrices are n×k and n×n, of one dtype, and their batches are broadcast.
  public func choleskySolve(_ input2: Tensor, upper: Bool = false) -> Tensor {
    Linalg.check(input2, "cholesky_solve", square: true)
    Linalg.check(self, "cholesky_solve", argument: "b")
    guard rows == input2.rows, dtype == input2.dtype else {
      refuse(
        "cholesky_solve",
        "Incompatible matrix sizes or dtypes: b of shape \(sizes) (\(dtype.name)), factor of shape "
          + "\(input2.sizes) (\(input2.dtype.name))")
    }
    let result = noGrad {
      let half = Linalg.solveTriangular(upper ? input2.mT : input2, self, upper: false)
      return Linalg.solveTriangular(upper ? input2 : input2.mT, half, upper: true)
    }
    if isRecording(self) || isRecording(input2) {
      let node = CholeskySolveBackward0(upper: upper)
      node.addEdge(to: self)
      node.addEdge(to: input2)
      node.save(.input(input2), CholeskySolveBackward0.input2Slot)
      node.adopt(result)
      node.save(.result(result), CholeskySolveBackward0.resultSlot)
      node.save(.input(self), CholeskySolveBackward0.selfSlot)
    }
    return result
  }

  /// The inverses of the matrices of which this is the Cholesky factor.
  public func choleskyInverse(upper: Bool = false) -> Tensor {
    Linalg.check(self, "cholesky_inverse", square: true)
    let result = noGrad {
      Tensor.eye(rows, dtype: dtype).expand(sizes).choleskySolve(self, upper: upper)
    }
    if isRecording(self) {
      let node = CholeskyInverseBackward0(upper: upper)
      node.addEdge(to: self)
      node.adopt(result)
      node.save(.result(result), CholeskyInverseBackward0.resultSlot)
      node.save(.input(self), CholeskyInverseBackward0.selfSlot)
    }
    return result
  }
}

// MARK: - Derivatives

/// The derivative of an operator that works on a lower or an upper triangle.
class TriangularNode: Node {
  final let upper: Bool

  init(upper: Bool) {
    self.upper = upper
    super.init()
  }

  override final var attributes: [String: AttributeValue] { ["upper": .bool(upper)] }
}

/// Source: torch/csrc/autograd/FunctionsManual.cpp, cholesky_backward.
final class LinalgCholeskyExBackward0: TriangularNode {
  override class var savedNames: [String] { ["L"] }

  override func backward(_ g: Tensor) -> Gradients {
    let factor = savedValue(0)
    let l = upper ? factor.mT : factor
    let lower = l.mT.matmul(upper ? g.mT : g).tril()
    let symmetric = (lower + lower.tril(diagonal: -1).mT).scaled(by: .double(0.5))
    let half = Linalg.solveTriangular(l.mT, symmetric, upper: true)
    return Gradients(Linalg.solveTriangular(l, half, upper: false, left: false))
  }
}

final class CholeskySolveBackward0: TriangularNode {
  static let input2Slot = 0
  static let resultSlot = 1
  static let selfSlot = 2
  override class var savedNames: [String] { ["input2", "result", "self"] }

  override func backward(_ g: Tensor) -> Gradients {
    let factor = savedValue(CholeskySolveBackward0.input2Slot)
    let solved = g.choleskySolve(factor, upper: upper)
    guard needs(1) else { return Gradients(solved) }
    let half = solved.matmul(savedValue(CholeskySolveBackward0.resultSlot).mT)
    let common = half + half.mT
    return Gradients(solved, upper ? -factor.matmul(common) : -common.matmul(factor))
  }
}

final class CholeskyInverseBackward0: TriangularNode {
  static let resultSlot = 0
  static let selfSlot = 1
  override class var savedNames: [String] { ["result", "self"] }

  override func backward(_ g: Tensor) -> Gradients {
    let inverse = savedValue(CholeskyInverseBackward0.resultSlot)
    let factor = savedValue(CholeskyInverseBackward0.selfSlot)
    let common = inverse.matmul((g + g.mT).matmul(inverse))
    return Gradients(upper ? -factor.matmul(common) : -common.matmul(factor))
  }
}
