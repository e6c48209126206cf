// What a file's first bytes say, read without SQLite so that errors can be told apart.

internal import Glibc

/// A file that may be a recording.
enum RecordingFile {
  /// What a file is.
  enum Kind: Equatable {
    /// A recording of this schema version.
    case recording(version: Int)
    /// There is no such file, or nothing in it.
    case empty
  }

  /// Looks at a file's header.
  static func inspect(_ path: String, forWriting: Bool) throws(RecordingError) -> Kind {
    func failure(_ code: RecordingError.Code, _ message: String) -> RecordingError {
      RecordingError(code: code, message: message, file: path)
    }
    guard !path.isEmpty, !path.utf8.contains(0) else {
      throw failure(.notFound, "no file has that name")
    }
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      let reason = errno
      if reason == ENOENT, forWriting { return .empty }
      let isMissing = reason == ENOENT || reason == ENOTDIR
      throw failure(isMissing ? .notFound : .notReadable, String(cString: strerror(reason)))
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw failure(.notReadable, "is no file that can be read as a recording")
    }
    var header = [UInt8](repeating: 0, count: 100)
    let count = read(descriptor, &header, header.count)
    if count == 0 { return .empty }
    guard count == header.count, header.starts(with: "SQLite format 3\0".utf8) else {
      throw failure(.notARecording, "is no recording")
    }
    func number(at offset: Int) -> UInt32 {
      header[offset..<offset + 4].reduce(0) { $0 << 8 | UInt32($1) }
    }
    guard number(at: 68) == UInt32(bitPattern: Schema.applicationID) else {
      throw failure(.notARecording, "is a database, but no recording")
    }
    return .recording(version: Int(Int32(bitPattern: number(at: 60))))
  }

  /// Whether a file is there and holds something.
  static func hasBytes(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_size > 0
  }

  /// Whether files can be made in a file's folder, as SQLite and recovery need it, and the file
  /// itself can be written or made.
  static func canBeWritten(_ path: String) -> Bool {
    let end = path.utf8.lastIndex(of: UInt8(ascii: "/"))
    let folder = end.map { String(path[...$0]) } ?? "."
    return faccessat(AT_FDCWD, folder, W_OK, AT_EACCESS) == 0
      && (faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) == 0 || errno == ENOENT)
  }
}
