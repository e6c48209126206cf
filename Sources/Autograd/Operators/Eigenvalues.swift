// Eigenvalues and eigenvectors of symmetric matrices.

internal import CKernels
internal import GraphModel

extension Linalg {
  /// A = V·diag(L)·Vᵀ for symmetric matrices: eigenvalues in ascending order, and eigenvectors.
  ///
  /// Only the lower triangle of `a` is read, or the upper one. The vectors' signs are free: only
  /// functions that do not depend on them have meaningful gradients.
  public static func eigh(
    _ a: Tensor, upper: Bool = false
  ) -> (eigenvalues: Tensor, eigenvectors: Tensor) {
    check(a, "linalg.eigh", square: true)
    let vectors = copy(a)
    let values = Tensor(empty: a.batch + [a.rows], a.dtype)
    let info = info(a.batch)
    require(
      a.count == 0
        || agk_eigh(
          a.dtype.kernel, upper, Int64(info.count), Int64(a.rows), vectors.pointer, values.pointer,
          info.integers),
      "linalg.eigh", a)
    checkInfo(info, "linalg.eigh") { info in
      "The algorithm failed to converge because the input matrix is ill-conditioned or has too many "
        + "repeated eigenvalues (error code: \(info))."
    }
    if isRecording(a) {
      let node = LinalgEighBackward0()
      node.addEdge(to: a)
      node.adopt([values, vectors])
      node.save(.result(values), LinalgEighBackward0.valuesSlot)
      node.save(.result(vectors), LinalgEighBackward0.vectorsSlot)
    }
    return (values, vectors)
  }

  /// The eigenvalues of symmetric matrices in ascending order.
  public static func eigvalsh(_ a: Tensor, upper: Bool = false) -> Tensor {
    eigh(a, upper: upper).eigenvalues
  }
}

/// Source: torch/csrc/autograd/FunctionsManual.cpp, linalg_eig_backward.
final class LinalgEighBackward0: Node {
  static let valuesSlot = 0
  static let vectorsSlot = 1
  override class var savedNames: [String] { ["eigenvalues", "eigenvectors"] }

  override func backward(_ gradients: consuming Gradients) throws(AutogradError) -> Gradients {
    let vectors = savedValue(LinalgEighBackward0.vectorsSlot)
    guard let g = gradients[1] else {
      guard let g = gradients[0] else { return Gradients() }
      return Gradients((vectors * g.unsqueeze(-2)).matmul(vectors.mT))
    }
    let values = savedValue(LinalgEighBackward0.valuesSlot)
    let ones = Tensor.eye(values.sizes[values.sizes.count - 1], dtype: values.dtype)
    let distances = values.unsqueeze(-2) - values.unsqueeze(-1) + ones
    let turned = vectors.mT.matmul(g) / distances * (1 - ones)
    let inner = sum(turned, gradients[0]?.diagEmbed())!
    return Gradients(vectors.matmul(inner.matmul(vectors.mT)))
  }
}
