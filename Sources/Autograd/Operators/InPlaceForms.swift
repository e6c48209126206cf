// The in-place forms of operators that have no loop of their own for it: their frame, and those of
// one tensor.

internal import CKernels

extension Tensor {
  /// The in-place form of an operator of one node: what it makes of this tensor becomes its elements.
  ///
  /// `operation` is PyTorch's name of the in-place form, for messages; `compute` is the operator, whose
  /// first input is the tensor that it is given. `isDifferentiable` is false where PyTorch takes the
  /// change for none of the graph's business.
  @discardableResult
  func replaceElements(
    _ operation: String, isDifferentiable: Bool = true, by compute: (Tensor) -> Tensor
  ) -> Tensor {
    if isDifferentiable { checkInPlace(operation) }
    checkNoInternalOverlap(operation)
    let result = SavedTensorHooks.without { compute(self) }
    checkResult(result.dtype, operation)
    guard result.sizes == sizes else {
      refuse(
        operation,
        "Bad in-place call: output with shape \(sizes) doesn't match the broadcast shape \(result.sizes)"
      )
    }
    let node = result.gradFnStorage
    result.gradFnStorage = nil
    node?.replaceSavedInput(self)
    takeElements(of: result)
    storage.incrementVersion()
    guard let node else { return self }
    rebaseHistory(node)
    node.replaceSavedResult(self)
    node.packSavedTensors()
    return self
  }

  /// Copies the elements of `result`, or takes its memory over where nothing else uses that.
  private func takeElements(of result: Tensor) {
    if dtype == result.dtype, isContiguous, result.isContiguous, offset == 0,
      isKnownUniquelyReferenced(&result.storage), storage.exchangeBlock(with: result.storage)
    {
      return
    }
    Elementwise.copy(result, into: self)
  }
}

extension Node {
  /// Saves a copy of the input that is about to be changed in its place.
  ///
  /// Where it is another input as well, that stays, and the backward pass will refuse it.
  fileprivate func replaceSavedInput(_ input: Tensor) {
    guard let slot = Self.savedNames.firstIndex(of: "self"), savedTensor(slot).stored === input
    else { return }
    save(.input(input.clone()), slot)
  }

  /// Saves the tensor that holds the result now.
  fileprivate func replaceSavedResult(_ result: Tensor) {
    for slot in Self.savedNames.indices where savedTensor(slot).kind == .result {
      save(.result(result), slot)
    }
  }
}

// MARK: - Functions of each element

