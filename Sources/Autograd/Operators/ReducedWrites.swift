// Slices combined at the places that a vector of indices names, index_reduce, and the derivative that
// it shares with scatter_reduce.

internal import GraphModel

extension Tensor {
  /// A copy in which the slices of `source` are combined at the places that an index names.
  ///
  /// Shapes and dtypes as for `indexAdd`; any reduction but `sum`. Without `includeSelf` the elements
  /// that were there do not count where a slice goes.
  public func indexReduce(
    dim: Int, index: Tensor, source: Tensor, reduce: ScatterReduction, includeSelf: Bool = true
  ) -> Tensor {
    guard reduce != .sum else {
      refuse(
        "index_reduce",
        "expected reduce to be one of prod, mean, amax or amin but got sum: use indexAdd")
    }
    let d = wrap(dim, "index_reduce")
    guard index.sizes.count <= 1, index.dtype == .int64 || index.dtype == .int32 else {
      refuse(
        "index_reduce",
        "index must be a vector of int32 or int64, not of shape \(index.sizes) and dtype "
          + index.dtype.name)
    }
    guard source.sizes.count == sizes.count, sizes.count == 0 || source.sizes[d] == index.count,
      sizes.indices.allSatisfy({ $0 == d || source.sizes[$0] == sizes[$0] })
    else {
      refuse(
        "index_reduce",
        "source must have this shape, but along dimension \(d) the index's length: shapes \(sizes), "
          + "\(source.sizes) and \(index.sizes)")
    }
    let result: Tensor = noGrad {
      var line = Dims(repeating: 1, count: sizes.count)
      if sizes.count > 0 { line[d] = index.count }
      let places = index.long().reshape(line.array).expand(source.shape)
      return scatterReduce(
        dim: dim, index: places, src: source, reduce: reduce, includeSelf: includeSelf)
    }
    return result.recorded(from: self, source) {
      IndexReduceBackward0(
        dim, index, self, source, result, reduce: reduce, includeSelf: includeSelf)
    }
  }

  /// As `indexReduce`, in place.
  @discardableResult
  public func indexReduce_(
    dim: Int, index: Tensor, source: Tensor, reduce: ScatterReduction, includeSelf: Bool = true
  ) -> Tensor {
    replaceElements("index_reduce_") {
      $0.indexReduce(
        dim: dim, index: index, source: source, reduce: reduce, includeSelf: includeSelf)
    }
  }
}

// MARK: - Derivatives

/// The derivative of a write that combines what it writes.
///
/// A subclass says how it reads from and writes to the places that the index names. Source:
/// torch/csrc/autograd/FunctionsManual.cpp, scatter_reduce_backward and index_reduce_backward.
class ReducedWriteNode: ScatterNode {
  static let resultSlot = 3

  /// The elements of `x` at the places.
  func taken(_ x: Tensor) -> Tensor { fatalError("\(name) takes nothing") }
  /// `x` with the elements of `src` added at the places.
  func added(_ src: Tensor, to x: Tensor) -> Tensor { fatalError("\(name) adds nothing") }
  /// `x` with zeros at the places.
  func cleared(_ x: Tensor) -> Tensor { fatalError("\(name) clears nothing") }
  /// The operator itself, for a product.
  func multiplied(_ x: Tensor, _ src: Tensor, _ includeSelf: Bool) -> Tensor {
    fatalError("\(name) multiplies nothing")
  }

  private let reduce: ScatterReduction
  private let includeSelf: Bool

  init(
    _ dim: Int, _ index: Tensor, _ input: Tensor, _ src: Tensor, _ result: Tensor?,
    reduce: ScatterReduction, includeSelf: Bool
  ) {
    self.reduce = reduce
    self.includeSelf = includeSelf
    super.init(dim, index)
    save(.input(input), 1)
    save(.input(src), 2)
    if let result { save(.result(result), ReducedWriteNode.resultSlot) }
  }

