// Results that PyTorch's operators reshape in place before they hand them out.
//
// A tensor here keeps its shape; what comes out is another look at the same memory, whose node is the
// one that the change in place has in PyTorch.

internal import GraphModel

extension Tensor {
  /// This result without dimension `dim`, of size 1, as after `squeeze_(dim)`.
  func resultSqueezed(_ dim: Int) -> Tensor {
    let d = wrap(dim, "squeeze_")
    var (newSizes, newStrides) = (sizes, strides)
    newSizes.remove(at: d)
    newStrides.remove(at: d)
    return reshapedResult(newSizes, newStrides) { SqueezeBackward4(sizes, dim: dim) }
  }

  /// This result with a dimension of size 1 put in before `dim`, as after `unsqueeze_(dim)`.
  func resultUnsqueezed(_ dim: Int) -> Tensor {
    let d = Tensor.wrap(dim, rank: sizes.count + 1, "unsqueeze_")
    var (newSizes, newStrides) = (sizes, strides)
    newStrides.insert(d < sizes.count ? sizes[d] * strides[d] : 1, at: d)
    newSizes.insert(1, at: d)
    return reshapedResult(newSizes, newStrides) { UnsqueezeBackward1(dim: dim) }
  }

  /// This result with a first dimension of size 1, which changes places with the last: as after
  /// `unsqueeze_(0).transpose_(0, -1)`.
  func resultWithLastFirst() -> Tensor {
    let unsqueezed = reshapedResult(Dims([1] + sizes), Dims([sizes.product] + strides)) {
      UnsqueezeBackward1(dim: 0)
    }
    var (newSizes, newStrides) = (unsqueezed.sizes, unsqueezed.strides)
    let last = newSizes.count - 1
    (newSizes[0], newSizes[last]) = (newSizes[last], newSizes[0])
    (newStrides[0], newStrides[last]) = (newStrides[last], newStrides[0])
    return unsqueezed.reshapedResult(newSizes, newStrides) { TransposeBackward1(0, -1) }
  }

  /// This result with two dimensions exchanged, as after `transpose_(dim0, dim1)`.
  package func resultTransposed(_ dim0: Int, _ dim1: Int) -> Tensor {
    let (a, b) = (wrap(dim0, "transpose_"), wrap(dim1, "transpose_"))
    var (newSizes, newStrides) = (sizes, strides)
    (newSizes[a], newSizes[b]) = (newSizes[b], newSizes[a])
    (newStrides[a], newStrides[b]) = (newStrides[b], newStrides[a])
    return reshapedResult(newSizes, newStrides) { TransposeBackward1(dim0, dim1) }
  }

  private func reshapedResult(_ sizes: Dims, _ strides: Dims, node: () -> Node) -> Tensor {
    .recorded(
      Tensor(sharing: storage, sizes: sizes, strides: strides, offset: offset, dtype: dtype), self,
      makeNode: node)
  }
}

final class SqueezeBackward4: SizedViewNode {
  private let dim: Int

  init(_ sizes: Dims, dim: Int) {
    self.dim = dim
    super.init(sizes)
  }

  override var attributes: [String: AttributeValue] {
    super.attributes.merging(["dim": .int(dim)]) { $1 }
  }
  override func backward(_ g: Tensor) -> Gradients { Gradients(g.unsqueeze(dim)) }
}

final class UnsqueezeBackward1: DimensionNode {
  override func backward(_ g: Tensor) -> Gradients { Gradients(g.squeeze(dim)) }
}

final class TransposeBackward1: TransposeNode {}
