// `agviz debug` as a script runs it: commands from files and pipes, answers as text and JSON.

import Foundation
import Testing

@Suite("agviz debug")
final class DebugCommandTests {
  let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "agviz-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try SmallRecording.write(SmallRecording.events(values: true), to: path("run.agviz"))
  }

  deinit {
    try? FileManager.default.removeItem(at: folder)
  }

  private func path(_ name: String) -> String { folder.appending(path: name).path }

  private let commands = """
    # to the first infinity, and who made it
    break nonfinite

    continue
    edges
    quit
    where
    """

  private let transcript = """
    (agviz) break nonfinite
    break 1: nonfinite

    (agviz) continue
    break 1: nonfinite  (out 0)
    [3:2] step 2 train  LogBackward0 #2  net  main.swift:12
             shape  norm  min  max  zeros  not finite
      in 0   [4]     0.5    0  0.5     0%
      out 0  [4]     250    0  250     0%  1 inf
      3 of 5 ran, 1 ready, next MulBackward0 #3

    (agviz) edges
    LogBackward0 #2  net  main.swift:12
      in 0   <-  AddBackward0 #1 out 0  norm 0.5
      out 0  ->  MulBackward0 #3        norm 250, 1 inf  ready

    (agviz) quit

    """

  @Test("does the commands of a file, up to quit", arguments: [false, true])
  func batch(isPipe: Bool) throws {
    try Data(commands.utf8).write(to: folder.appending(path: "commands"))
    let result = try agviz(
      "debug", path("run.agviz"), "--batch", isPipe ? "-" : path("commands"),
      input: isPipe ? commands : "")
    #expect(result.status == 0, "\(result.error)")
    #expect(result.output == transcript)
  }

  @Test("stops a batch at the first command that cannot be done, and ends with 1")
  func failingBatch() throws {
    let result = try agviz(
      "debug", path("run.agviz"), "--batch", "-", input: "step\n\nbreak norm >\nstep\n")
    #expect(result.status == 1)
    #expect(
      result.error
        == "agviz: standard input:3: expected a number, not the end, at character 7\n")
    #expect(result.output.contains("(agviz) break norm >\n"))
    #expect(result.output.components(separatedBy: "(agviz) step\n").count == 2)
  }

  @Test("prints each answer as one line of JSON, errors too")
  func json() throws {
    let result = try agviz(
      "debug", path("run.agviz"), "--json", "--batch", "-",
      input: "info passes\ngoto 3:4\nprint in 0 values\nfrob\nwhere\n")
    #expect(result.status == 1)
    let objects = try result.output.split(separator: "\n").map { line in
      try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    }
    try #require(objects.count == 4)
    #expect((objects[0]["passes"] as? [Any])?.count == 4)
    #expect(objects[1]["order"] as? Int == 4)
    let tensors = try #require(objects[2]["tensors"] as? [[String: Any]])
    #expect(tensors[0]["values"] as? [Double] == [1, 2, 3, 4])
    #expect(objects[3]["error"] is String)
  }

  @Test("goes on after an error where lines come from a pipe")
  func pipe() throws {
    let result = try agviz("debug", path("run.agviz"), input: "frob\nstep 2\n\nq\nstep\n")
    #expect(result.status == 0, "\(result.error)")
    #expect(result.output.contains("20 calls of 4 passes"))
    #expect(result.output.contains("error: there is no command frob"))
    #expect(result.output.contains("[0:4]"))
    #expect(!result.output.contains("[1:0]"))
  }

  @Test("draws the pass where it stands")
  func render() throws {
    let result = try agviz(
      "debug", path("run.agviz"), "--batch", "-", input: "goto 3\nrender \(path("a.svg")) health\n")
    #expect(result.status == 0, "\(result.error)")
    #expect(result.output.hasSuffix("Pass 3 is drawn in \(path("a.svg")).\n\n"))
    let picture = try Data(contentsOf: folder.appending(path: "a.svg"))
    #expect(String(decoding: picture, as: UTF8.self).contains("pass 3"))
    for file in ["", "-", "a.xyz", "/nowhere/a.svg", "a.svg blue"] {
      let result = try agviz(
        "debug", path("run.agviz"), "--batch", "-", input: "render \(file)\n")
      #expect(result.status == 1, "\(file)")
    }
  }

  @Test("says why a call cannot be run again")
  func rerun() throws {
    let result = try agviz("debug", path("run.agviz"), "--batch", "-", input: "rerun --float64\n")
    #expect(result.status == 1)
    #expect(result.error.contains("saved tensors"), "\(result.error)")
  }

  @Test("says in one line why there is nothing to step through")
  func refused() throws {
    expectOneLine(try agviz("debug", path("missing.agviz")), says: "missing.agviz")
    try SmallRecording.write(SmallRecording.opened(), to: path("empty.agviz"))
    expectOneLine(try agviz("debug", path("empty.agviz")), says: "nothing to replay")
    expectOneLine(
      try agviz("debug", path("run.agviz"), "--batch", path("missing")), says: "missing")
  }
}
