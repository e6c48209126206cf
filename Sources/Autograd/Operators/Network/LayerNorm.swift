// layer_norm: normalisation over the last dimensions, its derivative and that one's.

internal import CKernels
internal import GraphModel

extension Tensor {
  /// Each part of the last dimensions less its mean and over its deviation, by `weight` and plus
  /// `bias`.
  ///
  /// Floating point, all of one dtype; `weight` and `bias` have the shape that is normalised.
  ///
  /// - Parameters:
  ///   - normalizedShape: the sizes of the last dimensions that are normalised together.
  ///   - weight: what a normalised element is multiplied by; 1 unless given.
  ///   - bias: what is added to it then; 0 unless given.
  ///   - eps: what is added to the variance.
  /// - Returns: a tensor of the same shape.
  public func layerNorm(
    _ normalizedShape: [Int], weight: Tensor? = nil, bias: Tensor? = nil, eps: Double = 1e-5
  ) -> Tensor {
    let operation = "layer_norm"
    checkNormalizedShape(normalizedShape, weight, bias, operation)
    checkParameterDTypes([weight, bias], operation)
    checkFloatingPoint(operation, "LayerNormKernelImpl")
    let axis = sizes.count - normalizedShape.count
    let statistics = Dims(sizes.indices.map { $0 < axis ? sizes[$0] : 1 })
    let result = Tensor(empty: sizes, dtype)
    let mean = Tensor(empty: statistics, dtype)
    let rstd = Tensor(empty: statistics, dtype)
    let (x, w, b) = (contiguousData(), weight?.contiguousData(), bias?.contiguousData())
    withExtendedLifetime((x, w, b)) {
      var call = agk_rows(x, rows: statistics.product, mean: mean, rstd: rstd, weight: w)
      call.bias = b.map { UnsafeRawPointer($0.pointer) }
      call.eps = eps
      call.out = result.pointer
      agk_layer_norm(&call)
    }
    guard
      isGradEnabled,
      requiresGrad || (weight?.requiresGrad ?? false) || (bias?.requiresGrad ?? false)
    else { return result }
    let node = NativeLayerNormBackward0(normalizedShape)
    node.addEdge(to: self)
    for parameter in [weight, bias] { node.addEdge(parameter?.gradientEdge ?? .none) }
    node.saveAll(self, weight, mean, rstd)
    node.save(ifAny: bias, LayerNormNode.biasSlot)
    node.adopt(result)
    return result
  }

  /// Refuses a shape that this tensor does not end with, and parameters of another.
  func checkNormalizedShape(
    _ shape: [Int], _ weight: Tensor?, _ bias: Tensor?, _ operation: String
  ) {
    guard !shape.isEmpty else {
      refuse(
        operation,
        "Expected normalized_shape to be at least 1-dimensional, i.e., containing at least one "
          + "element, but got normalized_shape = \(shape)")
    }
    for (name, parameter) in [("weight", weight), ("bias", bias)] {
      guard let parameter, parameter.shape != shape else { continue }
      refuse(
        operation,
        "Expected \(name) to be of same shape as normalized_shape, but got \(name) of shape "
          + "\(parameter.sizes) and normalized_shape = \(shape)")
    }
    guard self.shape.suffix(shape.count).elementsEqual(shape) else {
      refuse(
        operation,
        "Given normalized_shape=\(shape), expected input with shape [*, "
          + "\(shape.map { "\($0)" }.joined(separator: ", "))], but got input of size\(sizes)")
    }
  }
}

extension agk_rows {
  /// A contiguous tensor as rows.
  ///
  /// Only valid while the tensors live, and what is put in lives likewise.
  init(_ x: Tensor, rows: Int, mean: Tensor, rstd: Tensor, weight: Tensor?) {
    self.init()
    dtype = x.dtype.kernel
    self.rows = Int64(rows)
    length = rows == 0 ? 0 : Int64(x.count / rows)
    self.x = UnsafeRawPointer(x.pointer)
    self.weight = weight.map { UnsafeRawPointer($0.pointer) }
    self.mean = mean.pointer
    self.rstd = rstd.pointer
  }
}

// MARK: - Derivatives

/// What the derivatives of layer normalisation have in common.
class LayerNormNode: Node {
  final let normalizedShape: [Int]

  init(_ normalizedShape: [Int]) {
    self.normalizedShape = normalizedShape
    super.init()
  }

  static let inputSlot = 0
  static let weightSlot = 1
  static let meanSlot = 2
  static let rstdSlot = 3
  static let biasSlot = 4
  static let gradOutSlot = 4

  override final var attributes: [String: AttributeValue] {
    ["normalized_shape": .ints(normalizedShape)]
  }

  final func saveAll(_ input: Tensor, _ weight: Tensor?, _ mean: Tensor, _ rstd: Tensor) {
    save(.input(input), LayerNormNode.inputSlot)
    save(ifAny: weight, LayerNormNode.weightSlot)
    save(.input(mean), LayerNormNode.meanSlot)
    save(.input(rstd), LayerNormNode.rstdSlot)
  }
}

final class NativeLayerNormBackward0: LayerNormNode {
  override class var savedNames: [String] { ["input", "weight", "result1", "result2", "bias"] }

