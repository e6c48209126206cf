// What many programs' verdicts come to.

/// Sums up the verdicts on many programs.
public enum ConformanceSummary {
  /// A line that names the operators that were missing, with the programs that lacked each; nil
  /// when none was.
  public static func missingOperators(_ results: [ProgramResult]) -> String? {
    var counts: [String: Int] = [:]
    for result in results {
      if case .unsupported(let operation) = result.verdict { counts[operation, default: 0] += 1 }
    }
    guard !counts.isEmpty else { return nil }
    let parts = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
      .map { "\($0.key) (\($0.value))" }
    return "not yet supported: " + parts.joined(separator: ", ")
  }
}
