// `agviz why`: what is wrong in a recorded program, and what shows it.

internal import ArgumentParser
internal import GradientRecording

struct Why: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Say what went wrong in a recorded program, the most fundamental first.",
    discussion: """
      Finds the first value that is not finite and who made it, gradients that explode, vanish, \
      are zero, missing, carried on over steps, broadcast by mistake or cancel, and dead units. \
      Ends with 1 when something is wrong.
      """)

  @Argument(help: "The recording.", completion: .file(extensions: ["agviz"]))
  var recording: String

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    let diagnosis = try Diagnosis(of: Recording(contentsOf: recording))
    try emit(json ? diagnosis.json : diagnosis.description)
    if !diagnosis.isHealthy { throw ExitCode(ExitStatus.negative.rawValue) }
  }
}
