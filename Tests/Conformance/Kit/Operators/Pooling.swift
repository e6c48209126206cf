// Pooling of all kinds, and its opposite.

import Autograd

let poolingOperators: [String: Operator] = [
  "max_pool1d": maxPool(1), "max_pool2d": maxPool(2), "max_pool3d": maxPool(3),
  "avg_pool1d": avgPool(1), "avg_pool2d": avgPool(2), "avg_pool3d": avgPool(3),
  "lp_pool1d": lpPool(1), "lp_pool2d": lpPool(2), "lp_pool3d": lpPool(3),
  "max_unpool1d": maxUnpool(1), "max_unpool2d": maxUnpool(2), "max_unpool3d": maxUnpool(3),
  "adaptive_avg_pool1d": { (call) throws(CallError) in
    [try call.input.adaptiveAvgPool1d(try call.outputSizes(1))]
  },
  "adaptive_avg_pool2d": { (call) throws(CallError) in
    let x = try call.input
    if let own = call.ownSizes() { return [x.adaptiveAvgPool2d(own)] }
    return [x.adaptiveAvgPool2d(try call.outputSizes(2))]
  },
  "adaptive_avg_pool3d": { (call) throws(CallError) in
    let x = try call.input
    if let own = call.ownSizes() { return [x.adaptiveAvgPool3d(own)] }
    return [x.adaptiveAvgPool3d(try call.outputSizes(3))]
  },
  "adaptive_max_pool1d": { (call) throws(CallError) in
    try call.valuesAndIndices(
      try call.input.adaptiveMaxPool1dWithIndices(try call.outputSizes(1)))
  },
  "adaptive_max_pool2d": { (call) throws(CallError) in
    let x = try call.input
    if let own = call.ownSizes() {
      return try call.valuesAndIndices(x.adaptiveMaxPool2dWithIndices(own))
    }
    return try call.valuesAndIndices(
      x.adaptiveMaxPool2dWithIndices(try call.outputSizes(2)))
  },
  "adaptive_max_pool3d": { (call) throws(CallError) in
    let x = try call.input
    if let own = call.ownSizes() {
      return try call.valuesAndIndices(x.adaptiveMaxPool3dWithIndices(own))
    }
    return try call.valuesAndIndices(x.adaptiveMaxPool3dWithIndices(try call.outputSizes(3)))
  },
]

private func maxPool(_ dimensions: Int) -> Operator {
  @Sendable func operation(_ call: Call) throws(CallError) -> [Tensor?] {
    let x = try call.input
    let kernel = try call.spatial(1, "kernel_size", dimensions)
    let stride = try call.stride(2, dimensions)
    let padding = try call.spatial(3, "padding", dimensions, default: 0)
    let dilation = try call.spatial(4, "dilation", dimensions, default: 1)
    let ceilMode = try call.bool(5, "ceil_mode", default: false)
    guard try call.bool(nil, "return_indices", default: false) else {
      return switch dimensions {
      case 1:
        [
          x.maxPool1d(
            kernelSize: kernel, stride: stride, padding: padding, dilation: dilation,
            ceilMode: ceilMode)
        ]
      case 2:
        [
          x.maxPool2d(
            kernelSize: kernel, stride: stride, padding: padding, dilation: dilation,
            ceilMode: ceilMode)
        ]
      default:
        [
          x.maxPool3d(
            kernelSize: kernel, stride: stride, padding: padding, dilation: dilation,
            ceilMode: ceilMode)
        ]
      }
    }
    let both =
      switch dimensions {
      case 1:
        x.maxPool1dWithIndices(
          kernelSize: kernel, stride: stride, padding: padding, dilation: dilation,
          ceilMode: ceilMode)
      case 2:
        x.maxPool2dWithIndices(
          kernelSize: kernel, stride: stride, padding: padding, dilation: dilation,
          ceilMode: ceilMode)
      default:
        x.maxPool3dWithIndices(
          kernelSize: kernel, stride: stride, padding: padding, dilation: dilation,
          ceilMode: ceilMode)
      }
    return [both.values, both.indices]
  }
  return operation
}

