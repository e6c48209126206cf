// How elementwise operators run: promotion, broadcasting, memory layout, and the kernel's loop.

internal import CKernels

/// What stands at an operator's input: a tensor, or a number, which is weak in promotion.
enum Operand {
  case tensor(Tensor)
  case scalar(Scalar)

  @inline(__always)
  var requiresGrad: Bool {
    if case .tensor(let tensor) = self { tensor.requiresGrad } else { false }
  }

  @inline(__always)
  var tensorOrNil: Tensor? {
    if case .tensor(let tensor) = self { tensor } else { nil }
  }

  /// The operand as a tensor: a number becomes one without dimensions.
  func asTensor() -> Tensor {
    switch self {
    case .tensor(let tensor): tensor
    case .scalar(let scalar): Tensor.full(Dims(), scalar, scalar.dtype)
    }
  }
}

enum Elementwise {
  // MARK: Results of new memory

  @inline(__always)
  static func unary(_ op: agk_unary_op, _ x: Tensor) -> Tensor {
    if x.isContiguous {
      let result = Tensor(empty: x.sizes, x.dtype)
      agk_unary(op, x.dtype.kernel, Int64(x.count), result.pointer, 1, x.pointer, 1)
      return result
    }
    let result = emptyLike(x, x.dtype)
    unary(op, x, into: result)
    return result
  }

  /// `a ∘ b` in the dtype `dtype`.
  @inline(__always)
  static func binary(
    _ op: agk_binary_op, _ a: Operand, _ b: Operand, _ dtype: DType, _ operation: String
  ) -> Tensor {
    switch (a, b) {
    case (.tensor(let x), .tensor(let y)):
      return binary(op, x, y, dtype, operation)
    case (.tensor(let x), .scalar(let number)):
      let x = x.converted(to: dtype)
      let result = emptyLike(x, dtype)
      binary(op, x, number, into: result)
      return result
    case (.scalar(let number), .tensor(let y)):
      let y = y.converted(to: dtype)
      let result = emptyLike(y, dtype)
      binary(op, number, y, into: result)
      return result
    case (.scalar, .scalar):
      return binary(op, a.asTensor(), b.asTensor(), dtype, operation)
    }
  }

  @inline(__always)
  static func binary(
    _ op: agk_binary_op, _ a: Tensor, _ b: Tensor, _ dtype: DType, _ operation: String
  ) -> Tensor {
    if a.isContiguous, b.isContiguous, a.dtype == dtype, b.dtype == dtype, a.sizes == b.sizes {
      let result = Tensor(empty: a.sizes, dtype)
      agk_binary(
        op, dtype.kernel, Int64(a.count), result.pointer, 1, a.pointer, 1, b.pointer, 1)
      return result
    }
    let x = a.converted(to: dtype)
    let y = b.converted(to: dtype)
    let sizes = Broadcast.sizes(x.sizes, y.sizes, operation)
    let result =
      x.isContiguous && y.isContiguous && (x.sizes == sizes || y.sizes == sizes)
        && (x.count == 1 || y.count == 1)
      ? Tensor(empty: sizes, dtype) : empty([x, y], sizes, dtype)
    binary(op, x, y, into: result)
    return result
  }

  static func compare(_ op: agk_compare_op, _ a: Operand, _ b: Operand, _ operation: String)
    -> Tensor
  {
    let dtype = promote(a, b)
    let x = a.asTensor().converted(to: dtype)
    let y = b.asTensor().converted(to: dtype)
    let result = empty([x, y], Broadcast.sizes(x.sizes, y.sizes, operation), .bool)
    run(agk_operator(.AGK_COMPARE, op.rawValue, dtype), result, x, y)
    return result
  }

  /// `a + scale · b`, and the like.
  static func ternary(
    _ op: agk_ternary_op, _ a: Tensor, _ b: Tensor, _ c: Tensor, _ dtype: DType,
    _ operation: String
  ) -> Tensor {
    let inputs = [a, b, c].map { $0.converted(to: dtype) }
    let sizes = Broadcast.sizes(
      Broadcast.sizes(a.sizes, b.sizes, operation), c.sizes, operation)
    let result = empty(inputs, sizes, dtype)
    ternary(op, inputs[0], inputs[1], inputs[2], into: result)
    return result
  }

