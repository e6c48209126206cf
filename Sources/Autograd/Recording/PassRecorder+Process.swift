// Recording that the environment asks for: every backward pass of the program, without a change to it.

internal import CThreadState
internal import Glibc
internal import GradientJournal

extension PassRecorder {
  /// The recorder that the environment asks for, made when the first pass or result is to be recorded;
  /// nil where it cannot be, which is said on standard error once.
  ///
  /// `AGVIZ_RECORD` names the recording, `AGVIZ_RECORD_POLICY` holds the policy's JSON.
  static let ofProcess: PassRecorder? = {
    guard let path = getenv("AGVIZ_RECORD").map({ String(cString: $0) }) else { return nil }
    do {
      let policy = try getenv("AGVIZ_RECORD_POLICY").map {
        try RecordingPolicy(json: String(cString: $0))
      }
      let journal = try JournalWriter(beside: path)
      let recorder = PassRecorder(
        to: journal, policy: policy ?? RecordingPolicy(), command: CommandLine.arguments)
      atexit {
        PassRecorder.ofProcess?.close()
        PassRecorder.journalOfProcess?.close()
      }
      journalOfProcess = journal
      return recorder
    } catch {
      let message = "agviz: nothing is recorded: \(error)\n"
      _ = message.withCString { write(STDERR_FILENO, $0, strlen($0)) }
      return nil
    }
  }()

  nonisolated(unsafe) private static var journalOfProcess: JournalWriter?
}
