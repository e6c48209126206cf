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
      if let first = report.firstDifference {
        lines.append("\(report.sameCount) gave what they gave; they part at")
        lines += listed(report.results.filter { !$0.isSame && $0.refusal == nil })
        _ = first
      } else {
        lines.append("every gradient is what it was, bit by bit")
      }
    case .float64:
      lines += linesOfDoublePrecision
    }
    for refused in report.refused.prefix(Self.mostListed) {
      lines.append("  could not run: \(place(refused)): \(refused.refusal!)")
    }
    return lines.joined(separator: "\n") + "\n"
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
      ? "norm \(number(statistics.norm))"
      : "\(statistics.nonFiniteCount) of \(statistics.count) not finite"
  }

  private func place(_ call: Reexecution.CallResult) -> String {
    let node = graph.nodes[call.node]
    let scope = node.scope.map { $0.isEmpty ? "" : " in \(printable($0, limit: 100))" } ?? ""
    let source = node.source.map { " (\(printable($0.file, limit: 100)):\($0.line))" } ?? ""
    return "call \(call.order) \(printable(call.name, limit: 100))\(scope)\(source)"
  }

  var json: String {
    let calls: [String] = report.results.map { call in
      let gradients = call.gradients.map {
        "{\"input\": \($0.input), \"same\": \($0.isSame), \"recorded_norm\": \(jsonNumber($0.recorded.norm)), "
          + "\"norm\": \(jsonNumber($0.now.norm)), \"recorded_not_finite\": \($0.recorded.nonFiniteCount), "
          + "\"not_finite\": \($0.now.nonFiniteCount)}"
      }
      let refusal = call.refusal.map { ", \"refusal\": \(jsonText($0))" } ?? ""
      return "{\"call\": \(call.order), \"node\": \(call.node), \"name\": \(jsonText(call.name))\(refusal), "
        + "\"gradients\": [\(gradients.joined(separator: ", "))]}"
    }
    return "{\"pass\": \(pass.id), \"step\": \(pass.step), \"same\": \(report.sameCount), "
      + "\"calls\": [\n\(calls.joined(separator: ",\n"))\n]}\n"
  }
}
