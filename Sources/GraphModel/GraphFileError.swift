// Why a graph could not be read, written or accepted.

/// Why a graph could not be read or written, or is not one.
///
/// `description` is one line for people: `loss.json:7:12: nodes[3].inputs[0]: there is no node 9`.
public struct GraphFileError: Error, Sendable, Hashable, CustomStringConvertible {
  /// What kind of failure it is, for programs.
  public var code: Code
  /// What is wrong and, where it helps, the way out; one line.
  public var message: String
  /// The file, as it was named by the caller; nil for a graph that is not in a file.
  public var file: String?
  /// The offending key, such as `nodes[3].inputs[0]`; nil where no key is to blame.
  public var keyPath: String?
  /// Where in the file; nil where there is no such place.
  public var position: Position?

  /// Creates an error.
  public init(
    code: Code, message: String, file: String? = nil, keyPath: String? = nil,
    position: Position? = nil
  ) {
    self.code = code
    self.message = message
    self.file = file
    self.keyPath = keyPath
    self.position = position
  }

  /// The file, the place, the key and the message, separated by colons, in one line.
  public var description: String {
    var place = file.map { printable($0, limit: 4096) } ?? ""
    if let position { place += (place.isEmpty ? "" : ":") + "\(position.line):\(position.column)" }
    return [place, keyPath ?? "", message].filter { !$0.isEmpty }.joined(separator: ": ")
  }

  /// The error as one JSON object, absent parts left out.
  public var json: String {
    var writer = JSONWriter()
    writer.beginObject()
    for (key, text) in [
      ("code", code.description), ("message", message), ("file", file), ("keyPath", keyPath),
    ] {
      guard let text else { continue }
      writer.key(key)
      writer.value(text)
    }
    if let position {
      writer.key("line")
      writer.value(position.line)
      writer.key("column")
      writer.value(position.column)
    }
    writer.endObject()
    return String(decoding: writer.bytes, as: UTF8.self)
  }

  /// A place in a text file.
  public struct Position: Sendable, Hashable {
    /// The line, counted from 1.
    public var line: Int
    /// The column in Unicode scalars, counted from 1.
    public var column: Int

    /// Creates a position.
    public init(line: Int, column: Int) {
      self.line = line
      self.column = column
    }
  }

  /// A kind of failure.
  public struct Code: Sendable, Hashable, CustomStringConvertible {
    /// The code's name.
    public let description: String

    /// There is no such file.
    public static let notFound = Code(description: "notFound")
    /// The file is there and cannot be read: a folder, no permission, a failing device.
    public static let notReadable = Code(description: "notReadable")
    /// The file cannot be created or written.
    public static let notWritable = Code(description: "notWritable")
    /// The file is larger than `ComputationGraph.largestFile`.
    public static let tooLarge = Code(description: "tooLarge")
    /// The text is not JSON, or it ends too early.
    public static let notJSON = Code(description: "notJSON")
    /// The JSON is of another format.
    public static let unknownFormat = Code(description: "unknownFormat")
    /// The format's version is not known to this program.
    public static let unknownVersion = Code(description: "unknownVersion")
    /// A key is missing, given twice, or holds a value of a wrong type or out of range.
    public static let badValue = Code(description: "badValue")
    /// The values do not make a graph: ids, edges or views that contradict each other.
    public static let badGraph = Code(description: "badGraph")
  }
}
