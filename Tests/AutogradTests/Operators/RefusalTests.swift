// What operators refuse: the program stops, and says which operator, what and why.
import Testing

@testable import Autograd

@Suite struct RefusalTests {
  @Test(arguments: Refusal.all.indices)
  func `a mistake stops the program with a message`(index: Int) async {
    let refusal = Refusal.all[index]
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { [index] in
      Refusal.all[index].mistake()
    }
    let message =
      String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
      .split(separator: "\n").first { $0.contains("Fatal error") } ?? ""
    for fragment in refusal.fragments {
      #expect(message.contains(fragment), "in \(message)")
    }
  }
}

/// A mistake, and what the message must contain.
struct Refusal: Sendable {
  let fragments: [String]
  let mistake: @Sendable () -> Void

  init(_ fragments: String..., mistake: @escaping @Sendable () -> Void) {
    self.fragments = fragments
    self.mistake = mistake
  }

  static let all: [Refusal] =
    creation + ranks + leaves + inPlace + arithmetic + views + indexing + others
    + rare + functions + graph

  /// A leaf of shape [2, 3] that requires a gradient.
  private static var leaf: Tensor { Tensor.ones(2, 3, requiresGrad: true) }

  /// Results of nine dimensions.
  private static let ranks: [Refusal] = {
    func refusal(_ name: String, _ operation: @escaping @Sendable (Tensor) -> Void) -> Refusal {
      Refusal(name + ": ", "at most 8 dimensions", "would have 9") {
        operation(Tensor.zeros([Int](repeating: 1, count: 8)))
      }
    }
    return [
      refusal("unsqueeze") { _ = $0.unsqueeze(0) },
      refusal("view") { _ = $0.view([Int](repeating: 1, count: 9)) },
      refusal("reshape") { _ = $0.reshape([Int](repeating: 1, count: 9)) },
      refusal("expand") { _ = $0.expand([2] + $0.shape) },
      refusal("repeat") { _ = $0.repeat([2] + $0.shape) },
      refusal("stack") { _ = Tensor.stack([$0, $0]) },
      refusal("unfold") { _ = $0.unfold(dimension: 0, size: 1, step: 1) },
      refusal("diag_embed") { _ = $0.diagEmbed() },
      refusal("index") { _ = $0[Tensor([[0]])] },
    ]
  }()

  private static let creation: [Refusal] = [
    Refusal("zeros: ", "negative dimension -1", "[2, -1]") { _ = Tensor.zeros(2, -1) },
    Refusal("ones: ", "[4611686018427387904, 4] is too large") {
      _ = Tensor.ones(1 << 62, 4)
    },
    Refusal("full: ", "no cuda device", ".cpu") { _ = Tensor.full([1], 2, device: .cuda) },
    Refusal("to: ", "no cuda device") { _ = Tensor(1).to(.cuda) },
    Refusal("Tensor: ", "shape [2] at position 1", "got [1]") {
      _ = Tensor([[1, 2], [3]])
    },
    Refusal("zeros: ", "at most 8 dimensions", "would have 9", "flatten(startDim:endDim:)") {
      _ = Tensor.zeros([Int](repeating: 1, count: 9))
    },
    Refusal("arange: ", "nonzero") { _ = Tensor.arange(0, 3, 0) },
    Refusal("arange: ", "inconsistent with step sign") { _ = Tensor.arange(0, 3, -1) },
    Refusal("arange: ", "finite") { _ = Tensor.arange(0, Double.infinity) },
    Refusal("arange: ", "too large") { _ = Tensor.arange(0, 1e30) },
    Refusal("linspace: ", "non-negative") { _ = Tensor.linspace(0, 1, steps: -1) },
    Refusal("rand: ", "int64") { _ = Tensor.rand(2, dtype: .int64) },
    Refusal("randn: ", "bool") { _ = Tensor.randn(2, dtype: .bool) },
    Refusal("randint: ", "3 >= 3") { _ = Tensor.randint(low: 3, high: 3, [2]) },
    Refusal("randperm: ", "negative") { _ = Tensor.randperm(-1) },
    Refusal("item: ", "6 elements", "[2, 3]") { _ = leaf.item() },
  ]

