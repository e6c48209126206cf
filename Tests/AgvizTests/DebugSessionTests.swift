// The prompt without a terminal: commands go in, answers come out.

import Foundation
import GradientJournal
import GradientRecording
import GraphModel
import RecordingSupport
import Testing

@testable import agviz

/// Passes over mean(tanh(w * x) + tanh(w * x) * b), whose gradient of `w` grows until it is no number.
private let run: SyntheticRun = {
  typealias Graph = ComputationGraph
  let float = [Graph.Output(shape: [10], dtype: "float32")]
  func source(_ line: Int) -> Graph.SourceLocation { .init(file: "train.swift", line: line) }
  let graph = Graph(
    producer: .init(name: "agviz", version: "1"), roots: [0],
    nodes: [
      Graph.Node(
        id: 0, name: "MeanBackward0", kind: .backward, inputs: [.init(node: 1, output: 0)],
        outputs: [Graph.Output(shape: [], dtype: "float32")], source: source(14), sequence: 4),
      Graph.Node(
        id: 1, name: "AddBackward0", kind: .backward,
        inputs: [.init(node: 2, output: 0), .init(node: 4, output: 0)], outputs: float,
        source: source(13), sequence: 3),
      Graph.Node(
        id: 2, name: "TanhBackward0", kind: .backward, inputs: [.init(node: 3, output: 0)],
        outputs: float, scope: "encoder.0", source: source(11), sequence: 1),
      Graph.Node(
        id: 3, name: "MulBackward0", kind: .backward, inputs: [.init(node: 5, output: 0), nil],
        outputs: float, scope: "encoder.0", source: source(10), sequence: 0),
      Graph.Node(
        id: 4, name: "MulBackward0", kind: .backward,
        inputs: [.init(node: 2, output: 0), .init(node: 6, output: 0)], outputs: float,
        source: source(12), sequence: 2),
      Graph.Node(
        id: 5, name: "AccumulateGrad", kind: .accumulateGrad, inputs: [], outputs: float, leaf: 1),
      Graph.Node(
        id: 6, name: "AccumulateGrad", kind: .accumulateGrad, inputs: [], outputs: float, leaf: 2),
    ],
    tensors: [
      Graph.Tensor(
        id: 0, role: .root, name: "loss", shape: [], dtype: "float32", requiresGrad: true,
        gradFn: .init(node: 0, output: 0), storage: 0),
      Graph.Tensor(
        id: 1, role: .leaf, name: "encoder.0.weight", shape: [10], dtype: "float32",
        requiresGrad: true, storage: 1),
      Graph.Tensor(
        id: 2, role: .leaf, name: "b", shape: [10], dtype: "float32", requiresGrad: true, storage: 2
      ),
    ])
  var run = SyntheticRun(seed: 1)
  let id = run.addGraph(graph)
  for step in 0..<4 {
    run.addPass(
      over: id,
      .init(
        step: step,
        statistics: { node, role, slot in
          let norm = Foundation.pow(20, Double(step)) * Double(1 + node) / 8
          let isBroken =
            step == 3 && (node == 5 || (node == 3 && role == .gradInput))
            && (role == .gradInput || role == .gradOutput || role == .gradAfter)
          return .holding(
            norm: role == .parameter ? 2 : norm, nan: isBroken ? 1 : 0, zero: node == 6 ? 9 : 1,
            hash: UInt64(step * 100 + node * 10 + slot))
        }))
  }
  let one = { (value: Double) in Statistics.holding(norm: value.magnitude) }
  run.add(
    .witness(
      Witness(
        pass: 3, order: 5, input: 0, index: [3], value: .nan,
        operands: [
          .init(name: "grad", value: 0, statistics: one(0), shape: [10]),
          .init(name: "other", value: .infinity, statistics: one(.infinity), shape: [10]),
        ])))
  let elements: [Float] = [0.5, -1, 1e20, .nan, 0, 1, 2, 3, 4, 5]
  run.add(
    .value(
      Value(
        pass: 3, order: 5, role: .gradInput, slot: 0, dtype: "float32", shape: [10], strides: [1],
        bytes: elements.withUnsafeBytes { Array($0) })))
  return run
}()

