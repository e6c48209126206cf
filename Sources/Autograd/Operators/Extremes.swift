// The largest and smallest elements and where they are.

internal import CKernels
internal import GradientJournal
internal import GraphModel

/// The smallest and the largest elements: `aminmax`.
public struct MinimumAndMaximum {
  /// The smallest.
  public let min: Tensor
  /// The largest.
  public let max: Tensor
}

extension Tensor {
  /// The largest element, without dimensions; NaN where there is one.
  public func max() -> Tensor { extreme(.AGK_MAX, "max") { MaxBackward1() } }

  /// The smallest element, without dimensions; NaN where there is one.
  public func min() -> Tensor { extreme(.AGK_MIN, "min") { MinBackward1() } }

  /// The largest elements along a dimension and the first places that have them.
  public func max(dim: Int, keepdim: Bool = false) -> ValuesAndIndices {
    let (values, indices) = extremes(.AGK_MAX, dim, keepdim, "max")
    return select(values, indices, dim, keepdim) { MaxBackward0($0) }
  }

  /// The smallest elements along a dimension and the first places that have them.
  public func min(dim: Int, keepdim: Bool = false) -> ValuesAndIndices {
    let (values, indices) = extremes(.AGK_MIN, dim, keepdim, "min")
    return select(values, indices, dim, keepdim) { MinBackward0($0) }
  }

  /// Where the largest element is, counted through all in row-major order: int64.
  public func argmax() -> Tensor { positionOfExtreme(.AGK_MAX, "argmax") }

  /// Where the smallest element is, counted through all in row-major order: int64.
  public func argmin() -> Tensor { positionOfExtreme(.AGK_MIN, "argmin") }

  /// Where the largest elements along a dimension are, the first ones: int64.
  public func argmax(dim: Int, keepdim: Bool = false) -> Tensor {
    extremes(.AGK_MAX, dim, keepdim, "argmax").indices
  }

  /// Where the smallest elements along a dimension are, the first ones: int64.
  public func argmin(dim: Int, keepdim: Bool = false) -> Tensor {
    extremes(.AGK_MIN, dim, keepdim, "argmin").indices
  }

  /// The smallest and the largest elements, over one dimension or all.
  public func aminmax(dim: Int? = nil, keepdim: Bool = false) -> MinimumAndMaximum {
    let dims = ReducedDims(self, dim.map { [$0] } ?? [], keepdim, "aminmax")
    guard dims.reducedCount > 0 || (dim != nil && dims.resultSizes.product == 0) else {
      refuse(
        "aminmax",
        "cannot compute aminmax over an empty dimension as the operation has no identity: shape "
          + "\(sizes)")
    }
    let smallest = Reduction.reduce(.AGK_MIN, self, dims)
    let largest = Reduction.reduce(.AGK_MAX, self, dims)
    if isRecording(self) {
      let node = AminmaxBackward0(dims, dim: dim)
      node.addEdge(to: self)
      node.save(.input(self), 0)
      node.save(.result(smallest), 1)
      node.save(.result(largest), 2)
      node.adopt([smallest, largest])
    }
    return MinimumAndMaximum(min: smallest, max: largest)
  }

  /// Whether all elements are not zero: bool, without dimensions.
  public func all() -> Tensor {
    truth(.AGK_ALL, ReducedDims(self, [], false, "all"), "all")
  }

  /// Whether any element is not zero: bool, without dimensions.
  public func any() -> Tensor {
    truth(.AGK_ANY, ReducedDims(self, [], false, "any"), "any")
  }

  /// Whether all elements over some dimensions are not zero: bool.
  public func all(dim: [Int], keepdim: Bool = false) -> Tensor {
    truth(.AGK_ALL, ReducedDims(self, dim, keepdim, "all"), "all")
  }

  /// Whether any element over some dimensions is not zero: bool.
  public func any(dim: [Int], keepdim: Bool = false) -> Tensor {
    truth(.AGK_ANY, ReducedDims(self, dim, keepdim, "any"), "any")
  }

  /// Whether all elements along a dimension are not zero: bool.
  public func all(dim: Int, keepdim: Bool = false) -> Tensor { all(dim: [dim], keepdim: keepdim) }

  /// Whether any element along a dimension is not zero: bool.
  public func any(dim: Int, keepdim: Bool = false) -> Tensor { any(dim: [dim], keepdim: keepdim) }

  private func truth(_ op: agk_reduce_op, _ dims: ReducedDims, _ operation: String) -> Tensor {
    endsHistory(operation)
    return Reduction.reduce(op, self, dims)
  }
}

// MARK: - Computing

extension Tensor {
  private func extreme(_ op: agk_reduce_op, _ operation: String, node: () -> Node) -> Tensor {
    checkNotEmpty(operation)
    let result = Reduction.reduce(op, self, ReducedDims(self, [], false, operation))
    return sharedEvenly(result, node: node)
  }

  /// Records a result whose gradient goes to all elements that equal it, in even shares.
  func sharedEvenly(_ result: Tensor, node: () -> Node) -> Tensor {
    if isRecording(self) {
      let node = node()
      node.addEdge(to: self)
      node.save(.result(result), EvenShareNode.resultSlot)
      node.save(.input(self), EvenShareNode.selfSlot)
      node.adopt(result)
    }
    return result
  }

  private func positionOfExtreme(_ op: agk_reduce_op, _ operation: String) -> Tensor {
    checkNotBool(operation)
    checkNotEmpty(operation)
    endsHistory(operation)
    let data = contiguousData()
    let result = Tensor(empty: Dims(), .int64)
    result.int64Pointer[0] = agk_arg_reduce(op, dtype.kernel, Int64(count), data.pointer, 1)
    return result
  }

