// The singular value decomposition, and what is computed from it.

internal import CKernels
internal import GraphModel

// MARK: - Forward

extension Linalg {
  /// A = U·diag(S)·Vh: singular vectors of length 1, and singular values in descending order.
  ///
  /// U is m×m and Vh n×n, without `fullMatrices` m×k and k×n for k = min(m, n). The vectors' signs
  /// are free: only functions that do not depend on them have meaningful gradients.
  public static func svd(
    _ a: Tensor, fullMatrices: Bool = true
  ) -> (u: Tensor, s: Tensor, vh: Tensor) {
    svd(a, full: fullMatrices, vectors: true)
  }

  /// The singular values in descending order.
  public static func svdvals(_ a: Tensor) -> Tensor {
    svd(a, full: false, vectors: isRecording(a)).s
  }

  private static func svd(
    _ a: Tensor, full: Bool, vectors: Bool
  ) -> (u: Tensor, s: Tensor, vh: Tensor) {
    check(a, "linalg.svd")
    let (m, n) = (a.rows, a.columns)
    let k = Swift.min(m, n)
    let s = Tensor(empty: a.batch + [k], a.dtype)
    let u = empty(a.batch, vectors ? m : 0, full ? m : k, a.dtype)
    let vh = empty(a.batch, full ? n : k, vectors ? n : 0, a.dtype)
    let info = info(a.batch)
    if a.count > 0 {
      let overwritten = copy(a)
      require(
        agk_svd(
          a.dtype.kernel, vectors, full, Int64(info.count), Int64(m), Int64(n),
          overwritten.pointer, u.pointer, s.pointer, vh.pointer, info.integers), "linalg.svd", a)
    } else if vectors {
      // Without elements to decompose, any vectors at right angles will do.
      Elementwise.copy(Tensor.eye(u.rows, u.columns, dtype: a.dtype), into: u)
      Elementwise.copy(Tensor.eye(vh.rows, vh.columns, dtype: a.dtype), into: vh)
    }
    checkInfo(info, "linalg.svd") { info in
      info < 0
        ? "The algorithm failed to converge because the input matrix contained non-finite values."
        : "The algorithm failed to converge because the input matrix is ill-conditioned or has too "
          + "many repeated singular values (error code: \(info))."
    }
    if isRecording(a) {
      let node = LinalgSvdBackward0(full: full, k)
      node.addEdge(to: a)
      node.adopt([u, s, vh])
      node.save(.result(s), LinalgSvdBackward0.sSlot)
      node.save(.result(u), LinalgSvdBackward0.uSlot)
      node.save(.result(vh), LinalgSvdBackward0.vhSlot)
    }
    return (u, s, vh)
  }

  /// The pseudo-inverses of matrices: n×m for m×n.
  ///
  /// Singular values up to `rtol` times the largest count as zero: the larger size times the
  /// dtype's precision unless given.
  public static func pinv(_ a: Tensor, rtol: Double? = nil) -> Tensor {
    check(a, "linalg.pinv")
    let result = noGrad { () -> Tensor in
      if a.count == 0 { return Tensor.full(a.batch + [a.columns, a.rows], .int(0), a.dtype) }
      let (u, s, vh) = svd(a, fullMatrices: false)
      let limit = s.narrow(dim: -1, start: 0, length: 1) * (rtol ?? tolerance(a))
      let inverse = Tensor.where(
        s.gt(limit), s.reciprocal(), Tensor.full(Dims(), .int(0), a.dtype))
      return vh.mT.matmul(inverse.unsqueeze(-1) * u.mT)
    }
    if isRecording(a) {
      let node = LinalgPinvBackward0()
      node.addEdge(to: a)
      node.adopt(result)
      node.save(.result(result), LinalgPinvBackward0.resultSlot)
      node.save(.input(a), LinalgPinvBackward0.selfSlot)
    }
    return result
  }

  /// How many singular values of each matrix are above a tolerance, as int64.
  ///
  /// It is the larger of `atol` and `rtol` times the largest singular value; `rtol` is as for
  /// `pinv` unless `atol` is given.
  public static func matrixRank(
    _ a: Tensor, atol: Double? = nil, rtol: Double? = nil
  ) -> Tensor {
    noGrad {
      let s = svdvals(a)
      guard s.count > 0 else { return Tensor.full(a.batch, .int(0), .int64) }
      let relative = rtol ?? ((atol ?? 0) > 0 ? 0 : tolerance(a))
      let limit = Tensor.maximum(
        s.narrow(dim: -1, start: 0, length: 1) * relative,
        Tensor.full(Dims(), .double(atol ?? 0), a.dtype))
      return s.gt(limit).sum(dim: -1)
    }
  }

