// Who answers `why`, `rerun` and `render` in the command.

internal import GradientRecording
internal import GraphModel
internal import GraphRendering

extension DebugActions {
  /// What the command gives its prompt.
  static let standard = DebugActions(
    why: why,
    rerun: { _, _ in throw DebugError("no node can be run again by this command") },
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
      [("healthy", .bool(diagnosis.isHealthy)), ("diagnosis", .text(diagnosis.json))])
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
        ("file", .string(file)), ("pass", .int(replay.pass.id)),
        ("colors", .string(coloring.rawValue)),
      ])
  }
}
