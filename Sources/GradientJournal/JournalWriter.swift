// Appends events to the journal of a recording.

/// Appends events to memory-mapped files beside a recording.
///
/// What was appended outlives the process, however that ends: of a process that is killed, at most
/// the event that is being appended is lost. Several threads may append. A process that was forked
/// from the one that made the writer appends nothing.
package final class JournalWriter: Sendable {
  /// The random number of this session, never 0.
  package let session: UInt64

  /// Begins a session beside `recording`, after those that are there.
  ///
  /// Throws `.inUse` where another writer, of this process or another, has the journal, and
  /// `.noSpace` or `.notWritable` where its first segment cannot be made.
  package init(
    beside recording: String, segmentSize: Int = 4 << 20
  ) throws(JournalError) {
    throw JournalError(code: .notWritable, message: "cannot be written yet", file: recording)
  }

  /// Appends an event, or does nothing after a failure, after `close` and in a forked process.
  package func append(_ event: Event) {}

  /// Ends writing: gives back what the last segment does not use, and the lock.
  package func close() {}

  /// What stopped the writer; nil while it writes.
  package var failure: JournalError? { nil }

  /// The size of all that this writer wrote, in bytes.
  package var bytesWritten: Int { 0 }

  /// How many segments this writer made.
  package var segmentCount: Int { 0 }

  /// Whether some process writes the journal of a recording now.
  package static func isBeingWritten(beside recording: String) -> Bool { false }
}
