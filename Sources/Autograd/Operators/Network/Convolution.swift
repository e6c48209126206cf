// Convolutions in one, two and three dimensions, and what runs them.

internal import CKernels
internal import GraphModel

extension Tensor {
  /// The cross-correlation of signals [N, C, L] with a weight [out, C / groups, k].
  ///
  /// One signal may come without its first dimension. Any dtype but bool, the same for all operands;
  /// `bias` has a number for each of the `out` channels. `padding` is an `Int`, an array, `.same` or
  /// `.valid`. Refuses channels that do not fit and a kernel larger than the padded signal.
  public func conv1d(
    _ weight: Tensor, bias: Tensor? = nil, stride: some SpatialSizes = 1,
    padding: some ConvolutionPadding = 0, dilation: some SpatialSizes = 1, groups: Int = 1
  ) -> Tensor {
    convolving(
      weight, bias, stride.given(1), padding.convolutionPadding, dilation.given(1), groups, 1)
  }

  /// The cross-correlation of images [N, C, H, W] with a weight [out, C / groups, kH, kW].
  ///
  /// One image may come without its first dimension. Any dtype but bool, the same for all operands;
  /// `bias` has a number for each of the `out` channels. `padding` is an `Int`, an array, `.same` or
  /// `.valid`. Refuses channels that do not fit and a kernel larger than the padded image.
  public func conv2d(
    _ weight: Tensor, bias: Tensor? = nil, stride: some SpatialSizes = 1,
    padding: some ConvolutionPadding = 0, dilation: some SpatialSizes = 1, groups: Int = 1
  ) -> Tensor {
    convolving(
      weight, bias, stride.given(2), padding.convolutionPadding, dilation.given(2), groups, 2)
  }

  /// The cross-correlation of volumes [N, C, D, H, W] with a weight [out, C / groups, kD, kH, kW].
  ///
  /// One volume may come without its first dimension. Any dtype but bool, the same for all operands;
  /// `bias` has a number for each of the `out` channels. `padding` is an `Int`, an array, `.same` or
  /// `.valid`. Refuses channels that do not fit and a kernel larger than the padded volume.
  public func conv3d(
    _ weight: Tensor, bias: Tensor? = nil, stride: some SpatialSizes = 1,
    padding: some ConvolutionPadding = 0, dilation: some SpatialSizes = 1, groups: Int = 1
  ) -> Tensor {
    convolving(
      weight, bias, stride.given(3), padding.convolutionPadding, dilation.given(3), groups, 3)
  }

  /// The transposed convolution of signals [N, C, L] with a weight [C, out / groups, k].
  ///
  /// What `conv1d` with these numbers would take to the input's size; `outputPadding` makes the result
  /// longer at its end. One signal may come without its first dimension.
  public func convTranspose1d(
    _ weight: Tensor, bias: Tensor? = nil, stride: some SpatialSizes = 1,
    padding: some SpatialSizes = 0, outputPadding: some SpatialSizes = 0, groups: Int = 1,
    dilation: some SpatialSizes = 1
  ) -> Tensor {
    transposedConvolving(
      weight, bias, stride.given(1), padding.given(1), outputPadding.given(1), groups,
      dilation.given(1), 1)
  }

  /// The transposed convolution of images [N, C, H, W] with a weight [C, out / groups, kH, kW].
  ///
  /// What `conv2d` with these numbers would take to the input's size; `outputPadding` makes the result
  /// larger at its ends. One image may come without its first dimension.
  public func convTranspose2d(
    _ weight: Tensor, bias: Tensor? = nil, stride: some SpatialSizes = 1,
    padding: some SpatialSizes = 0, outputPadding: some SpatialSizes = 0, groups: Int = 1,
    dilation: some SpatialSizes = 1
  ) -> Tensor {
    transposedConvolving(
      weight, bias, stride.given(2), padding.given(2), outputPadding.given(2), groups,
      dilation.given(2), 2)
  }

