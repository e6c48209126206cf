// The normal distribution within bounds.

public import Autograd
internal import Foundation

extension Init {
  /// Fills normally within bounds: what lies beyond `a` or `b` is drawn anew.
  @discardableResult
  public static func truncNormal_(
    _ tensor: Tensor, mean: Double = 0, std: Double = 1, a: Double = -2, b: Double = 2
  ) -> Tensor {
    func below(_ x: Double) -> Double { (1 + erf((x - mean) / std / 2.0.squareRoot())) / 2 }
    return noGrad {
      // Bounds far out would refuse nearly all that is drawn normally.
      below(b) - below(a) > 0.3
        ? drawNormally(tensor, mean, std, a, b) : drawEvenly(tensor, mean, std, a, b)
    }
  }

  private static func drawNormally(
    _ tensor: Tensor, _ mean: Double, _ std: Double, _ a: Double, _ b: Double
  ) -> Tensor {
    // The bounds as the dtype holds them.
    let (low, high) = (Tensor(a, dtype: tensor.dtype).item(), Tensor(b, dtype: tensor.dtype).item())
    var result = tensor.normal_(mean: mean, std: std)
    while true {
      let isBeyond = result.lt(low).logicalOr(result.gt(high))
      guard isBeyond.any().item(as: Bool.self) else { break }
      result = .where(isBeyond, .zeros(like: result).normal_(mean: mean, std: std), result)
    }
    return result === tensor ? tensor : tensor.copy_(result)
  }

  /// Numbers drawn evenly, each kept by its density over the highest one.
  private static func drawEvenly(
    _ tensor: Tensor, _ mean: Double, _ std: Double, _ a: Double, _ b: Double
  ) -> Tensor {
    let mode = max(a, min(mean, b))
    let logPeak = -0.5 * pow((mode - mean) / std, 2)
    let candidates = Tensor.zeros(like: tensor)
    let chances = Tensor.zeros(like: tensor)
    func areRefused() -> Tensor {
      candidates.sub_(mean).div_(std).pow_(2).mul_(-0.5).sub_(logPeak)
      return chances.uniform_().log_().gt(candidates)
    }
    tensor.uniform_(from: a, to: b)
    candidates.copy_(tensor)
    var isPending = areRefused()
    var result = tensor
    while isPending.any().item(as: Bool.self) {
      candidates.uniform_(from: a, to: b)
      result = .where(isPending, candidates, result)
      isPending = .where(isPending, areRefused(), isPending)
    }
    return result === tensor ? tensor : tensor.copy_(result)
  }
}
