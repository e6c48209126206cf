// A place for a copy of a recording that cannot be written where it lies.

internal import Glibc

/// A folder that is deleted with what is in it when nobody uses it any more.
final class TemporaryFolder: Sendable {
  private let path: String

  init() throws(RecordingError) {
    let root = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    var template = Array("\(root)/agviz-recording-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else {
      throw RecordingError(
        code: .notWritable, message: "no folder can be made for a copy of the recording",
        file: root, cause: String(cString: strerror(errno)))
    }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit {
    for name in ["", "-wal", "-shm", "-journal"] { unlink(path + "/run.agviz" + name) }
    rmdir(path)
  }

  /// Copies a recording and its WAL, and says where the copy is.
  func copy(recording: String) throws(RecordingError) -> String {
    let target = path + "/run.agviz"
    for name in ["", "-wal"] where name.isEmpty || RecordingFile.hasBytes(recording + name) {
      try copy(recording + name, to: target + name, name: recording)
    }
    return target
  }

  private func copy(
    _ source: String, to target: String, name: String
  ) throws(RecordingError) {
    func failure(_ code: RecordingError.Code, _ message: String) -> RecordingError {
      let reason = errno
      return RecordingError(
        code: reason == ENOSPC ? .full : code, message: message, file: name,
        cause: String(cString: strerror(reason)))
    }
    let input = open(source, O_RDONLY | O_CLOEXEC)
    if input < 0, errno == ENOENT { return }
    guard input >= 0 else { throw failure(.notReadable, "cannot be read") }
    defer { close(input) }
    let output = open(target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard output >= 0 else { throw failure(.notWritable, "cannot be copied to \(target)") }
    defer { close(output) }
    var buffer = [UInt8](repeating: 0, count: 1 << 20)
    while true {
      let count = read(input, &buffer, buffer.count)
      if count == 0 { return }
      guard count > 0 else { throw failure(.notReadable, "cannot be read") }
      var start = 0
      while start < count {
        let written = buffer.withUnsafeBytes {
          write(output, $0.baseAddress! + start, count - start)
        }
        guard written > 0 else { throw failure(.notWritable, "cannot be copied to \(target)") }
        start += written
      }
    }
  }
}
