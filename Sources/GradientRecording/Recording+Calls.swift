// The values that describe what happened in a pass: calls of nodes, and what their tensors held.

public import GraphModel

extension Recording {
  /// The run of a node in a pass.
  public struct Call: Sendable, Hashable {
    /// The pass's number.
    public var pass: Int
    /// The place in the order of running, counted from 0.
    public var order: Int
    /// The node's id in the pass's graph.
    public var node: Int
    /// Nanoseconds since the session's start when it began.
    public var start: Int64
    /// Nanoseconds since the session's start when it ended; nil where the program ended before.
    public var end: Int64?
  }

  /// What a tensor is to the call that it was recorded with.
  public typealias Role = RecordedRole

  /// A tensor that was recorded, in numbers.
  public struct Measurement: Sendable, Hashable {
    /// The pass's number.
    public var pass: Int
    /// The call's place in the order of running; 0 for a saved tensor.
    public var order: Int
    /// What the tensor is to the call.
    public var role: Role
    /// Which of the tensors in that role.
    public var slot: Int
    /// PyTorch's dtype name, such as `float32`.
    public var dtype: String
    /// The sizes of the dimensions.
    public var shape: [Int]
    /// What it held.
    public var statistics: GradientStatistics
    /// The distribution of magnitudes, where it is recorded.
    public var histogram: Histogram?
  }

  /// How many elements of a tensor have each binary exponent; zero and non-finite ones have none.
  public struct Histogram: Sendable, Hashable {
    /// The exponent that the first count is for: of magnitudes from 2 to its power to twice that.
    public var firstExponent: Int
    /// The counts of rising exponents; those before and after are 0.
    public var counts: [UInt32]

    /// The exponents that a journal tells apart.
    static let exponents = -150...128
  }

  /// What one edge brought where several meet in a gradient.
  public struct Contribution: Sendable, Hashable {
    /// The pass's number.
    public var pass: Int
    /// The call that took the sum.
    public var order: Int
    /// The forward output that the sum is the gradient of.
    public var output: Int
    /// Where the share came from; nil where the pass started.
    public var source: Source?
    /// The share's L2 norm.
    public var norm: Double
    /// The cosine of the angle to the sum; NaN where one of them is zero or not finite.
    public var cosine: Double

    /// A gradient that a call handed on.
    public struct Source: Sendable, Hashable {
      /// The call.
      public var order: Int
      /// The node's forward input that the gradient belongs to.
      public var input: Int
    }
  }

  /// A tensor whose elements are recorded; `bytes(of:)` reads them.
  public struct Value: Sendable, Hashable {
    /// The pass's number.
    public var pass: Int
    /// The call's place in the order of running; 0 for a saved tensor.
    public var order: Int
    /// What the tensor is to the call.
    public var role: Role
    /// Which of the tensors in that role.
    public var slot: Int
    /// PyTorch's dtype name, such as `float32`.
    public var dtype: String
    /// The sizes of the dimensions.
    public var shape: [Int]
    /// The distances between neighbours in each dimension, in elements.
    public var strides: [Int]
    /// How many bytes the elements take; equal numbers of `content` stand for equal bytes.
    public var byteCount: Int
    /// The row that holds the bytes.
    public var content: Int
  }

  /// An element where a node's result was not finite though what it took was.
  public struct Witness: Sendable, Hashable {
    /// The pass's number.
    public var pass: Int
    /// The call's place in the order of running.
    public var order: Int
    /// The node's forward input whose gradient it is.
    public var input: Int
    /// The place of the element in that gradient.
    public var index: [Int]
    /// The element.
    public var value: Double
    /// What the node worked on there.
    public var operands: [Operand]

    /// A tensor that the node worked on.
    public struct Operand: Sendable, Hashable {
      /// `grad` for the gradient that the node took, else the name under which the node saved it.
      public var name: String
      /// The element that meets the result's; nil where none does.
      public var value: Double?
      /// What the whole tensor held.
      public var statistics: GradientStatistics
      /// The sizes of the dimensions.
      public var shape: [Int]
    }
  }

  /// What a node is made of besides edges and saved tensors, for running it again.
  public struct NodeFields: Sendable, Hashable {
    /// The pass's number.
    public var pass: Int
    /// The node's id in the pass's graph.
    public var node: Int
    /// JSON; nil where the node cannot run without the program.
    public var fields: String?
    /// Why the node cannot run without the program; nil where it can.
    public var refusal: String?
  }
}
