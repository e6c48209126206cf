// Tensors put side by side, one below another, one behind another: hstack, vstack, dstack.

extension Tensor {
  /// The tensors side by side: along the second dimension, vectors along the only one.
  public static func hstack(_ tensors: [Tensor]) -> Tensor {
    let parts = nonEmpty(tensors, "hstack").map { $0.atLeast1D() }
    return cat(parts, dim: parts[0].sizes.count == 1 ? 0 : 1)
  }

  /// The tensors one below another, vectors as rows.
  public static func vstack(_ tensors: [Tensor]) -> Tensor {
    cat(nonEmpty(tensors, "vstack").map { $0.atLeast2D() }, dim: 0)
  }

  /// The tensors one behind another, along the third dimension.
  public static func dstack(_ tensors: [Tensor]) -> Tensor {
    cat(nonEmpty(tensors, "dstack").map { $0.atLeast3D() }, dim: 2)
  }

  /// The tensors side by side, vectors as columns.
  public static func columnStack(_ tensors: [Tensor]) -> Tensor {
    hstack(
      nonEmpty(tensors, "column_stack").map {
        $0.sizes.count <= 1 ? $0.reshape([$0.count, 1]) : $0
      })
  }

  private static func nonEmpty(_ tensors: [Tensor], _ operation: String) -> [Tensor] {
    guard !tensors.isEmpty else { refuse(operation, "expects a non-empty TensorList") }
    return tensors
  }
}
