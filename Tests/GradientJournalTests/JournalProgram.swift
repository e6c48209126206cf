// Running the program that writes a journal.

import Foundation

/// A process of `journal-program`, whose standard output goes to a file.
///
/// Foundation's `Process` waits for the children of its child as well.
final class JournalProgram {
  private var process: pid_t = 0
  private let outputFile: URL

  private static let program =
    (Bundle.allBundles.map(\.bundleURL).first { $0.pathExtension == "xctest" }
    ?? URL(filePath: CommandLine.arguments[0]))
    .deletingLastPathComponent().appending(path: "journal-program").path

  struct CannotRun: Error {
    var reason: Int32
  }

  init(_ arguments: String..., output: URL) throws {
    outputFile = output
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(
      &actions, STDOUT_FILENO, output.path, O_WRONLY | O_CREAT | O_TRUNC, 0o666)
    var words = ([Self.program] + arguments).map { strdup($0) }
    defer { for word in words { free(word) } }
    words.append(nil)
    let reason = posix_spawn(&process, Self.program, &actions, nil, words, environ)
    guard reason == 0 else { throw CannotRun(reason: reason) }
  }

  /// Ends the process as nothing else can: it is told nothing.
  func kill() {
    Foundation.kill(process, SIGKILL)
    _ = wait()
  }

  /// Waits for the end; returns the exit status, or -1 after a signal.
  func wait() -> Int32 {
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0, errno == EINTR {}
    return status & 0x7f == 0 ? status >> 8 & 0xff : -1
  }

  var output: Data { (try? Data(contentsOf: outputFile)) ?? Data() }
  var text: String { String(decoding: output, as: UTF8.self) }
}
