// Why a recording could not be written, read or accepted.

internal import GraphModel

/// Why a recording could not be written or read, or is not one.
///
/// `description` is one line for people: `run.agviz: written by a newer agviz: schema 2, this one
/// reads 1`.
public struct RecordingError: Error, Sendable, Hashable, CustomStringConvertible {
  /// What kind of failure it is, for programs.
  public var code: Code
  /// What is wrong, what is still valid and, where there is one, the way out; one line.
  public var message: String
  /// The file, as it was named by the caller; nil where no file is to blame.
  public var file: String?
  /// The words of SQLite or of the system; nil where they say nothing more.
  public var cause: String?

  /// Creates an error.
  public init(code: Code, message: String, file: String? = nil, cause: String? = nil) {
    self.code = code
    self.message = message
    self.file = file
    self.cause = cause
  }

  /// The file, the message and the cause in one line.
  public var description: String {
    let place = file.map { printable($0, limit: 4096) + ": " } ?? ""
    let reason = cause.map { " (\(printable($0, limit: 400)))" } ?? ""
    return place + printable(message, limit: 1000) + reason
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
    /// The disk is full.
    public static let full = Code(description: "full")
    /// Another process holds the recording.
    public static let busy = Code(description: "busy")
    /// The file is no recording.
    public static let notARecording = Code(description: "notARecording")
    /// The schema is of a version that this program does not know.
    public static let unknownVersion = Code(description: "unknownVersion")
    /// The file, or the journal beside it, is damaged.
    public static let damaged = Code(description: "damaged")
    /// There is no such pass, call, graph or value in the recording.
    public static let noSuchRecord = Code(description: "noSuchRecord")
  }
}
