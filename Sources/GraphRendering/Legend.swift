// The legend: a column of boxes of its own beside the graph.

extension DotGraph {
  /// The legend's DOT lines: a box for each kind that the drawing has, held together by edges that
  /// are not drawn.
  func legend(style: DotStyle) -> [String] {
    var colors: Set<String?> = []
    for case .node(_, _, let color) in statements { colors.insert(color) }
    let kinds: [(color: String?, text: String)] = [
      (FillColor.leaf, "leaf"), (nil, "backward node"), (FillColor.saved, "saved tensor"),
      (FillColor.base, "base of a view"), (FillColor.root, "root"),
    ]
    var lines: [String] = []
    for (color, text) in kinds where colors.contains(color) {
      let attributes = [DotAttribute("label", text)] + (color.map(style.fill) ?? [])
      lines.append("\tlegend\(lines.count)" + list(attributes + [DotAttribute("width", "1.5")]))
    }
    let edges = lines.indices.dropFirst().map {
      "\tlegend\($0 - 1) -> legend\($0)" + list([DotAttribute("style", "invis")])
    }
    return lines + edges
  }
}
