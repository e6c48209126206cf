// What `diff` shows: every statistic of a call's tensors beside that of another step.

internal import GradientRecording
internal import GraphModel

extension DebugSession {
  func difference(_ argument: String) throws -> DebugAnswer {
    let step: Int
    if argument.isEmpty {
      step = replay.pass.step &- 1
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
          .init("role", .string(pair.role.word)), .init("slot", .int(pair.slot)),
          .init("same", .bool(pair.isSame)), .init("before", pair.before?.json ?? .null),
          .init("now", pair.now?.json ?? .null),
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
        .init("node", replay.graph.json(replay.node.id)), .init("step", .int(replay.pass.step)),
        .init("otherStep", .int(step)), .init("otherPass", .int(delta.other.pass)),
        .init("otherOrder", .int(delta.other.order)), .init("tensors", .array(objects)),
      ])
  }
}
