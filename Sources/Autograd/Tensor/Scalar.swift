// Numbers as operands: weak in promotion, as Python's numbers are.

internal import GraphModel

/// A number given to an operator in place of a tensor.
public enum Scalar: Sendable, Hashable {
  /// A truth.
  case bool(Bool)
  /// A whole number.
  case int(Int)
  /// A floating-point number.
  case double(Double)

  /// The dtype of a tensor made from the number alone.
  var dtype: DType {
    switch self {
    case .bool: .bool
    case .int: .int64
    case .double: .float32
    }
  }

  /// The number as a floating-point number.
  public var double: Double {
    switch self {
    case .bool(let value): value ? 1 : 0
    case .int(let value): Double(value)
    case .double(let value): value
    }
  }

  /// The number as a whole number, truncated; what has no such value becomes the smallest Int.
  public var int: Int {
    switch self {
    case .bool(let value): value ? 1 : 0
    case .int(let value): value
    case .double(let value): Int(exactly: value.rounded(.towardZero)) ?? .min
    }
  }

  /// Whether the number is a whole number equal to `value`.
  func isExactly(_ value: Double) -> Bool { double == value }

  /// The attribute that PyTorch shows for the number.
  var attribute: AttributeValue {
    switch self {
    case .bool(let value): .bool(value)
    case .int(let value): .int(value)
    case .double(let value): .double(value)
    }
  }
}

/// A type whose values can stand as numbers beside tensors: `2 * x`, `x + lr`.
public protocol ScalarConvertible {
  /// The value as a number.
  var scalar: Scalar { get }
}

extension Scalar: ScalarConvertible {
  /// The number itself.
  @inlinable public var scalar: Scalar { self }
}
extension Int: ScalarConvertible {
  /// The value as a whole number.
  @inlinable public var scalar: Scalar { .int(self) }
}
extension Int32: ScalarConvertible {
  /// The value as a whole number.
  @inlinable public var scalar: Scalar { .int(Int(self)) }
}
extension Double: ScalarConvertible {
  /// The value as a floating-point number.
  @inlinable public var scalar: Scalar { .double(self) }
}
extension Float: ScalarConvertible {
  /// The value as a floating-point number.
  @inlinable public var scalar: Scalar { .double(Double(self)) }
}
extension Bool: ScalarConvertible {
  /// The value as a truth.
  @inlinable public var scalar: Scalar { .bool(self) }
}

/// One element of any dtype in memory, for kernels that take a number as an operand of stride 0.
struct ElementBuffer {
  private var bits: UInt64 = 0

  init(_ scalar: Scalar, _ dtype: DType) {
    withUnsafeMutableBytes(of: &bits) { bytes in
      switch dtype {
      case .bool: bytes.storeBytes(of: scalar.double != 0, as: Bool.self)
      case .int32: bytes.storeBytes(of: Int32(truncatingIfNeeded: scalar.int), as: Int32.self)
      case .int64: bytes.storeBytes(of: scalar.int, as: Int.self)
      case .float32: bytes.storeBytes(of: Float(scalar.double), as: Float.self)
      case .float64: bytes.storeBytes(of: scalar.double, as: Double.self)
      }
    }
  }

  @inline(__always)
  mutating func withPointer<R>(_ body: (UnsafeMutableRawPointer) -> R) -> R {
    withUnsafeMutableBytes(of: &bits) { body($0.baseAddress!) }
  }
}
