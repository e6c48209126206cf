// How a segment lies on the disk.
//
// A header of 64 bytes, then records, each at a multiple of 8 bytes: a word that holds the length of
// the payload below and its checksum above, then the payload, an event. The word is stored after
// the payload: where it is 0, nothing is there yet. A word with the length `marker` says that the
// next segment follows. Numbers are little endian.

internal import CJournal
internal import Glibc

/// Names and numbers of the format.
enum SegmentFormat {
  /// Changes when older programs cannot read what newer ones write.
  static let majorVersion: UInt16 = 1
  /// Changes when newer ones write kinds of events, or parts at their ends, that older ones skip.
  static let minorVersion: UInt16 = 0
  static let headerSize = 64
  /// The size of the word before a record, and of a marker.
  static let wordSize = 8
  /// The length that stands for a marker; all from here on are none of a record.
  static let marker = UInt32.max
  static let longestPayload = Int(marker) - 1

  /// The path of a segment.
  static func path(beside recording: String, number: UInt32) -> String {
    let digits = String(number)
    return
      "\(recording)-journal.\(String(repeating: "0", count: max(6 - digits.count, 0)))\(digits)"
  }

  /// The room that a payload takes with its word.
  static func room(for payload: Int) -> Int { wordSize + (payload + 7) & ~7 }

  /// What the checksum of a record depends on besides the payload: where it belongs.
  static func seed(session: UInt64, number: UInt32, offset: Int) -> UInt64 {
    session ^ UInt64(number) << 40 ^ UInt64(offset)
  }

  /// The word of a record.
  static func word(length: UInt32, checksum: UInt32) -> UInt64 {
    (UInt64(checksum) << 32 | UInt64(length)).littleEndian
  }

  /// The word of a marker.
  static func markerWord(seed: UInt64) -> UInt64 {
    word(
      length: marker,
      checksum: withUnsafeBytes(of: 0 as UInt64) {
        cj_checksum($0.baseAddress!, 0, seed)
      })
  }

  /// The numbers of the segments that are there, in order.
  static func numbers(beside recording: String) throws(JournalError) -> [UInt32] {
    let (folder, name) = split(recording)
    guard let directory = opendir(folder) else {
      if errno == ENOENT { return [] }
      throw JournalError(.notReadable, "cannot be listed", errno, file: folder)
    }
    defer { closedir(directory) }
    let prefix = Array("\(name)-journal.".utf8)
    var numbers: [UInt32] = []
    while let entry = readdir(directory) {
      // In place: the memory of an entry ends with its name.
      let start = UnsafeRawPointer(entry) + MemoryLayout<dirent>.offset(of: \.d_name)!
      let name = Array(String(cString: start.assumingMemoryBound(to: CChar.self)).utf8)
      let digits = name.dropFirst(prefix.count)
      guard name.starts(with: prefix), digits.count >= 6,
        digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
        let number = UInt32(String(decoding: digits, as: UTF8.self)), isNumber(number),
        digits.count == 6 || digits.first != UInt8(ascii: "0")
      else { continue }
      numbers.append(number)
    }
    return numbers.sorted()
  }

  /// Whether a segment may have a number; one after it can always be named.
  static func isNumber(_ number: UInt32) -> Bool { number > 0 && number < .max }

  private static func split(_ path: String) -> (folder: String, name: String) {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return (".", path) }
    return (String(path[...slash]), String(path[path.utf8.index(after: slash)...]))
  }
}

/// What a segment begins with.
struct SegmentHeader: Equatable {
  var minorVersion = SegmentFormat.minorVersion
  /// The segment's number.
  var number: UInt32
  var session: UInt64
  /// The number of the session's first segment.
  var first: UInt32
  /// The size that the segment was made with.
  var size: UInt64

  /// "agvizjrn", never 0.
  private static let magic: UInt64 = 0x6e72_6a7a_6976_6761
  private static let checkedSize = 56

  init(number: UInt32, session: UInt64, first: UInt32, size: UInt64) {
    self.number = number
    self.session = session
    self.first = first
    self.size = size
  }

  /// Writes the header where others see none of it or all.
  func write(to memory: UnsafeMutableRawPointer) {
    memory.storeBytes(of: Self.magic.littleEndian, as: UInt64.self)
    memory.storeBytes(
      of: SegmentFormat.majorVersion.littleEndian, toByteOffset: 8, as: UInt16.self)
    memory.storeBytes(of: minorVersion.littleEndian, toByteOffset: 10, as: UInt16.self)
    memory.storeBytes(of: number.littleEndian, toByteOffset: 12, as: UInt32.self)
    memory.storeBytes(of: session.littleEndian, toByteOffset: 16, as: UInt64.self)
    memory.storeBytes(of: size.littleEndian, toByteOffset: 24, as: UInt64.self)
    memory.storeBytes(of: first.littleEndian, toByteOffset: 32, as: UInt32.self)
    Self.seal(memory)
  }

  /// Writes the checksum of a header.
  static func seal(_ memory: UnsafeMutableRawPointer) {
    // Its word comes last and is never 0: its upper half is 1.
    let checksum = cj_checksum(memory, UInt64(checkedSize), magic)
    cj_store_release(
      memory + checkedSize, SegmentFormat.word(length: checksum, checksum: 1))
  }

  /// What the first bytes of a segment say.
  enum Reading: Equatable {
    case header(SegmentHeader)
    /// Nothing was written yet.
    case empty
    case newerVersion(UInt16)
    case damaged
  }

  /// Reads the first bytes of a segment, of which there are 64.
  static func read(_ memory: UnsafeRawBufferPointer) -> Reading {
    func number<Number: FixedWidthInteger>(_ offset: Int, _ type: Number.Type) -> Number {
      Number(littleEndian: memory.loadUnaligned(fromByteOffset: offset, as: Number.self))
    }
    let word = number(checkedSize, UInt64.self)
    guard word != 0 else { return .empty }
    let checksum = cj_checksum(memory.baseAddress!, UInt64(checkedSize), magic)
    guard word == SegmentFormat.word(length: checksum, checksum: 1),
      number(0, UInt64.self) == magic
    else { return .damaged }
    let version = number(8, UInt16.self)
    guard version <= SegmentFormat.majorVersion else { return .newerVersion(version) }
    var header = SegmentHeader(
      number: number(12, UInt32.self), session: number(16, UInt64.self),
      first: number(32, UInt32.self), size: number(24, UInt64.self))
    header.minorVersion = number(10, UInt16.self)
    return .header(header)
  }
}
