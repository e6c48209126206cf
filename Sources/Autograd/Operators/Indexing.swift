// Indexing in PyTorch's full form, as a subscript.

internal import CKernels
internal import GraphModel

// MARK: - What can stand in a subscript

/// One entry of a tensor's subscript.
public enum TensorIndex: Sendable {
  /// One position; a negative one counts from the end.
  case position(Int)
  /// Every `step`-th position from `start` up to `end`; nil is the dimension's own bound.
  case strided(_ start: Int?, _ end: Int?, _ step: Int? = nil)
  /// A new dimension of size 1: Python's None.
  case newDimension
  /// As many whole dimensions as are left: Python's `...`.
  case remainingDimensions
  /// A new dimension of size 1 or 0: Python's True and False.
  case mask(Bool)
}

/// A type whose values can stand in a tensor's subscript.
///
/// Positions, ranges, `stride(from:to:by:)`, `TensorIndex` values such as `.newAxis` and
/// `.ellipsis`, and int or bool tensors.
public protocol TensorIndexConvertible {
  /// The value as an entry of a subscript; nil for a tensor, which stands for itself.
  var tensorIndex: TensorIndex? { get }
}

extension TensorIndex: TensorIndexConvertible {
  /// The entry itself.
  public var tensorIndex: TensorIndex? { self }

  /// The end of a range whose last position is `last`: nothing comes after -1, the last of all.
  fileprivate static func end(after last: Int) -> Int? {
    last == -1 || last == .max ? nil : last + 1
  }
}
extension TensorIndexConvertible where Self == TensorIndex {
  /// A new dimension of size 1: Python's None.
  public static var newAxis: TensorIndex { .newDimension }
  /// As many whole dimensions as are left: Python's `...`.
  public static var ellipsis: TensorIndex { .remainingDimensions }
  /// A whole dimension: Python's `:`.
  public static var all: TensorIndex { .strided(nil, nil) }
  /// Every `step`-th position from `start` up to `end`; nil is the dimension's own bound.
  public static func slice(_ start: Int?, _ end: Int?, _ step: Int? = nil) -> TensorIndex {
    .strided(start, end, step)
  }
}
extension Int: TensorIndexConvertible {
  /// The position.
  public var tensorIndex: TensorIndex? { .position(self) }
}
extension Bool: TensorIndexConvertible {
  /// The mask of one element.
  public var tensorIndex: TensorIndex? { .mask(self) }
}
extension Range<Int>: TensorIndexConvertible {
  /// The positions of the range.
  public var tensorIndex: TensorIndex? { .strided(lowerBound, upperBound) }
}
extension ClosedRange<Int>: TensorIndexConvertible {
  /// The positions of the range, the last one included.
  public var tensorIndex: TensorIndex? { .strided(lowerBound, TensorIndex.end(after: upperBound)) }
}
extension PartialRangeFrom<Int>: TensorIndexConvertible {
  /// The positions from the bound on.
  public var tensorIndex: TensorIndex? { .strided(lowerBound, nil) }
}
extension PartialRangeUpTo<Int>: TensorIndexConvertible {
  /// The positions before the bound.
  public var tensorIndex: TensorIndex? { .strided(nil, upperBound) }
}
extension PartialRangeThrough<Int>: TensorIndexConvertible {
  /// The positions up to the bound, the last one included.
  public var tensorIndex: TensorIndex? { .strided(nil, TensorIndex.end(after: upperBound)) }
}
extension StrideTo<Int>: TensorIndexConvertible {
  /// The positions of the stride.
  public var tensorIndex: TensorIndex? {
    var positions = makeIterator()
    guard let first = positions.next() else { return .strided(0, 0) }
    let second = positions.next() ?? first + 1
    return .strided(first, Array(self).last! + 1, second - first)
  }
}
extension Tensor: TensorIndexConvertible {
  /// Nil: the tensor is the index.
  public var tensorIndex: TensorIndex? { nil }
}

// MARK: - The subscript

extension Tensor {
  /// One position along the first dimension.
  public subscript(_ index: Int) -> Tensor {
    get { selectIndex(index, dim: 0, named: 0) }
    set { selectIndex(index, dim: 0, named: 0).assign(newValue) }
  }

