// Hooks on nodes: what they see, their removal, and passes that they start.
import Testing

@testable import Autograd

@Suite struct HookTests {
  @Test func `a hook sees what went in and what came out`() throws {
    let x = Tensor([1.0, 2], requiresGrad: true)
    let y = x * Tensor([3.0, 4])
    var given: [[Double]?] = []
    var handedOn: [[Double]?] = []
    y.gradFn!.registerHook { inputs, outputs in
      given = outputs.map { $0?.toArray() }
      handedOn = inputs.map { $0?.toArray() }
    }
    try y.backward(gradient: Tensor([10.0, 20]))
    #expect(given == [[10, 20]])
    #expect(handedOn == [[30, 80], nil])
  }

  @Test func `a hook on a node of several outputs sees nil where nothing came`() throws {
    let x = Tensor([1.0, 2, 3], requiresGrad: true)
    let parts = x.unbind()
    var given: [Double?] = []
    parts[0].gradFn!.registerHook { _, outputs in given = outputs.map { $0?.item() } }
    try (parts[0] * 2 + parts[2] * 5).backward()
    #expect(given == [2, nil, 5])
    #expect(x.grad?.toArray() == [2, 0, 5])
  }

  @Test func `hooks run in the order of their registration until they are removed`() throws {
    let x = Tensor(1.0, requiresGrad: true)
    let y = x * 2
    var calls: [String] = []
    let first = y.gradFn!.registerHook { _, _ in calls.append("first") }
    let second = y.gradFn!.registerHook { _, _ in calls.append("second") }
    try y.backward(retainGraph: true)
    first.remove()
    first.remove()
    try y.backward(retainGraph: true)
    second.remove()
    try y.backward(retainGraph: true)
    #expect(calls == ["first", "second", "second"])
  }

  @Test func `a hook on an accumulator runs after the gradient has been added`() throws {
    let x = Tensor(1.0, requiresGrad: true)
    let y = x * 2
    let accumulator = try #require(y.gradFn?.nextFunctions.first??.node)
    #expect(accumulator.name == "AccumulateGrad")
    var seen: Double?
    accumulator.registerHook { inputs, _ in
      #expect(inputs.isEmpty)
      seen = x.grad?.item()
    }
    try y.backward()
    #expect(seen == 2)
  }

  @Test func `a handle does not keep a node alive`() {
    weak var node: Node?
    let handle: RemovableHandle
    do {
      let y = Tensor(1.0, requiresGrad: true) * 2
      node = y.gradFn
      handle = y.gradFn!.registerHook { _, _ in }
    }
    #expect(node == nil)
    handle.remove()
  }

  @Test func `a pass within a hook does not disturb the one that called it`() throws {
    let x = Tensor(2.0, requiresGrad: true)
    let other = Tensor(3.0, requiresGrad: true)
    let y = x * x
    let product = y * other
    let root = product + y * 5
    var inner: [Double] = []
    var isOuter = true
    let handle = product.gradFn!.registerHook { _, _ in
      guard isOuter else { return }
      isOuter = false
      // Over the graph that is being run, selectively and in full, and over one of its own.
      inner.append((try? grad(of: root, withRespectTo: x, retainGraph: true).item()) ?? .nan)
      let square = enableGrad { other * other }
      inner.append((try? grad(of: square, withRespectTo: other).item()) ?? .nan)
      try? root.backward(retainGraph: true)
    }
    defer { handle.remove() }  // It holds the graph that holds it.
    try root.backward(retainGraph: true)
    #expect(inner == [32, 6])
    #expect(x.grad?.item() == 64)
    #expect(other.grad?.item() == 8)
    #expect(isGradEnabled)
  }

  @Test func `a pass within a hook can fail alone`() throws {
    let x = Tensor([1.0, 2], requiresGrad: true)
    let y = x * x
    var code: AutogradError.Code?
    let handle = y.gradFn!.registerHook { _, _ in
      do throws(AutogradError) { try y.backward() } catch { code = error.code }
    }
    defer { handle.remove() }  // It holds the graph that holds it.
    try (y * 2).sum().backward()
    #expect(code == .gradientNotImplicit)
    #expect(x.grad?.toArray() == [4, 8])
  }

  @Test func `what hooks throw is thrown, and the graph can be used again`() throws {
    struct Own: Error {}
    let x = leaf(1, 2)
    let y = x.exp()
    let handles = [
      y.registerHook { (_: Tensor) throws -> Void in throw Own() },
      y.gradFn!.registerPrehook { _ -> Void in throw Own() },
      y.gradFn!.registerHook { _, _ -> Void in throw Own() },
      x.registerPostAccumulateGradHook { _ in throw Own() },
    ]
    for handle in handles {
      let error = #expect(throws: AutogradError.self) { try y.sum().backward(retainGraph: true) }
      #expect(error?.code == .userError)
      #expect(error?.underlying is Own)
      handle.remove()
    }
    x.grad = nil
    try y.sum().backward()
    #expect(x.grad!.toArray() == x.exp().toArray())
  }

  @Test func `a node keeps what the user gives it`() {
    let y = leaf(1).exp()
    #expect(y.gradFn!.metadata.isEmpty)
    y.gradFn!.metadata["name"] = "first"
    #expect(y.gradFn!.metadata["name"] as? String == "first")
  }

  @Test func `a view's hook sees the gradient of the view after the base has changed`() throws {
    let x = leaf(1, 2, 3)
    let y = x * 2
    let view = y[0..<2]
    y.mul_(3)
    var seen: [Double] = []
    view.registerHook { seen = $0.toArray() }
    try (y.sum() + 4 * view.sum()).backward()
    #expect(seen == [4, 4])
    #expect(x.grad?.toArray() == [30, 30, 6])
  }

  @Test func `grad mode within a hook is that of the pass`() throws {
    let x = Tensor(1.0, requiresGrad: true)
    var modes: [Bool] = []
    let y = x.exp()
    y.gradFn!.registerHook { _, _ in modes.append(isGradEnabled) }
    try y.backward(retainGraph: true)
    try y.backward(createGraph: true)
    #expect(modes == [false, true])
    x.grad = nil  // Its history leads back to x.
    #expect(isGradEnabled)
  }
}
