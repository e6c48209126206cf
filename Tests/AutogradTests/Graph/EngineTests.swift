// What a backward pass does: accumulation, roots, inputs, higher orders, failures, threads.
import Foundation
import Testing

@testable import Autograd

@Suite struct EngineTests {
  // MARK: Accumulation

  @Test func `gradients add up over passes until they are cleared`() throws {
    let x = Tensor([1.0, 2], requiresGrad: true)
    for pass in 1...3 {
      try (x * x).sum().backward()
      #expect(x.grad?.toArray() == [2 * Double(pass), 4 * Double(pass)])
    }
    x.grad = nil
    try (x * 3).sum().backward()
    #expect(x.grad?.toArray() == [3, 3])
  }

  @Test func `a gradient is not shared with what flowed in`() throws {
    let x = Tensor([1.0, 2], requiresGrad: true)
    let incoming = Tensor([5.0, 6])
    try x.backward(gradient: incoming)
    #expect(x.grad !== incoming)
    x.grad!.zero_()
    #expect(incoming.toArray() == [5, 6])
  }

  @Test(arguments: [false, true])
  func `the gradient of a matrix that many products share is the sum of their gradients`(
    isObserved: Bool
  ) throws {
    manualSeed(0)
    let shared = Tensor.randn(3, 4, dtype: .float64, requiresGrad: true)
    let inputs = (0..<3).map { _ in Tensor.randn(2, 3, dtype: .float64) }
    let products = inputs.map { $0.mm(shared) }
    var seen: [Tensor] = []
    if isObserved {
      products[1].gradFn!.registerHook { gradInputs, _ in seen.append(gradInputs[1]!.clone()) }
    }
    let loss = products.map { ($0 * $0).sum() }.reduce(Tensor(0.0, dtype: .float64)) { $0 + $1 }
    try loss.backward()
    let shares = inputs.map { $0.t().mm(2 * $0.mm(shared.detach())) }
    let expected = shares[0] + shares[1] + shares[2]
    #expect(shared.grad!.allclose(expected, rtol: 1e-12, atol: 1e-12))
    // A hook sees the share of its node alone.
    #expect(!isObserved || seen[0].allclose(shares[1], rtol: 1e-12, atol: 1e-12))
  }

  @Test func `two leaves do not share one gradient`() throws {
    let x = Tensor([1.0, 2], requiresGrad: true)
    let y = Tensor([3.0, 4], requiresGrad: true)
    try (x + y).sum().backward()
    x.grad!.mul_(10)
    #expect(y.grad?.toArray() == [1, 1])
  }

  @Test func `a leaf's gradient has the leaf's layout`() throws {
    let model = Tensor.ones(3, 2).t()
    for use in [{ $0 * 2 }, { $0.contiguous() }, { $0.reshape([-1]) }] as [(Tensor) -> Tensor] {
      let leaf = model.detach().requiresGrad_()
      try use(leaf).sum().backward()
      #expect(leaf.grad?.stride() == [1, 2])
    }
  }

  @Test func `a fan-out adds up all that comes back`() throws {
    let x = Tensor(2.0, requiresGrad: true)
    var sum = x * 0
    for i in 1...100 { sum = sum + x * i }
    try sum.backward()
    #expect(x.grad?.item() == 5050)
  }

  @Test func `a broadcast operand gets the sum over what it was spread over`() throws {
    let x = Tensor.ones(2, 1, 3, requiresGrad: true)
    let y = Tensor.ones(4, 1, requiresGrad: true)
    try (x * y).sum().backward()
    #expect(x.grad?.shape == [2, 1, 3] && x.grad?.toArray() == Array(repeating: 4, count: 6))
    #expect(y.grad?.shape == [4, 1] && y.grad?.toArray() == Array(repeating: 6, count: 4))
  }

  // MARK: Roots and inputs

  @Test func `several roots run in one pass`() throws {
    let x = Tensor([1.0, 2], requiresGrad: true)
    let y = x * x
    let z = y.sum()
    try backward([y, z, z], gradients: [Tensor([10.0, 1]), nil, Tensor(2.0)])
    #expect(x.grad?.toArray() == [2 * 13, 4 * 4])
  }

  @Test func `a leaf can be a root`() throws {
    let x = Tensor(2.0, requiresGrad: true)
    try x.backward()
    try x.backward(gradient: Tensor(3.0))
    #expect(x.grad?.item() == 4)
  }

  @Test func `only the inputs named accumulate`() throws {
    let x = Tensor(2.0, requiresGrad: true)
    let w = Tensor(5.0, requiresGrad: true)
    let y = x * 3
    let z = y * y * w
    try z.backward(retainGraph: true, inputs: [y])
    #expect(y.grad?.item() == 60 && x.grad == nil && w.grad == nil)
    try z.backward(retainGraph: true, inputs: [w])
    #expect(y.grad?.item() == 60 && x.grad == nil && w.grad?.item() == 36)
    try z.backward(inputs: [x])
    #expect(x.grad?.item() == 180 && w.grad?.item() == 36)
  }