  /// The precision that a decomposition of `a` can have, relative to its largest singular value.
  private static func tolerance(_ a: Tensor) -> Double {
    Double(Swift.max(a.rows, a.columns))
      * (a.dtype == .float32 ? Double(Float.ulpOfOne) : Double.ulpOfOne)
  }
}

extension Tensor {
  /// The singular value decomposition A = U·diag(S)·Vᵀ, with V where `Linalg.svd` has Vh.
  public func svd(some: Bool = true) -> (u: Tensor, s: Tensor, v: Tensor) {
    let (u, s, vh) = Linalg.svd(self, fullMatrices: !some)
    return (u, s, vh.mT)
  }

  /// The pseudo-inverses of matrices, as `Linalg.pinv`.
  public func pinverse() -> Tensor { Linalg.pinv(self) }
}

// MARK: - Derivatives

/// Source: torch/csrc/autograd/FunctionsManual.cpp, svd_backward.
final class LinalgSvdBackward0: Node {
  static let sSlot = 0
  static let uSlot = 1
  static let vhSlot = 2
  private let full: Bool
  private let k: Int

  init(full: Bool, _ k: Int) {
    self.full = full
    self.k = k
    super.init()
  }

  override class var savedNames: [String] { ["S", "U", "Vh"] }
  override var attributes: [String: AttributeValue] {
    ["S_sym_argsize_minus_1": .int(k), "full_matrices": .bool(full)]
  }

  override func backward(_ gradients: consuming Gradients) throws(AutogradError) -> Gradients {
    var (gu, gs, gvh) = (gradients[0], gradients[1], gradients[2])
    let s = savedValue(LinalgSvdBackward0.sSlot)
    var u = savedValue(LinalgSvdBackward0.uSlot)
    var vh = savedValue(LinalgSvdBackward0.vhSlot)
    if full {
      gu = gu?.narrow(dim: -1, start: 0, length: k)
      gvh = gvh?.narrow(dim: -2, start: 0, length: k)
      u = u.narrow(dim: -1, start: 0, length: k)
      vh = vh.narrow(dim: -2, start: 0, length: k)
    }
    let (m, n) = (u.rows, vh.columns)
    if gu == nil, gvh == nil {
      guard let gs else { return Gradients() }
      return Gradients(
        m >= n ? u.matmul(gs.unsqueeze(-1) * vh) : (u * gs.unsqueeze(-2)).matmul(vh))
    }
    let square = s * s
    let ones = Tensor.eye(k, dtype: s.dtype)
    let distances = square.unsqueeze(-2) - square.unsqueeze(-1) + ones
    func turned(_ product: Tensor) -> Tensor { (product - product.mT) / distances }
    var inner = sum(
      gu.map { turned(u.mT.matmul($0)) * s.unsqueeze(-2) },
      gvh.map { s.unsqueeze(-1) * turned(vh.matmul($0.mT)) })!
    if let gs { inner = inner + gs.diagEmbed() }
    if m > k, let gu {
      let scaled = gu / s.unsqueeze(-2)
      let whole = u.matmul(inner) + scaled - u.matmul(u.mT.matmul(scaled))
      return Gradients(whole.matmul(vh))
    }
    if n > k, let gvh {
      let scaled = gvh / s.unsqueeze(-1)
      let whole = inner.matmul(vh) + scaled - scaled.matmul(vh.mT).matmul(vh)
      return Gradients(u.matmul(whole))
    }
    return Gradients(
      m >= n ? u.matmul(inner.matmul(vh)) : u.matmul(inner).matmul(vh))
  }
}

/// Source: torch/csrc/autograd/FunctionsManual.cpp, pinv_backward.
final class LinalgPinvBackward0: Node {
  static let resultSlot = 0
  static let selfSlot = 1
  override class var savedNames: [String] { ["result", "self"] }

  override func backward(_ g: Tensor) -> Gradients {
    Gradients(
      Linalg.pinvBackward(
        g, savedValue(LinalgPinvBackward0.resultSlot), savedValue(LinalgPinvBackward0.selfSlot)))
  }
}

extension Linalg {
  /// The gradient of matrices from that of their pseudo-inverses.
  static func pinvBackward(_ g: Tensor, _ inverse: Tensor, _ a: Tensor) -> Tensor {
    let transposed = inverse.mT
    let gradient = g.mT
    if a.rows <= a.columns {
      let k = gradient.matmul(inverse)
      let product = k.matmul(transposed)
      return -inverse.matmul(k).mT + product - a.matmul(inverse).matmul(product)
        + transposed.matmul(inverse).matmul(gradient - k.matmul(a))
    }
    let k = inverse.matmul(gradient)
    let product = transposed.matmul(k)
    return -k.matmul(inverse).mT + (gradient - a.matmul(k)).matmul(inverse).matmul(transposed)
      + product - product.matmul(inverse).matmul(a)
  }
}
