// Products of batches of matrices: bmm, baddbmm, addbmm.

internal import CKernels
internal import GraphModel

// MARK: - Forward

extension Tensor {
  /// The products of two batches of matrices, b×n×m and b×m×p, of one dtype that is not bool.
  public func bmm(_ mat2: Tensor) -> Tensor {
    Tensor.checkBatches(self, mat2, "bmm")
    Tensor.checkProductDtypes([self, mat2], "bmm", isEmpty: count == 0 || mat2.count == 0)
    let shape = Dims([sizes[0], sizes[1], mat2.sizes[2]])
    if dtype == .bool { return .full(shape, .bool(false), .bool) }
    let result = Tensor(empty: shape, dtype)
    let a = MatrixOperand(self)
    let b = MatrixOperand(mat2)
    let (m, n, k) = (sizes[1], mat2.sizes[2], sizes[2])
    // A multiplication counts for less than a loop's element does.
    Parallel.forEach(sizes[0], elements: m * k / 8 * n) { range in
      for i in range {
        agk_matmul(
          dtype.kernel, a.isTransposed, b.isTransposed, Int64(m), Int64(n), Int64(k), a.pointer(i),
          Int64(a.leadingDimension), b.pointer(i), Int64(b.leadingDimension),
          result.pointer + i * m * n * dtype.itemSize, Int64(n))
      }
    }
    if isRecording(self) || isRecording(mat2) {
      let node = BmmBackward0()
      node.addEdge(to: self)
      node.addEdge(to: mat2)
      if requiresGrad { node.save(.input(mat2), BmmBackward0.mat2Slot) }
      if mat2.requiresGrad { node.save(.input(self), BmmBackward0.selfSlot) }
      node.adopt(result)
    }
    return result
  }

  /// `beta · self + alpha · batch1.bmm(batch2)`; this tensor is broadcast to b×n×p.
  ///
  /// With `beta` 0 this tensor is not read.
  public func baddbmm(
    _ batch1: Tensor, _ batch2: Tensor, beta: some ScalarConvertible = 1,
    alpha: some ScalarConvertible = 1
  ) -> Tensor {
    Tensor.checkBatches(batch1, batch2, "baddbmm")
    let shape = Dims([batch1.sizes[0], batch1.sizes[1], batch2.sizes[2]])
    return addingProduct(
      batch1, batch2, shape, beta.scalar, alpha.scalar, "baddbmm"
    ) {
      BaddbmmBackward0($0, $1)
    } accumulate: { result in
      for i in 0..<shape[0] {
        result.part(i).addProduct(batch1.part(i), batch2.part(i), beta.scalar, alpha.scalar)
      }
    }
  }

  /// `beta · self` and `alpha` times the sum of all products of `batch1.bmm(batch2)`.
  ///
  /// This tensor is broadcast to n×p. With `beta` 0 it is not read.
  public func addbmm(
    _ batch1: Tensor, _ batch2: Tensor, beta: some ScalarConvertible = 1,
    alpha: some ScalarConvertible = 1
  ) -> Tensor {
    Tensor.checkBatches(batch1, batch2, "addbmm")
    return addingProduct(
      batch1, batch2, Dims([batch1.sizes[1], batch2.sizes[2]]), beta.scalar, alpha.scalar, "addbmm"
    ) {
      AddbmmBackward0($0, $1, batch1.sizes, columns: batch2.sizes[2])
    } accumulate: { result in
      if batch1.sizes[0] == 0 { Elementwise.binary(.AGK_MUL, result, beta.scalar, into: result) }
      for i in 0..<batch1.sizes[0] {
        result.addProduct(
          batch1.part(i), batch2.part(i), i == 0 ? beta.scalar : .int(1), alpha.scalar)
      }
    }
  }

  private static func checkBatches(_ first: Tensor, _ second: Tensor, _ operation: String) {
    guard first.sizes.count == 3, second.sizes.count == 3 else {
      let wrong = first.sizes.count == 3 ? "batch2" : "batch1"
      refuse(
        operation,
        "\(wrong) must be a 3D tensor: the shapes are \(first.sizes) and \(second.sizes)")
    }
    let expected = [first.sizes[0], first.sizes[2]]
    guard [second.sizes[0], second.sizes[1]] == expected else {
      refuse(
        operation,
        "Expected size for first two dimensions of batch2 tensor to be: \(expected) but got: "
          + "[\(second.sizes[0]), \(second.sizes[1])].")
    }
  }

  /// Matrix `i` of a batch, without history.
  private func part(_ i: Int) -> Tensor {
    Tensor(
      sharing: storage, sizes: Dims(sizes.dropFirst()), strides: Dims(strides.dropFirst()),
      offset: offset + i * strides[0], dtype: dtype)
  }
}

extension Tensor {
  /// The elements in new memory, densely in row-major order, without history.
  func copyOfDataInRows() -> Tensor {
    let copy = Tensor(empty: sizes, dtype)
    Elementwise.copy(self, into: copy)
    return copy
  }
}

// MARK: - Derivatives

final class BmmBackward0: Node {
  static let mat2Slot = 0
  static let selfSlot = 1
  override class var savedNames: [String] { ["mat2", "self"] }

  override func backward(_ g: Tensor) -> Gradients {
    let second =
      needs(1) ? savedValue(BmmBackward0.selfSlot).transpose(1, 2).bmm(g) : nil
    let first = needs(0) ? g.bmm(savedValue(BmmBackward0.mat2Slot).transpose(1, 2)) : nil
    return Gradients(first, second)
  }
}

final class BaddbmmBackward0: AddedProductNode {
  override class var savedNames: [String] { ["batch1", "batch2"] }

  override func backward(_ g: Tensor) -> Gradients {
    var first: Tensor?
    if needs(1) {
      first = g.bmm(secondFactor.transpose(1, 2)).timesUnlessOne(alpha)
    }
    var second: Tensor?
    if needs(2) {
      second = firstFactor.transpose(1, 2).bmm(g).timesUnlessOne(alpha)
    }
    return Gradients([own(g), first, second])
  }
}

final class AddbmmBackward0: AddedProductNode {
  private let productSizes: Dims

  init(_ beta: Scalar, _ alpha: Scalar, _ batch1: Dims, columns: Int) {
    productSizes = Dims([batch1[0], batch1[1], columns])
    super.init(beta, alpha)
  }

  override class var savedNames: [String] { ["batch1", "batch2"] }
  override var attributes: [String: AttributeValue] {
    super.attributes.merging([
      "batch1_sym_argsize_0": .int(productSizes[0]), "batch1_sym_argsize_1": .int(productSizes[1]),
      "batch2_sym_argsize_2": .int(productSizes[2]),
    ]) { $1 }
  }

  override func backward(_ g: Tensor) -> Gradients {
    var first: Tensor?
    if needs(1) {
      first = g.unsqueeze(0).expand(productSizes)
        .bmm(secondFactor.transpose(1, 2)).timesUnlessOne(alpha)
    }
    var second: Tensor?
    if needs(2) {
      second = firstFactor.transpose(1, 2)
        .bmm(g.unsqueeze(0).expand(productSizes)).timesUnlessOne(alpha)
    }
    return Gradients([own(g), first, second])
  }
}