  /// The part that the indices name: `x[0]`, `x[1..., 2]`, `x[.ellipsis, .newAxis]`, `x[mask]`.
  ///
  /// Positions, ranges and new axes give views; int and bool tensors copy. Assigning writes in
  /// place, broadcasting and converting the value; to set a number, `x[0].fill_(3)`. Traps for an
  /// index out of range.
  public subscript(_ indices: any TensorIndexConvertible...) -> Tensor {
    get { self[indices: indices] }
    set { self[indices: indices] = newValue }
  }

  /// The part that a list of indices names, as they would name it in a subscript.
  public subscript(indices indices: [any TensorIndexConvertible]) -> Tensor {
    get {
      let (part, tensors) = applied(indices)
      if tensors.contains(where: { $0 != nil }) { return part.index(tensors) }
      return part === self ? aliasView() : part
    }
    set {
      let (part, tensors) = applied(indices)
      guard tensors.contains(where: { $0 != nil }) else { return part.assign(newValue) }
      part.indexPut_(tensors, newValue.startsWithOne ? newValue.withoutLeadingOnes() : newValue)
    }
  }

  /// Applies everything but tensors; they are left, each at its dimension of the part.
  private func applied(_ indices: [any TensorIndexConvertible]) -> (Tensor, [Tensor?]) {
    var used = 0
    for index in indices {
      switch index.tensorIndex {
      case .position, .strided: used += 1
      case .newDimension, .remainingDimensions, .mask: break
      case nil:
        let tensor = index as! Tensor
        used += tensor.dtype == .bool ? tensor.sizes.count : 1
      }
    }
    guard used <= sizes.count else {
      refuse("index", "too many indices for tensor of dimension \(sizes.count): got \(used)")
    }
    var part = self
    var d = 0
    // The dimension of the whole tensor that an index speaks of, for messages.
    var named = 0
    var tensors: [Tensor?] = []
    func record(_ tensor: Tensor) {
      while tensors.count <= d { tensors.append(nil) }
      tensors[d] = tensor
      d += tensor.dtype == .bool ? Swift.max(tensor.sizes.count, 1) : 1
      named += tensor.dtype == .bool ? tensor.sizes.count : 1
    }
    for index in indices {
      switch index.tensorIndex {
      case .position(let position):
        part = part.selectIndex(position, dim: d, named: named)
        named += 1
      case .strided(let start, let end, let step):
        part = part.sliceIndex(start, end, step, dim: d)
        d += 1
        named += 1
      case .newDimension:
        part = part.unsqueeze(d)
        d += 1
      case .remainingDimensions:
        d += sizes.count - used
        named += sizes.count - used
      case .mask(let value):
        part = part.unsqueeze(d)
        record(Tensor.full(Dims([value ? 1 : 0]), .int(0), .int64))
      case nil:
        let tensor = index as! Tensor
        tensor.checkIsIndex("index")
        if tensor.sizes.count == 0, tensor.dtype != .bool {
          part = part.selectIndex(tensor.item(as: Int.self), dim: d, named: named)
          named += 1
        } else if tensor.sizes.count == 0 {
          part = part.unsqueeze(d)
          record(tensor.unsqueeze(0))
        } else {
          record(tensor)
        }
      }
    }
    return (part, tensors)
  }

  private func selectIndex(_ index: Int, dim: Int, named: Int) -> Tensor {
    if sizes.count == 0 {
      refuse(
        "index",
        "invalid index of a 0-dim tensor. Use `tensor.item()` to convert a 0-dim tensor to a "
          + "number")
    }
    let size = sizes[dim]
    guard index >= -size, index < size else {
      refuse("index", "index \(index) is out of bounds for dimension \(named) with size \(size)")
    }
    return select(dim: dim, index: index)
  }

  private func sliceIndex(_ start: Int?, _ end: Int?, _ step: Int?, dim: Int) -> Tensor {
    let step = step ?? 1
    let size = sizes[dim]
    if (start ?? 0) == 0, (end ?? .max) >= size, step == 1 { return self }
    return slice(dim: dim, start: start ?? 0, end: end ?? .max, step: step)
  }

  /// The whole tensor as a view of itself.
  func aliasView() -> Tensor {
    makeView(sizes, strides, offset: offset) { AliasBackward0() }
  }

