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
  /// The module whose forward call made the node; nil outside of modules and for accumulators.
  final let scope: ModuleScope?

  /// What a leaf's accumulator has for a sequence number: it runs before all else that is ready.
  static let firstOfAll = UInt64.max

  // Edges, saved tensors and outputs: two, two and one without an allocation, the rest in `more`.
  // As in Tensor, no accessor runs code that could come back to these.
  @exclusivity(unchecked) private final var edge0 = Edge.none
  @exclusivity(unchecked) private final var edge1 = Edge.none
  @exclusivity(unchecked) private final var saved0 = SavedTensor.none
  @exclusivity(unchecked) private final var saved1 = SavedTensor.none
  @exclusivity(unchecked) final private(set) var edgeCount = 0
  @exclusivity(unchecked) final private(set) var outputCount = 1
  @exclusivity(unchecked) final private(set) var areSavedTensorsReleased = false
  @exclusivity(unchecked) final var output = OutputMetadata(sizes: Dims(), dtype: .float32)
  @exclusivity(unchecked) final private(set) var more: NodeExtras?

  final func makeMore() -> NodeExtras {
    if let more { return more }
    let made = NodeExtras()
    more = made
    return made
  }

  // The engine's working state; it belongs to the pass whose number `pass` is.
  @exclusivity(unchecked) final var pass: UInt64 = 0
  @exclusivity(unchecked) final var dependencies = 0
  @exclusivity(unchecked) final var isNeeded = true
  /// What has arrived for the first output.
  @exclusivity(unchecked) final var incoming0: Tensor?
  /// The next node on the engine's stack while it counts dependencies.
  @exclusivity(unchecked) final var below: Unmanaged<Node>?

  /// The node's number in the graph of the recorded pass that runs.
  @exclusivity(unchecked) final var walked = WalkedPlace()

  init() {
    let state = ats_current()
    sequenceNumber = state.pointee.next_sequence_number
    state.pointee.next_sequence_number += 1
    scope = ModuleScope.current(in: state)
    if state.pointee.notes != 0 { note(state) }
  }

  init(sequenceNumber: UInt64) {
    self.sequenceNumber = sequenceNumber
    scope = nil
  }

  deinit {
    if let node = edge0.node {
      edge0.node = nil
      DeferredRelease.release(node)
    }
    if let node = edge1.node {
      edge1.node = nil
      DeferredRelease.release(node)
    }
    if let more {
      while let node = more.edges.popLast()?.node { DeferredRelease.release(node) }
    }
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

  /// Whether the formula is asked where no gradient flows at all.
  var runsWithoutGradients: Bool { false }

  /// The gradients of the forward inputs, from that of the only forward output.
  func backward(_ gradient: Tensor) -> Gradients {
    fatalError("\(name) has no formula")
  }

  /// The gradients of the forward inputs, from those of all forward outputs.
  ///
  /// The engine does not call it when no output has a gradient, unless `runsWithoutGradients`.
  func backward(_ gradients: consuming Gradients) throws(AutogradError) -> Gradients {
    backward(gradients[0]!)
  }

  // MARK: Edges

  @inline(__always)
  final func edge(_ i: Int) -> Edge {
    switch i {
    case 0: edge0
    case 1: edge1
    default: more!.edges[i - 2]
    }
  }

  @inline(__always)
  final func addEdge(_ edge: Edge) {
    switch edgeCount {
    case 0: edge0 = edge
    case 1: edge1 = edge
    default: makeMore().edges.append(edge)
    }
    edgeCount += 1
  }

  @inline(__always)
  final func addEdge(to tensor: Tensor) { addEdge(tensor.gradientEdge) }

  @inline(__always)
  final func addEdge(to operand: Operand) {
    if case .tensor(let tensor) = operand { addEdge(tensor.gradientEdge) } else { addEdge(.none) }
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
    default: more.flatMap { slot - 2 < $0.saved.count ? $0.saved[slot - 2] : nil } ?? .none
    }
  }

  @inline(__always)
  final func save(_ saved: SavedTensor, _ slot: Int) {
    if let hooks = SavedTensorHooks.innermost { return pack(saved, slot, hooks) }
    store(saved, slot)
  }

  @inline(__always)
  final func store(_ saved: SavedTensor, _ slot: Int) {
    switch slot {
    case 0: saved0 = saved
    case 1: saved1 = saved
    default:
      let more = makeMore()
      while more.saved.count <= slot - 2 { more.saved.append(.none) }
      more.saved[slot - 2] = saved
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
    saved0.kind != .none || saved1.kind != .none || !(more?.saved.isEmpty ?? true)
  }

  func releaseSavedTensors() {
    guard savesAnything else { return }
    saved0 = .none
    saved1 = .none
    if let more {
      more.saved = []
      more.packed = []
    }
    areSavedTensorsReleased = true
  }

  /// Throws when the saved tensors are gone or were changed in place since.
  @inline(__always)
  final func checkSavedTensors() throws(AutogradError) {
    if areSavedTensorsReleased { throw .backwardTwice(self) }
    if saved0.isModified { throw .modifiedInPlace(saved0, in: self, slot: 0) }
    if saved1.isModified { throw .modifiedInPlace(saved1, in: self, slot: 1) }
    guard let more else { return }
    for (i, saved) in more.saved.enumerated() where saved.isModified {
      throw .modifiedInPlace(saved, in: self, slot: i + 2)
    }
    if !more.packed.isEmpty { try unpackSavedTensors() }
  }

  /// Saves what a custom function asked for.
  func saveForBackward(_ tensors: [Tensor]) {}

  // MARK: Outputs

  @inline(__always)
  final func outputMetadata(_ i: Int) -> OutputMetadata {
    i == 0 ? output : more!.outputs[i - 1]
  }

  /// Makes `tensor` the node's next forward output.
  @inline(__always)
  final func adopt(_ tensor: Tensor) {
    output = OutputMetadata(sizes: tensor.sizes, dtype: tensor.dtype)
    tensor.gradFnStorage = self
    if let more { look(at: [tensor], more) }
  }

  /// Makes `tensors` the node's forward outputs, in order.
  final func adopt(_ tensors: [Tensor]) {
    describeOutputs(tensors)
    for (i, tensor) in tensors.enumerated() {
      tensor.gradFnStorage = self
      tensor.outputNumber = Int32(i)
    }
  }

  /// Notes what the node's forward outputs look like, without making it their history.
  final func describeOutputs(_ tensors: [Tensor]) {
    describeOutputs(tensors.map { OutputMetadata(sizes: $0.sizes, dtype: $0.dtype) })
    if let more { look(at: tensors, more) }
  }

  /// Looks at results as the mode asks that the node was made in.
  private final func look(at results: [Tensor], _ more: NodeExtras) {
    if more.checksResult {
      more.nonFiniteResult = results.lazy.compactMap { NonFiniteCount(of: $0) }.first
    }
    if more.recordsForward {
      for (i, result) in results.enumerated() { recordForward(i, result) }
    }
  }

  /// Notes what the node's forward outputs look like.
  final func describeOutputs(_ outputs: [OutputMetadata]) {
    for (i, metadata) in outputs.enumerated() {
      if i == 0 { output = metadata } else { makeMore().outputs.append(metadata) }
    }
    outputCount = outputs.count
  }

  // MARK: Gradients that arrive

  /// What has arrived for output `i` so far.
  final func arrived(_ i: Int) -> Tensor? {
    i == 0 ? incoming0 : more.flatMap { i - 1 < $0.incoming.count ? $0.incoming[i - 1] : nil }
  }

  /// Whether a recorder looks at the passes of this thread: every share of a sum is to be seen.
  private final var isBeingRecorded: Bool {
    UInt32(ats_current().pointee.notes) & ATS_RECORD.rawValue != 0
  }

  /// Takes what has arrived for output `i` out of the node.
  @inline(__always)
  final func takeIncoming(_ i: Int) -> Tensor? {
    if i == 0 {
      let gradient = incoming0
      incoming0 = nil
      return gradient
    }
    guard let more, i - 1 < more.incoming.count else { return nil }
    let gradient = more.incoming[i - 1]
    more.incoming[i - 1] = nil
    return gradient
  }

  @inline(__always)
  final func setIncoming(_ gradient: consuming Tensor, _ i: Int) {
    if i == 0 {
      incoming0 = gradient
      return
    }
    let more = makeMore()
    while more.incoming.count < i { more.incoming.append(nil) }
    more.incoming[i - 1] = gradient
  }

  /// Takes what has arrived so far where the gradient of input `i` goes, for a formula that can add
  /// to it in place; what it then returns for the input is the sum.
  ///
  /// Nil when nothing has, when somebody else may look at it or at the gradient by itself, and when
  /// the pass is recorded.
  @inline(__always)
  final func takePending(_ i: Int) -> Tensor? {
    let edge = edge(i)
    guard let next = edge.node, next.pass == pass, hooks == nil, !isBeingRecorded else {
      return nil
    }
    return next.takeOwnIncoming(Int(edge.output))
  }

  private final func takeOwnIncoming(_ i: Int) -> Tensor? {
    guard var sum = takeIncoming(i) else { return nil }
    let wanted = outputMetadata(i)
    if Gradients.isOwned(&sum), sum.isContiguous, sum.sizes == wanted.sizes,
      sum.dtype == wanted.dtype
    {
      return sum
    }
    setIncoming(sum, i)
    return nil
  }

  /// Forgets what a pass left behind that did not come to its end.
  @inline(__always)
  final func clearIncoming() {
    incoming0 = nil
    if let more { more.incoming = [] }
  }

  /// Takes out all that has arrived.
  @inline(__always)
  final func takeIncoming() -> Gradients {
    let first = takeIncoming(0)
    guard outputCount > 1 else { return Gradients(first) }
    return Gradients([first] + (1..<outputCount).map { takeIncoming($0) })
  }
}
