// The tutorials' programs: what they print and write, run as a user runs them.

import Foundation
import Testing

@Suite struct SampleTests {
  @Test(arguments: Sample.allCases)
  func `a sample ends well and prints what is committed`(sample: Sample) throws {
    let run = try sample.run()
    #expect(run.status == 0)
    #expect(run.error == "")
    let difference = firstDifference(of: run.output, from: try sample.expectedOutput)
    #expect(difference == nil, "Expected/\(sample.rawValue).txt")
  }

  @Test(arguments: TutorialNumber.all)
  func `a sample prints the tutorial's number`(number: TutorialNumber) throws {
    let lines = lines(of: try number.sample.run().output)
    #expect(lines.contains { $0 == number.line }, "\(number.name): no line \"\(number.line)\"")
  }

  @Test(arguments: Sample.allCases)
  func `a sample writes the committed dumps byte for byte`(sample: Sample) throws {
    let written = try sample.run().files.filter { $0.key.hasSuffix(".json") }
    let committed = try sample.committedDumps
    #expect(!committed.isEmpty)
    #expect(written.keys.sorted() == committed.keys.sorted(), "make gallery remakes output/")
    for (name, dump) in committed {
      guard let other = written[name] else { continue }
      let difference = firstDifference(
        of: String(decoding: other, as: UTF8.self), from: String(decoding: dump, as: UTF8.self))
      #expect(difference == nil, "output/\(name)")
    }
  }

  @Test(arguments: Sample.allCases)
  func `a sample draws each graph that it dumps`(sample: Sample) throws {
    let files = try sample.run().files
    let beginnings = ["svg": Data("<?xml".utf8), "png": Data([0x89]) + Data("PNG".utf8)]
    for dump in files.keys where dump.hasSuffix(".json") {
      for (format, beginning) in beginnings {
        let name = dump.replacing(".json", with: ".\(format)")
        #expect(files[name]?.starts(with: beginning) == true, "\(name)")
      }
    }
  }

  @Test func `a folder that cannot be made is named in one line`() throws {
    let scratch = FileManager.default.temporaryDirectory.appending(
      path: "agviz-samples-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: scratch) }
    let file = scratch.appending(path: "file")
    try Data().write(to: file)
    let (status, _, error) = try launch(
      Sample.programs.appending(path: "vector-jacobian"), arguments: [file.path],
      scratch: scratch)
    #expect(status == 1)
    #expect(error.hasPrefix("error: \(file.path)/vector-jacobian.json: "), "\(error)")
    #expect(lines(of: error).count == 2)
  }
}
