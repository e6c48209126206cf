// Reductions: sum, mean, amax, amin, logsumexp over all or some dimensions.

internal import CKernels
internal import GraphModel

/// Which dimensions a reduction runs over, and the shapes before and after.
struct ReducedDims {
  /// The dimensions as the caller named them, for attributes.
  let named: Dims
  let keepdim: Bool
  let sizes: Dims
  /// A bit for each reduced dimension, counted from the front.
  private let marks: UInt32

  init(_ x: Tensor, _ dims: some Collection<Int>, _ keepdim: Bool, _ operation: String) {
    var marks: UInt32 = dims.isEmpty ? (1 << UInt32(x.sizes.count)) - 1 : 0
    for dim in dims {
      let d = x.wrap(dim, operation)
      guard x.sizes.count > 0 else { continue }
      guard marks & (1 << UInt32(d)) == 0 else {
        refuse(operation, "dim \(d) appears multiple times in the list of dims")
      }
      marks |= 1 << UInt32(d)
    }
    named = Dims(dims)
    self.marks = marks
    self.keepdim = keepdim
    sizes = x.sizes
  }

  /// Over the dimensions of `sizes` that `isReduced` marks.
  init(_ sizes: Dims, keepdim: Bool, isReduced: (Int) -> Bool) {
    var marks: UInt32 = 0
    for d in sizes.indices where isReduced(d) { marks |= 1 << UInt32(d) }
    self.marks = marks
    self.sizes = sizes
    self.keepdim = keepdim
    named = Dims()
  }

  /// The last reduced dimensions that are neighbours, and the others of what is then left.
  var lastGroupAndOthers: (last: ReducedDims, others: (Dims) -> ReducedDims) {
    var first = sizes.count - 1
    while !isReduced(first) { first -= 1 }
    while first > 0, isReduced(first - 1) { first -= 1 }
    let start = first
    let last = ReducedDims(sizes, keepdim: false) { $0 >= start && isReduced($0) }
    return (last, { ReducedDims($0, keepdim: false) { $0 < start && isReduced($0) } })
  }

  @inline(__always)
  func isReduced(_ d: Int) -> Bool { marks & (1 << UInt32(d)) != 0 }

  /// How many dimensions are reduced.
  var rank: Int { marks.nonzeroBitCount }

  /// Whether the reduced dimensions are neighbours.
  var areNeighbours: Bool {
    guard marks != 0 else { return true }
    let run = marks >> UInt32(marks.trailingZeroBitCount)
    return run & (run + 1) == 0
  }

  /// The first reduced dimension; one beyond the last when there is none.
  var first: Int { marks == 0 ? sizes.count : marks.trailingZeroBitCount }

  /// The number of elements that go into one element of the result.
  var reducedCount: Int {
    var count = 1
    for d in sizes.indices where isReduced(d) { count *= sizes[d] }
    return count
  }

  var resultSizes: Dims {
    var result = Dims()
    for d in sizes.indices {
      if !isReduced(d) { result.append(sizes[d]) } else if keepdim { result.append(1) }
    }
    return result
  }

  /// `tensor`, of the result's shape, with the reduced dimensions back in as size 1.
  func restore(_ tensor: Tensor) -> Tensor {
    guard !keepdim else { return tensor }
    var result = tensor
    for d in sizes.indices where isReduced(d) { result = result.unsqueeze(d) }
    return result
  }

  /// As `restore`, by one view, as PyTorch does it for extrema.
  func reshaped(_ tensor: Tensor) -> Tensor {
    guard !keepdim else { return tensor }
    guard named.count > 0 else { return tensor.reshape([]) }
    return tensor.reshape(sizes.indices.map { isReduced($0) ? 1 : sizes[$0] })
  }

  /// `tensor`, of the result's shape, spread over the shape before the reduction.
  func expand(_ tensor: Tensor) -> Tensor { restore(tensor).expand(sizes) }
}

extension ReducedDims: ArchivedValue {
  func archived(_ writer: inout FieldWriter) -> JSONValue {
    .object([
      .init("named", .ints(named)), .init("keepdim", .bool(keepdim)), .init("sizes", .ints(sizes)),
      .init("marks", .int(Int(marks))),
    ])
  }

