// Throws a journal away.

internal import Glibc

extension JournalReader {
  /// Deletes all segments beside a recording, read or not; nobody may write them.
  package static func removeJournal(beside recording: String) throws(JournalError) {
    for number in try SegmentFormat.numbers(beside: recording) {
      let path = SegmentFormat.path(beside: recording, number: number)
      guard unlink(path) == 0 || errno == ENOENT else {
        throw JournalError(.notWritable, "cannot be deleted", errno, file: path)
      }
    }
  }
}