  private static let leaves: [Refusal] = [
    Refusal("requiresGrad_: ", "floating point", "int64") { Tensor([1]).requiresGrad_() },
    Refusal("requiresGrad_: ", "leaf", "MulBackward0", "[2, 3]") {
      (leaf * 2).requiresGrad_(false)
    },
    Refusal("grad: ", "[3]", "[2, 3]") { leaf.grad = .ones(3) },
    Refusal("grad: ", "float64", "float32") { leaf.grad = .ones(2, 3, dtype: .float64) },
    Refusal("retainGrad: ", "requires_grad=False") { Tensor.ones(1).retainGrad() },
    Refusal("detach_: ", "view") { (leaf * 1)[0].detach_() },
  ]

  private static let inPlace: [Refusal] = [
    Refusal("add_: ", "leaf", "[2, 3]") { leaf.add_(1) },
    Refusal("mul_: ", "view of a leaf", "[3]", "[2, 3]") { leaf[0].mul_(2) },
    Refusal("zero_: ", "Output 1 of UnbindBackward0", "multiple views") {
      (leaf * 1).unbind()[1].zero_()
    },
    Refusal("exp_: ", "noGrad") {
      let x = leaf * 1
      noGrad { x[0] }.exp_()
    },
    Refusal("fill_: ", "single memory location", "[2, 3]") { Tensor.ones(3).expand(2, 3).fill_(1) },
    Refusal("add_: ", "result type float32", "int64") { Tensor([1]).add_(0.5) },
    Refusal("div_: ", "result type float32", "int64") { Tensor([1]).div_(2) },
    Refusal("mul_: ", "result type int64", "bool") { Tensor([true]).mul_(2) },
    Refusal("exp_: ", "result type float32", "int32") { Tensor([1], dtype: .int32).exp_() },
    Refusal("sub_: ", "output with shape [3]", "[2, 3]") {
      Tensor.ones(3).sub_(Tensor.ones(2, 3))
    },
    Refusal("sub_: ", "bool") { Tensor([1.0]).sub_(Tensor([true])) },
    Refusal("neg_: ", "bool") { Tensor([true]).neg_() },
    Refusal("abs_: ", "'Bool'") { Tensor([true]).abs_() },
    Refusal("relu_: ", "relu") { Tensor([true]).relu_() },
    Refusal("copy_: ", "[2]", "[2, 3]") { Tensor.ones(2, 3).copy_(.ones(2)) },
    Refusal("copy_: ", "single memory location", "clone()") {
      let x = Tensor.arange(6)
      x[1...].copy_(x[..<5])
    },
    Refusal("add_: ", "single memory location") {
      let x = Tensor.ones(2, 2)
      x.add_(x.t())
    },
    Refusal("gradFn: ", "noGrad mode", "modified inplace") {
      let x = leaf
      let view = noGrad { x[0] }
      noGrad { x.zero_() }
      _ = view * 2
    },
    Refusal("gradFn: ", "Output 0 of UnbindBackward0", "another view of its base") {
      let x = leaf * 1
      let part = x.unbind()[0]
      x.mul_(2)
      _ = part.gradFn
    },
    Refusal("fill_: ", "0-dimension", "1 dim") { Tensor.ones(2).fill_(Tensor.ones(2)) },
  ]

