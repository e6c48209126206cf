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
    return lines + held(lines.count)
  }

  /// The legend of an overlay: its title, the scale from its upper end to its lower, what other
  /// colours say, what borders say.
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
    func box(_ text: String, _ kind: String?, _ level: GraphOverlay.Level?) -> [DotAttribute] {
      [DotAttribute("label", text)] + style.overlay.box(kind, level, overlay.scale)
        + [DotAttribute("width", "2")]
    }
    func text(_ text: String) -> [DotAttribute] {
      [
        DotAttribute("label", text), DotAttribute("shape", "plaintext"),
        DotAttribute("style", "solid"), DotAttribute("fontcolor", style.overlay.text.text),
      ]
    }
    var boxes = [text(overlay.title)]
    if let scale = overlay.scale, hasValues {
      boxes.append(text(scale.quantity))
      boxes += scale.ticks.map { box($0.text, nil, .value($0.value)) }
    }
    for (level, text) in GraphOverlay.Level.names where levels.contains(level) {
      boxes.append(box(text, nil, level))
    }
    let names: [(kind: String?, text: String)] = [
      (FillColor.leaf, "leaf"), (FillColor.saved, "saved tensor"),
      (FillColor.root, "root, or what it is a view of"),
    ]
    for (kind, text) in names where kinds.contains(kind) { boxes.append(box(text, kind, nil)) }
    return boxes.enumerated().map { "\tlegend\($0)" + list($1) } + held(boxes.count)
  }

  /// The edges, which are not drawn, that hold a legend's boxes together.
  private func held(_ count: Int) -> [String] {
    (0..<count).dropFirst().map {
      "\tlegend\($0 - 1) -> legend\($0)" + list([DotAttribute("style", "invis")])
    }
  }
}
