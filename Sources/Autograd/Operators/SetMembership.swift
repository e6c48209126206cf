// Which elements belong to a set, and which places positions mean: isin, unravel_index.

extension Tensor {
  /// Whether each element is one of `test`: a bool tensor; the opposite with `invert`.
  ///
  /// Any dtype, promoted; NaN is in no set.
  public func isin(_ test: Tensor, invert: Bool = false) -> Tensor {
    endsHistory("isin")
    test.endsHistory("isin")
    guard test.count > 0 else { return Tensor.full(sizes, .bool(invert), .bool) }
    let dtype = Elementwise.promote(.tensor(self), .tensor(test))
    if dtype == .bool { return to(.int32).isin(test.to(.int32), invert: invert) }
    let (elements, set) = (alias().contiguousData().to(dtype), test.alias().reshape([-1]).to(dtype))
    let sorted = set.maskedSelect(set.eq(set)).sort().values
    guard sorted.count > 0 else { return Tensor.full(sizes, .bool(invert), .bool) }
    let places = sorted.searchsorted(elements).clamp(max: sorted.count - 1)
    let found = sorted.take(places).eq(elements)
    return invert ? found.logicalNot() : found
  }

  /// Whether each element is a number: a bool tensor; the opposite with `invert`.
  public func isin(_ test: some ScalarConvertible, invert: Bool = false) -> Tensor {
    invert ? ne(test) : eq(test)
  }

  /// The coordinates, one tensor a dimension, of flat positions in a tensor of a shape.
  ///
  /// Integers only; positions beyond the shape wrap.
  public func unravelIndex(_ shape: [Int]) -> [Tensor] {
    guard !dtype.isFloatingPoint, dtype != .bool else {
      refuse("unravel_index", "expected 'indices' to be integer dtype, but got \(dtype.name)")
    }
    guard shape.allSatisfy({ $0 >= 0 }) else {
      refuse("unravel_index", "'shape' cannot have negative values, but got \(shape)")
    }
    return shape.indices.map { d in
      let step = shape[(d + 1)...].reduce(1, *)
      return div(Swift.max(step, 1), roundingMode: .floor).remainder(Swift.max(shape[d], 1))
    }
  }
}
