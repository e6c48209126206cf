// How a picture looks and how much drawing it may cost.

/// The style of a picture and the limits of drawing it.
public struct RenderOptions: Sendable, Hashable {
  /// The direction in which gradients' sources lead to the roots.
  public var direction: Direction
  /// The colours and borders.
  public var theme: Theme
  /// Whether a legend beside the graph says what each colour is.
  public var legend: Bool
  /// The limits under which a graph that is not small is drawn.
  public var limits: RenderLimits

  /// Creates options; by default PyTorchViz's picture.
  public init(
    direction: Direction = .topToBottom, theme: Theme = .classic, legend: Bool = false,
    limits: RenderLimits = RenderLimits()
  ) {
    self.direction = direction
    self.theme = theme
    self.legend = legend
    self.limits = limits
  }

  /// Where the leaves and the roots of a graph are; the raw value is Graphviz's `rankdir`.
  public enum Direction: String, Sendable, Hashable, CaseIterable {
    /// Leaves above, roots below: PyTorchViz's.
    case topToBottom = "TB"
    /// Leaves on the left, roots on the right.
    case leftToRight = "LR"
    /// Leaves below, roots above.
    case bottomToTop = "BT"
    /// Leaves on the right, roots on the left.
    case rightToLeft = "RL"
  }

  /// A set of colours and borders.
  public enum Theme: String, Sendable, Hashable, CaseIterable {
    /// PyTorchViz's picture, to the byte of its DOT text.
    case classic
    /// Quiet colours on white.
    case light
    /// Light text on a dark background.
    case dark
    /// Black on white, told apart by borders: for paper.
    case print
  }
}

/// What drawing a graph may cost before it is given up.
///
/// They hold for graphs that are drawn in a child process: all but small ones.
public struct RenderLimits: Sendable, Hashable {
  /// The processor time, in seconds.
  public var seconds: Int
  /// The memory beyond what the process has already, in bytes.
  public var memory: Int

  /// Creates limits; by default two minutes and 4 GiB.
  public init(seconds: Int = 120, memory: Int = 4 << 30) {
    self.seconds = seconds
    self.memory = memory
  }
}
