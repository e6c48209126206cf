// Samples of categories: multinomial, gumbel_softmax; and softmin.

internal import CKernels

extension Tensor {
  /// exp(-x) / Σ exp(-x) along a dimension.
  public func softmin(dim: Int, dtype: DType? = nil) -> Tensor {
    (-self).softmax(dim: dim, dtype: dtype)
  }

  /// A sample of a category from logits, relaxed to a softmax of temperature `tau`, by PyTorch's random
  /// numbers.
  ///
  /// With `hard` the result is one-hot, and its gradient that of the softmax.
  public func gumbelSoftmax(tau: Double = 1, hard: Bool = false, dim: Int = -1) -> Tensor {
    let noise: Tensor = noGrad {
      -Tensor(empty: sizes, dtype).exponential_().log()
    }
    let soft = ((self + noise) / tau).softmax(dim: dim)
    guard hard else { return soft }
    let rest: Tensor = noGrad {
      let index = soft.max(dim: dim, keepdim: true).indices
      return Tensor.full(sizes, .int(0), dtype).scatter_(dim: dim, index: index, value: 1.0) - soft
    }
    return rest + soft
  }

  /// Indices drawn with these probabilities, which need not add up to 1: `numSamples` for a vector, or
  /// for each row of a matrix.
  ///
  /// Floating point. Without `replacement` no index is drawn twice.
  public func multinomial(_ numSamples: Int, replacement: Bool = false) -> Tensor {
    let name = "multinomial"
    guard sizes.count == 1 || sizes.count == 2 else {
      refuse(name, "prob_dist must be 1 or 2 dim, but has shape \(sizes)")
    }
    guard dtype.isFloatingPoint else {
      refuse(
        name,
        "multinomial only supports floating-point dtypes for input, got: \(dtype.scalarTypeName)")
    }
    guard numSamples > 0 else { refuse(name, "cannot sample n_sample <= 0 samples") }
    guard replacement || numSamples <= size(-1) else {
      refuse(
        name,
        "cannot sample n_sample > prob_dist.size(-1) samples without replacement: \(numSamples) of "
          + "\(size(-1))")
    }
    endsHistory(name)
    return alias().drawn(numSamples, replacement, name)
  }

  /// As `multinomial`, of a tensor without a history.
  private func drawn(_ numSamples: Int, _ replacement: Bool, _ name: String) -> Tensor {
    let outer = Array(shape.dropLast())
    guard count > 0 else { return Tensor.zeros(outer + [numSamples], dtype: .int64) }
    guard ge(0).logicalAnd(lt(Double.infinity)).all().item(as: Bool.self) else {
      refuse(name, "probability tensor contains either `inf`, `nan` or element < 0")
    }
    if sum(dim: -1).eq(0).any().item(as: Bool.self) {
      refuse(name, "invalid multinomial distribution (sum of probabilities <= 0)")
    }
    if !replacement || numSamples == 1 {
      let race = self / Elementwise.emptyLike(self, dtype).exponential_()
      return numSamples == 1
        ? race.argmax(dim: -1, keepdim: true) : race.topk(numSamples, dim: -1).indices
    }
    return drawnWithReplacement(numSamples).view(outer + [numSamples])
  }

  private func drawnWithReplacement(_ numSamples: Int) -> Tensor {
    let x = contiguousData()
    let rows = sizes.count == 2 ? sizes[0] : 1
    let result = Tensor(empty: Dims([rows, numSamples]), .int64)
    withExtendedLifetime(x) {
      withGenerator {
        agk_random_multinomial(
          $0, dtype.kernel, Int64(rows), Int64(size(-1)), Int64(numSamples), x.pointer,
          result.int64Pointer)
      }
    }
    return result
  }
}
