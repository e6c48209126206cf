// Measured tensors as rows: CSV, and JSON an object a line.

internal import GraphModel

extension Recording {
  /// A form of a table.
  package enum TableFormat: Sendable {
    /// Comma-separated values with a line of names. Source: RFC 4180, but lines end as on Unix.
    case csv
    /// An object a line.
    case jsonLines
  }

  /// Writes a row for each measured tensor of some passes, saved tensors last in each pass.
  ///
  /// What is not known, and numbers that no finite element gave, are empty in CSV and left out in
  /// JSON. `source` is the place of the forward call, `hash` a number without a sign.
  ///
  /// - Parameters:
  ///   - passes: The passes.
  ///   - format: The form of the rows.
  ///   - progress: Is told how many passes of how many are done.
  ///   - emit: Takes the bytes, in pieces.
  /// - Throws: `RecordingError`, and what `emit` throws.
  package func exportTable(
    of passes: [Pass], as format: TableFormat, progress: (Int, Int) -> Void = { _, _ in },
    to emit: ([UInt8]) throws -> Void
  ) throws {
    var bytes: [UInt8] = []
    if format == .csv {
      bytes += Row.columns.joined(separator: ",").utf8
      bytes.append(UInt8(ascii: "\n"))
    }
    for (done, pass) in passes.enumerated() {
      // A graph that is damaged is no reason not to give the numbers.
      let graph = try? graph(pass.graph)
      var nodes: [Int: Int] = [:]
      for call in try calls(of: pass.id) { nodes[call.order] = call.node }
      for measurement in try measurements(of: pass.id) + savedTensors(of: pass.id) {
        let node = measurement.role == .saved ? nil : nodes[measurement.order]
        let row = Row(pass, measurement, node: node, graph: graph)
        switch format {
        case .csv: row.write(csv: &bytes)
        case .jsonLines: row.write(json: &bytes)
        }
        if bytes.count > 1 << 16 {
          try emit(bytes)
          bytes.removeAll(keepingCapacity: true)
        }
      }
      progress(done + 1, passes.count)
    }
    try emit(bytes)
  }
}

/// A row of the table.
private struct Row {
  /// A cell.
  enum Cell {
    case none
    case int(Int)
    case hash(UInt64)
    case double(Double)
    case text(String)

    init(_ text: String?) { self = text.map(Cell.text) ?? .none }
    init(_ number: Int?) { self = number.map(Cell.int) ?? .none }
  }

  static let columns = [
    "pass", "step", "micro_batch", "phase", "call", "node", "name", "scope", "source", "leaf",
    "role", "slot", "dtype", "shape", "count", "nan_count", "positive_infinity_count",
    "negative_infinity_count", "zero_count", "subnormal_count", "minimum", "maximum", "mean",
    "standard_deviation", "norm", "hash",
  ]

  private let cells: [Cell]

  init(
    _ pass: Recording.Pass, _ measurement: Recording.Measurement, node: Int?,
    graph: ComputationGraph?
  ) {
    let fields = node.flatMap { id in graph.flatMap { id < $0.nodes.count ? $0.nodes[id] : nil } }
    let leaf =
      measurement.role == .saved
      ? graph.flatMap { graph in
        measurement.slot < graph.tensors.count ? graph.tensors[measurement.slot].name : nil
      }
      : fields?.leaf.flatMap { graph?.tensors[$0].name }
    let statistics = measurement.statistics
    cells = [
      .int(pass.id), .int(pass.step), .int(pass.microBatch), .text(pass.phase),
      measurement.role == .saved ? .none : .int(measurement.order), Cell(node), Cell(fields?.name),
      Cell(fields?.scope), Cell(fields?.source.map { "\($0.file):\($0.line)" }), Cell(leaf),
      .text("\(measurement.role)"), .int(measurement.slot), .text(measurement.dtype),
      .text(measurement.shape.map(String.init).joined(separator: "x")), .int(statistics.count),
      .int(statistics.nanCount), .int(statistics.positiveInfinityCount),
      .int(statistics.negativeInfinityCount), .int(statistics.zeroCount),
      .int(statistics.subnormalCount), .double(statistics.minimum), .double(statistics.maximum),
      .double(statistics.mean), .double(statistics.standardDeviation), .double(statistics.norm),
      .hash(statistics.hash),
    ]
  }

  func write(csv bytes: inout [UInt8]) {
    for (position, cell) in cells.enumerated() {
      if position > 0 { bytes.append(UInt8(ascii: ",")) }
      switch cell {
      case .none: break
      case .int(let number): bytes += String(number).utf8
      case .hash(let number): bytes += String(number).utf8
      case .double(let number): if !number.isNaN { bytes += number.description.utf8 }
      case .text(let text): bytes += quoted(text).utf8
      }
    }
    bytes.append(UInt8(ascii: "\n"))
  }

  /// A text in quotes, where it needs them.
  private func quoted(_ text: String) -> String {
    let needsQuotes = text.utf8.contains {
      $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\n")
        || $0 == UInt8(ascii: "\r")
    }
    return needsQuotes ? "\"" + text.replacing("\"", with: "\"\"") + "\"" : text
  }

  func write(json bytes: inout [UInt8]) {
    var writer = JSONWriter()
    writer.beginObject()
    for (name, cell) in zip(Self.columns, cells) {
      switch cell {
      case .none: continue
      case .double(let number) where number.isNaN: continue
      default: writer.key(name)
      }
      switch cell {
      case .none: break
      case .int(let number): writer.value(number)
      // A number of 64 bits is more than JSON's readers hold.
      case .hash(let number): writer.value(String(number))
      case .double(let number): writer.value(number)
      case .text(let text): writer.value(text)
      }
    }
    writer.endObject()
    bytes += writer.bytes
    bytes.append(UInt8(ascii: "\n"))
  }
}
