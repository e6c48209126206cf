// Grids and choices of vectors' elements: meshgrid, cartesian_prod, combinations.

internal import CKernels

/// Which vector's elements change along which dimension of a grid.
public enum GridIndexing: String, Sendable {
  /// The first vector's along the first dimension: rows and columns.
  case ij
  /// The first vector's along the second dimension, the second's along the first: x and y.
  case xy
}

extension Tensor {
  /// The coordinates of the grid that vectors span: a view of each, of the grid's shape.
  ///
  /// Vectors or single numbers, of one dtype.
  public static func meshgrid(_ tensors: [Tensor], indexing: GridIndexing = .ij) -> [Tensor] {
    guard let first = tensors.first else {
      refuse("meshgrid", "meshgrid expects a non-empty TensorList")
    }
    for tensor in tensors {
      guard tensor.sizes.count <= 1 else {
        refuse(
          "meshgrid", "Expected 0D or 1D tensor in the tensor list but got: \(tensor.sizes)")
      }
      guard tensor.dtype == first.dtype else {
        refuse(
          "meshgrid",
          "meshgrid expects all tensors to have the same dtype, but got \(first.dtype.name) and "
            + tensor.dtype.name)
      }
    }
    func place(_ i: Int) -> Int { indexing == .xy && tensors.count >= 2 && i < 2 ? 1 - i : i }
    var shape = [Int](repeating: 1, count: tensors.count)
    for (i, tensor) in tensors.enumerated() { shape[place(i)] = tensor.count }
    // Made in the order of the grid's dimensions, as PyTorch makes them.
    var grids = tensors
    for d in tensors.indices {
      var alone = [Int](repeating: 1, count: tensors.count)
      alone[d] = shape[d]
      grids[place(d)] = tensors[place(d)].view(alone).expand(shape)
    }
    return grids
  }

  /// The coordinates of the grid that vectors span: a view of each, of the grid's shape.
  public static func meshgrid(_ tensors: Tensor..., indexing: GridIndexing = .ij) -> [Tensor] {
    meshgrid(tensors, indexing: indexing)
  }

  /// All ways to take an element of each vector, a row each; a single vector is itself.
  public static func cartesianProd(_ tensors: [Tensor]) -> Tensor {
    for tensor in tensors where tensor.sizes.count != 1 {
      refuse("cartesian_prod", "Expect a 1D vector, but got shape \(tensor.sizes)")
    }
    if tensors.count == 1 { return tensors[0] }
    return stack(meshgrid(tensors).map { $0.flatten() }, dim: 1)
  }

  /// All ways to take an element of each vector, a row each; a single vector is itself.
  public static func cartesianProd(_ tensors: Tensor...) -> Tensor { cartesianProd(tensors) }

  /// All ways to take some elements of this vector in their order, a row each.
  ///
  /// - Parameters:
  ///   - r: how many are taken.
  ///   - withReplacement: whether an element may be taken more than once.
  /// - Returns: a matrix of this dtype, without history for `r` 0.
  public func combinations(_ r: Int = 2, withReplacement: Bool = false) -> Tensor {
    guard sizes.count == 1 else {
      refuse("combinations", "Expect a 1D vector, but got shape \(sizes)")
    }
    guard r >= 0 else { refuse("combinations", "Expect a non-negative number, but got \(r)") }
    if r == 0 { return Tensor(empty: Dims([0]), dtype) }
    let places = Tensor.meshgrid(Array(repeating: .arange(count), count: r))
    var mask = Tensor.full(places[0].sizes, .bool(true), .bool)
    for (a, b) in zip(places, places.dropFirst()) {
      let ordered = withReplacement ? a.le(b) : a.lt(b)
      mask = Elementwise.binary(.AGK_BITWISE_AND, mask, ordered, .bool, "combinations")
    }
    let grids = Tensor.meshgrid(Array(repeating: self, count: r))
    return Tensor.stack(grids.map { $0.maskedSelect(mask) }, dim: 1)
  }
}
