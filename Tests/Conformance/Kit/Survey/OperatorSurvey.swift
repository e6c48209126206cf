// The parent process of the survey: has every operator tried, and writes the list of them.

import Autograd
import Foundation

/// What is known of one operator.
struct OperatorFacts {
  var sample: OperatorSample
  var dtypes: Set<DType> = []
  var isTwiceDifferentiable = false
}

/// Finds out what each operator of the engine can do.
public struct OperatorSurvey {
  /// The operators of the table, by PyTorch's names.
  public static var operators: [String] { OperatorTable.names.map(publicName).sorted() }

  /// The name of an operator whose signs are open, so that the programs compare its squares.
  private static func publicName(_ name: String) -> String {
    name.hasSuffix("_squares") ? "linalg.\(name.dropLast("_squares".count))" : name
  }

  let facts: [String: OperatorFacts]

  /// Tries all operators, each with a reference program that calls it.
  ///
  /// - Parameters:
  ///   - executable: the path of the `conformance` command, which is started for each operator.
  ///   - folder: the folder of the data files.
  /// - Throws: an error of the file system or of the data.
  public init(executable: String, folder: String) throws {
    let files = try ConformanceRunner.dataFiles(in: folder)
    let samples = try OperatorSample.collect(files)
    let scratch = FileManager.default.temporaryDirectory
      .appendingPathComponent("operators-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: scratch) }
    var facts: [String: OperatorFacts] = [:]
    for (name, sample) in samples {
      facts[name] = OperatorFacts(sample: sample)
      guard let (line, step) = sample.example else { continue }
      let file = scratch.appendingPathComponent("program.jsonl")
      try Data(line).write(to: file)
      var next = 0
      while next < Question.allCases.count {
        let answers = try Self.answers(executable, file.path, step, from: next)
        for (question, isYes, nodes) in answers {
          next = question.rawValue + 1
          for node in nodes { facts[name]!.sample.add(node, of: name) }
          guard isYes else { continue }
          if question == .secondDerivative {
            facts[name]!.isTwiceDifferentiable = true
          } else {
            facts[name]!.dtypes.insert(question.dtype)
          }
        }
        // The question after the last answer has ended the process: its answer is no.
        if next < Question.allCases.count { next += 1 }
      }
    }
    self.facts = facts
  }

  private static func answers(
    _ executable: String, _ file: String, _ step: Int, from first: Int
  ) throws -> [(Question, Bool, nodes: [String])] {
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(fileURLWithPath: executable)
    process.arguments = ["--probe", "\(step)", file, "--from", "\(first)"]
    process.environment = ProcessInfo.processInfo.environment.merging(
      ["SWIFT_BACKTRACE": "enable=no"]
    ) { $1 }
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return text.split(separator: "\n").compactMap { line in
      let fields = line.split(separator: " ").map(String.init)
      guard fields.count >= 2, let number = Int(fields[0]),
        let question = Question(rawValue: number)
      else { return nil }
      return (question, fields[1] == "yes", Array(fields[2...]))
    }
  }
}

// MARK: - The list

extension OperatorSurvey {
  /// Operators of the table that no reference program calls.
  public var unchecked: [String] { facts.filter { $0.value.sample.programs == 0 }.keys.sorted() }

  /// The list as a page of Markdown.
  public var markdown: String {
    let names = facts.keys.filter { !isInPlaceForm($0) }.sorted()
    let rows = names.map { name in
      let fact = facts[name]!
      let inPlace = facts[name + "_"]
      let nodes = fact.sample.nodes.union(inPlace?.sample.nodes ?? []).sorted()
      let fields = [
        "`\(Self.publicName(name))`", Self.words(fact.dtypes), inPlace == nil ? "" : "`\(name)_`",
        nodes.map { "`\($0)`" }.joined(separator: " "),
        nodes.isEmpty ? "" : fact.isTwiceDifferentiable ? "yes" : "no",
        "\(fact.sample.programs + (inPlace?.sample.programs ?? 0))",
      ]
      return "| " + fields.joined(separator: " | ") + " |"
    }
    return Self.introduction(names.count, facts.count - names.count)
      + rows.map { $0 + "\n" }.joined()
  }

  /// Whether an operator is listed with the one that it is the in-place form of.
  private func isInPlaceForm(_ name: String) -> Bool {
    name.hasSuffix("_") && facts[String(name.dropLast())] != nil
  }

  private static func words(_ dtypes: Set<DType>) -> String {
    let floats: Set<DType> = [.float32, .float64]
    let integers: Set<DType> = [.int32, .int64]
    switch dtypes {
    case floats.union(integers).union([.bool]): return "all"
    case floats.union(integers): return "numbers"
    case floats: return "floats"
    case floats.union([.bool]): return "floats, bool"
    case integers: return "integers"
    case integers.union([.bool]): return "integers, bool"
    default: return dtypes.map(\.name).sorted().joined(separator: ", ")
    }
  }

  private static func introduction(_ operators: Int, _ forms: Int) -> String {
    """
    # Operators

    Made by `make operators` from the reference programs and by trying: do not edit. \(operators)
    operators, under PyTorch's names, and \(forms) in-place forms. In Swift a name is in camel case
    (`index_add` is `indexAdd`), arithmetic and comparison have Swift's operators too, `linalg.` is
    `Linalg` and `special.` is `Special`. PyTorch's second names (`absolute`, `arccos`, `multiply`,
    `greater`, …) are not listed again.

    - dtypes: in which of float32, float64, int64, int32 and bool a call of it runs. *numbers* are all
      but bool, *floats* the first two.
    - backward nodes: what the graph has for its results, in whichever form it is called, as PyTorch
      names them; none where there is no derivative.
    - second: whether the derivative can be differentiated.
    - programs: how many reference programs call it, and agree with PyTorch 2.13 in values, gradients,
      graph and refusals.

    PyTorch's complex numbers are not there, and with them `linalg.eig`, `stft` and their like; nor are
    operators that change a tensor's own shape (`t_`, `squeeze_`, `resize_`): a tensor's shape is
    constant here, and a view does the same.

    | operator | dtypes | in place | backward nodes | second | programs |
    | --- | --- | --- | --- | --- | --- |

    """
  }
}
