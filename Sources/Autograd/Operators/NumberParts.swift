// Functions that look at floating-point numbers as such: fmax, fmin, ldexp, frexp, nextafter.

internal import CKernels
internal import Glibc
internal import GraphModel

// MARK: - fmax, fmin

extension Tensor {
  /// The greater of each pair of elements, with broadcasting; a number before NaN.
  ///
  /// Any dtype, promoted.
  public static func fmax(_ a: Tensor, _ b: Tensor) -> Tensor {
    .recorded(preferringNumbers(.AGK_FMAX, .AGK_MAXIMUM, a, b, "fmax"), a, b) {
      FmaxBackward0().saving(b, a)
    }
  }

  /// The lesser of each pair of elements, with broadcasting; a number before NaN.
  ///
  /// Any dtype, promoted.
  public static func fmin(_ a: Tensor, _ b: Tensor) -> Tensor {
    .recorded(preferringNumbers(.AGK_FMIN, .AGK_MINIMUM, a, b, "fmin"), a, b) {
      FminBackward0().saving(b, a)
    }
  }

  private static func preferringNumbers(
    _ op: agk_binary_op, _ ofIntegers: agk_binary_op, _ a: Tensor, _ b: Tensor, _ name: String
  ) -> Tensor {
    let dtype = Elementwise.promote(.tensor(a), .tensor(b))
    return Elementwise.binary(dtype.isFloatingPoint ? op : ofIntegers, a, b, dtype, name)
  }
}

// MARK: - ldexp, frexp

extension Tensor {
  /// self · 2 to the power of `other`, with broadcasting.
  ///
  /// Integers become float32.
  public func ldexp(_ other: Tensor) -> Tensor {
    let result: Tensor = noGrad { self * Tensor.pow(2.0, other) }
    return .recorded(result, self, other) {
      let node = LdexpBackward0()
      if requiresGrad { node.save(.input(other), LdexpBackward0.otherSlot) }
      node.save(.result(result), LdexpBackward0.resultSlot)
      return node
    }
  }

  /// As `ldexp`, in place.
  @discardableResult
  public func ldexp_(_ other: Tensor) -> Tensor { replaceElements("ldexp_") { $0.ldexp(other) } }

  /// Each element as a mantissa from 0.5 up to 1, or 0, and an int32 exponent of 2.
  ///
  /// Floating point only. NaN and infinities are their own mantissas, with an exponent of 0.
  public func frexp() -> (mantissa: Tensor, exponent: Tensor) {
    guard dtype.isFloatingPoint else {
      refuse("frexp", "only supports floating-point dtypes, got \(dtype.name)")
    }
    endsHistory("exponents of frexp")
    let mantissa = copyOfDataInRows()
    let exponent = Tensor(empty: sizes, .int32)
    let exponents = exponent.pointer.assumingMemoryBound(to: Int32.self)
    if dtype == .float32 {
      Tensor.split(mantissa.pointer.assumingMemoryBound(to: Float.self), exponents, count)
    } else {
      Tensor.split(mantissa.pointer.assumingMemoryBound(to: Double.self), exponents, count)
    }
    let result = Tensor.recorded(mantissa, self) { FrexpBackward0().saving(exponent) }
    return (result, exponent)
  }

  private static func split<T: BinaryFloatingPoint>(
    _ numbers: UnsafeMutablePointer<T>, _ exponents: UnsafeMutablePointer<Int32>, _ count: Int
  ) {
    for i in 0..<count {
      let x = numbers[i]
      let isOrdinary = x.isFinite && x != 0
      exponents[i] = isOrdinary ? Int32(x.exponent) + 1 : 0
      if isOrdinary { numbers[i] = T(sign: x.sign, exponent: -1, significand: x.significand) }
    }
  }
}

// MARK: - nextafter

extension Tensor {
  /// The next number that the dtype has after each element towards `other`, with broadcasting.
  ///
  /// Floating point only, promoted.
  public func nextafter(_ other: Tensor) -> Tensor {
    let dtype = Elementwise.promote(.tensor(self), .tensor(other))
    guard dtype.isFloatingPoint else {
      refuse("nextafter", "\"nextafter_cpu\" not implemented for '\(dtype.scalarTypeName)'")
    }
    return .recorded(
      Elementwise.binary(.AGK_NEXTAFTER, self, other, dtype, "nextafter"), self, other
    ) { requiresGrad ? NextafterBackward0().saving(other, self) : NextafterBackward0() }
  }

  /// As `nextafter`, in place.
  @discardableResult
  public func nextafter_(_ other: Tensor) -> Tensor {
    replaceElements("nextafter_") { $0.nextafter(other) }
  }
}

// MARK: - Derivatives (PyTorch's tools/autograd/derivatives.yaml)

/// The gradient goes to the winner; to the first, where the two are equal.
class PreferredExtremumNode: PairNode {
  /// Where the first operand is no worse than the second.
  func firstWins(_ a: Tensor, _ b: Tensor) -> Tensor { fatalError("\(name) does not compare") }

  override final func backward(_ g: Tensor) -> Gradients {
    let wins = firstWins(first, other) | other.isnan()
    let byOther = needs(1) ? g.maskedFill(wins, 0) : nil
    return Gradients(needs(0) ? g.maskedFill(wins.logicalNot(), 0) : nil, byOther)
  }
}

final class FmaxBackward0: PreferredExtremumNode {
  override func firstWins(_ a: Tensor, _ b: Tensor) -> Tensor { a.ge(b) }
}

final class FminBackward0: PreferredExtremumNode {
  override func firstWins(_ a: Tensor, _ b: Tensor) -> Tensor { a.le(b) }
}

final class LdexpBackward0: Node {
  static let otherSlot = 0
  static let resultSlot = 1
  override class var savedNames: [String] { ["other", "result"] }

  override func backward(_ g: Tensor) -> Gradients {
    var byOther: Tensor?
    if needs(1) {
      byOther = (g * savedValue(LdexpBackward0.resultSlot)).scaled(by: .double(Glibc.log(2)))
    }
    return Gradients(
      needs(0) ? g * Tensor.pow(2, savedValue(LdexpBackward0.otherSlot).floatingData) : nil, byOther
    )
  }
}

final class FrexpBackward0: Node {
  override class var savedNames: [String] { ["exponent"] }
  override func backward(_ g: Tensor) -> Gradients {
    Gradients(g / Tensor.pow(2.0, savedValue(0).to(g.dtype)))
  }
}

/// One step in the dtype's numbers has the slope of the element itself, except where none is made.
final class NextafterBackward0: PairNode {
  override func backward(_ g: Tensor) -> Gradients {
    let byOther: Tensor? = needs(1) ? .zeros(like: g) : nil
    guard needs(0) else { return Gradients(nil, byOther) }
    return Gradients(.where(first.ne(other), g, .zero(g.dtype)), byOther)
  }
}
