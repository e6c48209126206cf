// The file that a recording is written to, before and after that.

internal import GradientJournal
internal import GradientRecording
internal import Glibc

/// A recording that is to be made.
struct RecordingOutput {
  let path: String
  /// The path from the root on: the program may work in another folder.
  let absolutePath: String

  init(_ path: String) throws(Failure) {
    self.path = path
    guard !path.isEmpty, path != "-", !path.utf8.contains(0) else {
      throw Failure(.usage, "a recording is a file; give its name, such as -o run.agviz")
    }
    let end = path.utf8.lastIndex(of: UInt8(ascii: "/"))
    let folder = end.map { String(path[...$0]) } ?? "."
    let name = end.map { String(path[path.utf8.index(after: $0)...]) } ?? path
    guard let resolved = realpath(folder, nil) else {
      throw Failure(.cannotCreate, "\(path): \(String(cString: strerror(errno)))")
    }
    defer { free(resolved) }
    absolutePath = String(cString: resolved) + "/" + name
    guard !name.isEmpty else { throw Failure(.cannotCreate, "\(path): Is a directory") }
    guard access(folder, W_OK) == 0 else {
      throw Failure(
        .cannotCreate,
        "\(path): the folder cannot be written: \(String(cString: strerror(errno))); a recording "
          + "needs a journal beside it")
    }
  }

  /// Makes sure that there is no such file, and no journal of one.
  func prepare(replacing: Bool) throws {
    if JournalWriter.isBeingWritten(beside: path) {
      throw Failure(.cannotCreate, "\(path): a program that runs now records into it")
    }
    var status = stat()
    let exists = lstat(path, &status) == 0
    let hasJournal = JournalReader(beside: path).hasSegments
    guard exists || hasJournal else { return }
    guard replacing else {
      throw Failure(
        .cannotCreate,
        exists
          ? "\(path): is there already; record into another file, or replace it with --force"
          : "\(path): a program that was killed left a journal beside it, which agviz info "
            + "recovers; replace it with --force")
    }
    if exists {
      guard status.st_mode & S_IFMT == S_IFREG,
        status.st_size == 0 || Recording.isRecording(path)
      else {
        throw Failure(
          .cannotCreate, "\(path): is there already and no recording: --force does not replace it")
      }
      guard unlink(path) == 0 else {
        throw Failure(.cannotCreate, "\(path): \(String(cString: strerror(errno)))")
      }
    }
    remove()
  }

  /// Deletes the recording and what lies beside it.
  func remove() {
    for suffix in ["", "-wal", "-shm"] { unlink(path + suffix) }
    // One that cannot be deleted is said to be there by who begins to write.
    try? JournalReader.removeJournal(beside: path)
  }
}
