// Names with wildcards.

/// A name, in which `*` stands for any characters and `?` for any one.
struct Pattern: Sendable, Hashable {
  private let text: [Unicode.Scalar]

  init(_ text: String) {
    self.text = Array(text.unicodeScalars)
  }

  /// Whether the whole of `name` is meant; in time of at most the product of both lengths.
  func matches(_ name: some StringProtocol) -> Bool {
    let name = Array(name.unicodeScalars)
    var place = 0
    var next = 0
    /// Where the last star is, and how far it reaches.
    var star: (place: Int, reach: Int)?
    while next < name.count {
      if place < text.count, text[place] == "*" {
        star = (place, next)
        place += 1
      } else if place < text.count, text[place] == "?" || text[place] == name[next] {
        place += 1
        next += 1
      } else if let last = star {
        star = (last.place, last.reach + 1)
        place = last.place + 1
        next = last.reach + 1
      } else {
        return false
      }
    }
    return text[place...].allSatisfy { $0 == "*" }
  }
}

/// The operator that a node's name tells of: `Mul` of `MulBackward0`.
func operatorName(_ node: String) -> Substring {
  guard let range = node.range(of: "Backward", backwards: true), range.lowerBound > node.startIndex,
    node[range.upperBound...].allSatisfy({ $0.isASCII && $0.isNumber })
  else { return node[...] }
  return node[..<range.lowerBound]
}

extension String {
  /// Where a text is last.
  fileprivate func range(of text: String, backwards: Bool) -> Range<Index>? {
    var end = endIndex
    while let start = index(end, offsetBy: -text.count, limitedBy: startIndex) {
      if self[start..<end] == text { return start..<end }
      guard end > startIndex else { break }
      end = index(before: end)
    }
    return nil
  }
}
