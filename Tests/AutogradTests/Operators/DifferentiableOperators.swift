// The table of all differentiable operators: a new operator is a row.
@testable import Autograd

/// An operator, inputs to try it with, and how to call it.
struct DifferentiableOperator: Sendable {
  let name: String
  let samples: [[SampleInput]]
  var step = 1e-6
  var tolerance = 1e-6
  /// False where PyTorch has no derivative of the derivative.
  var isTwiceDifferentiable = true
  let apply: @Sendable ([Tensor]) -> Tensor

  init(
    _ name: String, _ samples: [[SampleInput]], step: Double = 1e-6, tolerance: Double = 1e-6,
    _ apply: @escaping @Sendable ([Tensor]) -> Tensor
  ) {
    self.name = name
    self.samples = samples
    self.step = step
    self.tolerance = tolerance
    self.apply = apply
  }

  /// The same operator, checked in the first order only.
  var onceDifferentiable: DifferentiableOperator {
    var result = self
    result.isTwiceDifferentiable = false
    return result
  }

  /// A function of one tensor of any shape.
  static func unary(
    _ name: String, _ domain: SampleInput.Domain = .signed,
    _ apply: @escaping @Sendable (Tensor) -> Tensor
  ) -> DifferentiableOperator {
    DifferentiableOperator(name, anyShape.map { $0.within(domain) }) { apply($0[0]) }
  }

  /// A function of two tensors that are broadcast.
  static func binary(
    _ name: String, _ domain: SampleInput.Domain = .signed,
    _ apply: @escaping @Sendable (Tensor, Tensor) -> Tensor
  ) -> DifferentiableOperator {
    DifferentiableOperator(name, broadcast.map { $0.within(domain) }) { apply($0[0], $0[1]) }
  }

  /// An operator on a copy of the first tensor, to whose shape the second is broadcast.
  static func inPlace(
    _ name: String, _ domain: SampleInput.Domain = .signed,
    _ apply: @escaping @Sendable (Tensor, Tensor) -> Void
  ) -> DifferentiableOperator {
    DifferentiableOperator(name, broadcastToFirst.map { $0.within(domain) }) {
      let target = $0[0].clone()
      apply(target, $0[1])
      return target
    }
  }

  /// A function of a matrix.
  static func matrix(
    _ name: String, _ apply: @escaping @Sendable (Tensor) -> Tensor
  ) -> DifferentiableOperator {
    DifferentiableOperator(name, matrices) { apply($0[0]) }
  }

  private static let anyShape: [[SampleInput]] = [
    [SampleInput([3])], [SampleInput([])], [SampleInput([0, 2])],
    [SampleInput([2, 3], .transposed)], [SampleInput([2, 2], .sliced)],
    [SampleInput([2, 3], .expanded)],
  ]

  private static let matrices: [[SampleInput]] = [
    [SampleInput([2, 3])], [SampleInput([3, 2], .transposed)], [SampleInput([2, 3], .sliced)],
    [SampleInput([2, 3], .expanded)],
  ]

  private static let broadcast: [[SampleInput]] = [
    [SampleInput([2, 3]), SampleInput([2, 3])], [SampleInput([2, 1]), SampleInput([1, 3])],
    [SampleInput([]), SampleInput([2])], [SampleInput([0, 3]), SampleInput([3])],
    [SampleInput([2, 3], .transposed), SampleInput([3], .sliced)],
    [SampleInput([2, 2, 1], .expanded), SampleInput([2, 2], .transposed)],
  ]

  private static let broadcastToFirst: [[SampleInput]] = [
    [SampleInput([2, 3]), SampleInput([2, 3])], [SampleInput([2, 3]), SampleInput([2, 1])],
    [SampleInput([2]), SampleInput([])], [SampleInput([0, 3]), SampleInput([3])],
    [SampleInput([2, 3], .transposed), SampleInput([3], .sliced)],
    [SampleInput([2, 3], .expanded), SampleInput([2, 3], .expanded)],
  ]
}

extension DifferentiableOperator {
  static let all: [DifferentiableOperator] =
    [
      functions,
      inPlaceFunctions,
      arithmetic,
      inPlaceArithmetic,
      powers,
      choices,
      copies,
      reductions,
      products,
      views,
      parts,
      indexing,
      viewsChangedInPlace,
      pointwise,
      statistics,
      linearAlgebra,
      moving,
      rare,
      pooling,
      losses,
      networkFunctions,
      convolutions,
      normalizations,
    ].flatMap { $0 }

