// The affine maps of a layer: linear and bilinear.

internal import GraphModel

// MARK: - linear

extension Tensor {
  /// This times `weight` transposed, plus `bias`: `x·Wᵀ + b`.
  ///
  /// The last dimension has size k, `weight` n×k (or k alone, for one number); the result has n in
  /// its place. All of one dtype. As PyTorch, it is one `addmm` for a matrix, and for a contiguous
  /// tensor of other rank seen as a matrix; else `matmul`, to which the bias is added.
  public func linear(_ weight: Tensor, bias: Tensor? = nil) -> Tensor {
    guard sizes.count != 0, weight.sizes.count != 0 else {
      refuse(
        "linear",
        "both arguments to linear need to be at least 1D, but they are \(sizes.count)D and "
          + "\(weight.sizes.count)D")
    }
    guard let bias else { return matmul(weight.t()) }
    if sizes.count == 2 { return bias.addmm(self, weight.t()) }
    let isBiasVector = bias.sizes.count == 1 || bias.sizes.filter { $0 != 1 }.count == 1
    if isContiguous, bias.isContiguous, isBiasVector {
      let last = sizes.count - 1
      let rows = (0..<last).reduce(1) { $0 * sizes[$1] }
      let result = bias.addmm(reshape([rows, sizes[last]]), weight.t())
      return result.view(Array(sizes.dropLast()) + [result.sizes[1]])
    }
    return matmul(weight.t()).add_(bias)
  }
}

// MARK: - bilinear

extension Tensor {
  /// A bilinear form of this and another tensor for each output: `x1ᵀ·W[k]·x2 + b[k]`.
  ///
  /// The last dimensions have sizes n and m, the others agree; `weight` is k×n×m, `bias` k. All of
  /// one floating-point dtype.
  public func bilinear(_ input2: Tensor, _ weight: Tensor, bias: Tensor? = nil) -> Tensor {
    let (rank, other) = (sizes.count, input2.sizes.count)
    func check(_ holds: Bool, _ what: String, _ a: Int, _ b: Int) {
      if !holds { refuse("bilinear", "bilinear(): \(what): got \(a) and \(b)") }
    }
    if let bias, [input2.dtype, weight.dtype, bias.dtype].contains(where: { $0 != dtype }) {
      refuse(
        "bilinear",
        "All tensors must have the same dtype, got input1: \(dtype.name), input2: "
          + "\(input2.dtype.name), weight: \(weight.dtype.name), bias: \(bias.dtype.name)")
    }
    check(rank == other, "input dimensions do not match", rank, other)
    guard rank > 0, weight.sizes.count == 3 else {
      refuse(
        "bilinear",
        "Dimension out of range: inputs need a dimension and weight three, not shapes \(sizes) and "
          + "\(weight.sizes)")
    }
    for d in 0..<(rank - 1) {
      check(
        sizes[d] == input2.sizes[d], "input batch dimensions do not match at dim \(d)", sizes[d],
        input2.sizes[d])
    }
    let (n, m) = (sizes[rank - 1], input2.sizes[rank - 1])
    check(n == weight.sizes[1], "input1 size does not match weight size", n, weight.sizes[1])
    check(m == weight.sizes[2], "input2 size does not match weight size", m, weight.sizes[2])
    if let bias {
      check(
        bias.size(0) == weight.sizes[0], "bias size does not match weight size", bias.size(0),
        weight.sizes[0])
    }
    let output = Tensor.trilinear(
      reshape([-1, n]), weight, input2.reshape([-1, m]),
      Trilinear(expand: ([1, 3], [0], [1, 2]), sumDim: [2, 3])
    ).reshape(Array(sizes.dropLast()) + [weight.sizes[0]])
    return bias.map { output + $0 } ?? output
  }

  /// The product of three tensors, each broadcast along some of the dimensions, summed over others.
  fileprivate static func trilinear(
    _ i1: Tensor, _ i2: Tensor, _ i3: Tensor, _ form: Trilinear
  ) -> Tensor {
    let operands = [i1, i2, i3]
    let terms = form.expansions.map { expanded in
      String(
        Trilinear.letters.indices.filter { !expanded.contains($0) }.map { Trilinear.letters[$0] })
    }
    let summed = Trilinear.letters.indices.filter { !form.sumDim.contains($0) }
    let result = noGrad {
      Tensor.einsum(
        terms.joined(separator: ",") + "->" + String(summed.map { Trilinear.letters[$0] }),
        operands
      ).contiguousData()
    }
    // Of no base, unlike what einsum gives.
    return .recorded(result.viewed(result.sizes), i1, i2, i3) {
      let node = TrilinearBackward0(form)
      for (slot, operand) in operands.enumerated()
      where operands.indices.contains(where: { $0 != slot && operands[$0].requiresGrad }) {
        node.save(.input(operand), slot)
      }
      return node
    }
  }
}

/// Along which of the four dimensions of a trilinear product each factor is broadcast, and over which
/// the product is summed.
private struct Trilinear {
  static let letters: [Character] = ["a", "b", "c", "d"]

  let expand: ([Int], [Int], [Int])
  let sumDim: [Int]

  var expansions: [[Int]] { [expand.0, expand.1, expand.2] }
}

final class TrilinearBackward0: Node {
  private let form: Trilinear

  fileprivate init(_ form: Trilinear) {
    self.form = form
    super.init()
  }

  override class var savedNames: [String] { ["i1", "i2", "i3"] }
  override var attributes: [String: AttributeValue] {
    [
      "expand1": .ints(form.expand.0), "expand2": .ints(form.expand.1),
      "expand3": .ints(form.expand.2), "sumdim": .ints(form.sumDim),
    ]
  }

  override func backward(_ g: Tensor) -> Gradients {
    let (e1, e2, e3) = form.expand
    let s = form.sumDim
    func product(
      _ i1: Tensor, _ i2: Tensor, _ i3: Tensor, _ expand: ([Int], [Int], [Int]), _ sumDim: [Int]
    ) -> Tensor { .trilinear(i1, i2, i3, Trilinear(expand: expand, sumDim: sumDim)) }
    return Gradients([
      needs(0) ? product(g, savedValue(1), savedValue(2), (s, e2, e3), e1) : nil,
      needs(1) ? product(savedValue(0), g, savedValue(2), (e1, s, e3), e2) : nil,
      needs(2) ? product(savedValue(0), savedValue(1), g, (e1, e2, s), e3) : nil,
    ])
  }
}
