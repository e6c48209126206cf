// Counts of values, distinct values, and places in sorted ones. None has a derivative.

internal import CKernels

/// Distinct elements: `unique` and `uniqueConsecutive`.
public struct DistinctElements {
  /// The elements, each once.
  public let values: Tensor
  /// For each element of the input, where it is among `values`: int64.
  public let inverse: Tensor
  /// How often each of `values` occurs: int64.
  public let counts: Tensor
}

extension Tensor {
  /// How often each whole number from 0 occurs, or the sums of their weights.
  ///
  /// One dimension of non-negative integers. int64; with weights float32 if these are, else float64.
  public func bincount(weights: Tensor? = nil, minlength: Int = 0) -> Tensor {
    guard minlength >= 0 else {
      refuse("bincount", "minlength should be >= 0, not \(minlength)")
    }
    guard !dtype.isFloatingPoint, dtype != .bool else {
      refuse("bincount", "not implemented for \(dtype.name)")
    }
    let places = converted(to: .int64).contiguousData()
    guard sizes.count == 1, count == 0 || places.min().item(as: Int.self) >= 0 else {
      refuse(
        "bincount", "only supports 1-d non-negative integral inputs, not those of shape \(sizes)")
    }
    if let weights, weights.sizes != sizes {
      refuse(
        "bincount", "weights should be 1-d and have the same length as input: \(weights.sizes)")
    }
    let length = Swift.max(minlength, count == 0 ? 0 : places.max().item(as: Int.self) + 1)
    guard let weights else {
      let result = Tensor(empty: Dims([length]), .int64)
      agk_count_places(
        Int64(count), places.int64Pointer, Int64(length), result.int64Pointer)
      return result
    }
    let added = weights.converted(to: weights.dtype == .float32 ? .float32 : .float64)
      .contiguousData()
    let result = Tensor.full(Dims([length]), .int(0), added.dtype)
    agk_scatter_add(
      added.dtype.kernel, Int64(count), result.pointer, places.int64Pointer, added.pointer)
    return result
  }

  /// How many elements fall into each of `bins` equal parts of the range from `min` to `max`.
  ///
  /// The elements' own range when the two are equal; what is outside is not counted. Floating point
  /// only, and so are the counts.
  public func histc(bins: Int = 100, min: Double = 0, max: Double = 0) -> Tensor {
    guard dtype.isFloatingPoint else { refuse("histc", "not implemented for \(dtype.name)") }
    guard bins > 0 else { refuse("histc", "bins must be > 0, but got \(bins)") }
    endsHistory("histc")
    guard max >= min else { refuse("histc", "max must be larger than min") }
    var (low, high) = (min, max)
    if low == high, count > 0 {
      (low, high) = (alias().min().item(), alias().max().item())
    }
    guard low.isFinite, high.isFinite else {
      refuse("histc", "range of [\(low), \(high)] is not finite")
    }
    if low == high { (low, high) = (low - 1, high + 1) }
    let edges = Tensor.linspace(low, high, steps: bins + 1, dtype: dtype).converted(to: .float64)
    let elements = contiguousData()
    let counts = Tensor(empty: Dims([bins]), .float64)
    agk_histogram(
      dtype.kernel, Int64(count), elements.pointer, Int64(bins), edges.doublePointer, low, high,
      counts.doublePointer)
    return counts.converted(to: dtype)
  }

  /// Where each of `values` would go in sorted runs so that they stay sorted: int64, or int32.
  ///
  /// - Parameters:
  ///   - values: what to look for; its shape is the result's.
  ///   - right: behind equal elements rather than before them.
  ///   - outInt32: int32 for the result.
  ///   - sorter: the positions that sort this tensor, if it is not sorted.
  /// - Returns: the places along the last dimension. This tensor has one dimension, or all but its
  ///   last are those of `values`.
  public func searchsorted(
    _ values: Tensor, right: Bool = false, outInt32: Bool = false, sorter: Tensor? = nil
  ) -> Tensor {
    guard
      sizes.count == 1
        || (sizes.count == values.sizes.count && sizes.count > 0
          && shape.dropLast() == values.shape.dropLast())
    else {
      refuse(
        "searchsorted",
        "boundaries tensor should be 1 dimension or the first N-1 dimensions of boundaries tensor "
          + "and input value tensor must match, but we got boundaries tensor \(sizes) and input "
          + "value tensor \(values.sizes)")
    }
    if let sorter, sorter.sizes != sizes || sorter.dtype != .int64 {
      refuse(
        "searchsorted", "boundary and sorter must have the same size: \(sizes), \(sorter.sizes)")
    }
    endsHistory("searchsorted")
    values.endsHistory("searchsorted")
    let boundaries = sorter.map { alias().gather(dim: -1, index: $0) } ?? self
    let isFloating = dtype.isFloatingPoint || values.dtype.isFloatingPoint
    let common = !isFloating ? DType.int64 : dtype == values.dtype ? dtype : .float64
    let runs = boundaries.converted(to: common).contiguousData()
    let wanted = values.converted(to: common).contiguousData()
    let result = Tensor(empty: values.sizes, .int64)
    if wanted.count > 0 {
      agk_search(
        common.kernel, right, Int64(wanted.count), result.int64Pointer, wanted.pointer,
        Int64(runs.size(-1)), runs.pointer,
        Int64(runs.sizes.count == 1 ? wanted.count : wanted.size(-1)))
    }
    return outInt32 ? result.converted(to: .int32) : result
  }

