// The elements of a recorded tensor as numbers.

/// Elements in row-major order, read from their bytes one by one.
struct Elements: RandomAccessCollection {
  private let bytes: [UInt8]
  private let kind: Kind
  let count: Int

  private enum Kind: String {
    case bool, uint8, int8, int16, int32, int64, float16, bfloat16, float32, float64

    var size: Int {
      switch self {
      case .bool, .uint8, .int8: 1
      case .int16, .float16, .bfloat16: 2
      case .int32, .float32: 4
      case .int64, .float64: 8
      }
    }
  }

  /// Nil where the dtype is not known or the bytes do not come out even.
  init?(_ bytes: [UInt8], dtype: String) {
    guard let kind = Kind(rawValue: dtype), bytes.count % kind.size == 0 else { return nil }
    self.bytes = bytes
    self.kind = kind
    count = bytes.count / kind.size
  }

  var startIndex: Int { 0 }
  var endIndex: Int { count }

  subscript(position: Int) -> Double {
    precondition(indices.contains(position), "there is no such element")
    return bytes.withUnsafeBytes { bytes in
      let offset = position * kind.size
      func load<T: BitwiseCopyable>(_ type: T.Type) -> T {
        bytes.loadUnaligned(fromByteOffset: offset, as: type)
      }
      return switch kind {
      case .bool: load(UInt8.self) == 0 ? 0 : 1
      case .uint8: Double(load(UInt8.self))
      case .int8: Double(load(Int8.self))
      case .int16: Double(load(Int16.self))
      case .int32: Double(load(Int32.self))
      case .int64: Double(load(Int64.self))
      case .float16: Self.half(load(UInt16.self))
      case .bfloat16: Double(Float(bitPattern: UInt32(load(UInt16.self)) << 16))
      case .float32: Double(load(Float.self))
      case .float64: load(Double.self)
      }
    }
  }

  /// IEEE 754's binary16, which Swift lacks on some machines.
  private static func half(_ bits: UInt16) -> Double {
    let sign: Double = bits >> 15 == 0 ? 1 : -1
    let exponent = Int(bits >> 10 & 0x1F)
    let fraction = Double(bits & 0x3FF)
    switch exponent {
    case 0: return sign * fraction * 0x1p-24
    case 31: return fraction == 0 ? sign * .infinity : .nan
    default:
      return sign * Double(sign: .plus, exponent: exponent - 15, significand: 1 + fraction / 1024)
    }
  }
}
