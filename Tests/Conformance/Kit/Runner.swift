// The parent process: has the programs of a file run by workers, and gathers what they say.

import Foundation

/// What became of one program.
public struct ProgramResult: Sendable, Hashable {
  /// How a program ended.
  public enum Verdict: Sendable, Hashable {
    /// It did all that PyTorch did; the note says more about a refusal.
    case passed(note: String)
    /// It did something else: this, first of all.
    case failed(String)
    /// It needs an operator that the engine does not have.
    case unsupported(String)
  }

  /// The name of the program's file, without the ending.
  public var family: String
  /// The program's name.
  public var name: String
  /// How it ended.
  public var verdict: Verdict

  /// Whether the program did all that PyTorch did.
  public var hasPassed: Bool { if case .passed = verdict { true } else { false } }

  /// A line for people.
  public var description: String {
    switch verdict {
    case .passed(let note): "passed \(family)/\(name)" + (note.isEmpty ? "" : ": \(note)")
    case .failed(let why): "failed \(family)/\(name): \(why)"
    case .unsupported(let operation):
      "failed \(family)/\(name): not yet supported: \(operation)"
    }
  }
}

/// An error of a run itself, rather than of a program in it.
public struct ConformanceError: Error, Sendable, CustomStringConvertible {
  /// What is wrong, and where.
  public let description: String
}

/// Runs reference programs in child processes.
public struct ConformanceRunner: Sendable {
  private let executable: String
  private let names: [String]

  /// Creates a runner.
  ///
  /// - Parameters:
  ///   - executable: the path of the `conformance` command, which is started as the worker.
  ///   - names: the programs to run; empty for all.
  public init(executable: String, names: [String] = []) {
    self.executable = executable
    self.names = names
  }

  /// The data files in a folder, in the order of their names.
  ///
  /// - Parameters:
  ///   - folder: the folder.
  ///   - families: which of the files, by name without the ending; empty for all.
  /// - Returns: the files' paths.
  /// - Throws: `ConformanceError` for a folder that cannot be read, or that lacks a family.
  public static func dataFiles(
    in folder: String, families: [String] = []
  ) throws(ConformanceError) -> [String] {
    let contents: [String]
    do {
      contents = try FileManager.default.contentsOfDirectory(atPath: folder)
    } catch {
      throw ConformanceError(description: "\(folder): cannot be read as a folder")
    }
    let found = contents.filter { $0.hasSuffix(".jsonl") }.sorted()
    if let missing = families.first(where: { !found.contains("\($0).jsonl") }) {
      throw ConformanceError(description: "\(folder): has no file \(missing).jsonl")
    }
    guard !found.isEmpty else {
      throw ConformanceError(description: "\(folder): has no .jsonl files")
    }
    return found.filter { families.isEmpty || families.contains(String($0.dropLast(6))) }
      .map { "\(folder)/\($0)" }
  }

  /// Runs a data file's programs.
  ///
  /// - Throws: `ConformanceError` for a file that cannot be read, or a worker that does not start.
  public func run(file path: String) throws(ConformanceError) -> [ProgramResult] {
    let file: DataFile
    do {
      file = try DataFile(path: path)
    } catch {
      throw ConformanceError(description: "\(path): cannot be read")
    }
    let family = URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent
    var results: [ProgramResult] = []
    var nextLine: Int? = 0
    while let line = nextLine {
      let output = try WorkerOutput(
        executable: executable, file: path,
        arguments: ["--from", "\(line)"] + names.flatMap { ["--name", $0] })
      results += output.results.map {
        ProgramResult(family: family, name: $0.name, verdict: $0.verdict)
      }
      nextLine = output.interrupted.map { $0.line + 1 }
      if let interrupted = output.interrupted {
        var verdict = output.verdict(on: interrupted, file.lines[interrupted.line])
        if case .passed = verdict {
          // The message is right: was the step, and all before it?
          let examination = try WorkerOutput(
            executable: executable, file: path,
            arguments: ["--from", "\(interrupted.line)", "--examine", "\(output.step)"])
          if let result = examination.results.first, case .failed = result.verdict {
            verdict = result.verdict
          }
        }
        results.append(ProgramResult(family: family, name: interrupted.name, verdict: verdict))
      } else if !output.isFinished {
        throw ConformanceError(
          description: "the worker \(executable) ended early: \(output.errorText)")
      }
    }
    return results
  }
}