  private static let functions: [DifferentiableOperator] = [
    .unary("neg") { -$0 },
    .unary("abs") { $0.abs() },
    .unary("sign") { $0.sign() },
    .unary("exp") { $0.exp() },
    .unary("log", .positive) { $0.log() },
    .unary("sqrt", .positive) { $0.sqrt() },
    .unary("rsqrt", .positive) { $0.rsqrt() },
    .unary("reciprocal") { $0.reciprocal() },
    .unary("sin") { $0.sin() },
    .unary("cos") { $0.cos() },
    .unary("atan") { $0.atan() },
    .unary("tanh") { $0.tanh() },
    .unary("sigmoid") { $0.sigmoid() },
    .unary("erf") { $0.erf() },
    .unary("floor") { $0.floor() },
    .unary("ceil") { $0.ceil() },
    .unary("round") { $0.round() },
    .unary("trunc") { $0.trunc() },
    .unary("relu") { $0.relu() },
    .unary("softplus") { $0.softplus() },
    .unary("softplus with beta and threshold") { $0.softplus(beta: 2, threshold: 1.5) },
    .unary("silu") { $0.silu() },
    .unary("gelu") { $0.gelu() },
    .unary("gelu by tanh") { $0.gelu(approximate: .tanh) },
  ]

  private static let inPlaceFunctions: [DifferentiableOperator] = [
    .unary("neg_") { $0.clone().neg_() },
    .unary("abs_") { $0.clone().abs_() },
    .unary("exp_") { $0.clone().exp_() },
    .unary("log_", .positive) { $0.clone().log_() },
    .unary("sqrt_", .positive) { $0.clone().sqrt_() },
    .unary("reciprocal_") { $0.clone().reciprocal_() },
    .unary("sin_") { $0.clone().sin_() },
    .unary("cos_") { $0.clone().cos_() },
    .unary("tanh_") { $0.clone().tanh_() },
    .unary("sigmoid_") { $0.clone().sigmoid_() },
    .unary("relu_") { $0.clone().relu_() },
  ]

  private static let arithmetic: [DifferentiableOperator] = [
    .binary("add") { $0 + $1 },
    .binary("add with alpha") { $0.add($1, alpha: 2.5) },
    .binary("sub") { $0 - $1 },
    .binary("sub with alpha") { $0.sub($1, alpha: -3) },
    .binary("mul") { $0 * $1 },
    .binary("div") { $0 / $1 },
    .unary("add a number") { $0 + 2 },
    .unary("add to a number") { 2.5 + $0 },
    .unary("subtract a number") { $0 - 2 },
    .unary("subtract from a number") { 2.5 - $0 },
    .unary("multiply by a number") { $0 * 3 },
    .unary("multiply a number") { 0.5 * $0 },
    .unary("divide by a number") { $0 / 3 },
    .unary("divide a number") { 3 / $0 },
    .unary("add to itself") { $0 + $0 },
    .unary("multiply by itself") { $0 * $0 },
    .unary("divide by itself squared") { $0 / ($0 * $0) },
  ]

  private static let inPlaceArithmetic: [DifferentiableOperator] = [
    .inPlace("add_") { $0.add_($1) },
    .inPlace("add_ with alpha") { $0.add_($1, alpha: 2.5) },
    .inPlace("sub_") { $0.sub_($1) },
    .inPlace("sub_ with alpha") { $0.sub_($1, alpha: 2) },
    .inPlace("mul_") { $0.mul_($1) },
    .inPlace("div_") { $0.div_($1) },
    .unary("add_ a number") { $0.clone().add_(2) },
    .unary("sub_ a number") { $0.clone().sub_(2.5) },
    .unary("mul_ a number") { $0.clone().mul_(3) },
    .unary("div_ a number") { $0.clone().div_(0.5) },
  ]

  private static let powers: [DifferentiableOperator] =
    ([0, 1, 2, 3, 4, -1, -2, 0.5, -0.5, 2.5] as [Double]).map { exponent in
      .unary("pow \(exponent)", .positive) { $0.pow(exponent) }
    } + [
      .unary("pow a whole number") { $0.pow(3) },
      .unary("square") { $0.square() },
      .binary("pow", .positive) { $0.pow($1) },
      .unary("pow of a number") { Tensor.pow(2.5, $0) },
    ]

