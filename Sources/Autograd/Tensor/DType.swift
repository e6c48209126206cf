// The element types of tensors and the rules by which they are promoted.

internal import CKernels

/// The type of a tensor's elements.
///
/// The order is PyTorch's promotion order: two dtypes meet in the greater one.
public enum DType: UInt8, Sendable, Hashable, CaseIterable, Comparable {
  /// True or false, one byte.
  case bool
  /// A signed 32-bit integer.
  case int32
  /// A signed 64-bit integer.
  case int64
  /// An IEEE 754 single-precision number, the default.
  case float32
  /// An IEEE 754 double-precision number.
  case float64

  /// PyTorch's name of the dtype, such as `float32`.
  public var name: String {
    switch self {
    case .bool: "bool"
    case .int32: "int32"
    case .int64: "int64"
    case .float32: "float32"
    case .float64: "float64"
    }
  }

  /// The dtype of PyTorch's name; nil for a name of none.
  public init?(name: String) {
    guard let dtype = DType.allCases.first(where: { $0.name == name }) else { return nil }
    self = dtype
  }

  /// The size of one element in bytes.
  public var itemSize: Int {
    switch self {
    case .bool: 1
    case .int32, .float32: 4
    case .int64, .float64: 8
    }
  }

  /// Whether elements are floating-point numbers; only such tensors can require gradients.
  public var isFloatingPoint: Bool { self >= .float32 }

  /// Compares by promotion order.
  public static func < (a: DType, b: DType) -> Bool { a.rawValue < b.rawValue }

  /// What a floating-point function makes of this dtype: integers and bool become float32.
  var floating: DType { max(self, .float32) }

  /// The kernels' name of the dtype.
  var kernel: agk_dtype { agk_dtype(rawValue: rawValue)! }

  /// PyTorch's legacy name, which its messages use: `FloatTensor`.
  var tensorTypeName: String {
    switch self {
    case .bool: "BoolTensor"
    case .int32: "IntTensor"
    case .int64: "LongTensor"
    case .float32: "FloatTensor"
    case .float64: "DoubleTensor"
    }
  }
}

/// The dtype in which operands meet: PyTorch's `result_type`.
///
/// Tensors with dimensions outrank those without, and both outrank numbers: a lower rank only
/// counts when its category (bool, integer, floating point) is higher.
/// Source: ATen/native/TypeProperties.cpp.
struct PromotedType {
  private var dimensioned: DType?
  private var zeroDimensional: DType?
  private var number: DType?

  mutating func add(_ tensor: Tensor) {
    if tensor.sizes.count > 0 {
      dimensioned = max(dimensioned ?? tensor.dtype, tensor.dtype)
    } else {
      zeroDimensional = max(zeroDimensional ?? tensor.dtype, tensor.dtype)
    }
  }

  mutating func add(_ scalar: Scalar) {
    number = max(number ?? scalar.dtype, scalar.dtype)
  }

  var dtype: DType {
    Self.combine(dimensioned, Self.combine(zeroDimensional, number)) ?? .float32
  }

  private static func combine(_ higher: DType?, _ lower: DType?) -> DType? {
    guard let higher else { return lower }
    guard let lower, !higher.isFloatingPoint else { return higher }
    return higher == .bool || lower.isFloatingPoint ? max(higher, lower) : higher
  }
}
