// Views: tensors that look at another's memory, and what in-place changes do to their history.
//
// A view knows its base, the tensor whose memory it is, however many views lie between. When a
// view is changed in place, the base's history is rebased onto a CopySlices node; when the base
// or another view is, a view's own node is out of date, and is made anew as a strided look at the
// base the next time that it is asked for. Source: torch/csrc/autograd/variable.h, "View + Inplace".

/// What a view knows of its base.
final class ViewState {
  let base: Tensor
  /// The storage's version when the view's node was last right.
  var version: UInt32
  /// How the view was made, where in-place changes are forbidden for it.
  let creation: Creation

  enum Creation: Equatable {
    case ordinary
    /// One of several outputs of one operator.
    case multipleOutputs(String)
    /// Made within `noGrad` from a tensor that requires a gradient.
    case withoutGrad
    /// An output of a custom function of this name that looks at the memory of its input.
    case customFunction(String)

    /// The beginning of a message on a view that was made so.
    func description(_ output: Int32) -> String {
      switch self {
      case .ordinary: "A view"
      case .multipleOutputs(let maker), .customFunction(let maker):
        "Output \(output) of \(maker) is a view"
      case .withoutGrad: "A view was created in noGrad mode"
      }
    }

    var wayOut: String {
      switch self {
      case .ordinary: ""
      case .multipleOutputs:
        "This view is the output of a function that returns multiple views. Such functions do not "
          + "allow the output views to be modified inplace. You should replace the inplace "
          + "operation by an out-of-place one"
      case .customFunction:
        "This view was created inside a custom Function (or because an input was returned as-is) and "
          + "the autograd logic to handle view+inplace would override the custom backward associated "
          + "with the custom Function, leading to incorrect gradients. This behavior is forbidden. "
          + "You can fix this by cloning the output of the custom Function"
      case .withoutGrad:
        "Move both the view and the change into noGrad, or both outside"
      }
    }
  }

  init(base: Tensor, version: UInt32, creation: Creation) {
    self.base = base
    self.version = version
    self.creation = creation
  }
}

extension Tensor {
  /// Another tensor object on the same elements, without history.
  @inline(__always)
  func alias() -> Tensor {
    Tensor(sharing: storage, sizes: sizes, strides: strides, offset: offset, dtype: dtype)
  }

  /// A view of this tensor; `node` makes the node, which is asked for only while recording.
  @inline(__always)
  func makeView(
    _ sizes: Dims, _ strides: Dims, offset: Int, node: () -> Node
  ) -> Tensor {
    let result = Tensor(
      sharing: storage, sizes: sizes, strides: strides, offset: offset, dtype: dtype)
    result.becomeView(of: self)
    if isRecording(self) {
      let node = node()
      node.addEdge(to: self)
      node.adopt(result)
    }
    return result
  }

  func becomeView(of source: Tensor, creation: ViewState.Creation = .ordinary) {
    var creation = creation
    if case .ordinary = creation {
      if let inherited = source.view?.creation { creation = inherited }
      if !isGradEnabled, source.requiresGrad { creation = .withoutGrad }
    }
    view = ViewState(
      base: source.view?.base ?? source, version: storage.version, creation: creation)
  }

  /// Whether the tensor looks at the memory of another.
  public var isView: Bool { view != nil }

  /// The tensor whose memory a view looks at; nil when this is not a view.
  public var base: Tensor? { view?.base }

  /// How often the memory was changed in place.
  public var version: Int { Int(storage.version) }

  /// Whether this is a view whose history cannot be told: its memory was changed in place, which
  /// the way it was made does not allow.
  var hasInvalidHistory: Bool {
    guard let view, view.creation != .ordinary, view.version != storage.version else {
      return false
    }
    return gradFnStorage != nil || view.base.requiresGrad
  }

  /// The node of a view whose memory was changed since its node was made.
  func refreshViewNode(_ view: ViewState) {
    guard view.version != storage.version else { return }
    guard gradFnStorage != nil || view.base.requiresGrad else { return }
    if view.creation != .ordinary {
      refuse(
        "gradFn",
        "\(view.creation.description(outputNumber)) and its base or another view of its base has "
          + "been modified inplace. \(view.creation.wayOut)")
    }
    let node = AsStridedBackward0(
      base: (view.base.sizes, view.base.strides, view.base.offset), sizes: sizes, strides: strides,
      offset: offset)
    node.addEdge(to: view.base)
    move(to: node)
    view.version = storage.version
  }