  @Test func `gradients can be had of intermediates, roots and duplicates`() throws {
    let x = Tensor(2.0, requiresGrad: true)
    let y = x * x
    let z = y * 3
    let found = try grad(of: [z], withRespectTo: [x, y, z, x, y])
    #expect(found.map { $0.item() } == [12, 3, 1, 12, 3])
    #expect(x.grad == nil && y.grad == nil)
  }

  @Test func `grad runs only what leads to its inputs`() throws {
    let x = Tensor(2.0, requiresGrad: true)
    let w = Tensor(3.0, requiresGrad: true)
    let side = w * w
    var ran = false
    side.gradFn!.registerHook { _, _ in ran = true }
    let z = x * side
    #expect(try grad(of: z, withRespectTo: x, retainGraph: true).item() == 9)
    #expect(!ran)
    try z.backward()
    #expect(ran && w.grad?.item() == 12)
  }

  @Test func `an input that is not used gives nil where that is allowed`() throws {
    let x = Tensor(2.0, requiresGrad: true)
    let other = Tensor(3.0, requiresGrad: true)
    let found = try grad(of: [x * x], withRespectTo: [other, x], allowUnused: true)
    #expect(found[0] == nil && found[1]?.item() == 4)
  }

  // MARK: Higher orders

  @Test func `a polynomial can be differentiated four times`() throws {
    // x⁴ - 2x³ + 5x² - 7x at 3: 4x³ - 6x² + 10x - 7, 12x² - 12x + 10, 24x - 12, 24.
    let x = Tensor(3.0, dtype: .float64, requiresGrad: true)
    let x2 = x * x
    var y = x2 * x2 - 2 * x.pow(3) + 5 * x2 - 7 * x
    for expected in [77.0, 82, 60, 24] {
      y = try grad(of: y, withRespectTo: x, createGraph: true)
      #expect(Swift.abs(y.item() - expected) < 1e-9)
    }
  }

  @Test func `a gradient made with createGraph leads back to the leaf`() throws {
    let x = Tensor(3.0, requiresGrad: true)
    try x.pow(3).backward(createGraph: true)
    let first = x.grad!
    #expect(first.item() == 27 && first.requiresGrad)
    x.grad = nil
    try first.backward()
    #expect(x.grad?.item() == 18)
  }

  @Test func `a gradient that accumulates under createGraph keeps its history`() throws {
    let x = Tensor(3.0, requiresGrad: true)
    try x.pow(2).backward(createGraph: true)
    try x.pow(3).backward(createGraph: true)
    let sum = x.grad!
    #expect(sum.item() == 33)
    #expect(try grad(of: sum, withRespectTo: x).item() == 2 + 18)
    x.grad = nil  // Its history leads back to x.
  }

  @Test func `without createGraph a gradient has no history`() throws {
    let x = Tensor(3.0, requiresGrad: true)
    try x.pow(3).backward()
    #expect(!x.grad!.requiresGrad && x.grad!.isLeaf)
  }

  // MARK: Retaining

  @Test func `the graph is kept only when asked`() throws {
    let x = Tensor(3.0, requiresGrad: true)
    let y = x * x
    try y.backward(retainGraph: true)
    try y.backward()
    #expect(x.grad?.item() == 12)
    let error = #expect(throws: AutogradError.self) { try y.backward() }
    #expect(error?.code == .backwardTwice)
    #expect(error?.node == "MulBackward0")
    #expect(error?.message.contains("retainGraph: true") == true)
  }

  @Test func `a graph that saved nothing can run again`() throws {
    let x = Tensor(3.0, requiresGrad: true)
    let y = (x + 1) + x
    try y.backward()
    try y.backward()
    #expect(x.grad?.item() == 4)
  }

  @Test func `a tensor that is no leaf keeps its gradient when asked`() throws {
    let x = Tensor([1.0, 2], requiresGrad: true)
    let y = x * 2
    let z = y * y
    y.retainGrad()
    #expect(y.retainsGrad && !z.retainsGrad)
    try z.sum().backward(retainGraph: true)
    #expect(y.grad?.toArray() == [4, 8] && z.grad == nil)
    try z.sum().backward()
    #expect(y.grad?.toArray() == [8, 16])
  }

  @Test func `a retained gradient follows in-place changes`() throws {
    let x = Tensor([2.0], requiresGrad: true)
    let y = x * 1
    y.retainGrad()
    let z = y * 3
    y.mul_(1)
    try (z.sum() + y.sum()).backward()
    #expect(y.grad?.toArray() == [1])
    #expect(x.grad?.toArray() == [4])
  }

  @Test func `a retained gradient does not keep its tensor alive`() throws {
    let x = Tensor(2.0, requiresGrad: true)
    weak var inner: Tensor?
    let z: Tensor
    do {
      let y = x * 3
      y.retainGrad()
      inner = y
      z = y + 1
    }
    #expect(inner == nil)
    try z.backward()
    #expect(x.grad?.item() == 3)
  }

