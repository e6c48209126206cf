// `agviz debug`: a prompt that steps through a recording.

internal import ArgumentParser
internal import GradientRecording
internal import Glibc
internal import GraphModel

struct Debug: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Step through a recording forwards and backwards.",
    discussion: """
      A prompt in the manner of gdb and lldb: step and back go from call to call, break and watch \
      set where continue and reverse-continue stop, over all steps of the recording; help lists \
      all. --batch does the commands of a file and ends with 1 at the first that cannot be done; \
      empty lines and those that begin with # are left out.
      """)

  @Argument(help: "The recording.")
  var file: RecordingArgument

  @Option(help: "A file of commands, or - for standard input.", completion: .file())
  var batch: String?

  @Flag(help: "Print each answer as one line of JSON.")
  var json = false

  func run() throws {
    let recording = try file.open(quietly: true)
    var session = try DebugSession(recording, actions: .standard)
    if let batch {
      try run(&session, batch: try commands(batch))
    } else {
      try emit(try session.greeting(), endingWith: nil)
      if isatty(STDIN_FILENO) == 1, !json {
        try MainActor.assumeIsolated { try converse(&session) }
      } else {
        while let line = readLine(), try answer(&session, line) {}
      }
    }
  }

  // MARK: At a terminal

  @MainActor
  private func converse(_ session: inout DebugSession) throws {
    let editor = LineEditor(prompt: "(agviz) ")
    while true {
      let snapshot = session
      guard let line = editor.readLine(completions: { snapshot.completions(for: $0) }) else {
        // The shell's prompt goes on a line of its own.
        return try emitText("\n")
      }
      guard try answer(&session, line) else { return }
    }
  }

  /// Answers a line, or says why not; false at the end.
  private func answer(_ session: inout DebugSession, _ line: String) throws -> Bool {
    do {
      guard let answer = try session.answer(line) else { return true }
      try emit(answer, endingWith: nil)
      return !answer.ends
    } catch {
      try emit(try words(of: error))
      return true
    }
  }

  /// What went wrong, where the session can go on after it.
  private func words(of error: any Error) throws -> String {
    switch error {
    case let error as DebugError: error.description
    case let error as RecordingError: error.description
    case let error as GraphFileError where error.file != "standard output": error.description
    case let error as Failure: error.message
    default: throw error
    }
  }

  // MARK: From a file

  private func commands(_ path: String) throws -> [String] {
    let limit = 16 << 20
    let bytes: [UInt8]
    if path == "-" {
      var lines: [String] = []
      while let line = readLine() { lines.append(line) }
      return lines
    }
    bytes = try readFile(path, limit: limit)
    return String(decoding: bytes, as: UTF8.self).split(
      separator: "\n", omittingEmptySubsequences: false
    ).map { String($0) }
  }

  private func run(_ session: inout DebugSession, batch lines: [String]) throws {
    for (number, line) in lines.enumerated() {
      let command = line.trimmed
      guard !command.isEmpty, !command.hasPrefix("#") else { continue }
      if !json { try emitText("(agviz) \(printable(command, limit: 2000))\n") }
      do {
        guard let answer = try session.answer(command) else { continue }
        try emit(answer, endingWith: json ? nil : "")
        if answer.ends { return }
      } catch {
        let reason = try words(of: error)
        if json { try emit(reason) }
        throw Failure(.negative, "\(batchName):\(number + 1): \(reason)")
      }
    }
  }

  private var batchName: String { batch == "-" ? "standard input" : batch ?? "" }

  // MARK: Answers

  /// Prints an answer and, as text, what goes behind it.
  private func emit(_ answer: DebugAnswer, endingWith end: String?) throws {
    if json {
      try emitText(answer.jsonLine + "\n")
    } else if !answer.lines.isEmpty {
      try emitText(answer.text + "\n")
    }
    if let end, !answer.ends { try emitText(end + "\n") }
  }

  /// Prints why a command was not done.
  private func emit(_ reason: String) throws {
    let text = printable(reason, limit: 1000)
    try emitText(
      json ? JSONValue.object([.init("error", .string(text))]).text + "\n" : "error: \(text)\n")
  }

  private func emitText(_ text: String) throws {
    try writeAll(Array(text.utf8), to: STDOUT_FILENO, file: "standard output")
  }
}
