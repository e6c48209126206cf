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
    loop.forEachRun { length, offsets in
      let run = indices + offsets[2]
      let wrong = agk_gather_along(
        item, Int64(length), out.pointer + offsets[0] * item, Int64(loop.step(0)),
        x.pointer + offsets[1] * item, Int64(loop.step(1)), Int64(x.strides[d]),
        Int64(x.sizes[d]), run, Int64(loop.step(2)))
      if wrong >= 0 { refuse(run[Int(wrong) * loop.step(2)], d, x.sizes, operation) }
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
    loop.forEachRunInOrder { length, offsets in
      let run = indices + offsets[1]
      let wrong = agk_scatter_along(
        op, out.dtype.kernel, Int64(length), out.pointer + offsets[0] * item,
        Int64(loop.step(0)), Int64(out.strides[d]), Int64(out.sizes[d]), run,
        Int64(loop.step(1)), source.pointer + offsets[2] * item, Int64(loop.step(2)))
      if wrong >= 0 { refuse(run[Int(wrong) * loop.step(1)], d, out.sizes, operation) }
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
    let result = Tensor(empty: index.sizes, .int64)
    Elementwise.copy(index, into: result)
    let values = result.pointer.assumingMemoryBound(to: Int.self)
    for i in 0..<result.count {
      guard values[i] >= -size, values[i] < size else {
        Autograd.refuse(operation, message(values[i]))
      }
      if values[i] < 0 { values[i] += size }
    }
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
