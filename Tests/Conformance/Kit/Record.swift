// What a worker tells the process that started it, a line a record.

/// A record of a worker's output.
enum Record: Equatable {
  /// The program in this line of the file, counted from 0, is about to run.
  case program(line: Int, name: String)
  /// This step is about to run.
  case step(Int)
  /// The program that runs did as PyTorch did.
  case passed(note: String)
  /// The program that runs did not.
  case failed(String)
  /// The engine has no such operator.
  case unsupported(String)
  /// There are no more programs.
  case finished

  /// The record as a line, without its end.
  var line: String {
    let fields: [String] =
      switch self {
      case .program(let line, let name): ["program", "\(line)", name]
      case .step(let step): ["step", "\(step)"]
      case .passed(let note): ["passed", note]
      case .failed(let why): ["failed", why]
      case .unsupported(let what): ["unsupported", what]
      case .finished: ["finished"]
      }
    return fields.map(Record.escaped).joined(separator: "\t")
  }

  /// Reads a line; nil for one that is no record.
  init?(line: some StringProtocol) {
    let fields = line.split(separator: "\t", omittingEmptySubsequences: false).map {
      Record.unescaped(String($0))
    }
    switch (fields[0], fields.count) {
    case ("program", 3):
      guard let line = Int(fields[1]) else { return nil }
      self = .program(line: line, name: fields[2])
    case ("step", 2):
      guard let step = Int(fields[1]) else { return nil }
      self = .step(step)
    case ("passed", 2): self = .passed(note: fields[1])
    case ("failed", 2): self = .failed(fields[1])
    case ("unsupported", 2): self = .unsupported(fields[1])
    case ("finished", 1): self = .finished
    default: return nil
    }
  }

  private static func escaped(_ text: String) -> String {
    text.replacing("\\", with: "\\\\").replacing("\n", with: "\\n").replacing("\t", with: "\\t")
  }

  private static func unescaped(_ text: String) -> String {
    text.split(separator: "\\\\", omittingEmptySubsequences: false)
      .map { $0.replacing("\\n", with: "\n").replacing("\\t", with: "\t") }
      .joined(separator: "\\")
  }
}
