// Products of a matrix that are added to something: addmm, addmv, addr.

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
    return addingProduct(
      mat1, mat2, Dims([mat1.sizes[0], mat2.sizes[1]]), beta.scalar, alpha.scalar, "addmm"
    ) {
      AddmmBackward0(mat1, mat2, $0, $1)
    } accumulate: {
      $0.addProduct(mat1, mat2, beta.scalar, alpha.scalar)
    }
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
    return addingProduct(
      mat, vec, Dims([mat.sizes[0]]), beta.scalar, alpha.scalar, "addmv"
    ) {
      AddmvBackward0($0, $1)
    } accumulate: {
      $0.viewed(Dims([mat.sizes[0], 1]))
        .addProduct(mat, vec.asColumn(), beta.scalar, alpha.scalar)
    }
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
        "Expected 1-D argument vec1 and vec2, but got \(vec1.sizes.count)-D and "
          + "\(vec2.sizes.count)-D: shapes \(vec1.sizes) and \(vec2.sizes)")
    }
    return addingProduct(
      vec1, vec2, Dims([vec1.count, vec2.count]), beta.scalar, alpha.scalar, "addr"
    ) {
      AddrBackward0($0, $1)
    } accumulate: {
      $0.addProduct(vec1.asColumn(), vec2.asRow(), beta.scalar, alpha.scalar)
    }
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
  private let mat1Layout: MatrixLayout
  private let mat2Layout: MatrixLayout

  init(_ mat1: Tensor, _ mat2: Tensor, _ beta: Scalar, _ alpha: Scalar) {
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
      first = mat1Layout.gradientOfFirst(g, secondFactor, alpha)
    }
    var second: Tensor?
    if needs(2) {
      second = mat2Layout.gradientOfSecond(g, firstFactor, alpha)
    }
    return Gradients([own(g), first, second])
  }
}

final class AddmvBackward0: AddedProductNode {
  override class var savedNames: [String] { ["mat", "vec"] }

  override func backward(_ g: Tensor) -> Gradients {
    let mat =
      needs(1) ? g.outer(secondFactor).timesUnlessOne(alpha) : nil
    let own = own(g)
    let vec =
      needs(2) ? firstFactor.t().mv(g).timesUnlessOne(alpha) : nil
    return Gradients([own, mat, vec])
  }
}

final class AddrBackward0: AddedProductNode {
  override class var savedNames: [String] { ["vec1", "vec2"] }

  override func backward(_ g: Tensor) -> Gradients {
    let own = own(g)
    let first = needs(1) ? g.mv(secondFactor).timesUnlessOne(alpha) : nil
    let second =
      needs(2) ? g.t().mv(firstFactor).timesUnlessOne(alpha) : nil
    return Gradients([own, first, second])
  }
}