  init(archived json: JSONValue, _ reader: borrowing FieldReader) throws(NodeArchiveError) {
    let members = try json.members(["named", "keepdim", "sizes", "marks"])
    let named = try [Int](archived: members[0], reader)
    keepdim = try Bool(archived: members[1], reader)
    sizes = try Dims(archived: members[2], reader)
    let marks = try Int(archived: members[3], reader)
    let rank = sizes.count
    guard marks >= 0, marks < 1 << rank else {
      throw members[3].unexpected("marks of \(rank) dimensions")
    }
    let limit = Swift.max(rank, 1)
    guard named.count <= limit, named.allSatisfy({ $0 >= -limit && $0 < limit }) else {
      throw members[0].unexpected("dimensions of a tensor of \(rank)")
    }
    self.named = Dims(named)
    self.marks = UInt32(marks)
  }
}

enum Reduction {
  /// The operation itself; of bool, sums are `any` and products are `all`.
  private static func of(_ op: agk_reduce_op, _ dtype: DType) -> agk_reduce_op {
    guard dtype == .bool else { return op }
    return op == .AGK_SUM ? .AGK_ANY : op == .AGK_PROD ? .AGK_ALL : op
  }

  /// The sum of all elements, in the order in which they lie, without history.
  static func sumOfAll(_ x: Tensor) -> Tensor {
    let result = Tensor(empty: Dims(), x.dtype)
    let data = x.isDense ? x : x.contiguousData()
    agk_reduce(
      of(.AGK_SUM, x.dtype), x.dtype.kernel, Int64(x.count), result.pointer, data.pointer, 1)
    return result
  }

  /// `x` reduced, in its own dtype (bool for ALL and ANY), without history.
  static func reduce(_ op: agk_reduce_op, _ x: Tensor, _ dims: ReducedDims) -> Tensor {
    let op = of(op, x.dtype)
    let dtype = op == .AGK_ALL || op == .AGK_ANY ? DType.bool : x.dtype
    let result = Tensor(empty: dims.resultSizes, dtype)
    if dims.rank == x.sizes.count, x.isDense {
      // All elements: in the order in which they lie.
      agk_reduce(op, x.dtype.kernel, Int64(x.count), result.pointer, x.pointer, 1)
      return result
    }
    guard x.isContiguous else {
      if let reduced = reduceInOrderOfMemory(op, x, dims) {
        Elementwise.copy(reduced, into: result)
        return result
      }
      return reduceRows(op, reducedLast(x, dims), rows: result)
    }
    guard dims.areNeighbours else {
      // The last group of neighbours, then the others: the tensor is not moved.
      let (last, others) = dims.lastGroupAndOthers
      let partly = reduce(op, x, last)
      return reduce(op, partly, others(partly.sizes)).viewed(dims.resultSizes)
    }
    // Seen as [outer, reduced, inner].
    var outer = 1
    var inner = 1
    for d in x.sizes.indices {
      if d < dims.first {
        outer *= x.sizes[d]
      } else if d >= dims.first + dims.rank {
        inner *= x.sizes[d]
      }
    }
    guard inner > 1 else { return reduceRows(op, x, rows: result) }
    let length = dims.reducedCount
    for i in 0..<outer {
      agk_reduce_columns(
        op, x.dtype.kernel, Int64(length), Int64(inner),
        result.pointer + i * inner * dtype.itemSize,
        x.pointer + i * length * inner * x.dtype.itemSize, Int64(inner))
    }
    return result
  }

  /// Reduces a tensor that is dense but for the order of its dimensions; nil for any other.
  private static func reduceInOrderOfMemory(
    _ op: agk_reduce_op, _ x: Tensor, _ dims: ReducedDims
  ) -> Tensor? {
    let order = x.sizes.indices.sorted { x.strides[$0] > x.strides[$1] }
    let sizes = Dims(order.map { x.sizes[$0] })
    let inOrder = Tensor(
      sharing: x.storage, sizes: sizes, strides: Dims(order.map { x.strides[$0] }),
      offset: x.offset, dtype: x.dtype)
    guard inOrder.isContiguous else { return nil }
    let reduced = reduce(
      op, inOrder, ReducedDims(sizes, keepdim: true) { dims.isReduced(order[$0]) })
    var resultSizes = Dims()
    var strides = Dims()
    for d in x.sizes.indices where dims.keepdim || !dims.isReduced(d) {
      resultSizes.append(dims.isReduced(d) ? 1 : x.sizes[d])
      strides.append(reduced.strides[order.firstIndex(of: d)!])
    }
    return Tensor(
      sharing: reduced.storage, sizes: resultSizes, strides: strides, offset: 0,
      dtype: reduced.dtype)
  }

