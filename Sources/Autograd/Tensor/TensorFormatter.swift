// The text of a tensor, laid out as PyTorch's print does it.

/// A tensor as the printer sees it: a shape, the elements by position, and what follows the data.
///
/// The layout is that of `torch/_tensor_str.py` with the default print options: four decimals,
/// lines of 80 characters, and three elements at each edge of a dimension once a tensor has more
/// than a thousand elements.
///
///     tensor([[1.0000, 2.5000],
///             [0.0000, 4.0000]], grad_fn=<AddBackward0>)
struct TensorFormatter: CustomStringConvertible {
  /// The elements by their row-major position; those of float32 are widened.
  enum Elements {
    case floating((Int) -> Double)
    case integer((Int) -> Int)
    case bool((Int) -> Bool)
  }

  var shape: [Int]
  var elements: Elements
  /// What follows the data, in order; see ``suffixes(shape:dtype:gradFn:requiresGrad:)``.
  var suffixes: [String] = []

  private static let summaryThreshold = 1000
  private static let edgeItems = 3
  private static let lineWidth = 80
  private static let prefix = "tensor("

  var description: String {
    appendingSuffixes(to: Self.prefix + data)
  }

  /// The suffixes that PyTorch gives a tensor.
  ///
  /// `dtype` is PyTorch's name without the module, such as `float64`. It is left out where a reader
  /// infers it: float32 always, int64 and bool as long as there are elements. A `gradFn` is shown
  /// rather than the requirement of a gradient.
  static func suffixes(
    shape: [Int], dtype: String, gradFn: String?, requiresGrad: Bool
  ) -> [String] {
    var suffixes: [String] = []
    let isEmpty = shape.contains(0)
    if isEmpty && shape.count != 1 {
      suffixes.append("size=(\(shape.map(String.init).joined(separator: ", ")))")
    }
    let inferred = isEmpty ? ["float32"] : ["float32", "int64", "bool"]
    if !inferred.contains(dtype) {
      suffixes.append("dtype=torch.\(dtype)")
    }
    if let gradFn {
      suffixes.append("grad_fn=<\(gradFn)>")
    } else if requiresGrad {
      suffixes.append("requires_grad=True")
    }
    return suffixes
  }
}

extension TensorFormatter {
  private var count: Int { shape.reduce(1, *) }

  private var data: String {
    if shape.contains(0) { return "[]" }
    let cells = Cells(elements, at: visiblePositions)
    if shape.isEmpty { return cells.text(at: 0) }
    return text(of: 0, from: 0, indent: Self.prefix.count, cells: cells)
  }

  /// Whether the middle of the dimension is replaced by an ellipsis.
  private func isSummarized(_ dimension: Int) -> Bool {
    count > Self.summaryThreshold && shape[dimension] > 2 * Self.edgeItems
  }

  /// The indices of the dimension that are shown before and after the ellipsis, if there is one.
  private func visible(_ dimension: Int) -> (leading: Range<Int>, trailing: Range<Int>) {
    let size = shape[dimension]
    return isSummarized(dimension)
      ? (0..<Self.edgeItems, (size - Self.edgeItems)..<size) : (0..<size, size..<size)
  }

  private var visiblePositions: [Int] {
    shape.indices.reduce([0]) { positions, dimension in
      let (leading, trailing) = visible(dimension)
      return positions.flatMap { position in
        (Array(leading) + trailing).map { position * shape[dimension] + $0 }
      }
    }
  }

  /// The bracketed text of the slice that begins at `position`, counted in slices of its dimension.
  private func text(
    of dimension: Int, from position: Int, indent: Int, cells: Cells
  ) -> String {
    let isRow = dimension == shape.count - 1
    func item(_ index: Int) -> String {
      let inner = position * shape[dimension] + index
      return isRow
        ? cells.text(at: inner)
        : text(of: dimension + 1, from: inner, indent: indent + 1, cells: cells)
    }
    let (leading, trailing) = visible(dimension)
    var items = leading.map(item)
    if isSummarized(dimension) {
      items.append(isRow ? " ..." : "...")
      items += trailing.map(item)
    }
    let padding = String(repeating: " ", count: indent + 1)
    if isRow {
      let perLine = max(1, (Self.lineWidth - indent) / (cells.width + 2))
      let lines = stride(from: 0, to: items.count, by: perLine).map { start in
        items[start..<min(start + perLine, items.count)].joined(separator: ", ")
      }
      return "[" + lines.joined(separator: ",\n" + padding) + "]"
    }
    let newlines = String(repeating: "\n", count: shape.count - 1 - dimension)
    return "[" + items.joined(separator: "," + newlines + padding) + "]"
  }

  /// Adds each suffix to the last line, or begins a line where it would grow too long.
  private func appendingSuffixes(to text: String) -> String {
    let lastLine = text.split(separator: "\n", omittingEmptySubsequences: false).last ?? ""
    // PyTorch counts two characters more than the line has.
    var length = lastLine.count + 2
    var result = text
    for suffix in suffixes {
      if length + suffix.count + 2 > Self.lineWidth {
        result += ",\n" + String(repeating: " ", count: Self.prefix.count) + suffix
        length = Self.prefix.count + suffix.count
      } else {
        result += ", " + suffix
        length += suffix.count + 2
      }
    }
    return result + ")"
  }
}

/// The text of single elements, padded to the width of the widest that decides it.
private struct Cells {
  private(set) var width = 1
  private let text: (Int) -> String

  /// The format follows from the elements at the given positions, those that will be shown.
  init(_ elements: TensorFormatter.Elements, at positions: [Int]) {
    switch elements {
    case .integer(let value):
      text = { String(value($0)) }
      width = positions.map { String(value($0)).count }.max() ?? 1
    case .bool(let value):
      text = { value($0) ? "True" : "False" }
      width = positions.contains { !value($0) } ? 5 : 4
    case .floating(let value):
      let deciding = positions.map(value).filter { $0.isFinite && $0 != 0 }
      let style = FloatStyle(deciding)
      text = { style.text(value($0)) }
      width = deciding.map { style.text($0).count }.max() ?? 1
    }
  }

  func text(at position: Int) -> String {
    let text = text(position)
    return String(repeating: " ", count: max(0, width - text.count)) + text
  }
}

/// How the floating-point numbers of one tensor are written.
private enum FloatStyle {
  /// `3.`
  case integral
  /// `3.1416`
  case fixed
  /// `3.1416e+00`
  case scientific

  private static let precision = 4

  /// The style for a tensor with the given finite numbers other than zero.
  init(_ values: [Double]) {
    let magnitudes = values.map(\.magnitude)
    guard let smallest = magnitudes.min(), let largest = magnitudes.max() else {
      self = .integral
      return
    }
    if largest / smallest > 1000 || largest > 1e8 || smallest < 1e-4 {
      self = .scientific
    } else {
      self = values.allSatisfy { $0 == $0.rounded(.up) } ? .integral : .fixed
    }
  }

  func text(_ value: Double) -> String {
    if value.isNaN { return "nan" }
    let sign = value.sign == .minus ? "-" : ""
    if value.isInfinite { return sign + "inf" }
    let expansion = DecimalExpansion(value.magnitude)
    return switch self {
    case .integral: sign + expansion.fixed(decimals: 0) + "."
    case .fixed: sign + expansion.fixed(decimals: Self.precision)
    case .scientific: sign + expansion.scientific(decimals: Self.precision)
    }
  }
}
