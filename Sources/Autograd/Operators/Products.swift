// Products over all elements or one dimension.

internal import CKernels
internal import GraphModel

extension Tensor {
  /// The product of all elements, without dimensions.
  ///
  /// Integers and bool are multiplied as int64; 1 for no elements.
  public func prod(dtype: DType? = nil) -> Tensor {
    let x = forProduct(dtype)
    let result = Reduction.reduce(.AGK_PROD, x, ReducedDims(x, [], false, "prod"))
    if isRecording(self) {
      let node = ProdBackward0()
      node.addEdge(to: self)
      node.save(.result(result), ProductNode.resultSlot)
      node.save(.input(self), ProductNode.selfSlot)
      node.adopt(result)
    }
    return result
  }

  /// The products over one dimension, which stays with size 1 with `keepdim`.
  ///
  /// Integers and bool are multiplied as int64.
  public func prod(dim: Int, keepdim: Bool = false, dtype: DType? = nil) -> Tensor {
    let x = forProduct(dtype)
    let result = Reduction.reduce(.AGK_PROD, x, ReducedDims(x, [dim], keepdim, "prod"))
    if isRecording(self) {
      let node = ProdBackward1(dim: dim, keepdim: keepdim)
      node.addEdge(to: self)
      node.save(.result(result), ProductNode.resultSlot)
      node.save(.input(self), ProductNode.selfSlot)
      node.adopt(result)
    }
    return result
  }

  private func forProduct(_ dtype: DType?) -> Tensor {
    let target = dtype ?? (self.dtype.isFloatingPoint ? self.dtype : .int64)
    guard target != .bool else { return converted(to: .bool).converted(to: .int64) }
    return converted(to: target)
  }
}

/// The gradient of a factor is that of the product times the other factors.
class ProductNode: Node {
  static let resultSlot = 0
  static let selfSlot = 1
  override final class var savedNames: [String] { ["result", "self"] }

  /// The products of all other elements along `dim`, where a division by zero would be none.
  ///
  /// Source: prod_safe_zeros_backward in torch/csrc/autograd/FunctionsManual.cpp.
  fileprivate static func productsOfOthers(_ g: Tensor, _ x: Tensor, _ dim: Int) -> Tensor {
    let size = x.sizes[dim]
    guard size > 1 else { return g }
    var edge = x.sizes
    edge[dim] = 1
    let ones = Tensor.full(edge, .int(1), x.dtype)
    let before = Tensor.cat([ones, x.narrow(dim: dim, start: 0, length: size - 1)], dim: dim)
      .cumprod(dim: dim)
    let reversed = x.narrow(dim: dim, start: 1, length: size - 1).flip([dim])
    let after = Tensor.cat([ones, reversed], dim: dim).cumprod(dim: dim).flip([dim])
    return g * (before * after)
  }

  fileprivate static func zeroCount(_ x: Tensor) -> Int {
    noGrad { x.eq(0).sum().item(as: Int.self) }
  }
}

final class ProdBackward0: ProductNode {
  override func backward(_ g: Tensor) -> Gradients {
    let x = savedValue(ProductNode.selfSlot)
    guard x.sizes.count > 0 else { return Gradients(g.clone()) }
    switch ProductNode.zeroCount(x) {
    case 0: return Gradients(g * (savedValue(ProductNode.resultSlot) / x))
    case 1:
      let flat = x.contiguous().view([-1])
      return Gradients(ProductNode.productsOfOthers(g, flat, 0).view(x.shape))
    default: return Gradients(.zeros(like: x))
    }
  }
}

final class ProdBackward1: ProductNode {
  private let dim: Int
  private let keepdim: Bool

  init(dim: Int, keepdim: Bool) {
    self.dim = dim
    self.keepdim = keepdim
    super.init()
  }

  override var attributes: [String: AttributeValue] {
    ["dim": .int(dim), "keepdim": .bool(keepdim)]
  }

  override func backward(_ g: Tensor) -> Gradients {
    let x = savedValue(ProductNode.selfSlot)
    guard x.sizes.count > 0 else { return Gradients(g.clone()) }
    let d = x.wrap(dim, "prod")
    let gradient = keepdim ? g : g.unsqueeze(d)
    guard ProductNode.zeroCount(x) == 0 else {
      return Gradients(ProductNode.productsOfOthers(gradient, x, d))
    }
    let result = savedValue(ProductNode.resultSlot)
    return Gradients(gradient * ((keepdim ? result : result.unsqueeze(d)) / x))
  }
}
