// Order along a dimension: sorted elements, the greatest k, the k-th smallest.

internal import CKernels
internal import GraphModel

extension Tensor {
  /// The elements in order along a dimension, and where they came from.
  ///
  /// Equal elements keep their order whether `stable` asks for it or not, NaN counts as the largest.
  /// Any dtype.
  public func sort(dim: Int = -1, descending: Bool = false, stable: Bool? = nil)
    -> ValuesAndIndices
  {
    let (values, indices) = sorted(wrap(dim, "sort"), descending)
    // PyTorch has an overload for `stable`, and a node of its own for it.
    return select(values, indices, dim, true) {
      stable == nil ? SortBackward0($0) : SortBackward1($0)
    }
  }

  /// The positions that would put a dimension in order: int64, stable.
  public func argsort(dim: Int = -1, descending: Bool = false) -> Tensor {
    endsHistory("argsort")
    return sorted(wrap(dim, "argsort"), descending).indices
  }

  /// The elements in order along the first dimension.
  public func msort() -> Tensor { sort(dim: 0).values }

  /// The `k` largest, or smallest, elements along a dimension, in order, and where they were.
  ///
  /// PyTorch leaves the order open unless `sorted`; it is the same here. Not bool.
  public func topk(_ k: Int, dim: Int = -1, largest: Bool = true, sorted: Bool = true)
    -> ValuesAndIndices
  {
    let d = wrap(dim, "topk")
    guard k >= 0, k <= (sizes.count > 0 ? sizes[d] : 1) else {
      refuse("topk", "selected index k out of range: \(k) along dimension \(d) of shape \(sizes)")
    }
    if dtype == .bool { refuse("topk", "does not support bool dtypes on CPU") }
    let (values, indices) = self.sorted(d, largest, first: k)
    return select(values, indices, dim, true) { TopkBackward0($0) }
  }

  /// The `k`-th smallest elements along a dimension, counted from 1, and where they are.
  ///
  /// Not bool.
  public func kthvalue(_ k: Int, dim: Int = -1, keepdim: Bool = false) -> ValuesAndIndices {
    let d = wrap(dim, "kthvalue")
    guard k >= 1, k <= (sizes.count > 0 ? sizes[d] : 1) else {
      refuse(
        "kthvalue",
        "selected number k out of range for dimension \(d): \(k), and the shape is \(sizes)")
    }
    if dtype == .bool, sizes.count > 0 { refuse("kthvalue", "not implemented for 'Bool'") }
    let (values, indices) = ranked(d, keepdim) { _ in k - 1 }
    return select(values, indices, dim, keepdim) { KthvalueBackward0($0) }
  }

  /// The elements along dimension `d` in order, or the first of them, without history.
  func sorted(_ d: Int, _ descending: Bool, first: Int? = nil) -> (values: Tensor, indices: Tensor)
  {
    let runs = Runs(self, along: d)
    let count = first ?? runs.length
    let values = Tensor(empty: runs.sizes(count), dtype)
    let indices = Tensor(empty: runs.sizes(count), .int64)
    guard values.count > 0 else { return (runs.restore(values), runs.restore(indices)) }
    runs.forEach { run, elements, scratch in
      agk_topk(
        dtype.kernel, descending, Int64(runs.length), Int64(count),
        values.pointer + run * count * dtype.itemSize, indices.int64Pointer + run * count,
        elements, scratch)
    }
    return (runs.restore(values), runs.restore(indices))
  }

  /// From each run along dimension `d` the element at the place in order that `rank` says, from 0.
  func ranked(
    _ d: Int, _ keepdim: Bool, rank: (_ run: UnsafeMutableRawPointer) -> Int
  ) -> (values: Tensor, indices: Tensor) {
    choice(d, keepdim) { runs, elements, scratch in
      Int(
        agk_position_of_rank(
          dtype.kernel, Int64(runs.length), Int64(rank(elements)), elements, scratch))
    }
  }

  /// From each run along dimension `d`, in order, the element at the place that `choose` says.
  func chosen(
    _ d: Int, _ keepdim: Bool, choose: (_ sorted: Tensor) -> Int
  ) -> (values: Tensor, indices: Tensor) {
    choice(d, keepdim) { runs, elements, scratch in
      let sorted = Tensor(empty: Dims([runs.length]), dtype)
      let positions = Tensor(empty: Dims([runs.length]), .int64)
      agk_sort(
        dtype.kernel, false, Int64(runs.length), sorted.pointer, positions.int64Pointer, elements,
        scratch)
      return Int(positions.int64Pointer[choose(sorted)])
    }
  }

  /// From each run along dimension `d` the element at the position that `position` says.
  private func choice(
    _ d: Int, _ keepdim: Bool,
    position: (
      _ runs: Runs, _ elements: UnsafeMutableRawPointer, _ scratch: UnsafeMutableRawPointer
    ) -> Int
  ) -> (values: Tensor, indices: Tensor) {
    let dims = ReducedDims(self, [d], keepdim, "select")
    let values = Tensor(empty: dims.resultSizes, dtype)
    let indices = Tensor(empty: dims.resultSizes, .int64)
    let runs = Runs(self, along: d)
    let item = dtype.itemSize
    runs.forEach { run, elements, scratch in
      let place = position(runs, elements, scratch)
      (values.pointer + run * item).copyMemory(from: elements + place * item, byteCount: item)
      indices.int64Pointer[run] = Int64(place)
    }
    return (values, indices)
  }
}

/// A tensor's runs along a dimension, each in one piece.
private struct Runs {
  private let data: Tensor
  private let dim: Int
  let length: Int

  init(_ x: Tensor, along d: Int) {
    dim = d
    length = x.sizes.count > 0 ? x.sizes[d] : 1
    data =
      d >= x.sizes.count - 1
      ? x.contiguousData()
      : Reduction.reducedLast(x, ReducedDims(x.sizes, keepdim: false) { $0 == d })
  }

  /// The shape of a result that has `count` elements of each run, which come last.
  func sizes(_ count: Int) -> Dims {
    var sizes = data.sizes
    if sizes.count > 0 { sizes[sizes.count - 1] = count }
    return sizes
  }

  /// Puts the runs of such a result back to where they were.
  func restore(_ result: Tensor) -> Tensor {
    let last = data.sizes.count - 1
    guard dim < last else { return result }
    return noGrad { result.movedim(last, dim).clone(contiguous: true) }
  }

  /// Calls `body` for each run, possibly for several at the same time, with memory to sort it in.
  func forEach(
    _ body: (
      _ run: Int, _ elements: UnsafeMutableRawPointer, _ scratch: UnsafeMutableRawPointer
    ) -> Void
  ) {
    guard data.count > 0 else { return }
    let item = data.dtype.itemSize
    Parallel.forEach(data.count / length, elements: 4 * length) { part in
      let scratch = Storage.allocate(
        byteCount: 4 * length * Swift.max(item, 4), for: "sorting \(length) elements")
      for run in part { body(run, data.pointer + run * length * item, scratch.bytes) }
      withExtendedLifetime(scratch) {}
    }
  }
}

// MARK: - Derivatives

/// A choice of several elements along a dimension, which stays.
class OrderNode: SelectionNode {
  override final var attributes: [String: AttributeValue] {
    ["dim": .int(settings.dim), "self_sym_sizes": .ints(settings.sizes.array)]
  }
}

final class SortBackward0: OrderNode {}
final class SortBackward1: OrderNode {}
final class TopkBackward0: OrderNode {}
final class KthvalueBackward0: SelectionNode {}
