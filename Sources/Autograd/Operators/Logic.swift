// Questions about elements, logic, bits, and whether two tensors agree.

internal import CKernels

// MARK: - Questions about each element

extension Tensor {
  /// Whether each element is NaN: a bool tensor.
  public func isnan() -> Tensor {
    endsHistory("isnan")
    return Elementwise.compare(.AGK_NE, .tensor(self), .tensor(self), "isnan")
  }

  /// Whether each element is infinite: a bool tensor.
  public func isinf() -> Tensor {
    guard dtype.isFloatingPoint else { return .full(sizes, .bool(false), .bool) }
    endsHistory("isinf")
    return Elementwise.unary(.AGK_ABS, self).eq(Double.infinity)
  }

  /// Whether each element is neither NaN nor infinite: a bool tensor.
  public func isfinite() -> Tensor {
    guard dtype.isFloatingPoint else { return .full(sizes, .bool(true), .bool) }
    endsHistory("isfinite")
    return Elementwise.unary(.AGK_ABS, self).lt(Double.infinity)
  }

  /// Whether each element is infinity: a bool tensor.
  public func isposinf() -> Tensor {
    dtype.isFloatingPoint ? eq(Double.infinity) : .full(sizes, .bool(false), .bool)
  }

  /// Whether each element is negative infinity: a bool tensor.
  public func isneginf() -> Tensor {
    dtype.isFloatingPoint ? eq(-Double.infinity) : .full(sizes, .bool(false), .bool)
  }

  /// Whether each element has its sign bit set, as -0 has: a bool tensor.
  public func signbit() -> Tensor {
    guard dtype.isFloatingPoint else { return lt(0) }
    endsHistory("signbit")
    let signs = Elementwise.binary(
      .AGK_COPYSIGN, .scalar(.int(1)), .tensor(self), dtype, "signbit")
    return signs.lt(0)
  }
}

// MARK: - Logic: what is not zero is true

extension Tensor {
  /// Whether each element is zero: a bool tensor.
  public func logicalNot() -> Tensor {
    dtype == .bool ? Elementwise.unary(.AGK_BITWISE_NOT, self) : eq(0)
  }

  /// Whether both of each pair are not zero, with broadcasting: a bool tensor.
  public func logicalAnd(_ other: Tensor) -> Tensor {
    logic(.AGK_BITWISE_AND, other, "logical_and")
  }

  /// Whether one of each pair is not zero, with broadcasting: a bool tensor.
  public func logicalOr(_ other: Tensor) -> Tensor { logic(.AGK_BITWISE_OR, other, "logical_or") }

  /// Whether just one of each pair is not zero, with broadcasting: a bool tensor.
  public func logicalXor(_ other: Tensor) -> Tensor {
    logic(.AGK_BITWISE_XOR, other, "logical_xor")
  }

  private func logic(_ op: agk_binary_op, _ other: Tensor, _ operation: String) -> Tensor {
    endsHistory(operation)
    other.endsHistory(operation)
    return Elementwise.binary(
      op, converted(to: .bool), other.converted(to: .bool), .bool, operation)
  }
}

// MARK: - Bits

extension Tensor {
  /// The bits of each element inverted; not, for bool.
  ///
  /// Integers and bool only.
  public func bitwiseNot() -> Tensor {
    checkBits(dtype, "bitwise_not")
    return Elementwise.unary(.AGK_BITWISE_NOT, self)
  }

  /// The bits that both of each pair have, with broadcasting.
  ///
  /// Integers and bool only, promoted.
  public func bitwiseAnd(_ other: Tensor) -> Tensor {
    bits(.AGK_BITWISE_AND, .tensor(other), "bitwise_and")
  }

  /// The bits that each element and a number have.
  ///
  /// Integers and bool only, promoted.
  public func bitwiseAnd(_ other: some ScalarConvertible) -> Tensor {
    bits(.AGK_BITWISE_AND, .scalar(other.scalar), "bitwise_and")
  }

  /// The bits that one of each pair has, with broadcasting.
  ///
  /// Integers and bool only, promoted.
  public func bitwiseOr(_ other: Tensor) -> Tensor {
    bits(.AGK_BITWISE_OR, .tensor(other), "bitwise_or")
  }

  /// The bits that each element or a number has.
  ///
  /// Integers and bool only, promoted.
  public func bitwiseOr(_ other: some ScalarConvertible) -> Tensor {
    bits(.AGK_BITWISE_OR, .scalar(other.scalar), "bitwise_or")
  }

  /// The bits in which each pair differs, with broadcasting.
  ///
  /// Integers and bool only, promoted.
  public func bitwiseXor(_ other: Tensor) -> Tensor {
    bits(.AGK_BITWISE_XOR, .tensor(other), "bitwise_xor")
  }

  /// The bits in which each element and a number differ.
  ///
  /// Integers and bool only, promoted.
  public func bitwiseXor(_ other: some ScalarConvertible) -> Tensor {
    bits(.AGK_BITWISE_XOR, .scalar(other.scalar), "bitwise_xor")
  }

