// Indexing by int and bool tensors: reading, writing, adding.

internal import CKernels
internal import GraphModel

/// What index tensors name in a tensor.
private struct IndexedPart {
  /// The tensor with one dimension in place of those that are indexed: no view, no history.
  let seen: Tensor
  /// Where that dimension is.
  let dim: Int
  /// The positions along it, counted from the front, as an int64 vector.
  let places: Tensor
  /// The shape of what is named.
  let sizes: Dims

  /// The same with the indices' dimensions joined into one.
  var lined: Dims {
    var result = seen.sizes
    result[dim] = places.count
    return result
  }

  /// The strides of `places` in the shape `lined`.
  var strides: Dims { Along.strides(places, along: dim, rank: seen.sizes.count) }

  init(_ x: Tensor, _ indices: [Tensor?], _ operation: String) {
    for case let index? in indices { index.checkIsIndex(operation) }
    let named = indices.indices.filter { indices[$0] != nil }
    guard !named.isEmpty else { refuse(operation, "there must be at least one index tensor") }
    if named.count == 1, let index = indices[named[0]] {
      if index.dtype != .bool, named[0] < x.sizes.count {
        self.init(x, index, along: named[0], operation)
        return
      }
      if index.dtype == .bool, let joined = x.joined(index, at: named[0], operation) {
        let places = index.contiguousData().viewed(Dims([index.count])).nonzero()
        self.init(
          seen: joined, dim: named[0], places: places.viewed(Dims([places.count])), sizes: nil)
        return
      }
    }
    self.init(x, several: IndexedPart.withoutMasks(x, indices, operation), operation)
  }

  private init(seen: Tensor, dim: Int, places: Tensor, sizes: Dims?) {
    (self.seen, self.dim, self.places) = (seen, dim, places)
    var own = seen.sizes
    own[dim] = places.count
    self.sizes = sizes ?? own
  }

  /// One index of whole numbers: the slices of its dimension.
  private init(_ x: Tensor, _ index: Tensor, along d: Int, _ operation: String) {
    let size = x.sizes[d]
    let places = Along.wrapped(index, size, operation) {
      "index \($0) is out of bounds for dimension \(d) with size \(size)"
    }
    self.init(
      seen: x, dim: d, places: places.viewed(Dims([index.count])),
      sizes: Dims(x.shape[..<d] + index.shape + x.shape[(d + 1)...], for: operation))
  }

  /// Several indices, broadcast: distances from the first element along a dimension of stride 1.
  ///
  /// Its place is that of the first index where they are neighbours, else in front.
  private init(_ x: Tensor, several indices: [Tensor?], _ operation: String) {
    let indexed = indices.indices.filter { indices[$0] != nil }
    guard indices.count <= x.sizes.count else {
      refuse(
        operation,
        "too many indices for tensor of dimension \(x.sizes.count): got \(indices.count)")
    }
    var shape = Dims()
    for d in indexed { shape = Broadcast.sizes(shape, indices[d]!.sizes, "shape mismatch") }
    let places = Tensor(empty: Dims([shape.product]), .int64)
    for d in indexed {
      let index = indices[d]!.converted(to: .int64).expandedData(shape)
      let size = x.sizes[d]
      let wrong = agk_places(
        Int64(places.count), places.int64Pointer, index.int64Pointer, Int64(size),
        Int64(x.strides[d]), d != indexed[0])
      if wrong >= 0 {
        refuse(
          operation,
          "index \(index.int64Pointer[Int(wrong)]) is out of bounds for dimension \(d) with size "
            + "\(size)")
      }
    }
    let areNeighbours = indexed.last! - indexed.first! == indexed.count - 1
    let place = areNeighbours ? indexed.first! : 0
    var (sizes, steps, extent) = (Dims(), Dims(), 1)
    for d in x.sizes.indices {
      if d < indices.count, indices[d] != nil {
        extent += Swift.max(x.sizes[d] - 1, 0) * x.strides[d]
      } else {
        sizes.append(x.sizes[d])
        steps.append(x.strides[d])
      }
    }
    let result = Dims(sizes[..<place] + shape.array + sizes[place...], for: operation)
    sizes.insert(extent, at: place)
    steps.insert(1, at: place)
    let seen = Tensor(
      sharing: x.storage, sizes: sizes, strides: steps, offset: x.offset, dtype: x.dtype)
    self.init(seen: seen, dim: place, places: places, sizes: result)
  }

