// Every piece of Swift in an article is compiled: it stands in ArticleCode.swift, line for line.

import Foundation
import Testing

private let here = URL(filePath: #filePath).deletingLastPathComponent()
private let articles = here.appending(path: "../../Documentation/agviz.docc").standardizedFileURL

/// The lines of a text without what they are indented by.
private func lines(_ text: String) -> [String] {
  text.split(separator: "\n", omittingEmptySubsequences: true)
    .map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
}

@Test(arguments: ["FromPyTorch.md"])
func `what an article shows is compiled`(article: String) throws {
  let text = try String(contentsOf: articles.appending(path: article), encoding: .utf8)
  let code = try lines(
    String(contentsOf: here.appending(path: "ArticleCode.swift"), encoding: .utf8))
  let blocks = text.matches(of: /```swift\n([\s\S]*?)```/).map { lines(String($0.1)) }
  #expect(blocks.count > 8)
  for block in blocks {
    #expect(
      code.indices.contains { code[$0...].starts(with: block) },
      "not compiled: \(block.joined(separator: "\n"))")
  }
}