  /// Reduces each of the adjacent rows of `x` to one element of `rows`.
  private static func reduceRows(_ op: agk_reduce_op, _ x: Tensor, rows: Tensor) -> Tensor {
    guard rows.count > 0 else { return rows }
    let length = x.count / rows.count
    Parallel.forEach(rows.count, elements: length) { part in
      for i in part {
        agk_reduce(
          op, x.dtype.kernel, Int64(length), rows.pointer + i * rows.dtype.itemSize,
          x.pointer + i * length * x.dtype.itemSize, 1)
      }
    }
    return rows
  }

  /// The elements of `x` with the reduced dimensions moved to the end.
  static func reducedLast(_ x: Tensor, _ dims: ReducedDims) -> Tensor {
    let order =
      x.sizes.indices.filter { !dims.isReduced($0) } + x.sizes.indices.filter(dims.isReduced)
    var sizes = Dims()
    var strides = Dims()
    for d in order {
      sizes.append(x.sizes[d])
      strides.append(x.strides[d])
    }
    return Tensor(
      sharing: x.storage, sizes: sizes, strides: strides, offset: x.offset, dtype: x.dtype
    ).contiguousData()
  }
}

// MARK: - Forward

extension Tensor {
  /// The sum of all elements, without dimensions.
  ///
  /// Integers and bool are summed as int64.
  public func sum(dtype: DType? = nil) -> Tensor {
    let result = Reduction.sumOfAll(forSum(dtype))
    if isRecording(self) {
      let node = SumBackward0(sizes)
      node.addEdge(to: self)
      node.adopt(result)
    }
    return result
  }

  /// The sums over one dimension; it stays with size 1 with `keepdim`.
  public func sum(dim: Int, keepdim: Bool = false, dtype: DType? = nil) -> Tensor {
    sum(dim: [dim], keepdim: keepdim, dtype: dtype)
  }

  /// The sums over some dimensions, all when none is named; they stay with size 1 with `keepdim`.
  public func sum(dim: [Int], keepdim: Bool = false, dtype: DType? = nil) -> Tensor {
    let dims = ReducedDims(self, dim, keepdim, "sum")
    let result = Reduction.reduce(.AGK_SUM, forSum(dtype), dims)
    if isRecording(self) {
      let node = SumBackward1(dims)
      node.addEdge(to: self)
      node.adopt(result)
    }
    return result
  }

  private func forSum(_ dtype: DType?) -> Tensor {
    if let dtype, !dtype.isFloatingPoint, isRecording(self) {
      refuse("sum", "a sum of dtype \(dtype.name) has no gradient; detach the tensor before")
    }
    return converted(to: dtype ?? (self.dtype.isFloatingPoint ? self.dtype : .int64))
  }

  /// The mean of all elements, without dimensions.
  ///
  /// Floating point only, unless `dtype` converts it before; NaN for none.
  public func mean(dtype: DType? = nil) -> Tensor {
    let elements = forMean(dtype)
    let result = Reduction.sumOfAll(elements)
    Elementwise.binary(.AGK_DIV, result, .double(Double(count)), into: result)
    if isRecording(self) {
      let node = MeanBackward0(sizes)
      node.addEdge(to: self)
      node.adopt(result)
    }
    return result
  }

  /// The means over one dimension.
  ///
  /// It stays with size 1 with `keepdim`. Floating point only, unless `dtype` converts it before.
  public func mean(dim: Int, keepdim: Bool = false, dtype: DType? = nil) -> Tensor {
    mean(dim: [dim], keepdim: keepdim, dtype: dtype)
  }