private let actions = DebugActions(
  why: { _, _ in DebugAnswer(["because"], [.init("why", .string("because"))]) },
  rerun: { replay, argument in
    DebugAnswer(["ran \(replay.node.name) \(argument)"], [.init("argument", .string(argument))])
  },
  render: { _, argument in
    guard !argument.isEmpty else { throw DebugError("render takes a file") }
    return DebugAnswer(["drew \(argument)"], [.init("file", .string(argument))])
  })

@Suite("The prompt")
struct DebugSessionTests {
  private func session() throws -> (DebugSession, TemporaryRecording) {
    let temporary = try TemporaryRecording(run.events)
    return (try DebugSession(temporary.recording, actions: actions), temporary)
  }

  /// What a person who types these lines reads.
  private func transcript(_ lines: [String]) throws -> String {
    var (session, temporary) = try session()
    return withExtendedLifetime(temporary) {
      var text = ""
      for line in lines {
        text += "(agviz) \(line)\n"
        do {
          let answer = try session.answer(line)
          #expect(answer?.lines.allSatisfy { $0.count <= 80 } ?? true, "\(answer?.text ?? "")")
          if let answer, !answer.lines.isEmpty { text += answer.text + "\n" }
        } catch {
          text += "error: \(error)\n"
        }
      }
      return text.replacing(temporary.recording.path, with: "run.agviz")
    }
  }

