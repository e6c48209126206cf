// Elements picked along a dimension by an index: gather, index_select, take_along_dim, take.

internal import CKernels
internal import GraphModel

extension Tensor {
  /// Elements picked along a dimension, one for each place of an index of as many dimensions.
  ///
  /// result[i, j] = self[index[i, j], j] for `dim` 0. The index is int32 or int64, from 0, and in
  /// other dimensions no larger than this tensor; the result has its shape.
  public func gather(dim: Int, index: Tensor) -> Tensor {
    let d = wrap(dim, "gather")
    let places = Along.checked(index, "gather")
    checkIndex(index, d, "gather")
    let result = Tensor(empty: index.sizes, dtype)
    Along.gather(self, d, places, places.withDimension().strides, into: result, "gather")
    return result.recorded(from: self) {
      let node = GatherBackward0(dim: dim)
      node.save(.input(index), GatherBackward0.indexSlot)
      node.save(.input(self), GatherBackward0.selfSlot)
      return node
    }
  }

  /// Refuses an index that does not fit along dimension `d` of this tensor.
  func checkIndex(_ index: Tensor, _ d: Int, _ operation: String) {
    if index.count == 0 { return }
    guard Swift.max(index.sizes.count, 1) == Swift.max(sizes.count, 1) else {
      refuse(
        operation,
        "Index tensor must have the same number of dimensions as input tensor: shapes "
          + "\(index.sizes) and \(sizes)")
    }
    for k in index.sizes.indices where sizes.count > 0 && k != d && index.sizes[k] > sizes[k] {
      refuse(
        operation,
        "Size does not match at dimension \(k) expected index \(index.sizes) to be no larger than "
          + "self \(sizes) apart from dimension \(d)")
    }
  }

  /// The slices of a dimension that an index names, in its order.
  ///
  /// The index is an int32 or int64 vector, from 0; the result has its length along `dim`.
  public func indexSelect(dim: Int, index: Tensor) -> Tensor {
    let d = wrap(dim, "index_select")
    let places = checkVector(index, "index_select")
    var shape = sizes
    if sizes.count > 0 {
      shape[d] = index.count
    } else if index.count != 1 {
      refuse(
        "index_select",
        "Index to scalar can have only 1 value, got \(index.count) value(s)")
    }
    let result = Tensor(empty: shape, dtype)
    let strides = Along.strides(places, along: d, rank: sizes.count)
    Along.gather(self, d, places, strides, into: result, "index_select")
    return result.recorded(from: self) {
      let node = IndexSelectBackward0(sizes, dim: dim)
      node.save(.input(index), 0)
      return node
    }
  }

  /// The vector or single number `index` as int64; refuses other shapes and dtypes.
  func checkVector(_ index: Tensor, _ operation: String) -> Tensor {
    guard index.sizes.count <= 1 else {
      refuse(operation, "Index is supposed to be a vector, but has shape \(index.sizes)")
    }
    return Along.checked(index, operation)
  }

  /// As `gather`, with broadcasting in the other dimensions; over all elements when `dim` is nil.
  ///
  /// The indices, int64, have as many dimensions as this tensor unless `dim` is nil.
  public func takeAlongDim(_ indices: Tensor, dim: Int? = nil) -> Tensor {
    guard let dim else { return reshape([-1]).gather(dim: 0, index: indices.reshape([-1])) }
    guard sizes.count == indices.sizes.count else {
      refuse(
        "take_along_dim",
        "input and indices should have the same number of dimensions, but got \(sizes.count) "
          + "dimensions for input, and \(indices.sizes.count) dimensions for indices")
    }
    let d = wrap(dim, "take_along_dim")
    var mine = sizes
    var theirs = indices.sizes
    if sizes.count > 0 { theirs[d] = sizes[d] }
    let spread = Broadcast.sizes(mine, theirs, "take_along_dim")
    mine = spread
    theirs = spread
    if sizes.count > 0 { theirs[d] = indices.sizes[d] }
    return expand(mine).gather(dim: d, index: indices.expand(theirs))
  }

  /// The elements at places counted over all elements in row-major order.
  ///
  /// The index is int64 of any shape, which the result has; negative ones count from the end.
  public func take(_ index: Tensor) -> Tensor {
    let places = placesAmongAll(index, "take")
    let result = Tensor(empty: index.sizes, dtype)
    let data = contiguousData()
    let line = Dims([places.count])
    Along.gather(
      data.viewed(Dims([count])), 0, places, Dims([1]), into: result.viewed(line), "take")
    return result.recorded(from: self) {
      let node = TakeBackward0()
      node.save(.input(index), TakeBackward0.indexSlot)
      node.save(.input(self), TakeBackward0.selfSlot)
      return node
    }
  }

