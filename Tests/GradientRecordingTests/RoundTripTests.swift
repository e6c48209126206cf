// What is written comes back.

import GradientJournal
import GraphModel
import Testing

@testable import GradientRecording

@Suite struct RoundTripTests {
  @Test(
    "What random programs tell comes back, whatever batches it is written in", arguments: 0..<12)
  func roundTrip(seed: UInt64) throws {
    let folder = try TestFolder()
    let path = folder("run.agviz")
    let events = RandomProgram(seed: seed).events
    let writer = try RecordingWriter(path)
    var numbers = Numbers(seed: seed &+ 1000)
    var rest = events[...]
    while !rest.isEmpty {
      let batch = rest.prefix(1 + numbers.below(40))
      try writer.write(Array(batch))
      rest = rest.dropFirst(batch.count)
    }
    try writer.close()
    #expect(try folder.files() == ["run.agviz"])

    let recording = try Recording(contentsOf: path)
    #expect(recording.notices.isEmpty)
    try expect(recording, tells: events)
    #expect(recording.sessions.map(\.state) == [.closed])
    #expect(!recording.passes.contains { $0.outcome == .running })
    for pass in recording.passes {
      let calls = try recording.calls(of: pass.id)
      #expect(calls.map(\.order) == Array(0..<pass.callCount))
      let graph = try recording.graph(pass.graph)
      #expect(graph == chain(graph.nodes.count - 1))
      #expect(graph.nodes.count == calls.count)
      let saved = try recording.savedTensors(of: pass.id)
      let measurements = try recording.measurements(of: pass.id)
      let nonFinite = (measurements + saved).count { !$0.statistics.isFinite }
      #expect(nonFinite <= pass.nonFiniteCount)
      for call in calls {
        #expect(try recording.call(call.order, of: pass.id) == call)
        let around = try recording.measurements(of: pass.id, call: call.order)
        #expect("\(around)" == "\(measurements.filter { $0.order == call.order })")
        let shares = try recording.contributions(of: pass.id, call: call.order)
        #expect(shares.allSatisfy { $0.order == call.order })
      }
    }
  }

  @Test("A scan of what is not finite gives what a scan of all gives", arguments: 20..<24)
  func filters(seed: UInt64) throws {
    let folder = try TestFolder()
    let path = folder("run.agviz")
    let writer = try RecordingWriter(path)
    try writer.write(RandomProgram(seed: seed, passes: 30).events)
    let recording = try Recording(contentsOf: path)
    var all: [Recording.Measurement] = []
    try recording.forEachMeasurement(in: 3..<20) { all.append($0) }
    #expect(all.allSatisfy { 3..<20 ~= $0.pass })
    var some: [Recording.Measurement] = []
    try recording.forEachMeasurement(
      in: 3..<20, roles: [.gradInput, .gradOutput], nonFiniteOnly: true
    ) { some.append($0) }
    let wanted = all.filter {
      !$0.statistics.isFinite && ($0.role == .gradInput || $0.role == .gradOutput)
    }
    #expect(!wanted.isEmpty)
    #expect("\(some)" == "\(wanted)")
  }

  @Test("Sessions of one file go on counting passes, and share graphs and bytes")
  func sessions() throws {
    let folder = try TestFolder()
    let path = folder("run.agviz")
    let events = RandomProgram(seed: 5).events
    for _ in 0..<2 {
      let writer = try RecordingWriter(path)
      try writer.write(events)
      try writer.close()
    }
    let recording = try Recording(contentsOf: path)
    #expect(recording.sessions.map(\.id) == [1, 2])
    let first = recording.passes.filter { $0.session == 1 }
    let second = recording.passes.filter { $0.session == 2 }
    let offset = recording.sessions[1].firstPass
    #expect(offset > first.last!.id)
    #expect(second.map(\.id) == first.map { $0.id + offset })
    #expect(second.map(\.graph) == first.map(\.graph))
    let info = try recording.info()
    #expect(info.graphCount == 2)
    var contents: [Int: Set<[UInt8]>] = [:]
    for pass in recording.passes {
      for value in try recording.values(of: pass.id) {
        contents[value.content, default: []].insert(try recording.bytes(of: value))
      }
    }
    #expect(contents.values.allSatisfy { $0.count == 1 })
    #expect(Set(contents.values.flatMap { $0 }).count == contents.count)
  }

  @Test("Reasons and kinds are those of the journal")
  func names() {
    #expect(
      Recording.Dropped.Reason.allCases.map(\.rawValue) == Dropped.Reason.allCases.map { "\($0)" })
    #expect(Recording.Cut.Kind.allCases.map(\.rawValue) == Cut.Kind.allCases.map { "\($0)" })
  }

  @Test("Roles and details are what older recordings and journals call them")
  func numbers() {
    let roles = ["gradOutput", "gradInput", "gradBefore", "gradAfter", "parameter", "saved"]
    let details = ["health", "statistics", "histograms", "values", "everything"]
    #expect((0..<6).map { Recording.Role(rawValue: $0).map { "\($0)" } } == roles)
    #expect((0..<5).map { Recording.Detail(level: $0)?.rawValue } == details)
    #expect(Recording.Role(rawValue: 6) == nil && Recording.Detail(level: 5) == nil)
    #expect(Recording.Detail.allCases == Recording.Detail.allCases.sorted())
  }
}
