// What `print` shows: the statistics and elements of a call's tensors.

internal import GradientRecording
internal import GraphModel

extension DebugSession {
  func printTensors(_ argument: String) throws -> DebugAnswer {
    var words = argument.words
    var isWithValues = false
    if let last = words.last, last.count > 1, "values".hasPrefix(last) {
      isWithValues = true
      words.removeLast()
    }
    var role: Recording.Role?
    var slot: Int?
    if let first = words.first {
      role = Recording.Role.allCases.first { $0.word == first && $0 != .saved }
      guard role != nil else {
        throw DebugError(
          "print takes in, out, before, after or leaf, and values, not \(printable(first))")
      }
      words.removeFirst()
    }
    if let first = words.first {
      slot = Int(first)
      guard slot != nil else { throw DebugError("a slot is a number, not \(printable(first))") }
      words.removeFirst()
    }
    guard words.isEmpty else {
      throw DebugError("print takes one tensor, and nothing behind it but values")
    }
    let tensors = try replay.measurements().filter {
      (role == nil || $0.role == role) && (slot == nil || $0.slot == slot)
    }
    guard !tensors.isEmpty else {
      throw DebugError(
        role == nil
          ? "nothing is recorded of this call's gradients"
          : "the call has no gradient \(role!.word)\(slot.map { " \($0)" } ?? "")")
    }
    let values =
      isWithValues
      ? try recording.values(of: replay.position.pass, call: replay.position.order) : []
    var lines = [replay.graph.label(replay.node.id)]
    var objects: [JSONValue] = []
    for one in tensors {
      lines += self.lines(one)
      guard case .object(var object) = one.json else { continue }
      if isWithValues {
        let elements = try self.elements(one, values)
        lines += elements.lines
        object.append(.init("values", elements.json))
      }
      objects.append(.object(object))
    }
    return DebugAnswer(
      lines, [.init("node", replay.graph.json(replay.node.id)), .init("tensors", .array(objects))])
  }

  private func lines(_ one: Recording.Measurement) -> [String] {
    let statistics = one.statistics
    var lines = [
      "\(one.role.name(one.slot)): \(printable(one.dtype)) \(one.shape), "
        + "\(counted(statistics.count, "element"))"
    ]
    lines += aligned([
      [
        "norm \(fourDigits(statistics.norm))", "mean \(fourDigits(statistics.mean))",
        "std \(fourDigits(statistics.standardDeviation))",
      ],
      [
        "min \(fourDigits(statistics.minimum))", "max \(fourDigits(statistics.maximum))",
        "zeros \(statistics.zeroCount) (\(percentage(statistics.zeroFraction)))",
      ],
      [
        "nan \(statistics.nanCount)",
        "inf \(statistics.positiveInfinityCount), -inf \(statistics.negativeInfinityCount)",
        "subnormal \(statistics.subnormalCount)",
      ],
      ["hash \(String(statistics.hash, radix: 16))"],
    ])
    if let histogram = one.histogram { lines += self.lines(histogram, of: statistics) }
    return lines
  }

  /// Bars for the magnitudes, of at most 16 lines.
  private func lines(
    _ histogram: Recording.Histogram, of statistics: GradientStatistics
  ) -> [String] {
    guard let first = histogram.counts.firstIndex(where: { $0 > 0 }),
      let last = histogram.counts.lastIndex(where: { $0 > 0 })
    else { return [] }
    let width = (last - first) / 16 + 1
    let groups = stride(from: first, through: last, by: width).map { start in
      (start, histogram.counts[start...min(start + width - 1, last)].reduce(0) { $0 + Int($1) })
    }
    let most = groups.map(\.1).max() ?? 1
    return ["  magnitudes"]
      + aligned(
        groups.map { start, count in
          let exponent = histogram.firstExponent + start
          return [
            "2^\(exponent)", "\(count)",
            String(repeating: "#", count: max(count > 0 ? 1 : 0, 40 * count / most)),
          ]
        }, right: [0, 1], indent: 4)
  }

  // MARK: Elements

  /// So many elements are printed at most.
  private static let mostElements = 64

  private func elements(
    _ one: Recording.Measurement, _ values: [Recording.Value]
  ) throws -> (lines: [String], json: JSONValue) {
    guard let value = values.first(where: { $0.role == one.role && $0.slot == one.slot }) else {
      return (["  its elements are not recorded"], .null)
    }
    guard let elements = Elements(try recording.rowMajorBytes(of: value), dtype: value.dtype) else {
      return (["  its elements are of a dtype that is not shown"], .null)
    }
    let shown = elements.prefix(Self.mostElements)
    let cells = shown.map { fourDigits($0) }
    var lines = aligned(
      stride(from: 0, to: cells.count, by: 6).map { start in
        ["\(start):"] + cells[start..<min(start + 6, cells.count)]
      }, right: Set(0...6))
    if elements.count > shown.count {
      lines.append("  … \(elements.count - shown.count) more in row-major order")
    }
    return (lines, .array(shown.map { .double($0) }))
  }
}