  /// The means over some dimensions, all when none is named.
  ///
  /// Floating point only, unless `dtype` converts it before.
  public func mean(dim: [Int], keepdim: Bool = false, dtype: DType? = nil) -> Tensor {
    let elements = forMean(dtype)
    let dims = ReducedDims(self, dim, keepdim, "mean")
    let result = Reduction.reduce(.AGK_SUM, elements, dims)
    Elementwise.binary(.AGK_DIV, result, .double(Double(dims.reducedCount)), into: result)
    if isRecording(self) {
      let node = MeanBackward1(dims)
      node.addEdge(to: self)
      node.adopt(result)
    }
    return result
  }

  private func forMean(_ dtype: DType?) -> Tensor {
    let elements = dtype.map { converted(to: $0) } ?? self
    elements.checkFloating("mean")
    return elements
  }

  /// The largest elements over some dimensions, all when none is named; NaN where there is one.
  public func amax(dim: [Int] = [], keepdim: Bool = false) -> Tensor {
    extremum(.AGK_MAX, dim, keepdim, "amax") { AmaxBackward0($0) }
  }

  /// The smallest elements over some dimensions, all when none is named; NaN where there is one.
  public func amin(dim: [Int] = [], keepdim: Bool = false) -> Tensor {
    extremum(.AGK_MIN, dim, keepdim, "amin") { AminBackward0($0) }
  }

  private func extremum(
    _ op: agk_reduce_op, _ dim: [Int], _ keepdim: Bool, _ name: String,
    node: (ReducedDims) -> ReductionNode
  ) -> Tensor {
    let dims = ReducedDims(self, dim, keepdim, name)
    guard dims.reducedCount > 0 else {
      let empty = dim.first { sizes[wrap($0, name)] == 0 }
      refuse(
        name,
        "Expected reduction dim\(empty.map { " \($0)" } ?? "") to have non-zero size: shape "
          + "\(sizes) has no elements to compare")
    }
    let result = Reduction.reduce(op, self, dims)
    if isRecording(self) {
      let node = node(dims)
      node.addEdge(to: self)
      node.save(.input(self), ReductionNode.selfSlot)
      node.save(.result(result), ReductionNode.resultSlot)
      node.adopt(result)
    }
    return result
  }

  /// log Σ exp over some dimensions, without overflow.
  ///
  /// Integers become float32.
  public func logsumexp(dim: [Int], keepdim: Bool = false) -> Tensor {
    let dims = ReducedDims(self, dim, keepdim, "logsumexp")
    let result: Tensor = noGrad {
      let x = converted(to: dtype.floating)
      guard x.count > 0 else { return x.exp().sum(dim: dim, keepdim: keepdim).log() }
      let top = x.amax(dim: dim, keepdim: true)
      // An infinite maximum would give NaN in the difference; PyTorch takes 0 there, too.
      let shift = top.maskedFill(top.abs().eq(Double.infinity), 0)
      let sums = (x - shift).exp().sum(dim: dim, keepdim: true).log() + shift
      return keepdim ? sums : sums.viewed(dims.resultSizes)
    }
    if isRecording(self) {
      let node = LogsumexpBackward0(dims)
      node.addEdge(to: self)
      node.save(.input(self), ReductionNode.selfSlot)
      node.save(.result(result), ReductionNode.resultSlot)
      node.adopt(result)
    }
    return result
  }

  private func checkFloating(_ operation: String) {
    guard dtype.isFloatingPoint else {
      refuse(
        operation,
        "could not infer output dtype. Input dtype must be either a floating point or complex "
          + "dtype. Got: \(dtype.name)")
    }
  }

  /// The sums that bring this tensor to a shape which can be broadcast to its own.
  public func sumToSize(_ shape: [Int]) -> Tensor {
    guard Broadcast.isExpandable(Dims(shape), to: sizes) else {
      refuse("sum_to_size", "size \(shape) is not expandable to size \(sizes).")
    }
    return sumTo(Dims(shape))
  }

  /// This tensor summed to the shape `target`, which can be broadcast to this one's.
  func sumTo(_ target: Dims) -> Tensor {
    if target.count == 0 { return sum() }
    let leading = sizes.count - target.count
    var dims = Dims()
    for d in 0..<leading { dims.append(d) }
    for d in leading..<sizes.count where target[d - leading] == 1 && sizes[d] != 1 {
      dims.append(d)
    }
    if !isRecording(self) {
      if dims.count == 0 { return self }
      let reduced = ReducedDims(self, dims, true, "sum")
      return Reduction.reduce(.AGK_SUM, self, reduced).viewed(target)
    }
    let summed = dims.count == 0 ? self : sum(dim: dims.array, keepdim: true)
    return leading > 0 ? summed.view(target.array) : summed
  }
}