extension Tensor {
  /// Replaces the elements by their arc sines in place.
  @discardableResult
  public func asin_() -> Tensor { unaryInPlace(.AGK_ASIN, AsinBackward0.self, "asin_") }
  /// Replaces the elements by their arc cosines in place.
  @discardableResult
  public func acos_() -> Tensor { unaryInPlace(.AGK_ACOS, AcosBackward0.self, "acos_") }
  /// Replaces the elements by their hyperbolic sines in place.
  @discardableResult
  public func sinh_() -> Tensor { unaryInPlace(.AGK_SINH, SinhBackward0.self, "sinh_") }
  /// Replaces the elements by their hyperbolic cosines in place.
  @discardableResult
  public func cosh_() -> Tensor { unaryInPlace(.AGK_COSH, CoshBackward0.self, "cosh_") }
  /// Replaces the elements by their inverse hyperbolic sines in place.
  ///
  /// Its derivative is not implemented, as in PyTorch: `asinh()` has one.
  @discardableResult
  public func asinh_() -> Tensor { unaryInPlace(.AGK_ASINH, AsinhBackward1.self, "asinh_") }
  /// Replaces the elements by their inverse hyperbolic cosines in place.
  ///
  /// Its derivative is not implemented, as in PyTorch: `acosh()` has one.
  @discardableResult
  public func acosh_() -> Tensor { unaryInPlace(.AGK_ACOSH, AcoshBackward1.self, "acosh_") }
  /// Replaces the elements by their inverse hyperbolic tangents in place.
  ///
  /// Its derivative is not implemented, as in PyTorch: `atanh()` has one.
  @discardableResult
  public func atanh_() -> Tensor { unaryInPlace(.AGK_ATANH, AtanhBackward1.self, "atanh_") }
  /// Replaces the elements by the logarithms of their gamma functions in place.
  @discardableResult
  public func lgamma_() -> Tensor { unaryInPlace(.AGK_LGAMMA, LgammaBackward0.self, "lgamma_") }
  /// Replaces the elements by the derivatives of their `lgamma` in place.
  @discardableResult
  public func digamma_() -> Tensor { unaryInPlace(.AGK_DIGAMMA, DigammaBackward0.self, "digamma_") }
  /// Replaces the elements by their inverse error functions in place.
  @discardableResult
  public func erfinv_() -> Tensor { unaryInPlace(.AGK_ERFINV, ErfinvBackward0.self, "erfinv_") }
  /// Replaces the elements by -1, 0 or 1 by their signs in place.
  @discardableResult
  public func sign_() -> Tensor {
    unaryInPlace(.AGK_SIGN, SignBackward0.self, "sign_", floating: false)
  }
  /// The same as `sign_()`; its derivative has a name of its own.
  @discardableResult
  public func sgn_() -> Tensor { replaceElements("sgn_") { $0.sgn() } }
  /// Rounds the elements down in place.
  @discardableResult
  public func floor_() -> Tensor { replaceElements("floor_") { $0.floor() } }
  /// Rounds the elements up in place.
  @discardableResult
  public func ceil_() -> Tensor { replaceElements("ceil_") { $0.ceil() } }
  /// Rounds the elements to the nearest whole number, halves to even, in place.
  @discardableResult
  public func round_() -> Tensor { replaceElements("round_") { $0.round() } }
  /// Takes the fractions off the elements in place.
  @discardableResult
  public func trunc_() -> Tensor { replaceElements("trunc_") { $0.trunc() } }
  /// Leaves the elements' fractions in place.
  @discardableResult
  public func frac_() -> Tensor { replaceElements("frac_") { $0.frac() } }
  /// Squares the elements in place.
  @discardableResult
  public func square_() -> Tensor { pow_(2) }
  /// Replaces the elements by sin(πx) / (πx) in place.
  @discardableResult
  public func sinc_() -> Tensor { replaceElements("sinc_") { $0.sinc() } }
  /// Replaces the elements by log(x / (1 - x)) in place.
  @discardableResult
  public func logit_(eps: Double? = nil) -> Tensor {
    replaceElements("logit_") { $0.logit(eps: eps) }
  }
  /// Makes degrees radians in place.
  @discardableResult
  public func deg2rad_() -> Tensor { replaceElements("deg2rad_") { $0.deg2rad() } }
  /// Makes radians degrees in place.
  @discardableResult
  public func rad2deg_() -> Tensor { replaceElements("rad2deg_") { $0.rad2deg() } }
  /// Replaces NaN and the infinities by numbers in place.
  @discardableResult
  public func nanToNum_(
    nan: Double = 0, posinf: Double? = nil, neginf: Double? = nil
  ) -> Tensor {
    replaceElements("nan_to_num_") { $0.nanToNum(nan: nan, posinf: posinf, neginf: neginf) }
  }
  /// Replaces the elements by the derivative of order `n` of their `digamma` in place.
  @discardableResult
  public func polygamma_(_ n: Int) -> Tensor {
    replaceElements("polygamma_") { x in
      .recorded(noGrad { .polygamma(n, x) }, x) { PolygammaBackward1(n).saving(x) }
    }
  }
  /// Replaces what is not zero by zero and zero by one in place; no history.
  @discardableResult
  public func logicalNot_() -> Tensor {
    replaceElements("logical_not_", isDifferentiable: false) { $0.logicalNot() }
  }
  /// Inverts the bits of the elements in place.
  @discardableResult
  public func bitwiseNot_() -> Tensor { replaceElements("bitwise_not_") { $0.bitwiseNot() } }
  /// Raises the elements to the bound where they are below, in place.
  @discardableResult
  public func clampMin_(_ min: some ScalarConvertible) -> Tensor {
    replaceElements("clamp_min_") { $0.clampMin(min) }
  }
  /// Lowers the elements to the bound where they are above, in place.
  @discardableResult
  public func clampMax_(_ max: some ScalarConvertible) -> Tensor {
    replaceElements("clamp_max_") { $0.clampMax(max) }
  }
}

