// Reads the events of the journal of a recording.

internal import Glibc

/// Reads the events of a journal in the order of writing, also while it is written.
package final class JournalReader {
  /// The place after all that was read; nil before the first event.
  package private(set) var position: JournalPosition?
  /// How many events were skipped because a later program wrote them, in ways not known here.
  package private(set) var unknownEventCount = 0
  private let recording: String
  private var place = Place.start

  private enum Place {
    /// At `position`, or before the first segment.
    case start
    /// At the offset of `position` in a segment.
    case reading(SegmentFile)
    /// After a session whose rest is left.
    case left(after: UInt32)
  }

  /// Reads what lies after `position`, or all that is there.
  ///
  /// A position whose segment is gone, because it was read and removed, stands before the first
  /// segment that is there.
  package init(beside recording: String, after position: JournalPosition? = nil) {
    self.recording = recording
    self.position = position
  }

  /// The next event and the place after it; nil where no more is there now: a writer may add some.
  ///
  /// Throws `.damaged` or `.missing`, where what follows in that session is left: `position` stands
  /// behind it, and the next call goes on with the next session. Throws `.newerVersion` or
  /// `.notReadable`, where nothing is left: the next call tries again.
  package func next() throws(JournalError) -> (event: Event, position: JournalPosition)? {
    while true {
      switch place {
      case .start: guard try start() else { return nil }
      case .left(let number): guard try openSession(after: number) else { return nil }
      case .reading(let segment):
        let offset = Int(position!.offset)
        switch try segment.content(at: offset) {
        case .record(let payload, let end):
          position!.offset = Int64(end)
          guard let event = try decode(payload, in: segment, at: offset) else { continue }
          return (event, position!)
        case .marker: try follow(segment)
        case .nothing: guard try succeed(segment, at: offset) else { return nil }
        case .damaged(let message):
          throw leave(segment, .damaged, message, offset: offset)
        }
      }
    }
  }

  /// Whether there are segments, read or not.
  package var hasSegments: Bool {
    (try? SegmentFormat.numbers(beside: recording).isEmpty) == false
  }
}

// MARK: - Going from segment to segment

extension JournalReader {
  /// Finds the segment to begin in; returns false where there is none.
  private func start() throws(JournalError) -> Bool {
    let numbers = try SegmentFormat.numbers(beside: recording)
    if let position {
      let (stands, segment) = try leavingDamage(at: position.segment) { () throws(JournalError) in
        try self.stands(position, among: numbers)
      }
      if stands, position.offset == JournalPosition.restLeft {
        place = .left(after: position.segment)
        return true
      }
      if stands, let segment {
        place = .reading(segment)
        return true
      }
    }
    for number in numbers {
      guard let segment = try open(number) else { continue }
      let header = segment.header
      if let position, header.session == position.session,
        position.offset == JournalPosition.restLeft
      {
        continue
      }
      let isNext = header.session == position?.session && number - 1 == position?.segment
      guard isNext || header.first == number else {
        throw leave(segment, .missing, "the segment before it is missing")
      }
      begin(segment)
      return true
    }
    return false
  }

  /// Whether the segment of a position is there, and that segment, where it can be read.
  ///
  /// It is not where it was removed, though another session may have its number now.
  private func stands(
    _ position: JournalPosition, among numbers: [UInt32]
  ) throws(JournalError) -> (Bool, SegmentFile?) {
    guard numbers.contains(position.segment) else { return (false, nil) }
    do throws(JournalError) {
      let segment = try SegmentFile.open(beside: recording, number: position.segment)
      return (segment?.header.session == position.session, segment)
    } catch {
      // That its header is damaged is why the rest of its session was left.
      guard error.code == .damaged, position.offset == JournalPosition.restLeft else { throw error }
      return (true, nil)
    }
  }

  /// Opens a segment; leaves its session where it is damaged.
  private func open(_ number: UInt32) throws(JournalError) -> SegmentFile? {
    try leavingDamage(at: number) { () throws(JournalError) in
      try SegmentFile.open(beside: recording, number: number)
    }
  }

  /// Does something with a segment; leaves its session where its header is damaged.
  private func leavingDamage<Result>(
    at number: UInt32, _ body: () throws(JournalError) -> Result
  ) throws(JournalError) -> Result {
    do throws(JournalError) {
      return try body()
    } catch {
      guard error.code == .damaged else { throw error }
      place = .left(after: number)
      position = JournalPosition(session: 0, segment: number, offset: JournalPosition.restLeft)
      throw error
    }
  }

  private func begin(_ segment: SegmentFile) {
    place = .reading(segment)
    position = JournalPosition(
      session: segment.header.session, segment: segment.number,
      offset: Int64(SegmentFormat.headerSize))
  }

