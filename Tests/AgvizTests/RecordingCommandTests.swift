// What the command says of a recording, and what it makes of one.

import Autograd
import AutogradNN
import Foundation
import GradientJournal
import GradientRecording
import GraphModel
import Testing

@Suite("agviz info, passes, export and render of a recording")
final class RecordingCommandTests {
  let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "agviz-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  deinit {
    try? FileManager.default.removeItem(at: folder)
  }

  private func path(_ name: String) -> String { folder.appending(path: name).path }

  private func contents() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
  }

  @discardableResult
  private func recording(_ events: [Event] = SmallRecording.events()) throws -> String {
    try SmallRecording.write(events, to: path("run.agviz"))
    return path("run.agviz")
  }

  private func object(_ text: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  // MARK: info

  @Test("says what a recording holds")
  func info() throws {
    try recording()
    let result = try agviz(["info", "run.agviz"], in: folder)
    #expect(result.status == 0, "\(result.error)")
    for line in [
      "program     ./train --lr '1 e', process 4711, agviz 0.1.0",
      "            began 2023-11-14 22:13:20Z, ended after 9 s",
      "policy      statistics",
      "passes      4, 0 to 3, of 3 steps, 0 to 2, train",
      "graphs      1", "calls       20", "tensors     48 measured",
      "not finite  1 pass, first in pass 3 of step 2: ask agviz why",
    ] {
      #expect(result.output.contains(line + "\n") || result.output.hasSuffix(line + "\n"))
    }
    #expect(result.output.contains("bytes a measured tensor"), "\(result.output)")
    #expect(result.error.isEmpty)
  }

  @Test("says the same as JSON")
  func infoJSON() throws {
    let result = try agviz("info", "--json", recording())
    let facts = try object(result.output)
    #expect(facts["passes"] as? Int == 4)
    #expect(facts["steps"] as? Int == 3)
    #expect(facts["nonFinitePasses"] as? Int == 1)
    #expect(facts["calls"] as? Int == 20)
    #expect((facts["sessions"] as? [[String: Any]])?[0]["state"] as? String == "closed")
    #expect((facts["notices"] as? [String]) == [])
  }

  @Test("puts a policy into words")
  func policy() throws {
    let policy = """
      {"detail":"health","firstStep":10,"triggers":["nan","norm>1000"],"stepsBefore":2,\
      "sizeLimit":500000000}
      """
    try recording(SmallRecording.opened(policy: policy) + SmallRecording.closed)
    let result = try agviz(["info", "run.agviz"], in: folder)
    #expect(
      result.output.contains(
        """
        policy      health, from step 10 on, everything from nan or norm>1000.0 on and of 2 steps \
        before, at most 500 MB

        """), "\(result.output)\(result.error)")
  }

  @Test("says what was left out, and why")
  func dropped() throws {
    try recording(
      SmallRecording.opened() + SmallRecording.pass(2, step: 2) + [
        .dropped(Dropped(reason: .policy, firstPass: 0, lastPass: 1, calls: 10))
      ])
    let result = try agviz(["info", "run.agviz"], in: folder)
    #expect(
      result.output.contains("10 calls of passes 0 to 1: the policy does not ask for them"),
      "\(result.output)")
  }

  @Test("recovers what a killed program left, and says so")
  func recovery() throws {
    try SmallRecording.writeJournal(
      Array(SmallRecording.events().dropLast()), beside: path("run.agviz"))
    let result = try agviz(["info", "run.agviz"], in: folder)
    #expect(result.status == 0, "\(result.error)")
    #expect(result.output.contains("was killed"))
    #expect(result.output.contains("note"), "\(result.output)")
    #expect(result.output.contains("recovered from its journal"))
    #expect(try contents() == ["run.agviz"])
  }

  // MARK: passes

  @Test("lists passes in columns")
  func passes() throws {
    try recording()
    let result = try agviz(["passes", "run.agviz"], in: folder)
    #expect(
      result.output
        == """
        pass  step  micro  phase  loss  calls  grad norm  not finite  time  outcome
           0     0      0  train  1.25      5         12           0  5 ms  completed
           1     1      0  train  1.25      5         12           0  5 ms  completed
           2     1      1  train  1.25      5         12           0  5 ms  completed
           3     2      0  train   3.5      5         12           5  5 ms  completed

        """, "\(result.error)")
  }

  @Test(
    "lists those that are asked for",
    arguments: [
      (["--last", "1"], [3]), (["--step", "1"], [1, 2]), (["--step", "1", "--last", "1"], [2]),
      (["--non-finite"], [3]), (["--step", "9"], []),
    ])
  func somePasses(arguments: [String], expected: [Int]) throws {
    let result = try agviz(["passes", "--json"] + arguments + [recording()], in: folder)
    let passes = try #require(
      try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [[String: Any]])
    #expect(passes.map { $0["pass"] as? Int } == expected)
    for pass in passes {
      #expect(pass["gradientNorm"] as? Double == 12)
      #expect(pass["outcome"] as? String == "completed")
    }
  }

  // MARK: export

  @Test("exports measured tensors as CSV, a row each")
  func csv() throws {
    let result = try agviz("export", recording(), "--format", "csv", "--pass", "3", "-o", "-")
    let lines = result.output.split(separator: "\n").map(String.init)
    #expect(lines.count == 13, "\(result.error)")
    #expect(
      lines[0].hasPrefix("pass,step,micro_batch,phase,call,node,name,scope,source,leaf,role,"))
    #expect(
      lines[8]
        == """
        3,2,0,train,3,3,MulBackward0,net,main.swift:13,,gradOutput,0,float32,4,4,0,1,0,0,0,0.0,\
        250.0,125.0,0.0,250.0,7
        """)
    for line in lines { #expect(line.count { $0 == "," } == 25) }
  }

  @Test("exports the same as JSON, an object a line")
  func jsonLines() throws {
    let result = try agviz("export", recording(), "--format", "json", "--step", "2", "-o", "-")
    let rows = try result.output.split(separator: "\n").map { try object(String($0)) }
    #expect(rows.count == 12, "\(result.error)")
    #expect(rows[7]["name"] as? String == "MulBackward0")
    #expect(rows[7]["positive_infinity_count"] as? Int == 1)
    #expect(rows[11]["leaf"] as? String == "w")
  }

  @Test("exports elements as safetensors, in row-major order")
  func safetensors() throws {
    try recording(SmallRecording.events(values: true))
    let result = try agviz(
      ["export", "run.agviz", "--format", "safetensors", "-o", "out.safetensors"], in: folder)
    #expect(result.status == 0, "\(result.error)")
    let tensors = try SafeTensors.load(path("out.safetensors"))
    let tensor = try #require(tensors["3.4.AccumulateGrad.gradOutput.0"])
    #expect(tensor.shape == [2, 2])
    #expect((0..<4).map { tensor.reshape(4)[$0].item() } == [1, 2, 3, 4])
    #expect(try contents() == ["out.safetensors", "run.agviz"])
  }

  @Test("says that no elements are recorded")
  func noValues() throws {
    try recording()
    let result = try agviz(
      ["export", "run.agviz", "--format", "safetensors", "-o", "out.safetensors"], in: folder)
    #expect(result.status == 64)
    expectOneLine(result, says: "no elements are recorded of these passes; record with --policy")
    #expect(try contents() == ["run.agviz"])
  }

  @Test("exports times as a trace: a slice a pass and a call, within each other")
  func trace() throws {
    let result = try agviz("export", recording(), "--format", "perfetto", "-o", "-")
    let events = try #require(try object(result.output)["traceEvents"] as? [[String: Any]])
    let slices = events.filter { $0["ph"] as? String == "X" }
    #expect(slices.count == 4 + 20, "\(result.error)")
    let log = try #require(slices.last { $0["name"] as? String == "LogBackward0" })
    #expect(log["ts"] as? Double == 32_000)
    #expect(log["dur"] as? Double == 40)
    let arguments = try #require(log["args"] as? [String: Any])
    #expect(arguments["source"] as? String == "main.swift:12")
    #expect(arguments["gradInput 0 not finite"] as? Int == 1)
    #expect(events.contains { $0["ph"] as? String == "C" })
  }

  @Test("leaves what was there when an export fails")
  func failedExport() throws {
    try recording()
    try "old".write(toFile: path("out.csv"), atomically: false, encoding: .utf8)
    let result = try agviz(
      ["export", "run.agviz", "--format", "csv", "--pass", "9", "-o", "out.csv"], in: folder)
    #expect(result.status == 64)
    expectOneLine(result, says: "run.agviz: there is no pass 9 in the recording")
    #expect(try String(contentsOfFile: path("out.csv"), encoding: .utf8) == "old")
    #expect(try contents() == ["out.csv", "run.agviz"])
  }

  // MARK: render

  @Test("draws the first pass with what is not finite, with where that began")
  func render() throws {
    try recording()
    let result = try agviz(
      ["render", "run.agviz", "-o", "-", "--format", "dot"], in: folder)
    #expect(result.status == 0, "\(result.error)")
    let lines = result.output.split(separator: "\n").map(String.init)
    func line(_ start: String) -> String { lines.first { $0.hasPrefix("\t" + start) } ?? "" }
    #expect(result.output.contains("pass 3<BR/>step 2, train"))
    #expect(
      result.output.contains("\tnode2 [label=\"LogBackward0\n1 Inf of 4\" fillcolor=\"#c1121f\""))
    #expect(
      result.output.contains("\tnode3 [label=\"MulBackward0\n1 Inf of 4\" fillcolor=\"#fbdcdc\""))
    #expect(line("node3 -> node2").contains("color=\"#c1121f\" penwidth=2.5"))
    #expect(line("node4 -> node3").contains("color=\"#c1121f\" penwidth=2.5"))
    #expect(
      line("node4 -> node1").contains("label=\"0.5\ncos -0.75\"")
        || result.output.contains("\tnode4 -> node1 [label=\"0.5\ncos -0.75\""))
    #expect(line("node5 -> node3").contains("style=dashed"))
    #expect(
      result.output.contains(
        "\tnode5 [label=AccumulateGrad fillcolor=\"#ffffff\" fontcolor=\"#9aa0a6\" color=\"#9aa0a6\" style=\"filled,dashed\"]"
      ))
    #expect(result.output.contains("L2 norm of the gradient"))
  }

  @Test(
    "colours by what is asked for",
    arguments: [
      ("norm", ["LogBackward0\n0.5", "w\n (4)\ngrad 12", "L2 norm of the gradient"]),
      ("health", ["LogBackward0\" fillcolor", "\">finite<"]),
      ("time", ["LogBackward0\n40 µs", "time in a node", ">500 ns<", ">40 µs<"]),
    ])
  func coloring(name: String, says: [String]) throws {
    try recording()
    let result = try agviz(
      [
        "render", "run.agviz", "--step", "1", "--micro-batch", "1", "--color-by", name, "-o", "-",
        "--format", "dot",
      ], in: folder)
    #expect(result.status == 0, "\(result.error)")
    for part in says + ["pass 2<BR/>step 1, micro-batch 1, train"] {
      #expect(
        result.output.contains(part.replacing("\" fillcolor", with: " fillcolor")),
        "\(result.output)")
    }
  }

  @Test("draws pictures", arguments: ["svg", "png", "pdf"], ["classic", "light", "dark", "print"])
  func pictures(format: String, theme: String) throws {
    try recording()
    let result = try agviz(
      ["render", "run.agviz", "--theme", theme, "-o", "out.\(format)"], in: folder)
    #expect(result.status == 0, "\(result.error)")
    #expect(try contents() == ["out.\(format)", "run.agviz"])
  }

  /// Choices that are none, and what must be said.
  static let wrongChoices: [([String], String)] = [
    (["run.agviz", "--step", "1"], "there are 2 passes of step 1, with micro-batches 0 to 1"),
    (["run.agviz", "--step", "9"], "there is no pass of step 9"),
    (["run.agviz", "--pass", "9"], "there is no pass 9"),
    (["run.agviz", "--micro-batch", "1"], "--micro-batch needs a --step"),
    (["run.agviz", "--pass", "1", "--step", "1"], "--pass and --step both choose a pass"),
    (["run.agviz", "--color-by", "taste"], "'norm', 'health' or 'time'"),
  ]

  @Test("refuses a choice that is none in one line, with status 64", arguments: wrongChoices)
  func choices(arguments: [String], says: String) throws {
    try recording()
    let result = try agviz(["render", "-o", "out.svg"] + arguments, in: folder)
    #expect(result.status == 64)
    expectOneLine(result, says: says)
    #expect(try contents() == ["run.agviz"])
  }

  @Test("refuses a recording's options for a graph")
  func graphOptions() throws {
    try SmallRecording.graph.write(to: path("g.json"))
    let result = try agviz(["render", "g.json", "--pass", "1", "-o", "out.svg"], in: folder)
    #expect(result.status == 64)
    expectOneLine(result, says: "g.json: is no recording")
  }

  // MARK: Files that are none

  @Test("takes numbers that no program tells")
  func hostileNumbers() throws {
    var events = SmallRecording.events()
    let most = Statistics(
      count: .max, nanCount: .max, positiveInfinityCount: .max, negativeInfinityCount: .max,
      zeroCount: .max, subnormalCount: .max, minimum: .infinity, maximum: -.infinity, mean: .nan,
      standardDeviation: -1, norm: -.infinity, hash: .max)
    for (order, slot) in [(0, 0), (0, 1), (3, 0), (3, 900), (900, 0)] as [(UInt32, UInt32)] {
      events.insert(
        .measured(
          Measurement(
            pass: 3, order: order, role: .gradOutput, slot: slot, dtype: "float\u{1B}[0m",
            shape: [.max, .max], statistics: most)), at: events.count - 2)
    }
    events.insert(
      .called(Call(pass: 3, order: 5, node: 5, start: .min, end: .max)), at: events.count - 2)
    events.insert(
      .value(
        Value(
          pass: 3, order: 4, role: .gradInput, slot: 1, dtype: "float32", shape: [.max, .max],
          strides: [.max, .max], bytes: [1, 2, 3, 4])), at: events.count - 2)
    try recording(events)
    for arguments in [
      ["info"], ["info", "--json"], ["passes"], ["passes", "--json"],
      ["export", "--format", "csv", "-o", "-"], ["export", "--format", "json", "-o", "-"],
      ["export", "--format", "perfetto", "-o", "-"],
      ["export", "--format", "safetensors", "-o", "o"],
      ["render", "-o", "-", "--format", "dot"],
      ["render", "--color-by", "health", "-o", "-", "--format", "dot"],
      ["render", "--color-by", "time", "-o", "-", "--format", "dot"],
    ] {
      let result = try agviz([arguments[0], "run.agviz"] + arguments.dropFirst(), in: folder)
      // Refused or not, it ends of its own.
      #expect([0, 65].contains(result.status), "\(arguments) \(result.status) \(result.error)")
      #expect(result.status == 0 || result.error.hasPrefix("agviz: run.agviz: "))
    }
  }

  @Test(
    "refuses a file that is no recording in one line",
    arguments: [
      ("text", "hello", 65, "is no recording"), ("empty", "", 65, "is empty"),
      ("none", nil, 66, "No such file"),
    ] as [(String, String?, Int32, String)])
  func noRecording(name: String, text: String?, status: Int32, says: String) throws {
    if let text { try text.write(toFile: path(name), atomically: false, encoding: .utf8) }
    for arguments in [
      ["info", name], ["passes", name], ["export", name, "--format", "csv", "-o", "out"],
    ] {
      let result = try agviz(arguments, in: folder)
      #expect(result.status == status, "\(result.error)")
      expectOneLine(result, says: says)
    }
    #expect(try contents() == (text == nil ? [] : [name]))
  }
}
