// Norms of vectors: over all elements or some dimensions, of any order.

internal import CKernels
internal import GraphModel

extension Tensor {
  /// The norm of order `p` over some dimensions, all when none is named: (Σ|x|ᵖ)^(1/p).
  ///
  /// As `linalgVectorNorm`, with PyTorch's older name.
  public func norm(
    _ p: some ScalarConvertible = 2, dim: [Int]? = nil, keepdim: Bool = false, dtype: DType? = nil
  ) -> Tensor {
    linalgVectorNorm(p, dim: dim, keepdim: keepdim, dtype: dtype)
  }

  /// The norm of order `p` over one dimension.
  public func norm(
    _ p: some ScalarConvertible = 2, dim: Int, keepdim: Bool = false, dtype: DType? = nil
  ) -> Tensor {
    linalgVectorNorm(p, dim: [dim], keepdim: keepdim, dtype: dtype)
  }

  /// The norm of order `ord` over some dimensions, all when none is named: (Σ|x|ᵖ)^(1/p).
  ///
  /// 0 counts what is not zero, ±∞ are the largest and smallest |x|. Floating point only. No
  /// elements have the norm 0; a negative or infinite order refuses them.
  public func linalgVectorNorm(
    _ ord: some ScalarConvertible = 2, dim: [Int]? = nil, keepdim: Bool = false,
    dtype: DType? = nil
  ) -> Tensor {
    guard self.dtype.isFloatingPoint else {
      refuse(
        "linalg.vector_norm",
        "Expected a floating point or complex tensor as input. Got \(self.dtype.name)")
    }
    if let dtype, dtype != self.dtype {
      return to(dtype).linalgVectorNorm(ord, dim: dim, keepdim: keepdim)
    }
    let dims = ReducedDims(self, dim ?? [], keepdim, "linalg.vector_norm")
    let settings = NormSettings(order: ord.scalar, dims: dims, isOverAll: dim == nil)
    let result: Tensor = noGrad { normData(settings) }
    if isRecording(self) {
      let node = LinalgVectorNormBackward0(settings)
      node.addEdge(to: self)
      node.save(.result(result), LinalgVectorNormBackward0.resultSlot)
      node.save(.input(self), LinalgVectorNormBackward0.selfSlot)
      node.adopt(result)
    }
    return result
  }

  private func normData(_ settings: NormSettings) -> Tensor {
    let dims = settings.dims
    let p = settings.order.double
    if dims.reducedCount == 0, p < 0 || p.isInfinite {
      refuse(
        "linalg.vector_norm",
        "cannot compute the \(p) norm on an empty tensor because the operation does not have an "
          + "identity: shape \(sizes)")
    }
    switch p {
    case 0: return ReducedLayout(self, dims).sum(.AGK_COUNT_OF_NONZERO).converted(to: dtype)
    case 1: return ReducedLayout(self, dims).sum(.AGK_SUM_OF_SIZES).converted(to: dtype)
    case 2:
      let squares = ReducedLayout(self, dims).sum(.AGK_SUM_OF_SQUARES)
      return Elementwise.unary(.AGK_SQRT, squares).converted(to: dtype)
    case .infinity: return Reduction.reduce(.AGK_MAX, Elementwise.unary(.AGK_ABS, self), dims)
    case -.infinity: return Reduction.reduce(.AGK_MIN, Elementwise.unary(.AGK_ABS, self), dims)
    default:
      let powers = Elementwise.binary(
        .AGK_POW, .tensor(Elementwise.unary(.AGK_ABS, self)), .scalar(settings.order), dtype,
        "linalg.vector_norm")
      return Reduction.reduce(.AGK_SUM, powers, dims).power(.double(1 / p))
    }
  }
}

/// What a norm was called with.
struct NormSettings {
  let order: Scalar
  let dims: ReducedDims
  let isOverAll: Bool

  var attributes: [String: AttributeValue] {
    [
      "dim": isOverAll ? .none : .ints(dims.named.array), "keepdim": .bool(dims.keepdim),
      "ord": order.attribute,
    ]
  }

  /// The gradient of `x` from that of its norm; the order 0 leaves none.
  func gradient(of x: Tensor, _ g: Tensor, _ norm: Tensor) -> Tensor? {
    guard order.double != 0 else { return nil }
    if isOverAll || x.sizes.count == 0 { return x.normBackward(g, norm, order.double, dim: []) }
    let gradient = dims.restore(g)
    return x.normBackward(gradient, dims.restore(norm), order.double, dim: dims.named.array)
  }
}

final class LinalgVectorNormBackward0: Node {
  static let resultSlot = 0
  static let selfSlot = 1
  private let settings: NormSettings

  init(_ settings: NormSettings) {
    self.settings = settings
    super.init()
  }

  override class var savedNames: [String] { ["result", "self"] }
  override var attributes: [String: AttributeValue] { settings.attributes }

  override func backward(_ g: Tensor) -> Gradients {
    let x = savedValue(LinalgVectorNormBackward0.selfSlot)
    let norm = savedValue(LinalgVectorNormBackward0.resultSlot)
    return Gradients(settings.gradient(of: x, g, norm))
  }
}

extension Tensor {
  /// The gradient of this tensor from that of its norm; both have the reduced dimensions as 1.
  ///
  /// Source: norm_backward in torch/csrc/autograd/FunctionsManual.cpp.
  func normBackward(_ g: Tensor, _ norm: Tensor, _ p: Double, dim: [Int]) -> Tensor {
    func scale() -> Tensor { (g / norm.pow(p - 1)).maskedFill(norm.eq(0), 0) }
    switch p {
    case 1: return sgn() * g
    case 2: return g * (self / norm).maskedFill(norm.eq(0), 0)
    case .infinity, -.infinity:
      let sizes = abs()
      let isWinner = Elementwise.binary(
        .AGK_BITWISE_OR, sizes.eq(norm), sizes.ne(sizes), .bool, "or")
      let share = (g / isWinner.sum(dim: dim, keepdim: true)) * isWinner
      return sgn() * share
    case ..<1:
      let power = abs().pow(p - 1).maskedFill(eq(0), 0)
      let scaled = sgn() * power
      let inverse = norm.pow(1 - p)
      return scaled * g * inverse
    case ..<2:
      let power = abs().pow(p - 1)
      let scaled = sgn() * power
      return scaled * scale()
    default:
      let scaled = self * abs().pow(p - 2)
      return scaled * scale()
    }
  }
}
