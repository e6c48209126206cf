// What running recorded nodes again came to, as text and JSON.

internal import AutogradRecorder
internal import GradientRecording
internal import GraphModel

/// A report of a re-execution for people and for programs.
struct RerunText: CustomStringConvertible {
  private let report: Reexecution.Report
  private let pass: Recording.Pass
  private let graph: ComputationGraph
  private static let mostListed = 8

  init(_ report: Reexecution.Report, pass: Recording.Pass, graph: ComputationGraph) {
    self.report = report
    self.pass = pass
    self.graph = graph
  }

  var description: String {
    var lines: [String] = []
    let count = report.results.count
    let ran = count - report.refused.count
    let precision = report.precision == .float64 ? " in float64" : ""
    lines.append(
      "pass \(pass.id), step \(pass.step): \(ran) of \(count) calls ran again\(precision)")
    switch report.precision {
    case .recorded:
      let different = report.results.filter { !$0.isSame && $0.refusal == nil }
      lines.append(
        different.isEmpty
          ? "every gradient is what it was, bit by bit"
          : "\(report.sameCount) gave what they had given; the others, from where they part on:")
      lines += listed(different)
    case .float64:
      lines += linesOfDoublePrecision
    }
    for refused in report.refused.prefix(Self.mostListed) {
      lines.append("  could not run: \(place(refused)): \(refused.refusal!)")
    }
    return lines.joined(separator: "\n")
  }

  private var linesOfDoublePrecision: [String] {
    var lines: [String] = []
    let survivors = report.survivors
    let broken = report.results.filter { $0.gradients.contains { !$0.now.isFinite } }
    if let first = survivors.first {
      lines.append(
        "\(survivors.count) gradients that were not finite are: float32 overflowed, first in "
          + place(first.call))
    }
    if let first = broken.first {
      lines.append(
        "\(broken.count) calls give what is not finite in float64 either, first "
          + "\(place(first)): a true infinity or NaN")
    }
    if survivors.isEmpty, broken.isEmpty {
      let changed = report.results.filter { relativeChange($0) > 1e-3 }
        .sorted { relativeChange($0) > relativeChange($1) }
      lines.append(
        changed.isEmpty
          ? "every gradient's norm is what it was, to a thousandth"
          : "\(changed.count) calls give gradients whose norms differ by more than a thousandth:")
      lines += listed(changed)
    } else {
      lines += listed(survivors.map(\.call))
    }
    return lines
  }

  private func relativeChange(_ call: Reexecution.CallResult) -> Double {
    call.gradients.map { abs($0.now.norm - $0.recorded.norm) / max($0.recorded.norm, 1e-300) }
      .max() ?? 0
  }

  private func listed(_ calls: [Reexecution.CallResult]) -> [String] {
    var lines = calls.prefix(Self.mostListed).flatMap { call in
      call.gradients.filter { !$0.isSame }.map { gradient in
        "  \(place(call)), input \(gradient.input): \(summary(gradient.recorded)) → "
          + summary(gradient.now)
      }
    }
    if calls.count > Self.mostListed {
      lines.append("  and \(calls.count - Self.mostListed) more")
    }
    return lines
  }

  private func summary(_ statistics: GradientStatistics) -> String {
    statistics.isFinite
      ? "norm \(shortText(statistics.norm))"
      : "\(statistics.nonFiniteCount) of \(statistics.count) not finite"
  }

  private func place(_ call: Reexecution.CallResult) -> String {
    let node = graph.nodes[call.node]
    let scope = node.scope.map { $0.isEmpty ? "" : " in \(printable($0, limit: 100))" } ?? ""
    let source = node.source.map { " (\(printable($0.file, limit: 100)):\($0.line))" } ?? ""
    return "call \(call.order) \(printable(call.name, limit: 100))\(scope)\(source)"
  }

  /// An object with the calls, one a line.
  var json: String {
    var writer = JSONWriter()
    writer.beginObject()
    for (key, value) in [("pass", pass.id), ("step", pass.step), ("same", report.sameCount)] {
      writer.key(key)
      writer.value(value)
    }
    writer.key("calls")
    writer.beginArray()
    for call in report.results {
      writer.line(indent: 2)
      writer.value(object(call))
    }
    writer.line(indent: 0)
    writer.endArray()
    writer.endObject()
    return String(decoding: writer.bytes, as: UTF8.self)
  }

  private func object(_ call: Reexecution.CallResult) -> JSONValue {
    var members: [JSONValue.Member] = [
      .init("call", .int(call.order)), .init("node", .int(call.node)),
      .init("name", .string(call.name)),
    ]
    if let refusal = call.refusal { members.append(.init("refusal", .string(refusal))) }
    let gradients = call.gradients.map { gradient in
      JSONValue.object([
        .init("input", .int(gradient.input)), .init("same", .bool(gradient.isSame)),
        .init("recorded", object(gradient.recorded)), .init("now", object(gradient.now)),
      ])
    }
    return .object(members + [.init("gradients", .array(gradients))])
  }

  private func object(_ statistics: GradientStatistics) -> JSONValue {
    .object([
      .init("norm", .double(statistics.norm)), .init("nonFinite", .int(statistics.nonFiniteCount)),
    ])
  }
}