  static func `where`(_ condition: Tensor, _ a: Tensor, _ b: Tensor, _ dtype: DType) -> Tensor {
    let x = a.converted(to: dtype)
    let y = b.converted(to: dtype)
    let sizes = Broadcast.sizes(
      condition.sizes, Broadcast.sizes(x.sizes, y.sizes, "where"), "where")
    let result = empty([condition, x, y], sizes, dtype)
    run(agk_operator(.AGK_WHERE, 0, dtype), result, condition, x, y)
    return result
  }

  // MARK: Into given memory

  static func unary(_ op: agk_unary_op, _ x: Tensor, into result: Tensor) {
    run(agk_operator(.AGK_UNARY, op.rawValue, x.dtype), result, x)
  }

  /// Operands have the result's dtype and are broadcast to its shape.
  static func binary(_ op: agk_binary_op, _ a: Tensor, _ b: Tensor, into result: Tensor) {
    let sizes = result.sizes
    let dtype = result.dtype
    if result.isContiguous, a.isContiguous, b.isContiguous {
      // One operand against a single number, or equal shapes: no loop to set up.
      let one = a.count == 1 && sizes.count >= a.sizes.count
      let other = b.count == 1 && sizes.count >= b.sizes.count
      if (a.sizes == sizes || one) && (b.sizes == sizes || other) {
        agk_binary(
          op, dtype.kernel, Int64(result.count), result.pointer, 1,
          a.pointer, a.sizes == sizes ? 1 : 0, b.pointer, b.sizes == sizes ? 1 : 0)
        return
      }
    }
    run(agk_operator(.AGK_BINARY, op.rawValue, dtype), result, a, b)
  }

  @inline(__always)
  static func binary(_ op: agk_binary_op, _ a: Tensor, _ number: Scalar, into result: Tensor) {
    let dtype = result.dtype
    var element = ElementBuffer(number, dtype)
    element.withPointer { element in
      if a.isContiguous, result.isContiguous {
        agk_binary(
          op, dtype.kernel, Int64(a.count), result.pointer, 1, a.pointer, 1, element, 0)
        return
      }
      let loop = StridedLoop(
        sizes: result.sizes, strides: result.strides, a.strides, Dims(zeros: a.sizes.count))
      loop.run(
        agk_operator(.AGK_BINARY, op.rawValue, dtype), [result.pointer, a.pointer, element, nil])
    }
  }

  static func binary(_ op: agk_binary_op, _ number: Scalar, _ b: Tensor, into result: Tensor) {
    let dtype = result.dtype
    var element = ElementBuffer(number, dtype)
    element.withPointer { element in
      let loop = StridedLoop(
        sizes: result.sizes, strides: result.strides, Dims(zeros: b.sizes.count), b.strides)
      loop.run(
        agk_operator(.AGK_BINARY, op.rawValue, dtype), [result.pointer, element, b.pointer, nil])
    }
  }

  static func ternary(
    _ op: agk_ternary_op, _ a: Tensor, _ b: Tensor, _ c: Tensor, into result: Tensor
  ) {
    run(agk_operator(.AGK_TERNARY, op.rawValue, result.dtype), result, a, b, c)
  }

  /// Copies the elements of `source`, broadcast to the shape of `target`, converting them.
  static func copy(_ source: Tensor, into target: Tensor) {
    if source.isContiguous, target.isContiguous, source.sizes == target.sizes {
      agk_convert(
        target.dtype.kernel, source.dtype.kernel, Int64(target.count), target.pointer, 1,
        source.pointer, 1)
      return
    }
    if source.dtype == target.dtype {
      move(
        target.dtype.itemSize, target.sizes, target.pointer, target.strides, source.pointer,
        Broadcast.strides(source, to: target.sizes))
      return
    }
    run(
      agk_operator(.AGK_CONVERT, 0, target.dtype, from: source.dtype), target, source)
  }

  /// Runs a kernel over the result and the inputs, which are broadcast to it.
  static func run(_ what: agk_operator, _ result: Tensor, _ inputs: Tensor...) {
    let loop = StridedLoop(result, inputs)
    var operands = InlineArray<4, UnsafeMutableRawPointer?>(repeating: nil)
    operands[0] = result.pointer
    for (k, input) in inputs.enumerated() { operands[k + 1] = input.pointer }
    withExtendedLifetime(inputs) { loop.run(what, operands) }
  }

