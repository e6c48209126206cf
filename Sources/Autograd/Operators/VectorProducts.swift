// Products with vectors: dot, vdot, mv, outer, inner, cross.

internal import CKernels
internal import GraphModel

// MARK: - Forward

extension Tensor {
  /// The sum of the products of two vectors of one length and dtype, without dimensions.
  public func dot(_ tensor: Tensor) -> Tensor {
    let result = dotProduct(tensor, "dot")
    record(result, with: tensor) { DotBackward0() }
    return result
  }

  /// As `dot`, of which it is the name for complex numbers in PyTorch.
  public func vdot(_ other: Tensor) -> Tensor {
    let result = dotProduct(other, "vdot")
    record(result, with: other) { VdotBackward0() }
    return result
  }

  private func dotProduct(_ other: Tensor, _ operation: String) -> Tensor {
    guard sizes.count == 1, other.sizes.count == 1 else {
      refuse(
        operation,
        "1D tensors expected, but got \(sizes.count)D and \(other.sizes.count)D tensors: shapes "
          + "\(sizes) and \(other.sizes)")
    }
    guard count == other.count else {
      refuse(
        operation,
        "inconsistent tensor size, expected tensor [\(count)] and src [\(other.count)] to have "
          + "the same number of elements, but got \(count) and \(other.count) elements "
          + "respectively")
    }
    Tensor.checkProductDtypes([self, other], operation)
    let result = Tensor(empty: Dims(), dtype)
    let x = strides[0] > 0 ? self : copyOfDataInRows()
    let y = other.strides[0] > 0 ? other : other.copyOfDataInRows()
    agk_matmul(
      dtype.kernel, x.strides[0] != 1, false, 1, 1, Int64(count), x.pointer,
      Int64(x.strides[0] != 1 ? x.strides[0] : Swift.max(count, 1)), y.pointer, Int64(y.strides[0]),
      result.pointer, 1)
    return result
  }

  /// The product of this matrix, n×m, and a vector of length m, of one dtype that is not bool.
  public func mv(_ vec: Tensor) -> Tensor {
    guard sizes.count == 2, vec.sizes.count == 1 else {
      refuse(
        "mv",
        "vector + matrix @ vector expected, got \(1), \(sizes.count), \(vec.sizes.count) "
          + "dimensions: matrix of shape \(sizes), vector of shape \(vec.sizes)")
    }
    guard sizes[1] == vec.sizes[0] else {
      refuse(
        "mv",
        "size mismatch, got input (\(sizes[0])), mat (\(sizes[0])x\(sizes[1])), vec "
          + "(\(vec.sizes[0]))")
    }
    Tensor.checkProductDtypes([self, vec], "mv", isEmpty: count == 0)
    if dtype == .bool { return .full(Dims([sizes[0]]), .bool(false), .bool) }
    let result = Tensor(empty: Dims([sizes[0]]), dtype)
    let a = MatrixOperand(self)
    let x = vec.strides[0] > 0 ? vec : vec.copyOfDataInRows()
    agk_matmul(
      dtype.kernel, a.isTransposed, false, Int64(sizes[0]), 1, Int64(sizes[1]), a.tensor.pointer,
      Int64(a.leadingDimension), x.pointer, Int64(x.strides[0]), result.pointer, 1)
    record(result, with: vec) { MvBackward0() }
    return result
  }

  /// Makes the node of a product of this tensor and another, which saves each for the other.
  private func record(_ result: Tensor, with other: Tensor, _ node: () -> VectorProductNode) {
    guard isRecording(self) || isRecording(other) else { return }
    let node = node()
    node.addEdge(to: self)
    node.addEdge(to: other)
    if other.requiresGrad { node.save(.input(self), VectorProductNode.selfSlot) }
    if requiresGrad { node.save(.input(other), VectorProductNode.otherSlot) }
    node.adopt(result)
  }

  /// The products of each element of this vector and each of another: a matrix.
  public func outer(_ vec2: Tensor) -> Tensor {
    guard sizes.count == 1, vec2.sizes.count == 1 else {
      let wrong = sizes.count == 1 ? ("vec2", vec2) : ("self", self)
      refuse(
        "outer",
        "outer: Expected 1-D argument \(wrong.0), but got \(wrong.1.sizes.count)-D of shape "
          + "\(wrong.1.sizes)")
    }
    return reshape([count, 1]) * vec2
  }