  /// Leaves what follows in a session; returns the error that says so.
  private func leave(
    _ segment: SegmentFile, _ code: JournalError.Code, _ message: String, offset: Int? = nil
  ) -> JournalError {
    place = .left(after: segment.number)
    position = JournalPosition(
      session: segment.header.session, segment: segment.number, offset: JournalPosition.restLeft)
    return JournalError(
      code: code, message: "\(message); what follows in this session is left", file: segment.path,
      offset: offset)
  }

  /// Goes on with the first session that begins after a segment; returns false where none does.
  private func openSession(after number: UInt32) throws(JournalError) -> Bool {
    for next in try SegmentFormat.numbers(beside: recording) where next > number {
      guard let segment = try open(next), segment.header.first == next else { continue }
      begin(segment)
      return true
    }
    return false
  }

  /// Goes on with the segment after one that says that it is there.
  private func follow(_ segment: SegmentFile) throws(JournalError) {
    guard let next = try open(segment.number + 1) else {
      throw leave(segment, .missing, "the segment after it is missing")
    }
    guard next.header.session == segment.header.session else {
      throw leave(segment, .damaged, "the segment after it is of another session")
    }
    begin(next)
  }

  /// Looks for another session after a place where nothing is; returns false where none is there.
  private func succeed(_ segment: SegmentFile, at offset: Int) throws(JournalError) -> Bool {
    var number = segment.number + 1
    var isLonger = false
    while SegmentFormat.isNumber(number),
      access(SegmentFormat.path(beside: recording, number: number), F_OK) == 0
    {
      let next = try open(number)
      if let next {
        if next.header.session != segment.header.session {
          // Its writer could begin only after that of this session had ended.
          guard case .nothing = try segment.content(at: offset) else { return true }
          if isLonger { break }
          begin(next)
          return true
        }
        // The mark comes before the first record behind it.
        if case .nothing = try next.content(at: SegmentFormat.headerSize) {
        } else {
          isLonger = true
          break
        }
      }
      number += 1
    }
    guard isLonger else { return false }
    guard case .nothing = try segment.content(at: offset) else { return true }
    throw leave(segment, .damaged, "records are missing here", offset: offset)
  }

  /// The event of a payload; nil for one that only a later program knows.
  private func decode(
    _ payload: UnsafeRawBufferPointer, in segment: SegmentFile, at offset: Int
  ) throws(JournalError) -> Event? {
    do throws(EventDecodingError) {
      return try Event(decoding: payload)
    } catch {
      let isNewer = segment.header.minorVersion > SegmentFormat.minorVersion
      if case .unknownKind = error {
      } else if !isNewer {
        throw leave(segment, .damaged, error.description, offset: offset)
      }
      unknownEventCount += 1
      return nil
    }
  }
}

// MARK: - Removing

extension JournalReader {
  /// Deletes the segments that lie whole before `position`.
  ///
  /// Where nobody writes the journal, the last one is among them when it is read to its end.
  ///
  /// Throws `.notWritable` where one cannot be deleted; those after it are left then.
  package func removeSegments(before position: JournalPosition) throws(JournalError) {
    let numbers = try SegmentFormat.numbers(beside: recording)
    // Asked after the list was made: a writer that begins now makes none of those in it.
    let isWritten = JournalWriter.isBeingWritten(beside: recording)
    let (stands, last) = try stands(position, among: numbers)
    // Numbers begin anew when all segments were removed.
    guard stands else { return }
    var count = 0
    // In order: that a segment is there tells that none after it was removed.
    for number in numbers {
      let isRead =
        number < position.segment
        || (number == position.segment
          ? isAtEnd(position, of: last, isWritten: isWritten)
          : isEmpty(number, after: position, isWritten: isWritten))
      guard isRead else { break }
      let path = SegmentFormat.path(beside: recording, number: number)
      guard unlink(path) == 0 || errno == ENOENT else {
        throw JournalError(.notWritable, "cannot be deleted", errno, file: path)
      }
      count += 1
      if case .reading(let segment) = place, segment.number == number { place = .start }
    }
    // The lock's file stays after a writer that was killed; giving the lock back removes it.
    if count == numbers.count, !isWritten {
      (try? JournalLock(beside: recording))?.release()
    }
  }

  /// Whether nothing can follow in the position's own segment.
  private func isAtEnd(
    _ position: JournalPosition, of segment: SegmentFile?, isWritten: Bool
  ) -> Bool {
    guard position.offset != JournalPosition.restLeft else { return !isWritten }
    switch try? segment?.content(at: Int(position.offset)) {
    case .marker: return true
    case .nothing: return !isWritten
    case .record, .damaged, nil: return false
    }
  }

  /// Whether a later segment holds nothing that will be read.
  ///
  /// It is of a session that is left, or its writer ended before it filled it.
  private func isEmpty(_ number: UInt32, after position: JournalPosition, isWritten: Bool) -> Bool {
    guard !isWritten else { return false }
    do throws(JournalError) {
      let segment = try SegmentFile.open(beside: recording, number: number)
      return segment == nil
        || (position.offset == JournalPosition.restLeft
          && segment?.header.session == position.session)
    } catch {
      return false
    }
  }
}
