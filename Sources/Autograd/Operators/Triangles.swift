// Triangles of matrices: tril, triu, and the indices of their elements.

internal import CKernels
internal import GraphModel

extension Tensor {
  /// The lower triangle of a matrix, or of each of a batch, with zeros elsewhere.
  ///
  /// - Parameter diagonal: the last diagonal kept: 0 the main one, positive above, negative below.
  /// - Returns: a tensor of this shape and dtype; at least two dimensions are needed.
  public func tril(diagonal: Int = 0) -> Tensor {
    let result = triangleCopy("tril")
    result.zeroRows("tril") { row, columns in
      (Swift.min(Swift.max(row + diagonal + 1, 0), columns), columns)
    }
    return result.recorded(from: self) { TrilBackward0(diagonal) }
  }

  /// As `tril`, in place.
  @discardableResult
  public func tril_(diagonal: Int = 0) -> Tensor {
    inPlace("tril_") {
      TrilBackward0(diagonal)
    } compute: {
      zeroRows("tril_") { row, columns in
        (Swift.min(Swift.max(row + diagonal + 1, 0), columns), columns)
      }
    }
  }

  /// The upper triangle of a matrix, or of each of a batch, with zeros elsewhere.
  ///
  /// - Parameter diagonal: the first diagonal kept: 0 the main one, positive above, negative below.
  /// - Returns: a tensor of this shape and dtype; at least two dimensions are needed.
  public func triu(diagonal: Int = 0) -> Tensor {
    let result = triangleCopy("triu")
    result.zeroRows("triu") { row, columns in (0, Swift.min(Swift.max(row + diagonal, 0), columns))
    }
    return result.recorded(from: self) { TriuBackward0(diagonal) }
  }

  /// As `triu`, in place.
  @discardableResult
  public func triu_(diagonal: Int = 0) -> Tensor {
    inPlace("triu_") {
      TriuBackward0(diagonal)
    } compute: {
      zeroRows("triu_") { row, columns in (0, Swift.min(Swift.max(row + diagonal, 0), columns)) }
    }
  }

  private func triangleCopy(_ operation: String) -> Tensor {
    checkMatrices(operation)
    return freshContiguous()
  }

  private func checkMatrices(_ operation: String) {
    guard sizes.count >= 2 else {
      refuse(
        operation, "input tensor must have at least 2 dimensions, but the shape is \(sizes)")
    }
  }

  /// Sets a part of each row to zero: the columns from `range.0` up to `range.1`.
  private func zeroRows(_ operation: String, _ range: (_ row: Int, _ columns: Int) -> (Int, Int)) {
    checkMatrices(operation)
    guard count > 0 else { return }
    let rank = sizes.count
    let (rows, columns) = (sizes[rank - 2], sizes[rank - 1])
    let step = strides[rank - 1]
    let item = dtype.itemSize
    var zero = ElementBuffer(.int(0), dtype)
    let matrices = Strided.offsets(Dims(sizes.dropLast(2)), Dims(strides.dropLast(2)), from: 0)
    zero.withPointer { zero in
      for matrix in matrices {
        for row in 0..<rows {
          let (first, end) = range(row, columns)
          guard first < end else { continue }
          let start = matrix + row * strides[rank - 2] + first * step
          agk_convert(
            dtype.kernel, dtype.kernel, Int64(end - first), pointer + start * item, Int64(step),
            zero, 0)
        }
      }
    }
  }

  /// The indices of the lower triangle of a matrix: rows and columns, an int64 tensor [2, n].
  public static func trilIndices(row: Int, col: Int, offset: Int = 0, dtype: DType = .int64)
    -> Tensor
  {
    triangleIndices(row, col, dtype, "tril_indices") { $1 - $0 <= offset }
  }

  /// The indices of the upper triangle of a matrix: rows and columns, an int64 tensor [2, n].
  public static func triuIndices(row: Int, col: Int, offset: Int = 0, dtype: DType = .int64)
    -> Tensor
  {
    triangleIndices(row, col, dtype, "triu_indices") { $1 - $0 >= offset }
  }

  private static func triangleIndices(
    _ rows: Int, _ columns: Int, _ dtype: DType, _ operation: String,
    _ isKept: (_ row: Int, _ column: Int) -> Bool
  ) -> Tensor {
    guard rows >= 0, columns >= 0 else {
      refuse(operation, "row and col must be non-negative, got \(rows) and \(columns)")
    }
    var (kept, places): ([Int], [Int]) = ([], [])
    for row in 0..<rows {
      for column in 0..<columns where isKept(row, column) {
        kept.append(row)
        places.append(column)
      }
    }
    let result = Tensor(kept + places).viewed(Dims([2, kept.count]))
    return result.converted(to: dtype)
  }
}

/// The derivative of a triangle: the same triangle.
class TriangleNode: Node {
  final let diagonal: Int

  init(_ diagonal: Int) {
    self.diagonal = diagonal
    super.init()
  }

  override final var attributes: [String: AttributeValue] { ["diagonal": .int(diagonal)] }
}

final class TrilBackward0: TriangleNode {
  override func backward(_ g: Tensor) -> Gradients { Gradients(g.tril(diagonal: diagonal)) }
}

final class TriuBackward0: TriangleNode {
  override func backward(_ g: Tensor) -> Gradients { Gradients(g.triu(diagonal: diagonal)) }
}
