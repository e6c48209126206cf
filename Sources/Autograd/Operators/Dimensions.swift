// Other names and forms of views: dimensions moved, exchanged, split, and shapes of others.

internal import GraphModel

extension Tensor {
  /// Dimensions moved to other places; the others keep their order.
  public func movedim(_ source: [Int], _ destination: [Int]) -> Tensor {
    guard source.count == destination.count else {
      refuse(
        "movedim",
        "Invalid source or destination dims: source (\(source) dims) should contain the same "
          + "number of dims as destination (\(destination) dims)")
    }
    let from = source.map { wrap($0, "movedim") }
    let to = destination.map { wrap($0, "movedim") }
    guard Set(from).count == from.count else {
      refuse("movedim", "repeated dim in `source` (\(source))")
    }
    guard Set(to).count == to.count else {
      refuse("movedim", "repeated dim in `destination` (\(destination))")
    }
    if sizes.count == 0 { return aliasView() }
    var order = [Int?](repeating: nil, count: sizes.count)
    for (source, destination) in zip(from, to) { order[destination] = source }
    var rest = sizes.indices.filter { !from.contains($0) }[...]
    return permute(order.map { $0 ?? rest.removeFirst() })
  }

  /// A dimension moved to another place; the others keep their order.
  public func movedim(_ source: Int, _ destination: Int) -> Tensor {
    movedim([source], [destination])
  }

  /// Dimensions moved to other places: NumPy's name of `movedim`.
  public func moveaxis(_ source: [Int], _ destination: [Int]) -> Tensor {
    movedim(source, destination)
  }

  /// A dimension moved to another place: NumPy's name of `movedim`.
  public func moveaxis(_ source: Int, _ destination: Int) -> Tensor {
    movedim(source, destination)
  }

  /// Two dimensions exchanged: another name of `transpose`.
  public func swapdims(_ dim0: Int, _ dim1: Int) -> Tensor { transpose(dim0, dim1) }

  /// Two dimensions exchanged: NumPy's name of `transpose`.
  public func swapaxes(_ axis0: Int, _ axis1: Int) -> Tensor { transpose(axis0, axis1) }

  // swift-format-ignore: AlwaysUseLowerCamelCase
  /// The dimensions in reverse order.
  public var T: Tensor { permute(Array(sizes.indices.reversed())) }

  /// The matrices of the last two dimensions transposed; at least two dimensions are needed.
  public var mT: Tensor {
    guard sizes.count >= 2 else {
      refuse(
        "mT",
        "tensor.mT is only supported on matrices or batches of matrices. Got \(sizes.count)-D "
          + "tensor.")
    }
    return transpose(-2, -1)
  }

  // swift-format-ignore: AlwaysUseLowerCamelCase
  /// The transposed matrix, which of real numbers is the conjugate transpose; two dimensions or
  /// none.
  public var H: Tensor {
    guard sizes.count == 0 || sizes.count == 2 else {
      refuse(
        "H",
        "tensor.H is only supported on matrices (2-D tensors). Got \(sizes.count)-D tensor.")
    }
    return sizes.count == 0 ? aliasView() : mT
  }

  /// The matrices of the last two dimensions transposed, which of real numbers is the adjoint.
  public func adjoint() -> Tensor {
    guard sizes.count >= 2 else {
      refuse(
        "adjoint",
        "tensor.adjoint() is only supported on matrices or batches of matrices. Got "
          + "\(sizes.count)-D tensor.")
    }
    return transpose(-2, -1)
  }

  // MARK: Shapes