  private static let choices: [DifferentiableOperator] = [
    .binary("where") { Tensor.where(($0 + $1).detach().gt(0.2), $0, $1) },
    .binary("maximum") { Tensor.maximum($0, $1) },
    .binary("minimum") { Tensor.minimum($0, $1) },
    .unary("maskedFill") { $0.maskedFill($0.detach().gt(0.2), 3) },
    .unary("softmax") { $0.softmax(dim: 0) },
    .matrix("softmax of rows") { $0.softmax(dim: -1) },
  ]

  private static let copies: [DifferentiableOperator] = [
    .unary("clone") { $0.clone() },
    .unary("contiguous") { $0.contiguous() },
    DifferentiableOperator(
      "to another dtype", [[SampleInput([2, 3])], [SampleInput([2, 3], .transposed)]], step: 0.25,
      tolerance: 1e-5
    ) { $0[0].to(.float32).to(.float64) },
    DifferentiableOperator(
      "promotion", [[SampleInput([3]), SampleInput([2, 3])]], step: 0.25, tolerance: 1e-4
    ) { $0[0].to(.float32) * $0[1] },
    .inPlace("copy_") { $0.copy_($1) },
    .inPlace("copy_ over what was computed") { $0.mul_(3).copy_($1) },
    .unary("fill_") { $0.clone().fill_(2.5) },
    DifferentiableOperator("fill_ with a tensor", [[SampleInput([2, 3]), SampleInput([])]]) {
      $0[0].clone().fill_($0[1])
    },
    .unary("zero_") { $0.clone().zero_() },
    DifferentiableOperator(
      "cat",
      [
        [SampleInput([2, 2]), SampleInput([2, 3], .transposed), SampleInput([2, 0])],
        [SampleInput([2, 1]), SampleInput([0]), SampleInput([2, 1], .expanded)],
      ]
    ) { Tensor.cat($0, dim: -1) },
    DifferentiableOperator(
      "stack", [[SampleInput([2, 2]), SampleInput([2, 2], .transposed)], [SampleInput([])]]
    ) { Tensor.stack($0, dim: -1) },
  ]

  private static let reductions: [DifferentiableOperator] = [
    .unary("sum") { $0.sum() },
    .unary("sum over no dimensions") { $0.sum(dim: []) },
    .matrix("sum over one dimension") { $0.sum(dim: 0) },
    .matrix("sum over all, kept") { $0.sum(dim: [0, -1], keepdim: true) },
    .unary("mean") { $0.mean() },
    .matrix("mean over one dimension") { $0.mean(dim: 1, keepdim: true) },
    .matrix("mean over all") { $0.mean(dim: []) },
    .matrix("amax") { $0.amax() },
    .matrix("amax over one dimension") { $0.amax(dim: [1]) },
    .matrix("amin") { $0.amin(dim: [0], keepdim: true) },
    .unary("logsumexp over all") { $0.logsumexp(dim: []) },
    .matrix("logsumexp") { $0.logsumexp(dim: [-1]) },
    .matrix("logsumexp kept") { $0.logsumexp(dim: [0], keepdim: true) },
  ]

  private static let products: [DifferentiableOperator] = [
    DifferentiableOperator(
      "mm",
      [
        [SampleInput([2, 3]), SampleInput([3, 2])],
        [SampleInput([2, 3], .transposed), SampleInput([3, 1], .sliced)],
        [SampleInput([2, 3], .expanded), SampleInput([3, 2], .expanded)],
        [SampleInput([2, 0]), SampleInput([0, 2])], [SampleInput([0, 2]), SampleInput([2, 2])],
      ]
    ) { $0[0].mm($0[1]) },
    .matrix("mm with itself") { $0.mm($0.t()) },
  ]

