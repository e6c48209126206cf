// Convolutions, and blocks of images as columns.

import Autograd

let convolutionOperators: [String: Operator] = [
  "conv1d": convolution(1) { (x, a) in
    x.conv1d(
      a.weight, bias: a.bias, stride: a.stride, padding: a.padding, dilation: a.dilation,
      groups: a.groups)
  },
  "conv2d": convolution(2) { (x, a) in
    x.conv2d(
      a.weight, bias: a.bias, stride: a.stride, padding: a.padding, dilation: a.dilation,
      groups: a.groups)
  },
  "conv3d": convolution(3) { (x, a) in
    x.conv3d(
      a.weight, bias: a.bias, stride: a.stride, padding: a.padding, dilation: a.dilation,
      groups: a.groups)
  },
  "conv_transpose1d": transposedConvolution(1) { (x, a, padding) in
    x.convTranspose1d(
      a.weight, bias: a.bias, stride: a.stride, padding: padding.padding,
      outputPadding: padding.output, groups: a.groups, dilation: a.dilation)
  },
  "conv_transpose2d": transposedConvolution(2) { (x, a, padding) in
    x.convTranspose2d(
      a.weight, bias: a.bias, stride: a.stride, padding: padding.padding,
      outputPadding: padding.output, groups: a.groups, dilation: a.dilation)
  },
  "conv_transpose3d": transposedConvolution(3) { (x, a, padding) in
    x.convTranspose3d(
      a.weight, bias: a.bias, stride: a.stride, padding: padding.padding,
      outputPadding: padding.output, groups: a.groups, dilation: a.dilation)
  },
  "fold": { (call) throws(CallError) in
    [
      try call.input.fold(
        try call.spatial(1, "output_size", 2, default: 1),
        try call.spatial(2, "kernel_size", 2, default: 1),
        dilation: try call.spatial(3, "dilation", 2, default: 1),
        padding: try call.spatial(4, "padding", 2, default: 0),
        stride: try call.spatial(5, "stride", 2, default: 1))
    ]
  },
]

private struct ConvolutionArguments {
  var weight: Tensor
  var bias: Tensor?
  var stride: [Int]
  var padding: any ConvolutionPadding
  var dilation: [Int]
  var groups: Int
}

private func convolution(
  _ count: Int, _ function: @escaping @Sendable (Tensor, ConvolutionArguments) -> Tensor
) -> Operator {
  { (call) throws(CallError) in
    var padding: any ConvolutionPadding
    if case .text(let name)? = call.optional(4, "padding") {
      guard let mode = ["same": ConvolutionPaddingMode.same, "valid": .valid][name] else {
        throw .malformed("there is no padding \(name)")
      }
      padding = mode
    } else {
      padding = try call.spatial(4, "padding", count, default: 0)
    }
    let arguments = ConvolutionArguments(
      weight: try call.tensor(1, "weight"), bias: try call.tensorIfGiven(2, "bias"),
      stride: try call.spatial(3, "stride", count, default: 1), padding: padding,
      dilation: try call.spatial(5, "dilation", count, default: 1),
      groups: try call.int(6, "groups", default: 1))
    return [function(try call.input, arguments)]
  }
}

private func transposedConvolution(
  _ count: Int,
  _ function:
    @escaping @Sendable (
      Tensor, ConvolutionArguments, (padding: [Int], output: [Int])
    ) -> Tensor
) -> Operator {
  { (call) throws(CallError) in
    let padding = try call.spatial(4, "padding", count, default: 0)
    let output = try call.spatial(5, "output_padding", count, default: 0)
    let arguments = ConvolutionArguments(
      weight: try call.tensor(1, "weight"), bias: try call.tensorIfGiven(2, "bias"),
      stride: try call.spatial(3, "stride", count, default: 1), padding: padding,
      dilation: try call.spatial(7, "dilation", count, default: 1),
      groups: try call.int(6, "groups", default: 1))
    return [function(try call.input, arguments, (padding, output))]
  }
}

extension Call {
  fileprivate func tensorIfGiven(_ position: Int, _ keyword: String) throws(CallError) -> Tensor? {
    optional(position, keyword) == nil ? nil : try tensor(position, keyword)
  }
}
