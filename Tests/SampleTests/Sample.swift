// The samples as programs: running each once and keeping what it printed and wrote.

import Foundation
import Synchronization
import Testing

/// A program under `samples/`.
enum Sample: String, CaseIterable, Sendable, CustomTestStringConvertible {
  case linearRegression = "linear-regression"
  case dynamicGraph = "dynamic-graph"
  case thermometer
  case cubicSine = "cubic-sine"
  case vectorJacobian = "vector-jacobian"
  case legendre, networks
  case fineTuning = "fine-tuning"

  var testDescription: String { rawValue }

  /// What the sample prints, as it is committed.
  var expectedOutput: String {
    get throws {
      let file = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "Expected/\(rawValue).txt")
      return try String(contentsOf: file, encoding: .utf8)
    }
  }

  /// The committed dumps of the sample in `output/`, by name.
  var committedDumps: [String: Data] {
    get throws {
      let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../output").standardized
      return try contents(of: folder).filter { name, _ in
        name.hasSuffix(".json")
          && (name.hasPrefix("\(rawValue).") || name.hasPrefix("\(rawValue)-"))
      }
    }
  }

  /// What the sample did when it ran; it runs once, whoever asks first.
  func run() throws -> Run {
    try Self.runs.withLock { runs in
      if let run = runs[self] { return run }
      let run = try Run(program: Self.programs.appending(path: rawValue))
      runs[self] = run
      return run
    }
  }

  private static let runs = Mutex<[Sample: Run]>([:])

  /// The folder of the built programs, which is that of the tests' bundle.
  static let programs =
    Bundle.allBundles.map(\.bundleURL).first { $0.pathExtension == "xctest" }?
    .deletingLastPathComponent()
    ?? URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
}

/// What a program printed, how it ended and which files it wrote.
struct Run: Sendable {
  var status: Int32
  var output: String
  var error: String
  var files: [String: Data]

  /// Runs a program that writes into a folder of its own, two levels below one that exists.
  init(program: URL) throws {
    let scratch = FileManager.default.temporaryDirectory.appending(
      path: "agviz-samples-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: scratch) }
    try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: true)
    let folder = scratch.appending(path: "new/output")
    (status, output, error) = try launch(program, arguments: [folder.path], scratch: scratch)
    files = (try? contents(of: folder)) ?? [:]
  }
}

/// Runs a program to its end; what it prints goes through files in `scratch`.
func launch(
  _ program: URL, arguments: [String], scratch: URL
) throws -> (status: Int32, output: String, error: String) {
  let streams = ["stdout", "stderr"].map { scratch.appending(path: $0) }
  for stream in streams { try Data().write(to: stream) }
  let process = Process()
  process.executableURL = program
  process.arguments = arguments
  process.currentDirectoryURL = scratch
  process.standardInput = FileHandle.nullDevice
  process.standardOutput = try FileHandle(forWritingTo: streams[0])
  process.standardError = try FileHandle(forWritingTo: streams[1])
  try process.run()
  process.waitUntilExit()
  let texts = try streams.map { try String(contentsOf: $0, encoding: .utf8) }
  return (process.terminationStatus, texts[0], texts[1])
}

/// The files of a folder by name.
func contents(of folder: URL) throws -> [String: Data] {
  let files = try FileManager.default.contentsOfDirectory(
    at: folder, includingPropertiesForKeys: nil)
  return try Dictionary(
    uniqueKeysWithValues: files.map { ($0.lastPathComponent, try Data(contentsOf: $0)) })
}

/// Where two texts begin to differ, told for people; nil when they are the same.
func firstDifference(of actual: String, from expected: String) -> String? {
  if actual == expected { return nil }
  let (actual, expected) = (lines(of: actual), lines(of: expected))
  let number = zip(actual, expected).prefix { $0 == $1 }.count
  func line(_ lines: [Substring]) -> String {
    number < lines.count ? "\"\(lines[number])\"" : "the end"
  }
  return "line \(number + 1): expected \(line(expected)), got \(line(actual))"
}

func lines(of text: String) -> [Substring] {
  text.split(separator: "\n", omittingEmptySubsequences: false)
}
