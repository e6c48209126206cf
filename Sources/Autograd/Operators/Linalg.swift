// torch.linalg: what its functions share.

internal import CKernels

/// PyTorch's `torch.linalg`: decompositions, solvers, and functions of matrices.
///
/// They work on the last two dimensions; those before are a batch. Decompositions take float32 and
/// float64 and need LAPACK, which Debian's package libopenblas0 has.
public enum Linalg {
  /// Refuses what is not a batch of matrices of floating-point numbers, or where LAPACK is missing.
  static func check(_ a: Tensor, _ operation: String, square: Bool = false, argument: String = "A")
  {
    if square {
      checkSquare(a, operation, argument: argument)
    } else {
      checkRank(a, operation, argument: argument)
    }
    guard a.dtype.isFloatingPoint else {
      refuse(
        operation,
        "Expected a floating point or complex tensor as input, not implemented for \(a.dtype.name)")
    }
    guard agk_has_lapack() else {
      refuse(
        operation,
        "needs LAPACK, which was not found: install OpenBLAS (Debian: apt install libopenblas0)")
    }
  }

  private static func checkRank(_ a: Tensor, _ operation: String, argument: String) {
    guard a.sizes.count >= 2 else {
      refuse(
        operation,
        "The input tensor \(argument) must have at least 2 dimensions, not shape \(a.sizes)")
    }
  }

  /// Refuses what is not a batch of square matrices.
  static func checkSquare(_ a: Tensor, _ operation: String, argument: String = "A") {
    checkRank(a, operation, argument: argument)
    if a.rows != a.columns {
      refuse(
        operation,
        "\(argument) must be batches of square matrices, but they are \(a.rows) by \(a.columns) "
          + "matrices")
    }
  }

  /// Refuses, in the words for people, a call of LAPACK that could not be made.
  static func require(_ isDone: Bool, _ operation: String, _ a: Tensor) {
    if !isDone {
      refuse(operation, "matrices of shape \(a.sizes) are too large for LAPACK or for memory")
    }
  }

  /// Refuses the first matrix of a batch whose `info` is not zero.
  static func checkInfo(
    _ info: Tensor, _ operation: String, _ message: (_ info: Int) -> String
  ) {
    let numbers = info.pointer.assumingMemoryBound(to: Int32.self)
    for i in 0..<info.count where numbers[i] != 0 {
      let place = info.sizes.count > 0 ? "(Batch element \(i)): " : ""
      refuse(operation, place + message(Int(numbers[i])))
    }
  }

  /// A tensor of new memory for matrices in column-major order, as LAPACK takes and PyTorch gives.
  static func empty(_ batch: Dims, _ rows: Int, _ columns: Int, _ dtype: DType) -> Tensor {
    var sizes = batch
    sizes.append(columns)
    sizes.append(rows)
    var strides = sizes.contiguousStrides
    let k = batch.count
    (sizes[k], sizes[k + 1]) = (sizes[k + 1], sizes[k])
    (strides[k], strides[k + 1]) = (strides[k + 1], strides[k])
    return Tensor(empty: sizes, strides: strides, dtype)
  }

  /// A copy of a batch of matrices, broadcast to a batch shape, in column-major order.
  static func copy(_ x: Tensor, batch: Dims? = nil) -> Tensor {
    let result = empty(batch ?? x.batch, x.rows, x.columns, x.dtype)
    Elementwise.copy(x, into: result)
    return result
  }

  /// `info`, an int32 for each matrix, to be written by LAPACK.
  static func info(_ batch: Dims) -> Tensor { Tensor.full(batch, .int(0), .int32) }
}

extension Tensor {
  /// The dimensions before those of the matrices.
  var batch: Dims { Dims(sizes.dropLast(2)) }
  /// The rows of each matrix.
  var rows: Int { sizes[sizes.count - 2] }
  /// The columns of each matrix.
  var columns: Int { sizes[sizes.count - 1] }
  /// The pointer as LAPACK's integers.
  var integers: UnsafeMutablePointer<Int32> { pointer.assumingMemoryBound(to: Int32.self) }

  /// Makes the node of an operator whose results are `results`, if one of `inputs` is recorded.
  static func record(_ inputs: [Tensor], _ results: [Tensor], _ node: () -> Node) {
    guard inputs.contains(where: { isRecording($0) }) else { return }
    let node = node()
    for input in inputs { node.addEdge(to: input) }
    if results.count == 1 { node.adopt(results[0]) } else { node.adopt(results) }
  }
}

extension Dims {
  static func + (a: Dims, b: [Int]) -> Dims {
    var result = a
    for size in b { result.append(size) }
    return result
  }
}
