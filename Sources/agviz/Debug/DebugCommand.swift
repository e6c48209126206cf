// The commands of the prompt: their names, abbreviations and help.

internal import GraphModel

/// A command of the prompt.
enum DebugCommand: String, CaseIterable {
  case step, back, `continue`
  case reverseContinue = "reverse-continue"
  case goto, `where`, print, edges, diff, `break`, watch, delete, info, why, rerun, render, help
  case quit

  /// Short names that stand for one command though others begin so.
  private static let short: [(name: String, command: DebugCommand)] = [
    ("s", .step), ("n", .step), ("b", .back), ("c", .continue), ("rc", .reverseContinue),
    ("g", .goto), ("w", .where), ("bt", .where), ("p", .print), ("e", .edges), ("br", .break),
    ("d", .delete), ("i", .info), ("r", .rerun), ("h", .help), ("?", .help), ("q", .quit),
    ("exit", .quit),
  ]

  /// The command of a name or of an abbreviation that fits no other.
  static func named(_ name: String) throws(DebugError) -> DebugCommand {
    if let command = DebugCommand(rawValue: name)
      ?? short.first(where: { $0.name == name })?.command
    {
      return command
    }
    let candidates = name.isEmpty ? [] : allCases.filter { $0.rawValue.hasPrefix(name) }
    if candidates.count == 1 { return candidates[0] }
    let shown = printable(name, limit: 40)
    if candidates.isEmpty {
      throw DebugError("there is no command \(shown); help lists those that there are")
    }
    throw DebugError(
      "\(shown) is ambiguous: \(candidates.map(\.rawValue).joined(separator: ", "))")
  }

  /// Whether an empty line does it again.
  var moves: Bool {
    switch self {
    case .step, .back, .continue, .reverseContinue: true
    default: false
    }
  }

  private var usage: String {
    switch self {
    case .step: "step [N]"
    case .back: "back [N]"
    case .continue: "continue"
    case .reverseContinue: "reverse-continue"
    case .goto: "goto PASS[:CALL]"
    case .where: "where"
    case .print: "print [TENSOR [values]]"
    case .edges: "edges"
    case .diff: "diff [STEP]"
    case .break: "break [EXPRESSION]"
    case .watch: "watch EXPRESSION"
    case .delete: "delete [NUMBER ...]"
    case .info: "info [TOPIC]"
    case .why: "why"
    case .rerun: "rerun [all] [--float64]"
    case .render: "render FILE [COLOURS]"
    case .help: "help [COMMAND]"
    case .quit: "quit"
    }
  }

  private var shortNames: [String] {
    Self.short.filter { $0.command == self }.map(\.name)
  }

  private var summary: String {
    switch self {
    case .step: "go to the next call"
    case .back: "go to the call before"
    case .continue: "run to the next breakpoint"
    case .reverseContinue: "run back to the last breakpoint"
    case .goto: "go to a call"
    case .where: "show the call, its gradients and the state"
    case .print: "show all that is recorded of the call"
    case .edges: "show where gradients came from and go to"
    case .diff: "compare with the same node in another step"
    case .break: "stop at every call that an expression fits"
    case .watch: "stop where an expression begins to fit"
    case .delete: "delete breakpoints, or all"
    case .info: "show passes, parameters and so on"
    case .why: "say what is wrong in the recording"
    case .rerun: "run the node again from what is recorded"
    case .render: "draw the pass as a picture"
    case .help: "list the commands, or explain one"
    case .quit: "end"
    }
  }

