// The themes in Graphviz's attributes. Every value here is ours: nothing comes from a graph.

/// A theme as Graphviz's attributes.
struct DotStyle {
  /// PyTorchViz's attributes of every node, as python-graphviz sorts them.
  static let pyTorchVizNode = [
    DotAttribute("align", "left"), DotAttribute("fontname", "monospace"),
    DotAttribute("fontsize", "10"), DotAttribute("height", "0.2"), DotAttribute("ranksep", "0.1"),
    DotAttribute("shape", "box"), DotAttribute("style", "filled"),
  ]

  /// What the graph has beside PyTorchViz's attributes.
  var graph: [DotAttribute] = []
  /// What every node has beside PyTorchViz's attributes.
  var node: [DotAttribute] = []
  /// What every edge has.
  var edge: [DotAttribute] = []
  /// The attributes that stand for PyTorchViz's fill colours.
  var fills: [String: [DotAttribute]] = [:]
  /// How it draws an overlay.
  var overlay = OverlayStyle.light

  /// The attributes for a fill colour; one that the theme does not know stays as it is.
  func fill(_ color: String) -> [DotAttribute] {
    fills[color] ?? [DotAttribute("fillcolor", color)]
  }
}

extension RenderOptions.Theme {
  /// The theme's attributes.
  var style: DotStyle {
    switch self {
    case .classic: DotStyle()
    case .light:
      .colored(
        background: "#ffffff", text: "#1f2328", line: "#6e7781", node: "#f3f4f6",
        leaf: "#cfe3fb", saved: "#fde3bf", root: "#c6ebc9", base: "#9fd0a5")
    case .dark:
      .colored(
        background: "#16181d", text: "#e8eaed", line: "#9aa3af", node: "#30353e",
        leaf: "#1f4f80", saved: "#7a4a10", root: "#276b35", base: "#4f6420", overlay: .dark)
    case .print: .print
    }
  }
}

extension DotStyle {
  /// A theme that tells boxes apart by colour.
  fileprivate static func colored(
    background: String, text: String, line: String, node: String, leaf: String, saved: String,
    root: String, base: String, overlay: OverlayStyle = .light
  ) -> DotStyle {
    func fill(_ color: String) -> [DotAttribute] { [DotAttribute("fillcolor", color)] }
    return DotStyle(
      graph: [DotAttribute("bgcolor", background)],
      node: [
        DotAttribute("color", line), DotAttribute("fillcolor", node),
        DotAttribute("fontcolor", text),
      ],
      edge: [DotAttribute("color", line)],
      fills: [
        DotGraph.FillColor.leaf: fill(leaf), DotGraph.FillColor.saved: fill(saved),
        DotGraph.FillColor.root: fill(root), DotGraph.FillColor.base: fill(base),
      ],
      overlay: overlay)
  }

  /// A theme that tells boxes apart by border and grey.
  ///
  /// Every fill names its style too: the last of several statements of a node counts.
  fileprivate static var print: DotStyle {
    func fill(_ color: String, _ style: String) -> [DotAttribute] {
      [DotAttribute("fillcolor", color), DotAttribute("style", style)]
    }
    return DotStyle(
      graph: [DotAttribute("bgcolor", "white")],
      node: [DotAttribute("fillcolor", "white")],
      fills: [
        DotGraph.FillColor.leaf: fill("#e4e4e4", "filled,rounded"),
        DotGraph.FillColor.saved: fill("white", "filled,dashed"),
        DotGraph.FillColor.root: fill("#e4e4e4", "filled,bold"),
        DotGraph.FillColor.base: fill("#e4e4e4", "filled,dotted"),
      ],
      overlay: .print)
  }
}
