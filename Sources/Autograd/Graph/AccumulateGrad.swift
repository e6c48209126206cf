// Where gradients end: the accumulator of a leaf.

internal import CKernels
internal import GraphModel

/// Adds the gradients that arrive to the leaf's `.grad`.
///
/// The accumulator holds its leaf; the leaf knows its accumulator only while some graph uses it.
final class AccumulateGrad: Node {
  let variable: Tensor

  init(_ variable: Tensor) {
    self.variable = variable
    super.init(sequenceNumber: Node.firstOfAll)
    output = OutputMetadata(sizes: variable.sizes, dtype: variable.dtype)
    if let hooks = variable.leafHooks { makeHooks().ofLeaf = hooks }
  }

  deinit { variable.accumulator = nil }

  override var kind: ComputationGraph.NodeKind { .accumulateGrad }

  override func backward(_ gradients: consuming Gradients) throws(AutogradError) -> Gradients {
    var gradient = gradients.take(0)!
    if let existing = variable.gradStorage {
      if isGradEnabled {
        variable.gradStorage = existing + gradient
      } else {
        existing.addInPlace(gradient)
        existing.storage.incrementVersion()
      }
    } else if hasLeafsLayout(gradient), Gradients.isOwned(&gradient) {
      variable.gradStorage = gradient
    } else {
      // Somebody else holds the gradient: the leaf must not share it.
      variable.gradStorage = copy(gradient)
    }
    if let hooks = variable.leafHooks { try callPostAccumulateHooks(hooks) }
    return Gradients()
  }

  private func callPostAccumulateHooks(_ hooks: LeafHooks) throws(AutogradError) {
    for hook in hooks.accumulated.hooks {
      try calling { try hook(variable) }
    }
  }

  /// Whether a gradient lies in memory as the leaf does; row-major for a leaf with gaps.
  private func hasLeafsLayout(_ gradient: Tensor) -> Bool {
    variable.isContiguous || !variable.isDense
      ? gradient.isContiguous : gradient.strides == variable.strides
  }

  /// The gradient in memory of its own, laid out like the leaf's where that is dense.
  private func copy(_ gradient: Tensor) -> Tensor {
    guard variable.isDense else { return gradient.clone(contiguous: true) }
    return Tensor(empty: variable.sizes, strides: variable.strides, gradient.dtype)
      .copy_(gradient)
  }
}
