// Products of a matrix that are added to something: addmm, addmv, addr.

internal import CKernels
internal import GraphModel

// MARK: - Forward

extension Tensor {
  /// `beta · self + alpha · mat1.mm(mat2)`; this tensor is broadcast to the product's shape n×p.
  ///
  /// With `beta` 0 this tensor is not read.
  public func addmm(
    _ mat1: Tensor, _ mat2: Tensor, beta: some ScalarConvertible = 1,
    alpha: some ScalarConvertible = 1
  ) -> Tensor {
    guard mat1.sizes.count == 2, mat2.sizes.count == 2 else {
      refuse(
        "addmm",
        "mat1 and mat2 must be matrices, got \(mat1.sizes.count)-D and \(mat2.sizes.count)-D "
          + "tensors of shapes \(mat1.sizes) and \(mat2.sizes)")
    }
    guard mat1.sizes[1] == mat2.sizes[0] else {
      refuse(
        "addmm",
        "mat1 and mat2 shapes cannot be multiplied (\(mat1.sizes[0])x\(mat1.sizes[1]) and "
          + "\(mat2.sizes[0])x\(mat2.sizes[1]))")
    }
    Tensor.checkProductDtypes([mat1, mat2], "addmm")
    let (beta, alpha) = (beta.scalar, alpha.scalar)
    let result = startOfProduct(Dims([mat1.sizes[0], mat2.sizes[1]]), mat1.dtype, beta, "addmm")
    result.addProduct(mat1, mat2, beta, alpha)
    if isRecording(self) || isRecording(mat1) || isRecording(mat2) {
      let node = AddmmBackward0(beta, alpha, mat1, mat2)
      for tensor in [self, mat1, mat2] { node.addEdge(to: tensor) }
      if mat2.requiresGrad { node.save(.input(mat1), AddmmBackward0.mat1Slot) }
      if mat1.requiresGrad { node.save(.input(mat2), AddmmBackward0.mat2Slot) }
      node.adopt(result)
    }
    return result
  }

  /// `beta · self + alpha · mat.mv(vec)`; this tensor is broadcast to the matrix's rows.
  ///
  /// With `beta` 0 this tensor is not read.
  public func addmv(
    _ mat: Tensor, _ vec: Tensor, beta: some ScalarConvertible = 1,
    alpha: some ScalarConvertible = 1
  ) -> Tensor {
    guard mat.sizes.count == 2, vec.sizes.count == 1, sizes.count <= 1 else {
      refuse(
        "addmv",
        "vector + matrix @ vector expected, got \(sizes.count), \(mat.sizes.count), "
          + "\(vec.sizes.count) dimensions: shapes \(sizes), \(mat.sizes), \(vec.sizes)")
    }
    guard mat.sizes[1] == vec.sizes[0], Broadcast.isExpandable(sizes, to: Dims([mat.sizes[0]]))
    else {
      refuse(
        "addmv",
        "size mismatch, got input (\(sizes.count == 0 ? 1 : sizes[0])), mat "
          + "(\(mat.sizes[0])x\(mat.sizes[1])), vec (\(vec.sizes[0]))")
    }
    Tensor.checkProductDtypes([mat, vec], "addmv")
    let (beta, alpha) = (beta.scalar, alpha.scalar)
    let result = startOfProduct(Dims([mat.sizes[0]]), mat.dtype, beta, "addmv")
    result.viewed(Dims([mat.sizes[0], 1])).addProduct(mat, vec.asColumn(), beta, alpha)
    if isRecording(self) || isRecording(mat) || isRecording(vec) {
      let node = AddmvBackward0(beta, alpha)
      for tensor in [self, mat, vec] { node.addEdge(to: tensor) }
      if vec.requiresGrad { node.save(.input(mat), AddmvBackward0.matSlot) }
      if mat.requiresGrad { node.save(.input(vec), AddmvBackward0.vecSlot) }
      node.adopt(result)
    }
    return result
  }

