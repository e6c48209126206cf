// Why a journal could not be written or read.

internal import Glibc
internal import GraphModel

/// Why a journal could not be written, or what of it cannot be read.
///
/// `description` is one line for people: what, where, why, and the way out where there is one.
package struct JournalError: Error, Sendable, Hashable, CustomStringConvertible {
  /// What kind of failure it is, for programs.
  package var code: Code
  /// What is wrong, why, and the way out; one line.
  package var message: String
  /// The file that it is about.
  package var file: String
  /// Where in the file, in bytes from its start; nil where there is no such place.
  package var offset: Int?

  package init(code: Code, message: String, file: String, offset: Int? = nil) {
    self.code = code
    self.message = message
    self.file = file
    self.offset = offset
  }

  /// An error that the system gives the reason of, by its number, with the way out, if any.
  init(
    _ code: Code, _ message: String, _ reason: Int32, _ wayOut: String? = nil, file: String
  ) {
    let reason = String(cString: strerror(reason))
    let message = "\(message): \(reason)" + (wayOut.map { "; \($0)" } ?? "")
    self.init(code: code, message: message, file: file)
  }

  /// The file, the place and the message, separated by colons, in one line.
  package var description: String {
    let place = offset.map { ":\($0)" } ?? ""
    return "\(printable(file, limit: 4096))\(place): \(printable(message, limit: 4096))"
  }

  /// A kind of failure.
  package enum Code: String, Sendable, Hashable, CaseIterable {
    /// Another writer holds the journal.
    case inUse
    /// The disk is full, or a quota or a limit of the process is reached.
    case noSpace
    /// A file cannot be created or written for another reason.
    case notWritable
    /// A file cannot be opened or read.
    case notReadable
    /// Bytes are not those that were written.
    case damaged
    /// A segment that must be there is not.
    case missing
    /// A later program wrote it, in a way that this one does not know.
    case newerVersion
  }
}