  @Test("answers as its transcript says")
  func transcript() throws {
    let url = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "Expected/debug-session.txt")
    let expected = (try? String(decoding: Data(contentsOf: url), as: UTF8.self)) ?? ""
    let lines = expected.split(separator: "\n").filter { $0.hasPrefix("(agviz) ") }.map {
      String($0.dropFirst(8))
    }
    #expect(lines.count > 20)
    let text = try transcript(lines)
    #expect(text == expected)
    if text != expected, ProcessInfo.processInfo.environment["AGVIZ_RECORD"] != nil {
      try Data(text.utf8).write(to: url)
    }
  }

  @Test("repeats a move on an empty line, and nothing else")
  func emptyLine() throws {
    var (session, temporary) = try session()
    try withExtendedLifetime(temporary) {
      #expect(try session.answer("") == nil)
      _ = try session.answer("step 2")
      _ = try session.answer("info ready")
      _ = try session.answer("  ")
      #expect(session.replay.callIndex == 4)
      _ = try session.answer("b")
      _ = try session.answer("")
      #expect(session.replay.callIndex == 2)
    }
  }

  @Test(
    "takes abbreviations that fit one command, and refuses others by name",
    arguments: [
      ("st", "step"), ("rev", "reverse-continue"), ("rc", "reverse-continue"), ("cont", "continue"),
      ("wa", "watch"), ("wher", "where"), ("re", nil), ("ren", "render"), ("di", "diff"),
      ("xyz", nil), ("W", nil), ("wh", nil), ("q", "quit"),
    ])
  func abbreviations(text: String, command: String?) {
    if let command {
      #expect(throws: Never.self) { try #expect(DebugCommand.named(text).rawValue == command) }
    } else {
      #expect(throws: DebugError.self) { try DebugCommand.named(text) }
    }
  }

  @Test(
    "refuses what it cannot do in one line, and stays where it is",
    arguments: [
      "step x", "step 0", "step -1", "back 99999999999999999999", "goto", "goto x", "goto 1:2:3",
      "goto 99", "goto 0:99", "goto node 99", "goto step 99", "goto -1", "goto :", "print grad",
      "print in x", "print before", "print in 7", "print in 0 values x", "edges all", "where now",
      "diff", "diff x", "diff 7", "break norm >", "watch", "watch MulBackward0", "delete 1",
      "delete x", "info x", "info p", "info ready now", "info nodes nan", "quit now", "render",
      "help xyz", "frobnicate", "\u{1B}[2J", "continue 3",
    ])
  func refused(line: String) throws {
    var (session, temporary) = try session()
    withExtendedLifetime(temporary) {
      let error = #expect(throws: (any Error).self) { try session.answer(line) }
      let text = error.map { "\($0)" } ?? ""
      #expect(!text.isEmpty)
      #expect(text.unicodeScalars.allSatisfy { $0.value >= 32 }, "\(text)")
      #expect(session.replay.callIndex == 0)
      #expect(session.stops.isEmpty)
    }
  }

  @Test("says every answer as one line of JSON as well")
  func json() throws {
    var (session, temporary) = try session()
    try withExtendedLifetime(temporary) {
      for line in [
        "where", "step", "break nan", "watch norm changes by > 10x", "continue", "c", "rc", "print",
        "print in 0 values", "edges", "diff 0", "goto 2:3", "info", "info passes",
        "info parameters",
        "info ready", "info nodes Mul*", "info breakpoints", "delete", "why", "rerun --float64",
        "render a.svg", "help", "help break", "quit",
      ] {
        let answer = try #require(try session.answer(line))
        #expect(!answer.jsonLine.contains("\n"))
        let object = try JSONSerialization.jsonObject(with: Data(answer.jsonLine.utf8))
        #expect(object is [String: Any], "\(line)")
        #expect(answer.ends == (line == "quit"))
      }
    }
  }

  @Test("knows no step before the lowest that there can be")
  func lowestStep() throws {
    var run = SyntheticRun(seed: 2)
    run.addPass(over: run.addGraph(operators: 3, leaves: 1), .init(step: .min))
    let temporary = try TemporaryRecording(run.events)
    try withExtendedLifetime(temporary) {
      var session = try DebugSession(temporary.recording, actions: actions)
      #expect(throws: RecordingError.self) { try session.answer("diff") }
    }
  }

  @Test("tells programs what is wrong with names as they are, line breaks in them too")
  func diagnosis() throws {
    let scope = "net\u{2028}  \u{85} a"
    let events = SmallRecording.events().map { event in
      guard case .graph(var told) = event else { return event }
      var graph = SmallRecording.graph
      for node in graph.nodes.indices { graph.nodes[node].scope = scope }
      told.json = Array(graph.json.utf8)
      return .graph(told)
    }
    let temporary = try TemporaryRecording(events)
    try withExtendedLifetime(temporary) {
      var session = try DebugSession(temporary.recording, actions: .standard)
      let answer = try #require(try session.answer("why"))
      let object = try JSONSerialization.jsonObject(with: Data(answer.jsonLine.utf8))
      let diagnosis = try Diagnosis(of: temporary.recording).json
      #expect(diagnosis.contains(scope))
      #expect(
        (object as? [String: Any])?["diagnosis"] as? NSDictionary
          == (try JSONSerialization.jsonObject(with: Data(diagnosis.utf8))) as? NSDictionary)
    }
  }

  @Test("completes commands, topics and names")
  func completions() throws {
    let (session, temporary) = try session()
    withExtendedLifetime(temporary) {
      #expect(session.completions(for: "re") == ["reverse-continue", "rerun", "render"])
      #expect(session.completions(for: "info pa") == ["parameters", "passes"])
      #expect(session.completions(for: "break enc") == ["encoder.0", "encoder.0.weight"])
      #expect(session.completions(for: "break nan and Tan") == ["TanhBackward0"])
      #expect(session.completions(for: "frob x").isEmpty)
      #expect(session.completions(for: "").count == DebugCommand.allCases.count)
    }
  }

  @Test(
    "writes numbers with four digits",
    arguments: [
      (0, "0"), (1, "1"), (-0.123456, "-0.1235"), (12345.6, "1.235e+04"), (1234.56, "1235"),
      (1e-9, "1e-09"), (.nan, "nan"), (-.infinity, "-inf"), (0.00012346, "0.0001235"),
    ])
  func numbers(value: Double, text: String) {
    #expect(fourDigits(value) == text)
  }

  @Test(
    "reads elements of every dtype",
    arguments: [
      ("float32", [0, 0, 0xC0, 0x3F] as [UInt8], 1.5),
      ("float64", [0, 0, 0, 0, 0, 0, 0xF8, 0x3F], 1.5),
      ("float16", [0x00, 0xBE], -1.5), ("float16", [0x01, 0x00], 0x1p-24),
      ("float16", [0x00, 0x7C], .infinity), ("bfloat16", [0xC0, 0x3F], 1.5), ("int8", [0xFF], -1),
      ("uint8", [0xFF], 255), ("bool", [1], 1),
      ("int64", [0xFE] + [UInt8](repeating: 0xFF, count: 7), -2),
    ])
  func elements(dtype: String, bytes: [UInt8], value: Double) throws {
    let elements = try #require(Elements(bytes, dtype: dtype))
    #expect(Array(elements) == [value])
    #expect(Elements(bytes, dtype: "complex64") == nil)
    if bytes.count > 1 { #expect(Elements(Array(bytes.dropLast()), dtype: dtype) == nil) }
  }
}
