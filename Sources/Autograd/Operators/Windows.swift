// Windows that slide along a dimension: unfold.

internal import CKernels
internal import GraphModel

extension Tensor {
  /// The windows of `size` positions along a dimension, a `step` apart, on the same memory.
  ///
  /// A view: the dimension counts the windows, a new last one goes through a window.
  public func unfold(dimension: Int, size: Int, step: Int) -> Tensor {
    let d = wrap(dimension, "unfold")
    let length = sizes.count == 0 ? 1 : sizes[d]
    guard size >= 0 else { refuse("unfold", "size is \(size) but must be >= 0") }
    guard size <= length else {
      refuse(
        "unfold", "maximum size for tensor at dimension \(d) is \(length) but size is \(size)")
    }
    guard step > 0 else { refuse("unfold", "step is \(step) but must be > 0") }
    Dims.check(rank: sizes.count + 1, for: "unfold")
    var (shape, steps) = (sizes, strides)
    shape.append(size)
    steps.append(sizes.count == 0 ? 1 : strides[d])
    if sizes.count > 0 {
      shape[d] = (length - size) / step + 1
      steps[d] *= step
    }
    return makeView(shape, steps, offset: offset) {
      UnfoldBackward0(sizes, dimension: dimension, size: size, step: step)
    }
  }
}

final class UnfoldBackward0: SizedViewNode {
  private let dimension: Int
  private let size: Int
  private let step: Int

  init(_ sizes: Dims, dimension: Int, size: Int, step: Int) {
    self.dimension = dimension
    self.size = size
    self.step = step
    super.init(sizes)
  }

  override var attributes: [String: AttributeValue] {
    super.attributes.merging([
      "dimension": .int(dimension), "size": .int(size), "step": .int(step),
    ]) { $1 }
  }

  /// What arrives in all windows at one place of each is added to every `step`-th position.
  override func backward(_ g: Tensor) -> Gradients {
    let result = Tensor.full(sizes, .int(0), g.dtype)
    noGrad {
      let lined = result.withDimension()
      let d = lined.wrap(dimension, "unfold")
      let windows = sizes.count == 0 ? 1 : g.sizes[d]
      for k in 0..<size {
        let from = g.select(dim: -1, index: k).withDimension()
        let part = lined.slice(dim: d, start: k, end: k + (windows - 1) * step + 1, step: step)
        Elementwise.binary(.AGK_ADD, part, from, into: part)
      }
    }
    return Gradients(
      result.recorded(from: g) {
        UnfoldBackwardBackward0(dim: dimension, size: size, step: step)
      })
  }
}

final class UnfoldBackwardBackward0: Node {
  private let dim: Int
  private let size: Int
  private let step: Int

  init(dim: Int, size: Int, step: Int) {
    self.dim = dim
    self.size = size
    self.step = step
    super.init()
  }

  override var attributes: [String: AttributeValue] {
    ["dim": .int(dim), "size": .int(size), "step": .int(step)]
  }

  override func backward(_ g: Tensor) -> Gradients {
    Gradients(g.unfold(dimension: dim, size: size, step: step))
  }
}
