// What a convolution is besides its operands: its numbers, the sizes that follow from them, and what
// of them is refused.

internal import CKernels
internal import GraphModel

struct ConvolutionParameters {
  // As they were given: one number for all spatial dimensions, or one each.
  var stride: [Int]
  var padding: [Int]
  var dilation: [Int]
  var transposed = false
  var outputPadding: [Int]
  var groups: Int

  /// As PyTorch shows them.
  var attributes: [String: AttributeValue] {
    [
      "stride": .ints(stride), "padding": .ints(padding), "dilation": .ints(dilation),
      "transposed": .bool(transposed), "output_padding": .ints(outputPadding),
      "groups": .int(groups),
    ]
  }

  /// With a number for each of `count` spatial dimensions.
  func expanded(_ count: Int, _ operation: String) -> ConvolutionParameters {
    func expanded(_ numbers: [Int], _ name: String) -> [Int] {
      if numbers.count == count { return numbers }
      guard numbers.count == 1 else {
        refuse(
          operation,
          "expected \(name) to be a single integer value or a list of \(count) values to match the "
            + "convolution dimensions, but got \(name)=\(numbers)")
      }
      return Array(repeating: numbers[0], count: count)
    }
    var result = self
    result.stride = expanded(stride, "stride")
    result.padding = expanded(padding, "padding")
    result.dilation = expanded(dilation, "dilation")
    result.outputPadding = expanded(outputPadding, "output_padding")
    return result
  }

  // MARK: What is refused

  /// Refuses operands that do not fit each other, in PyTorch's order; the numbers are expanded.
  func check(_ input: Tensor, _ weight: Tensor, _ bias: Tensor?, _ operation: String) {
    checkNumbers(operation)
    let w = weight.sizes
    guard w.count == input.sizes.count else {
      refuse(
        operation,
        "Expected \(w.count)-dimensional input for \(w.count)-dimensional weight \(w), but got "
          + "\(input.sizes.count)-dimensional input of size \(input.sizes) instead")
    }
    guard w[0] >= groups else {
      refuse(
        operation,
        "Given groups=\(groups), expected weight to be at least \(groups) at dimension 0, but got "
          + "weight of size \(w) instead")
    }
    guard w[0] % groups == 0 else {
      refuse(
        operation,
        "Given groups=\(groups), expected weight to be divisible by \(groups) at dimension 0, but "
          + "got weight of size \(w) instead")
    }
    let channels = transposed ? w[0] : w[1] * groups
    let given = transposed ? "Given transposed=1, weight" : "Given groups=\(groups), weight"
    guard input.sizes[1] == channels else {
      refuse(
        operation,
        "\(given) of size \(w), expected input\(input.sizes) to have \(channels) channels, but got "
          + "\(input.sizes[1]) channels instead")
    }
    let results = transposed ? w[1] * groups : w[0]
    if let bias, bias.sizes != Dims([results]) {
      refuse(
        operation,
        "Given \(transposed ? "transposed=1, " : "")weight of size \(w), expected bias to be "
          + "1-dimensional with \(results) elements, but got bias of size \(bias.sizes) instead")
    }
    if !transposed { checkKernel(input, weight, operation) }
    checkElements(input, weight, bias, operation)
  }

  private func checkNumbers(_ operation: String) {
    if padding.contains(where: { $0 < 0 }) {
      refuse(operation, "negative padding is not supported")
    }
    if outputPadding.contains(where: { $0 < 0 }) {
      refuse(operation, "negative output_padding is not supported")
    }
    if stride.contains(where: { $0 <= 0 }) {
      refuse(operation, "non-positive stride is not supported")
    }
    if dilation.contains(where: { $0 <= 0 }) {
      refuse(operation, "non-positive dilation is not supported")
    }
    if groups <= 0 { refuse(operation, "non-positive groups is not supported") }
  }

  private func checkKernel(_ input: Tensor, _ weight: Tensor, _ operation: String) {
    let padded = padding.indices.map { input.sizes[$0 + 2] + 2 * padding[$0] }
    let kernel = padding.indices.map { dilation[$0] * (weight.sizes[$0 + 2] - 1) + 1 }
    guard zip(padded, kernel).contains(where: { $0 < $1 }) else { return }
    func joined(_ sizes: [Int]) -> String { sizes.map(String.init).joined(separator: " x ") }
    refuse(
      operation,
      "Calculated padded input size per channel: (\(joined(padded))). Kernel size: "
        + "(\(joined(kernel))). Kernel size can't be greater than actual input size")
  }

  private func checkElements(
    _ input: Tensor, _ weight: Tensor, _ bias: Tensor?, _ operation: String
  ) {
    for (other, name) in [(weight, "weight"), (bias, "bias")] {
      guard let other, other.dtype != input.dtype else { continue }
      refuse(
        operation,
        "Input type (torch.\(input.dtype.tensorTypeName)) and \(name) type "
          + "(torch.\(other.dtype.tensorTypeName)) should be the same: expected scalar type "
          + "\(input.dtype.scalarTypeName) but found \(other.dtype.scalarTypeName)")
    }
    if input.count == 0, input.sizes[0] != 0, input.sizes[1] != 0 {
      refuse(
        operation,
        "Only zero batch or zero channel inputs are supported, but got input shape: \(input.sizes)")
    }
    guard input.count > 0, weight.count == 0 else { return }
    let kernel = Array(weight.sizes.dropFirst(2))
    guard kernel.allSatisfy({ $0 > 0 }) else {
      refuse(operation, "kernel size should be greater than zero, but got \(kernel)")
    }
    let group = [weight.sizes[0] / groups] + weight.sizes.dropFirst()
    refuse(operation, "non-empty 2D or 4D weight tensor expected, but got: \(group)")
  }