  /// Between which of the sorted `boundaries` each element lies: int64, or int32.
  ///
  /// With `right` an element equal to a boundary lies behind it.
  public func bucketize(_ boundaries: Tensor, right: Bool = false, outInt32: Bool = false) -> Tensor
  {
    guard boundaries.sizes.count == 1 else {
      refuse(
        "bucketize",
        "boundaries tensor must be 1 dimension, but got dim(\(boundaries.sizes.count)): shape "
          + "\(boundaries.sizes)")
    }
    return boundaries.searchsorted(self, right: right, outInt32: outInt32)
  }
}

// MARK: - Distinct elements

extension Tensor {
  /// The distinct elements in order, or with `dim` the distinct parts along it.
  ///
  /// NaN differs from every NaN.
  public func unique(dim: Int? = nil) -> DistinctElements {
    distinct(dim, sorts: true, "unique") {
      dim == nil ? Unique2Backward0("_unique2") : UniqueDimBackward0("unique_dim")
    }
  }

  /// The elements without those that equal the one before, or with `dim` the parts along it.
  public func uniqueConsecutive(dim: Int? = nil) -> DistinctElements {
    distinct(dim, sorts: false, "unique_consecutive") {
      dim == nil
        ? UniqueConsecutiveBackward0("unique_consecutive")
        : UniqueDimConsecutiveBackward0("unique_dim_consecutive")
    }
  }

  private func distinct(
    _ dim: Int?, sorts: Bool, _ operation: String, node: () -> Node
  ) -> DistinctElements {
    let found = distinct(dim, sorts: sorts, operation)
    return DistinctElements(
      values: .recorded(found.values, self, makeNode: node), inverse: found.inverse,
      counts: found.counts)
  }

  private func distinct(_ dim: Int?, sorts: Bool, _ operation: String) -> DistinctElements {
    noGrad {
      guard let dim else {
        return distinctElements(sorts: sorts)
      }
      let d = wrap(dim, operation)
      let first = detach().transpose(0, d).contiguous()
      let length = first.size(0)
      let width = Swift.max(first.count / Swift.max(length, 1), 1)
      let found = first.reshape([length, width]).distinctRows(sorts: sorts)
      let values = found.values.reshape([found.values.size(0)] + first.shape.dropFirst())
      return DistinctElements(
        values: values.transpose(0, d).contiguous(), inverse: found.inverse, counts: found.counts)
    }
  }

  private func distinctElements(sorts: Bool) -> DistinctElements {
    let flat = detach().reshape([-1])
    let sorted = sorts ? flat.sorted(0, false) : nil
    let elements = sorted?.values ?? flat.contiguousData()
    let values = Tensor(empty: flat.sizes, dtype)
    let inverse = Tensor(empty: sizes, .int64)
    let counts = Tensor(empty: flat.sizes, .int64)
    let length = Int(
      agk_distinct(
        dtype.kernel, Int64(count), elements.pointer, sorted?.indices.int64Pointer, values.pointer,
        inverse.int64Pointer, counts.int64Pointer))
    return DistinctElements(
      values: values.narrow(dim: 0, start: 0, length: length).clone(), inverse: inverse,
      counts: counts.narrow(dim: 0, start: 0, length: length).clone())
  }

  /// The distinct rows of a matrix.
  private func distinctRows(sorts: Bool) -> DistinctElements {
    let rows = sizes[0]
    // Sorted by the last column first: each stable sort keeps what the later columns say.
    var order = Tensor.arange(rows)
    if sorts {
      for column in (0..<sizes[1]).reversed() {
        let keys = select(dim: 1, index: column).gather(dim: 0, index: order)
        order = order.gather(dim: 0, index: keys.argsort())
      }
    }
    let positions = order.int64Pointer
    var starts: [Int64] = []
    var ends: [Int64] = []
    let inverse = Tensor(empty: Dims([rows]), .int64)
    for i in 0..<rows {
      let row = Int(positions[i])
      if i == 0 || !areRowsEqual(row, Int(positions[i - 1])) {
        starts.append(positions[i])
        ends.append(Int64(i))
      }
      ends[ends.count - 1] = Int64(i + 1)
      inverse.int64Pointer[row] = Int64(starts.count - 1)
    }
    var before: Int64 = 0
    let counts = ends.map { end in
      defer { before = end }
      return Int(end - before)
    }
    let kept = Tensor(starts.map(Int.init), dtype: .int64)
    return DistinctElements(
      values: index([kept]), inverse: inverse, counts: Tensor(counts, dtype: .int64))
  }

  private func areRowsEqual(_ a: Int, _ b: Int) -> Bool {
    for column in 0..<sizes[1] {
      let x = element(at: a * strides[0] + column * strides[1])
      let y = element(at: b * strides[0] + column * strides[1])
      if dtype == .int64 ? x.int != y.int : x.double != y.double { return false }
    }
    return true
  }
}

// PyTorch has nodes for distinct elements, and derivatives for none of them.
final class Unique2Backward0: NotImplemented {}
final class UniqueDimBackward0: NotImplemented {}
final class UniqueConsecutiveBackward0: NotImplemented {}
final class UniqueDimConsecutiveBackward0: NotImplemented {}
