// A segment that is being written.

internal import CJournal
internal import Glibc

/// A file mapped into memory, filled from its start.
struct MappedSegment {
  let header: SegmentHeader
  private let path: String
  private let descriptor: Int32
  private let memory: UnsafeMutableRawPointer
  /// How many bytes are filled.
  private(set) var used = SegmentFormat.headerSize

  private var size: Int { Int(header.size) }

  /// Makes the file, with all its room on the disk.
  init(
    beside recording: String, number: UInt32, session: UInt64, first: UInt32, size: Int
  ) throws(JournalError) {
    path = SegmentFormat.path(beside: recording, number: number)
    header = SegmentHeader(number: number, session: session, first: first, size: UInt64(size))
    descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o666)
    guard descriptor >= 0 else { throw Self.failure(errno, path, size) }
    // Memory of a file without room on the disk would end the process when it is written.
    let reason = Self.reserve(descriptor, size)
    let mapping =
      reason == 0 ? mmap(nil, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0) : MAP_FAILED
    guard let mapping, mapping != MAP_FAILED else {
      let failure = Self.failure(reason == 0 ? errno : reason, path, size)
      unlink(path)
      Glibc.close(descriptor)
      throw failure
    }
    memory = mapping
    header.write(to: memory)
  }

  /// Gives a file room; returns an error number, or 0.
  private static func reserve(_ descriptor: Int32, _ size: Int) -> Int32 {
    // Past this limit the process would get a signal, which ends it.
    var limit = rlimit()
    if getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0,
      UInt64(size) > UInt64(limit.rlim_cur)
    {
      return EFBIG
    }
    while true {
      let reason = posix_fallocate(descriptor, 0, off_t(size))
      guard reason == EINTR else { return reason }
    }
  }

  private static func failure(_ reason: Int32, _ path: String, _ size: Int) -> JournalError {
    let isFull = reason == ENOSPC || reason == EDQUOT || reason == EFBIG
    let kibibytes = (size + 1023) / 1024
    return JournalError(
      isFull ? .noSpace : .notWritable,
      "recording stops, for no file of \(kibibytes) KiB can be made", reason,
      "what was recorded is kept; "
        + (isFull ? "make room or record less" : "record into a folder that can be written"),
      file: path)
  }

  /// Where a payload of up to `count` bytes can be written; nil where it does not fit.
  @inline(__always)
  func room(for count: Int) -> UnsafeMutableRawPointer? {
    // A marker must fit behind it.
    guard SegmentFormat.room(for: count) <= size - used - SegmentFormat.wordSize else { return nil }
    return memory + used + SegmentFormat.wordSize
  }

  /// Makes a record of the `count` bytes that were written there.
  @inline(__always)
  mutating func commit(_ count: Int) {
    let checksum = cj_checksum(memory + used + SegmentFormat.wordSize, UInt64(count), seed)
    cj_store_release(
      memory + used, SegmentFormat.word(length: UInt32(count), checksum: checksum))
    used += SegmentFormat.room(for: count)
  }

  private var seed: UInt64 {
    SegmentFormat.seed(session: header.session, number: header.number, offset: used)
  }

  /// Says that the next segment follows, which must be there.
  mutating func mark() {
    cj_store_release(memory + used, SegmentFormat.markerWord(seed: seed))
    used += SegmentFormat.wordSize
  }

  /// Ends writing, and gives back the room that is not used.
  func close() {
    munmap(memory, size)
    ftruncate(descriptor, off_t(used))
    Glibc.close(descriptor)
  }
}
