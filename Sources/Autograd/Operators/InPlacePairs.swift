// The in-place forms of operators of two tensors, or of a tensor and a number.

// MARK: - Functions and remainders

extension Tensor {
  /// Raises the elements to the power of a number in place.
  @discardableResult
  public func pow_(_ exponent: some ScalarConvertible) -> Tensor {
    replaceElements("pow_") { $0.pow(exponent) }
  }
  /// Raises the elements to the powers in `exponent` in place.
  @discardableResult
  public func pow_(_ exponent: Tensor) -> Tensor { replaceElements("pow_") { $0.pow(exponent) } }
  /// As `floatPower`, in place; this tensor is float64.
  @discardableResult
  public func floatPower_(_ exponent: some ScalarConvertible) -> Tensor {
    checkFloatPower()
    return replaceElements("float_power_") { $0.floatPower(exponent) }
  }
  /// As `floatPower`, in place; this tensor is float64.
  @discardableResult
  public func floatPower_(_ exponent: Tensor) -> Tensor {
    checkFloatPower()
    return replaceElements("float_power_") { $0.floatPower(exponent) }
  }

  private func checkFloatPower() {
    guard dtype != .float64 else { return }
    refuse(
      "float_power_",
      "the base given to float_power_ has dtype \(dtype.scalarTypeName) but the operation's result "
        + "requires dtype Double")
  }

  /// Replaces the elements by the angles of the points (other, self) in place.
  @discardableResult
  public func atan2_(_ other: Tensor) -> Tensor { replaceElements("atan2_") { $0.atan2(other) } }
  /// Replaces the elements by √(self² + other²) in place.
  @discardableResult
  public func hypot_(_ other: Tensor) -> Tensor { replaceElements("hypot_") { $0.hypot(other) } }
  /// Gives the elements the signs of `other`'s in place.
  @discardableResult
  public func copysign_(_ other: Tensor) -> Tensor {
    replaceElements("copysign_") { $0.copysign(other) }
  }
  /// Gives the elements the sign of a number in place.
  @discardableResult
  public func copysign_(_ other: some ScalarConvertible) -> Tensor {
    replaceElements("copysign_") { $0.copysign(other) }
  }
  /// Replaces the elements by self · log(other), 0 where self is 0, in place.
  @discardableResult
  public func xlogy_(_ other: Tensor) -> Tensor { replaceElements("xlogy_") { $0.xlogy(other) } }
  /// Replaces the elements by self · log(other), 0 where self is 0, in place.
  @discardableResult
  public func xlogy_(_ other: some ScalarConvertible) -> Tensor {
    replaceElements("xlogy_") { $0.xlogy(other) }
  }
  /// As `heaviside`, in place.
  @discardableResult
  public func heaviside_(_ values: Tensor) -> Tensor {
    replaceElements("heaviside_") { $0.heaviside(values) }
  }
  /// Replaces the elements by their remainders with their own signs in place.
  @discardableResult
  public func fmod_(_ other: Tensor) -> Tensor { replaceElements("fmod_") { $0.fmod(other) } }
  /// Replaces the elements by their remainders with their own signs in place.
  @discardableResult
  public func fmod_(_ other: some ScalarConvertible) -> Tensor {
    replaceElements("fmod_") { $0.fmod(other) }
  }
  /// Replaces the elements by their remainders with the divisor's sign in place.
  @discardableResult
  public func remainder_(_ other: Tensor) -> Tensor {
    replaceElements("remainder_") { $0.remainder(other) }
  }
  /// Replaces the elements by their remainders with the divisor's sign in place.
  @discardableResult
  public func remainder_(_ other: some ScalarConvertible) -> Tensor {
    replaceElements("remainder_") { $0.remainder(other) }
  }
  /// Divides in place, rounding down; its derivative is not implemented, as in PyTorch.
  @discardableResult
  public func floorDivide_(_ other: Tensor) -> Tensor {
    replaceElements("floor_divide_") { $0.floorDivide(other) }
  }
  /// Divides by a number in place, rounding down; its derivative is not implemented, as in PyTorch.
  @discardableResult
  public func floorDivide_(_ other: some ScalarConvertible) -> Tensor {
    replaceElements("floor_divide_") { $0.floorDivide(other) }
  }
  /// Divides in place, rounding as asked.
  @discardableResult
  public func div_(_ other: Tensor, roundingMode: RoundingMode) -> Tensor {
    replaceElements("div_") { $0.div(other, roundingMode: roundingMode) }
  }
  /// Divides by a number in place, rounding as asked.
  @discardableResult
  public func div_(_ other: some ScalarConvertible, roundingMode: RoundingMode) -> Tensor {
    replaceElements("div_") { $0.div(other, roundingMode: roundingMode) }
  }
  /// Replaces the elements by the greatest common divisors in place.
  @discardableResult
  public func gcd_(_ other: Tensor) -> Tensor { replaceElements("gcd_") { $0.gcd(other) } }
  /// Replaces the elements by the least common multiples in place.
  @discardableResult
  public func lcm_(_ other: Tensor) -> Tensor { replaceElements("lcm_") { $0.lcm(other) } }
  /// Goes to `end` by the weights in place.
  @discardableResult
  public func lerp_(_ end: Tensor, _ weight: Tensor) -> Tensor {
    replaceElements("lerp_") { $0.lerp(end, weight) }
  }
  /// As `clamp` by tensors, in place.
  @discardableResult
  public func clamp_(min: Tensor? = nil, max: Tensor? = nil) -> Tensor {
    replaceElements("clamp_") { $0.clamp(min: min, max: max) }
  }
}

