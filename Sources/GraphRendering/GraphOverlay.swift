// What is drawn onto a graph: a value or a finding for each box and arrow, and what they mean.

internal import Glibc

/// Values and findings to be drawn onto the picture of a graph.
///
/// ```swift
/// var overlay = GraphOverlay(title: "pass 12")
/// overlay.scale = GraphOverlay.Scale("norm of the gradient", of: [0.5, 80]) { "\($0)" }
/// overlay.nodes[0] = GraphOverlay.Mark(.value(80), note: "80")
/// overlay.nodes[1] = GraphOverlay.Mark(.origin, note: "3 NaN")
/// let drawing = makeDot(graph, overlay: overlay)
/// ```
///
/// In such a picture colours stand for values; what a box is, its border says. Red is left to what is
/// broken.
public struct GraphOverlay: Sendable, Hashable {
  /// What the picture shows, above the legend; lines are separated by newlines.
  public var title: String
  /// What the colours of values stand for; without it values have none.
  public var scale: Scale?
  /// The marks of backward nodes, by id.
  public var nodes: [Int: Mark]
  /// The marks of tensors, by id.
  public var tensors: [Int: Mark]
  /// The marks of the arrows between backward nodes.
  public var edges: [Edge: Mark]

  /// Creates an overlay.
  public init(
    title: String, scale: Scale? = nil, nodes: [Int: Mark] = [:], tensors: [Int: Mark] = [:],
    edges: [Edge: Mark] = [:]
  ) {
    self.title = title
    self.scale = scale
    self.nodes = nodes
    self.tensors = tensors
    self.edges = edges
  }

  /// An arrow, by the backward node that hands the gradient on.
  public struct Edge: Sendable, Hashable {
    /// The node's id.
    public var node: Int
    /// The node's forward input that the gradient belongs to.
    public var input: Int

    /// Creates an edge.
    public init(node: Int, input: Int) {
      self.node = node
      self.input = input
    }
  }

  /// The mark of a box.
  func mark(of box: DotNodeID) -> Mark? {
    switch box {
    case .node(let id): nodes[id]
    case .tensor(let id): tensors[id]
    }
  }

  /// What is drawn onto a box or an arrow.
  public struct Mark: Sendable, Hashable {
    /// What the colour and the border say.
    public var level: Level
    /// A short text below a box's name or beside an arrow.
    public var note: String?

    /// Creates a mark.
    public init(_ level: Level, note: String? = nil) {
      self.level = level
      self.note = note
    }
  }

  /// What a colour or a border says.
  public enum Level: Sendable, Hashable {
    /// A value, for the scale.
    case value(Double)
    /// There is nothing to say.
    case plain
    /// Nothing is wrong, and there is no value.
    case sound
    /// All is zero.
    case zero
    /// What is not finite came to it.
    case broken
    /// What is not finite began there.
    case origin
    /// It did not run, or nothing came.
    case absent
  }

  /// A logarithmic scale from the smallest of its values to the largest.
  public struct Scale: Sendable, Hashable {
    /// What the values are, with their unit.
    public var quantity: String
    /// The value at the lower end; above 0.
    public var lower: Double
    /// The value at the upper end.
    public var upper: Double
    /// The values that the legend shows, from the lower end to the upper, and what it calls them.
    public var ticks: [Tick]

    /// A value that the legend shows.
    public struct Tick: Sendable, Hashable {
      /// The value.
      public var value: Double
      /// What the legend calls it.
      public var text: String

      /// Creates a tick.
      public init(value: Double, text: String) {
        self.value = value
        self.text = text
      }
    }

    /// Creates the scale that the positive ones of some values span; nil where there are none.
    public init?(_ quantity: String, of values: [Double], text: (Double) -> String) {
      let values = values.filter { $0 > 0 && $0.isFinite }
      guard let lower = values.min(), let upper = values.max() else { return nil }
      self.quantity = quantity
      self.lower = lower
      self.upper = upper
      ticks = []
      let steps = 4
      for step in 0...steps {
        let value: Double
        switch step {
        case 0: value = lower
        case steps: value = upper
        default: value = Self.between(lower, upper, Double(step) / Double(steps))
        }
        let text = text(value)
        // Where the ends are close, what lies between may read the same.
        if ticks.contains(where: { $0.text == text }) { continue }
        ticks.append(Tick(value: value, text: text))
      }
    }

    /// Where a value lies, from 0 at the lower end to 1 at the upper.
    public func position(of value: Double) -> Double {
      guard upper > lower else { return 0.5 }
      guard value > lower else { return 0 }
      guard value < upper else { return 1 }
      return (log2(value) - log2(lower)) / (log2(upper) - log2(lower))
    }

    /// The value at a position.
    private static func between(_ lower: Double, _ upper: Double, _ position: Double) -> Double {
      exp2(log2(lower) * (1 - position) + log2(upper) * position)
    }
  }
}
