// `agviz render`: a graph as a picture, with what a recorded pass did on it.

internal import ArgumentParser
internal import GradientRecording
internal import GraphModel
internal import GraphRendering

struct Render: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Draw a graph as PyTorchViz does, or a recorded pass on it.",
    discussion: """
      Writes SVG, PNG, PDF or DOT, as the name of the output ends or --format says. The output is \
      replaced when the picture is complete, and left alone when anything fails.

      Of a recording it draws the graph of a pass, by default of the first with something that is \
      not finite, else of the last: boxes filled by --color-by, what is not finite in red, nodes \
      that did not run dashed, and where several gradients meet what each brings.
      """)

  @Argument(help: "The graph, - for standard input, or the recording.")
  var file: GraphFile

  @Option(
    name: .shortAndLong, help: "The picture, or - for standard output.", completion: .file())
  var output: String

  @Option(help: "The form of the picture; by default what the output's name ends in.")
  var format: Choice<ImageFormat>?

  @OptionGroup(title: "Of a recording")
  var pass: PassOptions

  @Option(
    help: """
      What colours say: the L2 norm of gradients, their health, or the time in nodes. \
      (default: norm)
      """)
  var colorBy: Choice<Coloring>?

  @Flag(help: "List every node's attributes and the names of its saved tensors.")
  var showAttrs = false

  @Flag(help: "Draw saved tensors.")
  var showSaved = false

  @Option(help: "The most characters shown of an attribute's value, 3 to 10000.")
  var maxAttrChars = 50

  @Option(help: "Where the graph leads: from top to bottom, left to right and so on.")
  var direction = Choice(RenderOptions.Direction.topToBottom)

  @Option(help: "The colours.")
  var theme = Choice(RenderOptions.Theme.classic)

  @Flag(help: "Add a legend of the colours; the picture of a recording has one.")
  var legend = false

  func validate() throws {
    if !(3...10_000).contains(maxAttrChars) {
      throw ValidationError("--max-attr-chars is a number from 3 to 10000, not \(maxAttrChars).")
    }
    _ = try pictureFormat()
  }

  func run() throws {
    let (graph, overlay) = try subject()
    let drawing = makeDot(
      graph, showAttrs: showAttrs, showSaved: showSaved, maxAttrChars: maxAttrChars,
      overlay: overlay)
    let picture: [UInt8]
    do {
      picture = try Progress.show("drawing \(file.name)") { _ in
        try drawing.render(
          format: pictureFormat(),
          options: RenderOptions(direction: direction.value, theme: theme.value, legend: legend))
      }
    } catch let error as RenderingError {
      throw Failure(.renderingFailed, "\(file.name): \(error.message)")
    }
    try emit(picture, to: output)
  }

  /// What is drawn, and onto it.
  private func subject() throws -> (ComputationGraph, GraphOverlay?) {
    guard let recording = try file.recording() else {
      guard pass.isEmpty, colorBy == nil else {
        throw Failure(
          .usage,
          "\(file.name): is no recording, which --step, --micro-batch, --pass and --color-by need")
      }
      return (try file.read(), nil)
    }
    let pass = try pass.chosen(of: recording)
    let graph = try recording.graph(pass.graph)
    let overlay = try GraphOverlay(
      of: pass, in: recording, graph: graph, coloring: colorBy?.value ?? .norm)
    return (graph, overlay)
  }

  private func pictureFormat() throws -> ImageFormat {
    if let format { return format.value }
    let ending = output.split(separator: "/").last?.split(separator: ".").dropFirst().last
    if let format = ending.flatMap({ ImageFormat(rawValue: $0.lowercased()) }) { return format }
    let names = ImageFormat.allCases.map(\.rawValue).joined(separator: ", ")
    throw ValidationError(
      "\(output == "-" ? "standard output" : output): the format is unknown; give --format or a "
        + "name that ends in one of \(names).")
  }
}