  /// One dimension split into several, on the same memory; one size may be -1.
  public func unflatten(_ dim: Int, _ shape: [Int]) -> Tensor {
    let d = wrap(dim, "unflatten")
    guard !shape.isEmpty else { refuse("unflatten", "sizes must be non-empty") }
    guard sizes.count > 0 else { refuse("unflatten", "the input has no dimension to split") }
    let known = shape.filter { $0 != -1 }.reduce(1, *)
    let unknown = shape.count { $0 == -1 }
    guard unknown == 0 ? known == sizes[d] : unknown == 1 && known > 0 && sizes[d] % known == 0
    else {
      refuse(
        "unflatten",
        "Provided sizes \(shape) don't multiply up to the size of dim \(dim) (\(sizes[d])) in the "
          + "input tensor")
    }
    let whole = shape.map { $0 == -1 ? sizes[d] / known : $0 }
    return view(Array(self.shape[..<d]) + whole + Array(self.shape[(d + 1)...]))
  }

  /// All elements in row-major order as a vector; a view where strides allow it.
  public func ravel() -> Tensor { contiguous().view([-1]) }

  /// The given dimensions left out where their size is 1.
  public func squeeze(_ dims: [Int]) -> Tensor {
    let named = distinct(dims, "squeeze")
    let kept = sizes.indices.filter { sizes[$0] != 1 || !named.contains($0) }
    return makeView(
      Dims(kept.map { sizes[$0] }), Dims(kept.map { strides[$0] }), offset: offset
    ) { SqueezeBackward2(sizes, dims: dims) }
  }

  /// This tensor expanded to the shape of another.
  public func expandAs(_ other: Tensor) -> Tensor { expand(other.shape) }

  /// The same elements in the shape of another tensor, on the same memory.
  public func viewAs(_ other: Tensor) -> Tensor { view(other.shape) }

  /// The same elements in the shape of another tensor: a view where strides allow it.
  public func reshapeAs(_ other: Tensor) -> Tensor { reshape(other.shape) }

  /// The elements seen repeatedly so that the shape becomes `shape`, without a copy.
  public func broadcastTo(_ shape: [Int]) -> Tensor { expand(shape) }

  /// The tensors expanded to the shape in which they all meet, without a copy.
  public static func broadcastTensors(_ tensors: [Tensor]) -> [Tensor] {
    let shape = tensors.reduce(Dims()) { Broadcast.sizes($0, $1.sizes, "broadcast_tensors") }
    return tensors.map { $0.sizes == shape ? $0 : $0.expand(shape) }
  }

  /// The tensors expanded to the shape in which they all meet, without a copy.
  public static func broadcastTensors(_ tensors: Tensor...) -> [Tensor] {
    broadcastTensors(tensors)
  }

  /// The shape in which shapes meet by broadcasting; traps when they do not.
  public static func broadcastShapes(_ shapes: [Int]...) -> [Int] {
    shapes.reduce(Dims()) { Broadcast.sizes($0, Dims($1), "broadcast_shapes") }.array
  }

  /// This tensor with at least one dimension.
  public func atLeast1D() -> Tensor { sizes.count == 0 ? reshape([1]) : self }

  /// This tensor with at least two dimensions: a vector becomes a row.
  public func atLeast2D() -> Tensor {
    switch sizes.count {
    case 0: reshape([1, 1])
    case 1: unsqueeze(0)
    default: self
    }
  }

  /// This tensor with at least three dimensions: a matrix gets a last one.
  public func atLeast3D() -> Tensor {
    switch sizes.count {
    case 0: reshape([1, 1, 1])
    case 1: unsqueeze(0).unsqueeze(-1)
    case 2: unsqueeze(-1)
    default: self
    }
  }
}

final class SqueezeBackward2: SizedViewNode {
  private let dims: [Int]

  init(_ sizes: Dims, dims: [Int]) {
    self.dims = dims
    super.init(sizes)
  }

  override var attributes: [String: AttributeValue] {
    super.attributes.merging(["dim": .ints(dims)]) { $1 }
  }

  override func backward(_ g: Tensor) -> Gradients {
    let named = dims.map { Tensor.wrap($0, rank: sizes.count, "squeeze") }
    var result = g
    for d in sizes.indices where sizes[d] == 1 && named.contains(d) {
      result = result.unsqueeze(d)
    }
    return Gradients(result)
  }
}
