// Walking several tensors of one shape together, a run of elements at a time.

/// The shape and strides of up to four operands, reduced to as few dimensions as will do.
///
/// Dimensions are kept innermost first. The rules of merging and ordering are those of PyTorch's
/// TensorIterator, so that results get the memory layout that they get there.
struct StridedLoop {
  private(set) var sizes: Dims
  private(set) var strides: InlineArray<4, Dims>
  let operands: Int

  /// A loop over `sizes` (outermost first) with the operands' strides, broadcast already.
  init(sizes: Dims, strides operandStrides: Dims...) {
    self.init(sizes: sizes, operandStrides)
  }

  init(sizes: Dims, _ operandStrides: [Dims]) {
    operands = operandStrides.count
    self.sizes = Dims()
    strides = InlineArray(repeating: Dims())
    for d in StridedLoop.order(sizes, operandStrides) where sizes[d] != 1 {
      self.sizes.append(sizes[d])
      for k in 0..<operands { strides[k].append(operandStrides[k][d]) }
    }
    merge()
  }

  /// The dimensions, innermost first: small strides inside, by the first operand that can tell.
  static func order(_ sizes: Dims, _ operands: [Dims]) -> Dims {
    var order = Dims()
    for d in sizes.indices.reversed() { order.append(d) }
    func compare(_ a: Int, _ b: Int) -> Int {
      for operand in operands {
        let x = abs(operand[a])
        let y = abs(operand[b])
        if x == 0 || y == 0 { continue }
        if x != y { return x < y ? -1 : 1 }
        if sizes[a] > sizes[b] { return 1 }
      }
      return 0
    }
    for i in order.indices.dropFirst() {
      var moving = i
      for other in (0..<i).reversed() {
        let result = compare(order[other], order[moving])
        if result > 0 {
          (order[other], order[moving]) = (order[moving], order[other])
          moving = other
        } else if result < 0 {
          break
        }
      }
    }
    return order
  }

  /// Joins neighbours that every operand crosses in one even step.
  private mutating func merge() {
    guard sizes.count > 1 else { return }
    var last = 0
    for d in 1..<sizes.count {
      var joins = true
      for k in 0..<operands where strides[k][d] != strides[k][last] * sizes[last] { joins = false }
      if joins {
        sizes[last] *= sizes[d]
      } else {
        last += 1
        sizes[last] = sizes[d]
        for k in 0..<operands { strides[k][last] = strides[k][d] }
      }
    }
    while sizes.count > last + 1 {
      sizes.remove(at: sizes.count - 1)
      for k in 0..<operands { strides[k].remove(at: strides[k].count - 1) }
    }
  }

  /// Calls `body` for two dimensions at once: the number of runs, their length and every operand's
  /// offset, in elements; the runs start `rowStep(k)` apart, and their steps are `step(k)`.
  ///
  /// An empty shape has no runs, a single number one of length 1. Long loops are split over threads, so
  /// that `body` may run for several planes at the same time; unless each place of the first operand's
  /// memory is to be met in the order of the loop, as for writing where an index says: the dimension
  /// along which it does has stride 0 here, and where it is the outermost, threads would meet.
  @inline(__always)
  func forEachPlane(
    inOrder: Bool = false,
    _ body: (_ rows: Int, _ length: Int, _ offsets: InlineArray<4, Int>) -> Void
  ) {
    if sizes.contains(0) { return }
    guard sizes.count > 1 else {
      return body(1, sizes.count == 0 ? 1 : sizes[0], InlineArray(repeating: 0))
    }
    let last = sizes.count - 1
    if inOrder, strides[0][last] == 0 { return walkPlanes(0..<sizes[last], body) }
    Parallel.forEach(sizes[last], elements: sizes.product / sizes[last]) { walkPlanes($0, body) }
  }

  /// The planes of a part of the outermost dimension.
  @inline(__always)
  private func walkPlanes(
    _ part: Range<Int>,
    _ body: (_ rows: Int, _ length: Int, _ offsets: InlineArray<4, Int>) -> Void
  ) {
    let last = sizes.count - 1
    var offsets = InlineArray<4, Int>(repeating: 0)
    for k in 0..<operands { offsets[k] = part.lowerBound * strides[k][last] }
    var position = Dims(repeating: 0, count: sizes.count)
    while true {
      body(last == 1 ? part.count : sizes[1], sizes[0], offsets)
      var d = 2
      while d < sizes.count {
        let size = d == last ? part.count : sizes[d]
        position[d] += 1
        for k in 0..<operands { offsets[k] += strides[k][d] }
        if position[d] < size { break }
        position[d] = 0
        for k in 0..<operands { offsets[k] -= strides[k][d] * size }
        d += 1
      }
      if d >= sizes.count { return }
    }
  }

  /// The step of operand `k` within a run.
  @inline(__always)
  func step(_ k: Int) -> Int { sizes.count > 0 ? strides[k][0] : 1 }

  /// The step of operand `k` from one run of a plane to the next.
  @inline(__always)
  func rowStep(_ k: Int) -> Int { sizes.count > 1 ? strides[k][1] : 0 }
}

/// How shapes meet in an elementwise operator.
enum Broadcast {
  /// The shape in which `a` and `b` meet; traps when they do not.
  static func sizes(_ a: Dims, _ b: Dims, _ operation: String) -> Dims {
    if a == b { return a }
    var result = a.count >= b.count ? a : b
    for i in 1...max(result.count, 1) {
      guard i <= a.count, i <= b.count else { break }
      let x = a[a.count - i]
      let y = b[b.count - i]
      guard x == y || x == 1 || y == 1 else {
        refuse(
          operation,
          "The size of tensor a (\(x)) must match the size of tensor b (\(y)) at non-singleton "
            + "dimension \(result.count - i): shapes \(a) and \(b) cannot be broadcast")
      }
      result[result.count - i] = x == 1 ? y : x
    }
    return result
  }

  /// The strides with which `tensor` is read as if it had the shape `sizes`.
  static func strides(_ tensor: Tensor, to sizes: Dims) -> Dims {
    let missing = sizes.count - tensor.sizes.count
    var result = Dims(repeating: 0, count: sizes.count)
    for i in tensor.sizes.indices where tensor.sizes[i] == sizes[missing + i] {
      result[missing + i] = tensor.sizes[i] == 1 ? 0 : tensor.strides[i]
    }
    return result
  }

  /// Whether a tensor of the shape `from` can be read as one of the shape `to`.
  static func isExpandable(_ from: Dims, to: Dims) -> Bool {
    guard from.count <= to.count else { return false }
    let missing = to.count - from.count
    for i in from.indices where from[i] != 1 && from[i] != to[missing + i] { return false }
    return true
  }

  /// The strides of a new tensor for the result of an operator on `inputs`, which are broadcast
  /// to `sizes`: dense, in the order in which the inputs' own elements lie.
  static func outputStrides(_ sizes: Dims, _ inputs: [Dims]) -> Dims {
    var strides = sizes
    var step = 1
    for d in StridedLoop.order(sizes, inputs) {
      strides[d] = step
      step *= max(sizes[d], 1)
    }
    return strides
  }
}
