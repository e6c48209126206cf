// Diagonals: looked at, taken, and written: diagonal, diag, diag_embed, diagflat, block_diag.

internal import GraphModel

extension Tensor {
  /// A diagonal of two dimensions as a new last one, on the same memory.
  ///
  /// - Parameters:
  ///   - offset: which: 0 the main one, positive above, negative below; one outside is empty.
  ///   - dim1: the dimension of the rows.
  ///   - dim2: the dimension of the columns.
  /// - Returns: a view without `dim1` and `dim2`.
  public func diagonal(offset: Int = 0, dim1: Int = 0, dim2: Int = 1) -> Tensor {
    let place = diagonalPlace(offset, dim1, dim2, "diagonal")
    return makeView(place.sizes, place.strides, offset: place.offset) {
      DiagonalBackward0(sizes, offset: offset, dim1: dim1, dim2: dim2)
    }
  }

  private func diagonalPlace(
    _ offset: Int, _ dim1: Int, _ dim2: Int, _ operation: String
  ) -> (sizes: Dims, strides: Dims, offset: Int) {
    let (a, b) = (wrap(dim1, operation), wrap(dim2, operation))
    guard a != b, sizes.count >= 2 else {
      refuse(
        operation,
        "diagonal dimensions cannot be identical \(dim1), \(dim2): shape \(sizes)")
    }
    let length =
      offset >= 0 ? Swift.min(sizes[a], sizes[b] - offset) : Swift.min(sizes[a] + offset, sizes[b])
    let skipped = offset >= 0 ? offset * strides[b] : -offset * strides[a]
    var (shape, steps) = (Dims(), Dims())
    for d in sizes.indices where d != a && d != b {
      shape.append(sizes[d])
      steps.append(strides[d])
    }
    shape.append(Swift.max(length, 0))
    steps.append(strides[a] + strides[b])
    return (shape, steps, length > 0 ? self.offset + skipped : self.offset)
  }

  /// A diagonal of a matrix as a new vector, or a matrix with this vector on a diagonal.
  public func diag(_ diagonal: Int = 0) -> Tensor {
    switch sizes.count {
    case 1: return diagEmbed(offset: diagonal)
    case 2:
      let place = diagonalPlace(diagonal, 0, 1, "diag")
      let part = Tensor(
        sharing: storage, sizes: place.sizes, strides: place.strides, offset: place.offset,
        dtype: dtype)
      return part.freshContiguous().recorded(from: self) {
        DiagonalBackward0_copy(sizes, offset: diagonal, dim1: 0, dim2: 1)
      }
    default: refuse("diag", "Supports 1D or 2D tensors. Got \(sizes.count)D: shape \(sizes)")
    }
  }

  /// Matrices of zeros with the vectors of the last dimension on a diagonal.
  ///
  /// - Parameters:
  ///   - offset: which diagonal: 0 the main one, positive above, negative below.
  ///   - dim1: the result's dimension of the rows.
  ///   - dim2: the result's dimension of the columns.
  /// - Returns: a tensor of this dtype with a dimension more.
  public func diagEmbed(offset: Int = 0, dim1: Int = -2, dim2: Int = -1) -> Tensor {
    guard sizes.count > 0 else {
      refuse("diag_embed", "the input must have a dimension, but the shape is []")
    }
    let rank = sizes.count + 1
    Dims.check(rank: rank, for: "diag_embed")
    let a = Tensor.wrap(dim1, rank: rank, "diag_embed")
    let b = Tensor.wrap(dim2, rank: rank, "diag_embed")
    guard a != b else {
      refuse("diag_embed", "diagonal dimensions cannot be identical \(dim1), \(dim2)")
    }
    let length = sizes[sizes.count - 1] + Swift.abs(offset)
    var shape = sizes
    shape.remove(at: sizes.count - 1)
    shape.insert(length, at: Swift.min(a, b))
    shape.insert(length, at: Swift.max(a, b))
    let result = Tensor.full(shape, .int(0), dtype)
    noGrad {
      Elementwise.copy(self, into: result.diagonal(offset: offset, dim1: dim1, dim2: dim2))
    }
    return result.recorded(from: self) {
      DiagEmbedBackward0(offset: offset, dim1: dim1, dim2: dim2)
    }
  }

  /// A matrix of zeros with all elements, in row-major order, on a diagonal.
  public func diagflat(_ offset: Int = 0) -> Tensor { contiguous().view([-1]).diag(offset) }

  /// The matrices one below and right of another, with zeros elsewhere.
  ///
  /// Vectors are single rows, numbers single elements. Dtypes are promoted.
  public static func blockDiag(_ tensors: [Tensor]) -> Tensor {
    var type = PromotedType()
    var (rows, columns) = (0, 0)
    for (i, tensor) in tensors.enumerated() {
      type.add(tensor)
      guard tensor.sizes.count <= 2 else {
        refuse(
          "block_diag",
          "Input tensors must have 2 or fewer dimensions. Input \(i) has \(tensor.sizes.count) "
            + "dimensions")
      }
      let block = blockSizes(tensor.sizes)
      rows += block.0
      columns += block.1
    }
    let result = Tensor.full(
      tensors.isEmpty ? Dims([1, 0]) : Dims([rows, columns]), .int(0), type.dtype)
    noGrad {
      var (row, column) = (0, 0)
      for tensor in tensors {
        let (height, width) = blockSizes(tensor.sizes)
        let block = result.slice(dim: 0, start: row, end: row + height, step: 1)
          .slice(dim: 1, start: column, end: column + width, step: 1)
        Elementwise.copy(tensor, into: block)
        row += height
        column += width
      }
    }
    guard isGradEnabled, tensors.contains(where: \.requiresGrad) else { return result }
    let node = BlockDiagBackward0(tensors.map { ($0.sizes, $0.dtype) })
    for tensor in tensors { node.addEdge(to: tensor) }
    node.adopt(result)
    return result
  }

