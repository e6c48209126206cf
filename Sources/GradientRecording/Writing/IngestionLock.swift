// Lets one process at a time take in a journal.

internal import Glibc
internal import Synchronization

/// A lock that this process holds until it is released, or the process ends.
final class IngestionLock: Sendable {
  private let path: String
  private let descriptor: Int32
  private let isReleased = Atomic(false)

  /// Takes the lock of a recording; throws `busy` where another has it.
  init(of recording: String) throws(RecordingError) {
    path = recording + "-journal.ingest"
    while true {
      let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
      guard descriptor >= 0 else {
        throw RecordingError(
          code: .notWritable, message: "no file can be made beside it", file: recording,
          cause: String(cString: strerror(errno)))
      }
      guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
        close(descriptor)
        throw RecordingError(
          code: .busy, message: "another process takes in its journal; try again when it is done",
          file: recording)
      }
      // One that was deleted by who had it before locks nobody out.
      var held = stat()
      var named = stat()
      if fstat(descriptor, &held) == 0, stat(path, &named) == 0, held.st_ino == named.st_ino {
        self.descriptor = descriptor
        return
      }
      close(descriptor)
    }
  }

  deinit { release() }

  /// Gives the lock back.
  func release() {
    guard !isReleased.exchange(true, ordering: .acquiringAndReleasing) else { return }
    unlink(path)
    close(descriptor)
  }
}
