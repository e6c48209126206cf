// PyTorch's second names: each is another operator, under the name that NumPy or an older PyTorch has.

extension Tensor {
  /// `abs()`.
  public func absolute() -> Tensor { abs() }
  /// `abs_()`.
  @discardableResult public func absolute_() -> Tensor { abs_() }
  /// `neg()`.
  public func negative() -> Tensor { neg() }
  /// `neg_()`.
  @discardableResult public func negative_() -> Tensor { neg_() }
  /// `acos()`.
  public func arccos() -> Tensor { acos() }
  /// `acos_()`.
  @discardableResult public func arccos_() -> Tensor { acos_() }
  /// `asin()`.
  public func arcsin() -> Tensor { asin() }
  /// `asin_()`.
  @discardableResult public func arcsin_() -> Tensor { asin_() }
  /// `atan()`.
  public func arctan() -> Tensor { atan() }
  /// `atan_()`.
  @discardableResult public func arctan_() -> Tensor { atan_() }
  /// `acosh()`.
  public func arccosh() -> Tensor { acosh() }
  /// `acosh_()`.
  @discardableResult public func arccosh_() -> Tensor { acosh_() }
  /// `asinh()`.
  public func arcsinh() -> Tensor { asinh() }
  /// `asinh_()`.
  @discardableResult public func arcsinh_() -> Tensor { asinh_() }
  /// `atanh()`.
  public func arctanh() -> Tensor { atanh() }
  /// `atanh_()`.
  @discardableResult public func arctanh_() -> Tensor { atanh_() }
  /// `trunc()`.
  public func fix() -> Tensor { trunc() }
  /// `trunc_()`.
  @discardableResult public func fix_() -> Tensor { trunc_() }
  /// This tensor.
  ///
  /// Any dtype but bool.
  public func positive() -> Tensor {
    if dtype == .bool {
      refuse("positive", "The `+` operator, on a bool tensor is not supported.")
    }
    return self
  }
  /// `add(_:alpha:)`'s opposite: `sub(_:alpha:)`.
  public func subtract(_ other: Tensor, alpha: some ScalarConvertible = 1) -> Tensor {
    sub(other, alpha: alpha)
  }
  /// `*`.
  public func multiply(_ other: Tensor) -> Tensor { self * other }
  /// `*`.
  public func multiply(_ other: some ScalarConvertible) -> Tensor { self * other }
  /// `/`.
  public func divide(_ other: Tensor) -> Tensor { self / other }
  /// `/`.
  public func divide(_ other: some ScalarConvertible) -> Tensor { self / other }
  /// `/`.
  public func trueDivide(_ other: Tensor) -> Tensor { self / other }
  /// `/`.
  public func trueDivide(_ other: some ScalarConvertible) -> Tensor { self / other }
  /// `gt(_:)`.
  public func greater(_ other: Tensor) -> Tensor { gt(other) }
  /// `gt(_:)`.
  public func greater(_ other: some ScalarConvertible) -> Tensor { gt(other) }
  /// `ge(_:)`.
  public func greaterEqual(_ other: Tensor) -> Tensor { ge(other) }
  /// `ge(_:)`.
  public func greaterEqual(_ other: some ScalarConvertible) -> Tensor { ge(other) }
  /// `lt(_:)`.
  public func less(_ other: Tensor) -> Tensor { lt(other) }
  /// `lt(_:)`.
  public func less(_ other: some ScalarConvertible) -> Tensor { lt(other) }
  /// `le(_:)`.
  public func lessEqual(_ other: Tensor) -> Tensor { le(other) }
  /// `le(_:)`.
  public func lessEqual(_ other: some ScalarConvertible) -> Tensor { le(other) }
  /// `ne(_:)`.
  public func notEqual(_ other: Tensor) -> Tensor { ne(other) }
  /// `ne(_:)`.
  public func notEqual(_ other: some ScalarConvertible) -> Tensor { ne(other) }
  /// `atan2(_:)`.
  public func arctan2(_ other: Tensor) -> Tensor { atan2(other) }
  /// `clamp(min:max:)`.
  public func clip(min: some ScalarConvertible, max: some ScalarConvertible) -> Tensor {
    clamp(min: min, max: max)
  }
  /// `clamp(min:max:)`.
  public func clip(min: Tensor? = nil, max: Tensor? = nil) -> Tensor { clamp(min: min, max: max) }
  /// `outer(_:)`.
  public func ger(_ vec2: Tensor) -> Tensor { outer(vec2) }
  /// `cat(_:dim:)`.
  public static func concat(_ tensors: [Tensor], dim: Int = 0) -> Tensor { cat(tensors, dim: dim) }
  /// `cat(_:dim:)`.
  public static func concatenate(_ tensors: [Tensor], dim: Int = 0) -> Tensor {
    cat(tensors, dim: dim)
  }
  /// `vstack(_:)`.
  public static func rowStack(_ tensors: [Tensor]) -> Tensor { vstack(tensors) }
  /// `trapezoid(_:dx:dim:)`.
  public static func trapz(_ y: Tensor, dx: some ScalarConvertible = 1, dim: Int = -1) -> Tensor {
    trapezoid(y, dx: dx, dim: dim)
  }
}

extension Special {
  /// `sigmoid()`.
  public static func expit(_ x: Tensor) -> Tensor { x.sigmoid() }
  /// `digamma()`.
  public static func psi(_ x: Tensor) -> Tensor { x.digamma() }
  /// `lgamma()`.
  public static func gammaln(_ x: Tensor) -> Tensor { x.lgamma() }
}
