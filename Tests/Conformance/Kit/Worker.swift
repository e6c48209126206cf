// The child process: runs programs, and dies with the first that traps.

import Foundation

#if canImport(Glibc)
  import Glibc
#endif

/// Runs the programs of one file in this process and writes a record of each to standard output.
///
/// Operators trap on a user's mistake, so this is for a child process: the parent reads how far it
/// came, and starts another for the rest.
public struct ConformanceWorker {
  /// How long one program may take, in seconds, before the process ends itself.
  private static let secondsPerProgram: UInt32 = 60

  private let file: DataFile
  private let names: Set<String>

  /// Creates a worker.
  ///
  /// - Parameters:
  ///   - path: a data file.
  ///   - names: the programs to run; empty for all.
  /// - Throws: an error of the file system.
  public init(path: String, names: [String]) throws {
    file = try DataFile(path: path)
    self.names = Set(names)
  }

  /// Runs the programs from the given line on, counted from 0.
  public func run(from firstLine: Int) {
    // A trap is expected: no core file, no backtrace.
    var limit = rlimit(rlim_cur: 0, rlim_max: 0)
    setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &limit)
    for (i, line) in file.lines.enumerated() where i >= firstLine {
      alarm(Self.secondsPerProgram)
      do throws(MalformedJSON) {
        let program = try Program(line: line)
        guard names.isEmpty || names.contains(program.name) else { continue }
        write(.program(line: i, name: program.name))
        write(verdict(on: program))
      } catch {
        write(.program(line: i, name: "line \(i + 1)"))
        write(.failed(error.description))
      }
    }
    write(.finished)
  }

  /// Runs the program in the given line up to a step that traps, and compares what there is then.
  ///
  /// In a process of its own: looking at a view's history brings it up to date, which may change
  /// what the step does.
  public func examine(line: Int, before step: Int) {
    guard file.lines.indices.contains(line), let program = try? Program(line: file.lines[line])
    else { return }
    write(.program(line: line, name: program.name))
    let execution = Execution(program)
    do throws(Interruption) {
      try execution.run(before: step)
      let difference = execution.difference(isComplete: false)
      write(difference.map { .failed("where it was refused, \($0)") } ?? .passed(note: ""))
    } catch {
      write(.failed("did not come as far as step \(step) again: \(error)"))
    }
    write(.finished)
  }

  private func verdict(on program: Program) -> Record {
    let execution = Execution(program)
    let expectedError = program.expectation.error
    do throws(Interruption) {
      try execution.run { write(.step($0)) }
    } catch {
      switch error {
      case .unsupported(let what): return .unsupported(what)
      case .malformed(let why): return .failed("the program makes no sense: \(why)")
      case .refused(let message):
        guard let expectedError else { return .failed("was refused: \(message)") }
        // What the refused call did before it noticed counts too.
        return .judging(message, expectedError, execution.difference(isComplete: false))
      }
    }
    if let expectedError {
      return .failed("was not refused; PyTorch says: \(expectedError.message)")
    }
    return execution.difference(isComplete: true).map { .failed($0) } ?? .passed(note: "")
  }

  private func write(_ record: Record) {
    FileHandle.standardOutput.write(Data((record.line + "\n").utf8))
  }
}

extension Record {
  /// The verdict on a program that was refused, as PyTorch refused it.
  static func judging(
    _ message: String, _ expected: ExpectedError, _ difference: String?
  ) -> Record {
    if let difference { return .failed("where it was refused, \(difference)") }
    if let difference = refusalDifference(message, from: expected) { return .failed(difference) }
    return .passed(note: "refused: \"\(message)\"; PyTorch: \"\(expected.message)\"")
  }
}

/// The lines of a data file, a program each.
struct DataFile {
  let lines: [ArraySlice<UInt8>]

  init(path: String) throws {
    let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: path)))
    lines = bytes.split(separator: UInt8(ascii: "\n"))
  }
}
