// Asks who writes a journal, in whatever process, to stop: it cannot be taken in any more.

internal import Glibc
internal import Synchronization

/// A request to the writer of a recording's journal to stop.
///
/// It holds until it is withdrawn or this process ends: a locked file beside the recording. The writer
/// looks for it before it makes another segment.
package final class JournalStop: Sendable {
  private let path: String
  private let descriptor: Int32
  private let isWithdrawn = Atomic(false)

  private static func path(beside recording: String) -> String { "\(recording)-journal.stop" }

  /// Asks; nil where no file can be made beside the recording.
  package init?(beside recording: String) {
    path = Self.path(beside: recording)
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0o666)
    guard descriptor >= 0 else { return nil }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      close(descriptor)
      return nil
    }
  }

  deinit { withdraw() }

  /// Lets the journal be written again.
  package func withdraw() {
    guard !isWithdrawn.exchange(true, ordering: .acquiringAndReleasing) else { return }
    unlink(path)
    close(descriptor)
  }

  /// Whether somebody who lives asks the writer of this journal to stop.
  static func isAsked(beside recording: String) -> Bool {
    let descriptor = open(
      path(beside: recording), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    return flock(descriptor, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK
  }
}
