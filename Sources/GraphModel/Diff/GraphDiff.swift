// What changed from one graph to another, as a list of changes that people can read.

/// What changed from one graph to another, structure before attributes.
///
/// The nodes are matched along the walk from the roots, so that a node put into the middle is one
/// added node and not a change of everything after it. Numbers that only follow from that, such as
/// ids, are no changes. The same two graphs always give the same changes in the same order.
///
/// ```swift
/// let diff = GraphDiff(from: before, to: after)
/// print(diff)
/// // + node 1 PowBackward0: input 0 of node 0 MeanBackward0
/// // ~ edge: input 0 of node 0 MeanBackward0: node 1 SubBackward0 → node 1 PowBackward0
/// ```
public struct GraphDiff: Sendable, Hashable, CustomStringConvertible {
  /// The changes, in the order of their kinds, then of the walk.
  public var changes: [Change]

  /// Whether nothing changed.
  public var isEmpty: Bool { changes.isEmpty }

  /// One change.
  public struct Change: Sendable, Hashable, CustomStringConvertible {
    /// What changed.
    public var kind: Kind
    /// One line that names the place on both sides and the change; safe to print.
    public var description: String

    /// Creates a change.
    public init(kind: Kind, description: String) {
      self.kind = kind
      self.description = description
    }
  }

  /// What changed, in the order in which changes are listed.
  public enum Kind: String, Sendable, Hashable, CaseIterable {
    /// A node is gone.
    case nodeRemoved
    /// A node is new.
    case nodeAdded
    /// Another operator stands in a node's place.
    case nodeRenamed
    /// A gradient flows to another node, or no longer, or newly.
    case edge
    /// The graph has other roots.
    case root
    /// A leaf is gone.
    case leafLost
    /// A leaf is new.
    case leafAdded
    /// A tensor has another name.
    case tensorRenamed
    /// A shape or dtype of a node's output or of a tensor differs.
    case shape
    /// A tensor's role, base, storage or whether it requires a gradient differs.
    case tensor
    /// A node's attribute differs.
    case attribute
    /// A node saved other tensors.
    case saved
    /// A tensor's values or gradient differ.
    case values
    /// A node's module scope differs.
    case scope
    /// The forward call stands in another place of the source.
    case source
    /// The nodes were created in another order.
    case order
    /// Another program or version exported the graph.
    case producer
    /// The graphs differ in their numbering only.
    case numbering
  }

  /// Compares two graphs that `validate()` accepts.
  ///
  /// Takes time in proportion to the graphs and to how much they differ.
  public init(from first: ComputationGraph, to second: ComputationGraph) {
    var comparison = GraphComparison(first, second)
    changes = comparison.run()
    // Whatever the comparison has no word for must not pass for equal.
    if changes.isEmpty, first != second, first.json != second.json {
      changes = [
        Change(
          kind: .numbering, description: "~ numbering: nodes or tensors are listed differently")
      ]
    }
  }

  /// One line a change; empty when there is none.
  public var description: String {
    changes.map(\.description).joined(separator: "\n")
  }

  /// The changes as one JSON object.
  public var json: String {
    var writer = JSONWriter()
    writer.beginObject()
    writer.key("same")
    writer.value(isEmpty)
    writer.key("changes")
    writer.beginArray()
    for change in changes {
      writer.line(indent: 2)
      writer.beginObject()
      writer.key("kind")
      writer.value(change.kind.rawValue)
      writer.key("description")
      writer.value(change.description)
      writer.endObject()
    }
    if !changes.isEmpty { writer.line(indent: 0) }
    writer.endArray()
    writer.endObject()
    return String(decoding: writer.bytes, as: UTF8.self)
  }
}
