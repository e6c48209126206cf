// Is a file a recording?

internal import GradientJournal

extension Recording {
  /// Whether a file begins as recordings of all versions do, or a recording is all in its journal.
  public static func isRecording(_ path: String) -> Bool {
    if case .recording = try? RecordingFile.inspect(path, forWriting: false) { return true }
    guard (try? RecordingFile.inspect(path, forWriting: true)) == .empty else { return false }
    return JournalReader(beside: path).hasSegments
  }
}
