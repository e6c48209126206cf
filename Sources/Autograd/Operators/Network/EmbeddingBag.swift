// Rows of a table named by indices, reduced by bags: embedding_bag.

internal import CKernels
internal import GraphModel

/// What becomes of the rows of a bag.
public enum EmbeddingBagMode: String, Sendable, Hashable {
  /// They are added up.
  case sum
  /// They are averaged.
  case mean
  /// The largest of each column is taken.
  case max
}

extension Tensor {
  /// The rows of `weight` that these indices name, reduced by bags: [bags, d].
  ///
  /// The indices are int32 or int64, `weight` n×d. Each row of a matrix of indices is a bag; a vector
  /// is divided at `offsets`, of which the first is 0. With `includeLastOffset` the last offset is the
  /// end of the last bag. An empty bag is zeros. `perSampleWeights`, as many as indices, multiply the
  /// rows of sums. The row `paddingIdx`, which may count from the end, is left out of its bags.
  /// `maxNorm`, `normType` and `scaleGradByFreq` as in ``embedding(_:paddingIdx:maxNorm:normType:scaleGradByFreq:sparse:)``.
  /// A sparse gradient is refused.
  public func embeddingBag(
    _ weight: Tensor, offsets: Tensor? = nil, maxNorm: Double? = nil, normType: Double = 2,
    scaleGradByFreq: Bool = false, mode: EmbeddingBagMode = .mean, sparse: Bool = false,
    perSampleWeights: Tensor? = nil, includeLastOffset: Bool = false, paddingIdx: Int? = nil
  ) -> Tensor {
    let name = "embedding_bag"
    if sparse { refuse(name, "gradients are dense here: sparse=True is not supported") }
    if let perSampleWeights, perSampleWeights.sizes != sizes {
      refuse(
        name,
        "If per_sample_weights (\(perSampleWeights.sizes)) is not None, then it must have the same "
          + "shape as the input (\(sizes))")
    }
    guard weight.sizes.count == 2 else {
      refuse(
        name, "weight has to be a 2D Tensor, but got Tensor of dimension \(weight.sizes.count)")
    }
    let isMatrix = sizes.count == 2
    let starts = bagStarts(offsets)
    let indices = isMatrix ? noGrad { reshape([-1]) } : self
    if mode == .max, scaleGradByFreq {
      refuse(name, "max mode does not support scaling the gradient by the frequency")
    }
    if let maxNorm { weight.embeddingRenorm_(indices, maxNorm, normType) }
    if perSampleWeights != nil, mode != .sum {
      refuse(
        name,
        "per_sample_weights was not None. per_sample_weights is only supported for mode='sum' (got "
          + "mode='\(mode)').")
    }
    let settings = BagSettings(
      mode: mode, scaleGradByFreq: scaleGradByFreq, padding: weight.bagPadding(paddingIdx),
      rows: weight.sizes[0])
    let weights = isMatrix ? perSampleWeights?.reshape([-1]) : perSampleWeights
    return indices.embeddingBag(
      weight, starts, weights, settings, endsAtLast: includeLastOffset && !isMatrix)
  }

  /// Where the bags begin.
  private func bagStarts(_ offsets: Tensor?) -> Tensor {
    let name = "embedding_bag"
    switch sizes.count {
    case 2:
      if let offsets {
        refuse(
          name,
          "if input is 2D, then offsets has to be None, as input is treated is a mini-batch of fixed "
            + "length sequences. However, found offsets of shape \(offsets.sizes)")
      }
      guard sizes[1] > 0 else { refuse(name, "step must be nonzero") }
      return noGrad { .arange(0, count, sizes[1], dtype: dtype) }
    case 1:
      guard let offsets else { refuse(name, "offsets has to be a 1D Tensor but got None") }
      guard offsets.sizes.count == 1 else { refuse(name, "offsets has to be a 1D Tensor") }
      return offsets
    default:
      refuse(
        name, "input has to be 1D or 2D Tensor, but got Tensor of dimension \(sizes.count)")
    }
  }

  /// The row of this table that is left out; -1 for none.
  private func bagPadding(_ paddingIdx: Int?) -> Int {
    guard let paddingIdx else { return -1 }
    let rows = sizes[0]
    guard -rows..<rows ~= paddingIdx else {
      refuse(
        "embedding_bag",
        "padding_idx must be within the number of embeddings, \(-rows) through \(rows - 1), but got "
          + "\(paddingIdx)")
    }
    return paddingIdx < 0 ? paddingIdx + rows : paddingIdx
  }

