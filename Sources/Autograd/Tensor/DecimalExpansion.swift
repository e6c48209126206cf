// Floating-point numbers with a set number of decimals, correctly rounded and free of the locale.

/// The exact decimal digits of a finite number: 0.d₁d₂d₃… · 10^exponent.
///
/// Every binary fraction has finitely many decimal digits, so that rounding them, half to even, gives
/// what Python's `format` and C's `printf` print.
struct DecimalExpansion {
  /// Most significant first, without a leading zero; none for the number zero.
  private var digits: [UInt8]
  private var exponent: Int

  /// The digits of a finite number that is not negative.
  init(_ value: Double) {
    let isNormal = value.exponentBitPattern != 0
    var significand = value.significandBitPattern | (isNormal ? 1 << 52 : 0)
    var power = Int(isNormal ? value.exponentBitPattern : 1) - 1075
    while significand != 0 && significand.isMultiple(of: 2) {
      significand /= 2
      power += 1
    }

    // value = significand · 2^power, and with a negative power significand · 5^-power / 10^-power.
    var integer = DecimalInteger(significand)
    integer.multiply(by: power < 0 ? 5 : 2, count: power.magnitude)
    digits = integer.digits
    exponent = digits.isEmpty ? 0 : digits.count + min(power, 0)
  }

  /// The number with so many digits after the point, as Python's `.4f`.
  func fixed(decimals: Int) -> String {
    let rounded = rounded(to: exponent + decimals)
    let whole = rounded.exponent > 0 ? rounded.text(0..<rounded.exponent) : "0"
    let point = rounded.exponent
    return decimals == 0 ? whole : whole + "." + rounded.text(point..<point + decimals)
  }

  /// The number with one digit before the point and an exponent of two digits or more, as Python's
  /// `.4e`.
  func scientific(decimals: Int) -> String {
    let rounded = rounded(to: decimals + 1)
    let power = rounded.digits.isEmpty ? 0 : rounded.exponent - 1
    let exponent = (power.magnitude < 10 ? "0" : "") + String(power.magnitude)
    return rounded.text(0..<1) + "." + rounded.text(1..<decimals + 1)
      + (power < 0 ? "e-" : "e+") + exponent
  }

  /// The digits at the given places; those outside are zeros.
  private func text(_ places: Range<Int>) -> String {
    places.map { digits.indices.contains($0) ? String(digits[$0]) : "0" }.joined()
  }

  /// The nearest number with so many digits, of two the one with an even last digit.
  private func rounded(to count: Int) -> DecimalExpansion {
    var result = self
    if count < 0 {
      result.digits = []
    } else if count < digits.count {
      result.digits.removeSubrange(count...)
      let isTie = digits[count] == 5 && digits[(count + 1)...].allSatisfy { $0 == 0 }
      let isOdd = result.digits.last.map { !$0.isMultiple(of: 2) } ?? false
      if isTie ? isOdd : digits[count] >= 5 {
        result.increment()
      }
    }
    return result
  }

  /// Adds one in the last place.
  private mutating func increment() {
    for place in digits.indices.reversed() {
      if digits[place] < 9 {
        digits[place] += 1
        return
      }
      digits[place] = 0
    }
    digits.insert(1, at: 0)
    exponent += 1
  }
}

/// A natural number of any size that multiplies and shows its decimal digits.
private struct DecimalInteger {
  private static let base: UInt64 = 1_000_000_000

  /// Nine decimal digits each, least significant first.
  private var limbs: [UInt64] = []

  init(_ value: UInt64) {
    var rest = value
    while rest > 0 {
      limbs.append(rest % Self.base)
      rest /= Self.base
    }
  }

  /// Multiplies by factor^count, for a factor of at most 5.
  mutating func multiply(by factor: UInt64, count: UInt) {
    // The 13th power of 5 times a limb still fits 64 bits.
    let stride: UInt = 13
    for start in Swift.stride(from: 0, to: count, by: Int(stride)) {
      let power = (0..<min(stride, count - start)).reduce(1) { product, _ in product * factor }
      var carry: UInt64 = 0
      for index in limbs.indices {
        let product = limbs[index] * power + carry
        limbs[index] = product % Self.base
        carry = product / Self.base
      }
      while carry > 0 {
        limbs.append(carry % Self.base)
        carry /= Self.base
      }
    }
  }

  /// Most significant first, without leading zeros.
  var digits: [UInt8] {
    let padded = limbs.reversed().flatMap { limb in
      var rest = limb
      var digits = [UInt8](repeating: 0, count: 9)
      for place in digits.indices.reversed() {
        digits[place] = UInt8(rest % 10)
        rest /= 10
      }
      return digits
    }
    return Array(padded.drop { $0 == 0 })
  }
}
