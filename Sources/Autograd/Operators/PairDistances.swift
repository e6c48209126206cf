// Distances between all rows of two matrices: cdist.

internal import GraphModel

extension Tensor {
  /// The distances, by the norm of order `p`, of every row of `x1` from every row of `x2`.
  ///
  /// Batches of p×m and r×m matrices, which are broadcast, give p×r. Floating point only, of one
  /// dtype. The derivative has none of its own.
  public static func cdist(_ x1: Tensor, _ x2: Tensor, p: Double = 2) -> Tensor {
    for (name, x) in [("X1", x1), ("X2", x2)] {
      guard x.dtype.isFloatingPoint else {
        refuse("cdist", "only supports floating-point dtypes, \(name) got: \(x.dtype.name)")
      }
      guard x.sizes.count >= 2 else {
        refuse("cdist", "only supports at least 2D tensors, \(name) got: \(x.sizes.count)D")
      }
    }
    guard x1.columns == x2.columns else {
      refuse(
        "cdist",
        "X1 and X2 must have the same number of columns. X1: \(x1.columns) X2: \(x2.columns)")
    }
    guard x1.dtype == x2.dtype else {
      refuse("cdist", "X1 and X2 must have the same dtype: \(x1.dtype.name), \(x2.dtype.name)")
    }
    guard p >= 0 else { refuse("cdist", "only supports non-negative p values, not \(p)") }
    let (a, b) = (x1.contiguous(), x2.contiguous())
    let result: Tensor = noGrad {
      (a.unsqueeze(-2) - b.unsqueeze(-3)).linalgVectorNorm(p, dim: [-1])
    }
    return recorded(result, a, b) {
      let node = CdistBackward0(p).saving(a, b)
      node.save(.result(result), 2)
      return node
    }
  }

  /// The gradient of `cdist` by its first operand, an operator whose derivative PyTorch lacks.
  fileprivate func cdistBackward(_ x1: Tensor, _ x2: Tensor, _ p: Double, _ distances: Tensor)
    -> Tensor
  {
    let result: Tensor = noGrad {
      let gradient = unsqueeze(-1)
      let distance = distances.unsqueeze(-1)
      let difference = x1.unsqueeze(-2) - x2.unsqueeze(-3)
      let slope: Tensor
      switch p {
      case 0: return .zeros(like: x1)
      case 1: slope = difference.sign()
      case .infinity: slope = difference.sign() * difference.abs().eq(distance)
      case 2: slope = (difference / distance).maskedFill(distance.eq(0), 0)
      default:
        let powers = difference.sign() * difference.abs().pow(p - 1) / distance.pow(p - 1)
        let isFlat = p < 2 ? distance.eq(0) | difference.eq(0) : distance.eq(0)
        slope = powers.maskedFill(isFlat, 0)
      }
      return (gradient * slope).sum(dim: -2)
    }
    return .recorded(result, self, x1, x2, distances) { CdistBackwardBackward0() }
  }
}

final class CdistBackward0: Node {
  private let p: Double

  init(_ p: Double) {
    self.p = p
    super.init()
  }

  override class var savedNames: [String] { ["x1", "x2", "result"] }
  override var attributes: [String: AttributeValue] { ["p": .double(p)] }

  override func backward(_ g: Tensor) -> Gradients {
    let (x1, x2, distances) = (savedValue(0), savedValue(1), savedValue(2))
    func turned(_ x: Tensor) -> Tensor { x.transpose(-2, -1).contiguous() }
    let first = needs(0) ? g.cdistBackward(x1, x2, p, distances) : nil
    guard needs(1) else { return Gradients(first, nil) }
    return Gradients(first, turned(g).cdistBackward(x2, x1, p, turned(distances)))
  }
}

/// The derivative of the gradient of `cdist`, which PyTorch does not have.
final class CdistBackwardBackward0: Node {
  override func backward(
    _ gradients: consuming Gradients
  ) throws(AutogradError) -> Gradients {
    throw AutogradError(
      .invalidArgument, "the derivative for '_cdist_backward' is not implemented", node: name)
  }
}