  override func backward(_ g: Tensor) -> Gradients {
    let input = savedValue(LayerNormNode.inputSlot)
    let weight = savedIfAny(LayerNormNode.weightSlot)
    let bias = savedIfAny(LayerNormNode.biasSlot)
    let mean = savedValue(LayerNormNode.meanSlot)
    let rstd = savedValue(LayerNormNode.rstdSlot)
    let shape = Dims(normalizedShape)
    let gradients = NormalizationGradients(
      self, input: input, weightSizes: shape, biasSizes: shape)
    let (x, dy, w) = (input.contiguousData(), g.contiguousData(), weight?.contiguousData())
    withExtendedLifetime((x, dy, w)) {
      var call = agk_rows(x, rows: mean.count, mean: mean, rstd: rstd, weight: w)
      call.length = Int64(shape.product)
      call.gradient = UnsafeRawPointer(dy.pointer)
      call.out = gradients.input?.pointer
      call.weight_gradient = gradients.weight?.pointer
      call.bias_gradient = gradients.bias?.pointer
      if !agk_layer_norm_backward(&call) { Memory.refuse(2 * w!.count, "sums of gradients") }
    }
    if isGradEnabled, g.requiresGrad || input.requiresGrad || (weight?.requiresGrad ?? false) {
      let node = NativeLayerNormBackwardBackward0(normalizedShape)
      node.addEdge(to: g)
      node.addEdge(to: input)
      for _ in 0..<2 { node.addEdge(.none) }
      for parameter in [weight, bias] { node.addEdge(parameter?.gradientEdge ?? .none) }
      node.saveAll(input, weight, mean, rstd)
      node.save(.input(g), LayerNormNode.gradOutSlot)
      node.adopt(computed: gradients.all)
    }
    return Gradients(gradients.all)
  }
}

final class NativeLayerNormBackwardBackward0: LayerNormNode {
  override class var savedNames: [String] { ["input", "weight", "mean", "rstd", "grad_out"] }

  /// Source: layer_norm_double_backward in torch/csrc/autograd/FunctionsManual.cpp.
  override func backward(_ gradients: consuming Gradients) throws(AutogradError) -> Gradients {
    let saved = savedValue(LayerNormNode.inputSlot)
    let weight = savedIfAny(LayerNormNode.weightSlot)
    let length = normalizedShape.reduce(1, *)
    let rows = savedValue(LayerNormNode.meanSlot).count
    let n = Scalar.int(length)
    let input = saved.reshape(rows, length)
    let g = savedValue(LayerNormNode.gradOutSlot).reshape(rows, length)
    let mean = savedValue(LayerNormNode.meanSlot).reshape(rows, 1)
    let rstd = savedValue(LayerNormNode.rstdSlot).reshape(rows, 1)
    let factor = weight?.reshape(1, length) ?? Tensor.full(Dims([1]), .int(1), input.dtype)
    let byWeight = weight == nil ? nil : gradients[1]?.reshape(1, length)
    let byBias = try biasGradient(gradients, weight)?.reshape(1, length)
    let byInput = gradients[0]?.reshape(rows, length)

    let distance = input - mean
    let squared = rstd.pow(2)
    let cubed = rstd.pow(3)
    let scaledDistance = distance * cubed

    var ofInput: Tensor?
    if let byInput {
      let scaled = g * factor
      let products = (scaled * distance).sumOfRows
      let sum = scaled.sumOfRows
      let otherSum = byInput.sumOfRows
      let otherProducts = (byInput * distance).sumOfRows
      let all =
        ((otherSum * sum).divided(by: n) - (byInput * scaled).sumOfRows)
        + (squared * products * otherProducts).scaled(by: .double(3 / Double(length)))
      let first = (scaledDistance * all).divided(by: n)
      // PyTorch's compiler does the second factor first.
      let rest = sum.divided(by: n) - scaled
      let second = (otherProducts * cubed).divided(by: n) * rest
      let otherRest = otherSum.divided(by: n) - byInput
      let third = (products * cubed).divided(by: n) * otherRest
      ofInput = first + second + third
    }
    if let byWeight {
      let own = g * byWeight * rstd
      let share = (rstd * (g * byWeight).sumOfRows).divided(by: .int(-length))
      let bend =
        (scaledDistance * (g * byWeight * distance).sumOfRows).divided(by: .int(-length))
      let term = own + share + bend
      ofInput = ofInput.map { $0 + term } ?? term
    }
    ofInput = ofInput?.reshapeAs(saved)

    /// The first derivative's gradient of the input.
    func firstDerivative(_ g: Tensor, _ factor: Tensor) -> Tensor {
      let scale = (factor * rstd).divided(by: n)
      let rest = g.scaled(by: n) - g.sumOfRows
      let products = (g * distance).sumOfRows
      return scale * (rest - (distance * squared) * products)
    }

    var ofWeight: Tensor?
    if let weight, let byInput {
      let one = Tensor.full(Dims(), .int(1), input.dtype)
      ofWeight = (g * firstDerivative(byInput, one)).sum(dim: 0).reshapeAs(weight)
    }
    var ofGradient = byInput.map { firstDerivative($0, factor) }
    if let byWeight {
      let term = byWeight * distance * rstd
      ofGradient = ofGradient.map { $0 + term } ?? term
    }
    if let byBias { ofGradient = ofGradient.map { $0 + byBias } ?? byBias }
    ofGradient = ofGradient?.expand(rows, length).reshapeAs(saved)
    return Gradients([ofGradient, ofInput, nil, nil, ofWeight])
  }
}

extension Tensor {
  /// The sums of a matrix's rows, as a column.
  fileprivate var sumOfRows: Tensor { sum(dim: 1, keepdim: true) }
}
