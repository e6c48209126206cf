// The command that runs reference programs and says where the engine parts ways with PyTorch.

import ArgumentParser
import ConformanceKit
import Foundation

@main
struct ConformanceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "conformance",
    abstract: "Run small tensor programs and compare all that happens with PyTorch.",
    discussion: """
      FOLDER holds data files, *.jsonl, a program a line with what PyTorch did. Values, gradients, \
      graphs, drawings, the engine's calls in order and refusals are compared. The last line says \
      how many passed and failed; the exit code is 1 when any failed, 2 when the data cannot be read.
      """)

  @Argument(help: "The folder with the data files.", completion: .directory)
  var folder: String

  @Option(help: "Run only this family: a file's name without .jsonl. Repeatable.")
  var family: [String] = []

  @Option(help: "Run only the programs of this name. Repeatable.")
  var name: [String] = []

  @Flag(help: "Print a line for programs that pass, too.")
  var verbose = false

  @Flag(
    help: "Write the list of operators instead, as Markdown, from the data files and by trying.")
  var operators = false

  @Flag(help: .hidden)
  var worker = false

  @Option(help: .hidden)
  var from = 0

  @Option(help: .hidden)
  var examine: Int?

  @Option(help: .hidden)
  var probe: Int?

  func run() throws {
    if let probe { return try OperatorProbe(path: folder, step: probe).run(from: from) }
    if operators {
      let executable = try ConformanceRunner.thisExecutable()
      return print(
        try OperatorSurvey(executable: executable, folder: folder).markdown, terminator: "")
    }
    if worker {
      let worker = try ConformanceWorker(path: folder, names: name)
      guard let examine else { return worker.run(from: from) }
      return worker.examine(line: from, before: examine)
    }
    let results: [ProgramResult]
    do throws(ConformanceError) {
      results = try runAll()
    } catch {
      FileHandle.standardError.write(Data("conformance: \(error.description)\n".utf8))
      throw ExitCode(2)
    }
    if let missing = ConformanceSummary.missingOperators(results) { print(missing) }
    let passed = results.count { $0.hasPassed }
    print("\(passed) passed, \(results.count - passed) failed")
    if passed < results.count { throw ExitCode(1) }
  }

  private func runAll() throws(ConformanceError) -> [ProgramResult] {
    let runner = ConformanceRunner(executable: try ConformanceRunner.thisExecutable(), names: name)
    var all: [ProgramResult] = []
    for file in try ConformanceRunner.dataFiles(in: folder, families: family) {
      let results = try runner.run(file: file)
      for result in results where verbose || !result.hasPassed { print(result.description) }
      all += results
    }
    return all
  }
}
