// The QR decomposition.

internal import CKernels
internal import GraphModel

extension Linalg {
  /// How much of the QR decomposition is computed; the values are PyTorch's names.
  public enum QRMode: String, Sendable {
    /// Q of m×k and R of k×n for k = min(m, n).
    case reduced
    /// Q of m×m and R of m×n.
    case complete
    /// No Q, which is empty, and R of k×n.
    case r
  }

  /// A = Q·R: columns at right angles of length 1, and an upper triangle.
  ///
  /// Gradients need Q, and with `complete` no more rows than columns.
  public static func qr(_ a: Tensor, mode: QRMode = .reduced) -> (q: Tensor, r: Tensor) {
    check(a, "linalg.qr")
    let (q, r) = noGrad { factors(a, mode) }
    if isRecording(a) {
      let node = LinalgQrBackward0(mode)
      node.addEdge(to: a)
      node.adopt([q, r])
      node.save(.result(q), LinalgQrBackward0.qSlot)
      node.save(.result(r), LinalgQrBackward0.rSlot)
    }
    return (q, r)
  }

  private static func factors(_ a: Tensor, _ mode: QRMode) -> (q: Tensor, r: Tensor) {
    let (m, n) = (a.rows, a.columns)
    let k = Swift.min(m, n)
    let batches = a.batch.product
    let packed = copy(a)
    let tau = Tensor.full(a.batch + [k], .int(0), a.dtype)
    require(
      packed.count == 0
        || agk_qr(
          a.dtype.kernel, Int64(batches), Int64(m), Int64(n), packed.pointer, tau.pointer),
      "linalg.qr", a)
    let rows = mode == .complete ? m : k
    let r = copy(packed.narrow(dim: -2, start: 0, length: rows).triu())
    if mode == .r { return (Tensor(empty: Dims([0]), a.dtype), r) }
    let width = mode == .complete ? m : k
    let q = empty(a.batch, m, width, a.dtype)
    let vectors = Swift.min(n, width)
    noGrad {
      let start = q.narrow(dim: -1, start: 0, length: vectors)
      Elementwise.copy(packed.narrow(dim: -1, start: 0, length: vectors), into: start)
    }
    require(
      q.count == 0
        || agk_qr_q(
          a.dtype.kernel, Int64(batches), Int64(m), Int64(width), Int64(k), q.pointer,
          tau.pointer),
      "linalg.qr", a)
    return (q, r)
  }
}

/// Source: torch/csrc/autograd/FunctionsManual.cpp, linalg_qr_backward.
final class LinalgQrBackward0: Node {
  static let qSlot = 0
  static let rSlot = 1
  private let mode: Linalg.QRMode

  init(_ mode: Linalg.QRMode) {
    self.mode = mode
    super.init()
  }

  override class var savedNames: [String] { ["Q", "R"] }
  override var attributes: [String: AttributeValue] { ["mode": .string(mode.rawValue)] }

  override func backward(_ gradients: consuming Gradients) throws(AutogradError) -> Gradients {
    let (gq, gr) = (gradients[0], gradients[1])
    if mode == .r {
      refuse(
        "linalg.qr",
        "The derivative of linalg.qr depends on Q, which is not computed when mode='r'. Please use "
          + "mode reduced if you are going to differentiate through it.")
    }
    let q = savedValue(LinalgQrBackward0.qSlot)
    let r = savedValue(LinalgQrBackward0.rSlot)
    let (m, n) = (q.rows, r.columns)
    if mode == .complete, m > n {
      refuse(
        "linalg.qr",
        "The QR decomposition is not differentiable when mode='complete' and nrows > ncols: \(m) "
          + "and \(n).")
    }
    guard let inner = sum(gr.map { $0.matmul(r.mT) }, gq.map { -q.mT.matmul($0) }) else {
      return Gradients()
    }
    if m >= n {
      let symmetric = inner.triu() + inner.triu(diagonal: 1).mT
      let whole = sum(q.matmul(symmetric), gq)!
      return Gradients(Linalg.solveTriangular(r.mT, whole, upper: false, left: false))
    }
    let skew = (inner.mT - inner).tril(diagonal: -1)
    let first = Linalg.solveTriangular(
      r.narrow(dim: -1, start: 0, length: m).mT, q.matmul(skew), upper: false, left: false)
    let rest = Tensor.full(q.batch + [m, n - m], .int(0), q.dtype)
    return Gradients(sum(Tensor.cat([first, rest], dim: -1), gr.map { q.matmul($0) }))
  }
}