/// What one worker said before it ended.
private struct WorkerOutput {
  private(set) var results: [(name: String, verdict: ProgramResult.Verdict)] = []
  /// The program that was running when the worker ended, and the step it was at.
  private(set) var interrupted: (line: Int, name: String)?
  private(set) var isFinished = false
  /// The step at which the worker was last.
  private(set) var step = 0
  let errorText: String
  private let signal: Int32?

  init(executable: String, file: String, arguments: [String]) throws(ConformanceError) {
    let process = Process()
    let output = Pipe()
    let errors = Pipe()
    process.executableURL = URL(fileURLWithPath: executable)
    process.arguments = ["--worker", file] + arguments
    process.environment = ProcessInfo.processInfo.environment.merging(
      ["SWIFT_BACKTRACE": "enable=no"]
    ) { $1 }
    process.standardOutput = output
    process.standardError = errors
    do {
      try process.run()
    } catch {
      throw ConformanceError(description: "cannot start \(executable): \(error)")
    }
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    errorText = String(
      decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    signal = process.terminationReason == .uncaughtSignal ? process.terminationStatus : nil
    for line in text.split(separator: "\n") {
      if let record = Record(line: line) { add(record) }
    }
  }

  private mutating func add(_ record: Record) {
    switch record {
    case .program(let line, let name):
      interrupted = (line, name)
      step = -1
    case .step(let step): self.step = step
    case .passed(let note): finish(.passed(note: note))
    case .failed(let why): finish(.failed(why))
    case .unsupported(let what): finish(.unsupported(what))
    case .finished: isFinished = true
    }
  }

  private mutating func finish(_ verdict: ProgramResult.Verdict) {
    guard let program = interrupted else { return }
    results.append((program.name, verdict))
    interrupted = nil
  }

  /// The verdict on the program at which the worker ended, as its line has it.
  func verdict(
    on program: (line: Int, name: String), _ line: ArraySlice<UInt8>
  ) -> ProgramResult.Verdict {
    let reference = try? Program(line: line)
    let op =
      reference.flatMap { step >= 0 && step < $0.steps.count ? $0.steps[step].op : nil }
      ?? "backward"
    let place = step < 0 ? "before the first step" : "at step \(step) (\(op))"
    guard let message = trapMessage else {
      return .failed(
        signal == SIGALRM
          ? "did not end in time \(place)" : "crashed \(place), signal \(signal ?? 0)")
    }
    guard let expected = reference?.expectation.error else {
      return .failed("trapped \(place): \(message)")
    }
    switch Record.judging(message, expected, nil) {
    case .passed(let note): return .passed(note: note)
    case .failed(let why): return .failed("\(place), \(why)")
    default: return .failed("trapped \(place): \(message)")
    }
  }

  /// What the trap said; nil when the process ended without a word.
  private var trapMessage: String? {
    guard let range = errorText.ranges(of: "Fatal error: ").last else { return nil }
    // The runtime may print addresses below the message, which are no facts.
    let message = errorText[range.upperBound...]
    let end = message.firstRange(of: "\nCurrent stack trace:")?.lowerBound ?? message.endIndex
    return message[..<end].trimmingCharacters(in: .whitespacesAndNewlines)
  }
}

extension ConformanceRunner {
  /// The path of the running program.
  ///
  /// - Throws: `ConformanceError` when the system does not say.
  public static func thisExecutable() throws(ConformanceError) -> String {
    do {
      return try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    } catch {
      throw ConformanceError(description: "/proc/self/exe cannot be read: \(error)")
    }
  }
}