  /// A copy of an index over all elements, counted from the front.
  fileprivate func placesAmongAll(_ index: Tensor, _ operation: String) -> Tensor {
    guard index.dtype == .int64 else {
      refuse(operation, "Expected a long tensor for index, but got \(index.dtype.name)")
    }
    guard count > 0 || index.count == 0 else {
      refuse(operation, "tried to take from an empty tensor, of shape \(sizes)")
    }
    return Along.wrapped(index, count, operation) {
      "out of range: tried to access index \($0) on a tensor of \(count) elements."
    }
  }

  /// A copy with the elements of `source` at places counted over all elements in row-major order.
  ///
  /// The index is int64, `source` has as many elements and this dtype. With `accumulate` they are
  /// added; else the last one stays where a place is named more than once.
  public func put(_ index: Tensor, _ source: Tensor, accumulate: Bool = false) -> Tensor {
    let result = freshCopy()
    result.writePlaces(index, source, accumulate)
    return result.recorded(from: self, source) { PutBackward0(index, source, accumulate) }
  }

  /// As `put`, in place.
  @discardableResult
  public func put_(_ index: Tensor, _ source: Tensor, accumulate: Bool = false) -> Tensor {
    inPlace("put_", others: .tensor(source)) {
      PutBackward0(index, source, accumulate)
    } compute: {
      writePlaces(index, source, accumulate)
    }
  }

  private func writePlaces(_ index: Tensor, _ source: Tensor, _ accumulate: Bool) {
    guard source.dtype == dtype else {
      refuse(
        "put_",
        "Expected self and source to have the same dtype, but got \(dtype.name) and "
          + source.dtype.name)
    }
    guard source.count == index.count else {
      refuse(
        "put_",
        "Expected source and index to have the same number of elements, but got source.numel() = "
          + "\(source.count), index.numel() = \(index.count)")
    }
    let places = placesAmongAll(index, "put_")
    let target = contiguousData()
    let values = source.storage === storage ? source.freshContiguous() : source.contiguousData()
    Along.scatter(
      accumulate ? .AGK_SCATTER_ADD : .AGK_SCATTER_SET, values, Dims([1]),
      into: target.viewed(Dims([count])), 0, places, Dims([1]), Dims([places.count]), "put_")
    if target !== self { Elementwise.copy(target, into: self) }
  }
}

// MARK: - Derivatives

final class GatherBackward0: Node {
  static let indexSlot = 0
  static let selfSlot = 1
  private let dim: Int

  init(dim: Int) {
    self.dim = dim
    super.init()
  }

  override class var savedNames: [String] { ["index", "self"] }
  override var attributes: [String: AttributeValue] {
    ["dim": .int(dim), "sparse_grad": .bool(false)]
  }

  override func backward(_ g: Tensor) -> Gradients {
    let sizes = savedTensor(GatherBackward0.selfSlot).stored!.sizes
    return Gradients(
      Tensor.full(sizes, .int(0), g.dtype)
        .scatterAdd_(dim: dim, index: savedValue(GatherBackward0.indexSlot), src: g))
  }
}

final class IndexSelectBackward0: SizedViewNode {
  private let dim: Int

  init(_ sizes: Dims, dim: Int) {
    self.dim = dim
    super.init(sizes)
  }

  override class var savedNames: [String] { ["index"] }
  override var attributes: [String: AttributeValue] {
    super.attributes.merging(["dim": .int(dim)]) { $1 }
  }

  override func backward(_ g: Tensor) -> Gradients {
    Gradients(
      Tensor.full(sizes, .int(0), g.dtype).indexAdd_(dim: dim, index: savedValue(0), source: g))
  }
}

final class TakeBackward0: Node {
  static let indexSlot = 0
  static let selfSlot = 1
  override class var savedNames: [String] { ["index", "self"] }

  override func backward(_ g: Tensor) -> Gradients {
    let sizes = savedTensor(TakeBackward0.selfSlot).stored!.sizes
    return Gradients(
      Tensor.full(sizes, .int(0), g.dtype)
        .put_(savedValue(TakeBackward0.indexSlot), g, accumulate: true))
  }
}

final class PutBackward0: Node {
  private static let indexSlot = 0
  private static let sourceSlot = 1
  private let accumulate: Bool
  private let sourceSizes: Dims

  init(_ index: Tensor, _ source: Tensor, _ accumulate: Bool) {
    self.accumulate = accumulate
    sourceSizes = source.sizes
    super.init()
    save(.input(index), PutBackward0.indexSlot)
    if source.requiresGrad { save(.input(source), PutBackward0.sourceSlot) }
  }

  override class var savedNames: [String] { ["index", "source"] }
  override var attributes: [String: AttributeValue] { ["accumulate": .bool(accumulate)] }

  override func backward(_ g: Tensor) -> Gradients {
    let index = savedValue(PutBackward0.indexSlot)
    var first: Tensor?
    if needs(0) { first = accumulate ? g : g.put(index, .full(sourceSizes, .int(0), g.dtype)) }
    return Gradients(first, needs(1) ? g.take(index).reshape(sourceSizes.array) : nil)
  }
}
