// The gradient of a function that is given by its values on a grid: torch.gradient.

extension Tensor {
  /// Slopes along each of `dims` by differences of neighbours at one distance, all when nil.
  ///
  /// Central differences within, one-sided ones of order `edgeOrder`, 1 or 2, at the ends. Each
  /// dimension has at least one size more than that order.
  public func gradient(
    spacing: Double = 1, dims: [Int]? = nil, edgeOrder: Int = 1
  ) -> [Tensor] {
    gradientDims(dims, edgeOrder).map { d in
      // The differences come to be in PyTorch's order.
      let central = difference(d, (2, nil), (0, -2)).divided(by: .double(spacing))
      let first: Tensor
      let last: Tensor
      if edgeOrder == 1 {
        first = difference(d, (1, 2), (0, 1)).divided(by: .double(spacing))
        last = difference(d, (-1, nil), (-2, -1)).divided(by: .double(spacing))
      } else {
        let third = at(d, 2, 3).scaled(by: .double(0.5))
        let second = at(d, 1, 2).scaled(by: .int(2))
        let start = at(d, 0, 1).scaled(by: .double(-1.5)) + second - third
        first = start.divided(by: .double(spacing))
        let ofLast = at(d, -1, nil).scaled(by: .double(1.5))
        let before = at(d, -2, -1).scaled(by: .int(2))
        let end = at(d, -3, -2).scaled(by: .double(0.5)) - before + ofLast
        last = end.divided(by: .double(spacing))
      }
      return .cat([first, central.divided(by: .int(2)), last], dim: d)
    }
  }

  /// Slopes along each of `dims` where the places along each are given as vectors.
  ///
  /// Shapes as for the other form; one-sided differences at the ends.
  public func gradient(coordinates: [Tensor], dims: [Int]? = nil) -> [Tensor] {
    let dims = gradientDims(dims, 1)
    guard coordinates.count == dims.count else {
      refuse(
        "gradient",
        "expected a vector of coordinates for each dimension, got \(coordinates.count) for "
          + "\(dims.count) dimensions")
    }
    return zip(dims, coordinates).map { d, places in
      guard places.sizes.array == [sizes[d]] else {
        refuse(
          "gradient",
          "expected \(sizes[d]) coordinates along dimension \(d), got shape \(places.sizes)")
      }
      var shape = [Int](repeating: 1, count: sizes.count)
      shape[d] = sizes[d] - 1
      let steps = places.diff().reshape(shape)
      let (before, after) = (steps.at(d, 0, -1), steps.at(d, 1, nil))
      let (sum, product) = (before + after, before * after)
      let ofPrevious = -after / (before * sum)
      let ofThis = (after - before) / product
      let ofNext = before / (after * sum)
      let central =
        ofPrevious * at(d, 0, -2) + ofThis * at(d, 1, -1) + ofNext * at(d, 2, nil)
      let first = (at(d, 1, 2) - at(d, 0, 1)) / steps.at(d, 0, 1)
      let last = (at(d, -1, nil) - at(d, -2, -1)) / steps.at(d, -1, nil)
      return .cat([first, central, last], dim: d)
    }
  }

  private func gradientDims(_ dims: [Int]?, _ edgeOrder: Int) -> [Int] {
    guard edgeOrder == 1 || edgeOrder == 2 else {
      refuse("gradient", "only supports edge_order=1 and edge_order=2, not \(edgeOrder)")
    }
    let dims = dims.map { $0.map { wrap($0, "gradient") } } ?? Array(sizes.indices)
    guard dims.allSatisfy({ sizes[$0] > edgeOrder }) else {
      refuse(
        "gradient",
        "expected each dimension size to be at least edge_order+1 = \(edgeOrder + 1): shape "
          + "\(sizes)")
    }
    return dims
  }

  private func difference(_ dim: Int, _ a: (Int, Int?), _ b: (Int, Int?)) -> Tensor {
    let subtrahend = at(dim, b.0, b.1)
    return at(dim, a.0, a.1) - subtrahend
  }

  private func at(_ dim: Int, _ start: Int, _ end: Int?) -> Tensor {
    slice(SliceRange(dim: dim, start: start, end: end, step: 1))
  }
}
