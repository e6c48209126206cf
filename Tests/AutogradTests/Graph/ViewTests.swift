// Views: shared memory, versions, bases, and what in-place changes do to histories.
import Testing

@testable import Autograd

@Suite struct ViewTests {
  static let views: [@Sendable (Tensor) -> Tensor] = [
    { $0.view(6) }, { $0.reshape(3, 2) }, { $0.flatten() }, { $0.t() }, { $0.transpose(0, 1) },
    { $0.permute(1, 0) }, { $0.unsqueeze(0) }, { $0.squeeze() }, { $0.squeeze(0) },
    { $0.expand(2, 2, 3) }, { $0.select(dim: 1, index: 2) },
    { $0.narrow(dim: 1, start: 1, length: 1) },
    { $0.unbind()[1] }, { $0[1] }, { $0[.ellipsis, 1...] }, { $0[.newAxis, .ellipsis] },
    { $0[.ellipsis] }, { $0.asStrided([2], [3]) },
  ]

  @Test(arguments: views.indices)
  func `a view shares memory and version with its base`(index: Int) {
    let base = Tensor.arange(6.0).view(2, 3).clone()
    let view = Self.views[index](base)
    #expect(view.isView && view.base === base)
    #expect(view.storage === base.storage)
    base.mul_(10)
    #expect(view.version == 1)
    #expect(view.toArray() == Self.views[index](base).toArray())
    base[1].fill_(7)
    #expect(base.version == 2 && view.version == 2)
    #expect(view.toArray() == Self.views[index](base).toArray())
  }

  @Test(arguments: views.indices)
  func `a view of a view has the first base`(index: Int) {
    let base = Tensor.ones(3, 3, requiresGrad: true) * 1
    let view = Self.views[index](base[..<2])
    #expect(view.base === base)
    #expect(view.requiresGrad && !view.isLeaf)
  }

  @Test func `copies and results are no views`() {
    let x = Tensor.ones(2, 3)
    for result in [
      x.clone(), x.t().contiguous(), x + 1, x.t().reshape(6), x[Tensor([0])], x.detach(),
      x.to(.float64), x.sum(),
    ] {
      #expect(!result.isView && result.base == nil)
    }
    #expect(x.contiguous() === x && x.to(.float32) === x && x.flatten(startDim: 1) === x)
  }

  @Test func `what is detached shares memory and version but no history`() throws {
    let x = Tensor([1.0, 2], requiresGrad: true)
    let y = x * 1
    let cut = y.detach()
    #expect(!cut.requiresGrad && cut.isLeaf && cut.gradFn == nil)
    cut.add_(1)
    #expect(y.version == 1 && y.toArray() == [2, 3])
    #expect(y.gradFn?.name == "MulBackward0")
    try (y.detach() * x).sum().backward()
    #expect(x.grad?.toArray() == [2, 3])
    y.detach_()
    #expect(y.isLeaf && !y.requiresGrad)
  }

  @Test func `a view of a base changed in place has a new history`() {
    let a = Tensor.ones(2, 2, requiresGrad: true) * 1
    let b = a[0]
    let c = b.view(2)
    #expect(b.gradFn?.name == "SelectBackward0" && c.gradFn?.name == "ViewBackward0")
    a.mul_(2)
    #expect(a.gradFn?.name == "MulBackward0")
    #expect(b.gradFn?.name == "AsStridedBackward0" && c.gradFn?.name == "AsStridedBackward0")
    #expect(a.version == 1 && b.version == 1 && c.version == 1)
    c.add_(1)
    #expect(a.gradFn?.name == "CopySlices")
    #expect(b.gradFn?.name == "AsStridedBackward0" && c.gradFn?.name == "AsStridedBackward0")
    #expect(a.gradFn?.nextFunctions.map { $0?.node.name } == ["MulBackward0", nil])
  }

