// The options of `agviz record` that say what is recorded.

internal import ArgumentParser
internal import Autograd
internal import GraphModel

/// What is recorded of a program.
struct PolicyOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      How much of each pass: health, statistics, histograms, values or everything; or a policy as \
      JSON, or @ and the name of a file with one. (default: statistics)
      """,
      valueName: "policy"),
    completion: .list(RecordingPolicy.Detail.allCases.map(\.rawValue)), transform: policy(from:))
  var policy = RecordingPolicy()

  @Option(
    help: "The steps, such as 10-20, 10- or 10. (default: all)", transform: steps(from:))
  var steps: ClosedRange<Int>?

  @Option(help: "Record one step of so many.")
  var every: Int?

  @Option(
    help: ArgumentHelp(
      "The nodes whose elements are recorded: a pattern with * for name, module or parameter.",
      valueName: "pattern"))
  var nodes: [String] = []

  @Option(
    help: ArgumentHelp(
      "Record everything from the step on where this is seen: nonfinite, nan or norm>X.",
      valueName: "condition"),
    transform: trigger(from:))
  var trigger: [RecordingPolicy.Trigger] = []

  @Option(help: ArgumentHelp("Record everything of so many steps before, too.", valueName: "steps"))
  var before: Int?

  @Flag(help: "Record the results of the forward pass, too.")
  var forward = false

  @Option(
    help: ArgumentHelp(
      "The most that the recording takes, such as 500MB; the oldest passes make room.",
      valueName: "size"),
    transform: byteCount(from:))
  var limit: Int?

  /// The policy that the options make.
  func combined() throws -> RecordingPolicy {
    var result = policy
    if let steps {
      result.firstStep = steps.lowerBound
      result.lastStep = steps.upperBound == .max ? nil : steps.upperBound
    }
    if let every {
      guard every >= 1 else {
        throw ValidationError("--every is a number from 1 on, not \(every).")
      }
      result.everySteps = every
    }
    result.nodes += nodes
    result.triggers += trigger
    if let before {
      guard before >= 0 else {
        throw ValidationError("--before is a number from 0 on, not \(before).")
      }
      guard !result.triggers.isEmpty else {
        throw ValidationError("--before counts steps before a --trigger, and none is given.")
      }
      result.stepsBefore = before
    }
    if forward { result.forward = true }
    if let limit { result.sizeLimit = limit }
    return result
  }
}

/// A policy by its level of detail, as JSON, or from a file.
private func policy(from argument: String) throws -> RecordingPolicy {
  if let detail = RecordingPolicy.Detail(rawValue: argument) {
    return RecordingPolicy(detail: detail)
  }
  let isFile = argument.hasPrefix("@")
  guard isFile || argument.contains("{") else {
    let names = RecordingPolicy.Detail.allCases.map(\.rawValue).joined(separator: ", ")
    throw ValidationError("it is one of \(names), or JSON, or @ and a file's name.")
  }
  do {
    let json =
      isFile
      ? String(decoding: try readFile(String(argument.dropFirst()), limit: 1 << 20), as: UTF8.self)
      : argument
    return try RecordingPolicy(json: json)
  } catch {
    throw ValidationError("\(error)")
  }
}

/// Steps as people write them: `10-20`, `10-` or `10`.
private func steps(from argument: String) throws -> ClosedRange<Int> {
  let ends = argument.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
  let first = Int(ends[0]) ?? -1
  let last = ends.count == 1 ? first : ends[1].isEmpty ? Int.max : Int(ends[1]) ?? -1
  guard first >= 0, last >= first else {
    throw ValidationError("steps are A-B, A- or A, counted from 0.")
  }
  return first...last
}

private func trigger(from argument: String) throws -> RecordingPolicy.Trigger {
  guard let trigger = RecordingPolicy.Trigger(argument) else {
    throw ValidationError("a condition is nonfinite, nan or norm>X.")
  }
  return trigger
}

/// A size as people write it: `500MB`, `2GiB` or a number of bytes.
private func byteCount(from argument: String) throws -> Int {
  let text = argument.uppercased()
  let digits = text.prefix { $0.isNumber || $0 == "." }
  let units = [
    "": 1.0, "B": 1, "KB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12, "K": 0x1p10, "M": 0x1p20,
    "G": 0x1p30, "T": 0x1p40, "KIB": 0x1p10, "MIB": 0x1p20, "GIB": 0x1p30, "TIB": 0x1p40,
  ]
  let unit = text.dropFirst(digits.count).drop { $0 == " " }
  guard let number = Double(digits), let factor = units[String(unit)],
    let bytes = Int(exactly: (number * factor).rounded())
  else { throw ValidationError("a size is a number and B, KB, MB, GB, KiB, MiB or GiB.") }
  // Less has no room for the tables themselves and a pass.
  guard bytes >= 1 << 20 else { throw ValidationError("a recording takes 1 MiB at least.") }
  return bytes
}
