// Where the prompt's lines come from: a terminal with history and completion, or a file.

internal import CEdit
internal import Glibc
internal import GraphModel

/// Lines from a terminal, edited by libedit.
@MainActor
final class LineEditor {
  private let prompt: String
  /// Nil where nothing is kept.
  private let history: PromptHistory?
  /// What may complete the last word of a line.
  private static var completions: (String) -> [String] = { _ in [] }
  private static var candidates: [String] = []

  init(prompt: String) {
    self.prompt = prompt
    history = PromptHistory { getenv($0).map { String(cString: $0) } }
    edit_set_completer { line, number in
      guard let line else { return nil }
      let text = String(cString: line)
      // libedit asks within `readLine`, on the thread that called it.
      let word = MainActor.assumeIsolated { LineEditor.candidate(text, Int(number)) }
      return word.map { strdup($0) }
    }
  }

  private static func candidate(_ line: String, _ number: Int) -> String? {
    if number == 0 { candidates = completions(line) }
    return candidates.indices.contains(number) ? candidates[number] : nil
  }

  /// The next line; nil at the end of input.
  func readLine(completions: @escaping (String) -> [String]) -> String? {
    Self.completions = completions
    guard let line = edit_read_line(prompt) else { return nil }
    defer { free(line) }
    let text = String(cString: line)
    if !text.trimmed.isEmpty {
      edit_add_history(line)
      history?.save()
    }
    return text
  }
}
