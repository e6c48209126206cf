// Elements chosen by a mask: masked_select, masked_scatter, masked_fill, nonzero.

internal import CKernels
internal import GraphModel

extension Tensor {
  /// The elements where a mask is true, in row-major order, as a vector.
  ///
  /// The mask is bool; it and this tensor are broadcast.
  public func maskedSelect(_ mask: Tensor) -> Tensor {
    checkMask(mask, "masked_select")
    let shape = Broadcast.sizes(sizes, mask.sizes, "masked_select")
    let result = broadcastData(shape).chosen(by: mask.broadcastData(shape))
    return result.recorded(from: self) {
      let node = MaskedSelectBackward0()
      node.save(.input(mask), MaskedSelectBackward0.maskSlot)
      node.save(.input(self), MaskedSelectBackward0.selfSlot)
      return node
    }
  }

  /// A copy with the elements of `source`, in their order, where a mask is true.
  ///
  /// The mask is bool; it and this tensor are broadcast. `source` has this dtype and at least as
  /// many elements as the mask has true ones.
  public func maskedScatter(_ mask: Tensor, _ source: Tensor) -> Tensor {
    checkMask(mask, "masked_scatter")
    let shape = Broadcast.sizes(sizes, mask.sizes, "masked_scatter")
    let spread = sizes == shape ? self : expand(shape)
    let result = spread.freshContiguous()
    result.writeWhereTrue(mask, source, "masked_scatter")
    return result.recorded(from: spread, source) { MaskedScatterBackward0(mask, source) }
  }

  /// As `maskedScatter`, in place; the mask is broadcast to this shape.
  @discardableResult
  public func maskedScatter_(_ mask: Tensor, _ source: Tensor) -> Tensor {
    checkMask(mask, "masked_scatter_")
    checkExpandable(mask, "masked_scatter_")
    return inPlace("masked_scatter_", others: .tensor(source)) {
      MaskedScatterBackward0(mask, source)
    } compute: {
      writeWhereTrue(mask, source, "masked_scatter_")
    }
  }

  /// The elements, with the number that `value`, without dimensions, holds where `mask` is true.
  ///
  /// The mask is bool and broadcast.
  public func maskedFill(_ mask: Tensor, _ value: Tensor) -> Tensor {
    checkMask(mask, "masked_fill")
    let number = fillValue(value, "masked_fill")
    return Elementwise.where(mask, number, self, dtype).recorded(from: self, value) {
      MaskedFillBackward1(mask)
    }
  }

  /// A number where `mask` is true, in place.
  ///
  /// The mask is bool and broadcast to this shape.
  @discardableResult
  public func maskedFill_(_ mask: Tensor, _ value: some ScalarConvertible) -> Tensor {
    checkMask(mask, "masked_fill_")
    checkExpandable(mask, "masked_fill_")
    return inPlace("masked_fill_") {
      let node = MaskedFillBackward0()
      node.save(.input(mask), 0)
      return node
    } compute: {
      fillWhereTrue(mask, .full(Dims(), value.scalar, dtype))
    }
  }

  /// The number that `value`, without dimensions, holds where `mask` is true, in place.
  @discardableResult
  public func maskedFill_(_ mask: Tensor, _ value: Tensor) -> Tensor {
    checkMask(mask, "masked_fill_")
    checkExpandable(mask, "masked_fill_")
    let number = fillValue(value, "masked_fill_")
    return inPlace("masked_fill_", others: .tensor(value)) {
      MaskedFillBackward1(mask)
    } compute: {
      fillWhereTrue(mask, number)
    }
  }

  private func checkMask(_ mask: Tensor, _ operation: String) {
    guard mask.dtype == .bool else {
      refuse(
        operation, "only supports boolean masks, but got mask with dtype \(mask.dtype.name)")
    }
  }

  func fillWhereTrue(_ mask: Tensor, _ value: Tensor) {
    Elementwise.run(agk_operator(.AGK_WHERE, 0, dtype), self, mask, value, self)
  }

  private func writeWhereTrue(_ mask: Tensor, _ source: Tensor, _ operation: String) {
    guard source.dtype == dtype else {
      refuse(
        operation,
        "expected self and source to have same dtypes but got \(dtype.name) and "
          + source.dtype.name)
    }
    let mask = mask.broadcastData(sizes)
    let chosen = mask.countOfTrue
    guard source.count >= chosen else {
      refuse(
        operation,
        "Number of elements of source < number of ones in mask: \(source.count) < \(chosen)")
    }
    let target = contiguousData()
    let values = source.storage === storage ? source.freshContiguous() : source.contiguousData()
    agk_spread(
      dtype.itemSize, Int64(count), target.pointer, mask.boolPointer, values.pointer,
      Int64(chosen))
    if target !== self { Elementwise.copy(target, into: self) }
  }