  private static let arithmetic: [Refusal] = [
    Refusal("add: ", "size of tensor a (3) must match the size of tensor b (2)", "dimension 1") {
      _ = leaf + Tensor.ones(2)
    },
    Refusal("mul: ", "tensor a (2)", "tensor b (4)", "dimension 0") {
      _ = leaf * Tensor.ones(4, 3)
    },
    Refusal("lt: ", "tensor a (3)") { _ = leaf.lt(.ones(2)) },
    Refusal("where: ", "tensor a") { _ = Tensor.where(Tensor([true, false]), .ones(3), .ones(3)) },
    Refusal("sub: ", "bool") { _ = Tensor(true) - Tensor(1) },
    Refusal("sub: ", "bool") { _ = Tensor(true) - 1 },
    Refusal("rsub: ", "bool") { _ = 1 - Tensor(true) },
    Refusal("add: ", "alpha", "floating point") { _ = Tensor([1]).add(Tensor([1]), alpha: 0.5) },
    Refusal("add: ", "Boolean alpha") { _ = Tensor([1]).add(Tensor([1]), alpha: false) },
    Refusal("neg: ", "bool") { _ = -Tensor(true) },
    Refusal("abs: ", "'Bool'") { _ = Tensor(true).abs() },
    Refusal("relu: ", "Boolean") { _ = Tensor(true).relu() },
    Refusal("pow: ", "negative integer powers") { _ = Tensor([2]).pow(-1) },
    Refusal("where: ", "boolean", "int64") { _ = Tensor.where(Tensor([1]), leaf, leaf) },
    Refusal("maskedFill: ", "boolean", "int64") { _ = leaf.maskedFill(Tensor([1]), 0) },
    Refusal("mm: ", "2x3 and 2x3") { _ = leaf.mm(leaf) },
    Refusal("mm: ", "self must be a matrix", "[3]") { _ = leaf[0].mm(leaf) },
    Refusal("mm: ", "mat2 must be a matrix", "[3]") { _ = leaf.mm(leaf[0]) },
    Refusal("mm: ", "float32 != float64") { _ = leaf.mm(.ones(3, 2, dtype: .float64)) },
  ]

  private static let views: [Refusal] = [
    Refusal("view: ", "[4]", "size 6") { _ = leaf.view(4) },
    Refusal("view: ", "[3, 2]", "[1, 3]", "[6]", "reshape") { _ = leaf.t().view(6) },
    Refusal("reshape: ", "only one dimension can be inferred") { _ = leaf.reshape(-1, -1) },
    Refusal("reshape: ", "invalid shape dimension -2") { _ = leaf.reshape(-2, 3) },
    Refusal("reshape: ", "too large") { _ = leaf.reshape(1 << 62, 4) },
    Refusal("reshape: ", "0 elements", "[0, -1]", "can be any value") {
      _ = Tensor.ones(0).reshape(0, -1)
    },
    Refusal("flatten: ", "start_dim") { _ = leaf.flatten(startDim: 1, endDim: 0) },
    Refusal("asStrided: ", "mismatch in length", "[1]", "[1, 2]") {
      _ = leaf.asStrided([1], [1, 2])
    },
    Refusal("asStrided: ", "negative") { _ = leaf.asStrided([2], [-1]) },
    Refusal("asStrided: ", "out of bounds", "of size 24") { _ = leaf.asStrided([7], [1]) },
    Refusal("asStrided: ", "out of bounds") { _ = leaf.asStrided([3], [Int.max]) },
    Refusal("permute: ", "= 2", "= 1") { _ = leaf.permute(0) },
    Refusal("permute: ", "duplicate", "[1, -1]") { _ = leaf.permute(1, -1) },
    Refusal("t: ", "3D", "[1, 2, 3]") { _ = Tensor.ones(1, 2, 3).t() },
    Refusal("transpose: ", "[-2, 1]", "got 2") { _ = leaf.transpose(0, 2) },
    Refusal("unsqueeze: ", "[-3, 2]", "got 3") { _ = leaf.unsqueeze(3) },
    Refusal("squeeze: ", "got -3") { _ = leaf.squeeze(-3) },
    Refusal("size: ", "got 2") { _ = leaf.size(2) },
    Refusal("size: ", "no dimensions") { _ = Tensor(1).size(0) },
    Refusal("expand: ", "(1)", "(2)") { _ = leaf.expand(3) },
    Refusal("expand: ", "(-1)", "non-existing dimension 0") { _ = leaf.expand(-1, 2, 3) },
    Refusal("expand: ", "(4)", "(3)", "[2, 4]", "[2, 3]") { _ = leaf.expand(2, 4) },
    Refusal("expand: ", "-2") { _ = Tensor.ones(1).expand(-2) },
    Refusal("select: ", "0-dim") { _ = Tensor(1).select(dim: 0, index: 0) },
    Refusal("select: ", "index 2", "dimension 0", "[2, 3]") { _ = leaf.select(dim: 0, index: 2) },
    Refusal("narrow: ", "start (2)", "length (2)", "size (3)") {
      _ = leaf.narrow(dim: 1, start: 2, length: 2)
    },
    Refusal("unbind: ", "no dimensions") { _ = Tensor(1).unbind() },
  ]

