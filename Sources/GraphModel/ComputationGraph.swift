// The exported graph: what an autograd engine built, as plain values.

/// The backward graph of a computation: nodes, the tensors around them, and the roots.
///
/// A node's id is its position in a depth-first preorder walk from the roots, a tensor's id the
/// order in which that walk met it; the same program gives the same graph and the same bytes.
public struct ComputationGraph: Sendable, Hashable {
  /// The program that exported the graph.
  public var producer: Producer
  /// The tensors that the graph was exported from, by id.
  public var roots: [Int]
  /// The backward nodes; `nodes[i].id == i`.
  public var nodes: [Node]
  /// The tensors that the nodes and roots refer to; `tensors[i].id == i`.
  public var tensors: [Tensor]

  /// Creates a graph from its parts.
  public init(producer: Producer, roots: [Int], nodes: [Node], tensors: [Tensor]) {
    self.producer = producer
    self.roots = roots
    self.nodes = nodes
    self.tensors = tensors
  }

  /// The name and version of what exported a graph.
  public struct Producer: Sendable, Hashable {
    /// The producer's name, such as `agviz`.
    public var name: String
    /// The producer's version.
    public var version: String

    /// Creates a producer.
    public init(name: String, version: String) {
      self.name = name
      self.version = version
    }

    /// This package.
    public static let agviz = Producer(name: "agviz", version: agvizVersion)
  }

  /// What one input slot of a node leads to: an output of another node.
  public struct Edge: Sendable, Hashable {
    /// The id of the node that the gradient flows to.
    public var node: Int
    /// Which of that node's forward outputs the gradient belongs to.
    public var output: Int

    /// Creates an edge.
    public init(node: Int, output: Int) {
      self.node = node
      self.output = output
    }
  }

  /// The shape and dtype of one forward output of a node.
  public struct Output: Sendable, Hashable {
    /// The sizes of the dimensions.
    public var shape: [Int]
    /// PyTorch's dtype name, such as `float32`.
    public var dtype: String

    /// Creates an output.
    public init(shape: [Int], dtype: String) {
      self.shape = shape
      self.dtype = dtype
    }
  }

  /// A place in the source of the program that was run.
  public struct SourceLocation: Sendable, Hashable {
    /// The file, relative to the program's package; never an absolute path.
    public var file: String
    /// The line, counted from 1.
    public var line: Int

    /// Creates a source location.
    public init(file: String, line: Int) {
      self.file = file
      self.line = line
    }
  }

  /// What a backward node is.
  public enum NodeKind: String, Sendable, Hashable, CaseIterable {
    /// The derivative of one of the engine's operators.
    case backward
    /// The place where a leaf's gradient accumulates.
    case accumulateGrad
    /// The derivative of a custom function.
    case function
  }

  /// What a node saved for its backward pass under one name.
  public enum Saved: Sendable, Hashable {
    /// One tensor, by id; nil when the node did not need it.
    case tensor(Int?)
    /// Several tensors, by id; nil where there is none.
    case tensors([Int?])
  }

  /// One node of the backward graph.
  public struct Node: Sendable, Hashable {
    /// The node's position in `nodes`.
    public var id: Int
    /// PyTorch's name, such as `MulBackward0`.
    public var name: String
    /// What the node is.
    public var kind: NodeKind
    /// Where the gradient of each forward input flows to; nil where none flows.
    public var inputs: [Edge?]
    /// The forward outputs, whose gradients the node takes.
    public var outputs: [Output]
    /// The node's attributes by PyTorch's names, sorted by name.
    public var attributes: [String: AttributeValue]
    /// The tensors saved for the backward pass by PyTorch's names.
    public var saved: [String: Saved]
    /// The leaf of an `AccumulateGrad` node, by tensor id.
    public var leaf: Int?
    /// The module path that made the node, such as `layer1.0.conv1`.
    public var scope: String?
    /// Where the forward call was made.
    public var source: SourceLocation?
    /// The order of creation among the graph's nodes, counted from 0; nil for `AccumulateGrad`.
    public var sequence: Int?

