// Copies with a part replaced: select_scatter, slice_scatter, diagonal_scatter,
// as_strided_scatter.

internal import GraphModel

extension Tensor {
  /// A copy with `src` in place of one position along a dimension.
  ///
  /// `src` has the shape of `select(dim:index:)`.
  public func selectScatter(_ src: Tensor, dim: Int, index: Int) -> Tensor {
    replacing(src, "select_scatter") {
      $0.select(dim: dim, index: index)
    } node: {
      SelectScatterBackward0(src.sizes, dim: dim, index: index)
    }
  }

  /// A copy with `src` in place of every `step`-th position from `start` up to `end`.
  ///
  /// Bounds are those of Python's slices; nil is the dimension's own. `src` has the slice's shape.
  public func sliceScatter(
    _ src: Tensor, dim: Int = 0, start: Int? = nil, end: Int? = nil, step: Int = 1
  ) -> Tensor {
    let range = SliceRange(dim: dim, start: start, end: end, step: step)
    return replacing(src, "slice_scatter") {
      $0.slice(range)
    } node: {
      SliceScatterBackward0(src.sizes, range)
    }
  }

  /// A copy with `src` in place of a diagonal.
  ///
  /// `src` has the shape of `diagonal(offset:dim1:dim2:)`.
  public func diagonalScatter(
    _ src: Tensor, offset: Int = 0, dim1: Int = 0, dim2: Int = 1
  ) -> Tensor {
    let place = DiagonalPlace(offset: offset, dim1: dim1, dim2: dim2)
    return replacing(src, "diagonal_scatter") {
      place.look(at: $0)
    } node: {
      DiagonalScatterBackward0(src.sizes, place)
    }
  }

  /// A copy with `src` in place of a strided look at the memory.
  ///
  /// `src` has the shape `shape`; the look is that of `asStrided` at this tensor, contiguous.
  public func asStridedScatter(
    _ src: Tensor, _ shape: [Int], _ stride: [Int], storageOffset: Int? = nil
  ) -> Tensor {
    replacing(src, "as_strided_scatter", contiguous: true) {
      $0.asStrided(shape, stride, storageOffset: storageOffset)
    } node: {
      AsStridedScatterBackward0(src.sizes, shape, stride, storageOffset)
    }
  }

  private func replacing(
    _ src: Tensor, _ operation: String, contiguous: Bool = false, part: (Tensor) -> Tensor,
    node: () -> Node
  ) -> Tensor {
    let result = contiguous ? freshContiguous() : freshCopy()
    noGrad {
      let target = part(result)
      guard target.sizes == src.sizes else {
        refuse(
          operation,
          "expected src to have a size equal to the slice of self. src size = \(src.sizes), slice "
            + "size = \(target.sizes)")
      }
      Elementwise.copy(src, into: target)
    }
    return result.recorded(from: self, src, node: node)
  }
}

// MARK: - Derivatives

/// The derivative of replacing a part: zero in the part, and the part for what replaced it.
class PartScatterNode: Node {
  private let partSizes: Dims

  init(_ partSizes: Dims) {
    self.partSizes = partSizes
    super.init()
  }

  func replaced(_ g: Tensor, _ src: Tensor) -> Tensor { fatalError("\(name) replaces nothing") }
  func part(_ g: Tensor) -> Tensor { fatalError("\(name) has no part") }

  override final func backward(_ g: Tensor) -> Gradients {
    Gradients(
      needs(0) ? replaced(g, .full(partSizes, .int(0), g.dtype)) : nil, needs(1) ? part(g) : nil)
  }
}

final class SelectScatterBackward0: PartScatterNode {
  private let dim: Int
  private let index: Int

  init(_ partSizes: Dims, dim: Int, index: Int) {
    self.dim = dim
    self.index = index
    super.init(partSizes)
  }

  override var attributes: [String: AttributeValue] { ["dim": .int(dim), "index": .int(index)] }
  override func part(_ g: Tensor) -> Tensor { g.select(dim: dim, index: index) }
  override func replaced(_ g: Tensor, _ src: Tensor) -> Tensor {
    g.selectScatter(src, dim: dim, index: index)
  }
}

final class SliceScatterBackward0: PartScatterNode {
  private let range: SliceRange

  init(_ partSizes: Dims, _ range: SliceRange) {
    self.range = range
    super.init(partSizes)
  }

  override var attributes: [String: AttributeValue] { range.attributes }
  override func part(_ g: Tensor) -> Tensor { g.slice(range) }
  override func replaced(_ g: Tensor, _ src: Tensor) -> Tensor {
    g.sliceScatter(
      src, dim: range.dim, start: range.start, end: range.end, step: range.step)
  }
}

final class DiagonalScatterBackward0: PartScatterNode {
  private let place: DiagonalPlace

  init(_ partSizes: Dims, _ place: DiagonalPlace) {
    self.place = place
    super.init(partSizes)
  }

  override var attributes: [String: AttributeValue] { place.attributes }
  override func part(_ g: Tensor) -> Tensor { place.look(at: g) }
  override func replaced(_ g: Tensor, _ src: Tensor) -> Tensor {
    g.diagonalScatter(src, offset: place.offset, dim1: place.dim1, dim2: place.dim2)
  }
}

final class AsStridedScatterBackward0: PartScatterNode {
  private let shape: [Int]
  private let stride: [Int]
  private let storageOffset: Int?

  init(_ partSizes: Dims, _ shape: [Int], _ stride: [Int], _ storageOffset: Int?) {
    self.shape = shape
    self.stride = stride
    self.storageOffset = storageOffset
    super.init(partSizes)
  }

  override var attributes: [String: AttributeValue] {
    [
      "size": .ints(shape), "stride": .ints(stride),
      "storage_offset": storageOffset.map { .int($0) } ?? AttributeValue.none,
    ]
  }
  override func part(_ g: Tensor) -> Tensor {
    g.contiguous().asStrided(shape, stride, storageOffset: storageOffset)
  }
  override func replaced(_ g: Tensor, _ src: Tensor) -> Tensor {
    g.asStridedScatter(src, shape, stride, storageOffset: storageOffset)
  }
}
