// The commands that move the cursor, and what is shown of the place where it stands.

internal import GradientRecording
internal import GraphModel

extension DebugSession {
  /// A number of steps; 1 where none is given.
  func count(_ argument: String) throws(DebugError) -> Int {
    if argument.isEmpty { return 1 }
    guard let count = Int(argument), count > 0 else {
      throw DebugError("a number of steps is a number above 0, not \(printable(argument))")
    }
    return count
  }

  mutating func move(by distance: Int) throws -> DebugAnswer {
    let moved = try replay.move(by: distance)
    var answer = try place()
    answer.json.insert(.init("moved", .int(moved)), at: 0)
    if moved != distance {
      answer.lines.insert(
        distance > 0 ? "This is the last call." : "This is the first call.", at: 0)
    }
    return answer
  }

  mutating func goTo(_ argument: String) throws -> DebugAnswer {
    let words = argument.words
    let usage = "goto takes PASS, PASS:CALL, step N or node ID"
    if words.count == 2, let number = Int(words[1]) {
      if "step".hasPrefix(words[0]) {
        guard
          let pass = recording.passes.first(where: { $0.step == number && $0.callCount > 0 })
        else { throw DebugError("there is no call of step \(number)") }
        try replay.move(to: .init(pass: pass.id, order: 0))
        return try place()
      }
      if "node".hasPrefix(words[0]) {
        guard replay.graph.nodes.indices.contains(number) else {
          throw DebugError(
            "the graph has nodes 0 to \(replay.graph.nodes.count - 1), no node \(number)")
        }
        guard let order = replay.order(of: number) else {
          throw DebugError("\(replay.graph.label(number)) did not run in this pass")
        }
        try replay.move(to: .init(pass: replay.position.pass, order: order))
        return try place()
      }
    }
    guard words.count == 1 else { throw DebugError(usage) }
    let parts = words[0].split(separator: ":", omittingEmptySubsequences: false)
    guard (1...2).contains(parts.count), let pass = Int(parts[0]),
      let order = parts.count == 1 ? 0 : Int(parts[1])
    else { throw DebugError(usage) }
    try replay.move(to: .init(pass: pass, order: order))
    return try place()
  }

  // MARK: The place

  /// The call, what it took and handed on, and the state.
  func place() throws -> DebugAnswer {
    let pass = replay.pass
    let call = try replay.call()
    let tensors = try replay.measurements()
    let graph = replay.graph
    let node = replay.node
    let ready = replay.ready
    var head = "[\(replay.position)] step \(pass.step)"
    if pass.microBatch != 0 { head += " micro-batch \(pass.microBatch)" }
    if !pass.phase.isEmpty { head += " \(printable(pass.phase, limit: 20))" }
    var lines = [head + "  " + graph.label(node.id)]
    lines += table(tensors)
    let witnesses =
      pass.nonFiniteCount == 0
      ? [] : try recording.witnesses(of: pass.id).filter { $0.order == call.order }
    lines += witnesses.map { "  " + $0.words }
    var state = "\(replay.count(of: .ran)) of \(pass.callCount) ran, \(ready.count) ready"
    if call.end == nil {
      state += "; this call did not come to its end" + ending(of: pass)
    } else if let next = ready.first, replay.order(of: next) == replay.position.order + 1 {
      state += ", next \(printable(graph.nodes[next].name)) #\(next)"
    } else if replay.position.order + 1 == pass.callCount {
      state += ending(of: pass)
    }
    lines.append("  " + state)
    return DebugAnswer(
      lines,
      [
        .init("pass", .int(pass.id)), .init("order", .int(call.order)),
        .init("step", .int(pass.step)),
        .init("microBatch", .int(pass.microBatch)), .init("phase", .string(pass.phase)),
        .init("node", graph.json(node.id)),
        .init("nanoseconds", call.end.map { .int(Int($0 &- call.start)) } ?? .null),
        .init("tensors", .array(tensors.map(\.json))),
        .init("witnesses", .array(witnesses.map(\.json))),
        .init("ran", .int(replay.count(of: .ran))),
        .init("ready", .ints(ready)), .init("callCount", .int(pass.callCount)),
      ])
  }

  private func ending(of pass: Recording.Pass) -> String {
    switch pass.outcome {
    case .completed: "; the pass ends here"
    case .failed(let reason): "; the pass failed: \(printable(reason, limit: 200))"
    case .running: "; the pass goes on"
    case .unfinished: "; the program ended in this pass"
    }
  }

  /// Tensors with their most telling numbers, a line each.
  func table(_ tensors: [Recording.Measurement]) -> [String] {
    guard !tensors.isEmpty else { return ["  nothing is recorded of its gradients"] }
    let rows = tensors.map { one in
      let statistics = one.statistics
      return [
        one.role.name(one.slot), "\(one.shape)", fourDigits(statistics.norm),
        fourDigits(statistics.minimum), fourDigits(statistics.maximum),
        percentage(statistics.zeroFraction), statistics.notFiniteText,
      ]
    }
    return aligned(
      [["", "shape", "norm", "min", "max", "zeros", "not finite"]] + rows,
      right: [2, 3, 4, 5])
  }
}
