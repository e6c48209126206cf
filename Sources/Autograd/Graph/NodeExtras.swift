// What few nodes have beside two edges, two saved tensors and one output.

internal import CThreadState

/// The part of a node that is made when it is needed.
final class NodeExtras {
  var edges: [Edge] = []
  var saved: [SavedTensor] = []
  var outputs: [OutputMetadata] = []
  var incoming: [Tensor?] = []
  var hooks: NodeHooks?
  var packed: [(slot: Int, tensor: PackedTensor)] = []
  var metadata: [String: Any] = [:]
  var origin: CallOrigin?
  var parent: Node?
  var checksResult = false
  var recordsForward = false
  var nonFiniteResult: NonFiniteCount?
  unowned var rewriter: CopySlices?

  deinit {
    if let parent = parent.take() { DeferredRelease.release(parent) }
  }
}

extension Node {
  /// Hooks and retained gradients.
  @inline(__always)
  var hooks: NodeHooks? { more?.hooks }

  func makeHooks() -> NodeHooks {
    let more = makeMore()
    if let hooks = more.hooks { return hooks }
    let hooks = NodeHooks()
    more.hooks = hooks
    return hooks
  }

  /// The node that runs this one, which changed a view in place, as a part of itself.
  var rewriter: CopySlices? { more?.rewriter }

  func setRewriter(_ node: CopySlices) { makeMore().rewriter = node }

  /// Where the forward call was made, if that was captured.
  var origin: CallOrigin? { more?.origin }

  /// The node whose backward pass made this one, if that was noted.
  var parent: Node? { more?.parent }

  /// What the first result of the forward call holds beside finite numbers, if that was looked at.
  var nonFiniteResult: NonFiniteCount? { more?.nonFiniteResult }

  /// What the user keeps with the node, by names of the user's own.
  public final var metadata: [String: Any] {
    get { more?.metadata ?? [:] }
    set { makeMore().metadata = newValue }
  }

  /// Notes what is asked for beyond the derivative.
  func note(_ state: UnsafeMutablePointer<ats_state>) {
    let notes = UInt32(state.pointee.notes)
    if notes & (ATS_NOTE_SOURCE.rawValue | ATS_DETECT_ANOMALY.rawValue) != 0 {
      makeMore().origin = CallOrigin.capture()
    }
    if notes & ATS_RECORD_FORWARD.rawValue != 0, state.pointee.running_passes == 0 {
      makeMore().recordsForward = true
    }
    guard notes & ATS_DETECT_ANOMALY.rawValue != 0 else { return }
    let more = makeMore()
    more.checksResult = true
    if let node = state.pointee.running_node {
      more.parent = Unmanaged<Node>.fromOpaque(node).takeUnretainedValue()
    }
  }
}

// MARK: - Saved tensors that hooks packed

extension Node {
  func pack(_ saved: SavedTensor, _ slot: Int, _ hooks: SavedTensorHooks) {
    let more = makeMore()
    more.packed.removeAll { $0.slot == slot }
    guard let packed = PackedTensor(saved, hooks, owner: self) else { return store(saved, slot) }
    more.packed.append((slot, packed))
    store(.packed, slot)
  }

  /// Packs what was saved while hooks were kept away.
  func packSavedTensors() {
    guard let hooks = SavedTensorHooks.innermost else { return }
    for slot in 0..<(2 + (more?.saved.count ?? 0)) {
      let saved = savedTensor(slot)
      if saved.stored != nil { pack(saved, slot, hooks) }
    }
  }

  /// Puts the unpacked tensors into their slots, for the formula.
  ///
  /// Throws what a hook throws.
  func unpackSavedTensors() throws(AutogradError) {
    for (slot, packed) in more?.packed ?? [] { store(try packed.unpack(for: self), slot) }
  }

  /// What hooks have, by slot; what they fail to unpack is left out.
  func unpackedForExport() -> [Int: Tensor] {
    var tensors: [Int: Tensor] = [:]
    for (slot, packed) in more?.packed ?? [] { tensors[slot] = try? packed.unpacked(node: name) }
    return tensors
  }

  /// Lets go of what was unpacked; a later pass unpacks it again.
  @inline(__always)
  func dropUnpackedTensors() {
    guard let more else { return }
    for (slot, _) in more.packed { store(.packed, slot) }
  }
}