// MARK: - Derivatives

final class SumBackward0: Node {
  private let sizes: Dims

  init(_ sizes: Dims) {
    self.sizes = sizes
    super.init()
  }

  override var attributes: [String: AttributeValue] { ["self_sym_sizes": .ints(sizes.array)] }
  override func backward(_ g: Tensor) -> Gradients {
    Gradients(isRecording(g) ? g.expand(sizes) : g.spread(over: sizes))
  }
}

extension Tensor {
  /// This single number in memory of its own at every place of a shape: what follows reads dense
  /// memory, which for small shapes costs less than striding over one number.
  fileprivate func spread(over sizes: Dims) -> Tensor {
    guard sizes.product <= 4096 else { return expand(sizes) }
    let result = Tensor(empty: sizes, dtype)
    agk_convert(dtype.kernel, dtype.kernel, Int64(result.count), result.pointer, 1, pointer, 0)
    return result
  }
}

final class MeanBackward0: Node {
  private let sizes: Dims

  init(_ sizes: Dims) {
    self.sizes = sizes
    super.init()
  }

  override var attributes: [String: AttributeValue] {
    ["self_sym_numel": .int(sizes.product), "self_sym_sizes": .ints(sizes.array)]
  }

  override func backward(_ g: Tensor) -> Gradients {
    let count = Scalar.int(sizes.product)
    // Recorded, the nodes are PyTorch's; if not, one number is divided rather than each.
    guard !isRecording(g) else { return Gradients(g.expand(sizes).divided(by: count)) }
    return Gradients(g.divided(by: count).spread(over: sizes))
  }
}

/// The derivative of a reduction over named dimensions.
class ReductionNode: Node {
  static let selfSlot = 0
  static let resultSlot = 1
  final let dims: ReducedDims

  init(_ dims: ReducedDims) {
    self.dims = dims
    super.init()
  }

  override var attributes: [String: AttributeValue] {
    ["dim": .ints(dims.named.array), "keepdim": .bool(dims.keepdim)]
  }
}

final class SumBackward1: ReductionNode {
  override var attributes: [String: AttributeValue] {
    super.attributes.merging(["self_sym_sizes": .ints(dims.sizes.array)]) { $1 }
  }
  override func backward(_ g: Tensor) -> Gradients { Gradients(dims.expand(g)) }
}

final class MeanBackward1: ReductionNode {
  override var attributes: [String: AttributeValue] {
    super.attributes.merging([
      "self_sym_numel": .int(dims.sizes.product), "self_sym_sizes": .ints(dims.sizes.array),
    ]) { $1 }
  }
  override func backward(_ g: Tensor) -> Gradients {
    Gradients(dims.expand(g).divided(by: .int(dims.reducedCount)))
  }
}

/// The gradient goes in equal parts to the elements that equal the extremum.
class ReducedExtremumNode: ReductionNode {
  override final class var savedNames: [String] { ["self", "result"] }

  override final func backward(_ g: Tensor) -> Gradients {
    let gradient = dims.reshaped(g)
    let winners = dims.reshaped(savedValue(ReductionNode.resultSlot))
      .eq(savedValue(ReductionNode.selfSlot))
    let reduced = dims.sizes.indices.filter(dims.isReduced)
    return Gradients(gradient / winners.sum(dim: reduced, keepdim: true) * winners)
  }
}

final class AmaxBackward0: ReducedExtremumNode {}
final class AminBackward0: ReducedExtremumNode {}

final class LogsumexpBackward0: ReductionNode {
  override class var savedNames: [String] { ["self", "result"] }

  override func backward(_ g: Tensor) -> Gradients {
    let gradient = dims.restore(g)
    let result = dims.restore(savedValue(ReductionNode.resultSlot))
    return Gradients(gradient * (savedValue(ReductionNode.selfSlot) - result).exp())
  }
}