  /// The sums of products over the last dimension of both; a product where one has no dimensions.
  public func inner(_ other: Tensor) -> Tensor {
    if sizes.count == 0 || other.sizes.count == 0 { return self * other }
    guard sizes[sizes.count - 1] == other.sizes[other.sizes.count - 1] else {
      refuse(
        "inner",
        "inner() the last dimension must match on both input tensors but got shapes \(sizes) and "
          + "\(other.sizes)")
    }
    return tensordot(other, dims: [-1], [-1])
  }

  /// The cross product along a dimension of size 3, with broadcasting.
  public func cross(_ other: Tensor, dim: Int = -1) -> Tensor {
    guard sizes.count == other.sizes.count else {
      refuse(
        "linalg.cross",
        "inputs must have the same number of dimensions: shapes \(sizes) and \(other.sizes)")
    }
    let d = wrap(dim, "linalg.cross")
    guard sizes.count > 0, sizes[d] == 3, other.sizes[d] == 3 else {
      refuse(
        "linalg.cross",
        "inputs dimension \(dim) must have length 3. Got \(sizes.count > 0 ? sizes[d] : 0) and "
          + "\(other.sizes.count > 0 ? other.sizes[d] : 0) in shapes \(sizes) and \(other.sizes)")
    }
    let result = noGrad {
      let shape = Broadcast.sizes(sizes, other.sizes, "linalg.cross")
      let a = expand(shape).unbind(dim: d)
      let b = other.expand(shape).unbind(dim: d)
      return Tensor.stack(
        (0..<3).map { i in
          let (j, k) = ((i + 1) % 3, (i + 2) % 3)
          return a[j] * b[k] - a[k] * b[j]
        }, dim: d)
    }
    guard isRecording(self) || isRecording(other) else { return result }
    let node = LinalgCrossBackward0(dim: dim)
    node.addEdge(to: self)
    node.addEdge(to: other)
    if requiresGrad { node.save(.input(other), LinalgCrossBackward0.otherSlot) }
    if other.requiresGrad { node.save(.input(self), LinalgCrossBackward0.selfSlot) }
    node.adopt(result)
    return result
  }
}

// MARK: - Derivatives

/// The derivative of a product of a tensor and a vector.
class VectorProductNode: Node {
  static let selfSlot = 0
  static let otherSlot = 1
}

final class DotBackward0: VectorProductNode {
  override class var savedNames: [String] { ["self", "tensor"] }
  override func backward(_ g: Tensor) -> Gradients {
    let first = needs(0) ? g * savedValue(DotBackward0.otherSlot) : nil
    return Gradients(first, needs(1) ? g * savedValue(DotBackward0.selfSlot) : nil)
  }
}

final class VdotBackward0: VectorProductNode {
  override class var savedNames: [String] { ["self", "other"] }
  override func backward(_ g: Tensor) -> Gradients {
    let second = needs(1) ? g * savedValue(VdotBackward0.selfSlot) : nil
    return Gradients(needs(0) ? g * savedValue(VdotBackward0.otherSlot) : nil, second)
  }
}

final class MvBackward0: VectorProductNode {
  override class var savedNames: [String] { ["self", "vec"] }
  override func backward(_ g: Tensor) -> Gradients {
    let first = needs(0) ? g.outer(savedValue(MvBackward0.otherSlot)) : nil
    return Gradients(first, needs(1) ? savedValue(MvBackward0.selfSlot).t().mv(g) : nil)
  }
}

final class LinalgCrossBackward0: Node {
  static let otherSlot = 0
  static let selfSlot = 1
  private let dim: Int

  init(dim: Int) {
    self.dim = dim
    super.init()
  }

  override class var savedNames: [String] { ["other", "self"] }
  override var attributes: [String: AttributeValue] { ["dim": .int(dim)] }

  override func backward(_ g: Tensor) -> Gradients {
    let second = needs(1) ? g.cross(savedValue(LinalgCrossBackward0.selfSlot), dim: dim) : nil
    let first = needs(0) ? savedValue(LinalgCrossBackward0.otherSlot).cross(g, dim: dim) : nil
    return Gradients(first, second)
  }
}
