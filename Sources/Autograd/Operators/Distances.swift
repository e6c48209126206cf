// Distances, limits on norms, differences and integrals by trapezoids.

internal import GraphModel

extension Tensor {
  /// The norm of order `p` of the difference from `other`, with broadcasting, without dimensions.
  ///
  /// Floating point only.
  public func dist(_ other: Tensor, p: some ScalarConvertible = 2) -> Tensor {
    let result: Tensor = noGrad {
      let difference = self - other
      guard difference.dtype.isFloatingPoint else {
        refuse(
          "dist", "input dtype should be floating point. Got \(difference.dtype.name) instead.")
      }
      return difference.linalgVectorNorm(p)
    }
    if isRecording(self) || isRecording(other) {
      let node = DistBackward0(p: p.scalar)
      node.addEdge(to: self)
      node.addEdge(to: other)
      node.save(.input(self), DistBackward0.selfSlot)
      node.save(.input(other), DistBackward0.otherSlot)
      node.save(.result(result), DistBackward0.resultSlot)
      node.adopt(result)
    }
    return result
  }

  /// The parts along `dim` scaled so that the norm of order `p` of none is above `maxnorm`.
  ///
  /// At least two dimensions; floating point only.
  public func renorm(
    p: some ScalarConvertible, dim: Int, maxnorm: some ScalarConvertible
  ) -> Tensor {
    guard sizes.count >= 2 else {
      refuse("renorm", "input needs at least 2 dimensions, got \(sizes.count): shape \(sizes)")
    }
    guard p.scalar.double > 0 else {
      refuse("renorm", "non-positive-norm not supported: p = \(p.scalar.double)")
    }
    guard maxnorm.scalar.double >= 0 else {
      refuse("renorm", "expected maxnorm to be >= 0 but got \(maxnorm.scalar.double)")
    }
    let node = RenormBackward0(
      p: p.scalar, dim: dim, wrapped: wrap(dim, "renorm"), maxnorm: maxnorm.scalar)
    let result: Tensor = noGrad {
      let norm = linalgVectorNorm(p, dim: node.others(sizes), keepdim: true)
      let limit = Tensor.full(Dims(), maxnorm.scalar, norm.dtype)
      let one = Tensor.full(Dims(), .int(1), norm.dtype)
      return self * Tensor.where(norm.gt(maxnorm), limit / (norm + 1e-7), one)
    }
    if isRecording(self) {
      node.addEdge(to: self)
      node.save(.input(self), 0)
      node.adopt(result)
    }
    return result
  }

  /// The `n`-th differences of neighbours along a dimension.
  ///
  /// `prepend` and `append` are joined to it before. Of bool, whether neighbours differ.
  public func diff(
    n: Int = 1, dim: Int = -1, prepend: Tensor? = nil, append: Tensor? = nil
  ) -> Tensor {
    guard sizes.count > 0 else {
      refuse("diff", "diff expects input to be at least one-dimensional")
    }
    guard n >= 0 else { refuse("diff", "order must be non-negative but got \(n)") }
    let d = wrap(dim, "diff")
    let parts = [prepend, self, append].compactMap { $0 }
    var result = parts.count > 1 ? Tensor.cat(parts, dim: d) : self
    if n == 0 { return Tensor.zeros(like: result).copy_(result) }
    for _ in 0..<Swift.min(n, result.sizes[d]) {
      let length = result.sizes[d] - 1
      let before = result.narrow(dim: dim, start: 0, length: length)
      let after = result.narrow(dim: dim, start: 1, length: length)
      result = dtype == .bool ? after.ne(before) : after - before
    }
    return result
  }

  /// The integral along a dimension by trapezoids, over places `dx` apart.
  public static func trapezoid(_ y: Tensor, dx: some ScalarConvertible = 1, dim: Int = -1)
    -> Tensor
  {
    let d = y.wrap(dim, "trapezoid")
    guard y.sizes.count > 0, y.sizes[d] > 0 else { return y.sum(dim: dim) * 0 }
    let last = y.select(dim: dim, index: -1)
    let ends = (y.select(dim: dim, index: 0) + last).scaled(by: .double(0.5))
    return (y.sum(dim: dim) - ends).scaled(by: .double(dx.scalar.double))
  }

  /// The integral along a dimension by trapezoids, over the places `x`.
  public static func trapezoid(_ y: Tensor, x: Tensor, dim: Int = -1) -> Tensor {
    let (sums, steps) = strips(y, x, dim, "trapezoid")
    return (sums * steps).sum(dim: dim).divided(by: .double(2))
  }

