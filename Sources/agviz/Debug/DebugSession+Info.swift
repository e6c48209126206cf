// What `info` tells.

internal import GradientRecording
internal import GraphModel

extension DebugSession {
  func info(_ argument: String) throws -> DebugAnswer {
    var words = argument.words
    let topic = words.isEmpty ? .recording : try DebugInfo.named(words.removeFirst())
    guard words.isEmpty || topic == .nodes else {
      throw DebugError("nothing goes behind info \(topic.rawValue)")
    }
    switch topic {
    case .breakpoints: return listStops()
    case .passes: return passes()
    case .parameters: return try parameters()
    case .ready: return ready()
    case .nodes: return try nodes(words.joined(separator: " "))
    case .recording: return try facts()
    }
  }

  private func facts() throws -> DebugAnswer {
    let info = try recording.info()
    return DebugAnswer(
      aligned(
        [
          ["file", printable(recording.path, limit: 1000)],
          ["passes", "\(info.passCount)"], ["calls", "\(info.callCount)"],
          ["tensors", "\(info.measurementCount)"], ["graphs", "\(info.graphCount)"],
          ["here", "[\(replay.position)], call \(replay.callIndex + 1) of \(replay.callCount)"],
        ], indent: 0),
      [
        .init("file", .string(recording.path)), .init("passes", .int(info.passCount)),
        .init("calls", .int(info.callCount)), .init("tensors", .int(info.measurementCount)),
        .init("graphs", .int(info.graphCount)), .init("pass", .int(replay.position.pass)),
        .init("order", .int(replay.position.order)),
      ])
  }

  /// So many passes before and behind the cursor are listed.
  private static let nearbyPasses = 20

  private func passes() -> DebugAnswer {
    let here = recording.passes.firstIndex { $0.id == replay.position.pass } ?? 0
    let shown =
      max(0, here - Self.nearbyPasses)..<min(recording.passes.count, here + Self.nearbyPasses + 1)
    let rows = recording.passes[shown].map { pass in
      [
        pass.id == replay.position.pass ? "*" : "", "\(pass.id)", "\(pass.step)",
        "\(pass.microBatch)", printable(pass.phase, limit: 20), "\(pass.callCount)",
        pass.root.map { fourDigits($0) } ?? "-",
        pass.nonFiniteCount == 0 ? "" : "\(pass.nonFiniteCount)", pass.outcome.words,
      ]
    }
    var lines = aligned(
      [["", "pass", "step", "micro", "phase", "calls", "loss", "not finite", ""]] + rows,
      right: [1, 2, 3, 5, 6], indent: 0)
    if shown.count < recording.passes.count {
      lines.append("of \(recording.passes.count) passes, those around this")
    }
    return DebugAnswer(
      lines,
      [
        .init(
          "passes",
          .array(
            recording.passes.map { pass in
              .object([
                .init("pass", .int(pass.id)), .init("step", .int(pass.step)),
                .init("microBatch", .int(pass.microBatch)), .init("phase", .string(pass.phase)),
                .init("calls", .int(pass.callCount)),
                .init("root", pass.root.map { .double($0) } ?? .null),
                .init("nonFinite", .int(pass.nonFiniteCount)),
                .init("outcome", .string(pass.outcome.words)),
              ])
            })
        )
      ])
  }

  private func parameters() throws -> DebugAnswer {
    let graph = replay.graph
    var after: [Int: GradientStatistics] = [:]
    try recording.forEachMeasurement(
      in: replay.position.pass..<replay.position.pass + 1, roles: [.gradAfter]
    ) { after[$0.order] = $0.statistics }
    var rows: [[String]] = []
    var objects: [JSONValue] = []
    for node in graph.nodes where node.kind == .accumulateGrad {
      let order = replay.order(of: node.id)
      let statistics = order.flatMap { after[$0] }
      let name = graph.leafName(node)
      let tensor = node.leaf.map { graph.tensors[$0] }
      rows.append([
        name.map { printable($0) } ?? "(no name)", "#\(node.id)", "\(tensor?.shape ?? [])",
        order.map { "call \($0)" } ?? "no gradient",
        statistics.map { "norm \(fourDigits($0.norm))" } ?? "", statistics?.notFiniteText ?? "",
      ])
      objects.append(
        .object([
          .init("name", .string(ifPresent: name)), .init("node", .int(node.id)),
          .init("shape", .ints(tensor?.shape ?? [])),
          .init("order", order.map { .int($0) } ?? .null),
          .init("statistics", statistics.map { .object($0.json) } ?? .null),
        ]))
    }
    return DebugAnswer(
      rows.isEmpty ? ["The graph has no leaves."] : aligned(rows),
      [.init("parameters", .array(objects))])
  }

  private func ready() -> DebugAnswer {
    let ready = replay.ready
    return DebugAnswer(
      ready.isEmpty
        ? ["No node is ready."]
        : aligned(
          ready.map { node in
            [
              replay.order(of: node).map { "call \($0)" } ?? "never runs",
              replay.graph.label(node),
            ]
          }),
      [.init("ready", .array(ready.map { replay.graph.json($0) }))])
  }

  /// So many nodes are listed at most.
  private static let mostNodes = 100

  private func nodes(_ pattern: String) throws -> DebugAnswer {
    let graph = replay.graph
    var found = Array(graph.nodes.indices)
    if !pattern.isEmpty {
      let condition = try Condition(pattern)
      guard condition.isPlace else {
        throw DebugError("info nodes takes an expression about nodes, such as module encoder.0")
      }
      found = found.filter { condition.fits(graph.nodes[$0], of: graph, in: replay.pass) }
    }
    let counts = Replay.NodeStatus.allCases.map { status in
      (status, found.count { replay.status(of: $0) == status })
    }
    var lines = aligned(
      found.prefix(Self.mostNodes).map { node in
        [
          replay.order(of: node).map { "call \($0)" } ?? "", replay.status(of: node).words,
          graph.label(node),
        ]
      })
    lines.append(
      "\(counted(found.count, "node")): "
        + counts.filter { $0.1 > 0 }.map { "\($0.1) \($0.0.rawValue)" }.joined(separator: ", "))
    return DebugAnswer(
      lines,
      [
        .init(
          "nodes",
          .array(
            found.map { node in
              .object([
                .init("node", graph.json(node)),
                .init("order", replay.order(of: node).map { .int($0) } ?? .null),
                .init("status", .string(replay.status(of: node).rawValue)),
              ])
            })
        )
      ])
  }
}

extension Recording.Pass.Outcome {
  /// For people.
  var words: String {
    switch self {
    case .running: "running"
    case .completed: "completed"
    case .failed(let reason): "failed: \(printable(reason, limit: 100))"
    case .unfinished: "unfinished"
    }
  }
}
