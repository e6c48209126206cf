// What flows along the edges of a node: one gradient or none per input or output.

/// A short list of optional gradients; one and two need no allocation.
struct Gradients {
  private var first: Tensor?
  private var second: Tensor?
  private var rest: [Tensor?]?

  @inline(__always)
  init(_ first: Tensor?, _ second: Tensor? = nil) {
    self.first = first
    self.second = second
    rest = nil
  }

  /// No gradient for any slot.
  @inline(__always)
  init() { self.init(nil) }

  init(_ gradients: [Tensor?]) {
    first = gradients.first ?? nil
    second = gradients.count > 1 ? gradients[1] : nil
    rest = gradients.count > 2 ? Array(gradients.dropFirst(2)) : nil
  }

  @inline(__always)
  subscript(i: Int) -> Tensor? {
    get {
      switch i {
      case 0: first
      case 1: second
      default: rest.flatMap { i - 2 < $0.count ? $0[i - 2] : nil }
      }
    }
    set {
      switch i {
      case 0: first = newValue
      case 1: second = newValue
      default:
        var more = rest.take() ?? []
        while more.count <= i - 2 { more.append(nil) }
        more[i - 2] = newValue
        rest = more
      }
    }
  }

  /// Takes a gradient out, so that the caller may be its only holder.
  @inline(__always)
  mutating func take(_ i: Int) -> Tensor? {
    switch i {
    case 0: return first.take()
    case 1: return second.take()
    default:
      guard var more = rest.take(), i - 2 < more.count else { return nil }
      let gradient = more[i - 2].take()
      rest = more
      return gradient
    }
  }

  /// Whether a gradient that was taken out is seen by nobody else and may be changed in place.
  @inline(__always)
  static func isOwned(_ gradient: inout Tensor) -> Bool {
    guard !isGradEnabled, gradient.gradFnStorage == nil, isKnownUniquelyReferenced(&gradient)
    else { return false }
    // A view whose base nobody else holds, such as the transpose of a product, owns the memory.
    if gradient.view != nil {
      gradient = Tensor(
        sharing: gradient.storage, sizes: gradient.sizes, strides: gradient.strides,
        offset: gradient.offset, dtype: gradient.dtype)
    }
    return isKnownUniquelyReferenced(&gradient.storage)
  }

  /// The gradients of the first `count` slots.
  func array(count: Int) -> [Tensor?] { (0..<count).map { self[$0] } }

  /// Whether no slot below `count` holds a gradient.
  func isEmpty(count: Int) -> Bool {
    if first != nil { return false }
    for i in 1..<max(count, 1) where self[i] != nil { return false }
    return true
  }
}