  private static let indexing: [Refusal] = [
    Refusal("index: ", "index -3", "size 2") { _ = leaf[-3] },
    Refusal("index: ", "dimension 2: got 3") { _ = leaf[0, 0, 0] },
    Refusal("index: ", "0-dim", "item()") { _ = Tensor(1)[0] },
    Refusal("index: ", "dimension 0: got 1") { _ = Tensor(1)[.ellipsis, 0] },
    Refusal("index: ", "float32") { _ = leaf[Tensor([0.0])] },
    Refusal("index: ", "index 2", "dimension 0", "size 2") { _ = leaf[Tensor([0, 2])] },
    Refusal("index: ", "[3]", "[2, 3]", "index 0") { _ = leaf[Tensor([true, true, true])] },
    Refusal("slice: ", "positive", "-1") { _ = leaf[.slice(nil, nil, -1)] },
    Refusal("slice: ", "positive", "-2") { _ = leaf[stride(from: 2, to: -1, by: -2)] },
    Refusal("shape mismatch: ", "tensor a") { _ = leaf[Tensor([0, 1]), Tensor([0, 1, 2])] },
    Refusal("index_put_: ", "float32", "float64") {
      Tensor.ones(2).indexPut_([Tensor([0])], Tensor([1.0], dtype: .float64))
    },
    Refusal("index_put_: ", "[3]", "[2]") {
      let x = Tensor.ones(4)
      x[Tensor([0, 1])] = Tensor.ones(3)
    },
    Refusal("index: ", "[2]", "[3]") {
      let x = Tensor.ones(4, 3)
      x[0] = Tensor.ones(2)
    },
    Refusal("index: ", "at least one") { _ = leaf.index([]) },
    Refusal("index: ", "at least one") { _ = leaf.index([nil]) },
    Refusal("index: ", "dimension 2: got 3") {
      _ = leaf.index([Tensor([0]), Tensor([0]), Tensor([0])])
    },
    Refusal("index: ", "float32") { _ = leaf.index([Tensor([0.5])]) },
  ]

