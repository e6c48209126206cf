// Layouts in which the channels lie side by side in memory, as PyTorch tells them and keeps them.

extension Tensor {
  /// Whether a result of this input is laid out with the channels last, as PyTorch suggests it from
  /// the strides of four or five dimensions.
  ///
  /// Source: c10/core/MemoryFormat.h, is_channels_last_strides_2d_s4 and 3d_s5.
  var suggestsChannelsLast: Bool {
    guard sizes.count == 4 || sizes.count == 5, strides[1] != 0 else { return false }
    var least = 0
    for d in [1] + (2..<sizes.count).reversed() + [0] {
      if sizes[d] == 0 || strides[d] < least { return false }
      if d == 0, least == strides[1] { return false }
      least = strides[d]
      if sizes[d] > 1 { least *= sizes[d] }
    }
    return true
  }

  /// Refuses a dtype that an operator does not know, by the kernel that PyTorch has for the layout.
  func refuseDtype(_ operation: String) -> Never {
    let kernel = suggestsChannelsLast ? operation + "_channels_last" : operation
    refuse(operation, "\"\(kernel)\" not implemented for '\(dtype.scalarTypeName)'")
  }

  /// The elements, which are dense in row-major order, in the layout that PyTorch suggests for
  /// results of `input`; without history.
  func inLayout(of input: Tensor) -> Tensor {
    guard input.suggestsChannelsLast, sizes.count == input.sizes.count else { return self }
    let result = Tensor(empty: sizes, strides: sizes.channelsLastStrides, dtype)
    Elementwise.copy(self, into: result)
    return result
  }
}

extension Dims {
  /// The strides of a tensor of these sizes whose channels, dimension 1, lie side by side.
  var channelsLastStrides: Dims {
    var strides = self
    strides[1] = 1
    var step = self[1]
    for d in (2..<count).reversed() {
      strides[d] = step
      step *= self[d]
    }
    strides[0] = step
    return strides
  }
}
