// The derivatives of convolutions, of first and second order.

internal import GraphModel

final class ConvolutionBackward0: Node {
  private let parameters: ConvolutionParameters
  private let biasSizes: Dims

  init(_ parameters: ConvolutionParameters, bias: Dims) {
    self.parameters = parameters
    biasSizes = bias
    super.init()
  }

  override class var savedNames: [String] { ["input", "weight"] }
  override var attributes: [String: AttributeValue] {
    parameters.attributes.merging(["bias_sym_sizes_opt": .ints(biasSizes.array)]) { $1 }
  }

  override func backward(_ g: Tensor) -> Gradients {
    g.convolutionBackward(
      savedValue(0), savedValue(1), bias: biasSizes, parameters,
      wanted: [needs(0), needs(1), needs(2)])
  }
}

/// Source: ATen/native/Convolution.cpp, _convolution_double_backward.
final class ConvolutionBackwardBackward0: Node {
  private let given: ConvolutionParameters

  init(_ parameters: ConvolutionParameters) {
    given = parameters
    super.init()
  }

  override class var savedNames: [String] { ["grad_output", "input", "weight"] }
  override var attributes: [String: AttributeValue] { given.attributes }

  override func backward(_ gradients: consuming Gradients) throws(AutogradError) -> Gradients {
    let (gradOutput, input, weight) = (savedValue(0), savedValue(1), savedValue(2))
    let parameters = given.expanded(weight.sizes.count - 2, "convolution_backward")
    let (byInput, byWeight, byBias) = (gradients[0], gradients[1], gradients[2])
    var result: [Tensor?] = [nil, nil, nil]
    if needs(0) {
      var sum: Tensor?
      func add(_ term: Tensor) { sum = sum.map { $0 + term } ?? term }
      if input.count > 0 {
        if let byInput { add(byInput.convolution(weight, nil, parameters)) }
        if let byWeight { add(input.convolution(byWeight, nil, parameters)) }
      }
      if let byBias { add(ConvolutionBackwardBackward0.spread(byBias, over: gradOutput)) }
      result[0] = sum
    }
    guard input.count > 0 else { return Gradients(result) }
    if needs(2), let byInput {
      result[2] = ConvolutionBackwardBackward0.ofWeight(byInput, gradOutput, weight, parameters)
    }
    if needs(1), let byWeight {
      result[1] = ConvolutionBackwardBackward0.ofInput(byWeight, gradOutput, input, parameters)
    }
    return Gradients(result)
  }

  private static func spread(_ byBias: Tensor, over gradOutput: Tensor) -> Tensor {
    var shape = Array(repeating: 1, count: gradOutput.sizes.count)
    shape[1] = byBias.count
    return byBias.contiguous().view(shape).expand(gradOutput.sizes)
  }

  /// Channels take the place of the batch, which is summed over.
  private static func ofWeight(
    _ byInput: Tensor, _ gradOutput: Tensor, _ weight: Tensor, _ parameters: ConvolutionParameters
  ) -> Tensor {
    var crossed = parameters
    crossed.groups = 1
    crossed.transposed = false
    swap(&crossed.stride, &crossed.dilation)
    let g = gradOutput.transpose(0, 1)
    let x = byInput.transpose(0, 1)
    func crossing(_ g: Tensor, _ x: Tensor) -> Tensor {
      parameters.transposed ? g.convolution(x, nil, crossed) : x.convolution(g, nil, crossed)
    }
    func part(_ tensor: Tensor, _ group: Int) -> Tensor {
      let length = tensor.sizes[0] / parameters.groups
      return tensor.narrow(dim: 0, start: length * group, length: length)
    }
    var result: Tensor
    if parameters.groups == 1 {
      result = crossing(g, x)
    } else {
      result = .cat(
        (0..<parameters.groups).map { group in
          let xPart = part(x, group)
          return crossing(part(g, group), xPart)
        }, dim: 1)
    }
    result = result.transpose(0, 1)
    return trimmed(result, to: weight.sizes)
  }

  private static func ofInput(
    _ byWeight: Tensor, _ gradOutput: Tensor, _ input: Tensor, _ parameters: ConvolutionParameters
  ) -> Tensor {
    var back = parameters
    back.transposed = !parameters.transposed
    if parameters.transposed {
      return trimmed(gradOutput.convolution(byWeight, nil, back), to: input.sizes)
    }
    for i in back.stride.indices {
      let reached =
        (byWeight.sizes[i + 2] - 1) * back.dilation[i] - 2 * back.padding[i]
        + back.stride[i] * (gradOutput.sizes[i + 2] - 1) + 1
      if reached != input.sizes[i + 2] { back.outputPadding[i] = input.sizes[i + 2] - reached }
    }
    return gradOutput.convolution(byWeight, nil, back)
  }

  /// Without what lies behind the given sizes of the spatial dimensions.
  private static func trimmed(_ tensor: Tensor, to sizes: Dims) -> Tensor {
    var result = tensor
    for i in 2..<sizes.count where result.sizes[i] > sizes[i] {
      result = result.narrow(dim: i, start: 0, length: sizes[i])
    }
    return result
  }
}