  /// The indices with each bool tensor replaced by the positions where it is true.
  private static func withoutMasks(_ x: Tensor, _ indices: [Tensor?], _ operation: String)
    -> [Tensor?]
  {
    var result: [Tensor?] = []
    for (d, index) in indices.enumerated() {
      // The places of a mask's further dimensions are taken already.
      if d < result.count { continue }
      guard let index, index.dtype == .bool else {
        result.append(index)
        continue
      }
      x.checkMask(index, at: d, operation)
      let places = index.nonzero()
      result += index.sizes.indices.map { k in
        Tensor(
          sharing: places.storage, sizes: Dims([places.sizes[0]]),
          strides: Dims([places.strides[0]]),
          offset: k, dtype: .int64)
      }
    }
    return result
  }
}

extension Tensor {
  func checkIsIndex(_ operation: String) {
    guard !dtype.isFloatingPoint else {
      refuse(operation, "tensors used as indices must be long, int or bool, not \(dtype.name)")
    }
  }

  fileprivate func checkMask(_ mask: Tensor, at d: Int, _ operation: String) {
    for k in mask.sizes.indices where d + k >= sizes.count || mask.sizes[k] != sizes[d + k] {
      refuse(
        operation,
        "The shape of the mask \(mask.sizes) at index \(k) does not match the shape of the "
          + "indexed tensor \(sizes) at index \(d + k)")
    }
  }

  /// This tensor with the dimensions of a mask, from dimension `d` on, joined into one; nil where
  /// strides do not allow it.
  fileprivate func joined(_ mask: Tensor, at d: Int, _ operation: String) -> Tensor? {
    checkMask(mask, at: d, operation)
    guard mask.sizes.count > 0 else { return nil }
    let last = d + mask.sizes.count - 1
    for k in d..<last where strides[k] != strides[k + 1] * sizes[k + 1] { return nil }
    var (sizes, strides) = (sizes, strides)
    for _ in d..<last {
      sizes.remove(at: d)
      strides.remove(at: d)
    }
    sizes[d] = mask.count
    return Tensor(sharing: storage, sizes: sizes, strides: strides, offset: offset, dtype: dtype)
  }

  /// The mask that is the only index and covers this contiguous tensor, densely.
  fileprivate func coveringMask(_ indices: [Tensor?]) -> Tensor? {
    guard indices.count == 1, let mask = indices[0], mask.dtype == .bool, isContiguous,
      mask.sizes == sizes, sizes.count > 0
    else { return nil }
    return mask.contiguousData()
  }

  /// The elements broadcast to `sizes`, in memory of their own where that is needed.
  fileprivate func expandedData(_ sizes: Dims) -> Tensor {
    if self.sizes == sizes, isContiguous { return self }
    let result = Tensor(empty: sizes, dtype)
    Elementwise.copy(self, into: result)
    return result
  }

  /// The elements that int or bool tensors name, one per dimension from the first; nil takes a
  /// dimension whole.
  public func index(_ indices: [Tensor?]) -> Tensor {
    let result: Tensor
    if let mask = coveringMask(indices) {
      result = chosen(by: mask)
    } else {
      let part = IndexedPart(self, indices, "index")
      result = Tensor(empty: part.sizes, dtype)
      Along.gather(
        part.seen, part.dim, part.places, part.strides, into: result.viewed(part.lined), "index")
    }
    if isRecording(self) {
      let node = IndexBackward0(sizes, indexCount: indices.count)
      node.addEdge(to: self)
      for case (let i, let index?) in indices.enumerated() { node.save(.input(index), i) }
      node.adopt(result)
    }
    return result
  }

  /// A copy with the elements that the indices name replaced, or with `accumulate` added to.
  public func indexPut(_ indices: [Tensor?], _ values: Tensor, accumulate: Bool = false) -> Tensor {
    let result: Tensor = noGrad { clone() }
    result.write(indices, values, accumulate: accumulate)
    if isRecording(self) || isRecording(values) {
      let node = IndexPutBackward0(indices, values, accumulate: accumulate)
      node.addEdge(to: self)
      node.addEdge(to: values)
      node.adopt(result)
    }
    return result
  }