  @Test func `a constant whose view takes a gradient's tensor requires one`() throws {
    let x = Tensor([1.0, 2], requiresGrad: true)
    let base = Tensor.zeros(2, 2)
    let row = base[0]
    let other = base[1]
    row.copy_(x)
    #expect(base.requiresGrad && base.gradFn?.name == "CopySlices")
    #expect(row.gradFn?.name == "AsStridedBackward0")
    #expect(other.requiresGrad && other.gradFn?.name == "AsStridedBackward0")
    try (base * Tensor([[1.0, 2], [3, 4]])).sum().backward()
    #expect(x.grad?.toArray() == [1, 2])
    x.grad = nil
    try (row * 5 + other).sum().backward()
    #expect(x.grad?.toArray() == [5, 5])
  }

  @Test func `gradients of overwritten parts are zero`() throws {
    let x = Tensor.ones(2, 3, requiresGrad: true)
    let y = x * 2
    y[0, 1].fill_(9)
    y[1][1...].zero_()
    try y.sum().backward()
    #expect(x.grad?.toArray() == [2, 0, 2, 2, 0, 0])
  }

  @Test func `several views changed in turn give the right gradient`() throws {
    let x = Tensor.ones(2, 2, requiresGrad: true)
    let y = x * 1
    let row = y[0]
    let column = y.t()[0]
    row.mul_(3)
    column.mul_(5)
    row.mul_(column.clone())
    #expect(y.toArray() == [225, 15, 5, 1])
    try y.sum().backward()
    // y₀₀ = 225 x₀₀², y₀₁ = 15 x₀₁ x₁₀, y₁₀ = 5 x₁₀, y₁₁ = x₁₁.
    #expect(x.grad?.toArray() == [450, 15, 20, 1])
  }

  @Test func `a leaf can be changed within noGrad, through views too`() throws {
    let x = Tensor([1.0, 2, 3], requiresGrad: true)
    noGrad {
      x[0] = Tensor(5.0)
      x.mul_(2)
      x[1...].add_(1)
    }
    #expect(x.isLeaf && x.version == 3 && x.toArray() == [10, 5, 7])
    try (x * x).sum().backward()
    #expect(x.grad?.toArray() == [20, 10, 14])
  }

  @Test func `a view made within noGrad is a leaf that sends no gradient`() throws {
    let x = Tensor([1.0, 2], requiresGrad: true)
    let view = noGrad { x[0] }
    #expect(view.isView && view.base === x && view.gradFn == nil)
    try (view * 3 + x.sum()).backward()
    #expect(x.grad?.toArray() == [1, 1])
  }

  @Test func `an invalid history is named in print`() {
    let x = Tensor.ones(3, requiresGrad: true)
    noGrad {
      let view = x[0]
      view.add_(1)
      #expect("\(view)" == "tensor(2., grad_fn=<Invalid>)")
      #expect((view * 2).item() == 4)
    }
  }

  @Test func `parts made within noGrad may be changed there`() {
    let x = Tensor.ones(2, 2, requiresGrad: true)
    noGrad { x.unbind()[0].mul_(2) }
    #expect(x.toArray() == [2, 2, 1, 1])
  }

  @Test func `one part of a memory is written from another`() {
    let x = Tensor.arange(6.0)
    x[3...].copy_(x[..<3])
    #expect(x.toArray() == [0, 1, 2, 0, 1, 2])
  }

  @Test func `a tensor can be an operand of its own change`() {
    let x = Tensor([1.0, 2, 3])
    x.mul_(x).add_(x)
    #expect(x.toArray() == [2, 8, 18])
  }

  @Test func `gradients of a view chain reach the leaf`() throws {
    let x = Tensor.arange(24.0).view(2, 3, 4).detach().requiresGrad_()
    let y = x.permute(2, 0, 1)[1...].transpose(0, 2)[0].t().unsqueeze(0).expand(2, 3, 2)
    try y.sum().backward()
    // y is x[:, 0, 1:], twice.
    #expect(
      x.grad?.toArray()
        == (0..<24).map { ($0 / 4) % 3 == 0 && $0 % 4 > 0 ? 2 : 0 })
  }
}
