// Resizing and rearranging of images, and similarities, as modules.

public import Autograd

/// The dimensions behind batch and channels in another size.
public final class Upsample: Module {
  private let size: [Int]?
  private let scaleFactor: [Double]
  private let mode: InterpolationMode
  private let alignCorners: Bool?

  /// A module with an output of these sizes.
  public init(
    size: some SpatialSizes, mode: InterpolationMode = .nearest, alignCorners: Bool? = nil
  ) {
    self.size = size.spatialSizes
    scaleFactor = []
    self.mode = mode
    self.alignCorners = alignCorners
    super.init()
  }

  /// A module whose output is so many times as large.
  public init(
    scaleFactor: Double, mode: InterpolationMode = .nearest, alignCorners: Bool? = nil
  ) {
    size = nil
    self.scaleFactor = [scaleFactor]
    self.mode = mode
    self.alignCorners = alignCorners
    super.init()
  }

  /// The input in the other size.
  public override func forward(_ input: Tensor) -> Tensor {
    if let size {
      return input.interpolate(
        size: spread(size, input.dim - 2), mode: mode, alignCorners: alignCorners)
    }
    return input.interpolate(scaleFactor: scaleFactor[0], mode: mode, alignCorners: alignCorners)
  }

  /// The size, and how elements are made.
  public override var extraRepr: String {
    let shown =
      size.map { "size=\($0.count == 1 ? "\($0[0])" : python($0))" }
      ?? "scale_factor=\(scaleFactor[0])"
    return "\(shown), mode='\(mode.rawValue)'"
  }
}

/// [N, C · r², H, W] to [N, C, H · r, W · r] (Shi et al., 2016).
public final class PixelShuffle: Module {
  private let upscaleFactor: Int
  /// A module of the factor r.
  public init(_ upscaleFactor: Int) {
    self.upscaleFactor = upscaleFactor
    super.init()
  }
  /// The input, rearranged.
  public override func forward(_ input: Tensor) -> Tensor { input.pixelShuffle(upscaleFactor) }
  /// The factor.
  public override var extraRepr: String { "upscale_factor=\(upscaleFactor)" }
}

/// [N, C, H · r, W · r] to [N, C · r², H, W].
public final class PixelUnshuffle: Module {
  private let downscaleFactor: Int
  /// A module of the factor r.
  public init(_ downscaleFactor: Int) {
    self.downscaleFactor = downscaleFactor
    super.init()
  }
  /// The input, rearranged.
  public override func forward(_ input: Tensor) -> Tensor { input.pixelUnshuffle(downscaleFactor) }
  /// The factor.
  public override var extraRepr: String { "downscale_factor=\(downscaleFactor)" }
}

/// Channels in groups, interleaved (Zhang et al., 2018).
public final class ChannelShuffle: Module {
  private let groups: Int
  /// A module of so many groups.
  public init(_ groups: Int) {
    self.groups = groups
    super.init()
  }
  /// The input, rearranged.
  public override func forward(_ input: Tensor) -> Tensor { input.channelShuffle(groups) }
  /// The number of groups.
  public override var extraRepr: String { "groups=\(groups)" }
}

/// The cosine of the angle between vectors.
public final class CosineSimilarity: Module {
  private let dimension: Int
  private let eps: Double
  /// A module of vectors along a dimension.
  public init(dim: Int = 1, eps: Double = 1e-8) {
    dimension = dim
    self.eps = eps
    super.init()
  }
  /// The cosines.
  public func callAsFunction(_ x1: Tensor, _ x2: Tensor) -> Tensor {
    call([x1, x2]) { [$0[0].cosineSimilarity($0[1], dim: dimension, eps: eps)] }[0]
  }
}

/// The distance between vectors along the last dimension.
public final class PairwiseDistance: Module {
  private let p: Double
  private let eps: Double
  private let keepdim: Bool
  /// A module of the norm of order p.
  public init(p: Double = 2, eps: Double = 1e-6, keepdim: Bool = false) {
    self.p = p
    self.eps = eps
    self.keepdim = keepdim
    super.init()
  }
  /// The distances.
  public func callAsFunction(_ x1: Tensor, _ x2: Tensor) -> Tensor {
    call([x1, x2]) { [$0[0].pairwiseDistance($0[1], p: p, eps: eps, keepdim: keepdim)] }[0]
  }
}