  /// `beta · self + alpha · vec1.outer(vec2)`; this tensor is broadcast to the product's shape n×m.
  ///
  /// With `beta` 0 this tensor is not read.
  public func addr(
    _ vec1: Tensor, _ vec2: Tensor, beta: some ScalarConvertible = 1,
    alpha: some ScalarConvertible = 1
  ) -> Tensor {
    guard vec1.sizes.count == 1, vec2.sizes.count == 1 else {
      refuse(
        "addr",
        "addr: Expected 1-D argument vec1 and vec2, but got \(vec1.sizes.count)-D and "
          + "\(vec2.sizes.count)-D: shapes \(vec1.sizes) and \(vec2.sizes)")
    }
    Tensor.checkProductDtypes([vec1, vec2], "addr")
    let (beta, alpha) = (beta.scalar, alpha.scalar)
    let result = startOfProduct(Dims([vec1.count, vec2.count]), vec1.dtype, beta, "addr")
    result.addProduct(vec1.asColumn(), vec2.asRow(), beta, alpha)
    if isRecording(self) || isRecording(vec1) || isRecording(vec2) {
      let node = AddrBackward0(beta, alpha)
      for tensor in [self, vec1, vec2] { node.addEdge(to: tensor) }
      if vec2.requiresGrad { node.save(.input(vec1), AddrBackward0.vec1Slot) }
      if vec1.requiresGrad { node.save(.input(vec2), AddrBackward0.vec2Slot) }
      node.adopt(result)
    }
    return result
  }

  /// This vector as a matrix of one column on the same memory, without history.
  func asColumn() -> Tensor {
    Tensor(
      sharing: storage, sizes: Dims([count, 1]), strides: Dims([strides[0], 1]), offset: offset,
      dtype: dtype)
  }

  /// This vector as a matrix of one row on the same memory, without history.
  func asRow() -> Tensor {
    Tensor(
      sharing: storage, sizes: Dims([1, count]), strides: Dims([count, strides[0]]),
      offset: offset, dtype: dtype)
  }
}

// MARK: - Derivatives

final class AddmmBackward0: AddedProductNode {
  static let mat1Slot = 0
  static let mat2Slot = 1
  private let mat1Layout: MatrixLayout
  private let mat2Layout: MatrixLayout

  init(_ beta: Scalar, _ alpha: Scalar, _ mat1: Tensor, _ mat2: Tensor) {
    mat1Layout = MatrixLayout(mat1)
    mat2Layout = MatrixLayout(mat2)
    super.init(beta, alpha)
  }

  override class var savedNames: [String] { ["mat1", "mat2"] }
  override var attributes: [String: AttributeValue] {
    super.attributes.merging([
      "mat1_sym_sizes": .ints(mat1Layout.sizes.array),
      "mat1_sym_strides": .ints(mat1Layout.strides.array),
      "mat2_sym_sizes": .ints(mat2Layout.sizes.array),
      "mat2_sym_strides": .ints(mat2Layout.strides.array),
    ]) { $1 }
  }

  override func backward(_ g: Tensor) -> Gradients {
    var first: Tensor?
    if needs(1) {
      first = mat1Layout.gradientOfFirst(g, savedValue(AddmmBackward0.mat2Slot), alpha)
    }
    var second: Tensor?
    if needs(2) {
      second = mat2Layout.gradientOfSecond(g, savedValue(AddmmBackward0.mat1Slot), alpha)
    }
    return Gradients([needs(0) ? g.timesUnlessOne(beta) : nil, first, second])
  }
}

final class AddmvBackward0: AddedProductNode {
  static let matSlot = 0
  static let vecSlot = 1
  override class var savedNames: [String] { ["mat", "vec"] }

  override func backward(_ g: Tensor) -> Gradients {
    let mat =
      needs(1) ? g.outer(savedValue(AddmvBackward0.vecSlot)).timesUnlessOne(alpha) : nil
    let own = needs(0) ? g.timesUnlessOne(beta) : nil
    let vec =
      needs(2) ? savedValue(AddmvBackward0.matSlot).t().mv(g).timesUnlessOne(alpha) : nil
    return Gradients([own, mat, vec])
  }
}

final class AddrBackward0: AddedProductNode {
  static let vec1Slot = 0
  static let vec2Slot = 1
  override class var savedNames: [String] { ["vec1", "vec2"] }

  override func backward(_ g: Tensor) -> Gradients {
    let own = needs(0) ? g.timesUnlessOne(beta) : nil
    let first = needs(1) ? g.mv(savedValue(AddrBackward0.vec2Slot)).timesUnlessOne(alpha) : nil
    let second =
      needs(2) ? g.t().mv(savedValue(AddrBackward0.vec1Slot)).timesUnlessOne(alpha) : nil
    return Gradients([own, first, second])
  }
}
