// Random numbers in place of what a tensor holds: uniform_, normal_, exponential_, bernoulli_.

internal import CKernels

extension Tensor {
  /// Fills this tensor with numbers drawn evenly from `from` up to `to`.
  ///
  /// Floating point only.
  @discardableResult
  public func uniform_(from: Double = 0, to: Double = 1) -> Tensor {
    guard from <= to else {
      refuse(
        "uniform_",
        "expects to return a [from, to) range, but found from=\(plain(from)) > "
          + "to=\(plain(to))")
    }
    return drawInPlace("uniform_", UniformBackward0.init) {
      agk_random_uniform_between($0, dtype.kernel, Int64(count), from, to, $1)
    }
  }

  /// Fills this tensor with numbers drawn from a normal distribution.
  ///
  /// Floating point only.
  @discardableResult
  public func normal_(mean: Double = 0, std: Double = 1) -> Tensor {
    guard std >= 0 else { refuse("normal_", "expects std >= 0.0, but found std \(plain(std))") }
    return drawInPlace("normal_", NormalBackward0.init) {
      agk_random_normal_of($0, dtype.kernel, Int64(count), !isContiguous, mean, std, $1)
    }
  }

  /// Fills this tensor with numbers drawn from the exponential distribution of density λ·exp(-λx).
  ///
  /// Floating point only.
  @discardableResult
  public func exponential_(lambd: Double = 1) -> Tensor {
    let operation = "exponential_"
    guard dtype.isFloatingPoint else {
      refuse(
        operation,
        "Exponential distribution is a continuous probability distribution. dtype must be a floating "
          + "point but you specified \(dtype.scalarTypeName)")
    }
    guard lambd > 0 else {
      refuse(
        operation,
        "exponential_ expects lambda > 0.0, but found lambda=\(plain(lambd))")
    }
    return drawInPlace(operation, ExponentialBackward0.init) {
      agk_random_exponential($0, dtype.kernel, Int64(count), lambd, $1)
    }
  }

  /// Fills this tensor with ones, each with the probability `p`, and zeros.
  @discardableResult
  public func bernoulli_(p: Double = 0.5) -> Tensor {
    guard p >= 0, p <= 1 else {
      refuse("bernoulli_", "bernoulli_ expects p to be in [0, 1], but got p=\(plain(p))")
    }
    return inPlace("bernoulli_", node: BernoulliBackward2.init) {
      let target = inOrderOfMemory
      Elementwise.copy(.drawnOnes(target.sizes, dtype, p, value: 1), into: target)
    }
  }

  /// Fills this tensor with ones, each with its own probability, and zeros.
  ///
  /// `p` is floating point and broadcast to this tensor.
  @discardableResult
  public func bernoulli_(p: Tensor) -> Tensor {
    inPlace("bernoulli_", others: .tensor(p), node: BernoulliBackward1.init) {
      drawOnes(p.expand(sizes))
    }
  }

  /// Ones, each with the probability that this tensor holds, and zeros.
  ///
  /// Floating point, from 0 to 1.
  public func bernoulli() -> Tensor {
    let result = Tensor(empty: sizes, dtype)
    result.drawOnes(self)
    return .recorded(result, self) { BernoulliBackward0() }
  }

  /// Ones and zeros in this tensor, without history, by probabilities of the same shape.
  private func drawOnes(_ probabilities: Tensor) {
    guard probabilities.dtype.isFloatingPoint else {
      refuse(
        "bernoulli",
        "\"bernoulli_tensor_cpu_p_\" not implemented for '\(probabilities.dtype.scalarTypeName)'")
    }
    let order = isContiguous ? Array(sizes.indices) : orderOfMemory
    let target = inOrderOfMemory
    noGrad {
      let p = probabilities.detach().permute(order).contiguous()
      guard p.count == 0 || p.ge(0).logicalAnd(p.le(1)).all().item(as: Bool.self) else {
        refuse("bernoulli", "Expected p_in >= 0 && p_in <= 1 to be true, but got false.")
      }
      let drawn = Tensor.rand(p.shape, dtype: p.dtype)
      Elementwise.copy(drawn.lt(p).converted(to: dtype), into: target)
    }
  }

  /// A new contiguous tensor of `value`, each with the probability `p`, and zeros; floating point,
  /// integers or bool.
  static func drawnOnes(_ sizes: Dims, _ dtype: DType, _ p: Double, value: Double) -> Tensor {
    let result = Tensor(empty: sizes, dtype.isFloatingPoint ? dtype : .float32)
    withGenerator {
      agk_random_bernoulli($0, result.dtype.kernel, Int64(result.count), p, value, result.pointer)
    }
    return result
  }

  /// A whole number without a fraction.
  private func plain(_ number: Double) -> String {
    Int(exactly: number).map { "\($0)" } ?? "\(number)"
  }

  private func drawInPlace(
    _ operation: String, _ node: () -> Node,
    _ draw: (UnsafeMutablePointer<agk_generator>, UnsafeMutableRawPointer) -> Void
  ) -> Tensor {
    guard dtype.isFloatingPoint else {
      refuse(operation, "not implemented for '\(dtype.scalarTypeName)'")
    }
    return inPlace(operation, node: node) {
      let place = inOrderOfMemory
      let target = isContiguous ? self : Tensor(empty: place.sizes, dtype)
      withGenerator { draw($0, target.pointer) }
      if target !== self { Elementwise.copy(target, into: place) }
    }
  }

  /// This tensor with its dimensions in the order in which PyTorch's loops go through memory, without
  /// history.
  var inOrderOfMemory: Tensor {
    if isContiguous { return self }
    let order = orderOfMemory
    return Tensor(
      sharing: storage, sizes: Dims(order.map { sizes[$0] }),
      strides: Dims(order.map { strides[$0] }),
      offset: offset, dtype: dtype)
  }

  /// The dimensions, those of larger strides first.
  private var orderOfMemory: [Int] {
    sizes.indices.sorted { (strides[$0], -$0) > (strides[$1], -$1) }
  }
}

/// What was drawn does not depend on what was there.
class DrawnNode: Node {
  override init() { super.init() }
  override final func backward(_ g: Tensor) -> Gradients { Gradients(.zeros(like: g)) }
}

final class UniformBackward0: DrawnNode {}
final class NormalBackward0: DrawnNode {}
final class ExponentialBackward0: DrawnNode {}
final class BernoulliBackward0: DrawnNode {}
final class BernoulliBackward2: DrawnNode {}

final class BernoulliBackward1: Node {
  override init() { super.init() }
  override func backward(_ g: Tensor) -> Gradients {
    Gradients(needs(0) ? .zeros(like: g) : nil, needs(1) ? .zeros(like: g) : nil)
  }
}