    /// Creates a node.
    public init(
      id: Int, name: String, kind: NodeKind, inputs: [Edge?], outputs: [Output] = [],
      attributes: [String: AttributeValue] = [:], saved: [String: Saved] = [:], leaf: Int? = nil,
      scope: String? = nil, source: SourceLocation? = nil, sequence: Int? = nil
    ) {
      self.id = id
      self.name = name
      self.kind = kind
      self.inputs = inputs
      self.outputs = outputs
      self.attributes = attributes
      self.saved = saved
      self.leaf = leaf
      self.scope = scope
      self.source = source
      self.sequence = sequence
    }
  }

  /// Why a tensor is part of the graph.
  ///
  /// A tensor with several reasons has the first that holds, in this order: root, leaf, base, saved.
  public enum TensorRole: String, Sendable, Hashable, CaseIterable {
    /// The graph was exported from it.
    case root
    /// A gradient accumulates in it.
    case leaf
    /// A root is a view of it.
    case base
    /// A node saved it for the backward pass.
    case saved
  }

  /// One tensor that the graph refers to.
  public struct Tensor: Sendable, Hashable {
    /// The tensor's position in `tensors`.
    public var id: Int
    /// Why the tensor is part of the graph.
    public var role: TensorRole
    /// The name that it was given in `parameters`; nil when it has none.
    public var name: String?
    /// The sizes of the dimensions.
    public var shape: [Int]
    /// PyTorch's dtype name, such as `float32`.
    public var dtype: String
    /// Whether a gradient is asked for.
    public var requiresGrad: Bool
    /// The node and output that made it; nil for a leaf.
    public var gradFn: Edge?
    /// A number that tensors on the same memory share, counted by first appearance.
    public var storage: Int
    /// The tensor that it is a view of, by id; given for roots and their bases.
    public var viewOf: Int?
    /// The elements in row-major order, where values were asked for.
    public var values: [Double]?
    /// What is known of the gradient that has accumulated; nil when there is none.
    public var gradient: GradientSummary?

    /// Creates a tensor.
    public init(
      id: Int, role: TensorRole, name: String? = nil, shape: [Int], dtype: String,
      requiresGrad: Bool = false, gradFn: Edge? = nil, storage: Int, viewOf: Int? = nil,
      values: [Double]? = nil, gradient: GradientSummary? = nil
    ) {
      self.id = id
      self.role = role
      self.name = name
      self.shape = shape
      self.dtype = dtype
      self.requiresGrad = requiresGrad
      self.gradFn = gradFn
      self.storage = storage
      self.viewOf = viewOf
      self.values = values
      self.gradient = gradient
    }
  }

  /// What is known of a gradient, in numbers; NaN where it holds no finite value.
  public struct GradientSummary: Sendable, Hashable {
    /// The smallest finite element.
    public var minimum: Double
    /// The largest finite element.
    public var maximum: Double
    /// The mean of the finite elements.
    public var mean: Double
    /// The square root of the sum of the finite elements' squares.
    public var norm: Double
    /// How many elements are NaN.
    public var nanCount: Int
    /// How many elements are infinite.
    public var infinityCount: Int

    /// Creates a summary.
    public init(
      minimum: Double, maximum: Double, mean: Double, norm: Double, nanCount: Int,
      infinityCount: Int
    ) {
      self.minimum = minimum
      self.maximum = maximum
      self.mean = mean
      self.norm = norm
      self.nanCount = nanCount
      self.infinityCount = infinityCount
    }
  }
}

/// The value of a node's attribute.
public enum AttributeValue: Sendable, Hashable {
  /// An attribute that was not given: Python's None.
  case none
  /// True or false.
  case bool(Bool)
  /// A whole number. PyTorch shows a negative dimension as its unsigned 64-bit value.
  case int(Int)
  /// A floating-point number.
  case double(Double)
  /// A text.
  case string(String)
  /// A tuple of whole numbers, such as sizes.
  case ints([Int])
  /// A tuple of floating-point numbers, such as scale factors.
  case doubles([Double])
  /// A tuple of truths.
  case bools([Bool])
}
