// `agviz record`: runs a program and records its backward passes.

internal import ArgumentParser
internal import Autograd
internal import Glibc
internal import GradientJournal
internal import GradientRecording
internal import GraphModel
internal import Synchronization

struct Record: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run a program and record its backward passes.",
    usage: "agviz record -o <output> [<options>] -- <program> [<arguments> ...]",
    discussion: """
      Any program that links the engine is recorded, without a change to it. Its standard streams \
      are its own; signals are passed on to it. Ends as the program ends: with its exit status, or \
      128 and the number of the signal that killed it; 127 and 126 say that there is no such \
      program, or that it cannot be run.

      Whatever ends the program, or this command, the recording holds all that was recorded until \
      then.
      """)

  @Option(name: .shortAndLong, help: "The recording, such as run.agviz.", completion: .file())
  var output: String

  @OptionGroup(title: "What is recorded")
  var policy: PolicyOptions

  @Flag(help: "Replace a recording that is there.")
  var force = false

  @Argument(
    parsing: .postTerminator, help: "The program and its arguments, after --.",
    completion: .shellCommand("compgen -c"))
  var program: [String] = []

  func validate() throws {
    if program.isEmpty {
      throw ValidationError(
        "say which program to record, after --: agviz record -o \(output) -- PROGRAM ARGS")
    }
    _ = try policy.combined()
  }

  func run() throws {
    let policy = try policy.combined()
    let file = try RecordingOutput(output)
    try file.prepare(replacing: force)
    // The thread that takes in must have these signals blocked, as this one.
    var child = ChildProgram(program)
    let ingestion = try Ingestion(of: output, limit: policy.sizeLimit)
    do {
      try child.start(settingEnvironment: [
        ("AGVIZ_RECORD", file.absolutePath), ("AGVIZ_RECORD_POLICY", policy.json),
      ])
    } catch {
      try? ingestion.finish()
      file.remove()
      throw error
    }
    let stop = Mutex<JournalStop?>(nil)
    ingestion.start { [program, output] failure in
      say("recording stopped: \(failure); \(program[0]) goes on")
      // What nobody takes in would fill the disk.
      stop.withLock { $0 = JournalStop(beside: output) }
    }
    let end = child.wait()
    let failure: RecordingError?
    do {
      try Progress.show("taking in the rest of \(output)") { _ in try ingestion.finish() }
      failure = nil
    } catch let error as RecordingError {
      failure = error
    }
    stop.withLock { $0?.withdraw() }
    say("\(program[0]) \(end)")
    say(summary(file, failure))
    throw ExitCode(end.status)
  }

  /// What was recorded, and what to type next.
  private func summary(_ file: RecordingOutput, _ failure: RecordingError?) -> String {
    var text = ""
    if let failure {
      text =
        "recording stopped before the program did: \(failure); what was recorded until then "
        + "is valid; "
    }
    do {
      let recording = try Recording(contentsOf: output)
      guard !recording.sessions.isEmpty else {
        if failure == nil { file.remove() }
        return text + """
          nothing was recorded: the program does not link the engine, ran no backward pass, or \
          records into a file of its own
          """
      }
      guard !recording.passes.isEmpty else {
        let left = try recording.dropped().filter { $0.reason != .forward }.reduce(0) {
          $0 &+ $1.lastPass &- $1.firstPass &+ 1
        }
        return text + "no pass was recorded"
          + (left > 0 ? ": the policy or the limit left out all \(left); see --steps" : "")
      }
      if let reason = recording.sessions.compactMap(\.failure).last {
        text += "recording stopped before the program did: \(reason); "
      }
      let info = try recording.info()
      let steps = Set(recording.passes.map(\.step)).count
      return text + """
        recorded \(counted(info.passCount, "pass", "passes")) of \(counted(steps, "step")) in \
        \(output), \(sizeText(info.byteCount)); next: agviz why \(shellQuoted(output))
        """
    } catch {
      return text + "\(error)"
    }
  }
}
