// Diagonals: views of them, matrices made of them, and their sum.

internal import CKernels
internal import GraphModel

extension Tensor {
  /// A diagonal of two dimensions as a view; it becomes the last dimension.
  ///
  /// The diagonal 0 is the main one, above it `offset` is positive.
  public func diagonal(offset: Int = 0, dim1: Int = 0, dim2: Int = 1) -> Tensor {
    let (a, b) = (wrap(dim1, "diagonal"), wrap(dim2, "diagonal"))
    guard a != b, sizes.count >= 2 else {
      refuse(
        "diagonal",
        "diagonal dimensions cannot be identical \(dim1), \(dim2): shape \(sizes)")
    }
    let length = Swift.max(
      0,
      offset >= 0 ? Swift.min(sizes[a], sizes[b] - offset) : Swift.min(sizes[a] + offset, sizes[b]))
    var shape = Dims()
    var steps = Dims()
    for d in sizes.indices where d != a && d != b {
      shape.append(sizes[d])
      steps.append(strides[d])
    }
    shape.append(length)
    steps.append(strides[a] + strides[b])
    let skipped = length == 0 ? 0 : offset >= 0 ? offset * strides[b] : -offset * strides[a]
    return makeView(shape, steps, offset: self.offset + skipped) {
      DiagonalBackward0(sizes, DiagonalSettings(offset: offset, dim1: dim1, dim2: dim2))
    }
  }

  /// Matrices, in the last two dimensions, with this tensor's last dimension on a diagonal.
  public func diagEmbed(offset: Int = 0, dim1: Int = -2, dim2: Int = -1) -> Tensor {
    let rank = sizes.count + 1
    let a = Tensor.wrap(dim1, rank: rank, "diag_embed")
    let b = Tensor.wrap(dim2, rank: rank, "diag_embed")
    guard a != b, sizes.count > 0 else {
      refuse(
        "diag_embed",
        "diagonal dimensions cannot be identical \(dim1), \(dim2): shape \(sizes)")
    }
    let size = sizes[sizes.count - 1] + Swift.abs(offset)
    var shape = Dims(sizes.dropLast())
    shape.insert(size, at: Swift.min(a, b))
    shape.insert(size, at: Swift.max(a, b))
    let result = Tensor.full(shape, .int(0), dtype)
    let settings = DiagonalSettings(offset: offset, dim1: dim1, dim2: dim2)
    noGrad { Elementwise.copy(self, into: settings.view(result)) }
    if isRecording(self) {
      let node = DiagEmbedBackward0(settings)
      node.addEdge(to: self)
      node.adopt(result)
    }
    return result
  }

  /// The sum of the main diagonal of a matrix, without dimensions; integers are summed as int64.
  public func trace() -> Tensor {
    guard sizes.count == 2 else {
      refuse(
        "trace", "trace: expected a matrix, but got tensor with dim \(sizes.count): shape \(sizes)")
    }
    let result = noGrad { diagonal().sum() }
    guard isRecording(self) else { return result }
    let node = TraceBackward0(sizes)
    node.addEdge(to: self)
    node.adopt(result)
    return result
  }
}

/// Which diagonal.
struct DiagonalSettings {
  let offset: Int
  let dim1: Int
  let dim2: Int

  var attributes: [String: AttributeValue] {
    ["offset": .int(offset), "dim1": .int(dim1), "dim2": .int(dim2)]
  }

  func view(_ x: Tensor) -> Tensor { x.diagonal(offset: offset, dim1: dim1, dim2: dim2) }

  /// Zeros of the shape `sizes` with `g` on the diagonal.
  func spread(_ g: Tensor, _ sizes: Dims) -> Tensor {
    let result = Tensor.full(sizes, .int(0), g.dtype)
    noGrad { Elementwise.copy(g, into: view(result)) }
    if isRecording(g) {
      let node = DiagonalBackwardBackward0(self)
      node.addEdge(to: g)
      node.adopt(result)
    }
    return result
  }
}

final class DiagonalBackward0: SizedViewNode {
  private let settings: DiagonalSettings

  init(_ sizes: Dims, _ settings: DiagonalSettings) {
    self.settings = settings
    super.init(sizes)
  }

  override var attributes: [String: AttributeValue] {
    super.attributes.merging(settings.attributes) { $1 }
  }
  override func backward(_ g: Tensor) -> Gradients { Gradients(settings.spread(g, sizes)) }
}

/// The derivative of what puts a tensor on a diagonal of zeros.
class OnDiagonalNode: Node {
  private let settings: DiagonalSettings

  init(_ settings: DiagonalSettings) {
    self.settings = settings
    super.init()
  }

  override final var attributes: [String: AttributeValue] { settings.attributes }
  override final func backward(_ g: Tensor) -> Gradients { Gradients(settings.view(g)) }
}

final class DiagonalBackwardBackward0: OnDiagonalNode {}
final class DiagEmbedBackward0: OnDiagonalNode {}

final class TraceBackward0: SizedViewNode {
  override func backward(_ g: Tensor) -> Gradients {
    let length = Dims([Swift.min(sizes[0], sizes[1])])
    let settings = DiagonalSettings(offset: 0, dim1: 0, dim2: 1)
    return Gradients(settings.spread(g.expand(length), sizes))
  }
}
