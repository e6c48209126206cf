// Loading and saving tensors as safetensors files.

internal import Autograd
internal import GraphModel

/// Files of tensors by name, as Hugging Face's safetensors package has them.
///
/// ```swift
/// try SafeTensors.save(model.stateDict(), to: "model.safetensors")
/// try model.loadStateDict(SafeTensors.load("model.safetensors"))
/// ```
public enum SafeTensors {
  /// All tensors of a file; F16 and BF16 become float32.
  public static func load(_ path: String) throws(SafeTensorsError) -> StateDict {
    try SafeTensorsFile(path).tensors()
  }

  /// Writes tensors as a file, whose bytes are those that the Python package writes.
  ///
  /// The file is written aside and then takes the place of one that may be there.
  ///
  /// - Parameters:
  ///   - tensors: what is saved.
  ///   - path: the file.
  ///   - metadata: texts that are stored with them.
  /// - Throws: `SafeTensorsError` when the file cannot be written.
  public static func save(
    _ tensors: StateDict, to path: String, metadata: [String: String] = [:]
  ) throws(SafeTensorsError) {
    let entries = tensors.map { ($0.key, $0.tensor) }.sorted { a, b in
      let (first, second) = (SafeTensorsDType.rank(a.1.dtype), SafeTensorsDType.rank(b.1.dtype))
      return first != second ? first > second : a.0.utf8.lexicographicallyPrecedes(b.0.utf8)
    }
    if tensors["__metadata__"] != nil {
      throw SafeTensorsError(
        code: .header, message: "no tensor can have this name", file: path, key: "__metadata__")
    }
    var fields: [String] = []
    if !metadata.isEmpty {
      let texts = metadata.sorted { $0.key < $1.key }.map { "\(quoted($0)):\(quoted($1))" }
      fields.append("\"__metadata__\":{\(texts.joined(separator: ","))}")
    }
    var offset = 0
    for (key, tensor) in entries {
      let end = offset + tensor.count * tensor.dtype.itemSize
      let shape = tensor.shape.map(String.init).joined(separator: ",")
      fields.append(
        "\(quoted(key)):{\"dtype\":\"\(SafeTensorsDType.written(tensor.dtype).name)\","
          + "\"shape\":[\(shape)],\"data_offsets\":[\(offset),\(end)]}")
      offset = end
    }
    var header = Array("{\(fields.joined(separator: ","))}".utf8)
    while header.count % 8 != 0 { header.append(UInt8(ascii: " ")) }
    guard header.count <= SafeTensorsHeader.limit else {
      throw SafeTensorsError(
        code: .headerTooLarge, message: "the header has \(header.count) bytes", file: path)
    }
    do throws(GraphFileError) {
      var file = try OutputFile(path)
      do throws(GraphFileError) {
        try file.write((0..<8).map { UInt8(truncatingIfNeeded: header.count >> (8 * $0)) })
        try file.write(header)
        for (_, tensor) in entries {
          try tensor.withBytes { bytes throws(GraphFileError) in try file.write(bytes) }
        }
      } catch {
        file.discard()
        throw error
      }
      try file.finish()
    } catch {
      throw SafeTensorsError(code: .file, message: error.message, file: path)
    }
  }

  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\u{08}": result += "\\b"
      case "\u{0c}": result += "\\f"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case "\0"..<" ":
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
