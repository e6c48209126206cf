// The right to write the journal of a recording, which one process at a time has.

internal import CJournal
internal import Glibc

/// A lock on a file beside a recording, which goes away with its process, however that ends.
///
/// The file is removed when the lock is given back.
struct JournalLock {
  private let path: String
  private let descriptor: Int32

  private static func path(beside recording: String) -> String { "\(recording)-journal.lock" }

  /// Takes the lock; throws `.inUse` where it is taken.
  init(beside recording: String) throws(JournalError) {
    let path = Self.path(beside: recording)
    self.path = path
    guard !path.utf8.contains(0) else {
      throw JournalError(code: .notWritable, message: "no file name holds a NUL", file: path)
    }
    var attempt = 0
    while true {
      let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0o666)
      guard descriptor >= 0 else {
        throw JournalError(
          .notWritable, "nothing is recorded, for the journal's lock cannot be made", errno,
          "record into a folder that can be written", file: path)
      }
      if flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
        let reason = errno
        Glibc.close(descriptor)
        guard reason == EWOULDBLOCK || reason == EINTR else {
          throw JournalError(
            .notWritable, "nothing is recorded, for the journal cannot be locked", reason,
            "record into a folder whose file system has locks", file: path)
        }
        // Who only asks whether it is taken has it for an instant.
        guard attempt < 5 else {
          throw JournalError(
            code: .inUse,
            message: "another writer has this recording's journal; wait for its end, or record "
              + "into another file",
            file: path)
        }
        attempt += 1
        usleep(2000)
        continue
      }
      if Self.isNamed(descriptor, path) {
        guard cj_close_on_fork(descriptor) else {
          Glibc.close(descriptor)
          throw JournalError(
            code: .notWritable, message: "this process writes too many journals at once; close one",
            file: path)
        }
        self.descriptor = descriptor
        return
      }
      Glibc.close(descriptor)
    }
  }

  /// Gives the lock back, which a forked process does not have.
  func release() {
    unlink(path)
    cj_keep_on_fork(descriptor)
    Glibc.close(descriptor)
  }

  /// Whether some process has the lock.
  static func isHeld(beside recording: String) -> Bool {
    let path = path(beside: recording)
    while true {
      let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
      guard descriptor >= 0 else { return false }
      defer { Glibc.close(descriptor) }
      if flock(descriptor, LOCK_SH | LOCK_NB) == 0 {
        if isNamed(descriptor, path) { return false }
      } else if errno != EINTR {
        return errno == EWOULDBLOCK
      }
    }
  }

  /// Whether an open file still has its name.
  ///
  /// Who had the lock may have removed it after it was opened; then another has the name, or none.
  private static func isNamed(_ descriptor: Int32, _ path: String) -> Bool {
    var (opened, named) = (stat(), stat())
    return fstat(descriptor, &opened) == 0 && stat(path, &named) == 0
      && opened.st_ino == named.st_ino && opened.st_dev == named.st_dev
  }
}
