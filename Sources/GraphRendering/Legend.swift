// The legend: a column of boxes of its own beside the graph.

extension DotGraph {
  /// The legend's DOT lines: a box for each kind that the drawing has, held together by edges that
  /// are not drawn.
  func legend(style: DotStyle) -> [String] {
    if let overlay { return legend(of: overlay, style: style) }
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

  /// The legend of an overlay, one box in Graphviz's markup: its title, the scale from its upper end
  /// to its lower, what other colours say, what borders say.
  private func legend(of overlay: GraphOverlay, style: DotStyle) -> [String] {
    var kinds: Set<String?> = []
    var levels: Set<GraphOverlay.Level> = []
    var hasValues = false
    for case .node(let id, _, let kind) in statements {
      kinds.insert(kind)
      switch overlay.mark(of: id)?.level {
      case .value: hasValues = true
      case let level?: levels.insert(level)
      case nil: break
      }
    }
    let theme = style.overlay
    func text(_ text: String) -> String {
      "<TD><FONT COLOR=\"\(theme.text.text)\">\(markup(text))</FONT></TD>"
    }
    func box(_ text: String, _ kind: String?, _ level: GraphOverlay.Level?) -> String {
      theme.look(kind, level, overlay.scale).cell(text, line: theme.line)
    }
    var cells = [text(overlay.title)]
    if let scale = overlay.scale, hasValues {
      cells.append(text(scale.quantity))
      cells += scale.ticks.map { box($0.text, nil, .value($0.value)) }
    }
    for (level, text) in GraphOverlay.Level.names where levels.contains(level) {
      cells.append(box(text, nil, level))
    }
    let names: [(kind: String?, text: String)] = [
      (FillColor.leaf, "leaf"), (FillColor.saved, "saved tensor"), (FillColor.root, "root"),
      (FillColor.base, "base of a view"),
    ]
    for (kind, text) in names where kinds.contains(kind) { cells.append(box(text, kind, nil)) }
    let rows = cells.map { "<TR>\($0)</TR>" }.joined()
    return [
      """
      \tlegend0 [label=<<TABLE BORDER="0" CELLSPACING="3" CELLPADDING="3">\(rows)</TABLE>> \
      shape=plaintext style=solid]

      """
    ]
  }
}
