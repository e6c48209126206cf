// Passes and calls on a time line, for Perfetto and Chrome's tracing.

internal import GraphModel

extension Recording {
  /// Writes a trace: a slice for each pass with one for each call in it, and the root's value as a
  /// counter.
  ///
  /// A session is a process. Passes that overlap in time, of several threads or one within another,
  /// have tracks of their own. Source: the Trace Event Format, complete events (`X`), counters (`C`)
  /// and metadata (`M`); times are microseconds since the session's start.
  ///
  /// - Parameters:
  ///   - passes: The passes.
  ///   - progress: Is told how many passes of how many are done.
  ///   - emit: Takes the bytes, in pieces.
  /// - Throws: `RecordingError`, and what `emit` throws.
  package func exportTrace(
    of passes: [Pass], progress: (Int, Int) -> Void = { _, _ in }, to emit: ([UInt8]) throws -> Void
  ) throws {
    var trace = TraceWriter()
    trace.begin()
    for session in sessions {
      let command = session.command.joined(separator: " ")
      trace.name("process_name", command.isEmpty ? session.producer : command, of: session.id)
    }
    // For each session, when each of its tracks is free again.
    var tracks: [Int: [Int64]] = [:]
    for (done, pass) in passes.enumerated() {
      let calls = try calls(of: pass.id)
      let end = max(pass.started, pass.ended ?? 0, calls.last.map { $0.end ?? $0.start } ?? 0)
      var free = tracks[pass.session] ?? []
      let track = free.firstIndex { $0 <= pass.started } ?? free.count
      if track == free.count {
        free.append(end)
        trace.name("thread_name", "backward \(track)", of: pass.session, track: track)
      } else {
        free[track] = end
      }
      tracks[pass.session] = free
      trace.add(pass, end: end, track: track)
      // A graph that is damaged is no reason not to give the times.
      let graph = try? graph(pass.graph)
      var measured: [Int: [Measurement]] = [:]
      for measurement in try measurements(of: pass.id) {
        measured[measurement.order, default: []].append(measurement)
      }
      for call in calls {
        let node = graph.flatMap { call.node < $0.nodes.count ? $0.nodes[call.node] : nil }
        let leaf = node?.leaf.flatMap { graph?.tensors[$0].name }
        trace.add(
          call, node, leaf: leaf, measured[call.order] ?? [], session: pass.session, track: track)
        if trace.count > 1 << 16 { try emit(trace.take()) }
      }
      progress(done + 1, passes.count)
    }
    trace.end()
    try emit(trace.take())
  }
}

/// Builds the text of a trace.
private struct TraceWriter {
  private var writer = JSONWriter()

  var count: Int { writer.bytes.count }

  /// What has been written since it was last asked for.
  mutating func take() -> [UInt8] {
    defer { writer.removeAll() }
    return writer.bytes
  }

  mutating func begin() {
    writer.beginObject()
    writer.key("displayTimeUnit")
    writer.value("ns")
    writer.key("traceEvents")
    writer.beginArray()
  }

  mutating func end() {
    writer.line(indent: 0)
    writer.endArray()
    writer.endObject()
    writer.endText()
  }

  private mutating func event(
    _ kind: String, _ name: String, session: Int, track: Int, start: Int64? = nil,
    end: Int64? = nil, _ arguments: (inout JSONWriter) -> Void
  ) {
    writer.line(indent: 0)
    writer.beginObject()
    writer.key("ph")
    writer.value(kind)
    writer.key("name")
    writer.value(name)
    writer.key("pid")
    writer.value(session)
    writer.key("tid")
    writer.value(track)
    if let start {
      writer.key("ts")
      writer.value(Double(start) / 1000)
      if let end {
        writer.key("dur")
        writer.value(Double(max(0, end &- start)) / 1000)
      }
    }
    writer.key("args")
    writer.beginObject()
    arguments(&writer)
    writer.endObject()
    writer.endObject()
  }

  mutating func name(_ what: String, _ name: String, of session: Int, track: Int = 0) {
    event("M", what, session: session, track: track) { arguments in
      arguments.key("name")
      arguments.value(name)
    }
  }

  mutating func add(_ pass: Recording.Pass, end: Int64, track: Int) {
    event(
      "X", "pass \(pass.id)", session: pass.session, track: track, start: pass.started, end: end
    ) { arguments in
      for (name, number) in [
        ("step", pass.step), ("microBatch", pass.microBatch), ("nonFinite", pass.nonFiniteCount),
      ] {
        arguments.key(name)
        arguments.value(number)
      }
      if !pass.phase.isEmpty {
        arguments.key("phase")
        arguments.value(pass.phase)
      }
      arguments.key("outcome")
      arguments.value("\(pass.outcome)")
    }
    guard let root = pass.root, root.isFinite else { return }
    event("C", "root", session: pass.session, track: 0, start: pass.started) { arguments in
      arguments.key("value")
      arguments.value(root)
    }
  }

  mutating func add(
    _ call: Recording.Call, _ node: ComputationGraph.Node?, leaf: String?,
    _ measured: [Recording.Measurement], session: Int, track: Int
  ) {
    event(
      "X", node?.name ?? "node \(call.node)", session: session, track: track, start: call.start,
      end: call.end ?? call.start
    ) { arguments in
      arguments.key("node")
      arguments.value(call.node)
      for (name, text) in [
        ("leaf", leaf), ("scope", node?.scope),
        ("source", node?.source.map { "\($0.file):\($0.line)" }),
      ] {
        guard let text else { continue }
        arguments.key(name)
        arguments.value(text)
      }
      for one in measured {
        arguments.key("\(one.role) \(one.slot) norm")
        arguments.value(one.statistics.norm)
        guard !one.statistics.isFinite else { continue }
        arguments.key("\(one.role) \(one.slot) not finite")
        arguments.value(one.statistics.nonFiniteCount)
      }
    }
  }
}
