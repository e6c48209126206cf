// What a recording should say after some events, worked out without a database.

import GradientJournal
import GraphModel
import Testing

@testable import GradientRecording

/// Expects that a recording says what was told: neither more nor less.
func expect(
  _ recording: Recording, tells events: [Event], _ place: SourceLocation = #_sourceLocation
) throws {
  let found = try lines(of: recording)
  let wanted = reference(events.withoutRepetitions)
  #expect(Set(wanted).subtracting(found) == [], sourceLocation: place)
  #expect(Set(found).subtracting(wanted) == [], sourceLocation: place)
  #expect(found.count == wanted.count, sourceLocation: place)
}

/// What was told, as the lines of a text: two recordings of the same have the same.
///
/// Texts compare NaN with NaN.
func reference(_ events: [Event]) -> [String] {
  var lines: [String] = []
  var order: [String: Int] = [:]
  for event in events {
    switch event {
    case .called(let call):
      lines.append(
        "call \(call.pass) \(call.order) \(call.node) \(call.start) \(call.end)")
    case .measured(let m):
      var histogram = "nil"
      if let counts = m.histogram {
        let entries = counts.enumerated().filter { $0.element > 0 }
        histogram = "\(entries.map { "\($0.offset - 150):\($0.element)" })"
      }
      lines.append(
        "measured \(m.pass) \(m.order) \(m.role) \(m.slot) \(m.dtype) \(m.shape) "
          + text(m.statistics) + " " + histogram)
    case .contributed(let c):
      let key = "\(c.pass) \(c.order) \(c.output)"
      let place = order[key, default: 0]
      order[key] = place + 1
      let source = c.from.map { "\($0.order).\($0.input)" } ?? "root"
      lines.append("share \(key) #\(place) \(source) \(c.norm) \(c.cosine)")
    case .value(let v):
      lines.append(
        "value \(v.pass) \(v.order) \(v.role) \(v.slot) \(v.dtype) \(v.shape) \(v.strides) "
          + "\(v.bytes)")
    case .fields(let f):
      lines.append(
        "fields \(f.pass) \(f.node) \(f.fields ?? "nil") \(f.refusal ?? "nil")")
    case .witness(let w):
      let operands = w.operands.map {
        "\($0.name) \(String(describing: $0.value)) \(text($0.statistics)) \($0.shape)"
      }
      lines.append("witness \(w.pass) \(w.order) \(w.input) \(w.index) \(w.value) \(operands)")
    case .forward(let f):
      lines.append(
        "forward \(f.sequence) \(f.pass!) \(f.node!) \(f.name) \(f.scope ?? "") \(f.output) "
          + "\(f.dtype) \(f.shape) \(text(f.statistics)) \(f.time)")
    case .cut(let c):
      lines.append("cut \(c.kind) \(c.operation) \(c.leaf ?? "") \(c.line ?? 0) \(c.passes)")
    case .parameter(let p):
      lines.append("parameter \(p.name) \(p.shape) \(p.dtype) \(p.requiresGrad)")
    case .passBegan(let p):
      lines.append(
        "began \(p.pass) \(p.step) \(p.microBatch) \(p.phase) \(p.detail) \(p.time) "
          + "\(String(describing: p.root)) \(p.retainsGraph) \(p.createsGraph)")
    case .passEnded(let p): lines.append("ended \(p.pass) \(p.time) \(p.failure ?? "completed")")
    case .opened(let s): lines.append("opened \(s.producer) \(s.version) \(s.command)")
    case .closed(let c): lines.append("closed \(c.time)")
    case .graph, .dropped: break
    }
  }
  return lines.sorted()
}