  /// The transposed convolution of volumes [N, C, D, H, W] with a weight [C, out / groups, kD, kH, kW].
  ///
  /// What `conv3d` with these numbers would take to the input's size; `outputPadding` makes the result
  /// larger at its ends. One volume may come without its first dimension.
  public func convTranspose3d(
    _ weight: Tensor, bias: Tensor? = nil, stride: some SpatialSizes = 1,
    padding: some SpatialSizes = 0, outputPadding: some SpatialSizes = 0, groups: Int = 1,
    dilation: some SpatialSizes = 1
  ) -> Tensor {
    transposedConvolving(
      weight, bias, stride.given(3), padding.given(3), outputPadding.given(3), groups,
      dilation.given(3), 3)
  }

  // MARK: As PyTorch composes them

  private func convolving(
    _ weight: Tensor, _ bias: Tensor?, _ stride: [Int], _ padding: ConvolutionPaddingKind,
    _ dilation: [Int], _ groups: Int, _ count: Int
  ) -> Tensor {
    let operation = "conv\(count)d"
    return batched(count, operation) { input in
      var parameters = ConvolutionParameters(
        stride: stride, padding: Array(repeating: 0, count: count), dilation: dilation,
        outputPadding: Array(repeating: 0, count: count), groups: groups)
      switch padding {
      case .all(let number): parameters.padding = Array(repeating: number, count: count)
      case .each(let numbers): parameters.padding = numbers
      case .mode(.none):
        parameters.padding = [0]
        parameters.outputPadding = [0]
      case .mode(.keepingSize):
        return input.convolvingToSameSize(weight, bias, parameters, operation)
      }
      return input.convolution(weight, bias, parameters, operation)
    }
  }

  /// Source: ATen/native/Convolution.cpp, _convolution_same.
  private func convolvingToSameSize(
    _ weight: Tensor, _ bias: Tensor?, _ parameters: ConvolutionParameters, _ operation: String
  ) -> Tensor {
    Tensor.checkWeight(weight, operation)
    let count = weight.sizes.count - 2
    if parameters.groups <= 0 { refuse(operation, "non-positive groups is not supported") }
    guard weight.sizes.count == sizes.count else {
      refuse(
        operation,
        "Expected \(weight.sizes.count)-dimensional input for \(weight.sizes.count)-dimensional "
          + "weight \(weight.sizes), but got \(sizes.count)-dimensional input of size \(sizes) "
          + "instead")
    }
    for (numbers, name) in [(parameters.stride, "stride"), (parameters.dilation, "dilation")]
    where numbers.count != count && numbers.count != 1 {
      refuse(operation, "\(name) cannot broadcast to \(count) dimensions")
    }
    guard parameters.stride.allSatisfy({ $0 == 1 }) else {
      refuse(operation, "padding='same' is not supported for strided convolutions")
    }
    let totals = (0..<count).map {
      let dilation = parameters.dilation
      return dilation[dilation.count == 1 ? 0 : $0] * (weight.sizes[$0 + 2] - 1)
    }
    var parameters = parameters
    parameters.padding = totals.map { $0 / 2 }
    parameters.outputPadding = Array(repeating: 0, count: count)
    guard totals.contains(where: { $0 > 0 && $0 % 2 != 0 }) else {
      return convolution(weight, bias, parameters, operation)
    }
    // What cannot be shared evenly is added at the end first.
    let rest = totals.reversed().flatMap { [0, $0 % 2] }
    return pad(rest).convolution(weight, bias, parameters, operation)
  }

  private func transposedConvolving(
    _ weight: Tensor, _ bias: Tensor?, _ stride: [Int], _ padding: [Int], _ outputPadding: [Int],
    _ groups: Int, _ dilation: [Int], _ count: Int
  ) -> Tensor {
    let operation = "conv_transpose\(count)d"
    let parameters = ConvolutionParameters(
      stride: stride, padding: padding, dilation: dilation, transposed: true,
      outputPadding: outputPadding, groups: groups)
    return batched(count, operation) { $0.convolution(weight, bias, parameters, operation) }
  }

  /// Calls `body` with this tensor, or with it as a batch of one, whose dimension the result loses.
  private func batched(
    _ count: Int, _ operation: String, _ body: (Tensor) -> Tensor
  ) -> Tensor {
    if sizes.count == count + 2 { return body(self) }
    guard sizes.count == count + 1 else {
      refuse(
        operation,
        "Expected \(count + 1)D (unbatched) or \(count + 2)D (batched) input to \(operation), but "
          + "got input of size: \(sizes)")
    }
    return body(unsqueeze(0)).squeeze(0)
  }

