// The text in a backward node's box: its name and the table of its attributes.

import GraphModel

extension DotGraph {
  /// The most characters that a drawing shows of a name; a longer one ends in an ellipsis.
  public static let longestShownName = 1_000
}

/// PyTorchViz's text for a node: the name and, with `maxAttrChars`, a table of its attributes.
func nodeLabel(_ node: ComputationGraph.Node, maxAttrChars: Int?) -> String {
  let name = elided(node.name)
  guard let maxAttrChars else { return name }

  var rows: [(name: String, value: String)] = []
  for (name, value) in node.attributes {
    rows.append((name, pythonText(value, isSigned: scalarAttributes.contains(name))))
  }
  for name in node.savedNames {
    rows.append((name, pythonText(node.saved[name]!)))
  }
  if rows.isEmpty { return name }
  rows.sort { precedes($0.name, $1.name) }
  for row in rows.indices { rows[row].name = elided(rows[row].name) }

  let most = min(max(maxAttrChars, 3), 10_000)
  let nameWidth = rows.map { $0.name.unicodeScalars.count }.max()!
  let valueWidth = min(rows.map { $0.value.unicodeScalars.count }.max()!, most)
  let ruleWidth = max(nameWidth + valueWidth + 2, name.unicodeScalars.count)
  var lines = [name, String(repeating: "-", count: ruleWidth)]
  for row in rows {
    let scalars = row.value.unicodeScalars
    let value =
      scalars.count > valueWidth
      ? String(String.UnicodeScalarView(scalars.prefix(valueWidth - 3))) + "..." : row.value
    lines.append(
      row.name + padding(of: row.name, to: nameWidth) + ": "
        + padding(of: value, to: valueWidth) + value)
  }
  return lines.joined(separator: "\n")
}

extension ComputationGraph.Node {
  /// The names under which PyTorch has saved tensors as attributes of the node.
  ///
  /// A custom function's tensors are not among them, and an attribute of the same name wins.
  var savedNames: [String] {
    saved.keys.filter {
      attributes[$0] == nil && !(kind == .function && $0 == functionSavedName)
    }
  }
}

/// Python's order of two names: by code points, which is that of their UTF-8.
func precedes(_ left: String, _ right: String) -> Bool {
  left.utf8.lexicographicallyPrecedes(right.utf8)
}

/// A name, cut to ``DotGraph/longestShownName`` characters.
func elided(_ name: String) -> String {
  let most = DotGraph.longestShownName
  if name.utf8.count <= most { return name }
  let scalars = name.unicodeScalars
  let end = scalars.index(scalars.startIndex, offsetBy: most, limitedBy: scalars.endIndex)
  guard let end, end < scalars.endIndex else { return name }
  return String(String.UnicodeScalarView(scalars[..<scalars.index(before: end)])) + "…"
}

/// The spaces that bring a text to a width, counted in code points as Python does.
private func padding(of text: String, to width: Int) -> String {
  String(repeating: " ", count: max(0, width - text.unicodeScalars.count))
}
