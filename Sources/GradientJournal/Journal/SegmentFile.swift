// A segment that is read.

internal import CJournal
internal import Glibc

/// A file of the journal that is read, which may still be written, cut short or be anything.
///
/// It is read, not mapped: a mapped file that is cut short ends the process that looks behind the
/// cut. A copy that was taken while a record was written may hold a part of it, so what does not
/// look right in a copy is read again before it is taken for damage.
final class SegmentFile {
  let path: String
  let number: UInt32
  let header: SegmentHeader
  private let descriptor: Int32
  private var copy: UnsafeMutableRawBufferPointer
  private var copyStart = 0
  private var copyCount = 0

  private static let copySize = 1 << 16

  /// What there is at some place.
  enum Content {
    /// A record's payload, readable until the next call, and the place behind the record.
    case record(UnsafeRawBufferPointer, end: Int)
    /// The next segment follows.
    case marker
    /// Nothing, yet or for ever.
    case nothing
    case damaged(String)
  }

  /// Opens a segment; returns nil where there is none or its writer has not begun to fill it.
  static func open(beside recording: String, number: UInt32) throws(JournalError) -> SegmentFile? {
    let path = SegmentFormat.path(beside: recording, number: number)
    let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      if errno == ENOENT { return nil }
      throw JournalError(.notReadable, "cannot be opened", errno, file: path)
    }
    var isOpen = false
    defer { if !isOpen { close(descriptor) } }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw JournalError(code: .damaged, message: "is no file of a journal", file: path)
    }
    let header = try readHeader(descriptor, path)
    guard let header else { return nil }
    guard header.number == number else {
      throw JournalError(
        code: .damaged, message: "says that it is segment \(header.number)", file: path)
    }
    isOpen = true
    return SegmentFile(path, header, descriptor)
  }

  private init(_ path: String, _ header: SegmentHeader, _ descriptor: Int32) {
    self.path = path
    number = header.number
    self.header = header
    self.descriptor = descriptor
    copy = .allocate(byteCount: Self.copySize, alignment: 8)
  }

  deinit {
    copy.deallocate()
    close(descriptor)
  }

  private static func readHeader(
    _ descriptor: Int32, _ path: String
  ) throws(JournalError) -> SegmentHeader? {
    let memory = UnsafeMutableRawBufferPointer.allocate(
      byteCount: SegmentFormat.headerSize, alignment: 8)
    defer { memory.deallocate() }
    for _ in 0..<3 {
      guard try read(descriptor, into: memory, at: 0, path) == memory.count else { return nil }
      switch SegmentHeader.read(UnsafeRawBufferPointer(memory)) {
      case .header(let header): return header
      case .empty: return nil
      case .newerVersion(let version):
        throw JournalError(
          code: .newerVersion,
          message: "is a journal of version \(version), which this program does not know; read it "
            + "with the program that wrote it",
          file: path)
      case .damaged: cj_acquire()
      }
    }
    throw JournalError(code: .damaged, message: "the header is damaged", file: path, offset: 0)
  }

  /// What there is at `offset`.
  func content(at offset: Int) throws(JournalError) -> Content {
    guard offset >= SegmentFormat.headerSize, offset < 1 << 48, offset % 8 == 0 else {
      return .damaged("no record begins here")
    }
    var content = try look(at: offset)
    for _ in 0..<3 {
      switch content {
      case .record, .marker: return content
      case .nothing, .damaged: break
      }
      copyCount = 0
      cj_acquire()
      content = try look(at: offset)
      if case .nothing = content { return content }
    }
    return content
  }

  private func look(at offset: Int) throws(JournalError) -> Content {
    guard let head = try bytes(at: offset, count: SegmentFormat.wordSize) else { return .nothing }
    let word = UInt64(littleEndian: head.loadUnaligned(as: UInt64.self))
    guard word != 0 else { return .nothing }
    let seed = SegmentFormat.seed(session: header.session, number: number, offset: offset)
    let length = UInt32(truncatingIfNeeded: word)
    if length == SegmentFormat.marker {
      let isRight = word.littleEndian == SegmentFormat.markerWord(seed: seed)
      return isRight ? .marker : .damaged("the mark of the segment's end is damaged")
    }
    guard length > 0 else { return .damaged("the record's length is 0") }
    let payloadStart = offset + SegmentFormat.wordSize
    guard let payload = try bytes(at: payloadStart, count: Int(length)) else {
      return .damaged("the record is cut off")
    }
    let checksum = cj_checksum(payload.baseAddress!, UInt64(length), seed)
    guard checksum == UInt32(truncatingIfNeeded: word >> 32) else {
      return .damaged("the record's bytes are not those that were written")
    }
    return .record(payload, end: offset + SegmentFormat.room(for: Int(length)))
  }

  /// Bytes of the file, readable until the next call; nil where the file ends before them.
  private func bytes(
    at offset: Int, count: Int
  ) throws(JournalError) -> UnsafeRawBufferPointer? {
    if offset < copyStart || offset + count > copyStart + copyCount {
      if count > copy.count {
        // Memory is taken for what the file holds, not for what it says.
        var status = stat()
        guard fstat(descriptor, &status) == 0, offset + count <= Int(status.st_size) else {
          return nil
        }
        copy.deallocate()
        copy = .allocate(byteCount: count, alignment: 8)
      } else if copy.count > Self.copySize, count <= Self.copySize {
        copy.deallocate()
        copy = .allocate(byteCount: Self.copySize, alignment: 8)
      }
      copyStart = offset
      copyCount = 0
      copyCount = try Self.read(descriptor, into: copy, at: offset, path)
      guard count <= copyCount else { return nil }
    }
    let start = offset - copyStart
    return UnsafeRawBufferPointer(rebasing: copy[start..<start + count])
  }

  /// Fills memory from the file as far as that goes; returns how many bytes were read.
  private static func read(
    _ descriptor: Int32, into memory: UnsafeMutableRawBufferPointer, at offset: Int, _ path: String
  ) throws(JournalError) -> Int {
    var count = 0
    while count < memory.count {
      let result = pread(
        descriptor, memory.baseAddress! + count, memory.count - count, off_t(offset + count))
      if result < 0 {
        if errno == EINTR { continue }
        throw JournalError(.notReadable, "cannot be read", errno, file: path)
      }
      if result == 0 { break }
      count += result
    }
    return count
  }
}