  // MARK: Failures

  @Test func `a failed pass leaves the graph usable`() throws {
    let x = Tensor([1.0, 2], requiresGrad: true)
    let z = x.exp() * 2
    let changed = x * 1
    let bad = (changed * changed).sum()
    changed.mul_(2)
    let root = z.sum() + bad
    let expected = (2 * x.exp()).detach().toArray()
    #expect(throws: AutogradError.self) { try root.backward(retainGraph: true) }
    x.grad = nil
    try z.sum().backward(retainGraph: true)
    #expect(x.grad?.toArray() == expected)
    #expect(throws: AutogradError.self) { try grad(of: root, withRespectTo: x, retainGraph: true) }
    #expect(isGradEnabled)
    #expect(try grad(of: z, withRespectTo: x, gradient: .ones(2)).toArray() == expected)
  }

  @Test(arguments: PassMistake.all.indices)
  func `a mistake is an error with a code and a message`(index: Int) throws {
    let mistake = PassMistake.all[index]
    let error = try #require(throws: AutogradError.self) { try mistake.call() }
    #expect(error.code == mistake.code)
    #expect(error.description == error.message)
    for fragment in mistake.fragments {
      #expect(error.message.contains(fragment), "in \(error.message)")
    }
  }

  // MARK: Threads

  @Test func `passes on different threads over one graph do not disturb each other`() {
    let x = Tensor(3.0, requiresGrad: true)
    let y = x * x
    for pass in 1...3 {
      inNewThread { try? y.backward(retainGraph: true) }
      #expect(x.grad?.item() == Double(pass) * 6)
    }
  }
}

/// A call that throws, and what the error must say.
struct PassMistake: Sendable {
  let code: AutogradError.Code
  let fragments: [String]
  let call: @Sendable () throws -> Void

  init(
    _ code: AutogradError.Code, _ fragments: String..., call: @escaping @Sendable () throws -> Void
  ) {
    self.code = code
    self.fragments = fragments
    self.call = call
  }

  private static func leaf() -> Tensor { Tensor([1.0, 2], requiresGrad: true) }

  static let all: [PassMistake] = [
    PassMistake(.noGradientRequired, "element 0", "does not require grad") {
      try Tensor(1.0).backward()
    },
    PassMistake(.noGradientRequired, "element 1") {
      try backward([leaf().sum(), Tensor(1.0)])
    },
    PassMistake(.noGradientRequired, "index 1", "[3]") {
      let x = leaf()
      _ = try grad(of: [x.sum()], withRespectTo: [x, .ones(3)])
    },
    PassMistake(.noGradientRequired, "does not require grad") {
      let x = leaf()
      try noGrad { x * 2 }.sum().backward()
    },
    PassMistake(.gradientNotImplicit, "scalar outputs", "[2]", "sum()") { try leaf().backward() },
    PassMistake(.gradientNotImplicit, "[2]") {
      let x = leaf()
      _ = try grad(of: x * 2, withRespectTo: x)
    },
    PassMistake(.shapeMismatch, "gradients[0]", "[3]", "[2]") {
      try leaf().backward(gradient: .ones(3))
    },
    PassMistake(.shapeMismatch, "gradients[1]", "[]", "tensor 1") {
      try backward([leaf().sum(), leaf()], gradients: [nil, Tensor(1.0)])
    },
    PassMistake(.invalidArgument, "2 tensors", "1 gradients") {
      try backward([leaf().sum(), leaf().sum()], gradients: [nil])
    },
    PassMistake(.invalidArgument, "inputs", "empty") { try leaf().sum().backward(inputs: []) },
    PassMistake(.unused, "index 1", "[1]", "allowUnused: true") {
      let x = leaf()
      _ = try grad(of: [x.sum()], withRespectTo: [x, .ones(1, requiresGrad: true)])
    },
    PassMistake(.modifiedInPlace, "ExpBackward0", "version 1; expected version 0", "as result") {
      let y = leaf().exp()
      y.add_(1)
      try y.sum().backward()
    },
    PassMistake(
      .modifiedInPlace, "[FloatTensor [2]]", "MulBackward0 saved", "as self"
    ) {
      let x = leaf()
      let y = x.clone()
      let z = y * x
      y[0].zero_()
      try z.sum().backward()
    },
    PassMistake(.modifiedInPlace, "as other") {
      let y = leaf().clone()
      defer { y.detach_() }  // Its history holds it, as in PyTorch.
      try y.mul_(y).sum().backward()
    },
    PassMistake(.backwardTwice, "ExpBackward0", "second time") {
      let y = leaf().exp().sum()
      try y.backward()
      try y.backward()
    },
    PassMistake(.backwardTwice, "second time") {
      let y = leaf().clone()
      y[0].exp_()
      try y.sum().backward()
      try y.sum().backward()
    },
  ]
}
