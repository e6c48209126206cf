// Modules as text, in PyTorch's layout.

extension Module: CustomStringConvertible {
  /// The module with all within, as PyTorch prints it.
  public final var description: String {
    let extra = extraRepr
    let extraLines = extra.isEmpty ? [] : extra.split(separator: "\n").map(String.init)
    let childLines = describedChildren().map { "(\($0)): \(Self.indented($1))" }
    if childLines.isEmpty, extraLines.count <= 1 { return "\(typeName)(\(extra))" }
    return "\(typeName)(\n  \((extraLines + childLines).joined(separator: "\n  "))\n)"
  }

  /// The children's names and descriptions; lists show equal neighbours as one.
  private func describedChildren() -> [(String, String)] {
    let children = ModuleMembers(of: self).children.map { ($0.name, $0.module.description) }
    guard showsEqualChildrenOnce else { return children }
    var result: [(String, String)] = []
    var start = 0
    while start < children.count {
      var end = start + 1
      while end < children.count, children[end].1 == children[start].1 { end += 1 }
      let described = children[start].1
      result.append(
        end - start == 1
          ? children[start] : ("\(start)-\(end - 1)", "\(end - start) x \(described)"))
      start = end
    }
    return result
  }

  private static func indented(_ text: String) -> String {
    text.replacing("\n", with: "\n  ")
  }
}
