// The dtypes of safetensors files and those that they are read as.

internal import Autograd

/// A dtype by the name that files have for it.
struct SafeTensorsDType: Equatable {
  var name: String
  var bits: Int
  /// What it is read as; nil where there is nothing for it.
  var dtype: DType?

  static let float16 = SafeTensorsDType(name: "F16", bits: 16, dtype: .float32)
  static let bfloat16 = SafeTensorsDType(name: "BF16", bits: 16, dtype: .float32)

  /// All that the format knows.
  private static let all =
    [
      SafeTensorsDType(name: "BOOL", bits: 8, dtype: .bool),
      SafeTensorsDType(name: "I32", bits: 32, dtype: .int32),
      SafeTensorsDType(name: "F32", bits: 32, dtype: .float32),
      SafeTensorsDType(name: "F64", bits: 64, dtype: .float64),
      SafeTensorsDType(name: "I64", bits: 64, dtype: .int64), float16, bfloat16,
    ]
    + [
      ("F4", 4), ("F6_E2M3", 6), ("F6_E3M2", 6), ("U8", 8), ("I8", 8), ("F8_E5M2", 8),
      ("F8_E4M3", 8), ("F8_E8M0", 8), ("F8_E4M3FNUZ", 8), ("F8_E5M2FNUZ", 8), ("I16", 16),
      ("U16", 16), ("U32", 32), ("U64", 64), ("C64", 64),
    ].map { SafeTensorsDType(name: $0.0, bits: $0.1, dtype: nil) }

  static func named(_ name: String) -> SafeTensorsDType? { all.first { $0.name == name } }

  /// What a dtype is written as.
  static func written(_ dtype: DType) -> SafeTensorsDType {
    all.first { $0.dtype == dtype && $0.bits == dtype.itemSize * 8 }!
  }

  /// Where PyTorch's package puts tensors of a dtype: those of the widest come first.
  static func rank(_ dtype: DType) -> Int {
    switch dtype {
    case .bool: 0
    case .int32: 1
    case .float32: 2
    case .float64: 3
    case .int64: 4
    }
  }
}
