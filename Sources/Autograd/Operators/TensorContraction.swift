// Products over chosen dimensions: tensordot, and kron, which sums over none.

internal import GraphModel

extension Tensor {
  /// The sums of products over the last `dims` dimensions of this tensor and the first of `other`.
  public func tensordot(_ other: Tensor, dims: Int = 2) -> Tensor {
    guard dims >= 0, dims <= sizes.count, dims <= other.sizes.count else {
      refuse(
        "tensordot",
        "tensordot expects dims from 0 up to both ranks, but got dims=\(dims) for shapes "
          + "\(sizes) and \(other.sizes)")
    }
    return tensordot(other, dims: Array(-dims..<0), Array(0..<dims))
  }

  /// The sums of products over pairs of dimensions, `dims1` of this tensor and `dims2` of `other`.
  ///
  /// What is left of both shapes, one after the other, is the result's shape.
  public func tensordot(_ other: Tensor, dims dims1: [Int], _ dims2: [Int]) -> Tensor {
    guard dims1.count == dims2.count else {
      refuse(
        "tensordot", "both dimension lists should have same length: \(dims1) and \(dims2)")
    }
    guard dtype == other.dtype else {
      refuse(
        "tensordot",
        "both inputs should have same dtype, not \(dtype.name) and \(other.dtype.name)")
    }
    let wrapped1 = dims1.map { wrap($0, "tensordot") }
    let wrapped2 = dims2.map { other.wrap($0, "tensordot") }
    guard Set(wrapped1).count == dims1.count, Set(wrapped2).count == dims2.count else {
      refuse("tensordot", "a dim appears multiple times in the list of dims: \(dims1), \(dims2)")
    }
    var first = self
    var second = other
    var contracted = 1
    for (i, (d1, d2)) in zip(wrapped1, wrapped2).enumerated() {
      let (size1, size2) = (sizes[d1], other.sizes[d2])
      if size2 == 1 {
        first = first.sum(dim: dims1[i], keepdim: true, dtype: dtype)
      } else if size1 == 1 {
        second = second.sum(dim: dims2[i], keepdim: true, dtype: dtype)
      } else if size1 == size2 {
        contracted *= size1
      } else {
        refuse(
          "tensordot",
          "contracted dimensions need to match, but first has size \(size1) in dim \(dims1[i]) "
            + "and second has size \(size2) in dim \(dims2[i])")
      }
    }
    let free1 = sizes.indices.filter { !wrapped1.contains($0) }
    let free2 = other.sizes.indices.filter { !wrapped2.contains($0) }
    let shape1 = free1.map { sizes[$0] }
    let shape2 = free2.map { other.sizes[$0] }
    if free1.isEmpty, free2.isEmpty {
      // The right operand is reshaped first, as PyTorch's compiled code does.
      first = first.permute(dims1)
      second = second.permute(dims2)
      if first.isContiguous, second.isContiguous {
        second = second.flatten()
        return first.flatten().dot(second).reshape([])
      }
      second = second.squeeze()
      return (first.squeeze() * second).sum(dtype: dtype).reshape([])
    }
    first = first.permute(free1 + dims1).reshape([shape1.reduce(1, *), contracted])
    second = second.permute(dims2 + free2).reshape([contracted, shape2.reduce(1, *)])
    return first.mm(second).reshape(shape1 + shape2)
  }

  /// The Kronecker product: each element of this tensor times the whole of `other`.
  ///
  /// Sizes multiply; the tensor of lower rank has leading dimensions of size 1.
  public func kron(_ other: Tensor) -> Tensor {
    let rank = Swift.max(sizes.count, other.sizes.count)
    guard 2 * rank <= Dims.capacity else {
      refuse("kron", "tensors can have at most \(Dims.capacity / 2) dimensions, not \(rank)")
    }
    var (shape1, shape2, shape) = (Dims(), Dims(), Dims())
    for d in 0..<rank {
      let size1 = d + sizes.count >= rank ? sizes[d + sizes.count - rank] : 1
      let size2 = d + other.sizes.count >= rank ? other.sizes[d + other.sizes.count - rank] : 1
      shape1.append(size1)
      shape1.append(1)
      shape2.append(1)
      shape2.append(size2)
      shape.append(size1 * size2)
    }
    return (spreadOut(shape1) * other.spreadOut(shape2)).spreadOut(shape)
  }

  /// As `unsafeView` for any layout: a look where strides allow it, else a copy.
  private func spreadOut(_ shape: Dims) -> Tensor {
    let strides = viewStrides(shape)
    let data = strides == nil ? contiguousData() : self
    let result = Tensor(
      sharing: data.storage, sizes: shape, strides: strides ?? shape.contiguousStrides,
      offset: data.offset, dtype: dtype)
    if isRecording(self) {
      let node = UnsafeViewBackward0(sizes)
      node.addEdge(to: self)
      node.adopt(result)
    }
    return result
  }
}