  private static let views: [DifferentiableOperator] = [
    DifferentiableOperator("view", [[SampleInput([2, 3])], [SampleInput([2, 3], .sliced)]]) {
      $0[0].view([2, 3, 1])
    },
    .unary("reshape") {
      $0.reshape([-1, 1].suffix($0.count == 0 ? 0 : 2) + ($0.count == 0 ? [0] : []))
    },
    .matrix("reshape of what is moved") { $0.t().reshape([-1]) },
    .matrix("reshape of what has gaps") { $0[TensorIndex.all, 1].reshape([-1, 1]) },
    .matrix("flatten") { $0.flatten() },
    .matrix("permute") { $0.permute([-1, 0]) },
    .matrix("transpose") { $0.transpose(-1, 0) },
    .matrix("t") { $0.t() },
    .unary("unsqueeze") { $0.unsqueeze(-1) },
    DifferentiableOperator("squeeze", [[SampleInput([1, 2, 1])], [SampleInput([])]]) {
      $0[0].squeeze()
    },
    DifferentiableOperator("squeeze one", [[SampleInput([2, 1])], [SampleInput([1])]]) {
      $0[0].squeeze(-1)
    },
    .matrix("squeeze what is not one") { $0.squeeze(0) },
    DifferentiableOperator("expand", [[SampleInput([2, 1])], [SampleInput([])]]) {
      $0[0].expand([3, 2, 2])
    },
    .matrix("asStrided with overlap") { $0.contiguous().asStrided([2, 2], [1, 1]) },
    DifferentiableOperator("asStrided of an overlapping base", [[SampleInput([2, 2], .expanded)]]) {
      $0[0].asStrided([2], [1])
    },
  ]

  private static let parts: [DifferentiableOperator] = [
    .matrix("select") { $0.select(dim: 1, index: -1) },
    .matrix("narrow") { $0.narrow(dim: 0, start: 1, length: 1) },
    .matrix("unbind") { $0.unbind(dim: 1)[1] },
    .matrix("unbind, all used") {
      let parts = $0.unbind()
      return parts[0] * parts[1]
    },
    .matrix("slice") { $0[1..., .slice(0, nil, 2)] },
    .matrix("an empty slice") { $0[1..<1] },
    .matrix("the whole as a view") { $0[.ellipsis] },
    .matrix("a new axis") { $0[.newAxis, 1] },
  ]

  private static let indexing: [DifferentiableOperator] = [
    .matrix("index") { $0[Tensor([1, 0, 1])] },
    .matrix("index in two dimensions") { $0[Tensor([[1], [0]]), Tensor([0, -1])] },
    .matrix("index by a mask") { $0[$0.detach().gt(0)] },
    DifferentiableOperator(
      "indexPut",
      [
        [SampleInput([3, 2]), SampleInput([2])],
        [SampleInput([3, 2]), SampleInput([2, 2], .sliced)],
      ]
    ) { $0[0].indexPut([Tensor([2, 0])], $0[1]) },
    DifferentiableOperator("indexPut, accumulating", [[SampleInput([3, 2]), SampleInput([2])]]) {
      $0[0].indexPut([Tensor([2, 2, 0])], $0[1], accumulate: true)
    },
    DifferentiableOperator("indexPut_", [[SampleInput([3, 2]), SampleInput([2, 1])]]) {
      $0[0].clone().indexPut_([nil, Tensor([1, 0])], $0[1].expand([2, 2])[0].expand([3, 2]))
    },
    DifferentiableOperator("assignment by a mask", [[SampleInput([3]), SampleInput([])]]) {
      let y = $0[0].clone()
      y[Tensor([true, false, true])] = $0[1]
      return y
    },
  ]

  private static let viewsChangedInPlace: [DifferentiableOperator] = [
    .matrix("a view changed in place") {
      let y = $0.sin()
      y[0].mul_(3)
      return y
    },
    .matrix("a view changed in place by a function of its result") {
      let y = $0.sin()
      y[0].sigmoid_()
      return y
    },
    .matrix("views of views changed in place by functions of their results") {
      let y = $0.sin()
      y.t()[1].neg_().sin_()
      y[0].sin_()
      y[.ellipsis, 1...].cos_()
      return y.clone()
    },
    .matrix("a view changed in place, used itself") {
      let y = $0.sin()
      let row = y[1]
      y.t()[0].exp_()
      return row * y.sum(dim: 0)
    },
    .matrix("a view of a base changed in place") {
      let y = $0.sin()
      let row = y[0]
      y.mul_(y.clone())
      return row.exp()
    },
    DifferentiableOperator("assignment to a view", [[SampleInput([2, 3]), SampleInput([3])]]) {
      let y = $0[0].sin()
      y[1] = $0[1] * $0[0].sum()
      return y * y
    },
    DifferentiableOperator("assignment to a constant's view", [[SampleInput([2])]]) {
      let y = Tensor.zeros(2, 2, dtype: .float64)
      y[0] = $0[0]
      y[1] = y[0].clone() * $0[0]
      return y
    },
  ]
}
