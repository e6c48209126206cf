// Names of dtypes in one byte.

/// The known names, each told by its place plus one; what is added goes to the end.
private let names = [
  "float32", "float64", "int64", "int32", "bool", "float16", "bfloat16", "int16", "int8", "uint8",
  "uint16", "uint32", "uint64", "complex64", "complex128",
]

extension ByteSink {
  static func bound(dtype: String) -> Int { 1 + bound(dtype) }

  /// A known name in one byte, another as 0 and text.
  mutating func dtype(_ name: String) {
    if name == "float32" {
      byte(1)
    } else if let place = names.firstIndex(of: name) {
      byte(UInt8(place + 1))
    } else {
      byte(0)
      text(name)
    }
  }
}

extension ByteSource {
  mutating func dtype() throws(EventDecodingError) -> String {
    let place = Int(try byte())
    if place == 0 {
      let name = try text()
      guard !names.contains(name) else { throw .badValue }
      return name
    }
    guard place <= names.count else { throw .badValue }
    return names[place - 1]
  }
}
