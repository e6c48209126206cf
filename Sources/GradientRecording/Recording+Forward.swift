// The values that describe the forward pass, as far as it is recorded.

public import GraphModel

extension Recording {
  /// The result of an operator of the forward pass.
  public struct ForwardResult: Sendable, Hashable {
    /// The session.
    public var session: Int
    /// The number that the node has on its thread, rising in the order of making.
    public var sequence: UInt64
    /// The pass in which the node was met later; nil where none was.
    public var pass: Int?
    /// The node's id in that pass's graph.
    public var node: Int?
    /// The name of the backward node, such as `MulBackward0`.
    public var name: String
    /// The module path that made it.
    public var scope: String?
    /// Which of the operator's results.
    public var output: Int
    /// PyTorch's dtype name, such as `float32`.
    public var dtype: String
    /// The sizes of the dimensions.
    public var shape: [Int]
    /// What it held.
    public var statistics: GradientStatistics
    /// Nanoseconds since the session's start.
    public var time: Int64

    /// The row that it was read from.
    var row: Int
  }

  /// A tensor with a history that came to an operator which gave a result without one.
  public struct Cut: Sendable, Hashable {
    /// The session.
    public var session: Int
    /// What ended the history.
    public var kind: Kind
    /// The operator that was called.
    public var operation: String
    /// The node whose result was cut off, by name; nil for a leaf.
    public var node: String?
    /// The leaf's name, where it was one that has one; else the names of the leaves that led to it,
    /// separated by `, `.
    public var leaf: String?
    /// The module path in which the operator was called.
    public var scope: String?
    /// The file of the call.
    public var file: String?
    /// The line of the call, counted from 1.
    public var line: Int?
    /// The number that the next pass to begin had.
    public var nextPass: Int

    /// What ends a history.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
      /// `detach()` and its kind.
      case detach
      /// An operator that was called without gradients being recorded.
      case noGrad
      /// An operator whose result is not differentiable: of integers, comparisons, positions.
      case notDifferentiable
    }
  }

  /// A named parameter that the program trains, or does not.
  public struct Parameter: Sendable, Hashable {
    /// The session.
    public var session: Int
    /// The parameter's name, as the program gave it.
    public var name: String
    /// The sizes of the dimensions.
    public var shape: [Int]
    /// PyTorch's dtype name, such as `float32`.
    public var dtype: String
    /// Whether a gradient is asked for.
    public var requiresGrad: Bool
  }
}
