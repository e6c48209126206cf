// Hooks on what nodes save: what is kept in place of a tensor, and how it is had back.

internal import CThreadState

/// Within `body`, what nodes save is packed by `pack`, and unpacked when the node runs.
///
/// ```swift
/// withSavedTensorHooks(pack: { x in store(x) }, unpack: { file in try load(file) }) {
///   loss = model(x)
/// }
/// ```
///
/// Of hooks within hooks the innermost count. `pack` gets each tensor, a result without its history, and
/// must not change it; `unpack` is called for each pass over the node, also when the graph is exported, and
/// what it throws, the pass throws. The tensor that it returns gets the history of the one packed.
/// Whether a saved tensor was changed in place since is not checked, as in PyTorch. Numbers that nodes
/// save are not packed.
///
/// - Parameters:
///   - pack: makes of a tensor what is kept.
///   - unpack: makes a tensor of the same shape and dtype of it again.
///   - body: the forward pass.
/// - Returns: what `body` returns.
/// - Throws: what `body` throws.
@discardableResult
public func withSavedTensorHooks<Packed, Result, Failure: Error>(
  pack: @escaping (Tensor) -> Packed, unpack: @escaping (Packed) throws -> Tensor,
  _ body: () throws(Failure) -> Result
) throws(Failure) -> Result {
  if let refusal = SavedTensorHooks.refusal { refuse("withSavedTensorHooks", refusal) }
  return try SavedTensorHooks { tensor in
    let packed = pack(tensor)
    return { try unpack(packed) }
  }.run(body)
}

/// Within `body`, `withSavedTensorHooks` is refused with a message.
@discardableResult
public func disableSavedTensorHooks<Result, Failure: Error>(
  _ message: String, _ body: () throws(Failure) -> Result
) throws(Failure) -> Result {
  let state = ats_current()
  if state.pointee.saved_tensor_hooks != nil { refuse("disableSavedTensorHooks", message) }
  let refusal = SavedTensorHooks.Refusal(message: message)
  let outer = state.pointee.saved_tensor_hooks_refusal
  state.pointee.saved_tensor_hooks_refusal = Unmanaged.passUnretained(refusal).toOpaque()
  defer { withExtendedLifetime(refusal) { state.pointee.saved_tensor_hooks_refusal = outer } }
  return try body()
}

/// One pair of hooks.
final class SavedTensorHooks {
  typealias Unpack = () throws -> Tensor

  fileprivate let pack: (Tensor) -> Unpack

  init(pack: @escaping (Tensor) -> Unpack) { self.pack = pack }

  fileprivate final class Refusal {
    let message: String
    init(message: String) { self.message = message }
  }

  /// Those that count now on this thread.
  @inline(__always)
  static var innermost: SavedTensorHooks? {
    guard let hooks = ats_current().pointee.saved_tensor_hooks else { return nil }
    return Unmanaged<SavedTensorHooks>.fromOpaque(hooks).takeUnretainedValue()
  }

  /// Why there may be none.
  static var refusal: String? {
    ats_current().pointee.saved_tensor_hooks_refusal.map {
      Unmanaged<Refusal>.fromOpaque($0).takeUnretainedValue().message
    }
  }

  func run<Result, Failure: Error>(
    _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try Self.with(Unmanaged.passUnretained(self).toOpaque(), body)
  }

  /// Runs `body` with no hooks.
  @inline(__always)
  static func without<Result>(_ body: () -> Result) -> Result { with(nil, body) }

  @inline(__always)
  private static func with<Result, Failure: Error>(
    _ hooks: UnsafeMutableRawPointer?, _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let state = ats_current()
    let outer = state.pointee.saved_tensor_hooks
    state.pointee.saved_tensor_hooks = hooks
    defer { state.pointee.saved_tensor_hooks = outer }
    return try body()
  }
}

/// A tensor that hooks have, and the history that it gets back.
final class PackedTensor {
  let kind: SavedTensor.Kind
  private let unpack: SavedTensorHooks.Unpack
  /// Where a gradient of the tensor flows to: for a leaf, to its accumulator.
  private var history: Edge

  /// Packs what the node `owner` saves; nil for what is no tensor.
  init?(_ saved: SavedTensor, _ hooks: SavedTensorHooks, owner: Node) {
    guard let tensor = saved.stored else { return nil }
    kind = saved.kind
    // A result's history is the node that saves it, which would be a cycle.
    history =
      kind == .result
      ? Edge(node: nil, output: tensor.outputNumber)
      : (tensor.requiresGrad ? tensor.gradientEdge : .none)
    let given = kind == .result ? tensor.alias() : tensor
    let version = given.storage.version
    unpack = withExtendedLifetime(hooks) { noGrad { hooks.pack(given) } }
    guard given.storage.version == version else {
      refuse(
        owner.name,
        "A saved tensor pack hook is modifying its input in place. Tensors provided as input to pack "
          + "hook can not be modified by in-place operations as this can lead to unexpected "
          + "side-effects: shape \(given.sizes)")
    }
  }

  /// Packs a tensor that is kept for later by something other than a node.
  init(_ tensor: Tensor, _ hooks: SavedTensorHooks) {
    kind = .input
    history = tensor.requiresGrad ? tensor.gradientEdge : .none
    unpack = withExtendedLifetime(hooks) { noGrad { hooks.pack(tensor) } }
  }

  deinit {
    if let node = history.node.take() { DeferredRelease.release(node) }
  }

  /// The tensor, with the history of the one that was packed.
  func unpacked(node: String? = nil) throws(AutogradError) -> Tensor {
    let tensor = try calling(node: node, unpack)
    guard kind == .result || history.node != nil else { return tensor }
    let result = tensor.alias()
    result.gradFnStorage = history.node
    result.outputNumber = history.output
    return result
  }

  /// What the slot of the node holds while it runs.
  func unpack(for owner: Node) throws(AutogradError) -> SavedTensor {
    let tensor = try unpacked(node: owner.name)
    return kind == .result ? .result(tensor) : .input(tensor)
  }
}