  /// Copies items of `item` bytes from `x` to `out`, both of the shape `sizes`.
  static func move(
    _ item: Int, _ sizes: Dims, _ out: UnsafeMutableRawPointer, _ outStrides: Dims,
    _ x: UnsafeRawPointer, _ xStrides: Dims
  ) {
    sizes.withPointer { sizesPointer in
      outStrides.withPointer { outSteps in
        xStrides.withPointer { xSteps in
          agk_copy(item, Int32(sizes.count), sizesPointer, out, outSteps, x, xSteps)
        }
      }
    }
  }

  // MARK: Dtypes and layouts

  /// The dtype in which two operands meet.
  @inline(__always)
  static func promote(_ a: Operand, _ b: Operand) -> DType {
    if case .tensor(let x) = a {
      switch b {
      case .tensor(let y): if x.dtype == y.dtype { return x.dtype }
      case .scalar: if x.dtype.isFloatingPoint { return x.dtype }
      }
    }
    var type = PromotedType()
    for operand in [a, b] {
      switch operand {
      case .tensor(let tensor): type.add(tensor)
      case .scalar(let scalar): type.add(scalar)
      }
    }
    return type.dtype
  }

  /// A new tensor for a result with the elements of `x` in the same order of memory.
  @inline(__always)
  static func emptyLike(_ x: Tensor, _ dtype: DType) -> Tensor {
    if x.isContiguous { return Tensor(empty: x.sizes, dtype) }
    return empty([x], x.sizes, dtype)
  }

  /// A new tensor for a result of the shape `sizes` computed from `inputs`.
  static func empty(_ inputs: [Tensor], _ sizes: Dims, _ dtype: DType) -> Tensor {
    if inputs.allSatisfy({ $0.isContiguous && ($0.sizes == sizes || $0.count == 1) }) {
      return Tensor(empty: sizes, dtype)
    }
    let strides = Broadcast.outputStrides(sizes, inputs.map { Broadcast.strides($0, to: sizes) })
    return Tensor(empty: sizes, strides: strides, dtype)
  }
}

extension agk_operator {
  /// An operator of elements of one dtype, unless it converts them.
  init(
    _ kind: agk_elementwise_kind, _ op: UInt8, _ dtype: DType, from: DType? = nil,
    numbers: UnsafePointer<Double>? = nil
  ) {
    self.init(
      kind: kind, op: op, dtype: dtype.kernel, from: (from ?? dtype).kernel, parameters: numbers)
  }
}

extension StridedLoop {
  /// A loop over the result's shape, to which the inputs are broadcast.
  init(_ result: Tensor, _ inputs: [Tensor]) {
    let sizes = result.sizes
    self.init(
      sizes: sizes, [result.strides] + inputs.map { Broadcast.strides($0, to: sizes) })
  }

  /// Runs a kernel over the operands that begin at these addresses.
  func run(_ what: agk_operator, _ starts: InlineArray<4, UnsafeMutableRawPointer?>) {
    var shape = agk_shape()
    shape.dimensions = Int32(sizes.count)
    shape.operands = Int32(operands)
    withUnsafeMutableBytes(of: &shape.sizes) { $0.storeElements(of: sizes, at: 0) }
    withUnsafeMutableBytes(of: &shape.strides) {
      for k in 0..<operands { $0.storeElements(of: strides[k], at: k * Dims.capacity) }
    }
    starts.span.withUnsafeBufferPointer { agk_elementwise(what, &shape, $0.baseAddress!) }
  }
}

extension UnsafeMutableRawBufferPointer {
  /// Stores sizes or strides from the `first`th 64-bit integer on.
  fileprivate func storeElements(of dims: Dims, at first: Int) {
    for d in dims.indices {
      storeBytes(of: Int64(dims[d]), toByteOffset: (first + d) * 8, as: Int64.self)
    }
  }
}

extension Tensor {
  /// The same elements in another dtype, without history.
  @inline(__always)
  func converted(to dtype: DType) -> Tensor {
    if self.dtype == dtype { return self }
    let result = Elementwise.emptyLike(self, dtype)
    Elementwise.copy(self, into: result)
    return result
  }

  /// The same elements densely in row-major order, without history.
  func contiguousData() -> Tensor {
    if isContiguous { return self }
    let result = Tensor(empty: sizes, dtype)
    Elementwise.copy(self, into: result)
    return result
  }
}
