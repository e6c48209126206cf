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
    sorted(wrap(dim, "argsort"), descending).indices
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
    if dtype == .bool { refuse("topk", "does not support bool dtypes on CPU") }
    guard k >= 0, k <= (sizes.count > 0 ? sizes[d] : 1) else {
      refuse("topk", "selected index k out of range: \(k) along dimension \(d) of shape \(sizes)")
    }
    let (values, indices) = self.sorted(d, largest, first: k)
    return select(values, indices, dim, true) { TopkBackward0($0) }
  }

  /// The `k`-th smallest elements along a dimension, counted from 1, and where they are.
  public func kthvalue(_ k: Int, dim: Int = -1, keepdim: Bool = false) -> ValuesAndIndices {
    let d = wrap(dim, "kthvalue")
    guard k >= 1, k <= (sizes.count > 0 ? sizes[d] : 1) else {
      refuse(
        "kthvalue",
        "selected number k out of range for dimension \(d): \(k), and the shape is \(sizes)")
    }
    let (values, indices) = chosen(d, keepdim) { _, _ in k - 1 }
    return select(values, indices, dim, keepdim) { KthvalueBackward0($0) }
  }

  /// The elements along dimension `d` in order, or the first of them, without history.
  func sorted(_ d: Int, _ descending: Bool, first: Int? = nil) -> (values: Tensor, indices: Tensor)
  {
    var resultSizes = sizes
    if let first, sizes.count > 0 { resultSizes[d] = first }
    let values = Tensor(empty: resultSizes, dtype)
    let indices = Tensor(empty: resultSizes, .int64)
    let layout = ReducedLayout(self, along: d)
    guard values.count > 0 else { return (values, indices) }
    let item = dtype.itemSize
    let length = layout.length
    let scratch = Storage.allocate(
      byteCount: 4 * length * Swift.max(item, 4), for: "sorting \(length) elements")
    // Of part of a run all is sorted aside, then the part copied.
    let part = first.flatMap { $0 < length ? $0 : nil }
    let aside = part.map { _ in
      (Tensor(empty: Dims([length]), dtype), Tensor(empty: Dims([length]), .int64))
    }
    for o in 0..<layout.outer {
      for i in 0..<layout.inner {
        let run = layout.data.pointer + (o * length * layout.inner + i) * item
        let start = o * (part ?? length) * layout.inner + i
        let out = aside?.0.pointer ?? values.pointer + start * item
        let positions = aside?.1.int64Pointer ?? indices.int64Pointer + start
        agk_sort(
          dtype.kernel, descending, Int64(length), out, positions,
          Int64(part == nil ? layout.inner : 1), run, Int64(layout.inner), scratch.bytes)
        if let part {
          agk_convert(
            dtype.kernel, dtype.kernel, Int64(part), values.pointer + start * item,
            Int64(layout.inner), out, 1)
          agk_convert(
            .AGK_INT64, .AGK_INT64, Int64(part), indices.pointer + start * 8,
            Int64(layout.inner), positions, 1)
        }
      }
    }
    return (values, indices)
  }

  /// From each run along dimension `d`, in order, the element at the place that `choose` says.
  ///
  /// `choose` is given the sorted run and the dense steps of its elements.
  func chosen(
    _ d: Int, _ keepdim: Bool, choose: (_ run: Tensor, _ positions: Tensor) -> Int
  ) -> (values: Tensor, indices: Tensor) {
    let dims = ReducedDims(self, [d], keepdim, "select")
    let values = Tensor(empty: dims.resultSizes, dtype)
    let indices = Tensor(empty: dims.resultSizes, .int64)
    let layout = ReducedLayout(self, along: d)
    let length = layout.length
    let item = dtype.itemSize
    let run = Tensor(empty: Dims([length]), dtype)
    let positions = Tensor(empty: Dims([length]), .int64)
    let scratch = Storage.allocate(
      byteCount: 4 * length * Swift.max(item, 4), for: "sorting \(length) elements")
    for o in 0..<layout.outer {
      for i in 0..<layout.inner {
        agk_sort(
          dtype.kernel, false, Int64(length), run.pointer, positions.int64Pointer, 1,
          layout.data.pointer + (o * length * layout.inner + i) * item, Int64(layout.inner),
          scratch.bytes)
        let place = choose(run, positions)
        let result = o * layout.inner + i
        (values.pointer + result * item).copyMemory(
          from: run.pointer + place * item, byteCount: item)
        indices.int64Pointer[result] = positions.int64Pointer[place]
      }
    }
    return (values, indices)
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
