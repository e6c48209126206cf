// `agviz record` as a user runs it: around programs that end in every way.

import Foundation
import GradientRecording
import GraphModel
import Testing

@Suite("agviz record")
final class RecordTests {
  let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "agviz-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  deinit {
    try? FileManager.default.removeItem(at: folder)
  }

  private func path(_ name: String) -> String { folder.appending(path: name).path }

  private func contents() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
  }

  /// Shell words that tell what a small program would tell, as the engine does in its place.
  private func telling(closed: Bool = true) throws -> String {
    let source = folder.appending(path: "source")
    try FileManager.default.createDirectory(at: source, withIntermediateDirectories: true)
    let events = SmallRecording.events()
    try SmallRecording.writeJournal(
      closed ? events : Array(events.dropLast()), beside: source.appending(path: "s").path)
    return """
      for f in '\(source.path)'/s-journal.[0-9]*; do cp "$f" "$AGVIZ_RECORD-journal.${f##*.}"; done
      """
  }

  private func record(_ arguments: String..., script: String) throws -> CommandResult {
    try agviz(
      ["record", "-o", "run.agviz"] + arguments + ["--", "/bin/sh", "-c", script], in: folder)
  }

  @Test("takes in what the program told, says how it ended and what to type next")
  func records() throws {
    let result = try record(script: try telling())
    #expect(result.status == 0, "\(result.error)")
    #expect(
      result.error.contains("agviz: /bin/sh ended with exit status 0\n"), "\(result.error)")
    #expect(result.error.contains("recorded 4 passes of 3 steps in run.agviz, "), "\(result.error)")
    #expect(result.error.contains("next: agviz why run.agviz\n"))
    #expect(try contents() == ["run.agviz", "source"])
    #expect(try Recording(contentsOf: path("run.agviz")).passes.count == 4)
  }

  /// A sample that links the engine, which is built beside the command.
  private var sample: String {
    command.deletingLastPathComponent().appending(path: "vector-jacobian").path
  }

  @Test("records a program that links the engine, which behaves as without it")
  func engine() throws {
    let alone = try run(sample, [], in: folder)
    let result = try agviz(["record", "-o", "run.agviz", "--", sample], in: folder)
    #expect(result.status == 0, "\(result.error)")
    #expect(result.output == alone.output)
    let recording = try Recording(contentsOf: path("run.agviz"))
    #expect(recording.sessions.map(\.command) == [[sample]])
    #expect(recording.sessions[0].state == .closed)
    #expect(recording.passes.count > 5)
    let policy = try agviz(
      [
        "record", "-o", "two.agviz", "--policy", "health", "--steps", "1-2", "--forward", "--",
        sample,
      ], in: folder)
    #expect(policy.status == 0, "\(policy.error)")
    let some = try Recording(contentsOf: path("two.agviz"))
    #expect(Set(some.passes.map(\.step)) == [1, 2])
    #expect(some.passes.allSatisfy { $0.detail == .health })
    #expect(try some.dropped().contains { $0.reason == .policy })
  }

  @Test("records nothing where the environment asks tests to record their graphs")
  func testsOfGraphs() throws {
    let result = try run("/bin/sh", ["-c", "AGVIZ_RECORD=1 '\(sample)' > /dev/null"], in: folder)
    #expect(result.status == 0)
    #expect(result.error.isEmpty)
    #expect(try contents().allSatisfy { !$0.contains("journal") })
  }

  @Test("leaves the program its streams and its folder, and tells it what to record")
  func environment() throws {
    let result = try run(
      command.path,
      [
        "record", "-o", path("run.agviz"), "--policy", "health", "--steps", "3-5", "--trigger",
        "norm>1e3", "--before", "2", "--forward", "--limit", "2MB", "--", "/bin/sh", "-c",
        #"cat; pwd; echo "$AGVIZ_RECORD"; echo "$AGVIZ_RECORD_POLICY""#,
      ], input: "hello\n", in: folder)
    let lines = result.output.split(separator: "\n").map(String.init)
    try #require(lines.count == 4, "\(result.output)\(result.error)")
    #expect(lines[0] == "hello")
    #expect(lines[1].hasSuffix(folder.lastPathComponent))
    #expect(lines[2].hasPrefix("/") && lines[2].hasSuffix("/run.agviz"))
    for part in [
      #""detail":"health""#, #""firstStep":3"#, #""lastStep":5"#, #""triggers":["norm>1000.0"]"#,
      #""stepsBefore":2"#, #""forward":true"#, #""sizeLimit":2000000"#,
    ] {
      #expect(lines[3].contains(part), "\(lines[3])")
    }
  }

  @Test(
    "ends as the program ends",
    arguments: [
      ("exit 7", 7, "ended with exit status 7"), ("kill -SEGV $$", 139, "was killed by SIGSEGV"),
      ("kill -KILL $$", 137, "was killed by SIGKILL (Killed)"),
    ])
  func status(script: String, status: Int32, says: String) throws {
    let result = try record(script: "\(try telling(closed: false)); \(script)")
    #expect(result.status == status, "\(result.error)")
    #expect(result.error.contains(says), "\(result.error)")
    #expect(result.error.contains("recorded 4 passes"))
    #expect(try Recording(contentsOf: path("run.agviz")).sessions[0].state == .recovered)
  }

  @Test("passes a signal on, and waits for what the program does about it")
  func signals() throws {
    let program = """
      trap 'echo caught; exit 3' TERM; kill -TERM $PPID; while :; do sleep 0.05; done
      """
    let result = try record(script: program)
    #expect(result.output == "caught\n")
    #expect(result.status == 3, "\(result.error)")
  }

  @Test("says when nothing was recorded, and leaves nothing")
  func nothing() throws {
    let result = try record(script: "exit 4")
    #expect(result.status == 4)
    #expect(
      result.error.contains(
        "nothing was recorded: the program does not link the engine, ran no backward pass, or"))
    #expect(try contents().isEmpty)
  }

  @Test(
    "refuses a program that cannot be started, and leaves nothing",
    arguments: [
      ("./none", 127, "./none: the program cannot be started: No such file"),
      ("/tmp", 126, "/tmp: the program cannot be started: Permission denied"),
    ])
  func noProgram(program: String, status: Int32, says: String) throws {
    let result = try agviz(["record", "-o", "run.agviz", "--", program], in: folder)
    #expect(result.status == status)
    expectOneLine(result, says: says)
    #expect(try contents().isEmpty)
  }

  @Test("does not touch a recording that is there, unless told to")
  func overwriting() throws {
    try SmallRecording.write(SmallRecording.events(), to: path("run.agviz"))
    let before = try Data(contentsOf: URL(filePath: path("run.agviz")))
    let refused = try record(script: "echo started")
    #expect(refused.status == 73)
    expectOneLine(refused, says: "run.agviz: is there already; record into another file, or")
    #expect(try Data(contentsOf: URL(filePath: path("run.agviz"))) == before)
    let forced = try record("--force", script: try telling())
    #expect(forced.status == 0, "\(forced.error)")
    #expect(try Recording(contentsOf: path("run.agviz")).sessions.count == 1)
  }

  @Test("never replaces what is no recording")
  func foreign() throws {
    try "mine".write(toFile: path("run.agviz"), atomically: false, encoding: .utf8)
    let result = try record("--force", script: "echo started")
    #expect(result.status == 73)
    expectOneLine(result, says: "is there already and no recording")
    #expect(try String(contentsOfFile: path("run.agviz"), encoding: .utf8) == "mine")
  }

  @Test("does not touch the journal of a program that was killed, unless told to")
  func leftJournal() throws {
    try SmallRecording.writeJournal(SmallRecording.events(), beside: path("run.agviz"))
    let refused = try record(script: "echo started")
    #expect(refused.status == 73)
    expectOneLine(refused, says: "left a journal beside it, which agviz info recovers")
    let forced = try record("--force", script: "exit 0")
    #expect(forced.status == 0)
    #expect(forced.error.contains("nothing was recorded"))
    #expect(try contents().isEmpty)
  }

  @Test(
    "refuses an output that cannot be made before the program starts",
    arguments: [("none/run.agviz", "No such file"), (".", "is there already and no recording")])
  func noOutput(name: String, says: String) throws {
    let result = try agviz(
      ["record", "-o", name, "--force", "--", "/bin/echo", "started"], in: folder)
    #expect(result.status == 73)
    expectOneLine(result, says: says)
  }

  @Test("follows a program into a file and lets it be opened after a kill of the command itself")
  func killedCommand() throws {
    let script = "\(try telling(closed: false)); kill -KILL $PPID; sleep 0.1"
    let result = try record(script: script)
    #expect(result.status == SIGKILL)
    let recording = try Recording(contentsOf: path("run.agviz"))
    #expect(recording.passes.count == 4)
    #expect(recording.sessions[0].state == .recovered)
  }

  @Test("stops when the recording cannot grow: the program goes on, and its journal does not grow")
  func fileThatMayNotGrow() throws {
    let program = command.deletingLastPathComponent().appending(path: "recorder-program").path
    // Only the recording is longer than 6 MiB: each file of the journal has 4.
    let script = """
      ulimit -f 12288; exec '\(command.path)' record --policy everything -o run.agviz -- \
        '\(program)' run.agviz 2000 unrecorded > passes
      """
    let result = try run("/bin/sh", ["-c", script], in: folder)
    #expect(result.status == 0, "\(result.error)")
    #expect(result.error.contains("recording stopped: run.agviz: "), "\(result.error)")
    #expect(result.error.contains("recorder-program goes on\n"), "\(result.error)")
    #expect(result.error.contains("ended with exit status 0\n"), "\(result.error)")
    #expect(result.error.contains("what was recorded until then is valid; "), "\(result.error)")
    let files = try contents()
    #expect(!files.contains { $0.hasSuffix(".stop") || $0.hasSuffix(".ingest") }, "\(files)")
    let recording = try Recording(contentsOf: path("run.agviz"))
    #expect(recording.passes.count > 10)
    // Of the 2,000 after the request to stop, those that the segment had room for.
    let done = try Data(contentsOf: folder.appending(path: "passes")).count / 8
    #expect(done >= 2000 && recording.passes.count < done - 1000)
  }

  /// Arguments that are wrong, and what must be said.
  static let wrongArguments: [([String], String)] = [
    (["-o", "r"], "say which program to record, after --"),
    (["--", "true"], "Missing expected argument '--output <output>'"),
    (["-o", "r", "true"], "say which program to record, after --"),
    (["-o", "r", "--policy", "all", "--", "true"], "it is one of health, statistics"),
    (["-o", "r", "--policy", #"{"detial":1}"#, "--", "true"], "a policy has no \"detial\""),
    (["-o", "r", "--policy", "{", "--", "true"], "the policy is no JSON object"),
    (["-o", "r", "--policy", "@none", "--", "true"], "none: No such file"),
    (["-o", "r", "--steps", "5-3", "--", "true"], "steps are A-B, A- or A"),
    (["-o", "r", "--every", "0", "--", "true"], "--every is a number from 1 on, not 0"),
    (["-o", "r", "--trigger", "norm", "--", "true"], "a condition is nonfinite, nan or norm>X"),
    (["-o", "r", "--before", "2", "--", "true"], "--before counts steps before a --trigger"),
    (["-o", "r", "--limit", "5XB", "--", "true"], "a size is a number and B, KB"),
    (["-o", "r", "--limit", "5kB", "--", "true"], "a recording takes 1 MiB at least"),
  ]

  @Test("refuses wrong arguments in one line, with status 64", arguments: wrongArguments)
  func usage(arguments: [String], says: String) throws {
    let result = try agviz(["record"] + arguments, in: folder)
    #expect(result.status == 64)
    expectOneLine(result, says: says)
    #expect(try contents().isEmpty)
  }
}