  /// What `x[…] = value` does to the part that the indices name.
  private func assign(_ value: Tensor) {
    if value.sizes == sizes {
      copy_(value)
    } else if value.sizes.count == 0 {
      fill_(value)
    } else {
      // A view even where nothing is dropped, as in PyTorch.
      let part = value.withoutLeadingOnes()
      copy_(part.sizes == sizes ? part : part.expand(sizes, "index"))
    }
  }

  private var startsWithOne: Bool { sizes.count > 0 && sizes[0] == 1 }

  /// A view without the leading dimensions of size 1, which assignment ignores.
  private func withoutLeadingOnes() -> Tensor { view(Array(shape.drop { $0 == 1 })) }
}

// MARK: - By tensors

/// Where the elements that index tensors name lie.
private struct IndexedPositions {
  /// The positions, in elements from the tensor's first, in row-major order of the result.
  let positions: [Int64]
  let sizes: Dims

  init(_ x: Tensor, _ indices: [Tensor?], _ operation: String) {
    for case let index? in indices { index.checkIsIndex(operation) }
    let expanded = IndexedPositions.withoutMasks(x, indices)
    let indexed = expanded.indices.filter { expanded[$0] != nil }
    guard !indexed.isEmpty else { refuse(operation, "there must be at least one index tensor") }
    guard expanded.count <= x.sizes.count else {
      refuse(
        operation,
        "too many indices for tensor of dimension \(x.sizes.count): got \(expanded.count)")
    }
    var shape = Dims()
    for d in indexed { shape = Broadcast.sizes(shape, expanded[d]!.sizes, "shape mismatch") }

    var offsets = [Int](repeating: 0, count: shape.product)
    for d in indexed {
      let spread = expanded[d]!.converted(to: .int64).expandedData(shape)
      let values = spread.pointer.assumingMemoryBound(to: Int.self)
      let size = x.sizes[d]
      for i in offsets.indices {
        let index = values[i]
        guard index >= -size, index < size else {
          refuse(
            operation, "index \(index) is out of bounds for dimension \(d) with size \(size)")
        }
        offsets[i] += (index < 0 ? index + size : index) * x.strides[d]
      }
    }
    // The indexed dimensions' place is that of the first when they are neighbours, else in front.
    let areNeighbours = indexed.last! - indexed.first! == indexed.count - 1
    var before = (sizes: Dims(), strides: Dims())
    var after = (sizes: Dims(), strides: Dims())
    for d in x.sizes.indices where d >= expanded.count || expanded[d] == nil {
      if areNeighbours, d < indexed.first! {
        before.sizes.append(x.sizes[d])
        before.strides.append(x.strides[d])
      } else {
        after.sizes.append(x.sizes[d])
        after.strides.append(x.strides[d])
      }
    }
    var result = before.sizes
    for d in shape.indices { result.append(shape[d]) }
    for d in after.sizes.indices { result.append(after.sizes[d]) }
    sizes = result

    let outer = Strided.offsets(before.sizes, before.strides, from: 0)
    let inner = Strided.offsets(after.sizes, after.strides, from: 0)
    var positions: [Int64] = []
    positions.reserveCapacity(result.product)
    for o in outer {
      for offset in offsets {
        for i in inner { positions.append(Int64(o + offset + i)) }
      }
    }
    self.positions = positions
  }

  /// The indices with each bool tensor replaced by the positions where it is true.
  private static func withoutMasks(_ x: Tensor, _ indices: [Tensor?]) -> [Tensor?] {
    var result: [Tensor?] = []
    for (d, index) in indices.enumerated() {
      // The places of a mask's further dimensions are taken already.
      if d < result.count { continue }
      guard let index, index.dtype == .bool else {
        result.append(index)
        continue
      }
      for k in index.sizes.indices where d + k >= x.sizes.count || index.sizes[k] != x.sizes[d + k]
      {
        refuse(
          "index",
          "The shape of the mask \(index.sizes) at index \(k) does not match the shape of the "
            + "indexed tensor \(x.sizes) at index \(d + k)")
      }
      result += index.truePositions()
    }
    return result
  }
}

extension Tensor {
  fileprivate func checkIsIndex(_ operation: String) {
    guard !dtype.isFloatingPoint else {
      refuse(operation, "tensors used as indices must be long, int or bool, not \(dtype.name)")
    }
  }