  /// The bits of each element moved up by as many places, with broadcasting.
  ///
  /// Integers only, promoted.
  public func bitwiseLeftShift(_ places: Tensor) -> Tensor {
    shift(.AGK_LEFT_SHIFT, .tensor(places), "bitwise_left_shift")
  }

  /// The bits of each element moved up by as many places.
  ///
  /// Integers only.
  public func bitwiseLeftShift(_ places: some ScalarConvertible) -> Tensor {
    shift(.AGK_LEFT_SHIFT, .scalar(places.scalar), "bitwise_left_shift")
  }

  /// The bits of each element moved down by as many places, the sign kept, with broadcasting.
  ///
  /// Integers only, promoted.
  public func bitwiseRightShift(_ places: Tensor) -> Tensor {
    shift(.AGK_RIGHT_SHIFT, .tensor(places), "bitwise_right_shift")
  }

  /// The bits of each element moved down by as many places, the sign kept.
  ///
  /// Integers only.
  public func bitwiseRightShift(_ places: some ScalarConvertible) -> Tensor {
    shift(.AGK_RIGHT_SHIFT, .scalar(places.scalar), "bitwise_right_shift")
  }

  /// The bits of each element inverted; not, for bool.
  public static prefix func ~ (x: Tensor) -> Tensor { x.bitwiseNot() }
  /// The bits that both of each pair have, with broadcasting.
  public static func & (a: Tensor, b: Tensor) -> Tensor { a.bitwiseAnd(b) }
  /// The bits that one of each pair has, with broadcasting.
  public static func | (a: Tensor, b: Tensor) -> Tensor { a.bitwiseOr(b) }
  /// The bits in which each pair differs, with broadcasting.
  public static func ^ (a: Tensor, b: Tensor) -> Tensor { a.bitwiseXor(b) }

  private func bits(_ op: agk_binary_op, _ other: Operand, _ operation: String) -> Tensor {
    let dtype = Elementwise.promote(.tensor(self), other)
    if dtype.isFloatingPoint { checkBroadcast(with: other, operation) }
    checkBits(dtype, operation)
    return Elementwise.binary(op, .tensor(self), other, dtype, operation)
  }

  private func shift(_ op: agk_binary_op, _ other: Operand, _ operation: String) -> Tensor {
    let dtype = Elementwise.promote(.tensor(self), other)
    guard dtype == .int32 || dtype == .int64 else {
      refuse(operation, "not implemented for '\(dtype.scalarTypeName)'")
    }
    return Elementwise.binary(op, .tensor(self), other, dtype, operation)
  }

  private func checkBits(_ dtype: DType, _ operation: String) {
    guard dtype.isFloatingPoint else { return }
    refuse(
      operation, "not implemented for '\(dtype.scalarTypeName)': integers and bool only")
  }
}

// MARK: - Agreement

extension Tensor {
  /// Whether |self - other| ≤ atol + rtol · |other| for each pair, with broadcasting: a bool tensor.
  ///
  /// Both of one dtype. Infinities agree with themselves, NaN with itself where `equalNan`.
  public func isclose(
    _ other: Tensor, rtol: Double = 1e-5, atol: Double = 1e-8, equalNan: Bool = false
  ) -> Tensor {
    guard dtype == other.dtype else {
      refuse(
        "isclose", "\(dtype.scalarTypeName) did not match \(other.dtype.scalarTypeName)")
    }
    for (name, value) in [("rtol", rtol), ("atol", atol)] where value < 0 {
      refuse("isclose", "\(name) must be greater than or equal to zero, but got \(text(value))")
    }
    endsHistory("isclose")
    other.endsHistory("isclose")
    var (a, b) = (alias(), other.alias())
    var close = a.eq(b)
    if equalNan, dtype.isFloatingPoint { close = close | (a.isnan() & b.isnan()) }
    if rtol == 0, atol == 0 { return close }
    if dtype == .bool { (a, b) = (a.long(), b.long()) }
    let allowed = b.abs().to(dtype.floating).scaled(by: .double(rtol)).shifted(by: .double(atol))
    let actual = (a - b).abs()
    return close | (actual.isfinite() & actual.le(allowed))
  }

  /// Whether all elements agree, as `isclose` has it.
  public func allclose(
    _ other: Tensor, rtol: Double = 1e-5, atol: Double = 1e-8, equalNan: Bool = false
  ) -> Bool {
    isclose(other, rtol: rtol, atol: atol, equalNan: equalNan).isTrueEverywhere
  }

  /// Whether the two have the same shape and the same elements; NaN equals nothing.
  public func equal(_ other: Tensor) -> Bool {
    endsHistory("equal")
    other.endsHistory("equal")
    return sizes == other.sizes && alias().eq(other.alias()).isTrueEverywhere
  }

  private func text(_ number: Double) -> String {
    Int(exactly: number).map { "\($0)" } ?? "\(number)"
  }

  /// Whether all elements are not zero; true when there are none.
  private var isTrueEverywhere: Bool {
    let elements = contiguousData()
    var result = false
    agk_reduce(.AGK_ALL, elements.dtype.kernel, Int64(elements.count), &result, elements.pointer, 1)
    return result
  }
}
