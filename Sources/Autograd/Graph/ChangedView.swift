// Where a view that was changed in place lies in its base.

/// Where a view that was changed in place lies in its base.
///
/// The base may lie with gaps, as a tensor does that was detached from a view of another.
struct ChangedView {
  let baseSizes: Dims
  let baseStrides: Dims
  let sizes: Dims
  let strides: Dims
  /// From the base's first element, in elements.
  let offset: Int

  /// Why the view is no part of a gradient that is laid out as the base is; nil where it is one.
  var obstacle: String? {
    guard let extent = ChangedView.end(baseSizes, baseStrides, from: 0) else {
      return "the base, of shape \(baseSizes) and strides \(baseStrides), reaches beyond all memory"
    }
    // As PyTorch, which sees only what an expansion repeats.
    guard !zip(baseSizes, baseStrides).contains(where: { $0 > 1 && $1 == 0 }) else {
      return "unsupported operation: more than one element of the written-to tensor refers to a "
        + "single memory location: a view of a tensor of shape \(baseSizes) and strides "
        + "\(baseStrides) was changed in place. Please clone() the tensor before performing the "
        + "operation."
    }
    guard let end = ChangedView.end(sizes, strides, from: offset), end <= extent else {
      return "a view of shape \(sizes), strides \(strides) and offset \(offset) was changed in "
        + "place, which reaches beyond its base, of shape \(baseSizes) and strides \(baseStrides)"
    }
    return nil
  }

  /// Where the element after the last one lies; nil where no memory reaches.
  private static func end(_ sizes: Dims, _ strides: Dims, from offset: Int) -> Int? {
    guard sizes.count == strides.count, offset >= 0 else { return nil }
    guard !sizes.contains(0) else { return 0 }
    var end = offset
    for d in sizes.indices {
      let (extent, isBeyond) = (sizes[d] - 1).multipliedReportingOverflow(by: strides[d])
      guard strides[d] >= 0, !isBeyond, extent < limit, end + extent < limit else { return nil }
      end += extent
    }
    return end < limit ? end + 1 : nil
  }

  /// More elements than any memory holds.
  private static let limit = 1 << 44
}
