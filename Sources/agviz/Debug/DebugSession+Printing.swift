// All that is recorded of a call: statistics, elements, shares, the way to its neighbours, changes.

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
        object.append(("values", elements.json))
      }
      objects.append(.object(object))
    }
    return DebugAnswer(
      lines, [("node", replay.graph.json(replay.node.id)), ("tensors", .array(objects))])
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

  // MARK: Neighbours

  func edges() throws -> DebugAnswer {
    let graph = replay.graph
    let node = replay.node
    let tensors = try replay.measurements()
    let shares = try replay.contributions()
    var rows: [[String]] = []
    var sources: [JSONValue] = []
    for output in max(1, node.outputs.count).range {
      let here = shares.filter { $0.output == output }
      for share in here {
        let from = share.source.flatMap { source in nodeOfCall(source.order) }
        rows.append([
          "in \(output)", "<-",
          share.source.map { source in
            from.map { "\(printable(graph.nodes[$0].name)) #\($0) out \(source.input)" }
              ?? "call \(source.order)"
          } ?? "the start of the pass",
          "norm \(fourDigits(share.norm))", "cosine \(fourDigits(share.cosine))",
        ])
        sources.append(
          .object([
            ("output", .int(output)), ("node", from.map { graph.json($0) } ?? .null),
            ("input", share.source.map { .int($0.input) } ?? .null), ("norm", .double(share.norm)),
            ("cosine", .double(share.cosine)),
          ]))
      }
      guard here.isEmpty else { continue }
      let norm = tensors.first { $0.role == .gradOutput && $0.slot == output }?.statistics.norm
      for (from, input) in feeders(of: node.id, output: output) {
        let name = from.map { "\(printable(graph.nodes[$0].name)) #\($0) out \(input)" }
        let hasRun = from == nil || replay.status(of: from!) == .ran
        rows.append([
          "in \(output)", "<-", name ?? "the start of the pass",
          hasRun ? norm.map { "norm \(fourDigits($0))" } ?? "" : replay.status(of: from!).words, "",
        ])
        sources.append(
          .object([
            ("output", .int(output)), ("node", from.map { graph.json($0) } ?? .null),
            ("input", from == nil ? .null : .int(input)),
            ("norm", norm.map { .double($0) } ?? .null),
          ]))
      }
    }
    var targets: [JSONValue] = []
    for (input, edge) in node.inputs.enumerated() {
      let given = tensors.first { $0.role == .gradInput && $0.slot == input }
      guard let edge else {
        rows.append(["out \(input)", "->", "nowhere: no gradient is asked for", "", ""])
        targets.append(.object([("input", .int(input)), ("node", .null)]))
        continue
      }
      let target = graph.nodes[edge.node]
      let leaf = graph.leafName(target).map { " of \(printable($0))" } ?? ""
      rows.append([
        "out \(input)", "->",
        "\(printable(target.name)) #\(edge.node)\(leaf)"
          + (edge.output == 0 && target.outputs.count < 2 ? "" : " in \(edge.output)"),
        given.map { "norm \(fourDigits($0.statistics.norm))" } ?? "no gradient",
        replay.status(of: edge.node).words,
      ])
      targets.append(
        .object([
          ("input", .int(input)), ("node", graph.json(edge.node)), ("output", .int(edge.output)),
          ("norm", given.map { .double($0.statistics.norm) } ?? .null),
          ("status", .string(replay.status(of: edge.node).rawValue)),
        ]))
    }
    return DebugAnswer(
      [graph.label(node.id)] + aligned(rows),
      [
        ("node", graph.json(node.id)), ("from", .array(sources)), ("to", .array(targets)),
      ])
  }

  /// The node of a call of this pass that has run.
  private func nodeOfCall(_ order: Int) -> Int? {
    let ran = replay.ran
    return ran.indices.contains(order) ? ran[order] : nil
  }

  /// The edges that lead to an output of a node; a nil node for the start of the pass.
  private func feeders(of node: Int, output: Int) -> [(node: Int?, input: Int)] {
    let graph = replay.graph
    var result: [(node: Int?, input: Int)] = []
    let edge = ComputationGraph.Edge(node: node, output: output)
    if graph.roots.contains(where: { graph.tensors[$0].gradFn == edge }) {
      result.append((nil, 0))
    }
    for from in graph.nodes {
      for (input, target) in from.inputs.enumerated() where target == edge {
        result.append((from.id, input))
      }
    }
    return result
  }

  // MARK: Changes

  func difference(_ argument: String) throws -> DebugAnswer {
    let step: Int
    if argument.isEmpty {
      step = replay.pass.step - 1
    } else {
      guard let number = Int(argument) else {
        throw DebugError("diff takes the number of a step, not \(printable(argument))")
      }
      step = number
    }
    let delta = try replay.delta(from: step)
    var rows: [[String]] = []
    var objects: [JSONValue] = []
    for pair in delta.tensors {
      let name = pair.role.name(pair.slot)
      objects.append(
        .object([
          ("role", .string(pair.role.word)), ("slot", .int(pair.slot)),
          ("same", .bool(pair.isSame)), ("before", pair.before?.json ?? .null),
          ("now", pair.now?.json ?? .null),
        ]))
      guard let before = pair.before, let now = pair.now else {
        rows.append([name, pair.before == nil ? "was not there" : "is not there", "", "", ""])
        continue
      }
      if pair.isSame {
        rows.append([name, "the same elements", "", "", ""])
        continue
      }
      if before.shape != now.shape || before.dtype != now.dtype {
        rows.append([
          name, "shape", "\(printable(before.dtype)) \(before.shape)",
          "\(printable(now.dtype)) \(now.shape)", "",
        ])
      }
      for (old, new) in zip(before.statistics.byName, now.statistics.byName) {
        let change = changeText(from: old.value, to: new.value)
        if change == "same", old.name != "norm" { continue }
        rows.append([name, old.name, fourDigits(old.value), fourDigits(new.value), change])
      }
    }
    // A tensor is named once.
    for row in rows.indices.dropFirst().reversed() where rows[row][0] == rows[row - 1][0] {
      rows[row][0] = ""
    }
    return DebugAnswer(
      [
        "\(replay.graph.label(replay.node.id))",
        "step \(step) [\(delta.other)] to step \(replay.pass.step) [\(delta.position)]",
      ] + aligned(rows, right: [2, 3]),
      [
        ("node", replay.graph.json(replay.node.id)), ("step", .int(replay.pass.step)),
        ("otherStep", .int(step)), ("otherPass", .int(delta.other.pass)),
        ("otherOrder", .int(delta.other.order)), ("tensors", .array(objects)),
      ])
  }
}

extension Replay.NodeStatus {
  /// For people.
  var words: String {
    switch self {
    case .waiting: "waiting"
    case .ready: "ready"
    case .ran: "ran"
    case .passedOver: "passed over: no gradient came"
    case .unreached: "not reached"
    }
  }
}

extension Int {
  fileprivate var range: Range<Int> { 0..<self }
}
