// Tensors put together: cat and stack.

internal import GraphModel

extension Tensor {
  /// The tensors one after another along a dimension that they have; other sizes must agree.
  ///
  /// Empty tensors of one dimension are skipped, as in PyTorch. Dtypes are promoted.
  public static func cat(_ tensors: [Tensor], dim: Int = 0) -> Tensor {
    guard let first = tensors.first else {
      refuse("cat", "expected a non-empty list of Tensors")
    }
    let kept = tensors.filter { !($0.sizes.count == 1 && $0.count == 0) }
    let model = kept.first ?? first
    if let i = tensors.firstIndex(where: { $0.sizes.count == 0 }) {
      refuse("cat", "zero-dimensional tensor (at position \(i)) cannot be concatenated")
    }
    let d = model.wrap(dim, "cat")
    var type = PromotedType()
    var sizes = model.sizes
    sizes[d] = 0
    for (i, tensor) in tensors.enumerated() {
      type.add(tensor)
      if tensor.sizes.count == 1 && tensor.count == 0 { continue }
      guard tensor.sizes.count == sizes.count else {
        refuse(
          "cat",
          "Tensors must have same number of dimensions: got \(sizes.count) and "
            + "\(tensor.sizes.count)")
      }
      for other in sizes.indices where other != d && tensor.sizes[other] != sizes[other] {
        refuse(
          "cat",
          "Sizes of tensors must match except in dimension \(d). Expected size \(sizes[other]) but "
            + "got size \(tensor.sizes[other]) for tensor number \(i) in the list.")
      }
      sizes[d] += tensor.sizes[d]
    }
    let result = Tensor(empty: sizes, type.dtype)
    var position = 0
    for tensor in kept where tensor.sizes[d] > 0 {
      let part = Tensor(
        sharing: result.storage, sizes: tensor.sizes, strides: result.strides,
        offset: position * result.strides[d], dtype: result.dtype)
      Elementwise.copy(tensor, into: part)
      position += tensor.sizes[d]
    }
    if isGradEnabled, tensors.contains(where: { $0.requiresGrad }) {
      let node = CatBackward0(tensors.map { $0.sizes }, dim: dim)
      for tensor in tensors { node.addEdge(to: tensor) }
      node.adopt(result)
    }
    return result
  }

  /// Tensors of one shape put together along a new dimension before `dim`.
  public static func stack(_ tensors: [Tensor], dim: Int = 0) -> Tensor {
    guard let first = tensors.first else {
      refuse("stack", "stack expects a non-empty TensorList")
    }
    for (i, tensor) in tensors.enumerated() where tensor.sizes != first.sizes {
      refuse(
        "stack",
        "stack expects each tensor to be equal size, but got \(first.sizes) at entry 0 and "
          + "\(tensor.sizes) at entry \(i)")
    }
    let d = wrap(dim, rank: first.sizes.count + 1, "stack")
    Dims.check(rank: first.sizes.count + 1, for: "stack")
    let result: Tensor = noGrad { cat(tensors.map { $0.unsqueeze(d) }, dim: d) }
    if isGradEnabled, tensors.contains(where: { $0.requiresGrad }) {
      let node = StackBackward0(dim: dim, count: tensors.count)
      for tensor in tensors { node.addEdge(to: tensor) }
      node.adopt(result)
    }
    return result
  }
}

final class CatBackward0: Node {
  private let sizes: [Dims]
  private let dim: Int

  init(_ sizes: [Dims], dim: Int) {
    self.sizes = sizes
    self.dim = dim
    super.init()
  }

  override var attributes: [String: AttributeValue] { ["dim": .int(dim)] }

  override func backward(_ g: Tensor) -> Gradients {
    // All parts or none, as in PyTorch: hooks see also those that nobody needs.
    let d = g.wrap(dim, "cat")
    var position = 0
    var result: [Tensor?] = []
    for part in sizes {
      if part.count == 1 && part[0] == 0 && g.sizes.count > 1 {
        result.append(Tensor.full(part, .int(0), g.dtype))
        continue
      }
      result.append(g.narrow(dim: d, start: position, length: part[d]))
      position += part[d]
    }
    return Gradients(result)
  }
}

final class StackBackward0: Node {
  private let dim: Int
  private let count: Int

  init(dim: Int, count: Int) {
    self.dim = dim
    self.count = count
    super.init()
  }

  override var attributes: [String: AttributeValue] { ["dim": .int(dim)] }

  override func backward(_ g: Tensor) -> Gradients {
    Gradients((0..<count).map { g.select(dim: dim, index: $0) })
  }
}