  private func checkNotBool(_ operation: String) {
    if dtype == .bool { refuse(operation, "does not support bool input") }
  }

  private func checkNotEmpty(_ operation: String) {
    guard count > 0 else {
      refuse(
        operation,
        "Expected reduction dim to be specified for input.numel() == 0: shape \(sizes). Specify "
          + "the reduction dim with the 'dim' argument.")
    }
  }

  /// Refuses a dimension without elements where each run must give one.
  func checkDimension(_ d: Int, _ operation: String) {
    guard sizes.count == 0 || sizes[d] > 0 else {
      refuse(
        operation, "Expected reduction dim \(d) to have non-zero size, but the shape is \(sizes)")
    }
  }

  private func extremes(
    _ op: agk_reduce_op, _ dim: Int, _ keepdim: Bool, _ operation: String
  ) -> (values: Tensor, indices: Tensor) {
    if operation.hasPrefix("arg") {
      checkNotBool(operation)
      endsHistory(operation)
    }
    let dims = ReducedDims(self, [dim], keepdim, operation)
    checkDimension(wrap(dim, operation), operation)
    let layout = ReducedLayout(self, dims)
    let values = Tensor(empty: dims.resultSizes, dtype)
    let indices = Tensor(empty: dims.resultSizes, .int64)
    agk_extremes(
      op, dtype.kernel, false, Int64(layout.outer), Int64(layout.length), Int64(layout.inner),
      values.pointer, indices.int64Pointer, layout.data.pointer)
    return (values, indices)
  }

  /// Records that `values` were chosen along a dimension by position.
  func select(
    _ values: Tensor, _ indices: Tensor, _ dim: Int, _ keepdim: Bool,
    node: (SelectionSettings) -> SelectionNode
  ) -> ValuesAndIndices {
    if isRecording(self) {
      let node = node(SelectionSettings(sizes: sizes, dim: dim, keepdim: keepdim))
      node.addEdge(to: self)
      node.save(.input(indices), 0)
      node.adopt(values)
      endsHistory(
        "indices of \(node.name.prefix { $0.isLetter }.dropLast("Backward".count).lowercased())")
    }
    return ValuesAndIndices(values: values, indices: indices)
  }
}

// MARK: - Derivatives

/// What an operator that chooses along a dimension was called with.
struct SelectionSettings {
  let sizes: Dims
  let dim: Int
  /// Whether the dimension stays, as it always does where more than one element is chosen.
  let keepdim: Bool
}

/// The gradient goes to the places that were chosen along a dimension.
///
/// Source: value_selecting_reduction_backward in torch/csrc/autograd/FunctionsManual.cpp.
class SelectionNode: Node {
  final let settings: SelectionSettings

  required init(_ settings: SelectionSettings) {
    self.settings = settings
    super.init()
  }

  override final class var savedNames: [String] { ["indices"] }
  override var attributes: [String: AttributeValue] {
    [
      "dim": .int(settings.dim), "keepdim": .bool(settings.keepdim),
      "self_sym_sizes": .ints(settings.sizes.array),
    ]
  }

  override final func backward(_ g: Tensor) -> Gradients {
    let dim = settings.dim
    var indices = savedValue(0)
    let zeros = Tensor.full(settings.sizes, .int(0), g.dtype)
    guard !settings.keepdim, settings.sizes.count > 0 else {
      return Gradients(zeros.scatter(dim: dim, index: indices, src: g))
    }
    let gradient = g.unsqueeze(dim < 0 ? dim + settings.sizes.count : dim)
    indices = indices.unsqueeze(dim < 0 ? dim + settings.sizes.count : dim)
    return Gradients(zeros.scatter(dim: dim, index: indices, src: gradient))
  }
}

final class MaxBackward0: SelectionNode {}
final class MinBackward0: SelectionNode {}

/// The gradient of one number goes in equal parts to the elements that equal it.
class EvenShareNode: Node {
  static let resultSlot = 0
  static let selfSlot = 1
  override final class var savedNames: [String] { ["result", "self"] }

  override final func backward(_ g: Tensor) -> Gradients {
    let x = savedValue(EvenShareNode.selfSlot)
    let result = savedValue(EvenShareNode.resultSlot)
    let mask = result.item().isNaN ? x.ne(x) : x.eq(result)
    let zeros = Tensor.full(x.sizes, .int(0), x.dtype)
    return Gradients(zeros.maskedFill(mask, g / mask.sum()))
  }
}

final class MaxBackward1: EvenShareNode {}
final class MinBackward1: EvenShareNode {}

final class AminmaxBackward0: Node {
  private let dims: ReducedDims
  private let dim: Int?

  init(_ dims: ReducedDims, dim: Int?) {
    self.dims = dims
    self.dim = dim
    super.init()
  }

  override class var savedNames: [String] { ["self", "min", "max"] }
  override var attributes: [String: AttributeValue] {
    ["dim": dim.map { .int($0) } ?? .none, "keepdim": .bool(dims.keepdim)]
  }

  override func backward(_ gradients: consuming Gradients) throws(AutogradError) -> Gradients {
    let x = savedValue(0)
    func share(_ g: Tensor, _ slot: Int) -> Tensor {
      let mask = x.eq(dims.restore(savedValue(slot)))
      let reduced = x.sizes.indices.filter(dims.isReduced)
      let winners = mask.sum(dim: reduced, keepdim: true)
      // As PyTorch has it, by a view rather than by inserting the dimension.
      let gradient = dims.keepdim || x.sizes.count == 0 ? g : g.view(winners.shape)
      return (gradient / winners) * mask
    }
    return .sum(gradients[0].map { share($0, 1) }, gradients[1].map { share($0, 2) })
  }
}
