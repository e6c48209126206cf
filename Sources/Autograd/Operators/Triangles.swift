// Triangles of matrices: tril, triu, and the indices of their elements.

internal import CKernels
internal import GraphModel

extension Tensor {
  /// The lower triangle of a matrix, or of each of a batch, with zeros elsewhere.
  ///
  /// - Parameter diagonal: the last diagonal kept: 0 the main one, positive above, negative below.
  /// - Returns: a tensor of this shape and dtype; at least two dimensions are needed.
  public func tril(diagonal: Int = 0) -> Tensor {
    triangle(lower: true, diagonal, "tril").recorded(from: self) { TrilBackward0(diagonal) }
  }

  /// As `tril`, in place.
  @discardableResult
  public func tril_(diagonal: Int = 0) -> Tensor {
    inPlace("tril_") {
      TrilBackward0(diagonal)
    } compute: {
      keepTriangle(lower: true, diagonal, of: self, "tril_")
    }
  }

  /// The upper triangle of a matrix, or of each of a batch, with zeros elsewhere.
  ///
  /// - Parameter diagonal: the first diagonal kept: 0 the main one, positive above, negative below.
  /// - Returns: a tensor of this shape and dtype; at least two dimensions are needed.
  public func triu(diagonal: Int = 0) -> Tensor {
    triangle(lower: false, diagonal, "triu").recorded(from: self) { TriuBackward0(diagonal) }
  }

  /// As `triu`, in place.
  @discardableResult
  public func triu_(diagonal: Int = 0) -> Tensor {
    inPlace("triu_") {
      TriuBackward0(diagonal)
    } compute: {
      keepTriangle(lower: false, diagonal, of: self, "triu_")
    }
  }

  private func triangle(lower: Bool, _ diagonal: Int, _ operation: String) -> Tensor {
    let data = contiguousData()
    let result = Tensor(empty: sizes, dtype)
    result.keepTriangle(lower: lower, diagonal, of: data, operation)
    return result
  }

  /// Sets this tensor to a triangle of `x`, which has this layout, a row at a time.
  private func keepTriangle(lower: Bool, _ diagonal: Int, of x: Tensor, _ operation: String) {
    guard sizes.count >= 2 else {
      refuse(
        operation, "input tensor must have at least 2 dimensions, but the shape is \(sizes)")
    }
    guard count > 0 else { return }
    let rank = sizes.count
    let (rows, columns) = (sizes[rank - 2], sizes[rank - 1])
    let (down, across) = (strides[rank - 2], strides[rank - 1])
    let item = dtype.itemSize
    let zero: UInt64 = 0
    let matrices = Strided.offsets(Dims(sizes.dropLast(2)), Dims(strides.dropLast(2)), from: 0)
    func move(_ range: Range<Int>, of row: Int, _ from: UnsafeRawPointer, _ step: Int) {
      if range.isEmpty { return }
      agk_copy_plane(
        item, 1, Int64(range.count), pointer + (row + range.lowerBound * across) * item, 0,
        Int64(across), from, 0, Int64(step))
    }
    withUnsafePointer(to: zero) { zero in
      Parallel.forEach(matrices.count * rows, elements: columns) { part in
        for i in part {
          let row = matrices[i / rows] + i % rows * down
          let cut = Swift.min(Swift.max(i % rows + diagonal + (lower ? 1 : 0), 0), columns)
          let (kept, cleared) = lower ? (0..<cut, cut..<columns) : (cut..<columns, 0..<cut)
          move(cleared, of: row, zero, 0)
          if x !== self {
            move(kept, of: row, x.pointer + (row + kept.lowerBound * across) * item, across)
          }
        }
      }
    }
  }

  /// The indices of the lower triangle of a matrix: rows and columns, an int64 tensor [2, n].
  public static func trilIndices(row: Int, col: Int, offset: Int = 0, dtype: DType = .int64)
    -> Tensor
  {
    triangleIndices(row, col, dtype, "tril_indices") {
      0..<Swift.min(Swift.max($0 + offset + 1, 0), col)
    }
  }

  /// The indices of the upper triangle of a matrix: rows and columns, an int64 tensor [2, n].
  public static func triuIndices(row: Int, col: Int, offset: Int = 0, dtype: DType = .int64)
    -> Tensor
  {
    triangleIndices(row, col, dtype, "triu_indices") {
      Swift.min(Swift.max($0 + offset, 0), col)..<col
    }
  }

  private static func triangleIndices(
    _ rows: Int, _ columns: Int, _ dtype: DType, _ operation: String,
    _ kept: (_ row: Int) -> Range<Int>
  ) -> Tensor {
    guard rows >= 0, columns >= 0 else {
      refuse(operation, "row and col must be non-negative, got \(rows) and \(columns)")
    }
    var count = 0
    for row in 0..<rows { count += kept(row).count }
    let result = Tensor(empty: Dims([2, count]), .int64)
    var down = result.int64Pointer
    var across = down + count
    for row in 0..<rows {
      let range = kept(row)
      for (i, column) in range.enumerated() {
        down[i] = Int64(row)
        across[i] = Int64(column)
      }
      down += range.count
      across += range.count
    }
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
