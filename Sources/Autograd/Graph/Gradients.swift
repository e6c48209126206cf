// What flows along the edges of a node: one gradient or none per input or output.

/// A short list of optional gradients; one and two need no allocation.
struct Gradients {
  private var first: Tensor?
  private var second: Tensor?
  private var rest: [Tensor?]

  @inline(__always)
  init(_ first: Tensor?, _ second: Tensor? = nil) {
    self.first = first
    self.second = second
    rest = []
  }

  /// No gradient for any slot.
  @inline(__always)
  init() { self.init(nil) }

  init(_ gradients: [Tensor?]) {
    first = gradients.first ?? nil
    second = gradients.count > 1 ? gradients[1] : nil
    rest = Array(gradients.dropFirst(2))
  }

  @inline(__always)
  subscript(i: Int) -> Tensor? {
    get {
      switch i {
      case 0: first
      case 1: second
      default: i - 2 < rest.count ? rest[i - 2] : nil
      }
    }
    set {
      switch i {
      case 0: first = newValue
      case 1: second = newValue
      default:
        while rest.count <= i - 2 { rest.append(nil) }
        rest[i - 2] = newValue
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
      guard i - 2 < rest.count else { return nil }
      return rest[i - 2].take()
    }
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