/// What a recording says, as the lines of `reference`.
func lines(of recording: Recording) throws -> [String] {
  var lines: [String] = []
  let all = 0..<Int.max
  try recording.forEachCall(in: all) {
    lines.append("call \($0.pass) \($0.order) \($0.node) \($0.start) \($0.end ?? -1)")
  }
  try recording.forEachMeasurement(in: all) { m in
    var histogram = "nil"
    if let counts = m.histogram {
      let entries = counts.counts.enumerated().filter { $0.element > 0 }
      histogram = "\(entries.map { "\($0.offset + counts.firstExponent):\($0.element)" })"
    }
    lines.append(
      "measured \(m.pass) \(m.order) \(m.role) \(m.slot) \(m.dtype) \(m.shape) "
        + text(m.statistics) + " " + histogram)
  }
  var order: [String: Int] = [:]
  try recording.forEachContribution(in: all) { c in
    let key = "\(c.pass) \(c.order) \(c.output)"
    let place = order[key, default: 0]
    order[key] = place + 1
    let source = c.source.map { "\($0.order).\($0.input)" } ?? "root"
    lines.append("share \(key) #\(place) \(source) \(c.norm) \(c.cosine)")
  }
  for pass in recording.passes {
    for v in try recording.values(of: pass.id) {
      lines.append(
        "value \(v.pass) \(v.order) \(v.role) \(v.slot) \(v.dtype) \(v.shape) \(v.strides) "
          + "\(try recording.bytes(of: v))")
    }
    for f in try recording.nodeFields(of: pass.id) {
      lines.append("fields \(f.pass) \(f.node) \(f.fields ?? "nil") \(f.refusal ?? "nil")")
    }
    for w in try recording.witnesses(of: pass.id) {
      let operands = w.operands.map {
        "\($0.name) \(String(describing: $0.value)) \(text($0.statistics)) \($0.shape)"
      }
      lines.append("witness \(w.pass) \(w.order) \(w.input) \(w.index) \(w.value) \(operands)")
    }
    for f in try recording.forwardResults(of: pass.id) {
      lines.append(
        "forward \(f.sequence) \(f.pass!) \(f.node!) \(f.name) \(f.scope ?? "") \(f.output) "
          + "\(f.dtype) \(f.shape) \(text(f.statistics)) \(f.time)")
    }
    lines.append(
      "began \(pass.id) \(pass.step) \(pass.microBatch) \(pass.phase) \(pass.detail) "
        + "\(pass.started) \(String(describing: pass.root)) \(pass.retainsGraph) "
        + "\(pass.createsGraph)")
    switch pass.outcome {
    case .completed: lines.append("ended \(pass.id) \(pass.ended!) completed")
    case .failed(let reason): lines.append("ended \(pass.id) \(pass.ended!) \(reason)")
    default: break
    }
  }
  for c in try recording.cuts() {
    lines.append("cut \(c.kind) \(c.operation) \(c.leaf ?? "") \(c.line ?? 0) \(c.nextPass)")
  }
  for p in try recording.parameters() {
    lines.append("parameter \(p.name) \(p.shape) \(p.dtype) \(p.requiresGrad)")
  }
  for s in recording.sessions {
    lines.append("opened \(s.producer) \(s.version) \(s.command)")
    if let ended = s.ended { lines.append("closed \(ended)") }
  }
  return lines.sorted()
}

private func text(_ s: GradientStatistics) -> String {
  "\(s.count) \(s.nanCount) \(s.positiveInfinityCount) \(s.negativeInfinityCount) \(s.zeroCount) "
    + "\(s.subnormalCount) \(s.minimum) \(s.maximum) \(s.mean) \(s.standardDeviation) \(s.norm) "
    + "\(s.hash)"
}

extension [Event] {
  /// Without all but the last measurement of a tensor, as a recording has it.
  ///
  /// A random program may tell of one twice; a real one does not.
  var withoutRepetitions: [Event] {
    var seen: Set<String> = []
    return reversed().filter {
      switch $0 {
      case .measured(let m):
        seen.insert("\(m.pass) \(m.order) \(m.role) \(m.slot)").inserted
      default: true
      }
    }.reversed()
  }
}
