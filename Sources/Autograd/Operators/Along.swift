// What gather, scatter and their kin share: moving elements along one dimension by an index.

internal import CKernels

enum Along {
  /// out[…, j, …] = x[…, index[…, j, …], …] along dimension `d`; the shape is that of `out`.
  ///
  /// `index` is int64 and read with strides of the same shape.
  static func gather(
    _ x: Tensor, _ d: Int, _ index: Tensor, _ indexStrides: Dims, into out: Tensor,
    _ operation: String
  ) {
    let x = x.withDimension()
    let out = out.withDimension()
    var strides = x.strides
    strides[d] = 0
    let loop = StridedLoop(sizes: out.sizes, strides: out.strides, strides, indexStrides)
    let item = x.dtype.itemSize
    let indices = index.pointer.assumingMemoryBound(to: Int64.self)
    loop.forEachPlane { rows, length, offsets in
      var plane = agk_along(
        rows: Int64(rows), columns: Int64(length),
        item_row: Int64(loop.rowStep(0)), item_column: Int64(loop.step(0)),
        index_row: Int64(loop.rowStep(2)), index_column: Int64(loop.step(2)),
        place_row: Int64(loop.rowStep(1)), place_column: Int64(loop.step(1)),
        step: Int64(x.strides[d]), size: Int64(x.sizes[d]))
      let wrong = agk_gather_along(
        item, &plane, out.pointer + offsets[0] * item, x.pointer + offsets[1] * item,
        indices + offsets[2])
      if wrong >= 0 { refuse(indices[offsets[2] + Int(wrong)], d, x.sizes, operation) }
    }
  }

  /// out[…, index[…, j, …], …] ∘= source[…, j, …] along dimension `d`, in the order of j.
  ///
  /// `source` has the dtype of `out`; it and the int64 `index` are read in the shape `sizes`.
  static func scatter(
    _ op: agk_scatter_op, _ source: Tensor, _ sourceStrides: Dims, into out: Tensor, _ d: Int,
    _ index: Tensor, _ indexStrides: Dims, _ sizes: Dims, _ operation: String
  ) {
    let out = out.withDimension()
    var strides = out.strides
    strides[d] = 0
    let loop = StridedLoop(sizes: sizes, strides: strides, indexStrides, sourceStrides)
    let item = out.dtype.itemSize
    let indices = index.pointer.assumingMemoryBound(to: Int64.self)
    loop.forEachPlane(inOrder: true) { rows, length, offsets in
      var plane = agk_along(
        rows: Int64(rows), columns: Int64(length),
        item_row: Int64(loop.rowStep(2)), item_column: Int64(loop.step(2)),
        index_row: Int64(loop.rowStep(1)), index_column: Int64(loop.step(1)),
        place_row: Int64(loop.rowStep(0)), place_column: Int64(loop.step(0)),
        step: Int64(out.strides[d]), size: Int64(out.sizes[d]))
      let wrong = agk_scatter_along(
        op, out.dtype.kernel, &plane, out.pointer + offsets[0] * item, indices + offsets[1],
        source.pointer + offsets[2] * item)
      if wrong >= 0 { refuse(indices[offsets[1] + Int(wrong)], d, out.sizes, operation) }
    }
  }

  private static func refuse(_ index: Int64, _ d: Int, _ sizes: Dims, _ operation: String) -> Never
  {
    Autograd.refuse(
      operation, "index \(index) is out of bounds for dimension \(d) with size \(sizes[d])")
  }

  /// The strides by which a vector is read as if it lay along dimension `d` of `rank`.
  static func strides(_ vector: Tensor, along d: Int, rank: Int) -> Dims {
    var strides = Dims(repeating: 0, count: Swift.max(rank, 1))
    strides[d] = vector.sizes.count == 0 ? 1 : vector.strides[0]
    return strides
  }

  /// The index as int64; refuses other dtypes.
  static func checked(_ index: Tensor, _ operation: String) -> Tensor {
    guard index.dtype == .int64 || index.dtype == .int32 else {
      Autograd.refuse(
        operation, "Expected dtype int32/int64 for index, but got \(index.dtype.name)")
    }
    return index.converted(to: .int64)
  }

  /// A copy of the index with those counted from the end counted from the front; traps for one
  /// out of range, with the words of `message`.
  static func wrapped(_ index: Tensor, _ size: Int, _ operation: String, _ message: (Int) -> String)
    -> Tensor
  {
    let given = index.converted(to: .int64).contiguousData()
    let result = Tensor(empty: index.sizes, .int64)
    let wrong = agk_places(
      Int64(given.count), result.int64Pointer, given.int64Pointer, Int64(size), 1, false)
    if wrong >= 0 { Autograd.refuse(operation, message(Int(given.int64Pointer[Int(wrong)]))) }
    return result
  }
}

extension Tensor {
  /// This tensor; one without dimensions is seen with one of size 1.
  func withDimension() -> Tensor { sizes.count == 0 ? viewed(Dims([1])) : self }

  /// Makes this new tensor the result of an operator on `inputs`; `node` makes the node, which is
  /// asked for only while recording.
  func recorded(from inputs: Tensor?..., node: () -> Node) -> Tensor {
    guard isGradEnabled, inputs.contains(where: { $0?.requiresGrad ?? false }) else { return self }
    let node = node()
    for input in inputs {
      if let input { node.addEdge(to: input) } else { node.addEdge(.none) }
    }
    node.adopt(self)
    return self
  }

  /// A copy of the elements in row-major order, without history.
  func freshContiguous() -> Tensor {
    let result = Tensor(empty: sizes, dtype)
    Elementwise.copy(self, into: result)
    return result
  }

  /// A copy of the elements in the same layout, without history.
  func freshCopy() -> Tensor { noGrad { clone() } }
}