// MARK: - Logic and bits

extension Tensor {
  /// Replaces the elements by whether both are not zero, in place; no history.
  @discardableResult
  public func logicalAnd_(_ other: Tensor) -> Tensor {
    replaceElements("logical_and_", isDifferentiable: false) { $0.logicalAnd(other) }
  }
  /// Replaces the elements by whether one is not zero, in place; no history.
  @discardableResult
  public func logicalOr_(_ other: Tensor) -> Tensor {
    replaceElements("logical_or_", isDifferentiable: false) { $0.logicalOr(other) }
  }
  /// Replaces the elements by whether just one is not zero, in place; no history.
  @discardableResult
  public func logicalXor_(_ other: Tensor) -> Tensor {
    replaceElements("logical_xor_", isDifferentiable: false) { $0.logicalXor(other) }
  }
  /// Leaves the bits that both have, in place.
  @discardableResult
  public func bitwiseAnd_(_ other: Tensor) -> Tensor {
    replaceElements("bitwise_and_") { $0.bitwiseAnd(other) }
  }
  /// Leaves the bits that a number has, in place.
  @discardableResult
  public func bitwiseAnd_(_ other: some ScalarConvertible) -> Tensor {
    replaceElements("bitwise_and_") { $0.bitwiseAnd(other) }
  }
  /// Adds the bits of `other`, in place.
  @discardableResult
  public func bitwiseOr_(_ other: Tensor) -> Tensor {
    replaceElements("bitwise_or_") { $0.bitwiseOr(other) }
  }
  /// Adds the bits of a number, in place.
  @discardableResult
  public func bitwiseOr_(_ other: some ScalarConvertible) -> Tensor {
    replaceElements("bitwise_or_") { $0.bitwiseOr(other) }
  }
  /// Inverts the bits that `other` has, in place.
  @discardableResult
  public func bitwiseXor_(_ other: Tensor) -> Tensor {
    replaceElements("bitwise_xor_") { $0.bitwiseXor(other) }
  }
  /// Inverts the bits that a number has, in place.
  @discardableResult
  public func bitwiseXor_(_ other: some ScalarConvertible) -> Tensor {
    replaceElements("bitwise_xor_") { $0.bitwiseXor(other) }
  }
  /// Moves the bits up by as many places in place.
  @discardableResult
  public func bitwiseLeftShift_(_ places: Tensor) -> Tensor {
    replaceElements("bitwise_left_shift_") { $0.bitwiseLeftShift(places) }
  }
  /// Moves the bits up by as many places in place.
  @discardableResult
  public func bitwiseLeftShift_(_ places: some ScalarConvertible) -> Tensor {
    replaceElements("bitwise_left_shift_") { $0.bitwiseLeftShift(places) }
  }
  /// Moves the bits down by as many places, the sign kept, in place.
  @discardableResult
  public func bitwiseRightShift_(_ places: Tensor) -> Tensor {
    replaceElements("bitwise_right_shift_") { $0.bitwiseRightShift(places) }
  }
  /// Moves the bits down by as many places, the sign kept, in place.
  @discardableResult
  public func bitwiseRightShift_(_ places: some ScalarConvertible) -> Tensor {
    replaceElements("bitwise_right_shift_") { $0.bitwiseRightShift(places) }
  }
}

