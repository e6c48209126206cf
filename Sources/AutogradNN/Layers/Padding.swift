// Borders around the last dimensions, as modules.

public import Autograd

/// What layers share that put a border around the last dimensions.
public class PaddingModule: Module {
  /// What comes before and after, for the last dimension, then for the one before it, and so on.
  public final let padding: [Int]
  private let mode: PaddingMode
  private let value: Double?

  init(
    _ name: String, _ dimensions: Int, _ padding: [Int], _ mode: PaddingMode, value: Double? = nil
  ) {
    guard padding.count == 1 || padding.count == 2 * dimensions else {
      refuse(name, "expected a number or \(2 * dimensions) of them, but got \(padding)")
    }
    self.padding = spread(padding, 2 * dimensions)
    self.mode = mode
    self.value = value
    super.init()
  }

  /// The input with its border.
  public override final func forward(_ input: Tensor) -> Tensor {
    input.pad(padding, mode: mode, value: value ?? 0)
  }

  /// The border.
  public override final var extraRepr: String {
    value.map { "padding=\(python(padding)), value=\($0)" } ?? python(padding)
  }
}

/// Puts zeros around the last dimension.
public final class ZeroPad1d: PaddingModule {
  /// A border of one width everywhere, or of a width for each side.
  public init(_ padding: some SpatialSizes) {
    super.init("ZeroPad1d", 1, padding.spatialSizes, .constant)
  }
}

/// Puts zeros around the last two dimensions.
public final class ZeroPad2d: PaddingModule {
  /// A border of one width everywhere, or of a width for each side.
  public init(_ padding: some SpatialSizes) {
    super.init("ZeroPad2d", 2, padding.spatialSizes, .constant)
  }
}

/// Puts zeros around the last three dimensions.
public final class ZeroPad3d: PaddingModule {
  /// A border of one width everywhere, or of a width for each side.
  public init(_ padding: some SpatialSizes) {
    super.init("ZeroPad3d", 3, padding.spatialSizes, .constant)
  }
}

/// Puts a number around the last dimension.
public final class ConstantPad1d: PaddingModule {
  /// A border of one width everywhere, or of a width for each side.
  public init(_ padding: some SpatialSizes, value: Double) {
    super.init("ConstantPad1d", 1, padding.spatialSizes, .constant, value: value)
  }
}

/// Puts a number around the last two dimensions.
public final class ConstantPad2d: PaddingModule {
  /// A border of one width everywhere, or of a width for each side.
  public init(_ padding: some SpatialSizes, value: Double) {
    super.init("ConstantPad2d", 2, padding.spatialSizes, .constant, value: value)
  }
}

/// Puts a number around the last three dimensions.
public final class ConstantPad3d: PaddingModule {
  /// A border of one width everywhere, or of a width for each side.
  public init(_ padding: some SpatialSizes, value: Double) {
    super.init("ConstantPad3d", 3, padding.spatialSizes, .constant, value: value)
  }
}

/// Puts the elements mirrored at the outermost ones around the last dimension.
public final class ReflectionPad1d: PaddingModule {
  /// A border of one width everywhere, or of a width for each side.
  public init(_ padding: some SpatialSizes) {
    super.init("ReflectionPad1d", 1, padding.spatialSizes, .reflect)
  }
}

/// Puts the elements mirrored at the outermost ones around the last two dimensions.
public final class ReflectionPad2d: PaddingModule {
  /// A border of one width everywhere, or of a width for each side.
  public init(_ padding: some SpatialSizes) {
    super.init("ReflectionPad2d", 2, padding.spatialSizes, .reflect)
  }
}

/// Puts the elements mirrored at the outermost ones around the last three dimensions.
public final class ReflectionPad3d: PaddingModule {
  /// A border of one width everywhere, or of a width for each side.
  public init(_ padding: some SpatialSizes) {
    super.init("ReflectionPad3d", 3, padding.spatialSizes, .reflect)
  }
}

/// Puts the outermost elements around the last dimension.
public final class ReplicationPad1d: PaddingModule {
  /// A border of one width everywhere, or of a width for each side.
  public init(_ padding: some SpatialSizes) {
    super.init("ReplicationPad1d", 1, padding.spatialSizes, .replicate)
  }
}

/// Puts the outermost elements around the last two dimensions.
public final class ReplicationPad2d: PaddingModule {
  /// A border of one width everywhere, or of a width for each side.
  public init(_ padding: some SpatialSizes) {
    super.init("ReplicationPad2d", 2, padding.spatialSizes, .replicate)
  }
}

/// Puts the outermost elements around the last three dimensions.
public final class ReplicationPad3d: PaddingModule {
  /// A border of one width everywhere, or of a width for each side.
  public init(_ padding: some SpatialSizes) {
    super.init("ReplicationPad3d", 3, padding.spatialSizes, .replicate)
  }
}

/// Puts the elements from the other end around the last dimension.
public final class CircularPad1d: PaddingModule {
  /// A border of one width everywhere, or of a width for each side.
  public init(_ padding: some SpatialSizes) {
    super.init("CircularPad1d", 1, padding.spatialSizes, .circular)
  }
}

/// Puts the elements from the other end around the last two dimensions.
public final class CircularPad2d: PaddingModule {
  /// A border of one width everywhere, or of a width for each side.
  public init(_ padding: some SpatialSizes) {
    super.init("CircularPad2d", 2, padding.spatialSizes, .circular)
  }
}

/// Puts the elements from the other end around the last three dimensions.
public final class CircularPad3d: PaddingModule {
  /// A border of one width everywhere, or of a width for each side.
  public init(_ padding: some SpatialSizes) {
    super.init("CircularPad3d", 3, padding.spatialSizes, .circular)
  }
}