  /// The integrals up to each place along a dimension by trapezoids, over places `dx` apart.
  public static func cumulativeTrapezoid(
    _ y: Tensor, dx: some ScalarConvertible = 1, dim: Int = -1
  ) -> Tensor {
    let (left, right) = neighbours(y, y.wrap(dim, "cumulative_trapezoid"))
    return (left + right).scaled(by: .double(dx.scalar.double / 2)).cumsum(dim: dim)
  }

  /// The integrals up to each place along a dimension by trapezoids, over the places `x`.
  public static func cumulativeTrapezoid(_ y: Tensor, x: Tensor, dim: Int = -1) -> Tensor {
    let (sums, steps) = strips(y, x, dim, "cumulative_trapezoid")
    return (sums * steps).cumsum(dim: dim).divided(by: .double(2))
  }

  /// The sums of the trapezoids' sides and their widths.
  private static func strips(_ y: Tensor, _ x: Tensor, _ dim: Int, _ operation: String) -> (
    Tensor, Tensor
  ) {
    let d = y.wrap(dim, operation)
    var places = x
    if x.sizes.count == 1 {
      guard x.count == y.sizes[d] else {
        refuse(
          operation,
          "There must be one `x` value for each sample point: \(x.count) for shape \(y.sizes) "
            + "along dimension \(d)")
      }
      places = x.view(y.sizes.indices.map { $0 == d ? x.count : 1 })
    } else if x.sizes.count < y.sizes.count {
      places = x.view(Array(repeating: 1, count: y.sizes.count - x.sizes.count) + x.shape)
    }
    let (start, end) = neighbours(places, d)
    let widths = end - start
    let (left, right) = neighbours(y, d)
    return (left + right, widths)
  }

  /// All but the last along a dimension, and all but the first.
  private static func neighbours(_ y: Tensor, _ d: Int) -> (Tensor, Tensor) {
    (
      y.slice(dim: d, start: 0, end: -1, step: 1), y.slice(dim: d, start: 1, end: .max, step: 1)
    )
  }
}

final class DistBackward0: Node {
  static let otherSlot = 0
  static let selfSlot = 1
  static let resultSlot = 2
  private let p: Scalar

  init(p: Scalar) {
    self.p = p
    super.init()
  }

  override class var savedNames: [String] { ["other", "self", "result"] }
  override var attributes: [String: AttributeValue] { ["p": p.attribute] }

  override func backward(_ g: Tensor) -> Gradients {
    guard p.double != 0 else { return Gradients() }
    let x = savedValue(DistBackward0.selfSlot)
    let y = savedValue(DistBackward0.otherSlot)
    let norm = savedValue(DistBackward0.resultSlot)
    func gradient() -> Tensor { (x - y).normBackward(g, norm, p.double, dim: []) }
    return Gradients(
      needs(0) ? gradient().sumTo(x.sizes) : nil, needs(1) ? (-gradient()).sumTo(y.sizes) : nil)
  }
}

final class RenormBackward0: Node {
  private let p: Scalar
  private let dim: Int
  private let wrapped: Int
  private let maxnorm: Scalar

  init(p: Scalar, dim: Int, wrapped: Int, maxnorm: Scalar) {
    self.p = p
    self.dim = dim
    self.wrapped = wrapped
    self.maxnorm = maxnorm
    super.init()
  }

  override class var savedNames: [String] { ["self"] }
  override var attributes: [String: AttributeValue] {
    ["dim": .int(dim), "maxnorm": maxnorm.attribute, "p": p.attribute]
  }

  /// The dimensions that a norm is taken over.
  func others(_ sizes: Dims) -> [Int] { sizes.indices.filter { $0 != wrapped } }

  /// Source: renorm_backward in torch/csrc/autograd/FunctionsManual.cpp.
  override func backward(_ g: Tensor) -> Gradients {
    let x = savedValue(0)
    let dims = others(x.sizes)
    let norm = x.linalgVectorNorm(p, dim: dims, keepdim: true)
    let along = (x * g).sum(dim: dims, keepdim: true)
    let slope = x.normBackward(along, norm, p.double, dim: dims)
    let inverse = norm.shifted(by: .double(1e-7)).reciprocal()
    let rest = g - inverse * slope
    let scaled = inverse.scaled(by: maxnorm) * rest
    return Gradients(.where(norm.gt(maxnorm), scaled, g))
  }
}