// MARK: - Comparisons
//
// A truth in place is a number of this tensor's dtype, with a derivative, which is zero.

extension Tensor {
  /// Replaces the elements by whether they equal, in place.
  @discardableResult
  public func eq_(_ other: Tensor) -> Tensor {
    replaceElements("eq_") { x in .recorded(x.eq(other), x, other) { EqBackward1() } }
  }
  /// Replaces the elements by whether they equal, in place.
  @discardableResult
  public func eq_(_ other: some ScalarConvertible) -> Tensor {
    replaceElements("eq_") { x in .recorded(x.eq(other), x) { EqBackward0() } }
  }
  /// Replaces the elements by whether they differ, in place.
  @discardableResult
  public func ne_(_ other: Tensor) -> Tensor {
    replaceElements("ne_") { x in .recorded(x.ne(other), x, other) { NeBackward1() } }
  }
  /// Replaces the elements by whether they differ, in place.
  @discardableResult
  public func ne_(_ other: some ScalarConvertible) -> Tensor {
    replaceElements("ne_") { x in .recorded(x.ne(other), x) { NeBackward0() } }
  }
  /// Replaces the elements by whether they are less, in place.
  @discardableResult
  public func lt_(_ other: Tensor) -> Tensor {
    replaceElements("lt_") { x in .recorded(x.lt(other), x, other) { LtBackward1() } }
  }
  /// Replaces the elements by whether they are less, in place.
  @discardableResult
  public func lt_(_ other: some ScalarConvertible) -> Tensor {
    replaceElements("lt_") { x in .recorded(x.lt(other), x) { LtBackward0() } }
  }
  /// Replaces the elements by whether they are at most as great, in place.
  @discardableResult
  public func le_(_ other: Tensor) -> Tensor {
    replaceElements("le_") { x in .recorded(x.le(other), x, other) { LeBackward1() } }
  }
  /// Replaces the elements by whether they are at most as great, in place.
  @discardableResult
  public func le_(_ other: some ScalarConvertible) -> Tensor {
    replaceElements("le_") { x in .recorded(x.le(other), x) { LeBackward0() } }
  }
  /// Replaces the elements by whether they are greater, in place.
  @discardableResult
  public func gt_(_ other: Tensor) -> Tensor {
    replaceElements("gt_") { x in .recorded(x.gt(other), x, other) { GtBackward1() } }
  }
  /// Replaces the elements by whether they are greater, in place.
  @discardableResult
  public func gt_(_ other: some ScalarConvertible) -> Tensor {
    replaceElements("gt_") { x in .recorded(x.gt(other), x) { GtBackward0() } }
  }
  /// Replaces the elements by whether they are at least as great, in place.
  @discardableResult
  public func ge_(_ other: Tensor) -> Tensor {
    replaceElements("ge_") { x in .recorded(x.ge(other), x, other) { GeBackward1() } }
  }
  /// Replaces the elements by whether they are at least as great, in place.
  @discardableResult
  public func ge_(_ other: some ScalarConvertible) -> Tensor {
    replaceElements("ge_") { x in .recorded(x.ge(other), x) { GeBackward0() } }
  }
}

/// A comparison is flat wherever it has a derivative.
class ComparisonNode: Node {
  override final func backward(_ g: Tensor) -> Gradients {
    let second: Tensor? = edgeCount > 1 && needs(1) ? .zeros(like: g) : nil
    return Gradients(needs(0) ? .zeros(like: g) : nil, second)
  }
}

final class EqBackward0: ComparisonNode {}
final class EqBackward1: ComparisonNode {}
final class NeBackward0: ComparisonNode {}
final class NeBackward1: ComparisonNode {}
final class LtBackward0: ComparisonNode {}
final class LtBackward1: ComparisonNode {}
final class LeBackward0: ComparisonNode {}
final class LeBackward1: ComparisonNode {}
final class GtBackward0: ComparisonNode {}
final class GtBackward1: ComparisonNode {}
final class GeBackward0: ComparisonNode {}
final class GeBackward1: ComparisonNode {}
