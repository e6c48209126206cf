// The sizes of a measured tensor, held inline: a measurement allocates nothing.

/// Sizes, one for each dimension.
package struct Shape: Sendable {
  /// So many lie inline.
  package static let inlineCapacity = 8

  package let count: Int
  private let first: InlineArray<8, Int>
  /// All of them where there are more.
  private let all: [Int]?

  /// The first `count` of these; as many as fit inline.
  package init(count: Int, _ sizes: InlineArray<8, Int>) {
    precondition(count <= Shape.inlineCapacity, "more sizes than there are")
    self.count = count
    first = sizes
    all = nil
  }

  package init(_ sizes: [Int]) {
    count = sizes.count
    first = InlineArray { $0 < sizes.count ? sizes[$0] : 0 }
    all = sizes.count > Shape.inlineCapacity ? sizes : nil
  }

  @inline(__always)
  package subscript(i: Int) -> Int { all?[i] ?? first[i] }

  package var array: [Int] { (0..<count).map { self[$0] } }
}

extension Shape: Hashable, ExpressibleByArrayLiteral, CustomStringConvertible {
  package init(arrayLiteral sizes: Int...) { self.init(sizes) }

  package var description: String { "\(array)" }

  package static func == (a: Shape, b: Shape) -> Bool {
    a.count == b.count && (0..<a.count).allSatisfy { a[$0] == b[$0] }
  }

  package func hash(into hasher: inout Hasher) {
    for i in 0..<count { hasher.combine(self[i]) }
    hasher.combine(count)
  }
}
