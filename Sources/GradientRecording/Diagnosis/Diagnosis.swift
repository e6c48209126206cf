// What went wrong in a recorded program, and what shows it: the most fundamental first.

internal import Foundation

/// What is wrong in a recorded program.
///
/// ```swift
/// let diagnosis = try Diagnosis(of: Recording(contentsOf: "run.agviz"))
/// print(diagnosis)
/// // exploding gradients since step 3: 4.9 times larger each step; d leads
/// ```
///
/// A large recording is looked at in samples. What the recording does not tell, such as norms where
/// the policy asked for health only, is not guessed: nothing is found there.
public struct Diagnosis: Sendable, Hashable, Codable, CustomStringConvertible {
  /// What is wrong, the most fundamental first; empty where nothing is.
  public var findings: [Finding]
  /// What is worth knowing and no fault, such as frozen parameters.
  public var notes: [String]
  /// How many passes there are.
  public var passCount: Int
  /// The steps of the first and the last of them.
  public var steps: ClosedRange<Int>?

  /// Looks for what is wrong.
  public init(of recording: Recording) throws {
    let examination = try Examination(recording)
    passCount = recording.passes.count
    steps = recording.passes.map(\.step).min().map { first in
      first...recording.passes.map(\.step).max()!
    }
    let missing = try MissingGradients(examination)
    notes = missing.notes
    var found = missing.findings
    let series = try LeafSeries(examination)
    found += Accumulation.findings(series, examination)
    let growth = GrowthOverSteps.findings(series, examination)
    found += growth
    found += try NonFinite.findings(examination, series, isAfterGrowth: !growth.isEmpty)
    let passes = try examination.detailedPasses()
    found += Broadcasting.findings(examination)
    found += GrowthThroughDepth.findings(passes, examination)
    let zero = ZeroGradients.findings(passes, examination)
    found += zero
    // A layer that is dead as a whole is what zeroes the gradients before it.
    found += DeadUnits.findings(passes, examination).filter { dead in
      !zero.contains { $0.node == dead.node }
    }
    found += Cancellation.findings(passes, examination)
    findings = Diagnosis.ranked(found)
  }

  /// The more fundamental first: what explains another before that.
  private static func ranked(_ found: [Finding]) -> [Finding] {
    let isGrowing = found.contains { $0.kind == .explodingGradients }
    func rank(_ finding: Finding) -> Int {
      // Without growth before it, a value that is not finite is what people look for.
      if finding.kind == .nonFinite, !isGrowing { return -1 }
      return Finding.Kind.allCases.firstIndex(of: finding.kind)!
    }
    return found.enumerated().sorted {
      (rank($0.element), $0.offset) < (rank($1.element), $1.offset)
    }.map(\.element)
  }

  /// Whether nothing is wrong.
  public var isHealthy: Bool { findings.isEmpty }

  /// The findings as people read them, in one screen: the first in full, the others as far as there
  /// is room.
  public var description: String { text(lines: 40) }

  /// As `description`, in at most so many lines, of which the first findings take what they need.
  func text(lines limit: Int) -> String {
    if findings.isEmpty {
      let over = steps.map {
        $0.lowerBound == $0.upperBound ? "" : ", steps \($0.lowerBound) to \($0.upperBound)"
      }
      return
        (["nothing wrong found in \(counted(passCount, "pass", "passes"))\(over ?? "")"]
        + notes.map { "note: \($0)" }).joined(separator: "\n")
    }
    var lines: [String] = []
    for (number, finding) in findings.enumerated() {
      let head = "\(number + 1). \(finding.summary)"
      let body = finding.evidence.map { "   \($0)" }
      let room = limit - lines.count - (findings.count - number)
      lines.append(head)
      if body.count <= room {
        lines += body
      } else if room > 1 {
        lines += body.prefix(room - 1) + ["   …"]
      }
    }
    return (lines + notes.map { "note: \($0)" }).joined(separator: "\n")
  }

  /// The diagnosis as a JSON object.
  public var json: String { jsonText(self) }
}

/// A value as JSON; numbers that are not finite as strings.
func jsonText(_ value: some Encodable) -> String {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
  encoder.nonConformingFloatEncodingStrategy = .convertToString(
    positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
  // Every value that a diagnosis holds can be encoded.
  return String(decoding: try! encoder.encode(value), as: UTF8.self)
}
