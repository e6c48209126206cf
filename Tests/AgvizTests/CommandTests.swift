// The command as a user runs it: what it prints, writes and ends with.

import Foundation
import GraphModel
import Testing

@Suite("The command agviz")
final class CommandTests {
  let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "agviz-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  deinit {
    try? FileManager.default.removeItem(at: folder)
  }

  private func path(_ name: String) -> String { folder.appending(path: name).path }

  private func graph(_ graph: ComputationGraph = .small(), _ name: String = "g.json") throws
    -> String
  {
    try graph.write(to: path(name))
    return path(name)
  }

  private func contents() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
  }

  @Test(
    "draws every format by the output's name",
    arguments: [("svg", "<?xml"), ("png", "\u{89}PNG"), ("pdf", "%PDF"), ("dot", "digraph")])
  func render(format: String, start: String) throws {
    let output = path("out.\(format)")
    let result = try agviz("render", graph(), "-o", output)
    #expect(result.status == 0, "\(result.error)")
    #expect(result.output.isEmpty)
    let bytes = try Data(contentsOf: URL(filePath: output))
    #expect(
      bytes.prefix(start.unicodeScalars.count).elementsEqual(
        start.unicodeScalars.map { UInt8($0.value) }))
    #expect(try contents() == ["g.json", "out.\(format)"])
  }

  @Test("draws from standard input to standard output")
  func streams() throws {
    let result = try agviz(
      "render", "-", "-o", "-", "--format", "dot", "--show-attrs", "--show-saved", "--direction",
      "LR", "--theme", "light", "--legend", input: ComputationGraph.small().json)
    #expect(result.status == 0, "\(result.error)")
    #expect(result.output.contains("self_sym_numel"))
    #expect(result.output.contains("rankdir=LR"))
  }

  @Test("lets a format stand for a strange name")
  func formatOption() throws {
    let result = try agviz("render", graph(), "-o", path("picture"), "--format", "svg")
    #expect(result.status == 0, "\(result.error)")
    #expect(try contents() == ["g.json", "picture"])
  }

  @Test("shows a graph")
  func show() throws {
    let result = try agviz("show", graph())
    #expect(result.status == 0)
    #expect(result.output == ComputationGraph.small().summary.description + "\n")
    let json = try agviz("show", "--json", graph())
    #expect(json.output == ComputationGraph.small().summary.json + "\n")
  }

  @Test("validates a graph")
  func validate() throws {
    let result = try agviz("validate", graph())
    #expect(result.status == 0)
    #expect(result.output == "\(path("g.json")): a graph of 3 nodes and 3 tensors\n")
    #expect(try agviz("validate", "--json", graph()).output == "{\"valid\": true}\n")
  }

  @Test("ends validation of what is no graph with 1 and says where")
  func invalid() throws {
    let text = ComputationGraph.small().json.replacing("[[2, 0], null]", with: "[[9, 0], null]")
    let result = try agviz("validate", "-", input: text)
    #expect(result.status == 1)
    #expect(result.output.isEmpty)
    #expect(
      result.error
        == "agviz: standard input:8:71: nodes[1].inputs[0][0]: there is no node 9\n")
    let json = try agviz("validate", "--json", "-", input: text)
    #expect(json.status == 1)
    #expect(json.error.isEmpty)
    #expect(json.output.contains("\"keyPath\": \"nodes[1].inputs[0][0]\""))
  }

  @Test("compares graphs and ends with 1 when they differ")
  func diff() throws {
    let before = try graph()
    let after = try graph(.small(operation: "DivBackward0"), "h.json")
    let same = try agviz("diff", before, before)
    #expect(same.status == 0)
    #expect(same.output.isEmpty)
    let changed = try agviz("diff", before, after)
    #expect(changed.status == 1)
    #expect(changed.output == "~ node 1 MulBackward0: is now DivBackward0\n")
    #expect(changed.error.isEmpty)
    let json = try agviz("diff", "--json", before, after)
    #expect(json.status == 1)
    #expect(json.output.contains("\"kind\": \"nodeRenamed\""))
  }

  @Test("says its version and its exit statuses")
  func help() throws {
    let version = try agviz("--version")
    #expect(version.output == agvizVersion + "\n")
    let help = try agviz("--help")
    #expect(help.status == 0)
    for status in ["0", "1", "64", "65", "66", "70", "73"] {
      #expect(help.output.contains("  \(status)  "))
    }
  }

  @Test("completes arguments in every shell", arguments: ["bash", "zsh", "fish"])
  func completions(shell: String) throws {
    let result = try agviz("--generate-completion-script", shell)
    #expect(result.status == 0)
    #expect(result.output.contains("render"))
  }

  @Test("goes quietly when its reader does")
  func brokenPipe() throws {
    let result = try run("/bin/sh", ["-c", "'\(command.path)' --help | true; echo done"])
    #expect(result.output == "done\n")
    #expect(result.error.isEmpty)
  }

  /// Arguments that are wrong, and what must be said.
  static let wrongArguments: [([String], String)] = [
    (["render", "g.json"], "Missing expected argument '--output <output>'"),
    (["render", "g.json", "-o", "o.bmp"], "o.bmp: the format is unknown"),
    (["render", "g.json", "-o", "svg"], "svg: the format is unknown"),
    (["render", "g.json", "-o", ".svg"], ".svg: the format is unknown"),
    (["render", "g.json", "-o", "-"], "standard output: the format is unknown"),
    (["render", "g.json", "-o", "o.svg", "--format", "gif"], "'svg', 'png', 'pdf' or 'dot'"),
    (["render", "g.json", "-o", "o.svg", "--theme", "pink"], "'classic', 'light', 'dark'"),
    (["render", "g.json", "-o", "o.svg", "--direction", "up"], "'TB', 'LR', 'BT'"),
    (["render", "g.json", "-o", "o.svg", "--max-attr-chars", "2"], "from 3 to 10000, not 2"),
    (["render", "g.json", "-o", "o.svg", "--max-attr-chars", "x"], "'x' is invalid"),
    (["show"], "Missing expected argument '<file>'"),
    (["show", "a", "b"], "Unexpected argument 'b'"),
    (["paint"], "Unexpected argument 'paint'"),
    (["diff", "a"], "Missing expected argument '<after>'"),
  ]

  @Test("refuses wrong arguments in one line, with status 64", arguments: wrongArguments)
  func usage(arguments: [String], says: String) throws {
    let result = try agviz(arguments, in: folder)
    #expect(result.status == 64)
    expectOneLine(result, says: says)
    #expect(try contents().isEmpty)
  }

  /// Inputs that are no graphs, made from a good one's text, and what must be said.
  static let badInputs: [(name: String, damage: @Sendable (String) -> [UInt8], says: String)] = [
    ("not JSON", { _ in Array("hello\n".utf8) }, "bad.json:1:1: expected a value"),
    ("empty", { _ in [] }, "bad.json:1:1: the file is empty"),
    ("truncated", { Array($0.utf8.prefix(400)) }, "the file ends where"),
    ("JSON of another kind", { _ in Array("[1, 2]".utf8) }, "bad.json:1:1: not a graph"),
    (
      "another format", { Array($0.replacing("agviz.graph", with: "x").utf8) }, "2:13: format \"x\""
    ),
    (
      "another version", { Array($0.replacing("\"version\": 1,", with: "\"version\": 99,").utf8) },
      "bad.json:3:14: agviz.graph version 99 is not known"
    ),
    (
      "a duplicate id", { Array($0.replacing("{\"id\": 1, \"n", with: "{\"id\": 0, \"n").utf8) },
      "nodes[1].id: id 0 is given twice"
    ),
    (
      "a dangling id", { Array($0.replacing("[[2, 0]", with: "[[7, 0]").utf8) },
      "nodes[1].inputs[0][0]: there is no node 7"
    ),
    (
      "a negative id", { Array($0.replacing("[[2, 0]", with: "[[-2, 0]").utf8) },
      "nodes[1].inputs[0][0]: there is no node -2"
    ),
    (
      "a cycle", { Array($0.replacing("[[2, 0]", with: "[[0, 0]").utf8) },
      "bad.json:8:70: nodes[1].inputs[0]: a cycle"
    ),
    ("NUL", { Array($0.replacing("MulBackward0", with: "Mul\0").utf8) }, "control character (0)"),
    (
      "an escaped NUL", { Array($0.replacing("MulBackward0", with: "Mul\\u0000").utf8) },
      "nodes[1].name: a text cannot hold a NUL character"
    ),
    (
      "invalid UTF-8",
      { text in
        var bytes = Array(text.utf8)
        bytes[bytes.firstRange(of: "MulB".utf8)!.lowerBound] = 0xC0
        return bytes
      }, "bad.json:8:24: the text is not valid UTF-8"
    ),
  ]

  @Test("refuses a file that is no graph in one line, with status 65", arguments: badInputs.indices)
  func badInput(index: Int) throws {
    let (name, damage, says) = Self.badInputs[index]
    try Data(damage(ComputationGraph.small().json)).write(to: URL(filePath: path("bad.json")))
    for arguments in [
      ["render", "bad.json", "-o", "out.svg"], ["show", "bad.json"],
      ["diff", "bad.json", "bad.json"],
    ] {
      let result = try agviz(arguments, in: folder)
      #expect(result.status == 65, "\(name)")
      expectOneLine(result, says: says)
    }
    #expect(try contents() == ["bad.json"])
  }

  @Test(
    "refuses an input that is not there, or a folder, with status 66",
    arguments: [("none.json", "No such file"), (".", "is a folder, not a file")])
  func noInput(name: String, says: String) throws {
    for arguments in [["render", name, "-o", "out.svg"], ["show", name], ["validate", name]] {
      let result = try agviz(arguments, in: folder)
      #expect(result.status == 66)
      expectOneLine(result, says: "\(name): \(says)")
    }
    #expect(try contents().isEmpty)
  }

  @Test(
    "refuses an output that cannot be written with status 73",
    arguments: [
      (".", "Is a directory"), ("/dev/full", "No space left"), ("/proc/o.svg", "No such file"),
      ("none/o.svg", "No such file"),
    ])
  func noOutput(name: String, says: String) throws {
    _ = try graph()
    let result = try agviz(["render", "g.json", "-o", name, "--format", "dot"], in: folder)
    #expect(result.status == 73)
    expectOneLine(result, says: "\(name): \(says)")
    #expect(try contents() == ["g.json"])
  }

  @Test("reads a label of 50 MB and shows its beginning")
  func hugeLabel() throws {
    let file = try graph(.small(operation: String(repeating: "0123456789", count: 5_000_000)))
    let show = try agviz("show", file)
    #expect(show.status == 0, "\(show.error)")
    #expect(show.output.utf8.count < 2000)
    let render = try agviz("render", file, "-o", path("out.svg"))
    #expect(render.status == 0, "\(render.error)")
    #expect(try Data(contentsOf: URL(filePath: path("out.svg"))).count < 100_000)
  }

  @Test("leaves the picture that was there when anything fails")
  func oldPicture() throws {
    try "old".write(toFile: path("out.svg"), atomically: false, encoding: .utf8)
    try "{".write(toFile: path("bad.json"), atomically: false, encoding: .utf8)
    #expect(try agviz(["render", "bad.json", "-o", "out.svg"], in: folder).status == 65)
    #expect(try String(contentsOfFile: path("out.svg"), encoding: .utf8) == "old")
  }

  @Test("says when standard output is full")
  func fullOutput() throws {
    let result = try run("/bin/sh", ["-c", "'\(command.path)' show '\(graph())' > /dev/full"])
    #expect(result.status == 73)
    expectOneLine(result, says: "standard output: No space left")
  }

  @Test(
    "shows names that are hostile to a terminal or a line as plain text",
    arguments: ["a\"b", "<b>", "a\nb", "\u{1B}[31mred", "\\", "\u{202E}abc", "日本"])
  func hostileNames(name: String) throws {
    let file = try graph(.small(operation: name))
    for arguments in [["show", file], ["diff", file, try graph(.small(), "h.json")]] {
      let result = try agviz(arguments, in: folder)
      #expect(!result.output.unicodeScalars.contains { $0.properties.generalCategory == .format })
      #expect(!result.output.unicodeScalars.contains("\u{1B}"))
    }
  }
}
