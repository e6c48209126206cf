// Why a safetensors file cannot be read or written.

/// An error of reading or writing a safetensors file.
public struct SafeTensorsError: Error, Sendable, Hashable, CustomStringConvertible {
  /// What kind of mistake it is.
  public enum Code: Sendable, Hashable {
    /// The file cannot be opened, mapped or written.
    case file
    /// The file ends before it should, or goes on after it should have ended.
    case size
    /// The header is longer than any may be.
    case headerTooLarge
    /// The header is no JSON of the form that it should have.
    case header
    /// A name is there twice.
    case duplicateKey
    /// A tensor's bytes are not where they can be.
    case offsets
    /// A tensor's shape does not fit its bytes, or is none that a tensor can have.
    case shape
    /// The dtype is none that there is here.
    case dtype
    /// There is no tensor of that name.
    case missingKey
  }

  /// What kind of mistake it is.
  public var code: Code
  /// What is wrong.
  public var message: String
  /// The file.
  public var file: String
  /// The tensor, if it is about one.
  public var key: String?

  /// File, tensor and message in one line.
  public var description: String {
    key.map { "\(file): tensor \"\($0)\": \(message)" } ?? "\(file): \(message)"
  }
}
