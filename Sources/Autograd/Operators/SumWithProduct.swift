// What addmm and its kin have in common: beta · self + alpha · product, recorded.

internal import CKernels
internal import GraphModel

extension Tensor {
  /// `beta · self + alpha · product` of a product of two factors.
  ///
  /// This tensor is broadcast to the product's `shape`. `accumulate` computes the sum in place, in a
  /// contiguous tensor of that shape; the node of `node` saves each factor that the other's gradient
  /// needs.
  func addingProduct(
    _ first: Tensor, _ second: Tensor, _ shape: Dims, _ beta: Scalar, _ alpha: Scalar,
    _ operation: String, node: (_ beta: Scalar, _ alpha: Scalar) -> AddedProductNode,
    accumulate: (Tensor) -> Void
  ) -> Tensor {
    Tensor.checkProductDtypes([first, second], operation)
    let result = startOfProduct(shape, first.dtype, beta, operation)
    accumulate(result)
    return .recorded(result, self, first, second) {
      let node = node(beta, alpha)
      if second.requiresGrad { node.save(.input(first), 0) }
      if first.requiresGrad { node.save(.input(second), 1) }
      return node
    }
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
    guard sizes.count <= shape.count else {
      refuse(
        operation,
        "expand(tensor of shape \(sizes), size=\(shape)): the number of sizes provided "
          + "(\(shape.count)) must be greater or equal to the number of dimensions in the tensor "
          + "(\(sizes.count))")
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

  /// Refuses factors of different dtypes, and of bool where anything is to be multiplied.
  static func checkProductDtypes(
    _ factors: [Tensor], _ operation: String, isEmpty: Bool = false
  ) {
    let dtypes = factors.map(\.dtype)
    guard dtypes.allSatisfy({ $0 == dtypes[0] }) else {
      refuse(
        operation,
        "expected the same scalar type for all factors, but got: "
          + dtypes.map(\.name).joined(separator: " != "))
    }
    if dtypes[0] == .bool, !isEmpty {
      refuse(operation, "\"\(operation)\" not implemented for 'Bool': a product of bool tensors")
    }
  }

  /// This tensor times a number, itself when that is 1: how PyTorch's formulas apply a factor.
  func timesUnlessOne(_ number: Scalar) -> Tensor {
    number.isExactly(1) ? self : scaled(by: number)
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

  final var firstFactor: Tensor { savedValue(0) }
  final var secondFactor: Tensor { savedValue(1) }

  /// The gradient of what the product was added to.
  final func own(_ g: Tensor) -> Tensor? { needs(0) ? g.timesUnlessOne(beta) : nil }

  override var attributes: [String: AttributeValue] {
    ["alpha": alpha.attribute, "beta": beta.attribute]
  }
}
