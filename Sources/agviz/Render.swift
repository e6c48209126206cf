// `agviz render`: a graph as a picture.

internal import ArgumentParser
internal import GraphModel
internal import GraphRendering

struct Render: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Draw a graph as PyTorchViz does.",
    discussion: """
      Writes SVG, PNG, PDF or DOT, as the name of the output ends or --format says. The output is \
      replaced when the picture is complete, and left alone when anything fails.
      """)

  @Argument(help: "The graph, or - for standard input.")
  var file: GraphFile

  @Option(
    name: .shortAndLong, help: "The picture, or - for standard output.", completion: .file())
  var output: String

  @Option(help: "The form of the picture; by default what the output's name ends in.")
  var format: Choice<ImageFormat>?

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

  @Flag(help: "Add a legend of the colours.")
  var legend = false

  func validate() throws {
    if !(3...10_000).contains(maxAttrChars) {
      throw ValidationError("--max-attr-chars is a number from 3 to 10000, not \(maxAttrChars).")
    }
    _ = try pictureFormat()
  }

  func run() throws {
    let drawing = makeDot(
      try file.read(), showAttrs: showAttrs, showSaved: showSaved, maxAttrChars: maxAttrChars)
    let picture: [UInt8]
    do {
      picture = try drawing.render(
        format: pictureFormat(),
        options: RenderOptions(direction: direction.value, theme: theme.value, legend: legend))
    } catch let error as RenderingError {
      throw Failure(.renderingFailed, "\(file.name): \(error.message)")
    }
    try emit(picture, to: output)
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
