// `agviz rerun`: recorded nodes, run again.

internal import ArgumentParser
internal import AutogradRecorder
internal import GradientRecording
internal import GraphModel

struct Rerun: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run recorded nodes again, without their program.",
    discussion: """
      Says whether every node gives bit by bit what it gave; with --float64 what double precision \
      makes of it, which tells an overflow from a true infinity; with --zero or --clip where the \
      results part when a gradient is changed. The pass must be recorded with the policy \
      everything. The nodes run in a process of their own.
      """)

  @Argument(help: "The recording.")
  var file: RecordingArgument

  @OptionGroup var passes: PassOptions

  @Option(help: "Run this call alone, by its place in the order of running.")
  var call: Int?

  @Flag(name: .customLong("float64"), help: "Run in double precision.")
  var isDouble = false

  @Option(help: "Set the gradient that a call takes to zero.")
  var zero: [Int] = []

  @Option(help: ArgumentHelp("Limit the gradient that a call takes.", valueName: "call=magnitude"))
  var clip: [Clip] = []

  @Flag(help: "Print JSON.")
  var json = false

  @Flag(help: .hidden)
  var inProcess = false

  /// A call whose gradient is limited.
  struct Clip: ExpressibleByArgument {
    var order: Int
    var bound: Double

    init?(argument: String) {
      let parts = argument.split(separator: "=", maxSplits: 1)
      guard parts.count == 2, let order = Int(parts[0]), let bound = Double(parts[1]) else {
        return nil
      }
      (self.order, self.bound) = (order, bound)
    }
  }

  func run() throws {
    guard inProcess else { return try runIsolated() }
    let recording = try file.open()
    let pass = try passes.chosen(of: recording)
    try RerunMemory.bound(for: pass.id, of: recording)
    let reexecution = try Reexecution(recording, pass: pass.id)
    let precision: Reexecution.Precision = isDouble ? .float64 : .recorded
    let replacements =
      zero.map { Reexecution.Replacement(order: $0, change: .zero) }
      + clip.map { Reexecution.Replacement(order: $0.order, change: .clip($0.bound)) }
    let report =
      if let call {
        try reexecution.run(call: call, in: precision, replacing: replacements)
      } else {
        try reexecution.run(in: precision, replacing: replacements)
      }
    let text = RerunText(report, pass: pass, graph: try recording.graph(pass.graph))
    try emit(json ? text.json : text.description)
    if report.firstDifference != nil, precision == .recorded, replacements.isEmpty {
      throw ExitCode(ExitStatus.negative.rawValue)
    }
  }

  /// A recording made to do harm can make a node trap: that must not be this process's end.
  private func runIsolated() throws {
    var program = ChildProgram(
      ["/proc/self/exe"] + CommandLine.arguments.dropFirst() + ["--in-process"])
    // What it says before it ends is enough.
    try program.start(settingEnvironment: [("SWIFT_BACKTRACE", "enable=no")])
    let end = program.wait()
    switch end {
    case .exited(0): return
    case .exited(let status): throw ExitCode(status)
    case .killed:
      throw Failure(
        .badData,
        "\(file.path): the process that ran its nodes \(end): what is recorded does not fit "
          + "together, or takes more memory than its tensors do")
    }
  }
}
