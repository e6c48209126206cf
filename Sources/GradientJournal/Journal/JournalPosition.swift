// A place between two records of a journal.

/// A place between two records of a journal, from which reading can go on, also in another process.
package struct JournalPosition: Sendable, Hashable {
  /// The random number of the session whose record lies before it; 0 where that cannot be told.
  package var session: UInt64
  /// The number of the segment.
  package var segment: UInt32
  /// Bytes from the start of the segment; `restLeft` where nothing more of the session is read.
  package var offset: Int64

  /// The offset behind all that is left unread of a session because a record is damaged.
  package static let restLeft = Int64.max

  package init(session: UInt64, segment: UInt32, offset: Int64) {
    self.session = session
    self.segment = segment
    self.offset = offset
  }
}
