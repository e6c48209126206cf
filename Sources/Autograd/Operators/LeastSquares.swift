// Least squares.

internal import CKernels
internal import GraphModel

extension Linalg {
  /// The X of least norm that makes A·X - B smallest in squares, and the ranks of the matrices.
  ///
  /// `a` is m×n, `b` m×k or, for vectors, m. Singular values under `rcond` times the largest count
  /// as zero: the larger size times the dtype's precision unless given. Gradients flow through
  /// the solution.
  public static func lstsq(
    _ a: Tensor, _ b: Tensor, rcond: Double? = nil
  ) -> (solution: Tensor, rank: Tensor) {
    check(a, "linalg.lstsq", argument: "input")
    let isVector =
      b.sizes.count == 1
      || (a.sizes.count - 1 == b.sizes.count && b.sizes == Dims(a.sizes.dropLast()))
    guard a.dtype == b.dtype else {
      refuse(
        "linalg.lstsq",
        "Expected input and other to have the same dtype, but got \(a.dtype.name) and "
          + b.dtype.name)
    }
    guard isVector || b.sizes.count >= 2,
      (isVector ? b.sizes[b.sizes.count - 1] : b.rows) == a.rows
    else {
      refuse(
        "linalg.lstsq",
        "input.size(-2) should match other.size(-2): shapes \(a.sizes) and \(b.sizes)")
    }
    let (solution, rank) = noGrad { () -> (Tensor, Tensor) in
      let side = isVector ? b.unsqueeze(-1) : b
      let batch = Broadcast.sizes(a.batch, side.batch, "linalg.lstsq")
      let rank = Tensor.full(batch, .int(0), .int32)
      let info = info(batch)
      // LAPACK reads B from, and writes X to, the same memory: as many rows as either needs.
      let memory = empty(batch, Swift.max(a.rows, a.columns), side.columns, a.dtype)
      memory.setAll(.int(0))
      Elementwise.copy(
        side.expand(batch + [side.rows, side.columns]),
        into: memory.narrow(dim: -2, start: 0, length: side.rows))
      let overwritten = copy(a, batch: batch)
      let precision = a.dtype == .float32 ? Double(Float.ulpOfOne) : Double.ulpOfOne
      require(
        a.count == 0 || memory.count == 0
          || agk_least_squares(
            a.dtype.kernel, rcond ?? precision * Double(Swift.max(a.rows, a.columns)),
            Int64(batch.product), Int64(a.rows), Int64(a.columns), Int64(side.columns),
            overwritten.pointer, memory.pointer, rank.integers, info.integers),
        "linalg.lstsq", a)
      let result = memory.narrow(dim: -2, start: 0, length: a.columns).copyOfDataInRows()
      return (isVector ? result.squeeze(-1) : result, rank.to(.int64))
    }
    solution.view = nil
    if isRecording(a) || isRecording(b) {
      let node = LinalgLstsqBackward0(isVector: isVector)
      node.addEdge(to: a)
      node.addEdge(to: b)
      node.save(.input(b), LinalgLstsqBackward0.bSlot)
      node.save(.input(a), LinalgLstsqBackward0.selfSlot)
      // PyTorch's second result, the residuals, is empty with LAPACK's gelsy.
      node.adopt([solution, Tensor(empty: Dims([0]), a.dtype)])
      node.save(.result(solution), LinalgLstsqBackward0.solutionSlot)
    }
    return (solution, rank)
  }
}

/// The solution is the pseudo-inverse of A times B.
///
/// Source: torch/csrc/autograd/FunctionsManual.cpp, linalg_lstsq_backward.
final class LinalgLstsqBackward0: Node {
  static let bSlot = 0
  static let selfSlot = 1
  static let solutionSlot = 2
  private let isVector: Bool

  init(isVector: Bool) {
    self.isVector = isVector
    super.init()
  }

  override class var savedNames: [String] { ["b", "self", "solution"] }

  override func backward(_ gradients: consuming Gradients) throws(AutogradError) -> Gradients {
    guard let g = gradients[0] else { return Gradients() }
    let a = savedValue(LinalgLstsqBackward0.selfSlot)
    let b = savedValue(LinalgLstsqBackward0.bSlot)
    let inverse = Linalg.pinv(a)
    let gradient = isVector ? g.unsqueeze(-1) : g
    var first: Tensor?
    if needs(0) {
      let side = isVector ? b.unsqueeze(-1) : b
      first = Linalg.pinvBackward(gradient.matmul(side.mT), inverse, a)
    }
    guard needs(1) else { return Gradients(first) }
    let second = inverse.mT.matmul(gradient)
    return Gradients(first, isVector ? second.squeeze(-1) : second)
  }
}