  /// The matrices one below and right of another, with zeros elsewhere.
  public static func blockDiag(_ tensors: Tensor...) -> Tensor { blockDiag(tensors) }

  fileprivate static func blockSizes(_ sizes: Dims) -> (Int, Int) {
    switch sizes.count {
    case 0: (1, 1)
    case 1: (1, sizes[0])
    default: (sizes[0], sizes[1])
    }
  }
}

extension Tensor {
  /// The sum of the main diagonal of a matrix, without dimensions; integers are summed as int64.
  ///
  /// Not bool.
  public func trace() -> Tensor {
    if dtype == .bool { refuse("trace", "not implemented for 'Bool'") }
    guard sizes.count == 2 else {
      refuse(
        "trace", "trace: expected a matrix, but got tensor with dim \(sizes.count): shape \(sizes)")
    }
    return noGrad { diagonal().sum() }.recorded(from: self) { TraceBackward0(sizes) }
  }
}

extension Tensor {
  /// Sets the diagonal of all dimensions to a number in place.
  ///
  /// At least two dimensions; from three on all of one size.
  @discardableResult
  public func fillDiagonal_(_ value: some ScalarConvertible) -> Tensor {
    guard sizes.count >= 2 else {
      refuse("fill_diagonal_", "dimensions must larger than 1: shape \(sizes)")
    }
    guard sizes.count == 2 || sizes.allSatisfy({ $0 == sizes[0] }) else {
      refuse("fill_diagonal_", "all dimensions of input must be of equal length: shape \(sizes)")
    }
    let length = sizes.array.min()!
    asStrided([length], [strides.array.reduce(0, +)], storageOffset: offset).fill_(value)
    return self
  }
}

// MARK: - Derivatives

final class TraceBackward0: SizedViewNode {
  override func backward(_ g: Tensor) -> Gradients {
    let place = DiagonalPlace(offset: 0, dim1: 0, dim2: 1)
    let diagonal = g.expand(Dims([Swift.min(sizes[0], sizes[1])]))
    return Gradients(
      diagonal.scattered(into: sizes, by: DiagonalBackwardBackward0(place), part: place.look(at:)))
  }
}

/// Where a diagonal lies, as PyTorch shows it.
struct DiagonalPlace {
  let offset: Int
  let dim1: Int
  let dim2: Int

  var attributes: [String: AttributeValue] {
    ["offset": .int(offset), "dim1": .int(dim1), "dim2": .int(dim2)]
  }

  func look(at tensor: Tensor) -> Tensor {
    tensor.diagonal(offset: offset, dim1: dim1, dim2: dim2)
  }
}

/// The derivative of a diagonal that was taken.
class DiagonalNode: SizedViewNode {
  private let place: DiagonalPlace

  init(_ sizes: Dims, offset: Int, dim1: Int, dim2: Int) {
    place = DiagonalPlace(offset: offset, dim1: dim1, dim2: dim2)
    super.init(sizes)
  }

  override final var attributes: [String: AttributeValue] {
    super.attributes.merging(place.attributes) { $1 }
  }

  override final func backward(_ g: Tensor) -> Gradients {
    Gradients(
      g.scattered(into: sizes, by: DiagonalBackwardBackward0(place), part: place.look(at:)))
  }
}

final class DiagonalBackward0: DiagonalNode {}

/// As PyTorch names the diagonal that is a copy.
final class DiagonalBackward0_copy: DiagonalNode {}

final class DiagonalBackwardBackward0: Node {
  private let place: DiagonalPlace

  init(_ place: DiagonalPlace) {
    self.place = place
    super.init()
  }

  override var attributes: [String: AttributeValue] { place.attributes }
  override func backward(_ g: Tensor) -> Gradients { Gradients(place.look(at: g)) }
}

final class DiagEmbedBackward0: Node {
  private let place: DiagonalPlace

  init(offset: Int, dim1: Int, dim2: Int) {
    place = DiagonalPlace(offset: offset, dim1: dim1, dim2: dim2)
    super.init()
  }

  override var attributes: [String: AttributeValue] { place.attributes }
  override func backward(_ g: Tensor) -> Gradients { Gradients(place.look(at: g)) }
}

final class BlockDiagBackward0: Node {
  private let inputs: [(sizes: Dims, dtype: DType)]

  init(_ inputs: [(sizes: Dims, dtype: DType)]) {
    self.inputs = inputs
    super.init()
  }

  /// A vector's part stays a matrix of one row, which the engine sums to the vector's shape.
  ///
  /// Source: torch/csrc/autograd/FunctionsManual.cpp, block_diag_backward.
  override func backward(_ g: Tensor) -> Gradients {
    var (row, column) = (0, 0)
    return Gradients(
      inputs.map { input in
        let (height, width) = Tensor.blockSizes(input.sizes)
        var block = g.slice(dim: 0, start: row, end: row + height, step: 1)
          .slice(dim: 1, start: column, end: column + width, step: 1)
        for _ in input.sizes.count..<2 { block = block.squeeze(-1) }
        row += height
        column += width
        return block.to(input.dtype)
      })
  }
}
