// Products of matrices.

internal import CKernels
internal import GraphModel

extension Tensor {
  /// The product of two matrices, m×k and k×n, of one dtype that is not bool.
  public func mm(_ mat2: Tensor) -> Tensor {
    guard sizes.count == 2 else { refuse("mm", "self must be a matrix, not of shape \(sizes)") }
    guard mat2.sizes.count == 2 else {
      refuse("mm", "mat2 must be a matrix, not of shape \(mat2.sizes)")
    }
    guard sizes[1] == mat2.sizes[0] else {
      refuse(
        "mm",
        "mat1 and mat2 shapes cannot be multiplied (\(sizes[0])x\(sizes[1]) and "
          + "\(mat2.sizes[0])x\(mat2.sizes[1]))")
    }
    if dtype != mat2.dtype || dtype == .bool {
      Tensor.checkProductDtypes([self, mat2], "mm", isEmpty: count == 0 || mat2.count == 0)
      return .full(Dims([sizes[0], mat2.sizes[1]]), .bool(false), .bool)
    }
    let result = Tensor(empty: Dims([sizes[0], mat2.sizes[1]]), dtype)
    let a = MatrixOperand(self)
    let b = MatrixOperand(mat2)
    agk_matmul(
      dtype.kernel, a.isTransposed, b.isTransposed, Int64(sizes[0]), Int64(mat2.sizes[1]),
      Int64(sizes[1]), a.tensor.pointer, Int64(a.leadingDimension), b.tensor.pointer,
      Int64(b.leadingDimension), result.pointer, Int64(mat2.sizes[1]))
    if isRecording(self) || isRecording(mat2) {
      let node = MmBackward0(self, mat2)
      node.addEdge(to: self)
      node.addEdge(to: mat2)
      if mat2.requiresGrad { node.save(.input(self), MmBackward0.selfSlot) }
      if requiresGrad { node.save(.input(mat2), MmBackward0.mat2Slot) }
      node.adopt(result)
    }
    return result
  }
}

/// A matrix, or a batch of them, as the product kernel takes it: rows or columns dense, copied when
/// neither is.
struct MatrixOperand {
  let tensor: Tensor
  let isTransposed: Bool
  let leadingDimension: Int

  init(_ x: Tensor) {
    let (row, column) = (x.sizes.count - 2, x.sizes.count - 1)
    if x.strides[column] == 1, x.strides[row] >= Swift.max(x.sizes[column], 1) {
      tensor = x
      isTransposed = false
      leadingDimension = x.strides[row]
    } else if x.strides[row] == 1, x.strides[column] >= Swift.max(x.sizes[row], 1) {
      tensor = x
      isTransposed = true
      leadingDimension = x.strides[column]
    } else {
      tensor = x.copyOfDataInRows()
      isTransposed = false
      leadingDimension = Swift.max(x.sizes[column], 1)
    }
  }

  /// Where matrix `i` of a batch begins.
  func pointer(_ i: Int) -> UnsafeMutableRawPointer {
    tensor.pointer + i * tensor.strides[0] * tensor.dtype.itemSize
  }
}

final class MmBackward0: Node {
  static let selfSlot = 0
  static let mat2Slot = 1
  private let selfLayout: MatrixLayout
  private let mat2Layout: MatrixLayout

  init(_ first: Tensor, _ second: Tensor) {
    selfLayout = MatrixLayout(first)
    mat2Layout = MatrixLayout(second)
    super.init()
  }

  override class var savedNames: [String] { ["self", "mat2"] }
  override var attributes: [String: AttributeValue] {
    [
      "self_sym_sizes": .ints(selfLayout.sizes.array),
      "self_sym_strides": .ints(selfLayout.strides.array),
      "mat2_sym_sizes": .ints(mat2Layout.sizes.array),
      "mat2_sym_strides": .ints(mat2Layout.strides.array),
    ]
  }

  override func backward(_ g: Tensor) -> Gradients {
    // In PyTorch's order, that of the operands' names.
    let second = needs(1) ? gradientOfSecond(g, savedValue(MmBackward0.selfSlot)) : nil
    let first = needs(0) ? selfLayout.gradientOfFirst(g, savedValue(MmBackward0.mat2Slot)) : nil
    return Gradients(first, second)
  }

  /// The gradient of a matrix that many products share, such as the weight of a recurrent layer,
  /// grows in place: writing each share first and adding it takes longer than the product.
  private func gradientOfSecond(_ g: Tensor, _ first: Tensor) -> Tensor {
    if !mat2Layout.isColumnMajor, g.dtype.isFloatingPoint, let sum = takePending(1) {
      sum.addProduct(first.t(), g, .int(1), .int(1))
      return sum
    }
    return mat2Layout.gradientOfSecond(g, first)
  }
}

/// How an operand of a product lies in memory; its gradient is computed in the same layout.
struct MatrixLayout {
  let sizes: Dims
  /// Empty when no gradient of the operand is asked for.
  let strides: Dims

  init(_ x: Tensor) {
    sizes = x.sizes
    strides = x.requiresGrad ? x.strides : Dims()
  }

  /// Whether the columns lie densely one after another.
  var isColumnMajor: Bool {
    strides.count == 2 && strides[0] == 1 && strides[1] == sizes[0]
  }

  /// The gradient of the first factor, which lies so, of `alpha · mat1·mat2`.
  func gradientOfFirst(_ g: Tensor, _ mat2: Tensor, _ alpha: Scalar = .int(1)) -> Tensor {
    (isColumnMajor ? mat2.mm(g.t()).t() : g.mm(mat2.t())).timesUnlessOne(alpha)
  }

  /// The gradient of the second factor, which lies so, of `alpha · mat1·mat2`.
  func gradientOfSecond(_ g: Tensor, _ mat1: Tensor, _ alpha: Scalar = .int(1)) -> Tensor {
    (isColumnMajor ? g.t().mm(mat1).t() : mat1.t().mm(g)).timesUnlessOne(alpha)
  }
}
