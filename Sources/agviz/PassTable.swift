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
      write(pass, to: &writer)
    }
    if !passes.isEmpty { writer.line(indent: 0) }
    writer.endArray()
    return String(decoding: writer.bytes, as: UTF8.self)
  }

  private func write(_ pass: Recording.Pass, to writer: inout JSONWriter) {
    writer.beginObject()
    for (key, number) in [
      ("pass", pass.id), ("session", pass.session), ("step", pass.step),
      ("microBatch", pass.microBatch),
    ] {
      writer.key(key)
      writer.value(number)
    }
    writer.key("phase")
    writer.value(pass.phase)
    writer.key("detail")
    writer.value("\(pass.detail)")
    if let root = pass.root {
      writer.key("root")
      writer.value(root)
    }
    if let norm = norms[pass.id] {
      writer.key("gradientNorm")
      writer.value(norm)
    }
    for (key, number) in [
      ("graph", pass.graph), ("calls", pass.callCount), ("measurements", pass.measurementCount),
      ("nonFinite", pass.nonFiniteCount), ("started", Int(pass.started)),
    ] {
      writer.key(key)
      writer.value(number)
    }
    if let ended = pass.ended {
      writer.key("ended")
      writer.value(Int(ended))
    }
    writer.key("outcome")
    switch pass.outcome {
    case .running: writer.value("running")
    case .completed: writer.value("completed")
    case .unfinished: writer.value("unfinished")
    case .failed(let reason):
      writer.value("failed")
      writer.key("failure")
      writer.value(reason)
    }
    writer.endObject()
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
