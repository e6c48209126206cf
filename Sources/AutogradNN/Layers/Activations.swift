// Activation functions as modules.

public import Autograd

/// The positive part.
public final class ReLU: Module {
  private let inplace: Bool
  /// A module; `inplace` overwrites the input.
  public init(inplace: Bool = false) { self.inplace = inplace; super.init() }
  /// The positive part of the input.
  public override func forward(_ input: Tensor) -> Tensor {
    inplace ? input.relu_() : input.relu()
  }
  /// Whether the input is overwritten.
  public override var extraRepr: String { inplace ? "inplace=True" : "" }
}
