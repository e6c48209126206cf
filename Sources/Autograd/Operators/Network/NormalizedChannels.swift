// What normalisations share: checks of their parameters, and how the kernels see tensors.

internal import CKernels
internal import GraphModel

extension Tensor {
  /// Refuses parameters that are of another dtype than this tensor, as PyTorch words it.
  func checkParameterDTypes(_ parameters: [Tensor?], _ operation: String) {
    let given = parameters.compactMap { $0 }
    guard given.contains(where: { $0.dtype != dtype }) else { return }
    if given.contains(where: { $0.dtype != .float32 }) {
      refuse(operation, "mixed dtype (CPU): expect parameter to have scalar type of Float")
    }
    refuse(operation, "mixed dtype (CPU): all inputs must share same datatype.")
  }

  /// The sizes in PyTorch's words: `torch.Size([2, 3])`.
  var sizeText: String { "torch.Size(\(sizes))" }
}

extension Double {
  /// The number without a fraction where it has none.
  var shortText: String { self == rounded() && abs(self) < 1e15 ? "\(Int(self))" : "\(self)" }
}

extension agk_channels {
  /// A contiguous tensor as [batch, channels, inner].
  ///
  /// Only valid while `x` lives, and what is put in lives likewise.
  init(_ x: Tensor, weight: Tensor?, bias: Tensor?, eps: Double) {
    self.init()
    dtype = x.dtype.kernel
    batch = Int64(x.sizes[0])
    channels = Int64(x.sizes[1])
    inner = Int64(x.sizes.indices.dropFirst(2).reduce(1) { $0 * x.sizes[$1] })
    self.x = UnsafeRawPointer(x.pointer)
    self.weight = weight.map { UnsafeRawPointer($0.pointer) }
    self.bias = bias.map { UnsafeRawPointer($0.pointer) }
    self.eps = eps
  }
}

/// The gradients that a normalisation's node is asked for: those of input, weight and bias.
struct NormalizationGradients {
  let input: Tensor?
  let weight: Tensor?
  let bias: Tensor?

  /// Uninitialised memory for those that are wanted.
  init(_ node: Node, input: Tensor, weightSizes: Dims, biasSizes: Dims) {
    self.input = node.needs(0) ? Tensor(empty: input.sizes, input.dtype) : nil
    weight = node.needs(1) ? Tensor(empty: weightSizes, input.dtype) : nil
    bias = node.needs(2) ? Tensor(empty: biasSizes, input.dtype) : nil
  }

  var all: [Tensor?] { [input, weight, bias] }
}

extension Node {
  /// Makes the tensors that were computed the node's forward outputs, in order.
  final func adopt(computed tensors: [Tensor?]) {
    // An output that nobody asked for has neither a shape nor a gradient.
    adopt(tensors.map { $0 ?? Tensor(empty: Dims([0]), .float32) })
  }

  /// Saves a tensor that there may not be.
  final func save(ifAny tensor: Tensor?, _ slot: Int) {
    if let tensor { save(.input(tensor), slot) }
  }

  /// What arrived for the gradient of the bias; without a weight PyTorch has no place for it.
  final func biasGradient(
    _ gradients: Gradients, _ weight: Tensor?
  ) throws(AutogradError) -> Tensor? {
    guard let byBias = gradients[2], weight == nil else { return gradients[2] }
    guard gradients[0] == nil else {
      throw AutogradError(
        .invalidArgument,
        "Expected a proper Tensor but got None (or an undefined Tensor in C++) for argument #1 "
          + "'other': there is no second derivative by a bias of shape \(byBias.sizes) without a "
          + "weight", node: name)
    }
    return nil
  }

  /// The saved tensor in `slot`, if there is one.
  final func savedIfAny(_ slot: Int) -> Tensor? {
    savedTensor(slot).kind == .none ? nil : savedValue(slot)
  }
}
