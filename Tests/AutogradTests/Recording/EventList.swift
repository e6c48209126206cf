// Keeps what a recorder tells, for tests.

import GradientJournal
import GraphModel
private import Synchronization

@testable import Autograd

/// Events in memory.
final class EventList: EventSink {
  private let list = Mutex<[Event]>([])

  func append(_ content: some EventContent) { list.withLock { $0.append(content.event) } }
  let takesMore = true

  var events: [Event] { list.withLock { $0 } }

  var calls: [Call] {
    // A call is told twice: when it begins and when it ends.
    var calls: [Call] = []
    for case .called(let call) in events {
      if call.end < 0 {
        calls.append(call)
      } else if let i = calls.lastIndex(where: { $0.pass == call.pass && $0.order == call.order }) {
        calls[i].end = call.end
      }
    }
    return calls
  }

  var passes: [PassBeginning] {
    events.compactMap { if case .passBegan(let pass) = $0 { pass } else { nil } }
  }
  var measurements: [Measurement] {
    events.compactMap { if case .measured(let one) = $0 { one } else { nil } }
  }
  var contributions: [Contribution] {
    events.compactMap { if case .contributed(let one) = $0 { one } else { nil } }
  }
  var witnesses: [Witness] {
    events.compactMap { if case .witness(let one) = $0 { one } else { nil } }
  }
  var values: [Value] {
    events.compactMap { if case .value(let one) = $0 { one } else { nil } }
  }
  var cuts: [Cut] {
    events.compactMap { if case .cut(let one) = $0 { one } else { nil } }
  }
  func measurements(as role: Role) -> [Measurement] { measurements.filter { $0.role == role } }

  var firstGraph: ComputationGraph {
    get throws { try ComputationGraph(json: graphs[0].json) }
  }

  var graphs: [GradientJournal.Graph] {
    events.compactMap { if case .graph(let one) = $0 { one } else { nil } }
  }
}

/// What is told of `body`.
func recorded<Failure: Error>(
  _ policy: RecordingPolicy = RecordingPolicy(), names: [(String, Tensor)] = [],
  _ body: (PassRecorder) throws(Failure) -> Void
) throws(Failure) -> EventList {
  let list = EventList()
  let recorder = PassRecorder(to: list, policy: policy, command: ["test"])
  recorder.name(names.map { (name: $0.0, tensor: $0.1) })
  try recorder.attached { () throws(Failure) in try body(recorder) }
  recorder.close()
  return list
}
