// The prompt of `agviz debug` without its terminal: a command goes in, an answer comes out.

internal import GradientRecording
internal import GraphModel

/// A recording that is looked into by commands.
struct DebugSession {
  let recording: Recording
  var replay: Replay
  /// The breakpoints and watchpoints, in the order of setting.
  var stops: [Stop] = []
  /// The number that the next breakpoint or watchpoint has.
  var nextStop = 1
  let actions: DebugActions
  /// The last command that moved the cursor, for an empty line.
  private var lastMove: String?

  /// A breakpoint or watchpoint.
  struct Stop {
    var number: Int
    var breakpoint: Replay.Breakpoint
    var hitCount = 0

    var kind: String { breakpoint.onlyNew ? "watch" : "break" }
  }

  /// Stands at the first call of a recording.
  init(_ recording: Recording, actions: DebugActions) throws(RecordingError) {
    self.recording = recording
    self.actions = actions
    replay = try Replay(recording)
  }

  /// What is said before the first command.
  func greeting() throws -> DebugAnswer {
    var lines = recording.notices.map { printable($0, limit: 1000) }
    let place = try place()
    lines.append(
      "\(counted(replay.callCount, "call")) of "
        + "\(counted(recording.passes.count, "pass", "passes")); help lists the commands")
    return DebugAnswer(
      lines + place.lines,
      [.init("notices", .array(recording.notices.map { .string($0) }))] + place.json)
  }

  /// Does what a line asks for; nil where it asks for nothing.
  ///
  /// Throws a `DebugError` where the line is no command or cannot be done, and what the recording
  /// throws; the session goes on after both.
  mutating func answer(_ line: String) throws -> DebugAnswer? {
    var text = line.trimmed
    if text.isEmpty {
      guard let lastMove else { return nil }
      text = lastMove
    }
    guard text.unicodeScalars.count <= 2000 else { throw DebugError("the line is too long") }
    let end = text.firstIndex(where: \.isWhitespace) ?? text.endIndex
    let command = try DebugCommand.named(String(text[..<end]))
    let argument = String(text[end...]).trimmed
    let answer: DebugAnswer
    do {
      answer = try self.answer(command, argument)
    } catch let error as ConditionError {
      throw DebugError("\(error)")
    }
    if command.moves { lastMove = text }
    return answer
  }

  private mutating func answer(
    _ command: DebugCommand, _ argument: String
  ) throws -> DebugAnswer {
    switch command {
    case .step: try move(by: try count(argument))
    case .back: try move(by: -(try count(argument)))
    case .continue: try run(argument, forwards: true)
    case .reverseContinue: try run(argument, forwards: false)
    case .goto: try goTo(argument)
    case .where: try none(argument, try place())
    case .print: try printTensors(argument)
    case .edges: try none(argument, try edges())
    case .diff: try difference(argument)
    case .break: try addStop(argument, onlyNew: false)
    case .watch: try addStop(argument, onlyNew: true)
    case .delete: try deleteStops(argument)
    case .info: try info(argument)
    case .why: try actions.why(replay, argument)
    case .rerun: try actions.rerun(replay, argument)
    case .render: try actions.render(replay, argument)
    case .help: try DebugCommand.help(argument)
    case .quit: try none(argument, .quit)
    }
  }

  /// Refuses an argument where none is taken.
  private func none(_ argument: String, _ answer: DebugAnswer) throws -> DebugAnswer {
    guard argument.isEmpty else {
      throw DebugError("nothing goes behind this command, not \(printable(argument))")
    }
    return answer
  }

  /// What may complete the last word of a line.
  func completions(for line: String) -> [String] {
    guard let space = line.firstIndex(where: \.isWhitespace) else {
      return DebugCommand.allCases.map(\.rawValue).filter { $0.hasPrefix(line) }
    }
    guard let command = try? DebugCommand.named(String(line[..<space])) else { return [] }
    let start = line.lastIndex(where: \.isWhitespace).map { line.index(after: $0) }!
    let word = line[start...]
    let candidates: [String] =
      switch command {
      case .info: DebugInfo.allCases.map(\.rawValue)
      case .help: DebugCommand.allCases.map(\.rawValue)
      case .break, .watch:
        Array(
          Set(
            replay.graph.nodes.flatMap {
              [$0.name, $0.scope, replay.graph.leafName($0)].compactMap { $0 }
            })) + Self.words
      case .print: Recording.Role.allCases.map(\.word) + ["values"]
      default: []
      }
    return candidates.filter { $0.hasPrefix(word) }.sorted()
  }

  /// The words of expressions that are worth completing.
  private static let words = [
    "module", "parameter", "operator", "source", "norm", "nonfinite", "fraction", "changes",
    "magnitude", "cosine",
  ]
}

extension DebugAnswer {
  static let quit: DebugAnswer = {
    var answer = DebugAnswer([], [.init("command", .string("quit"))])
    answer.ends = true
    return answer
  }()
}

extension StringProtocol {
  /// Without spaces before and after.
  var trimmed: String {
    var part = self[...]
    while part.first?.isWhitespace == true { part.removeFirst() }
    while part.last?.isWhitespace == true { part.removeLast() }
    return String(part)
  }

  /// The parts between spaces.
  var words: [String] { split(whereSeparator: \.isWhitespace).map { String($0) } }
}