// MARK: - Along a dimension

extension Tensor {
  /// Replaces the elements by the sums of all up to each along a dimension, in place.
  @discardableResult
  public func cumsum_(dim: Int) -> Tensor {
    replaceElements("cumsum_") { $0.cumsum(dim: dim, dtype: dtype) }
  }
  /// Replaces the elements by the products of all up to each along a dimension, in place.
  @discardableResult
  public func cumprod_(dim: Int) -> Tensor {
    replaceElements("cumprod_") { $0.cumprod(dim: dim, dtype: dtype) }
  }
  /// Scales the parts along `dim` in place, so that the norm of order `p` of none is above `maxnorm`.
  @discardableResult
  public func renorm_(
    p: some ScalarConvertible, dim: Int, maxnorm: some ScalarConvertible
  ) -> Tensor { replaceElements("renorm_") { $0.renorm(p: p, dim: dim, maxnorm: maxnorm) } }
}

// MARK: - Products added in place

extension Tensor {
  /// As `addmm`, in place; this tensor has the product's shape.
  @discardableResult
  public func addmm_(
    _ mat1: Tensor, _ mat2: Tensor, beta: some ScalarConvertible = 1,
    alpha: some ScalarConvertible = 1
  ) -> Tensor { replaceElements("addmm_") { $0.addmm(mat1, mat2, beta: beta, alpha: alpha) } }
  /// As `addmv`, in place; this tensor has the product's shape.
  @discardableResult
  public func addmv_(
    _ mat: Tensor, _ vec: Tensor, beta: some ScalarConvertible = 1,
    alpha: some ScalarConvertible = 1
  ) -> Tensor { replaceElements("addmv_") { $0.addmv(mat, vec, beta: beta, alpha: alpha) } }
  /// As `addr`, in place; this tensor has the product's shape.
  @discardableResult
  public func addr_(
    _ vec1: Tensor, _ vec2: Tensor, beta: some ScalarConvertible = 1,
    alpha: some ScalarConvertible = 1
  ) -> Tensor { replaceElements("addr_") { $0.addr(vec1, vec2, beta: beta, alpha: alpha) } }
  /// As `baddbmm`, in place; this tensor has the products' shape.
  @discardableResult
  public func baddbmm_(
    _ batch1: Tensor, _ batch2: Tensor, beta: some ScalarConvertible = 1,
    alpha: some ScalarConvertible = 1
  ) -> Tensor {
    replaceElements("baddbmm_") { $0.baddbmm(batch1, batch2, beta: beta, alpha: alpha) }
  }
  /// As `addbmm`, in place; this tensor has the products' shape.
  @discardableResult
  public func addbmm_(
    _ batch1: Tensor, _ batch2: Tensor, beta: some ScalarConvertible = 1,
    alpha: some ScalarConvertible = 1
  ) -> Tensor { replaceElements("addbmm_") { $0.addbmm(batch1, batch2, beta: beta, alpha: alpha) } }
}

// MARK: - Derivatives

/// The history of an in-place form whose derivative PyTorch does not have.
class UnderivedInPlaceNode: UnaryNode {
  override final class var saving: Saving { .nothing }
  class var operation: String { fatalError("an in-place form without a name") }

  override final func backward(
    _ gradients: consuming Gradients
  ) throws(AutogradError) -> Gradients {
    throw AutogradError(
      .invalidArgument,
      "the derivative for 'inplace version of \(Self.operation)' is not implemented: use "
        + "\(Self.operation)()", node: name)
  }
}

final class AsinhBackward1: UnderivedInPlaceNode {
  override class var operation: String { "asinh" }
}
final class AcoshBackward1: UnderivedInPlaceNode {
  override class var operation: String { "acosh" }
}
final class AtanhBackward1: UnderivedInPlaceNode {
  override class var operation: String { "atanh" }
}