  override final var attributes: [String: AttributeValue] {
    [
      "dim": .int(dim), "include_self": .bool(includeSelf), "reduce": .string(reduce.rawValue),
    ]
  }

  override final func backward(_ g: Tensor) -> Gradients {
    var (first, second) =
      switch reduce {
      case .sum: (g, taken(g))
      case .mean: mean(g)
      case .prod: product(g)
      case .amax, .amin: extremum(g)
      }
    if !includeSelf { first = cleared(first) }
    return Gradients(needs(0) ? first : nil, needs(1) ? second : nil)
  }

  private func mean(_ g: Tensor) -> (Tensor, Tensor) {
    let start = Tensor.full(g.sizes, .int(includeSelf ? 1 : 0), g.dtype)
    let counts = added(.ones(like: savedTensor(2).stored!), to: start)
    let divisors = counts.maskedFill(counts.eq(0), 1)
    return (g / divisors, taken(g) / taken(divisors))
  }

  /// A zero among the factors leaves a gradient for itself alone: the product of the others.
  private func product(_ g: Tensor) -> (Tensor, Tensor) {
    let input = savedValue(1)
    let src = savedValue(2)
    let others = input.maskedFill(input.eq(0), 1)
    func reduced(_ input: Tensor, _ src: Tensor) -> Tensor {
      multiplied(input, src, includeSelf)
    }
    let first = g * reduced(others, src) / others
    let isZero = src.eq(0)
    let zeros = taken(added(isZero.to(input.dtype), to: .zeros(like: input.detach())))
    let isOnlyZero = Tensor.where(zeros.eq(1), isZero, .full(Dims(), .bool(false), .bool))
    let withoutIt = reduced(input, src.maskedFill(isOnlyZero, 1))
    // In the order in which PyTorch's compiler evaluates arguments: the last one first.
    let divisor = src.maskedFill(isZero, 1)
    let quotient = taken(g * savedValue(3)) / divisor
    let product = taken(g * withoutIt)
    return (first, .where(isOnlyZero, product, quotient))
  }

  /// The gradient is shared evenly by all that are the extremum.
  private func extremum(_ g: Tensor) -> (Tensor, Tensor) {
    let input = savedValue(1)
    let src = savedValue(2)
    let result = savedValue(3)
    let inputWins = input.eq(result).to(input.dtype)
    let srcWins = src.eq(taken(result)).to(input.dtype)
    let share = g / added(srcWins, to: inputWins)
    return (inputWins * share, srcWins * taken(share))
  }
}

final class ScatterReduceBackward0: ReducedWriteNode {
  override class var savedNames: [String] { ["index", "self", "src", "result"] }
  override func taken(_ x: Tensor) -> Tensor { x.gather(dim: dim, index: index) }
  override func added(_ src: Tensor, to x: Tensor) -> Tensor {
    x.scatterAdd(dim: dim, index: index, src: src)
  }
  override func cleared(_ x: Tensor) -> Tensor { x.scatter(dim: dim, index: index, value: 0) }
  override func multiplied(_ x: Tensor, _ src: Tensor, _ includeSelf: Bool) -> Tensor {
    x.scatterReduce(dim: dim, index: index, src: src, reduce: .prod, includeSelf: includeSelf)
  }
}

final class IndexReduceBackward0: ReducedWriteNode {
  override class var savedNames: [String] { ["index", "self", "source", "result"] }
  override func taken(_ x: Tensor) -> Tensor { x.indexSelect(dim: dim, index: index) }
  override func added(_ src: Tensor, to x: Tensor) -> Tensor {
    x.indexAdd(dim: dim, index: index, source: src)
  }
  override func cleared(_ x: Tensor) -> Tensor { x.indexFill(dim: dim, index: index, value: 0) }
  override func multiplied(_ x: Tensor, _ src: Tensor, _ includeSelf: Bool) -> Tensor {
    x.indexReduce(dim: dim, index: index, source: src, reduce: .prod, includeSelf: includeSelf)
  }
}
