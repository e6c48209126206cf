// Indexing in PyTorch's full form, as a subscript.

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

// MARK: - Derivatives

final class AliasBackward0: Node {
  override func backward(_ g: Tensor) -> Gradients { Gradients(g) }
}
