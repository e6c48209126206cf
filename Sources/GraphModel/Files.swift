// Reading whole files and writing them so that nobody ever sees half of one.

internal import Glibc

/// Reads a file or a pipe to its end; throws when it holds more than `limit` bytes.
package func readFile(_ path: String, limit: Int) throws(GraphFileError) -> [UInt8] {
  guard !path.utf8.contains(0) else {
    throw GraphFileError(code: .notFound, message: "no file name holds a NUL", file: path)
  }
  let descriptor = open(path, O_RDONLY | O_CLOEXEC)
  guard descriptor >= 0 else {
    let reason = errno
    let code: GraphFileError.Code = reason == ENOENT || reason == ENOTDIR ? .notFound : .notReadable
    throw GraphFileError(code: code, message: systemMessage(reason), file: path)
  }
  defer { close(descriptor) }
  return try readAll(descriptor, file: path, limit: limit)
}

/// Reads an open file to its end.
func readAll(_ descriptor: Int32, file: String, limit: Int) throws(GraphFileError) -> [UInt8] {
  var status = stat()
  var size = 0
  if fstat(descriptor, &status) == 0 {
    if status.st_mode & S_IFMT == S_IFDIR {
      throw GraphFileError(code: .notReadable, message: "is a folder, not a file", file: file)
    }
    size = Int(status.st_size)
  }
  let tooLarge = GraphFileError(
    code: .tooLarge, message: "is larger than the limit of \(limit >> 20) MiB", file: file)
  guard size <= limit else { throw tooLarge }

  // One byte more than the size, so that the end is seen without growing.
  var bytes = [UInt8](repeating: 0, count: max(size + 1, 1 << 16))
  var count = 0
  while true {
    if count == bytes.count {
      bytes.append(contentsOf: repeatElement(0, count: bytes.count))
    }
    let result = bytes.withUnsafeMutableBytes {
      read(descriptor, $0.baseAddress! + count, $0.count - count)
    }
    if result < 0 {
      if errno == EINTR { continue }
      throw GraphFileError(code: .notReadable, message: systemMessage(errno), file: file)
    }
    if result == 0 { break }
    count += result
    guard count <= limit else { throw tooLarge }
  }
  bytes.removeLast(bytes.count - count)
  return bytes
}

/// Writes all of `bytes` to an open file.
package func writeAll(
  _ bytes: [UInt8], to descriptor: Int32, file: String
) throws(GraphFileError) {
  let result = bytes.withUnsafeBytes { bytes in
    Result { () throws(GraphFileError) in try writeAll(bytes, to: descriptor, file: file) }
  }
  try result.get()
}

/// Writes all of `bytes`, wherever they lie, to an open file.
func writeAll(
  _ bytes: UnsafeRawBufferPointer, to descriptor: Int32, file: String
) throws(GraphFileError) {
  var start = 0
  while start < bytes.count {
    let result = write(descriptor, bytes.baseAddress! + start, bytes.count - start)
    if result < 0 {
      if errno == EINTR { continue }
      throw GraphFileError(code: .notWritable, message: systemMessage(errno), file: file)
    }
    start += result
  }
}

/// Writes a whole file: beside `path` first, then in its place.
package func writeFile(_ bytes: [UInt8], to path: String) throws(GraphFileError) {
  var file = try OutputFile(path)
  do {
    try file.write(bytes)
  } catch {
    file.discard()
    throw error
  }
  try file.finish()
}

/// A file that is being written, which takes its name when it is complete.
///
/// What is no regular file, such as a pipe or `/dev/full`, is written in place: renaming over it
/// would replace the device.
package struct OutputFile {
  private let path: String
  private let target: String
  private let aside: String?
  private let descriptor: Int32

  /// Begins to write a file.
  package init(_ path: String) throws(GraphFileError) {
    func failure(_ reason: Int32) -> GraphFileError {
      GraphFileError(code: .notWritable, message: systemMessage(reason), file: path)
    }
    self.path = path
    guard !path.utf8.contains(0) else { throw failure(EINVAL) }

    var status = stat()
    let exists = stat(path, &status) == 0
    let kind = status.st_mode & S_IFMT
    if exists, kind == S_IFDIR { throw failure(EISDIR) }
    if exists, kind != S_IFREG {
      target = path
      aside = nil
      descriptor = open(path, O_WRONLY | O_CLOEXEC)
      guard descriptor >= 0 else { throw failure(errno) }
      return
    }

    // A link keeps its place; the file that it leads to is replaced.
    let target = exists ? Self.resolved(path) ?? path : path
    self.target = target
    let folder = target.utf8.lastIndex(of: UInt8(ascii: "/")).map { target[...$0] } ?? ""
    var attempt = 0
    while true {
      let name = "\(folder).agviz-\(getpid())-\(attempt)"
      let descriptor = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
      if descriptor >= 0 {
        if exists { fchmod(descriptor, status.st_mode & 0o777) }
        aside = name
        self.descriptor = descriptor
        return
      }
      guard errno == EEXIST, attempt < 1000 else { throw failure(errno) }
      attempt += 1
    }
  }

  /// Writes the next bytes.
  package mutating func write(_ bytes: UnsafeRawBufferPointer) throws(GraphFileError) {
    try writeAll(bytes, to: descriptor, file: path)
  }

  /// Writes the next bytes.
  package mutating func write(_ bytes: [UInt8]) throws(GraphFileError) {
    try writeAll(bytes, to: descriptor, file: path)
  }

  /// Closes the file and gives it its name.
  package mutating func finish() throws(GraphFileError) {
    let isClosed = close(descriptor) == 0
    guard isClosed, aside.map({ rename($0, target) == 0 }) ?? true else {
      let reason = errno
      if let aside { unlink(aside) }
      throw GraphFileError(code: .notWritable, message: systemMessage(reason), file: path)
    }
  }

  /// Closes the file and leaves what was there before.
  package mutating func discard() {
    close(descriptor)
    if let aside { unlink(aside) }
  }

  private static func resolved(_ path: String) -> String? {
    guard let absolute = realpath(path, nil) else { return nil }
    defer { free(absolute) }
    return String(cString: absolute)
  }
}

/// The C library's words for an error number.
private func systemMessage(_ reason: Int32) -> String {
  String(cString: strerror(reason))
}