  private var details: [String] {
    switch self {
    case .step, .back, .continue, .reverseContinue:
      ["An empty line does it again. Without breakpoints, running goes to the end."]
    case .goto:
      [
        "goto 3 goes to the first call of pass 3, goto 3:12 to call 12 of it,",
        "goto step 7 to the first call of step 7,",
        "goto node 12 to the call of node 12 in this pass.",
      ]
    case .print:
      [
        "TENSOR is in, out (with a number where there are several), before, after or",
        "leaf: the gradients that the call took and handed on, the leaf's gradient",
        "before and after, the leaf itself. With values, the elements follow, where they",
        "are recorded.",
      ]
    case .diff: ["STEP is the step before where none is given."]
    case .break, .watch: Self.expressions
    case .info: DebugInfo.allCases.map { "\($0.rawValue): \($0.summary)" }
    case .rerun:
      [
        "Runs the call that is shown, or with all its pass, and compares the results with",
        "what is recorded; --float64 in double precision, --zero CALL and --clip CALL=MAX",
        "with a gradient changed. Saved tensors must be recorded.",
      ]
    case .render:
      ["FILE ends in svg, png, pdf or dot; COLOURS say norm, health or time."]
    default: []
    }
  }

  private static let expressions = [
    "A breakpoint stops at every call that the expression fits, a watchpoint only",
    "where it did not fit the same node in the step before. break alone stops at the",
    "node that is shown.",
    "",
    "  12, MulBackward0, Mul*, operator Mul  the node",
    "  module encoder.0, parameter *.bias    its module, its leaf",
    "  source model.swift:12                 its line",
    "  pass 3, step >= 10, phase train       the pass",
    "  nan, inf, nonfinite                   what a gradient holds",
    "  norm > 1e3, zero fraction > 0.9       also max, min, mean, std, magnitude,",
    "                                        count, nan count, subnormal fraction",
    "  in norm > 1                           of one kind of tensor: in (gradients",
    "                                        that the node took), out (handed on),",
    "                                        before, after (the leaf's), leaf",
    "  changes, norm changes by > 10x        against the step before",
    "  cosine < -0.9, share > 1e3            what an edge brought to a sum",
    "",
    "Terms are joined by and, if, or, not and parentheses, as in",
    "break Mul* if out norm > 1e3.",
  ]

  /// The list of commands, or what there is to say of one.
  static func help(_ name: String) throws(DebugError) -> DebugAnswer {
    let commands = name.isEmpty ? allCases : [try named(name)]
    var lines = aligned(
      commands.map { command in
        [command.shortNames.first ?? "", command.usage, command.summary]
      }, indent: name.isEmpty ? 2 : 0)
    if !name.isEmpty {
      let command = commands[0]
      lines = ["\(command.usage): \(command.summary)"]
      if !command.shortNames.isEmpty {
        lines.append("Also: \(command.shortNames.joined(separator: ", "))")
      }
      lines += command.details
    }
    return DebugAnswer(
      lines,
      [
        .init("command", .string("help")),
        .init(
          "commands",
          .array(
            commands.map { command in
              .object([
                .init("name", .string(command.rawValue)), .init("usage", .string(command.usage)),
                .init("summary", .string(command.summary)),
                .init("short", .array(command.shortNames.map { .string($0) })),
              ])
            })
        ),
      ])
  }
}

/// What `info` tells about.
enum DebugInfo: String, CaseIterable {
  case breakpoints, passes, parameters, ready, nodes, recording

  var summary: String {
    switch self {
    case .breakpoints: "the breakpoints and watchpoints, and how often they stopped"
    case .passes: "the passes, with their steps"
    case .parameters: "the leaves of the graph, with what reached them in this pass"
    case .ready: "the nodes that are ready to run"
    case .nodes: "the nodes that a pattern fits, with what became of them: info nodes Mul*"
    case .recording: "the recording, in figures"
    }
  }

  /// The topic of a name or of an abbreviation that fits no other.
  static func named(_ name: String) throws(DebugError) -> DebugInfo {
    if name == "b" { return .breakpoints }
    let candidates = allCases.filter { $0.rawValue.hasPrefix(name) }
    if candidates.count == 1 { return candidates[0] }
    let shown = printable(name, limit: 40)
    throw DebugError(
      candidates.isEmpty
        ? "info knows nothing of \(shown), only of "
          + allCases.map(\.rawValue).joined(separator: ", ")
        : "\(shown) is ambiguous: \(candidates.map(\.rawValue).joined(separator: ", "))")
  }
}
