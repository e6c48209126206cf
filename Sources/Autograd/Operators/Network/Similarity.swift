// Vectors along a dimension: their direction, the angle and the distance between two.

internal import GraphModel

extension Tensor {
  /// The vectors along dimensions over their norms of order `p`, which count as `eps` at least.
  ///
  /// Floating point only.
  public func normalize(
    p: some ScalarConvertible = 2.0, dim: [Int], eps: some ScalarConvertible = 1e-12
  ) -> Tensor {
    self / linalgVectorNorm(p, dim: dim, keepdim: true).clampMin(eps).expandAs(self)
  }

  /// The vectors along a dimension over their norms of order `p`, which count as `eps` at least.
  ///
  /// Floating point only.
  public func normalize(
    p: some ScalarConvertible = 2.0, dim: Int = 1, eps: some ScalarConvertible = 1e-12
  ) -> Tensor { normalize(p: p, dim: [dim], eps: eps) }

  /// The cosine of the angle between this tensor's and another's vectors along a dimension.
  ///
  /// Shapes are broadcast, dtypes promoted, to a floating-point one; norms count as `eps` at least.
  public func cosineSimilarity(_ other: Tensor, dim: Int = 1, eps: Double = 1e-8) -> Tensor {
    let operation = "cosine_similarity"
    guard eps >= 0 else { refuse(operation, "eps must be non-negative, got: \(eps.shortText)") }
    let common = Elementwise.promote(.tensor(self), .tensor(other))
    guard common.isFloatingPoint else {
      refuse(
        operation,
        "expected common dtype to be floating point, yet common dtype is \(common.scalarTypeName)")
    }
    var a = dtype.isFloatingPoint ? self : to(common)
    var b = other.dtype.isFloatingPoint ? other : other.to(common)
    if a.sizes != b.sizes {
      let sizes = Broadcast.sizes(a.sizes, b.sizes, operation)
      b = b.expand(sizes)
      a = a.expand(sizes)
    }
    // PyTorch's compiler does the second of two first, here and below.
    let norms = [a, b].map { $0.linalgVectorNorm(2, dim: [dim], keepdim: true).clone() }
    noGrad { for norm in norms { norm.clampMin_(eps) } }
    let second = b / norms[1]
    return ((a / norms[0]) * second).sum(dim: dim)
  }

  /// The norm of order `p` of the differences from another tensor's vectors along the last dimension.
  ///
  /// Shapes are broadcast, dtypes promoted; `eps` is added to each difference.
  public func pairwiseDistance(
    _ other: Tensor, p: Double = 2, eps: Double = 1e-6, keepdim: Bool = false
  ) -> Tensor {
    let difference = (self - other).shifted(by: .double(eps))
    let settings = NormSettings(
      order: .double(p),
      dims: ReducedDims(
        difference, [Swift.max(sizes.count, other.sizes.count) - 1], keepdim, "norm"),
      isOverAll: false)
    let result = noGrad {
      difference.linalgVectorNorm(p, dim: settings.dims.named.array, keepdim: keepdim)
    }
    return .recorded(result, difference) {
      let node = NormBackward1(settings)
      node.save(.result(result), NormBackward1.resultSlot)
      node.save(.input(difference), NormBackward1.selfSlot)
      return node
    }
  }
}

final class NormBackward1: Node {
  static let resultSlot = 0
  static let selfSlot = 1
  private let settings: NormSettings

  init(_ settings: NormSettings) {
    self.settings = settings
    super.init()
  }

  override class var savedNames: [String] { ["result", "self"] }
  override var attributes: [String: AttributeValue] {
    [
      "dim": .ints(settings.dims.named.array), "keepdim": .bool(settings.dims.keepdim),
      "p": settings.order.attribute,
    ]
  }

  override func backward(_ g: Tensor) -> Gradients {
    let x = savedValue(NormBackward1.selfSlot)
    let norm = savedValue(NormBackward1.resultSlot)
    return Gradients(settings.gradient(of: x, g, norm))
  }
}
