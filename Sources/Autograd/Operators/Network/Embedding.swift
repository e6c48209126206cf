// Rows of a table named by indices: embedding.

internal import CKernels
internal import GraphModel

extension Tensor {
  /// The rows of `weight` that these indices name, in the indices' shape.
  ///
  /// The indices are int32 or int64, `weight` n×d; the result has d as another, last dimension. The
  /// row `paddingIdx`, which may count from the end, gets no gradient. With `maxNorm`, rows of a
  /// larger `normType`-norm are scaled down to it in `weight` itself. With `scaleGradByFreq`, a row's
  /// gradient is divided by how often it was named. A sparse gradient is refused.
  public func embedding(
    _ weight: Tensor, paddingIdx: Int? = nil, maxNorm: Double? = nil, normType: Double = 2,
    scaleGradByFreq: Bool = false, sparse: Bool = false
  ) -> Tensor {
    if sparse { refuse("embedding", "gradients are dense here: sparse=True is not supported") }
    var padding = -1
    if let paddingIdx {
      let rows = weight.size(0)
      guard paddingIdx >= -rows, paddingIdx < rows else {
        refuse("embedding", "Padding_idx must be within num_embeddings, but got \(paddingIdx)")
      }
      padding = paddingIdx < 0 ? paddingIdx + rows : paddingIdx
    }
    if let maxNorm { weight.embeddingRenorm_(self, maxNorm, normType) }
    guard weight.sizes.count == 2 else {
      refuse("embedding", "'weight' must be 2-D, but has shape \(weight.sizes)")
    }
    let places = embeddingIndices("embedding", weight.sizes[0])
    let result: Tensor = noGrad {
      weight.indexSelect(dim: 0, index: places).viewed(sizes + [weight.sizes[1]])
    }
    return .recorded(result, weight) {
      EmbeddingBackward0(padding, scaleGradByFreq, rows: weight.sizes[0]).saving(self)
    }
  }

  /// These indices as a vector of int64; refuses one that names no row.
  fileprivate func embeddingIndices(_ operation: String, _ rows: Int) -> Tensor {
    guard dtype == .int64 || dtype == .int32 else {
      refuse(
        operation,
        "Expected tensor for argument #1 'indices' to have one of the following scalar types: "
          + "Long, Int; but got \(dtype.scalarTypeName)")
    }
    let places = contiguousData().viewed(Dims([count])).converted(to: .int64)
    let numbers = places.int64Pointer
    for i in 0..<places.count where numbers[i] < 0 || numbers[i] >= rows {
      refuse(
        operation,
        "index out of range in self: index \(numbers[i]) names none of \(rows) rows")
    }
    return places
  }

  /// Scales down the rows that indices name and that are longer than `maxNorm`.
  func embeddingRenorm_(_ indices: Tensor, _ maxNorm: Double, _ normType: Double) {
    guard sizes.count == 2 else {
      refuse(
        "embedding_renorm_",
        "Expected 2-dimensional tensor, but got \(sizes.count)-dimensional tensor for argument #1 "
          + "'self'")
    }
    let places = indices.embeddingIndices("embedding_renorm_", sizes[0])
    noGrad {
      let numbers = places.int64Pointer
      for row in Set(UnsafeBufferPointer(start: numbers, count: places.count)) {
        let row = self[Int(row)]
        let norm = row.norm(normType).item(as: Double.self)
        if norm > maxNorm { row.mul_(maxNorm / (norm + 1e-7)) }
      }
      withExtendedLifetime(places) {}
    }
  }

  /// The gradient of a table of `rows` from that of the rows named by `indices`.
  fileprivate func embeddingDenseBackward(
    _ indices: Tensor, _ rows: Int, _ padding: Int, _ scaleGradByFreq: Bool
  ) -> Tensor {
    let places = indices.contiguousData().viewed(Dims([indices.count])).converted(to: .int64)
    let width = sizes[sizes.count - 1]
    let result = Tensor.full(Dims([rows, width]), .int(0), dtype)
    let data = contiguousData()
    let counts = scaleGradByFreq ? Tensor.full(Dims([rows]), .int(0), .int64) : nil
    withExtendedLifetime((places, counts, data)) {
      agk_embedding_backward(
        dtype.kernel, Int64(places.count), Int64(width), Int64(rows), Int64(padding),
        places.int64Pointer, counts?.int64Pointer, data.pointer, result.pointer)
    }
    return .recorded(result, self) { EmbeddingDenseBackwardBackward0(padding).saving(indices) }
  }
}

// MARK: - Derivatives

final class EmbeddingBackward0: Node {
  private let padding: Int
  private let scaleGradByFreq: Bool
  private let rows: Int

  init(_ padding: Int, _ scaleGradByFreq: Bool, rows: Int) {
    self.padding = padding
    self.scaleGradByFreq = scaleGradByFreq
    self.rows = rows
    super.init()
  }

  override class var savedNames: [String] { ["indices"] }
  override var attributes: [String: AttributeValue] {
    [
      "padding_idx": .int(padding), "scale_grad_by_freq": .bool(scaleGradByFreq),
      "sparse": .bool(false), "weight_sym_argsize_0": .int(rows),
    ]
  }

  override func backward(_ g: Tensor) -> Gradients {
    Gradients(g.embeddingDenseBackward(savedValue(0), rows, padding, scaleGradByFreq))
  }
}

/// How often a row is named is not looked at again: the first gradient was divided already.
final class EmbeddingDenseBackwardBackward0: Node {
  private let padding: Int

  init(_ padding: Int) {
    self.padding = padding
    super.init()
  }

  override class var savedNames: [String] { ["indices"] }
  override var attributes: [String: AttributeValue] { ["padding_idx": .int(padding)] }

  override func backward(_ g: Tensor) -> Gradients {
    let indices = savedValue(0)
    var result = g.indexSelect(dim: 0, index: indices.reshape([-1]))
    if padding >= 0 {
      result = result.maskedFill_(indices.eq(padding).reshape([-1, 1]), 0)
    }
    return Gradients(result.view(indices.shape + [-1]))
  }
}