  private static func checkWeight(_ weight: Tensor, _ operation: String) {
    guard weight.sizes.count > 2 else {
      refuse(operation, "weight should have at least three dimensions")
    }
  }
}

// MARK: - The operator

extension Tensor {
  /// A convolution, transposed or not, of a batch.
  func convolution(
    _ weight: Tensor, _ bias: Tensor?, _ given: ConvolutionParameters,
    _ operation: String = "convolution"
  ) -> Tensor {
    Tensor.checkWeight(weight, operation)
    let parameters = given.expanded(weight.sizes.count - 2, operation)
    parameters.check(self, weight, bias, operation)
    let result = Tensor(empty: parameters.resultSizes(self, weight, operation), dtype)
    if result.count > 0 {
      let c = parameters.geometry(input: sizes, weight: weight.sizes, result: result.sizes)
      let (x, w, b) = (contiguousData(), weight.contiguousData(), bias?.contiguousData())
      Tensor.run(c, operation) {
        given.transposed
          ? agk_convolve_transposed(
            dtype.kernel, $0, result.pointer, x.pointer, w.pointer, b?.pointer)
          : agk_convolve(dtype.kernel, $0, result.pointer, x.pointer, w.pointer, b?.pointer)
      }
    }
    return result.recorded(from: self, weight, bias) {
      ConvolutionBackward0(given, bias: bias?.sizes ?? Dims([0])).saving(self, weight)
    }
  }

  /// The gradients of a convolution's operands, those that are wanted; this is the result's.
  func convolutionBackward(
    _ input: Tensor, _ weight: Tensor, bias: Dims, _ given: ConvolutionParameters, wanted: [Bool]
  ) -> Gradients {
    let operation = "convolution_backward"
    let parameters = given.expanded(weight.sizes.count - 2, operation)
    // No input has no part in anything.
    func gradient(_ operand: Tensor) -> Tensor {
      input.count > 0
        ? Tensor(empty: operand.sizes, dtype) : .full(operand.sizes, .int(0), dtype)
    }
    let byInput = wanted[0] ? gradient(input) : nil
    let byWeight = wanted[1] ? gradient(weight) : nil
    if input.count > 0 {
      let c = parameters.geometry(
        input: input.sizes, weight: weight.sizes, result: sizes, isDerivative: true)
      let g = contiguousData()
      if let byInput {
        let w = weight.contiguousData()
        Tensor.run(c, operation) {
          given.transposed
            ? agk_convolve(dtype.kernel, $0, byInput.pointer, g.pointer, w.pointer, nil)
            : agk_convolve_transposed(
              dtype.kernel, $0, byInput.pointer, g.pointer, w.pointer, nil)
        }
      }
      if let byWeight {
        let x = input.contiguousData()
        let (a, b) = given.transposed ? (g, x) : (x, g)
        Tensor.run(c, operation) {
          agk_convolve_weight(dtype.kernel, $0, byWeight.pointer, a.pointer, b.pointer)
        }
      }
    }
    let byBias =
      !wanted[2]
      ? nil
      : input.count == 0
        ? .full(bias, .int(0), dtype) : noGrad { sum(dim: [0] + Array(2..<sizes.count)) }
    let results = [byInput, byWeight, byBias]
    if isGradEnabled, requiresGrad || input.requiresGrad || weight.requiresGrad {
      let node = ConvolutionBackwardBackward0(given).saving(self, input, weight)
      for operand in [self, input, weight] { node.addEdge(to: operand) }
      // An output that nobody asked for keeps its number.
      node.adopt(results.map { $0 ?? Tensor(empty: Dims([0]), dtype) })
    }
    return Gradients(results)
  }

  /// Calls a kernel; traps when there is no memory for its work.
  private static func run(
    _ geometry: agk_convolution, _ operation: String,
    _ kernel: (UnsafePointer<agk_convolution>) -> Bool
  ) {
    guard withUnsafePointer(to: geometry, kernel) else {
      refuse(operation, "there is no memory for the work of a convolution, or it is too large")
    }
  }
}
