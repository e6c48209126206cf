// The engine does what PyTorch did, program by program.

import ConformanceKit
import Testing

@Test("The engine does what PyTorch did", arguments: families)
func engineDoesWhatPyTorchDid(family: String) throws {
  let runner = ConformanceRunner(executable: try commandPath())
  let results = try runner.run(file: "\(dataFolder)/\(family).jsonl")
  let failures = results.filter { !$0.hasPassed }.map(\.description)
  #expect(!results.isEmpty)
  #expect(failures.isEmpty, "\(failures.joined(separator: "\n"))")
}
