// Appends events to the journal of a recording.

internal import CJournal
private import Synchronization

/// Appends events to memory-mapped files beside a recording.
///
/// What was appended outlives the process, however that ends: of a process that is killed, at most
/// the event that is being appended is lost. Several threads may append. A process that was forked
/// from the one that made the writer appends nothing.
package final class JournalWriter: EventSink {
  /// The random number of this session, never 0.
  package let session: UInt64
  private let forks: UInt64
  private let state: Mutex<State>

  /// Begins a session beside `recording`, after those that are there.
  ///
  /// Throws `.inUse` where another writer, of this process or another, has the journal, and
  /// `.noSpace` or `.notWritable` where its first segment cannot be made.
  package init(
    beside recording: String, segmentSize: Int = 4 << 20
  ) throws(JournalError) {
    forks = cj_fork_count()
    session = UInt64.random(in: 1 ... .max)
    let lock = try JournalLock(beside: recording)
    do throws(JournalError) {
      let number = try Self.nextNumber(beside: recording)
      let segment = try MappedSegment(
        beside: recording, number: number, session: session, first: number,
        size: State.size(segmentSize, payload: 0))
      state = Mutex(
        State(
          recording: recording, segmentSize: segmentSize, segment: segment, lock: lock))
    } catch {
      lock.release()
      throw error
    }
  }

  deinit { close() }

  /// Appends an event, or does nothing after a failure, after `close` and in a forked process.
  package func append(_ content: some EventContent) {
    // Before the lock, which a thread that the child does not have may have held.
    guard isInOwnProcess else { return }
    state.withLock { $0.write(content) }
  }

  /// Ends writing: gives back what the last segment does not use, and the lock.
  package func close() {
    guard isInOwnProcess else { return }
    state.withLock { state in
      state.end()
      state.lock?.release()
      state.lock = nil
    }
  }

  /// What stopped the writer; nil while it writes.
  package var failure: JournalError? {
    isInOwnProcess ? state.withLock { $0.failure } : nil
  }

  /// Whether nothing has stopped the writer.
  package var takesMore: Bool { failure == nil }

  /// The size of all that this writer wrote, in bytes.
  package var bytesWritten: Int {
    isInOwnProcess ? state.withLock { $0.bytesWritten + ($0.segment?.used ?? 0) } : 0
  }

  /// How many segments this writer made.
  package var segmentCount: Int { isInOwnProcess ? state.withLock { $0.segmentCount } : 0 }

  /// Whether some process writes the journal of a recording now.
  package static func isBeingWritten(beside recording: String) -> Bool {
    JournalLock.isHeld(beside: recording)
  }

  private var isInOwnProcess: Bool { cj_fork_count() == forks }

  private static func nextNumber(beside recording: String) throws(JournalError) -> UInt32 {
    let last = try SegmentFormat.numbers(beside: recording).last ?? 0
    // Only a file that somebody named so has such a number.
    guard last < .max / 2 else {
      throw JournalError(
        code: .notWritable, message: "no number is left for a segment; remove this file",
        file: SegmentFormat.path(beside: recording, number: last))
    }
    return last + 1
  }
}

/// What of a writer changes.
private struct State: EventTarget {
  let recording: String
  let segmentSize: Int
  /// Nil after the end.
  var segment: MappedSegment?
  var lock: JournalLock?
  var failure: JournalError?
  /// Of the segments before this one.
  var bytesWritten = 0
  var segmentCount = 1

  @inline(__always)
  mutating func memory(for bound: Int) -> UnsafeMutableRawPointer? {
    if let memory = segment?.room(for: bound) { return memory }
    proceed(payload: bound)
    return segment?.room(for: bound)
  }

  @inline(__always)
  mutating func commit(_ count: Int) { segment!.commit(count) }

  /// Goes on to a new segment with room for a payload, or stops.
  @inline(never)
  private mutating func proceed(payload: Int) {
    guard var full = segment else { return }
    do throws(JournalError) {
      let number = full.header.number
      guard payload <= SegmentFormat.longestPayload else {
        throw JournalError(
          code: .notWritable,
          message: "recording stops, for an event of \(payload) bytes is longer than a journal "
            + "holds; what was recorded is kept; record fewer values",
          file: SegmentFormat.path(beside: recording, number: number))
      }
      guard !JournalStop.isAsked(beside: recording) else {
        throw JournalError(
          code: .notWritable,
          message:
            "recording stops, for the journal cannot be taken in any more; what was recorded "
            + "is kept",
          file: SegmentFormat.path(beside: recording, number: number))
      }
      let next = try MappedSegment(
        beside: recording, number: number + 1, session: full.header.session,
        first: full.header.first, size: Self.size(segmentSize, payload: payload))
      full.mark()
      full.close()
      bytesWritten += full.used
      segmentCount += 1
      segment = next
    } catch {
      failure = error
      end()
    }
  }

  /// Gives back what the segment does not use.
  mutating func end() {
    guard let segment else { return }
    segment.close()
    bytesWritten += segment.used
    self.segment = nil
  }

  /// The size of a segment that has room for a payload: whole pages.
  static func size(_ wanted: Int, payload: Int) -> Int {
    let needed = SegmentFormat.headerSize + SegmentFormat.room(for: payload)
    return (max(wanted, needed + SegmentFormat.wordSize) + 4095) & ~4095
  }
}