  private func embeddingBag(
    _ weight: Tensor, _ offsets: Tensor, _ weights: Tensor?, _ settings: BagSettings,
    endsAtLast: Bool
  ) -> Tensor {
    let bags = Bags(self, offsets, weight, weights, settings, endsAtLast: endsAtLast)
    let result = Tensor(empty: Dims([bags.count, weight.sizes[1]]), weight.dtype)
    let sizes =
      settings.mode == .mean
      ? bags.sizes() : Tensor.full(Dims([bags.count]), .int(0), .int64)
    let maximum = Tensor.full(
      settings.mode == .max ? result.sizes : Dims([bags.count]), .int(0), .int64)
    let table = weight.contiguousData()
    withExtendedLifetime(table) {
      bags.withKernel(sizes, maximum) { agk_embedding_bag($0, table.pointer, result.pointer) }
    }
    guard isGradEnabled, weight.requiresGrad || weights?.requiresGrad == true else { return result }
    let node = EmbeddingBagBackward0(settings)
    node.save(.input(self), 0)
    node.save(.input(offsets), 1)
    if let weights { node.save(.input(weights), 2) }
    node.save(.result(bags.numbers), 3)
    node.save(.result(sizes), 4)
    node.save(.result(maximum), 5)
    if weights?.requiresGrad == true { node.save(.input(weight), 6) }
    node.addEdge(to: weight)
    node.addEdge(weights?.gradientEdge ?? .none)
    node.adopt(result)
    return result
  }
}

// MARK: - Derivatives

final class EmbeddingBagBackward0: Node {
  private let settings: BagSettings

  fileprivate init(_ settings: BagSettings) {
    self.settings = settings
    super.init()
  }

  override class var savedNames: [String] {
    ["indices", "offsets", "per_sample_weights", "result1", "result2", "result3", "weight"]
  }
  override var attributes: [String: AttributeValue] {
    [
      "mode": .int(settings.mode.number), "padding_idx": .int(settings.padding),
      "scale_grad_by_freq": .bool(settings.scaleGradByFreq), "sparse": .bool(false),
      "weight_sym_argsize_0": .int(settings.rows),
    ]
  }

  override func backward(_ g: Tensor) -> Gradients {
    Gradients(needs(0) ? byTable(g) : nil, needs(1) ? byWeights(g) : nil)
  }

  private func byTable(_ g: Tensor) -> Tensor {
    let weights = savedTensor(2).kind == .none ? nil : savedValue(2)
    let result = Tensor.full(Dims([settings.rows, g.sizes[1]]), .int(0), g.dtype)
    let counts =
      settings.scaleGradByFreq ? Tensor.full(Dims([2, settings.rows]), .int(0), .int64) : nil
    withKernel(g, weights) { kernel, bag, gradient in
      agk_embedding_bag_backward(kernel, bag, counts?.int64Pointer, gradient, result.pointer)
    }
    withExtendedLifetime(counts) {}
    if isGradEnabled, g.requiresGrad || weights?.requiresGrad == true {
      let node = EmbeddingBagBackwardBackward0()
      node.addEdge(to: g)
      node.addEdge(weights?.gradientEdge ?? .none)
      node.adopt(result)
    }
    return result
  }

  private func byWeights(_ g: Tensor) -> Tensor {
    let table = savedValue(6)
    let result = Tensor.full(savedValue(0).sizes, .int(0), g.dtype)
    let data = table.contiguousData()
    withKernel(g, nil) { kernel, bag, gradient in
      agk_embedding_bag_weights_backward(kernel, bag, data.pointer, gradient, result.pointer)
    }
    withExtendedLifetime(data) {}
    return .recorded(result, g, table) {
      NotImplemented("_embedding_bag_per_sample_weights_backward")
    }
  }

  /// Calls a kernel with what was saved, the bag of each index and the gradient.
  private func withKernel(
    _ g: Tensor, _ weights: Tensor?,
    _ body: (UnsafePointer<agk_bags>, UnsafePointer<Int64>, UnsafeRawPointer) -> Void
  ) {
    let indices = savedValue(0).contiguousData().converted(to: .int64)
    var numbers = savedValue(3)
    if numbers.count < indices.count {
      let offsets = savedValue(1).contiguousData().converted(to: .int64)
      numbers = Bags.numbers((0..<offsets.count).map { offsets.int64Pointer[$0] }, indices.count)
    }
    let (sizes, maximum) = (savedValue(4), savedValue(5))
    let (weights, gradient) = (weights?.contiguousData(), g.contiguousData())
    var kernel = agk_bags(
      dtype: g.dtype.kernel, mode: settings.mode.kernel, n: Int64(indices.count),
      bags: Int64(g.sizes[0]), rows: Int64(settings.rows), width: Int64(g.sizes[1]),
      padding: Int64(settings.padding), index: indices.int64Pointer, begins: nil, ends: nil,
      weights: weights?.pointer, sizes: sizes.int64Pointer, maximum: maximum.int64Pointer)
    withExtendedLifetime((indices, numbers, sizes, maximum, weights, gradient)) {
      body(&kernel, numbers.int64Pointer, gradient.pointer)
    }
  }
}

/// PyTorch has a node for the derivative of the table's gradient, and no formula.
final class EmbeddingBagBackwardBackward0: Node {
  override func backward(_ gradients: consuming Gradients) throws(AutogradError) -> Gradients {
    guard needs(0) || needs(1) else { return Gradients() }
    throw AutogradError(
      .invalidArgument, "the derivative for '_embedding_bag_backward' is not implemented",
      node: name)
  }
}
