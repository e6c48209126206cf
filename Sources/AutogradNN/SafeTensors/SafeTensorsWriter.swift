// A safetensors file as it is written: the header first, then the tensors' bytes in its order.

package import Autograd
internal import GraphModel

/// Writes a safetensors file aside, which takes the place of one that may be there at the end.
///
/// Its bytes are those that the Python package writes.
package struct SafeTensorsWriter {
  /// A tensor that is to be written.
  package struct Entry {
    package var key: String
    package var dtype: DType
    package var shape: [Int]

    package init(key: String, dtype: DType, shape: [Int]) {
      self.key = key
      self.dtype = dtype
      self.shape = shape
    }
  }

  /// The positions of the entries in the order in which their bytes are written.
  package let order: [Int]
  private let path: String
  private var file: OutputFile

  /// Begins a file.
  package init(
    _ path: String, _ entries: [Entry], metadata: [String: String] = [:]
  ) throws(SafeTensorsError) {
    self.path = path
    order = entries.indices.sorted { a, b in
      let (a, b) = (entries[a], entries[b])
      let (first, second) = (SafeTensorsDType.rank(a.dtype), SafeTensorsDType.rank(b.dtype))
      return first != second ? first > second : a.key.utf8.lexicographicallyPrecedes(b.key.utf8)
    }
    if entries.contains(where: { $0.key == "__metadata__" }) {
      throw SafeTensorsError(
        code: .header, message: "no tensor can have this name", file: path, key: "__metadata__")
    }
    let header = Self.header(order.map { entries[$0] }, metadata)
    guard header.count <= SafeTensorsHeader.limit else {
      throw SafeTensorsError(
        code: .headerTooLarge, message: "the header has \(header.count) bytes", file: path)
    }
    do throws(GraphFileError) {
      file = try OutputFile(path)
      do throws(GraphFileError) {
        try file.write((0..<8).map { UInt8(truncatingIfNeeded: header.count >> (8 * $0)) })
        try file.write(header)
      } catch {
        file.discard()
        throw error
      }
    } catch {
      throw SafeTensorsError(code: .file, message: error.message, file: path)
    }
  }

  /// Writes the next of a tensor's bytes: its elements in row-major order.
  package mutating func write(_ bytes: UnsafeRawBufferPointer) throws(SafeTensorsError) {
    do throws(GraphFileError) {
      try file.write(bytes)
    } catch {
      throw SafeTensorsError(code: .file, message: error.message, file: path)
    }
  }

  /// Closes the file and gives it its name.
  package mutating func finish() throws(SafeTensorsError) {
    do throws(GraphFileError) {
      try file.finish()
    } catch {
      throw SafeTensorsError(code: .file, message: error.message, file: path)
    }
  }

  /// Closes the file and leaves what was there before.
  package mutating func discard() { file.discard() }

  /// What the file says of its tensors, filled up to a multiple of 8 bytes.
  private static func header(_ entries: [Entry], _ metadata: [String: String]) -> [UInt8] {
    var fields: [String] = []
    if !metadata.isEmpty {
      let texts = metadata.sorted { $0.key < $1.key }.map { "\(quoted($0)):\(quoted($1))" }
      fields.append("\"__metadata__\":{\(texts.joined(separator: ","))}")
    }
    var offset = 0
    for entry in entries {
      let end = offset + entry.shape.reduce(entry.dtype.itemSize, *)
      let shape = entry.shape.map(String.init).joined(separator: ",")
      fields.append(
        "\(quoted(entry.key)):{\"dtype\":\"\(SafeTensorsDType.written(entry.dtype).name)\","
          + "\"shape\":[\(shape)],\"data_offsets\":[\(offset),\(end)]}")
      offset = end
    }
    var header = Array("{\(fields.joined(separator: ","))}".utf8)
    while header.count % 8 != 0 { header.append(UInt8(ascii: " ")) }
    return header
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
