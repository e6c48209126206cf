// Who answers `why`, `rerun` and `render` in the command.

internal import Foundation
internal import GradientRecording
internal import GraphModel
internal import GraphRendering

extension DebugActions {
  /// What the command gives its prompt.
  static let standard = DebugActions(
    why: why,
    rerun: rerun,
    render: render)

  /// Says what went wrong in the recording, as `agviz why` does.
  private static func why(_ replay: Replay, _ argument: String) throws -> DebugAnswer {
    guard argument.isEmpty else {
      throw DebugError("nothing goes behind this command, not \(printable(argument))")
    }
    let diagnosis = try Progress.show("looking for what went wrong") { _ in
      try Diagnosis(of: replay.recording)
    }
    let lines = diagnosis.description.split(separator: "\n", omittingEmptySubsequences: false)
    return DebugAnswer(
      lines.map { String($0) },
      [
        .init("healthy", .bool(diagnosis.isHealthy)),
        .init("diagnosis", try JSONValue(json: diagnosis.json.utf8)),
      ])
  }

  /// Runs the call at the cursor again as `agviz rerun` does, whose options it takes; with `all` the
  /// whole pass.
  private static func rerun(_ replay: Replay, _ argument: String) throws -> DebugAnswer {
    var options = argument.words
    let isWhole = options.first == "all"
    if isWhole { options.removeFirst() }
    var arguments = ["rerun", replay.recording.path, "--pass", "\(replay.pass.id)"]
    if !isWhole { arguments += ["--call", "\(replay.position.order)"] }
    arguments += options
    let text = try output(of: arguments)
    return DebugAnswer(
      text.split(separator: "\n", omittingEmptySubsequences: false).map { String($0) },
      [.init("rerun", try JSONValue(json: try output(of: arguments + ["--json"]).utf8))])
  }

  /// What the command prints that is run again with other arguments; throws what it says on
  /// standard error where it fails.
  private static func output(of arguments: [String]) throws -> String {
    let process = Process()
    process.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
    process.arguments = arguments
    let (output, errors) = (Pipe(), Pipe())
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    process.standardError = errors
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    // What is said there is a line or two: it waits in the pipe.
    let words = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    guard process.terminationStatus <= ExitStatus.negative.rawValue else {
      let reason = words.trimmed
      throw DebugError(reason.hasPrefix("agviz: ") ? String(reason.dropFirst(7)) : reason)
    }
    return text.trimmed
  }

  /// Draws the pass at the cursor as `agviz render` does: `render FILE [norm|health|time]`.
  private static func render(_ replay: Replay, _ argument: String) throws -> DebugAnswer {
    let words = argument.words
    guard let file = words.first, words.count <= 2, file != "-" else {
      throw DebugError("render takes a file, and norm, health or time for the colours")
    }
    let coloring = words.count == 1 ? .norm : Coloring(rawValue: words[1])
    guard let coloring else {
      throw DebugError("colours say norm, health or time, not \(printable(words[1]))")
    }
    let ending = file.split(separator: "/").last?.split(separator: ".").dropFirst().last
    guard let format = ending.flatMap({ ImageFormat(rawValue: $0.lowercased()) }) else {
      throw DebugError(
        "the file's name ends in "
          + ImageFormat.allCases.map(\.rawValue).joined(separator: ", "))
    }
    let picture: [UInt8]
    do {
      let overlay = try GraphOverlay(
        of: replay.pass, in: replay.recording, graph: replay.graph, coloring: coloring)
      picture = try Progress.show("drawing pass \(replay.pass.id)") { _ in
        try makeDot(replay.graph, overlay: overlay).render(format: format)
      }
    } catch let error as RenderingError {
      throw DebugError(error.message)
    }
    try emit(picture, to: file)
    return DebugAnswer(
      ["Pass \(replay.pass.id) is drawn in \(printable(file, limit: 1000))."],
      [
        .init("file", .string(file)), .init("pass", .int(replay.pass.id)),
        .init("colors", .string(coloring.rawValue)),
      ])
  }
}
