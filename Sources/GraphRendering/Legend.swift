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

  /// The legend of an overlay, above the picture in Graphviz's markup: its title; the scale from its
  /// lower end to its upper; what other colours say, and what borders say.
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
      "<TD ALIGN=\"LEFT\" BALIGN=\"LEFT\"><FONT COLOR=\"\(theme.text.text)\">\(markup(text))</FONT></TD>"
    }
    func box(_ text: String, _ kind: String?, _ level: GraphOverlay.Level?) -> String {
      theme.look(kind, level, overlay.scale).cell(text, line: theme.line)
    }
    var scale: [String] = []
    if let values = overlay.scale, hasValues {
      scale = values.ticks.map { box($0.text, nil, .value($0.value)) }
      scale.insert(text(values.quantity), at: 0)
    }
    var rest: [String] = []
    for (level, text) in GraphOverlay.Level.names where levels.contains(level) {
      rest.append(box(text, nil, level))
    }
    let names: [(kind: String?, text: String)] = [
      (FillColor.leaf, "leaf"), (FillColor.saved, "saved tensor"), (FillColor.root, "root"),
      (FillColor.base, "base of a view"),
    ]
    for (kind, text) in names where kinds.contains(kind) { rest.append(box(text, kind, nil)) }
    func table(_ rows: [[String]], spacing: Int) -> String {
      let text = rows.filter { !$0.isEmpty }.map { "<TR>\($0.joined())</TR>" }.joined()
      return "<TABLE BORDER=\"0\" CELLSPACING=\"\(spacing)\" CELLPADDING=\"3\">\(text)</TABLE>"
    }
    let rows = [[text(overlay.title)], scale, rest].filter { !$0.isEmpty }
    let lines = rows.map { ["<TD ALIGN=\"LEFT\">\(table([$0], spacing: 2))</TD>"] }
    return [
      """
      \tlabel=<\(table(lines, spacing: 0))>
      \tlabelloc=t
      \tlabeljust=l
      \tfontname=monospace
      \tfontsize=10

      """
    ]
  }
}
