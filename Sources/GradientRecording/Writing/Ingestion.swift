// Takes a journal into the recording that it lies beside, while it is written or afterwards.

internal import Foundation
internal import GradientJournal
internal import Synchronization

/// Takes a journal into the recording that it lies beside.
///
/// What was taken in and how far that is are written in one transaction, so that nothing is taken in
/// twice or left out, wherever it stops. One at a time does this for a recording.
package final class Ingestion: Sendable {
  /// How many events make a transaction at most.
  private static let batch = 1024
  /// How many bytes of elements make one at most.
  private static let batchBytes = 16 << 20
  /// How long new events wait for company, in seconds.
  private static let pause = 0.05

  /// What a thread that takes in works with.
  private final class Work {
    let writer: RecordingWriter
    let reader: JournalReader
    var eventCount = 0
    var journalErrors: [JournalError] = []

    init(_ writer: RecordingWriter, _ reader: JournalReader) {
      self.writer = writer
      self.reader = reader
    }
  }

  private let recording: String
  private let lock: IngestionLock?
  private let work: Mutex<Work>
  private let stopped = DispatchSemaphore(value: 0)
  private let state = Mutex((isRunning: false, stops: false, failure: RecordingError?.none))

  /// Begins where the recording stands; creates it where there is none.
  ///
  /// Throws `busy` where another takes in its journal.
  package convenience init(of recording: String, limit: Int? = nil) throws(RecordingError) {
    try self.init(
      of: recording, into: recording, limit: limit, lock: IngestionLock(of: recording))
  }

  /// Takes the journal beside `recording` into `target`; it is kept where there is no lock.
  init(
    of recording: String, into target: String, limit: Int? = nil, lock: IngestionLock?
  ) throws(RecordingError) {
    self.recording = recording
    self.lock = lock
    let writer = try RecordingWriter(target, limit: limit)
    let position = try writer.position()
    work = Mutex(Work(writer, JournalReader(beside: recording, after: position)))
  }

  /// What stopped it; nil while it works.
  package var failure: RecordingError? { state.withLock { $0.failure } }

  /// Takes in what is written from now on, on a thread of its own, until `finish`.
  ///
  /// - Parameter onFailure: is called on that thread when it cannot go on.
  package func start(onFailure: @escaping @Sendable (RecordingError) -> Void = { _ in }) {
    let isFirst = state.withLock { state in
      defer { state.isRunning = true }
      return !state.isRunning
    }
    guard isFirst else { return }
    let thread = Thread { [self] in
      while !state.withLock({ $0.stops }) {
        do throws(RecordingError) {
          if try takeIn() == 0 { Thread.sleep(forTimeInterval: Self.pause) }
        } catch {
          onFailure(error)
          break
        }
      }
      stopped.signal()
    }
    thread.name = "agviz ingestion"
    thread.start()
  }

  /// Takes in what is there now, and says how many events that were.
  @discardableResult
  package func takeIn() throws(RecordingError) -> Int {
    if let failure { throw failure }
    let result: Result<Int, RecordingError> = work.withLock { work in
      do throws(RecordingError) {
        return .success(try takeIn(work))
      } catch {
        return .failure(error)
      }
    }
    if case .failure(let error) = result { state.withLock { $0.failure = error } }
    return try result.get()
  }

  private func takeIn(_ work: borrowing Work) throws(RecordingError) -> Int {
    var count = 0
    var events: [Event] = []
    var bytes = 0
    var errorCount = 0
    var written = try work.writer.position()
    func commit() throws(RecordingError) {
      guard let position = work.reader.position, position != written else { return }
      try work.writer.write(events, position: position)
      work.eventCount += events.count
      count += events.count
      let isInNextSegment = position.segment != written?.segment
      written = position
      events.removeAll(keepingCapacity: true)
      bytes = 0
      if isInNextSegment { removeReadSegments(work) }
    }
    while true {
      do throws(JournalError) {
        guard let next = try work.reader.next() else { break }
        events.append(next.event)
        if case .value(let value) = next.event { bytes += value.bytes.count }
      } catch {
        // The rest of that session is lost; what is after it is not.
        work.journalErrors.append(error)
        errorCount += 1
        guard errorCount < 100 else { break }
      }
      if events.count >= Self.batch || bytes >= Self.batchBytes { try commit() }
    }
    try commit()
    return count
  }

  /// Deletes the segments that are taken in.
  ///
  /// One that cannot be deleted now is met again by who opens the recording.
  private func removeReadSegments(_ work: borrowing Work) {
    guard lock != nil, let position = work.reader.position else { return }
    try? work.reader.removeSegments(before: position)
  }

  /// Takes in the rest, and ends.
  ///
  /// What the program did not end is marked as recovered, where it is not running any more. One file
  /// remains, unless somebody reads it.
  package func finish() throws(RecordingError) {
    let isRunning = state.withLock { state in
      state.stops = true
      defer { state.isRunning = false }
      return state.isRunning
    }
    if isRunning { stopped.wait() }
    defer { lock?.release() }
    try takeIn()
    let isWritten = JournalWriter.isBeingWritten(beside: recording)
    let result: Result<Void, RecordingError> = work.withLock { work in
      do throws(RecordingError) {
        if !isWritten {
          // What came between looking for more and its program's end.
          _ = try takeIn(work)
          try work.writer.recover()
          // Those that were read to their end before it was the end.
          removeReadSegments(work)
        }
        try work.writer.close()
        return .success(())
      } catch {
        return .failure(error)
      }
    }
    if case .failure(let error) = result { state.withLock { $0.failure = error } }
    try result.get()
  }

  /// What a recovery says of itself.
  func recoveryNotices(inCopy: Bool) -> [String] {
    work.withLock { work in
      let place = inCopy ? " in a copy, as the file cannot be written" : ""
      var notices = [
        "was not closed: \(work.eventCount) events were recovered from its journal\(place)"
      ]
      for error in work.journalErrors {
        notices.append(
          "what was recorded after a damaged place of the journal is lost: \(error.description)")
      }
      if work.reader.unknownEventCount > 0 {
        notices.append(
          "\(work.reader.unknownEventCount) events of a newer agviz are left out")
      }
      return notices
    }
  }
}
