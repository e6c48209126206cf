// Passes in lines, as text and as JSON.

internal import GradientRecording
internal import GraphModel

/// What `agviz passes` says of passes.
struct PassTable: CustomStringConvertible {
  private let passes: [Recording.Pass]
  /// The L2 norm of all gradients of leaves after a pass; nil where none was recorded.
  private let norms: [Int: Double]

  /// Adds the norms up; `progress` is told how many of how many passes are done.
  init(
    _ passes: [Recording.Pass], of recording: Recording, progress: (Int, Int) -> Void
  ) throws {
    self.passes = passes
    var squares: [Int: Double] = [:]
    for (done, run) in passes.runs.enumerated() {
      try recording.forEachMeasurement(in: run, roles: [.gradAfter]) {
        squares[$0.pass, default: 0] += $0.statistics.norm * $0.statistics.norm
      }
      progress(done, passes.count)
    }
    norms = squares.compactMapValues { $0.isNaN ? nil : $0.squareRoot() }
  }

  // MARK: Text

  private static let columns = [
    "pass", "step", "micro", "phase", "loss", "calls", "grad norm", "not finite", "time",
    "outcome",
  ]

  /// Columns under their names; those of texts to the left, those of numbers to the right.
  var description: String {
    let rows = [Self.columns] + passes.map(row)
    let widths = Self.columns.indices.map { column in
      rows.map { $0[column].unicodeScalars.count }.max()!
    }
    return rows.map { row in
      var line = ""
      for (column, cell) in row.enumerated() {
        let space = String(repeating: " ", count: widths[column] - cell.unicodeScalars.count)
        let isText = column == 3 || column == row.count - 1
        line += (column == 0 ? "" : "  ") + (isText ? cell + space : space + cell)
      }
      while line.last == " " { line.removeLast() }
      return line
    }.joined(separator: "\n")
  }

  private func row(_ pass: Recording.Pass) -> [String] {
    [
      "\(pass.id)", "\(pass.step)", "\(pass.microBatch)",
      pass.phase.isEmpty ? "-" : printable(pass.phase, limit: 20),
      pass.root.map { shortText($0) } ?? "-", "\(pass.callCount)",
      norms[pass.id].map { shortText($0) } ?? "-", "\(pass.nonFiniteCount)",
      pass.ended.map { durationText(Double($0) - Double(pass.started)) } ?? "-",
      Self.text(pass.outcome),
    ]
  }

  private static func text(_ outcome: Recording.Pass.Outcome) -> String {
    switch outcome {
    case .running: "running"
    case .completed: "completed"
    case .failed(let reason): "failed: \(printable(reason, limit: 100))"
    case .unfinished: "unfinished"
    }
  }

  // MARK: JSON

  /// An array with an object a line.
  var json: String {
    var writer = JSONWriter()
    writer.beginArray()
    for pass in passes {
      writer.line(indent: 2)
      writer.value(object(pass))
    }
    if !passes.isEmpty { writer.line(indent: 0) }
    writer.endArray()
    return String(decoding: writer.bytes, as: UTF8.self)
  }

  private func object(_ pass: Recording.Pass) -> JSONValue {
    var members: [JSONValue.Member] = [
      .init("pass", .int(pass.id)), .init("session", .int(pass.session)),
      .init("step", .int(pass.step)), .init("microBatch", .int(pass.microBatch)),
      .init("phase", .string(pass.phase)), .init("detail", .string("\(pass.detail)")),
    ]
    if let root = pass.root { members.append(.init("root", .double(root))) }
    if let norm = norms[pass.id] { members.append(.init("gradientNorm", .double(norm))) }
    members += [
      .init("graph", .int(pass.graph)), .init("calls", .int(pass.callCount)),
      .init("measurements", .int(pass.measurementCount)),
      .init("nonFinite", .int(pass.nonFiniteCount)), .init("started", .int(Int(pass.started))),
    ]
    if let ended = pass.ended { members.append(.init("ended", .int(Int(ended)))) }
    switch pass.outcome {
    case .running: members.append(.init("outcome", .string("running")))
    case .completed: members.append(.init("outcome", .string("completed")))
    case .unfinished: members.append(.init("outcome", .string("unfinished")))
    case .failed(let reason):
      members += [.init("outcome", .string("failed")), .init("failure", .string(reason))]
    }
    return .object(members)
  }
}

extension [Recording.Pass] {
  /// The passes' numbers as ranges with none of a left-out pass in them, of at most 256 passes.
  var runs: [Range<Int>] {
    var result: [Range<Int>] = []
    for pass in self where pass.id < .max {
      if let last = result.last, last.upperBound == pass.id, last.count < 256 {
        result[result.count - 1] = last.lowerBound..<pass.id + 1
      } else {
        result.append(pass.id..<pass.id + 1)
      }
    }
    return result
  }
}
