// The command `agviz`: its subcommands, and how it ends.

internal import ArgumentParser
internal import Glibc
internal import GraphModel

@main
struct Agviz: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "agviz",
    abstract: "Records backward passes; draws, checks and compares autograd graphs.",
    discussion: """
      A FILE is a recording, as record makes it, or a graph in JSON, as ComputationGraph.write(to:) \
      writes it; - is standard input.

      \(ExitStatus.table)
      """,
    version: agvizVersion,
    subcommands: [
      Record.self, Info.self, Passes.self, Why.self, Compare.self, Debug.self, Rerun.self,
      Export.self, Render.self, Show.self, Validate.self, Diff.self,
    ])

  static func main() {
    // A reader that has seen enough ends the command without a word.
    signal(SIGPIPE, SIG_DFL)
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch {
      if exitCode(for: error) == .success || error is ExitCode { exit(withError: error) }
      let failure = Failure(error) ?? Failure(.usage, message(for: error))
      report(failure.message)
      exit(withError: ExitCode(failure.status.rawValue))
    }
  }

  /// Says on standard error, in one line, why the command failed.
  private static func report(_ message: String) {
    let line = "agviz: \(printable(message, limit: 4096))\n"
    // There is nowhere left to say that this failed.
    try? writeAll(Array(line.utf8), to: STDERR_FILENO, file: "standard error")
  }
}
