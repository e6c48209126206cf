// The padding of a convolution: numbers, or a mode.

/// What surrounds a convolution's input: so many zeros on both sides of each spatial dimension, as an
/// `Int` for all of them or an array of one each, or a mode, `.same` or `.valid`.
public protocol ConvolutionPadding {
  /// The numbers or the mode.
  var convolutionPadding: ConvolutionPaddingKind { get }
}

/// A convolution's padding, by numbers or by a mode.
public enum ConvolutionPaddingKind: Sendable, Hashable {
  /// A number for all spatial dimensions.
  case all(Int)
  /// A number for each spatial dimension, outermost first.
  case each([Int])
  /// Numbers that follow from the kernel.
  case mode(ConvolutionPaddingMode)
}

/// A convolution's padding that follows from the kernel.
public enum ConvolutionPaddingMode: Sendable, Hashable, ConvolutionPadding {
  /// As much as makes the result as large as the input; for a stride of 1.
  case keepingSize
  /// None: only whole kernels count.
  case none

  /// The mode itself.
  public var convolutionPadding: ConvolutionPaddingKind { .mode(self) }
}

extension ConvolutionPadding where Self == ConvolutionPaddingMode {
  /// As much as makes the result as large as the input; for a stride of 1.
  public static var same: ConvolutionPaddingMode { .keepingSize }

  /// None: only whole kernels count.
  public static var valid: ConvolutionPaddingMode { .none }
}

extension Int: ConvolutionPadding {
  /// The number itself, for all spatial dimensions.
  public var convolutionPadding: ConvolutionPaddingKind { .all(self) }
}

extension [Int]: ConvolutionPadding {
  /// The numbers themselves.
  public var convolutionPadding: ConvolutionPaddingKind { .each(self) }
}

extension SpatialSizes {
  /// The numbers as an operator is given them: one for all is repeated, a list stays as it is.
  func given(_ count: Int) -> [Int] {
    self is Int ? Array(repeating: spatialSizes[0], count: count) : spatialSizes
  }
}
