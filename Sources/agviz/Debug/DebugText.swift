// Numbers and tables as the prompt prints them.

internal import Glibc
internal import GradientRecording
internal import GraphModel

/// A number of at most four significant digits, such as `0.1235` or `1.235e+12`.
func fourDigits(_ value: Double) -> String {
  guard value.isFinite else { return value.isNaN ? "nan" : value < 0 ? "-inf" : "inf" }
  var buffer = [CChar](repeating: 0, count: 32)
  let count = withVaList([value]) { vsnprintf(&buffer, buffer.count, "%.4g", $0) }
  return String(decoding: buffer.prefix(Int(count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

/// A share in percent, such as `12.5%`.
func percentage(_ share: Double) -> String {
  share.isNaN ? "-" : fourDigits(100 * share) + "%"
}

/// By how much a number changed: a factor, or from what to what where there is none.
func changeText(from before: Double, to now: Double) -> String {
  if before == now || (before.isNaN && now.isNaN) { return "same" }
  guard before.isFinite, now.isFinite, before != 0, now != 0, (before < 0) == (now < 0) else {
    return before.isFinite && now.isFinite ? "by " + fourDigits(now - before) : "-"
  }
  return "x " + fourDigits(now / before)
}

/// Rows with their columns padded to one width; those of numbers to the right.
func aligned(_ rows: [[String]], right: Set<Int> = [], indent: Int = 2) -> [String] {
  var widths: [Int] = []
  for row in rows {
    for (column, cell) in row.enumerated() {
      if column == widths.count { widths.append(0) }
      widths[column] = max(widths[column], cell.unicodeScalars.count)
    }
  }
  return rows.map { row in
    var line = String(repeating: " ", count: indent)
    for (column, cell) in row.enumerated() {
      let space = String(repeating: " ", count: widths[column] - cell.unicodeScalars.count)
      if column > 0 { line += "  " }
      line += right.contains(column) ? space + cell : cell + space
    }
    while line.last == " " { line.removeLast() }
    return line
  }
}

extension Recording.Role {
  /// What the prompt and the expressions of breakpoints call it.
  var word: String {
    switch self {
    case .gradOutput: "in"
    case .gradInput: "out"
    case .gradBefore: "before"
    case .gradAfter: "after"
    case .parameter: "leaf"
    case .saved: "saved"
    }
  }

  /// Whether there are several, told apart by their slots.
  var hasSlots: Bool { self == .gradOutput || self == .gradInput || self == .saved }

  /// The name of a tensor in this role.
  func name(_ slot: Int) -> String { hasSlots ? "\(word) \(slot)" : word }
}

extension GradientStatistics {
  /// What is not finite, such as `3 nan, 1 inf`; empty where all is.
  var notFiniteText: String {
    [(nanCount, "nan"), (positiveInfinityCount, "inf"), (negativeInfinityCount, "-inf")]
      .filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }.joined(separator: ", ")
  }

  /// The norm; and what is not finite, which it leaves out.
  var shortText: String {
    if isFinite { return "norm \(fourDigits(norm))" }
    return norm.isNaN ? notFiniteText : "norm \(fourDigits(norm)), \(notFiniteText)"
  }

  /// The statistics by name, in the order in which they are told.
  var byName: [(name: String, value: Double)] {
    [
      ("norm", norm), ("min", minimum), ("max", maximum), ("mean", mean),
      ("std", standardDeviation), ("zero fraction", zeroFraction), ("nan count", Double(nanCount)),
      ("inf count", Double(positiveInfinityCount) + Double(negativeInfinityCount)),
      ("subnormal count", Double(subnormalCount)),
    ]
  }

  var json: [JSONValue.Member] {
    [
      .init("count", .int(count)), .init("nanCount", .int(nanCount)),
      .init("positiveInfinityCount", .int(positiveInfinityCount)),
      .init("negativeInfinityCount", .int(negativeInfinityCount)),
      .init("zeroCount", .int(zeroCount)),
      .init("subnormalCount", .int(subnormalCount)), .init("minimum", .double(minimum)),
      .init("maximum", .double(maximum)), .init("mean", .double(mean)),
      .init("standardDeviation", .double(standardDeviation)), .init("norm", .double(norm)),
      .init("hash", .string(String(hash, radix: 16))),
    ]
  }
}

extension Recording.Measurement {
  var json: JSONValue {
    .object(
      [
        .init("role", .string(role.word)), .init("slot", .int(slot)),
        .init("dtype", .string(dtype)),
        .init("shape", .ints(shape)),
      ] + statistics.json)
  }
}

extension Recording.Witness {
  /// Where a result stopped being finite, and of what: `out 0 [1, 2] is nan: grad 0, other inf`.
  var words: String {
    let operands = operands.map { operand in
      printable(operand.name) + " " + (operand.value.map { fourDigits($0) } ?? "\(operand.shape)")
    }
    return "out \(input) \(index) is \(fourDigits(value))"
      + (operands.isEmpty ? "" : ": " + operands.joined(separator: ", "))
  }

  var json: JSONValue {
    .object([
      .init("input", .int(input)), .init("index", .ints(index)), .init("value", .double(value)),
      .init(
        "operands",
        .array(
          operands.map { operand in
            .object([
              .init("name", .string(operand.name)),
              .init("value", operand.value.map { .double($0) } ?? .null),
              .init("shape", .ints(operand.shape)),
            ])
          })
      ),
    ])
  }
}

extension ComputationGraph {
  /// The name of the leaf that a node accumulates in.
  func leafName(_ node: Node) -> String? { node.leaf.flatMap { tensors[$0].name } }

  /// A node in short: name, number, leaf, module and source line.
  func label(_ id: Int) -> String {
    let node = nodes[id]
    var text = "\(printable(node.name)) #\(id)"
    if let leaf = leafName(node) { text += " of \(printable(leaf))" }
    if let scope = node.scope { text += "  \(printable(scope))" }
    if let source = node.source { text += "  \(printable(source.file)):\(source.line)" }
    return text
  }

  func json(_ id: Int) -> JSONValue {
    let node = nodes[id]
    return .object([
      .init("id", .int(id)), .init("name", .string(node.name)),
      .init("leaf", .string(ifPresent: leafName(node))),
      .init("scope", .string(ifPresent: node.scope)),
      .init("source", .string(ifPresent: node.source.map { "\($0.file):\($0.line)" })),
    ])
  }
}
