// Products of batches of matrices: bmm, baddbmm, addbmm.

internal import CKernels
internal import GraphModel

// MARK: - Forward

extension Tensor {
  /// The products of two batches of matrices, b×n×m and b×m×p, of one dtype that is not bool.
  public func bmm(_ mat2: Tensor) -> Tensor {
    Tensor.checkBatches(self, mat2, "bmm")
    let result = Tensor(empty: Dims([sizes[0], sizes[1], mat2.sizes[2]]), dtype)
    let a = MatrixBatch(self)
    let b = MatrixBatch(mat2)
    let (m, n, k) = (sizes[1], mat2.sizes[2], sizes[2])
    // A multiplication counts for less than a loop's element does.
    Parallel.forEach(sizes[0], elements: m * k / 8 * n) { range in
      for i in range {
        agk_matmul(
          dtype.kernel, a.isTransposed, b.isTransposed, Int64(m), Int64(n), Int64(k), a.pointer(i),
          a.leadingDimension, b.pointer(i), b.leadingDimension,
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
    let (beta, alpha) = (beta.scalar, alpha.scalar)
    let shape = Dims([batch1.sizes[0], batch1.sizes[1], batch2.sizes[2]])
    let result = startOfProduct(shape, batch1.dtype, beta, "baddbmm")
    for i in 0..<shape[0] {
      result.part(i).addProduct(batch1.part(i), batch2.part(i), beta, alpha)
    }
    if isRecording(self) || isRecording(batch1) || isRecording(batch2) {
      let node = BaddbmmBackward0(beta, alpha)
      for tensor in [self, batch1, batch2] { node.addEdge(to: tensor) }
      if batch2.requiresGrad { node.save(.input(batch1), BaddbmmBackward0.batch1Slot) }
      if batch1.requiresGrad { node.save(.input(batch2), BaddbmmBackward0.batch2Slot) }
      node.adopt(result)
    }
    return result
  }

  /// `beta · self` and `alpha` times the sum of all products of `batch1.bmm(batch2)`.
  ///
  /// This tensor is broadcast to n×p. With `beta` 0 it is not read.
  public func addbmm(
    _ batch1: Tensor, _ batch2: Tensor, beta: some ScalarConvertible = 1,
    alpha: some ScalarConvertible = 1
  ) -> Tensor {
    Tensor.checkBatches(batch1, batch2, "addbmm")
    let (beta, alpha) = (beta.scalar, alpha.scalar)
    let shape = Dims([batch1.sizes[1], batch2.sizes[2]])
    let result = startOfProduct(shape, batch1.dtype, beta, "addbmm")
    if batch1.sizes[0] == 0 { Elementwise.binary(.AGK_MUL, result, beta, into: result) }
    for i in 0..<batch1.sizes[0] {
      result.addProduct(batch1.part(i), batch2.part(i), i == 0 ? beta : .int(1), alpha)
    }
    if isRecording(self) || isRecording(batch1) || isRecording(batch2) {
      let node = AddbmmBackward0(beta, alpha, batch1.sizes, columns: batch2.sizes[2])
      for tensor in [self, batch1, batch2] { node.addEdge(to: tensor) }
      if batch2.requiresGrad { node.save(.input(batch1), AddbmmBackward0.batch1Slot) }
      if batch1.requiresGrad { node.save(.input(batch2), AddbmmBackward0.batch2Slot) }
      node.adopt(result)
    }
    return result
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
    checkProductDtypes([first, second], operation)
  }

  /// Matrix `i` of a batch, without history.
  private func part(_ i: Int) -> Tensor {
    Tensor(
      sharing: storage, sizes: Dims(sizes.dropFirst()), strides: Dims(strides.dropFirst()),
      offset: offset + i * strides[0], dtype: dtype)
  }
}

/// A batch of matrices as the product kernel takes them: rows or columns dense.
struct MatrixBatch {
  private let tensor: Tensor
  let isTransposed: Bool
  let leadingDimension: Int64

  init(_ x: Tensor) {
    if x.strides[2] == 1, x.strides[1] >= Swift.max(x.sizes[2], 1) {
      tensor = x
      isTransposed = false
      leadingDimension = Int64(x.strides[1])
    } else if x.strides[1] == 1, x.strides[2] >= Swift.max(x.sizes[1], 1) {
      tensor = x
      isTransposed = true
      leadingDimension = Int64(x.strides[2])
    } else {
      tensor = x.copyOfDataInRows()
      isTransposed = false
      leadingDimension = Int64(Swift.max(x.sizes[2], 1))
    }
  }

  func pointer(_ i: Int) -> UnsafeMutableRawPointer {
    tensor.pointer + i * tensor.strides[0] * tensor.dtype.itemSize
  }
}

extension Tensor {
  /// The elements in new memory, densely in row-major order, without history.
  func copyOfDataInRows() -> Tensor {
    let copy = Tensor(empty: sizes, dtype)
    Elementwise.copy(self, into: copy)
    return copy
  }

  /// What a product is added to: this tensor in memory of its own, in the product's shape.
  ///
  /// With `beta` 0 its elements do not count and are zeros.
  func startOfProduct(_ shape: Dims, _ dtype: DType, _ beta: Scalar, _ operation: String) -> Tensor
  {
    guard self.dtype == dtype else {
      refuse(
        operation,
        "Input dtypes must be the same, got: input \(self.dtype.name), factors: \(dtype.name)")
    }
    guard Broadcast.isExpandable(sizes, to: shape) else {
      let missing = shape.count - sizes.count
      func place(_ d: Int) -> Int { Swift.max(d + missing, 0) }
      let d = sizes.indices.first { sizes[$0] != 1 && sizes[$0] != shape[place($0)] } ?? 0
      refuse(
        operation,
        "The expanded size of the tensor (\(shape[place(d)])) must match the existing size "
          + "(\(sizes[d])) at non-singleton dimension \(place(d)).  Target sizes: \(shape).  Tensor "
          + "sizes: \(sizes)")
    }
    let result = Tensor(empty: shape, dtype)
    if beta.isExactly(0) { result.setAll(.int(0)) } else { Elementwise.copy(self, into: result) }
    return result
  }

  /// `self = beta · self + alpha · a·b` for matrices, without history; this one is contiguous.
  func addProduct(_ a: Tensor, _ b: Tensor, _ beta: Scalar, _ alpha: Scalar) {
    let (m, n, k) = (Int64(sizes[0]), Int64(sizes[1]), Int64(a.sizes[1]))
    let first = MatrixOperand(a)
    let second = MatrixOperand(b)
    guard dtype.isFloatingPoint else {
      let product = Tensor(empty: sizes, dtype)
      agk_matmul(
        dtype.kernel, first.isTransposed, second.isTransposed, m, n, k, first.tensor.pointer,
        Int64(first.leadingDimension), second.tensor.pointer, Int64(second.leadingDimension),
        product.pointer, n)
      Elementwise.binary(.AGK_MUL, product, alpha, into: product)
      Elementwise.binary(.AGK_MUL, self, beta, into: self)
      Elementwise.binary(.AGK_ADD, self, product, into: self)
      return
    }
    agk_matmul_add(
      dtype.kernel, first.isTransposed, second.isTransposed, m, n, k, alpha.double,
      first.tensor.pointer, Int64(first.leadingDimension), second.tensor.pointer,
      Int64(second.leadingDimension), beta.double, pointer, n)
  }

  /// Refuses factors of different dtypes, and of bool.
  static func checkProductDtypes(_ factors: [Tensor], _ operation: String) {
    let dtypes = factors.map(\.dtype)
    guard dtypes.allSatisfy({ $0 == dtypes[0] }) else {
      refuse(
        operation,
        "expected the same scalar type for all factors, but got: "
          + dtypes.map(\.name).joined(separator: " != "))
    }
    if dtypes[0] == .bool {
      refuse(operation, "\"\(operation)\" not implemented for 'Bool': a product of bool tensors")
    }
  }

  /// This tensor times a number, itself when that is 1: how PyTorch's formulas apply a factor.
  func timesUnlessOne(_ number: Scalar) -> Tensor {
    number.isExactly(1) ? self : scaled(by: number)
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

/// The derivative of a product that is added to something: `beta · self + alpha · product`.
class AddedProductNode: Node {
  final let beta: Scalar
  final let alpha: Scalar

  init(_ beta: Scalar, _ alpha: Scalar) {
    self.beta = beta
    self.alpha = alpha
    super.init()
  }

  override var attributes: [String: AttributeValue] {
    ["alpha": alpha.attribute, "beta": beta.attribute]
  }
}

final class BaddbmmBackward0: AddedProductNode {
  static let batch1Slot = 0
  static let batch2Slot = 1
  override class var savedNames: [String] { ["batch1", "batch2"] }

  override func backward(_ g: Tensor) -> Gradients {
    var first: Tensor?
    if needs(1) {
      first = g.bmm(savedValue(BaddbmmBackward0.batch2Slot).transpose(1, 2)).timesUnlessOne(alpha)
    }
    var second: Tensor?
    if needs(2) {
      second = savedValue(BaddbmmBackward0.batch1Slot).transpose(1, 2).bmm(g).timesUnlessOne(alpha)
    }
    return Gradients([needs(0) ? g.timesUnlessOne(beta) : nil, first, second])
  }
}

final class AddbmmBackward0: AddedProductNode {
  static let batch1Slot = 0
  static let batch2Slot = 1
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
        .bmm(savedValue(AddbmmBackward0.batch2Slot).transpose(1, 2)).timesUnlessOne(alpha)
    }
    var second: Tensor?
    if needs(2) {
      second = savedValue(AddbmmBackward0.batch1Slot).transpose(1, 2)
        .bmm(g.unsqueeze(0).expand(productSizes)).timesUnlessOne(alpha)
    }
    return Gradients([needs(0) ? g.timesUnlessOne(beta) : nil, first, second])
  }
}