  private static let rare: [Refusal] = [
    Refusal("asin_: ", "result type float32", "int64") { Tensor([1]).asin_() },
    Refusal("floor_: ", "leaf", "[2, 3]") { leaf.floor_() },
    Refusal("fmod_: ", "output with shape [3]", "[2, 3]") { Tensor.ones(3).fmod_(.ones(2, 3)) },
    Refusal("eq_: ", "single memory location") { Tensor.ones(3).expand(2, 3).eq_(1) },
    Refusal("float_power_: ", "Float", "Double") { Tensor.ones(2).floatPower_(2) },
    Refusal("addmm_: ", "[1, 4]", "[2, 4]") {
      Tensor.ones(1, 4).addmm_(.ones(2, 3), .ones(3, 4))
    },
    Refusal("addmm: ", "2x3 and 4x2") { _ = Tensor.ones(2).addmm(.ones(2, 3), .ones(4, 2)) },
    Refusal("baddbmm: ", "float32", "float64") {
      _ = Tensor.ones(1).baddbmm(.ones(1, 2, 2), .ones(1, 2, 2, dtype: .float64))
    },
    Refusal("cdist: ", "X1: 3", "X2: 4") { _ = Tensor.cdist(.ones(2, 3), .ones(2, 4)) },
    Refusal("cdist: ", "floating-point", "int64") { _ = Tensor.cdist(Tensor([[1]]), .ones(1, 1)) },
    Refusal("cov: ", "two or fewer", "[2, 2, 2]") { _ = Tensor.ones(2, 2, 2).cov() },
    Refusal("cov: ", "fweights", "3", "[2]") {
      _ = Tensor.ones(2, 3).cov(fweights: Tensor([1, 2]))
    },
    Refusal("gradient: ", "edge_order+1", "[1]") { _ = Tensor.ones(1).gradient() },
    Refusal("vander: ", "one-dimensional", "[2, 3]") { _ = leaf.vander() },
    Refusal("frexp: ", "floating-point", "int64") { _ = Tensor([1]).frexp() },
    Refusal("nextafter: ", "'Long'") { _ = Tensor([1]).nextafter(Tensor([2])) },
    Refusal("mvlgamma: ", "not 0") { _ = Tensor.ones(1).mvlgamma(0) },
    Refusal("rrelu: ", "Lower bound", "0.5", "0.1") { _ = leaf.rrelu(lower: 0.5, upper: 0.1) },
    Refusal("index_reduce: ", "sum", "indexAdd") {
      _ = leaf.indexReduce(dim: 0, index: Tensor([0]), source: .ones(1, 3), reduce: .sum)
    },
    Refusal("index_reduce: ", "[2, 3]", "[2, 2]") {
      _ = leaf.indexReduce(dim: 0, index: Tensor([0]), source: .ones(2, 2), reduce: .prod)
    },
    Refusal("as_strided_scatter: ", "[3]", "[2]") {
      _ = leaf.asStridedScatter(.ones(3), [2], [1])
    },
    Refusal("sum_to_size: ", "[3, 3]", "[2, 3]") { _ = leaf.sumToSize([3, 3]) },
    Refusal("linalg.tensorsolve: ", "[2, 3, 5]", "[2, 3]") {
      _ = Linalg.tensorsolve(.ones(2, 3, 5), .ones(2, 3))
    },
    Refusal("linalg.tensorinv: ", "[2, 3, 5]", "5 != 6") { _ = Linalg.tensorinv(.ones(2, 3, 5)) },
    Refusal("unravel_index: ", "float32") { _ = Tensor.ones(1).unravelIndex([2]) },
    Refusal("positive: ", "bool") { _ = Tensor(true).positive() },
  ]

  private static let others: [Refusal] = [
    Refusal("sum: ", "dim 1 appears multiple times") { _ = leaf.sum(dim: [1, -1]) },
    Refusal("sum: ", "got 2") { _ = leaf.sum(dim: 2) },
    Refusal("mean: ", "int64") { _ = Tensor([1]).mean() },
    Refusal("mean: ", "bool") { _ = Tensor([true]).mean(dim: 0) },
    Refusal("amax: ", "non-zero", "[0]") { _ = Tensor.ones(0).amax() },
    Refusal("amin: ", "[2, 0]") { _ = Tensor.ones(2, 0).amin(dim: [1]) },
    Refusal("softmax: ", "got 2") { _ = leaf.softmax(dim: 2) },
    Refusal("logsumexp: ", "got -3") { _ = leaf.logsumexp(dim: [-3]) },
    Refusal("cat: ", "non-empty") { _ = Tensor.cat([]) },
    Refusal("cat: ", "zero-dimensional") { _ = Tensor.cat([Tensor(1)]) },
    Refusal("cat: ", "got 2 and 1") { _ = Tensor.cat([leaf, .ones(3)]) },
    Refusal("cat: ", "dimension 0", "size 3", "got size 2", "number 1") {
      _ = Tensor.cat([leaf, .ones(2, 2)])
    },
    Refusal("cat: ", "got 2") { _ = Tensor.cat([leaf], dim: 2) },
    Refusal("stack: ", "non-empty") { _ = Tensor.stack([]) },
    Refusal("stack: ", "[2, 3] at entry 0", "[3] at entry 1") {
      _ = Tensor.stack([leaf, .ones(3)])
    },
    Refusal("set_num_threads: ", "positive", "0") { setNumThreads(0) },
  ]
}
