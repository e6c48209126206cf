// `agviz rerun` of recordings that are honest, and of one that was made to do harm.

import Foundation
import Testing

@testable import GradientRecording

@Suite("agviz rerun")
final class RerunTests {
  let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "agviz-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let sample = command.deletingLastPathComponent().appending(path: "vector-jacobian").path
    let result = try agviz(
      ["record", "--policy", "everything", "-o", "run.agviz", "--", sample], in: folder)
    try #require(result.status == 0, "\(result.error)")
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  @Test("gives what was recorded, within its bound of memory", arguments: [false, true])
  func honest(isDouble: Bool) throws {
    let result = try agviz(
      ["rerun", "run.agviz", "--pass", "1"] + (isDouble ? ["--float64"] : []), in: folder)
    #expect(result.status == 0, "\(result.error)")
    #expect(result.output.contains("3 of 3 calls ran again"), "\(result.output)")
  }

  @Test(
    "bounds the memory of nodes that ask for more than their pass holds, and says how that ended")
  func hungry() throws {
    let size = 1 << 30
    let node = """
      {"name": "SelectBackward0", "fields": {"sizes": [\(size)], "dim": 0, "index": 0}, "saved": [],
      "outputs": [{"shape": [], "dtype": "float32"}], "inputs": [{"metadata": {"shape": [\(size)],
      "dtype": "float32"}, "isNeeded": true}], "function": []}
      """
    let path = folder.appending(path: "run.agviz").path
    // Closed before the command opens it.
    try Connection(path, mode: .write, name: path).perform {
      try $0.execute(
        "UPDATE node_fields SET fields = '\(node)' WHERE fields LIKE '%\"SumBackward0\"%'")
    }
    let result = try agviz(["rerun", "run.agviz", "--pass", "1"], in: folder)
    #expect(result.status == 65)
    #expect(result.output.isEmpty)
    #expect(
      result.error.contains("no memory for a tensor of shape [\(size)], float32: 4294967296 bytes"),
      "\(result.error)")
    #expect(result.error.contains("the limit is 2"))
    #expect(
      result.error.contains("agviz: run.agviz: the process that ran its nodes was killed by SIG"))
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    #expect(!files.contains { $0.hasPrefix("core") })
  }
}
