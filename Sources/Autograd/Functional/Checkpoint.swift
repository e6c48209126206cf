// Activation checkpointing: memory for time, as torch.utils.checkpoint without reentrance.

internal import CThreadState

/// Calls `function` without keeping what its operators save; the backward pass calls it again for that.
///
/// ```swift
/// let hidden = checkpoint(x) { x in block(x) }
/// ```
///
/// The gradients are those of a plain call, and with `preserveRngState` the random numbers of the second
/// call are those of the first. Each backward pass that needs something of what was saved calls
/// `function` once more, with gradients recorded. Checkpoints may lie within one another. An operator
/// cannot be stopped half-way, so that the second call always runs to its end; what it saves beyond the
/// first is passed over, as in PyTorch, which stops there, unless `earlyStop` is false.
///
/// - Parameters:
///   - inputs: what `function` is given: tensors and other values.
///   - preserveRngState: whether the second call draws the same random numbers.
///   - checksDeterminism: whether shapes and dtypes of what is saved are compared.
///   - earlyStop: whether tensors that only the second call saves are passed over rather than refused.
///   - function: what to call; it must do the same in both calls.
/// - Returns: what `function` returns. A backward pass throws an `AutogradError` with the code
///   `recomputationDiffers` when the second call saved other tensors than the first.
public func checkpoint<each Input, Output>(
  _ inputs: repeat each Input, preserveRngState: Bool = true, checksDeterminism: Bool = true,
  earlyStop: Bool = true, function: @escaping (repeat each Input) -> Output
) -> Output {
  guard isGradEnabled else { return function(repeat each inputs) }
  if let refusal = SavedTensorHooks.refusal { refuse("checkpoint", refusal) }
  let kept = (repeat KeptInput(each inputs))
  let state = preserveRngState ? getRNGState() : nil
  let frame = CheckpointFrame(checksDeterminism: checksDeterminism, earlyStop: earlyStop) {
    guard let state else {
      _ = function(repeat try (each kept).value)
      return
    }
    try keepingRandomState {
      setRNGState(state)
      _ = function(repeat try (each kept).value)
    }
  }
  let result = frame.hooks.run { function(repeat each inputs) }
  frame.isForwardComplete = true
  return result
}

/// Calls functions one after another, in `segments` groups of which all but the last are checkpoints.
///
/// - Parameters:
///   - functions: what to call, each with the result of the one before.
///   - segments: the number of groups, from 1 to the number of functions.
///   - input: what the first is given.
///   - preserveRngState: whether the second calls draw the same random numbers.
/// - Returns: what the last function returns.
public func checkpointSequential(
  _ functions: [(Tensor) -> Tensor], segments: Int, _ input: Tensor, preserveRngState: Bool = true
) -> Tensor {
  guard (1...Swift.max(functions.count, 1)).contains(segments) else {
    refuse(
      "checkpointSequential",
      "\(functions.count) functions cannot be called in \(segments) segments")
  }
  let size = functions.count / segments
  var result = input
  for segment in 0..<(segments - 1) {
    let part = functions[(segment * size)..<((segment + 1) * size)]
    result = checkpoint(result, preserveRngState: preserveRngState) { input in
      part.reduce(input) { $1($0) }
    }
  }
  return functions[((segments - 1) * size)...].reduce(result) { $1($0) }
}

/// An input of a checkpoint, until the second call.
///
/// A tensor is left to the hooks around the checkpoint,
/// so that an outer checkpoint need not keep it either.
private struct KeptInput<Value> {
  private let given: Value?
  private let packed: PackedTensor?
  private let version: UInt32

  init(_ value: Value) {
    let tensor = value as? Tensor
    packed = tensor.flatMap { tensor in
      SavedTensorHooks.innermost.map { PackedTensor(tensor, $0) }
    }
    given = packed == nil ? value : nil
    version = tensor?.storage.version ?? 0
  }

  var value: Value {
    get throws(AutogradError) {
      if let packed { return try packed.unpacked() as! Value }
      if let tensor = given as? Tensor, tensor.storage.version != version {
        throw AutogradError(
          .modifiedInPlace,
          "one of the variables needed for gradient computation has been modified by an inplace "
            + "operation: [\(tensor.dtype.tensorTypeName) \(tensor.sizes)], an input of a checkpoint, "
            + "is at version \(tensor.storage.version); expected version \(version) instead")
      }
      return given!
    }
  }
}

