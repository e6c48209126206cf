// A drawing as DOT statements: plain values between the computation graph and Graphviz.

/// A drawing of a computation graph: DOT statements in the order in which they are written.
///
/// A node may be stated more than once; Graphviz draws the last statement.
public struct DotGraph: Sendable, Hashable {
  /// The nodes and edges, in order.
  public var statements: [Statement]
  /// What is drawn onto the boxes and arrows; nil for PyTorchViz's picture.
  public var overlay: GraphOverlay?

  /// Creates a drawing from its statements.
  public init(statements: [Statement], overlay: GraphOverlay? = nil) {
    self.statements = statements
    self.overlay = overlay
  }

  /// One line of the drawing.
  public enum Statement: Sendable, Hashable {
    /// A box with a text in it, lines separated by newlines.
    ///
    /// `fillColor` is one of ``FillColor``'s, or any of Graphviz's colours; nil for the default.
    case node(id: DotNodeID, label: String, fillColor: String?)
    /// An arrow.
    case edge(from: DotNodeID, to: DotNodeID, attributes: EdgeAttributes = EdgeAttributes())
  }

  /// What an edge says beside its ends.
  public struct EdgeAttributes: Sendable, Hashable {
    /// Graphviz's `dir`: `none` for an edge to a saved tensor, which has no arrowhead.
    public var dir: String?
    /// Graphviz's `style`: `dotted` for an edge from a base to its view.
    public var style: String?
    /// What an overlay draws onto it.
    public var mark: GraphOverlay.Mark?

    /// Creates edge attributes.
    public init(dir: String? = nil, style: String? = nil, mark: GraphOverlay.Mark? = nil) {
      self.dir = dir
      self.style = style
      self.mark = mark
    }
  }

  /// PyTorchViz's colours, which say what a box is.
  public enum FillColor {
    /// A leaf that a gradient accumulates in.
    public static let leaf = "lightblue"
    /// A tensor saved for the backward pass.
    public static let saved = "orange"
    /// A tensor that the graph was exported from.
    public static let root = "darkolivegreen1"
    /// The tensor that a root is a view of.
    public static let base = "darkolivegreen3"
  }
}

/// What a box of a drawing stands for: a backward node or a tensor, by its id in the graph.
public enum DotNodeID: Sendable, Hashable, CustomStringConvertible {
  /// The backward node with this id.
  case node(Int)
  /// The tensor with this id.
  case tensor(Int)

  /// The id in DOT text, such as `node3`.
  public var description: String {
    switch self {
    case .node(let id): "node\(id)"
    case .tensor(let id): "tensor\(id)"
    }
  }
}
