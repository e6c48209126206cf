// Breakpoints and watchpoints of the prompt, and running to them.

internal import GradientRecording
internal import GraphModel

extension DebugSession {
  mutating func addStop(_ argument: String, onlyNew: Bool) throws -> DebugAnswer {
    var text = argument
    if text.isEmpty {
      guard !onlyNew else { throw DebugError("watch takes an expression, such as watch nan") }
      text = "node \(replay.node.id)"
    }
    let condition = try Condition(text)
    guard !onlyNew || !condition.isPlace else {
      throw DebugError("watch takes an expression about gradients, such as watch nan")
    }
    let stop = Stop(
      number: nextStop, breakpoint: Replay.Breakpoint(condition, onlyNew: onlyNew))
    nextStop += 1
    stops.append(stop)
    return DebugAnswer([line(stop)], json(stop))
  }

  mutating func deleteStops(_ argument: String) throws(DebugError) -> DebugAnswer {
    var numbers: [Int] = []
    for word in argument.words {
      guard let number = Int(word), stops.contains(where: { $0.number == number }) else {
        throw DebugError("there is no breakpoint \(printable(word, limit: 40))")
      }
      numbers.append(number)
    }
    if argument.isEmpty { numbers = stops.map(\.number) }
    stops.removeAll { numbers.contains($0.number) }
    return DebugAnswer(
      numbers.isEmpty ? ["There are no breakpoints."] : numbers.map { "deleted \($0)" },
      [.init("deleted", .ints(numbers))])
  }

  func listStops() -> DebugAnswer {
    DebugAnswer(
      stops.isEmpty
        ? ["There are no breakpoints."]
        : aligned(
          stops.map { stop in
            [
              "\(stop.number)", stop.kind,
              printable(stop.breakpoint.condition.description, limit: 1000),
              stop.hitCount == 0 ? "" : "stopped \(counted(stop.hitCount, "time"))",
            ]
          }, right: [0]),
      [.init("breakpoints", .array(stops.map { .object(json($0)) }))])
  }

  private func line(_ stop: Stop) -> String {
    "\(stop.kind) \(stop.number): \(printable(stop.breakpoint.condition.description, limit: 1000))"
  }

  private func json(_ stop: Stop) -> [JSONValue.Member] {
    [
      .init("number", .int(stop.number)), .init("kind", .string(stop.kind)),
      .init("expression", .string(stop.breakpoint.condition.description)),
      .init("hits", .int(stop.hitCount)),
    ]
  }

  // MARK: Running

  mutating func run(_ argument: String, forwards: Bool) throws -> DebugAnswer {
    guard argument.isEmpty else {
      throw DebugError("nothing goes behind this command, not \(printable(argument))")
    }
    let breakpoints = stops.map(\.breakpoint)
    let hit = try Progress.show("searching") { _ in
      forwards ? try replay.run(to: breakpoints) : try replay.reverseRun(to: breakpoints)
    }
    guard let hit else {
      let isThere = try replay.move(by: forwards ? .max : .min) == 0
      let end = forwards ? "last" : "first"
      var answer = try place()
      answer.lines.insert(
        isThere
          ? "This is the \(end) call."
          : stops.isEmpty
            ? "There are no breakpoints: this is the \(end) call."
            : "No breakpoint stops before: this is the \(end) call.", at: 0)
      answer.json.insert(.init("hits", .array([])), at: 0)
      return answer
    }
    for place in hit.breakpoints { stops[place].hitCount += 1 }
    let hitStops = hit.breakpoints.map { stops[$0] }
    var answer = try place()
    var reasons = hitStops.map { line($0) }
    let what =
      hit.tensors.map { $0.role.name($0.slot) }
      + hit.shares.map { share in
        "share of \(fourDigits(share.norm)), cosine \(fourDigits(share.cosine)), in \(share.output)"
      }
    if !what.isEmpty { reasons[reasons.count - 1] += "  (\(what.joined(separator: ", ")))" }
    answer.lines.insert(contentsOf: reasons, at: 0)
    answer.json.insert(.init("hits", .array(hitStops.map { .object(json($0)) })), at: 0)
    answer.json.insert(
      .init(
        "because",
        .array(
          hit.tensors.map {
            .object([.init("role", .string($0.role.word)), .init("slot", .int($0.slot))])
          }
            + hit.shares.map {
              .object([
                .init("role", .string("share")), .init("slot", .int($0.output)),
                .init("norm", .double($0.norm)), .init("cosine", .double($0.cosine)),
              ])
            })
      ), at: 1)
    return answer
  }
}
