// Folders for journals, and what is read from them.

import Foundation
import GradientJournal

/// A folder for one recording's journal, removed with this.
final class TemporaryRecording {
  let folder: URL
  var path: String { folder.appending(path: "run.agviz").path }

  /// Makes the folder, for thousands of small files in memory, where there is such a place.
  init(inMemory: Bool = false) throws {
    let memory = URL(filePath: "/dev/shm")
    let isThere = inMemory && access(memory.path, W_OK) == 0
    folder = (isThere ? memory : FileManager.default.temporaryDirectory)
      .appending(path: "agviz-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  /// The names of the segments that are there.
  var segments: [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [])
      .filter { $0.hasPrefix("run.agviz-journal.0") }.sorted()
  }

  func segment(_ number: Int) -> URL {
    folder.appending(path: "run.agviz-journal." + String(repeating: "0", count: 5) + "\(number)")
  }

  /// Puts a file in the place of a segment.
  func put(_ bytes: some Sequence<UInt8>, asSegment number: Int) throws {
    try Data(bytes).write(to: segment(number))
  }

  /// All events that can be read, and the errors that came between them.
  func readAll(
    after position: JournalPosition? = nil
  ) -> (events: [Event], errors: [JournalError], reader: JournalReader) {
    let reader = JournalReader(beside: path, after: position)
    var events: [Event] = []
    var errors: [JournalError] = []
    while errors.count < 100 {
      do throws(JournalError) {
        guard let next = try reader.next() else { break }
        events.append(next.event)
      } catch {
        errors.append(error)
      }
    }
    return (events, errors, reader)
  }
}

/// A small event that carries a number.
func numbered(_ number: Int) -> Event {
  .called(Call(pass: UInt64(number), order: 0, node: 0, start: 0, end: 0))
}

/// The numbers of such events.
func numbers(_ events: [Event]) -> [Int] {
  events.map {
    switch $0 {
    case .called(let call): Int(call.pass)
    case .value(let value): Int(value.pass)
    default: -1
    }
  }
}
