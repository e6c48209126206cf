// A recording at a glance, as text and as JSON.

internal import FoundationEssentials
internal import GradientRecording
internal import GraphModel

/// What `agviz info` says of a recording.
struct RecordingFacts: CustomStringConvertible {
  private let recording: Recording
  private let info: Recording.Info
  private let dropped: [Recording.Dropped]
  private let parameterCount: Int
  private let cutCount: Int

  init(_ recording: Recording) throws {
    self.recording = recording
    info = try recording.info()
    dropped = try recording.dropped()
    parameterCount = Set(try recording.parameters().map(\.name)).count
    cutCount = try recording.cuts().count
  }

  // MARK: Text

  /// Lines of a name and what there is to say.
  var description: String {
    var rows: [(name: String, text: String)] = []
    for session in recording.sessions {
      rows.append(("program", Self.program(session)))
      rows.append(("", "began \(Self.date(session.startedAt)), \(Self.end(session))"))
      rows.append(("policy", policyText(session.policy)))
    }
    rows.append(("passes", passes))
    rows.append(("graphs", "\(info.graphCount)"))
    rows.append(("calls", "\(info.callCount)"))
    rows.append(("tensors", "\(info.measurementCount) measured"))
    if info.valueCount > 0 {
      rows.append(
        ("", "\(info.valueCount) with their elements, \(sizeText(info.valueBytes))"))
    }
    if parameterCount > 0 { rows.append(("leaves", counted(parameterCount, "named parameter"))) }
    if cutCount > 0 { rows.append(("cuts", counted(cutCount, "place") + " where a history ended")) }
    var size = sizeText(info.byteCount)
    if info.measurementCount > 0 {
      size += ", \(Int(info.bytesPerMeasurement.rounded())) bytes a measured tensor"
    }
    rows.append(("size", size))
    rows.append(("not finite", notFinite))
    for (position, one) in dropped.enumerated() {
      rows.append((position == 0 ? "left out" : "", Self.text(one)))
    }
    for (position, notice) in recording.notices.enumerated() {
      rows.append((position == 0 ? "note" : "", notice))
    }
    let width = rows.map(\.name.count).max()! + 2
    return rows.map { name, text in
      name + String(repeating: " ", count: width - name.count) + printable(text, limit: 1000)
    }.joined(separator: "\n")
  }

  private var passes: String {
    guard let first = recording.passes.first, let last = recording.passes.last else { return "0" }
    let steps = Set(recording.passes.map(\.step))
    let range =
      steps.count == 1
      ? "step \(first.step)" : "\(steps.count) steps, \(steps.min()!) to \(steps.max()!)"
    let phases = Set(recording.passes.map(\.phase)).subtracting([""]).sorted()
    let ends: [(String, Int)] = [
      ("failed", recording.passes.count { if case .failed = $0.outcome { true } else { false } }),
      ("unfinished", recording.passes.count { $0.outcome == .unfinished }),
      ("running", recording.passes.count { $0.outcome == .running }),
    ]
    return "\(info.passCount), \(first.id) to \(last.id), of \(range)"
      + (phases.isEmpty ? "" : ", \(phases.joined(separator: ", "))")
      + ends.filter { $0.1 > 0 }.map { ", \($0.1) \($0.0)" }.joined()
  }

  private var notFinite: String {
    let passes = recording.passes.filter { $0.nonFiniteCount > 0 }
    guard let first = passes.first else { return "nothing" }
    return "\(counted(passes.count, "pass", "passes")), first in pass \(first.id) of step "
      + "\(first.step): ask agviz why"
  }

  private static func program(_ session: Recording.Session) -> String {
    let command = session.command.map { shellQuoted($0) }.joined(separator: " ")
    return (command.isEmpty ? "unknown" : command) + ", process \(session.processID), "
      + "\(session.producer) \(session.version)"
  }

  private static func end(_ session: Recording.Session) -> String {
    let seconds = session.ended.map { " after \(durationText(Double($0)))" } ?? ""
    let end =
      switch session.state {
      case .recording: "and has not ended"
      case .closed: "ended" + seconds
      case .recovered: "was killed" + seconds
      }
    return end + (session.failure.map { "; recording stopped before: \($0)" } ?? "")
  }

  private static func text(_ dropped: Recording.Dropped) -> String {
    let passes =
      dropped.firstPass == dropped.lastPass
      ? "pass \(dropped.firstPass)" : "passes \(dropped.firstPass) to \(dropped.lastPass)"
    let reason: String
    switch dropped.reason {
    case .policy: reason = "the policy does not ask for them"
    case .size: reason = "the recording has its limit's size"
    case .backlog: reason = "they came faster than they could be taken in"
    case .forward:
      return "where the forward pass of \(passes) stopped being finite: passes before tell it"
    }
    return "\(counted(dropped.calls, "call")) of \(passes): \(reason)"
  }

  private static func date(_ nanoseconds: Int64) -> String {
    Date(timeIntervalSince1970: Double(nanoseconds / 1_000_000_000)).formatted(
      .iso8601.dateSeparator(.dash).dateTimeSeparator(.space))
  }

  // MARK: JSON

  /// The same as one object.
  var json: String {
    var writer = JSONWriter()
    writer.beginObject()
    writer.line(indent: 2)
    writer.key("file")
    writer.value(recording.path)
    writer.line(indent: 2)
    writer.key("sessions")
    writer.beginArray()
    for session in recording.sessions {
      writer.line(indent: 4)
      writer.value(Self.object(session))
    }
    writer.endArray()
    let numbers: [(String, Int)] = [
      ("passes", info.passCount), ("steps", Set(recording.passes.map(\.step)).count),
      ("nonFinitePasses", recording.passes.count { $0.nonFiniteCount > 0 }),
      ("graphs", info.graphCount), ("calls", info.callCount),
      ("measurements", info.measurementCount), ("values", info.valueCount),
      ("valueBytes", info.valueBytes), ("parameters", parameterCount), ("cuts", cutCount),
      ("bytes", info.byteCount),
    ]
    for (key, number) in numbers {
      writer.line(indent: 2)
      writer.key(key)
      writer.value(number)
    }
    writer.line(indent: 2)
    writer.key("bytesPerMeasurement")
    writer.value(info.bytesPerMeasurement)
    writer.line(indent: 2)
    writer.key("dropped")
    writer.beginArray()
    for one in dropped {
      writer.line(indent: 4)
      writer.value(
        .object([
          .init("reason", .string(one.reason.rawValue)), .init("firstPass", .int(one.firstPass)),
          .init("lastPass", .int(one.lastPass)), .init("calls", .int(one.calls)),
        ]))
    }
    writer.endArray()
    writer.line(indent: 2)
    writer.key("notices")
    writer.beginArray()
    for notice in recording.notices { writer.value(notice) }
    writer.endArray()
    writer.line(indent: 0)
    writer.endObject()
    return String(decoding: writer.bytes, as: UTF8.self)
  }

  private static func object(_ session: Recording.Session) -> JSONValue {
    var members: [JSONValue.Member] = [
      .init("id", .int(session.id)),
      .init("command", .array(session.command.map { .string($0) })),
      .init("producer", .string(session.producer)), .init("version", .string(session.version)),
      .init("policy", .string(session.policy)), .init("state", .string(session.state.rawValue)),
      .init("processID", .int(Int(session.processID))),
      .init("startedAt", .int(Int(session.startedAt))),
      .init("firstPass", .int(session.firstPass)),
    ]
    if let ended = session.ended { members.append(.init("ended", .int(Int(ended)))) }
    if let failure = session.failure { members.append(.init("failure", .string(failure))) }
    return .object(members)
  }
}
