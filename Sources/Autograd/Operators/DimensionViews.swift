// Views with dimensions moved, added, removed and repeated: permute, transpose, squeeze, expand.

internal import GraphModel

extension Tensor {
  /// The dimensions in another order.
  public func permute(_ dims: [Int]) -> Tensor {
    guard dims.count == sizes.count else {
      refuse(
        "permute",
        "permute(sparse_coo): number of dimensions in the tensor input does not match the length "
          + "of the desired ordering of dimensions i.e. input.dim() = \(sizes.count) is not equal "
          + "to len(dims) = \(dims.count)")
    }
    let order = dims.map { wrap($0, "permute") }
    guard Set(order).count == order.count else {
      refuse("permute", "permute(): duplicate dims are not allowed: \(dims)")
    }
    return makeView(
      Dims(order.map { sizes[$0] }), Dims(order.map { strides[$0] }), offset: offset
    ) { PermuteBackward0(dims) }
  }

  /// The dimensions in another order.
  public func permute(_ dims: Int...) -> Tensor { permute(dims) }

  /// Two dimensions exchanged.
  public func transpose(_ dim0: Int, _ dim1: Int) -> Tensor {
    let a = wrap(dim0, "transpose")
    let b = wrap(dim1, "transpose")
    return exchanged(a, b) { TransposeBackward0(dim0, dim1) }
  }

  /// The transposed matrix; fewer than two dimensions stay as they are.
  public func t() -> Tensor {
    guard sizes.count <= 2 else {
      refuse(
        "t",
        "t() expects a tensor with <= 2 dimensions, but self is \(sizes.count)D: shape \(sizes)")
    }
    return exchanged(0, sizes.count == 2 ? 1 : 0) { TBackward0() }
  }

  private func exchanged(_ a: Int, _ b: Int, node: () -> Node) -> Tensor {
    var sizes = sizes
    var strides = strides
    (sizes[a], sizes[b]) = (sizes[b], sizes[a])
    (strides[a], strides[b]) = (strides[b], strides[a])
    return makeView(sizes, strides, offset: offset, node: node)
  }

  /// A dimension of size 1 put in before `dim`.
  public func unsqueeze(_ dim: Int) -> Tensor {
    let d = Tensor.wrap(dim, rank: sizes.count + 1, "unsqueeze")
    Dims.check(rank: sizes.count + 1, for: "unsqueeze")
    var sizes = sizes
    var strides = strides
    strides.insert(d < sizes.count ? sizes[d] * strides[d] : 1, at: d)
    sizes.insert(1, at: d)
    return makeView(sizes, strides, offset: offset) { UnsqueezeBackward0(dim: dim) }
  }

  /// All dimensions of size 1 left out.
  public func squeeze() -> Tensor {
    let kept = sizes.indices.filter { sizes[$0] != 1 }
    return makeView(
      Dims(kept.map { sizes[$0] }), Dims(kept.map { strides[$0] }), offset: offset
    ) { SqueezeBackward0(sizes) }
  }

  /// The dimension `dim` left out when its size is 1.
  public func squeeze(_ dim: Int) -> Tensor {
    let d = wrap(dim, "squeeze")
    var sizes = sizes
    var strides = strides
    if sizes.count > 0, sizes[d] == 1 {
      sizes.remove(at: d)
      strides.remove(at: d)
    }
    return makeView(sizes, strides, offset: offset) { SqueezeBackward1(self.sizes, dim: dim) }
  }

  /// The elements seen repeatedly along dimensions of size 1, without a copy; -1 keeps a size.
  public func expand(_ shape: [Int]) -> Tensor {
    let missing = shape.count - sizes.count
    var target = Dims(shape, for: "expand")
    for d in target.indices where target[d] < 0 {
      guard target[d] == -1 else {
        refuse("expand", "invalid shape dimension \(target[d]) in \(shape)")
      }
      guard d >= missing else {
        refuse(
          "expand",
          "The expanded size of the tensor (-1) isn't allowed in a leading, non-existing dimension "
            + "\(d)")
      }
      target[d] = sizes[d - missing]
    }
    return expand(target)
  }

