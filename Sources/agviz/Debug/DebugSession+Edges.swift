// What `edges` shows: where a call's gradients came from and go to.

internal import GradientRecording
internal import GraphModel

extension DebugSession {
  func edges() throws -> DebugAnswer {
    let graph = replay.graph
    let node = replay.node
    let tensors = try replay.measurements()
    let shares = try replay.contributions()
    var rows: [[String]] = []
    var sources: [JSONValue] = []
    for output in 0..<max(1, node.outputs.count) {
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
            .init("output", .int(output)), .init("node", from.map { graph.json($0) } ?? .null),
            .init("input", share.source.map { .int($0.input) } ?? .null),
            .init("norm", .double(share.norm)),
            .init("cosine", .double(share.cosine)),
          ]))
      }
      guard here.isEmpty else { continue }
      let taken = tensors.first { $0.role == .gradOutput && $0.slot == output }?.statistics
      for (from, input) in feeders(of: node.id, output: output) {
        let name = from.map { "\(printable(graph.nodes[$0].name)) #\($0) out \(input)" }
        let hasRun = from == nil || replay.status(of: from!) == .ran
        rows.append([
          "in \(output)", "<-", name ?? "the start of the pass",
          hasRun ? taken?.shortText ?? "" : replay.status(of: from!).words, "",
        ])
        sources.append(
          .object([
            .init("output", .int(output)), .init("node", from.map { graph.json($0) } ?? .null),
            .init("input", from == nil ? .null : .int(input)),
            .init("norm", taken.map { .double($0.norm) } ?? .null),
          ]))
      }
    }
    var targets: [JSONValue] = []
    for (input, edge) in node.inputs.enumerated() {
      let given = tensors.first { $0.role == .gradInput && $0.slot == input }
      guard let edge else {
        rows.append(["out \(input)", "->", "nowhere: no gradient is asked for", "", ""])
        targets.append(.object([.init("input", .int(input)), .init("node", .null)]))
        continue
      }
      let target = graph.nodes[edge.node]
      let leaf = graph.leafName(target).map { " of \(printable($0))" } ?? ""
      rows.append([
        "out \(input)", "->",
        "\(printable(target.name)) #\(edge.node)\(leaf)"
          + (edge.output == 0 && target.outputs.count < 2 ? "" : " in \(edge.output)"),
        given.map { $0.statistics.shortText } ?? "no gradient",
        replay.status(of: edge.node).words,
      ])
      targets.append(
        .object([
          .init("input", .int(input)), .init("node", graph.json(edge.node)),
          .init("output", .int(edge.output)),
          .init("norm", given.map { .double($0.statistics.norm) } ?? .null),
          .init("status", .string(replay.status(of: edge.node).rawValue)),
        ]))
    }
    return DebugAnswer(
      [graph.label(node.id)] + aligned(rows),
      [
        .init("node", graph.json(node.id)), .init("from", .array(sources)),
        .init("to", .array(targets)),
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
}

extension Replay.NodeStatus {
  /// For people.
  var words: String {
    switch self {
    case .waiting: "waiting"
    case .ready: "ready"
    case .running: "did not come to its end"
    case .ran: "ran"
    case .passedOver: "passed over: no gradient came"
    case .unreached: "not reached"
    }
  }
}