  /// The elements where a mask is true, as a vector; both are contiguous and of one shape.
  func chosen(by mask: Tensor) -> Tensor {
    let result = Tensor(empty: Dims([mask.countOfTrue]), dtype)
    agk_select(
      dtype.itemSize, Int64(count), result.pointer, pointer, mask.boolPointer,
      Int64(result.count))
    return result
  }

  /// The elements broadcast to `shape`, densely in row-major order, without history.
  private func broadcastData(_ shape: Dims) -> Tensor {
    if sizes == shape { return contiguousData() }
    let result = Tensor(empty: shape, dtype)
    Elementwise.copy(self, into: result)
    return result
  }

  /// The number of true elements of this contiguous bool tensor.
  private var countOfTrue: Int { Int(agk_count_true(Int64(count), boolPointer)) }

  private var boolPointer: UnsafeMutablePointer<Bool> {
    pointer.assumingMemoryBound(to: Bool.self)
  }
}

// MARK: - Positions

extension Tensor {
  /// The positions of the elements that are not zero: an int64 row of indices for each.
  public func nonzero() -> Tensor {
    endsHistory("nonzero")
    let mask = converted(to: .bool).contiguousData()
    let result = Tensor(empty: Dims([mask.countOfTrue, sizes.count]), .int64)
    sizes.withPointer {
      agk_true_places(
        Int32(sizes.count), $0, mask.boolPointer, result.int64Pointer, Int64(result.sizes[0]))
    }
    return result
  }

  /// The positions of the elements that are not zero: an int64 row of indices for each.
  public func argwhere() -> Tensor { nonzero() }

  /// The positions of the elements that are not zero: an int64 vector for each dimension.
  ///
  /// A tensor without dimensions counts as a vector of one element.
  public static func `where`(_ condition: Tensor) -> [Tensor] {
    condition.endsHistory("where")
    return condition.alias().withDimension().nonzero().unbind(dim: 1)
  }
}

// MARK: - Derivatives

final class MaskedSelectBackward0: Node {
  static let maskSlot = 0
  static let selfSlot = 1
  override class var savedNames: [String] { ["mask", "self"] }

  override func backward(_ g: Tensor) -> Gradients {
    let mask = savedValue(MaskedSelectBackward0.maskSlot)
    let sizes = savedTensor(MaskedSelectBackward0.selfSlot).stored!.sizes
    let spread = Broadcast.sizes(sizes, mask.sizes, "masked_select")
    return Gradients(Tensor.full(spread, .int(0), g.dtype).maskedScatter_(mask, g))
  }
}

final class MaskedScatterBackward0: Node {
  private let sourceSizes: Dims

  init(_ mask: Tensor, _ source: Tensor) {
    sourceSizes = source.sizes
    super.init()
    save(.input(mask), 0)
  }

  override class var savedNames: [String] { ["mask"] }
  override var attributes: [String: AttributeValue] {
    ["source_sym_sizes": .ints(sourceSizes.array)]
  }

  override func backward(_ g: Tensor) -> Gradients {
    let mask = savedValue(0)
    return Gradients(
      needs(0) ? g.maskedFill(mask, 0) : nil,
      needs(1) ? g.maskedScatterBackward(mask, sourceSizes) : nil)
  }
}

extension Tensor {
  /// The gradient of the source of a masked scatter: zeros for what the mask had no use for.
  fileprivate func maskedScatterBackward(_ mask: Tensor, _ sourceSizes: Dims) -> Tensor {
    let result: Tensor = noGrad {
      let used = maskedSelect(mask)
      let unused = Tensor.full(Dims([sourceSizes.product - used.count]), .int(0), dtype)
      return Tensor.cat([used, unused]).viewed(sourceSizes)
    }
    return result.recorded(from: self) {
      let node = MaskedScatterBackwardBackward0()
      node.save(.input(mask), 0)
      node.gradientSizes = sizes
      return node
    }
  }
}

final class MaskedScatterBackwardBackward0: Node {
  fileprivate var gradientSizes = Dims()
  override class var savedNames: [String] { ["mask"] }

  override func backward(_ g: Tensor) -> Gradients {
    Gradients(
      Tensor.full(gradientSizes, .int(0), g.dtype).maskedScatter(savedValue(0), g))
  }
}

final class MaskedFillBackward1: Node {
  init(_ mask: Tensor) {
    super.init()
    save(.input(mask), 0)
  }

  override class var savedNames: [String] { ["mask"] }

  override func backward(_ g: Tensor) -> Gradients {
    let mask = savedValue(0)
    return Gradients(
      needs(0) ? g.maskedFill(mask, 0) : nil, needs(1) ? g.maskedSelect(mask).sum() : nil)
  }
}
