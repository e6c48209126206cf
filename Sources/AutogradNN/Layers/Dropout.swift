// Dropout as modules.

public import Autograd

/// What kinds of dropout share.
public class DropoutModule: Module {
  /// The probability of an element to be dropped.
  public final let p: Double
  final let inplace: Bool

  init(_ p: Double, _ inplace: Bool) {
    guard 0...1 ~= p else {
      refuse("Dropout", "dropout probability has to be between 0 and 1, but got \(p)")
    }
    self.p = p
    self.inplace = inplace
    super.init()
  }

  /// The probability, and whether the input is overwritten.
  public override final var extraRepr: String { "p=\(p), inplace=\(python(inplace))" }
}

/// Sets elements to zero at random while training, and scales the others (Srivastava et al., 2014).
public final class Dropout: DropoutModule {
  /// A module of probability `p`; `inplace` overwrites the input.
  public init(p: Double = 0.5, inplace: Bool = false) { super.init(p, inplace) }

  /// The input without what was dropped.
  public override func forward(_ input: Tensor) -> Tensor {
    inplace
      ? input.dropout_(p: p, training: training) : input.dropout(p: p, training: training)
  }
}

/// Dropout that keeps mean and variance behind SELU (Klambauer et al., 2017).
public final class AlphaDropout: DropoutModule {
  /// A module of probability `p`; `inplace` overwrites the input.
  public init(p: Double = 0.5, inplace: Bool = false) { super.init(p, inplace) }

  /// The input without what was dropped.
  public override func forward(_ input: Tensor) -> Tensor {
    inplace
      ? input.alphaDropout_(p: p, training: training) : input.alphaDropout(p: p, training: training)
  }
}

/// Sets whole channels of [N, C, L] or [C, L] to zero at random while training.
public final class Dropout1d: DropoutModule {
  /// A module of probability `p`.
  public init(p: Double = 0.5) { super.init(p, false) }

  /// The input without what was dropped.
  public override func forward(_ input: Tensor) -> Tensor {
    input.dropout1d(p: p, training: training)
  }
}

/// Sets whole channels of [N, C, H, W] to zero at random while training (Tompson et al., 2015).
public final class Dropout2d: DropoutModule {
  /// A module of probability `p`.
  public init(p: Double = 0.5) { super.init(p, false) }

  /// The input without what was dropped.
  public override func forward(_ input: Tensor) -> Tensor {
    input.dropout2d(p: p, training: training)
  }
}

/// Sets whole channels of [N, C, D, H, W] or [C, D, H, W] to zero at random while training.
public final class Dropout3d: DropoutModule {
  /// A module of probability `p`.
  public init(p: Double = 0.5) { super.init(p, false) }

  /// The input without what was dropped.
  public override func forward(_ input: Tensor) -> Tensor {
    input.dropout3d(p: p, training: training)
  }
}

/// Alpha dropout of whole channels.
public final class FeatureAlphaDropout: DropoutModule {
  /// A module of probability `p`.
  public init(p: Double = 0.5) { super.init(p, false) }

  /// The input without what was dropped.
  public override func forward(_ input: Tensor) -> Tensor {
    input.featureAlphaDropout(p: p, training: training)
  }
}