  private func checkDtype(_ input: Tensor, _ operation: String) {
    guard input.count > 0, let kernel = missingKernel(input) else { return }
    refuse(operation, "\"\(kernel)\" not implemented for '\(input.dtype.scalarTypeName)'")
  }

  /// PyTorch's kernel that does not know the dtype; nil where all is well.
  private func missingKernel(_ input: Tensor) -> String? {
    let dimensions = stride.count == 3 ? 3 : 2
    switch input.dtype {
    case .bool, .int32:
      if transposed { return "slow_conv_transpose\(dimensions)d_out_cpu" }
      if dilation.contains(where: { $0 != 1 }) { return "slow_conv_dilated<>" }
      guard input.dtype == .bool else { return nil }
      return dimensions == 3 ? "compute_columns3d" : "slow_conv2d_cpu"
    default: return nil
    }
  }

  // MARK: Sizes

  /// The shape of the result; refuses one that cannot be.
  func resultSizes(_ input: Tensor, _ weight: Tensor, _ operation: String) -> Dims {
    var result = Dims([input.sizes[0], transposed ? weight.sizes[1] * groups : weight.sizes[0]])
    if input.sizes[1] == 0 { result[1] = 0 }
    if transposed { checkOutputPadding(operation) }
    for i in stride.indices {
      let span = dilation[i] * (weight.sizes[i + 2] - 1)
      let size = input.sizes[i + 2]
      result.append(
        transposed
          ? (size - 1) * stride[i] - 2 * padding[i] + span + outputPadding[i] + 1
          : (size + 2 * padding[i] - span - 1) / stride[i] + 1)
    }
    // oneDNN makes an empty result where others refuse.
    let least = isForOneDNN(input, weight) ? 0 : 1
    if result.dropFirst(2).contains(where: { $0 < least }) {
      // A signal is an image of height 1 there.
      func joined(_ sizes: some Sequence<Int>) -> String {
        ((stride.count == 1 ? ["1"] : []) + sizes.map(String.init)).joined(separator: " x ")
      }
      refuse(
        operation,
        "Given input size per channel: (\(joined(input.sizes.dropFirst(2)))). Calculated output "
          + "size per channel: (\(joined(result.dropFirst(2)))). Output size is too small")
    }
    checkDtype(input, operation)
    return result
  }

  /// Whether PyTorch leaves the convolution to oneDNN.
  ///
  /// Source: ATen/native/Convolution.cpp, use_mkldnn.
  private func isForOneDNN(_ input: Tensor, _ weight: Tensor) -> Bool {
    guard input.dtype == .float32, dilation.allSatisfy({ $0 == 1 }) || !transposed else {
      return false
    }
    let kernel = weight.sizes.suffix(stride.count == 1 ? 1 : 2)
    return groups > 1 || (stride.count > 1 && kernel.allSatisfy { $0 > 3 }) || input.sizes[0] > 1
      || input.sizes.prefix(4).reduce(1, *) > 20480
  }

  private func checkOutputPadding(_ operation: String) {
    let isTooLarge = stride.indices.contains {
      outputPadding[$0] >= stride[$0] && outputPadding[$0] >= dilation[$0]
    }
    guard isTooLarge else { return }
    let names = ["depth", "height", "width"].suffix(stride.count == 3 ? 3 : 2)
    let numbers = [
      ("output_padding", outputPadding, 0), ("stride", stride, 1), ("dilation", dilation, 1),
    ]
    let named = numbers.map { name, numbers, neutral in
      let all = stride.count == 1 ? [neutral] + numbers : numbers
      return zip(names, all).map { "\(name)_\($0): \($1)" }.joined(separator: " ")
    }
    refuse(
      operation,
      "output padding must be smaller than either stride or dilation, but got "
        + named.joined(separator: " "))
  }

  /// What the kernels take: the sizes of the convolution, or of the one that this one transposes.
  func geometry(
    input: Dims, weight: Dims, result: Dims, isDerivative: Bool = false
  ) -> agk_convolution {
    let (x, y) = transposed ? (result, input) : (input, result)
    let missing = 5 - weight.count
    func three(_ numbers: [Int], _ neutral: Int) -> (Int64, Int64, Int64) {
      let all = Array(repeating: neutral, count: missing) + numbers
      return (Int64(all[0]), Int64(all[1]), Int64(all[2]))
    }
    return agk_convolution(
      batch: Int64(input[0]), groups: Int64(groups), in_channels: Int64(weight[1]),
      out_channels: Int64(weight[0] / groups), in: three(Array(x.dropFirst(2)), 1),
      out: three(Array(y.dropFirst(2)), 1), kernel: three(Array(weight.dropFirst(2)), 1),
      stride: three(stride, 1), padding: three(padding, 0), dilation: three(dilation, 1),
      is_derivative: isDerivative)
  }
}