/// One call of a checkpoint: what its operators saved, and how to have it again.
private final class CheckpointFrame {
  private let recompute: () throws -> Void
  private let checksDeterminism: Bool
  private let earlyStop: Bool
  /// One for each tensor that was saved, while its node wants it.
  private var holders: [WeakHolder] = []
  private var metadata: [OutputMetadata] = []
  /// The passes that have computed again.
  private var passes: Set<UInt64> = []
  var isForwardComplete = false

  init(checksDeterminism: Bool, earlyStop: Bool, recompute: @escaping () throws -> Void) {
    self.checksDeterminism = checksDeterminism
    self.earlyStop = earlyStop
    self.recompute = recompute
  }

  /// What a node holds in place of a tensor: what was computed again, until the node takes it.
  private final class Holder {
    var tensors: [UInt64: Tensor] = [:]
  }

  private struct WeakHolder {
    weak var holder: Holder?
  }

  /// The hooks of the first call.
  var hooks: SavedTensorHooks {
    SavedTensorHooks { [self] tensor in
      let holder = Holder()
      holders.append(WeakHolder(holder: holder))
      metadata.append(OutputMetadata(sizes: tensor.sizes, dtype: tensor.dtype))
      return { [self] in try take(from: holder) }
    }
  }

  private func take(from holder: Holder) throws(AutogradError) -> Tensor {
    let current = ats_current().pointee.current_pass
    // Outside of all passes each tensor has one of its own.
    let pass = current == 0 ? ats_next_pass() : current
    if passes.insert(pass).inserted {
      do throws(AutogradError) {
        try computeAgain(pass)
      } catch {
        passes.remove(pass)
        throw error
      }
    }
    guard let tensor = holder.tensors.removeValue(forKey: pass) else {
      throw AutogradError(
        .recomputationDiffers,
        "checkpoint: Unpack is being triggered for a tensor that was already unpacked once in this "
          + "backward pass")
    }
    return tensor
  }

  private func computeAgain(_ pass: UInt64) throws(AutogradError) {
    var count = 0
    var ignoresSurplus = earlyStop
    var others: [String] = []
    let hooks = SavedTensorHooks { [self] tensor in
      let i = count
      count += 1
      guard i < holders.count else {
        // A pass within the first call, which was not over: more is still to be saved.
        if !isForwardComplete { ignoresSurplus = true }
        return { tensor }
      }
      guard let holder = holders[i].holder else { return { tensor } }
      holder.tensors[pass] = tensor.alias()
      let before = metadata[i]
      if before.sizes != tensor.sizes || before.dtype != tensor.dtype {
        others.append(
          "tensor at position \(i):\nsaved metadata: shape \(before.sizes), \(before.dtype.name)\n"
            + "recomputed metadata: shape \(tensor.sizes), \(tensor.dtype.name)")
      }
      return { tensor }
    }
    try hooks.run { () throws(AutogradError) in
      try enableGrad { () throws(AutogradError) in try calling { try recompute() } }
    }
    if count > holders.count, !ignoresSurplus {
      throw AutogradError(
        .recomputationDiffers,
        "checkpoint: trying to save more tensors during recomputation than during the original "
          + "forward pass. They are \(count), and were \(holders.count). \(Self.wayOut)")
    }
    if count < holders.count {
      throw AutogradError(
        .recomputationDiffers,
        "checkpoint: A different number of tensors was saved during the original forward and "
          + "recomputation.\nNumber of tensors saved during forward: \(holders.count)\n"
          + "Number of tensors saved during recomputation: \(count).\n\(Self.wayOut)")
    }
    if checksDeterminism, !others.isEmpty {
      throw AutogradError(
        .recomputationDiffers,
        "checkpoint: Recomputed values for the following tensors have different metadata than during "
          + "the forward pass.\n\(others.joined(separator: "\n")).\n\(Self.wayOut)")
    }
  }

  private static let wayOut =
    "The function of a checkpoint must do the same each time it is called: let nothing that it reads "
    + "change before the backward pass"
}