private func avgPool(_ dimensions: Int) -> Operator {
  @Sendable func operation(_ call: Call) throws(CallError) -> [Tensor?] {
    let x = try call.input
    let kernel = try call.spatial(1, "kernel_size", dimensions)
    let stride = try call.stride(2, dimensions)
    let padding = try call.spatial(3, "padding", dimensions, default: 0)
    let ceilMode = try call.bool(4, "ceil_mode", default: false)
    let counts = try call.bool(5, "count_include_pad", default: true)
    guard dimensions > 1 else {
      return [
        x.avgPool1d(
          kernelSize: kernel, stride: stride, padding: padding, ceilMode: ceilMode,
          countIncludePad: counts)
      ]
    }
    let divisor =
      call.optional(6, "divisor_override") == nil ? nil : try call.int(6, "divisor_override")
    return [
      dimensions == 2
        ? x.avgPool2d(
          kernelSize: kernel, stride: stride, padding: padding, ceilMode: ceilMode,
          countIncludePad: counts, divisorOverride: divisor)
        : x.avgPool3d(
          kernelSize: kernel, stride: stride, padding: padding, ceilMode: ceilMode,
          countIncludePad: counts, divisorOverride: divisor)
    ]
  }
  return operation
}

private func lpPool(_ dimensions: Int) -> Operator {
  @Sendable func operation(_ call: Call) throws(CallError) -> [Tensor?] {
    let x = try call.input
    let norm: Scalar
    if case .text(let text)? = call.optional(nil, "norm_type") {
      norm = .double(text == "inf" ? .infinity : -.infinity)
    } else {
      norm = try call.number(nil, "norm_type")
    }
    let kernel = try call.spatial(1, "kernel_size", dimensions)
    let stride = try call.stride(2, dimensions)
    let ceilMode = try call.bool(3, "ceil_mode", default: false)
    switch dimensions {
    case 1:
      return [
        x.lpPool1d(norm, kernelSize: kernel[0], stride: stride, ceilMode: ceilMode)
      ]
    case 2: return [x.lpPool2d(norm, kernelSize: kernel, stride: stride, ceilMode: ceilMode)]
    default: return [x.lpPool3d(norm, kernelSize: kernel, stride: stride, ceilMode: ceilMode)]
    }
  }
  return operation
}

private func maxUnpool(_ dimensions: Int) -> Operator {
  @Sendable func operation(_ call: Call) throws(CallError) -> [Tensor?] {
    let x = try call.input
    let indices = try call.tensor(1, "indices")
    let kernel = try call.spatial(2, "kernel_size", dimensions)
    let stride = try call.stride(3, dimensions)
    let padding = try call.spatial(4, "padding", dimensions, default: 0)
    let size = try call.ints(5, "output_size")
    switch dimensions {
    case 1:
      return [
        x.maxUnpool1d(
          indices, kernelSize: kernel, stride: stride, padding: padding, outputSize: size)
      ]
    case 2:
      return [
        x.maxUnpool2d(
          indices, kernelSize: kernel, stride: stride, padding: padding, outputSize: size)
      ]
    default:
      return [
        x.maxUnpool3d(
          indices, kernelSize: kernel, stride: stride, padding: padding, outputSize: size)
      ]
    }
  }
  return operation
}

extension Call {
  /// A list with a number for each spatial dimension, as it was given, or one number for all.
  fileprivate func stride(_ position: Int, _ dimensions: Int) throws(CallError) -> [Int]? {
    optional(position, "stride") == nil ? nil : try spatial(position, "stride", dimensions)
  }

  /// What an adaptive pooling is to make.
  fileprivate func outputSizes(_ dimensions: Int) throws(CallError) -> [Int] {
    try spatial(1, "output_size", dimensions)
  }

  /// A list of sizes in which there is a None; nil when there is none.
  fileprivate func ownSizes() -> [Int?]? {
    guard case .list(let list)? = optional(1, "output_size") else { return nil }
    var sizes: [Int?] = []
    for element in list {
      switch element {
      case .none: sizes.append(nil)
      case .number(.int(let size)): sizes.append(size)
      default: return nil
      }
    }
    return sizes
  }

  /// The results of a pooling, the indices where they are asked for.
  fileprivate func valuesAndIndices(
    _ both: (values: Tensor, indices: Tensor)
  ) throws(CallError) -> [Tensor?] {
    try bool(nil, "return_indices", default: false)
      ? [both.values, both.indices] : [both.values]
  }
}
