// DOT text: what python-graphviz writes for PyTorchViz, and the same in other styles.

extension DotGraph {
  /// The drawing in the DOT language, as PyTorchViz writes it.
  ///
  /// The same drawing gives the same bytes. Beside the ids the text differs from python-graphviz's
  /// only where that would let a name speak to Graphviz: backslashes, ampersands and control
  /// characters in labels are escaped, and no label is taken for HTML.
  public var source: String { source(options: RenderOptions()) }

  /// The drawing in the DOT language, in a style.
  public func source(options: RenderOptions) -> String {
    source(options: options, name: nil, layout: [])
  }

  /// The drawing in the DOT language, with a name and graph attributes that steer the layout.
  func source(options: RenderOptions, name: String?, layout: [DotAttribute]) -> String {
    let style = options.theme.style
    let legend = options.legend || overlay != nil ? legend(style: style) : []
    var text = name.map { "digraph \($0) {\n" } ?? "digraph {\n"
    var graph = [DotAttribute("size", sizeText(rows: statements.count + legend.count))]
    if options.direction != .topToBottom {
      graph.append(DotAttribute("rankdir", options.direction.rawValue))
    }
    text += "\tgraph" + list(graph + style.graph + layout)
    text += "\tnode" + list(DotStyle.pyTorchVizNode + style.node)
    if !style.edge.isEmpty { text += "\tedge" + list(style.edge) }
    for statement in statements { text += line(statement, style: style) }
    for line in legend { text += line }
    return text + "}\n"
  }

  private func line(_ statement: Statement, style: DotStyle) -> String {
    switch statement {
    case .node(let id, let label, let fillColor):
      var attributes = [DotAttribute("label", label)]
      if let overlay {
        attributes +=
          style.overlay.look(fillColor, overlay.mark(of: id)?.level, overlay.scale).attributes
      } else if let fillColor {
        attributes += style.fill(fillColor)
      }
      return "\t\(id)" + list(attributes)
    case .edge(let from, let to, let given):
      var attributes: [DotAttribute] = []
      if let dir = given.dir { attributes.append(DotAttribute("dir", dir)) }
      if let style = given.style { attributes.append(DotAttribute("style", style)) }
      if let mark = given.mark { attributes += style.overlay.arrow(mark) }
      return "\t\(from) -> \(to)" + list(attributes)
    }
  }

  /// PyTorchViz's size of the picture, in inches: 0.15 for every statement, 12 at least.
  private func sizeText(rows: Int) -> String {
    let size = Double(rows) * 0.15
    let text = size > 12 ? pythonText(size) : "12"
    return "\(text),\(text)"
  }
}

/// A name of Graphviz's and its value.
struct DotAttribute: Sendable, Hashable {
  var name: String
  var value: String

  init(_ name: String, _ value: String) {
    self.name = name
    self.value = value
  }
}

/// The end of a statement: its attributes in brackets, if any.
func list(_ attributes: [DotAttribute]) -> String {
  if attributes.isEmpty { return "\n" }
  let items = attributes.map { "\($0.name)=\(quoted(escaped($0.value)))" }
  return " [" + items.joined(separator: " ") + "]\n"
}

/// A text as a DOT identifier: in quotes unless it is a plain word or number.
private func quoted(_ text: String) -> String {
  if isPlain(text) { return text }
  var result = "\""
  for scalar in text.unicodeScalars {
    if scalar == "\"" { result.unicodeScalars.append("\\") }
    result.unicodeScalars.append(scalar)
  }
  return result + "\""
}

/// Whether python-graphviz writes a text without quotes.
private func isPlain(_ text: String) -> Bool {
  let bytes = text.utf8
  guard let first = bytes.first else { return false }
  func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }
  func isWord(_ byte: UInt8) -> Bool {
    (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7A || byte == 0x5F || isDigit(byte)
  }
  if isDigit(first) {
    return bytes.allSatisfy { isDigit($0) || $0 == 0x2E }
      && bytes.count { $0 == 0x2E } <= 1
  }
  let keywords = ["node", "edge", "graph", "digraph", "subgraph", "strict"]
  return bytes.allSatisfy(isWord) && !keywords.contains(text.lowercased())
}

/// A text with nothing left in it that Graphviz or XML would take for its own.
///
/// Graphviz expands backslashes and character entities. Control characters are no part of XML, so
/// their pictures (U+2400 and on) stand for them; the two noncharacters become U+FFFD.
func escaped(_ text: String) -> String {
  var result = String.UnicodeScalarView()
  for scalar in text.unicodeScalars {
    switch scalar.value {
    case 0x5C: result.append(contentsOf: "\\\\".unicodeScalars)
    case 0x26: result.append(contentsOf: "&amp;".unicodeScalars)
    case 0x0A: result.append(scalar)
    case 0..<0x20: result.append(Unicode.Scalar(0x2400 + scalar.value)!)
    case 0x7F: result.append("\u{2421}")
    case 0x80..<0xA0, 0xFFFE, 0xFFFF: result.append("\u{FFFD}")
    default: result.append(scalar)
    }
  }
  return String(result)
}
