// Reads the events of the journal of a recording.

/// Reads the events of a journal in the order of writing, also while it is written.
package final class JournalReader {
  /// The place after all that was read; nil before the first event.
  package private(set) var position: JournalPosition?
  /// How many events were skipped because a later program wrote them, of kinds not known here.
  package private(set) var unknownEventCount = 0

  /// Reads what lies after `position`, or all that is there.
  ///
  /// A position whose segment is gone, because it was read and removed, stands before the first
  /// segment that is there.
  package init(beside recording: String, after position: JournalPosition? = nil) {
    self.position = position
  }

  /// The next event and the place after it; nil where no more is there now: a writer may add some.
  ///
  /// Throws `.damaged`, `.missing`, `.newerVersion` or `.notReadable`. What follows in that session
  /// is left then: `position` stands behind it, and the next call goes on with the next session.
  package func next() throws(JournalError) -> (event: Event, position: JournalPosition)? { nil }

  /// Whether there are segments, read or not.
  package var hasSegments: Bool { false }

  /// Deletes the segments that lie whole before `position`.
  ///
  /// Where nobody writes the journal, the last one is among them when it is read to its end.
  ///
  /// Throws `.notWritable` where one cannot be deleted; those after it are left then.
  package func removeSegments(before position: JournalPosition) throws(JournalError) {}
}
