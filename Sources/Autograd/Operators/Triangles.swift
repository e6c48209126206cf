// Triangles of matrices: tril and triu.

internal import CKernels
internal import GraphModel

extension Tensor {
  /// The lower triangle of each matrix up to a diagonal, zero above it.
  ///
  /// Of the last two dimensions, of which there must be two. The diagonal 0 is the main one, above
  /// it they are positive.
  public func tril(_ diagonal: Int = 0) -> Tensor {
    let result = triangle(diagonal, isLower: true, "tril")
    recordTriangle(result) { TrilBackward0(diagonal) }
    return result
  }

  /// The upper triangle of each matrix from a diagonal on, zero below it.
  ///
  /// As `tril` otherwise.
  public func triu(_ diagonal: Int = 0) -> Tensor {
    let result = triangle(diagonal, isLower: false, "triu")
    recordTriangle(result) { TriuBackward0(diagonal) }
    return result
  }

  /// Sets what is not in the lower triangle to zero, in place.
  @discardableResult
  public func tril_(_ diagonal: Int = 0) -> Tensor {
    inPlace("tril_") {
      TrilBackward0(diagonal)
    } compute: {
      Elementwise.copy(triangle(diagonal, isLower: true, "tril_"), into: self)
    }
  }

  /// Sets what is not in the upper triangle to zero, in place.
  @discardableResult
  public func triu_(_ diagonal: Int = 0) -> Tensor {
    inPlace("triu_") {
      TriuBackward0(diagonal)
    } compute: {
      Elementwise.copy(triangle(diagonal, isLower: false, "triu_"), into: self)
    }
  }

  private func recordTriangle(_ result: Tensor, _ node: () -> Node) {
    guard isRecording(self) else { return }
    let node = node()
    node.addEdge(to: self)
    node.adopt(result)
  }

  private func triangle(_ diagonal: Int, isLower: Bool, _ operation: String) -> Tensor {
    guard sizes.count >= 2 else {
      refuse(operation, "input tensor must have at least 2 dimensions, not shape \(sizes)")
    }
    let x = contiguousData()
    let result = Tensor.full(sizes, .int(0), dtype)
    let (rows, columns) = (sizes[sizes.count - 2], sizes[sizes.count - 1])
    guard count > 0 else { return result }
    let limit = Swift.max(-rows, Swift.min(diagonal, columns))
    for row in 0..<(count / columns) {
      let border = row % rows + limit
      let first = isLower ? 0 : Swift.min(Swift.max(border, 0), columns)
      let last = isLower ? Swift.min(Swift.max(border + 1, 0), columns) : columns
      let start = (row * columns + first) * dtype.itemSize
      agk_convert(
        dtype.kernel, dtype.kernel, Int64(Swift.max(last - first, 0)), result.pointer + start, 1,
        x.pointer + start, 1)
    }
    return result
  }
}

/// The derivative of a triangle, which is the same triangle of the gradient.
class TriangleNode: Node {
  final let diagonal: Int

  init(_ diagonal: Int) {
    self.diagonal = diagonal
    super.init()
  }

  override final var attributes: [String: AttributeValue] { ["diagonal": .int(diagonal)] }
}

final class TrilBackward0: TriangleNode {
  override func backward(_ g: Tensor) -> Gradients { Gradients(g.tril(diagonal)) }
}

final class TriuBackward0: TriangleNode {
  override func backward(_ g: Tensor) -> Gradients { Gradients(g.triu(diagonal)) }
}