  /// Makes `node` the one that this tensor came from.
  private func move(to node: Node) {
    setHistory(node, output: 0)
    node.adopt(self)
  }

  /// Makes this tensor a forward output of `node`; a gradient that is kept is kept there.
  func setHistory(_ node: Node, output: Int) {
    if retainsGradFlag { gradFnStorage?.hooks?.stopRetaining(self) }
    gradFnStorage = node
    outputNumber = Int32(output)
    if retainsGradFlag { node.makeHooks().retain(self) }
  }

  /// Refuses an in-place change that would make gradients wrong.
  func checkInPlace(_ operation: String) {
    guard isGradEnabled, requiresGrad else { return }
    if let view {
      if view.creation != .ordinary {
        refuse(
          operation,
          "\(view.creation.description(outputNumber)) and is being modified inplace with grad mode "
            + "enabled. \(view.creation.wayOut)")
      }
      if view.base.isLeaf {
        refuse(
          operation,
          "a view of a leaf Variable that requires grad is being used in an in-place operation: "
            + "shape \(sizes), base \(view.base.sizes). Do it inside noGrad, or on a clone")
      }
    }
    // Also a view of a former leaf whose new history nobody has asked for yet, as in PyTorch.
    if gradFnStorage == nil {
      refuse(
        operation,
        "a leaf Variable that requires grad is being used in an in-place operation: shape "
          + "\(sizes). Do it inside noGrad, or on a clone")
    }
  }

  /// Makes `node` the history of this tensor after an in-place change.
  func rebaseHistory(_ node: Node) {
    guard let view else { return move(to: node) }
    node.output = OutputMetadata(sizes: sizes, dtype: dtype)
    let copy = CopySlices(base: view.base, view: self, function: node)
    view.base.move(to: copy)
    refreshViewNode(view)
    copy.changedViewNode = gradFnStorage
  }
}

/// The gradient of a base of which a view was changed in place.
///
/// The part that the view covers goes through the function that changed it; the rest goes on
/// unchanged.
final class CopySlices: Node {
  let view: ChangedView
  /// What changed the view.
  let function: Node
  /// The node of the changed view, while it or something computed from it lives.
  weak var changedViewNode: Node?

  convenience init(base: Tensor, view: Tensor, function: Node) {
    self.init(
      ChangedView(
        baseSizes: base.sizes, baseStrides: base.strides, sizes: view.sizes,
        strides: view.strides, offset: view.offset - base.offset), function)
    addEdge(base.gradientEdge)
    for i in 1..<max(function.edgeCount, 1) { addEdge(function.edge(i)) }
  }

  /// A node without edges.
  init(_ view: ChangedView, _ function: Node) {
    self.view = view
    self.function = function
    super.init()
    function.setRewriter(self)
  }

  /// The history of the changed view, for a result that the function saved.
  func viewNode() -> Node {
    if let changedViewNode { return changedViewNode }
    let node = AsStridedBackward0(
      base: (view.baseSizes, view.baseStrides, offset: 0), sizes: view.sizes,
      strides: view.strides, offset: view.offset)
    node.addEdge(Edge(node: self, output: 0))
    node.output = OutputMetadata(sizes: view.sizes, dtype: output.dtype)
    return node
  }

  override func releaseSavedTensors() { function.releaseSavedTensors() }

  override func backward(_ gradients: consuming Gradients) throws(AutogradError) -> Gradients {
    if let obstacle = view.obstacle { throw AutogradError(.invalidArgument, obstacle, node: name) }
    let result = Tensor(empty: view.baseSizes, strides: view.baseStrides, gradients[0]!.dtype)
    result.copy_(gradients[0]!)
    let slice = result.asStrided(view.sizes, view.strides, offset: view.offset)
    try function.checkSavedTensors()
    var inner = try function.backward(Gradients(slice.clone()))
    function.dropUnpackedTensors()
    if needs(0) {
      if let first = inner[0] { slice.copy_(first) } else { slice.zero_() }
      inner[0] = result
    }
    return inner
  }
}
