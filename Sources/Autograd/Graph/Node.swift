// A node of the backward graph: a name, edges, what was saved, and a formula.

internal import CThreadState
internal import GraphModel

/// Where one gradient of a node goes: to a forward output of another node.
struct Edge {
  var node: Node?
  var output: Int32

  static var none: Edge { Edge(node: nil, output: 0) }
}

/// The shape and dtype of a node's forward output.
struct OutputMetadata {
  var sizes: Dims
  var dtype: DType
}

/// The derivative of one operator call.
///
/// A subclass is named as PyTorch names the node (`MulBackward0`): the class name is the node's
/// name. It states the names of what it saves, its attributes, and the formula; execution, double
/// backward, drawing and export all read the same definition.
public class Node {
  /// Rises with every node that a thread makes: the engine runs later nodes first.
  final let sequenceNumber: UInt64

  /// What a leaf's accumulator has for a sequence number: it runs before all else that is ready.
  static let firstOfAll = UInt64.max

  // Edges, saved tensors and outputs: two, two and one without an allocation.
  private final var edge0 = Edge.none
  private final var edge1 = Edge.none
  private final var moreEdges: [Edge] = []
  final private(set) var edgeCount = 0
  private final var saved0 = SavedTensor.none
  private final var saved1 = SavedTensor.none
  private final var moreSaved: [SavedTensor] = []
  final private(set) var areSavedTensorsReleased = false
  final var output = OutputMetadata(sizes: Dims(), dtype: .float32)
  final var moreOutputs: [OutputMetadata] = []

  // The engine's working state; it belongs to the pass whose number `pass` is.
  final var pass: UInt64 = 0
  final var dependencies = 0
  final var isNeeded = true
  final var incoming = Gradients()

  /// Hooks and retained gradients, for the few nodes that have some.
  final var hooks: NodeHooks?
  /// Where the forward call was made, while that is being captured.
  final var origin: CallOrigin?

  init() {
    let state = ats_current()
    sequenceNumber = state.pointee.next_sequence_number
    state.pointee.next_sequence_number += 1
    if state.pointee.captures_source { origin = CallOrigin.capture() }
  }

  init(sequenceNumber: UInt64) { self.sequenceNumber = sequenceNumber }

  deinit {
    if let node = edge0.node.take() { DeferredRelease.release(node) }
    if let node = edge1.node.take() { DeferredRelease.release(node) }
    while let node = moreEdges.popLast()?.node { DeferredRelease.release(node) }
  }

  // MARK: What a subclass says

  /// PyTorch's name of the node, such as `MulBackward0`.
  public var name: String { "\(type(of: self))" }

  /// What the node is, in the exported graph.
  var kind: ComputationGraph.NodeKind { .backward }

  /// PyTorch's names of the saved tensors, in the order of their slots.
  class var savedNames: [String] { [] }

  /// The attributes that PyTorch shows, by its names.
  var attributes: [String: AttributeValue] { [:] }

  /// Saved tuples of tensors, by PyTorch's names: the slots of each.
  var savedTuples: [String: [Int?]] { [:] }

  /// The gradients of the forward inputs, from that of the only forward output.
  func backward(_ gradient: Tensor) -> Gradients {
    fatalError("\(name) has no formula")
  }

  /// The gradients of the forward inputs, from those of all forward outputs.
  ///
  /// The engine does not call it when no output has a gradient.
  func backward(_ gradients: consuming Gradients) throws(AutogradError) -> Gradients {
    backward(gradients[0]!)
  }

  // MARK: Edges

  @inline(__always)
  final func edge(_ i: Int) -> Edge {
    switch i {
    case 0: edge0
    case 1: edge1
    default: moreEdges[i - 2]
    }
  }

  @inline(__always)
  final func addEdge(_ edge: Edge) {
    switch edgeCount {
    case 0: edge0 = edge
    case 1: edge1 = edge
    default: moreEdges.append(edge)
    }
    edgeCount += 1
  }

  @inline(__always)
  final func addEdge(to tensor: Tensor) { addEdge(tensor.gradientEdge) }

  @inline(__always)
  final func addEdge(to operand: Operand) {
    if case .tensor(let tensor) = operand { addEdge(tensor.gradientEdge) } else { addEdge(.none) }
  }

  final func replaceEdge(_ i: Int, with edge: Edge) {
    switch i {
    case 0: edge0 = edge
    case 1: edge1 = edge
    default: moreEdges[i - 2] = edge
    }
  }

  /// Whether the gradient of input `i` goes anywhere in the running pass.
  @inline(__always)
  final func needs(_ i: Int) -> Bool { edge(i).node?.isNeeded ?? false }

  // MARK: Saved tensors

  @inline(__always)
  final func savedTensor(_ slot: Int) -> SavedTensor {
    switch slot {
    case 0: saved0
    case 1: saved1
    default: slot - 2 < moreSaved.count ? moreSaved[slot - 2] : .none
    }
  }

  @inline(__always)
  final func save(_ saved: SavedTensor, _ slot: Int) {
    switch slot {
    case 0: saved0 = saved
    case 1: saved1 = saved
    default:
      while moreSaved.count <= slot - 2 { moreSaved.append(.none) }
      moreSaved[slot - 2] = saved
    }
  }

  /// The saved operand in `slot`, for a formula.
  @inline(__always)
  final func saved(_ slot: Int) -> Operand { savedTensor(slot).unpack(owner: self) }

  /// The saved tensor in `slot`, for a formula.
  @inline(__always)
  final func savedValue(_ slot: Int) -> Tensor {
    guard case .tensor(let tensor) = saved(slot) else {
      fatalError("\(name) saved a number where it reads a tensor")
    }
    return tensor
  }

  final var savesAnything: Bool {
    saved0.kind != .none || saved1.kind != .none || !moreSaved.isEmpty
  }

  func releaseSavedTensors() {
    guard savesAnything else { return }
    saved0 = .none
    saved1 = .none
    moreSaved = []
    areSavedTensorsReleased = true
  }

  /// Throws when the saved tensors are gone or were changed in place since.
  @inline(__always)
  final func checkSavedTensors() throws(AutogradError) {
    if areSavedTensorsReleased { throw .backwardTwice(self) }
    if saved0.isModified { throw .modifiedInPlace(saved0, in: self, slot: 0) }
    if saved1.isModified { throw .modifiedInPlace(saved1, in: self, slot: 1) }
    for i in moreSaved.indices where moreSaved[i].isModified {
      throw .modifiedInPlace(moreSaved[i], in: self, slot: i + 2)
    }
  }

  // MARK: Outputs

  final var outputCount: Int { 1 + moreOutputs.count }

  @inline(__always)
  final func outputMetadata(_ i: Int) -> OutputMetadata {
    i == 0 ? output : moreOutputs[i - 1]
  }

  /// Makes `tensor` the node's next forward output.
  @inline(__always)
  final func adopt(_ tensor: Tensor) {
    output = OutputMetadata(sizes: tensor.sizes, dtype: tensor.dtype)
    tensor.gradFnStorage = self
  }

  /// Makes `tensors` the node's forward outputs, in order.
  final func adopt(_ tensors: [Tensor]) {
    for (i, tensor) in tensors.enumerated() {
      let metadata = OutputMetadata(sizes: tensor.sizes, dtype: tensor.dtype)
      if i == 0 { output = metadata } else { moreOutputs.append(metadata) }
      tensor.gradFnStorage = self
      tensor.outputNumber = Int32(i)
    }
  }
}