  /// The elements seen repeatedly along dimensions of size 1, without a copy; -1 keeps a size.
  public func expand(_ shape: Int...) -> Tensor { expand(shape) }

  func expand(_ target: Dims, _ operation: String = "expand") -> Tensor {
    let missing = target.count - sizes.count
    guard missing >= 0 else {
      refuse(
        operation,
        "shape \(sizes), size=\(target): the number of sizes provided (\(target.count)) must be "
          + "greater or equal to the number of dimensions in the tensor (\(sizes.count))")
    }
    var strides = Dims(repeating: 0, count: target.count)
    for d in target.indices.reversed() {
      guard d >= missing else {
        // A new dimension of size 1 gets the stride that it would have in dense memory.
        if sizes.count > 0, target[d] == 1 { strides[d] = target[d + 1] * strides[d + 1] }
        continue
      }
      let size = sizes[d - missing]
      guard size == target[d] || size == 1 else {
        refuse(
          operation,
          "The expanded size of the tensor (\(target[d])) must match the existing size (\(size)) "
            + "at non-singleton dimension \(d).  Target sizes: \(target).  Tensor sizes: \(sizes)")
      }
      strides[d] = size == target[d] ? self.strides[d - missing] : 0
    }
    return makeView(target, strides, offset: offset) { ExpandBackward0(sizes) }
  }
}

// MARK: - Derivatives

final class ExpandBackward0: SizedViewNode {
  override func backward(_ g: Tensor) -> Gradients { Gradients(g.sumTo(sizes)) }
}

final class SqueezeBackward0: SizedViewNode {
  override func backward(_ g: Tensor) -> Gradients {
    var result = g
    for d in sizes.indices where sizes[d] == 1 { result = result.unsqueeze(d) }
    return Gradients(result)
  }
}

final class SqueezeBackward1: SizedViewNode {
  private let dim: Int

  init(_ sizes: Dims, dim: Int) {
    self.dim = dim
    super.init(sizes)
  }

  override var attributes: [String: AttributeValue] {
    super.attributes.merging(["dim": .int(dim)]) { $1 }
  }

  override func backward(_ g: Tensor) -> Gradients {
    let d = Tensor.wrap(dim, rank: sizes.count, "squeeze")
    return Gradients(sizes.count > 0 && sizes[d] == 1 ? g.unsqueeze(d) : g)
  }
}

final class UnsqueezeBackward0: DimensionNode {
  override func backward(_ g: Tensor) -> Gradients { Gradients(g.squeeze(dim)) }
}

final class TBackward0: Node {
  override func backward(_ g: Tensor) -> Gradients { Gradients(g.t()) }
}

/// Two dimensions that changed places, in a look or in place.
class TransposeNode: Node {
  private let dim0: Int
  private let dim1: Int

  init(_ dim0: Int, _ dim1: Int) {
    self.dim0 = dim0
    self.dim1 = dim1
    super.init()
  }

  override final var attributes: [String: AttributeValue] {
    ["dim0": .int(dim0), "dim1": .int(dim1)]
  }
  override final func backward(_ g: Tensor) -> Gradients { Gradients(g.transpose(dim0, dim1)) }
}

final class TransposeBackward0: TransposeNode {}

final class PermuteBackward0: Node {
  private let dims: [Int]

  init(_ dims: [Int]) {
    self.dims = dims
    super.init()
  }

  override var attributes: [String: AttributeValue] { ["dims": .ints(dims)] }

  override func backward(_ g: Tensor) -> Gradients {
    var inverse = dims
    for (i, dim) in dims.enumerated() { inverse[dim < 0 ? dim + dims.count : dim] = i }
    return Gradients(g.permute(inverse))
  }
}