  /// The elements broadcast to `sizes`, in memory of their own where that is needed.
  fileprivate func expandedData(_ sizes: Dims) -> Tensor {
    if self.sizes == sizes, isContiguous { return self }
    let result = Tensor(empty: sizes, dtype)
    Elementwise.copy(self, into: result)
    return result
  }

  /// Where a bool tensor is true: an int64 tensor of one dimension per dimension.
  fileprivate func truePositions() -> [Tensor?] {
    let hits = contiguousData().positionsOfTrue()
    let places = hits.pointer.assumingMemoryBound(to: Int.self)
    let steps = sizes.contiguousStrides
    return sizes.indices.map { d in
      let result = Tensor(empty: hits.sizes, .int64)
      let out = result.pointer.assumingMemoryBound(to: Int.self)
      for i in 0..<hits.count { out[i] = places[i] / steps[d] % sizes[d] }
      return result
    }
  }

  /// The elements that int or bool tensors name, one per dimension from the first; nil takes a
  /// dimension whole.
  public func index(_ indices: [Tensor?]) -> Tensor {
    let result: Tensor
    if let only = OnlyIndex(self, indices, "index") {
      result = Tensor(empty: only.sizes, dtype)
      Along.gather(
        self, only.dim, only.places, only.strides, into: result.viewed(only.lined), "index")
    } else {
      let place = IndexedPositions(self, indices, "index")
      result = Tensor(empty: place.sizes, dtype)
      agk_gather(
        dtype.itemSize, Int64(place.positions.count), result.pointer, pointer, place.positions)
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
    if let only = OnlyIndex(self, indices, "index_put_") {
      let data = written(values, only.sizes).viewed(only.lined)
      return Along.scatter(
        accumulate ? .AGK_SCATTER_ADD : .AGK_SCATTER_SET, data, data.strides, into: self,
        only.dim, only.places, only.strides, only.lined, "index_put_")
    }
    let place = IndexedPositions(self, indices, "index_put_")
    let data = written(values, place.sizes)
    if accumulate {
      agk_scatter_add(
        dtype.kernel, Int64(place.positions.count), pointer, place.positions, data.pointer)
    } else {
      agk_scatter(
        dtype.itemSize, Int64(place.positions.count), pointer, place.positions, data.pointer)
    }
  }
}

extension Tensor {
  /// The values that are written to the shape `sizes`, densely; refuses what cannot be broadcast.
  private func written(_ values: Tensor, _ sizes: Dims) -> Tensor {
    guard Broadcast.isExpandable(values.sizes, to: sizes) else {
      refuse(
        "index_put_",
        "shape mismatch: value tensor of shape \(values.sizes) cannot be broadcast to indexing "
          + "result of shape \(sizes)")
    }
    let own = values.storage === storage ? values.freshCopy() : values
    return own.converted(to: dtype).expandedData(sizes)
  }
}

/// An index of whole numbers for one dimension, the others whole: the slices of that dimension.
private struct OnlyIndex {
  let dim: Int
  /// The positions, counted from the front, as a vector.
  let places: Tensor
  /// The strides of `places` in the shape `lined`.
  let strides: Dims
  /// The shape of what is indexed, the index's dimensions in place of its own.
  let sizes: Dims
  /// The same with the index's dimensions joined into one.
  let lined: Dims

  init?(_ x: Tensor, _ indices: [Tensor?], _ operation: String) {
    let named = indices.indices.filter { indices[$0] != nil }
    guard named.count == 1, let index = indices[named[0]], index.dtype != .bool else { return nil }
    index.checkIsIndex(operation)
    dim = named[0]
    let size = x.sizes[dim]
    let d = dim
    places = Along.wrapped(index, size, operation) {
      "index \($0) is out of bounds for dimension \(d) with size \(size)"
    }.viewed(Dims([index.count]))
    var joined = x.sizes
    joined[dim] = index.count
    lined = joined
    sizes = Dims(x.sizes[..<dim] + index.shape + x.shape[(dim + 1)...])
    strides = Along.strides(places, along: dim, rank: joined.count)
  }
}

// MARK: - Derivatives

final class AliasBackward0: Node {
  override func backward(_ g: Tensor) -> Gradients { Gradients(g) }
}

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