  /// Replaces the elements that the indices name in place, or with `accumulate` adds to them.
  ///
  /// `values` is broadcast to the shape that the indices name. Where an element is named more than
  /// once, the last value stays.
  @discardableResult
  public func indexPut_(_ indices: [Tensor?], _ values: Tensor, accumulate: Bool = false)
    -> Tensor
  {
    inPlace("index_put_", others: .tensor(values)) {
      IndexPutBackward0(indices, values, accumulate: accumulate)
    } compute: {
      write(indices, values, accumulate: accumulate)
    }
  }

  fileprivate func write(_ indices: [Tensor?], _ values: Tensor, accumulate: Bool) {
    guard values.dtype == dtype || values.sizes.count == 0 else {
      refuse(
        "index_put_",
        "Index put requires the source and destination dtypes match, got \(dtype.name) for the "
          + "destination and \(values.dtype.name) for the source.")
    }
    if !accumulate, values.sizes.count == 0, let mask = coveringMask(indices) {
      return fillWhereTrue(mask, values.converted(to: dtype))
    }
    let part = IndexedPart(self, indices, "index_put_")
    guard Broadcast.isExpandable(values.sizes, to: part.sizes) else {
      refuse(
        "index_put_",
        "shape mismatch: value tensor of shape \(values.sizes) cannot be broadcast to indexing "
          + "result of shape \(part.sizes)")
    }
    let own = values.storage === storage ? values.freshCopy() : values
    let data = own.converted(to: dtype)
    let isOne = data.count == 1
    let source = isOne ? data : data.expandedData(part.sizes)
    let strides =
      isOne
      ? Dims(repeating: 0, count: part.lined.count) : part.lined.contiguousStrides
    Along.scatter(
      accumulate ? .AGK_SCATTER_ADD : .AGK_SCATTER_SET, source, strides, into: part.seen,
      part.dim, part.places, part.strides, part.lined, "index_put_")
  }
}

// MARK: - Derivatives

final class IndexBackward0: SizedViewNode {
  private let indexCount: Int

  init(_ sizes: Dims, indexCount: Int) {
    self.indexCount = indexCount
    super.init(sizes)
  }

  override var savedTuples: [String: [Int?]] { ["indices": indexSlots(indexCount)] }

  override func backward(_ g: Tensor) -> Gradients {
    let indices = savedIndices(indexCount)
    let result = Tensor.full(sizes, .int(0), g.dtype)
    result.write(indices, g, accumulate: true)
    if isRecording(g) {
      let node = IndexPutImplBackward0(indices, g, accumulate: true)
      node.addEdge(.none)
      node.addEdge(to: g)
      node.adopt(result)
    }
    return Gradients(result)
  }
}

/// The derivative of writing `values` to the elements that the indices name.
class IndexPutNode: Node {
  private let indexCount: Int
  private let accumulate: Bool
  private let valueSizes: Dims

  init(_ indices: [Tensor?], _ values: Tensor, accumulate: Bool) {
    indexCount = indices.count
    self.accumulate = accumulate
    valueSizes = values.sizes
    super.init()
    for case (let i, let index?) in indices.enumerated() { save(.input(index), i) }
  }

  override var savedTuples: [String: [Int?]] { ["indices": indexSlots(indexCount)] }
  override var attributes: [String: AttributeValue] { ["accumulate": .bool(accumulate)] }

  override func backward(_ g: Tensor) -> Gradients {
    let indices = savedIndices(indexCount)
    var first: Tensor?
    if needs(0) {
      first = accumulate ? g : g.indexPut(indices, Tensor.full(Dims(), .int(0), g.dtype))
    }
    return Gradients(first, needs(1) ? g.index(indices).sumTo(valueSizes) : nil)
  }
}

final class IndexPutBackward0: IndexPutNode {}

/// As PyTorch names the write within the derivative of an index.
final class IndexPutImplBackward0: IndexPutNode {}

extension Node {
  fileprivate func indexSlots(_ count: Int) -> [Int?] {
    (0..<count).map { savedTensor($0).kind == .none ? nil : $0 }
  }

  fileprivate func savedIndices(_ count: Int) -> [Tensor?] {
    indexSlots(count).map { $0.map { savedValue($0) } }
  }
}
