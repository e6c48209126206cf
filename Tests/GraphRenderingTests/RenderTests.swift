// Pictures: their form, what hostile names become in them, and what is refused.

import Foundation
import FoundationXML
import GraphModel
import Testing

@testable import GraphRendering

@Suite("Rendering")
struct RenderTests {
  @Test(
    "gives each format's bytes", arguments: [(ImageFormat.png, "\u{89}PNG"), (.pdf, "%PDF-")])
  func formats(format: ImageFormat, start: String) throws {
    let bytes = try DotTextTests.small.render(format: format)
    #expect(bytes.starts(with: start.unicodeScalars.map { UInt8($0.value) }))
  }

  @Test("the DOT format is the text")
  func dot() throws {
    let options = RenderOptions(theme: .dark)
    let bytes = try DotTextTests.small.render(format: .dot, options: options)
    #expect(bytes == Array(DotTextTests.small.source(options: options).utf8))
  }

  @Test("draws every box and arrow in SVG", arguments: ReferenceCase.all)
  func complete(_ reference: ReferenceCase) throws {
    let drawing = makeDot(reference.graph, showAttrs: true, showSaved: true)
    let svg = try Picture(svg: drawing.render(format: .svg))
    let extent = DotExtent(drawing)
    #expect(svg.classes["node"] == extent.nodes)
    #expect(svg.classes["edge", default: 0] == extent.edges)
  }

  @Test(
    "draws every style",
    arguments: RenderOptions.Theme.allCases, RenderOptions.Direction.allCases)
  func styles(theme: RenderOptions.Theme, direction: RenderOptions.Direction) throws {
    let options = RenderOptions(direction: direction, theme: theme, legend: true)
    let svg = try Picture(svg: DotTextTests.small.render(format: .svg, options: options))
    #expect(svg.texts.contains("saved tensor"))
    #expect(!svg.texts.contains("leaf"))
  }

  @Test("the same drawing gives the same SVG")
  func deterministic() throws {
    let first = try DotTextTests.small.render(format: .svg)
    #expect(try DotTextTests.small.render(format: .svg) == first)
  }

  static let hostile = [
    #"a"][URL="http://example.com" image="/etc/passwd"]"#, "<b>bold</b>", "<<b>html</b>>",
    "</text><script>alert(1)</script>", "]]><!--", "&lt;script&gt; &#60; &amp; &nbsp; &",
    #"\N \G \E \T \H \L \l \r \n \\ \"#, #"\" ; "#, "ends with \\", "\u{0}\u{1}\u{8}\u{1B}\u{1F}",
    "\u{7F}\u{80}\u{9F}\u{FFFE}\u{FFFF}\u{FEFF}\u{202E}", "line\nbreak\r\n\ttab", "é中😀\u{301}",
    "{a|b}", "<f0> port", "a:b:c", "%s%n%d", "node", "-- > ->", "/* comment */ // # c",
    "'quotes' \"double\"", String(repeating: "W", count: 5_000),
  ]

  @Test("a hostile name stays text in a picture", arguments: hostile)
  func hostileNames(name: String) throws {
    var graph = ComputationGraph.chain(1)
    graph.tensors[0].name = name
    graph.nodes[0].name = name
    graph.nodes[0].attributes = [name: .string(name)]
    let drawing = makeDot(graph, showAttrs: true, maxAttrChars: 10_000)
    let svg = try Picture(svg: drawing.render(format: .svg))
    #expect(svg.elements.isSubset(of: ["svg", "g", "title", "polygon", "path", "text"]))
    #expect(
      svg.attributes.isDisjoint(with: ["href", "xlink:href", "onload", "onclick", "src"]))
    #expect(svg.classes == ["graph": 1, "node": 2, "edge": 1])

    // What can be shown is shown: the first line of the name, character by character.
    let firstLine = name.split(separator: "\n", omittingEmptySubsequences: false)[0]
    if name.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value < 0x7F }), name.count < 1_000 {
      #expect(svg.texts.contains(String(firstLine)))
    }
    _ = try drawing.render(format: .pdf)
  }

  @Test("random names give pictures that are XML")
  func fuzz() throws {
    var random = SplitMix(state: 42)
    let alphabet = Array("\"\\<>&;{}|[]=#\n\r\t\u{0}\u{1}lNGx '-!é\u{200F}\u{1F600}".unicodeScalars)
    for _ in 0..<200 {
      var name = String.UnicodeScalarView()
      for _ in 0..<Int.random(in: 0..<20, using: &random) {
        name.append(alphabet.randomElement(using: &random)!)
      }
      var graph = ComputationGraph.chain(2)
      graph.tensors[0].name = String(name)
      graph.nodes[0].name = String(name)
      graph.nodes[1].attributes = ["a": .string(String(name)), String(name): .none]
      let svg = try Picture(svg: makeDot(graph, showAttrs: true).render(format: .svg))
      #expect(
        svg.classes == ["graph": 1, "node": 3, "edge": 2], "\(String(name).debugDescription)")
    }
  }

  @Test("a graph in a child process gives the same picture")
  func isolated() throws {
    // One box more than is drawn in this process.
    let drawing = makeDot(.chain(310))
    #expect(LayoutPlan(DotExtent(drawing)).isIsolated)
    let svg = try Picture(svg: drawing.render(format: .svg))
    #expect(svg.classes == ["graph": 1, "node": 311, "edge": 310])
  }

  @Test("a deep graph is drawn on a large stack")
  func deep() throws {
    let svg = try Picture(svg: makeDot(.chain(10_000)).render(format: .svg))
    #expect(svg.classes["node"] == 10_001)
  }

  @Test("threads may draw at once")
  func concurrent() async throws {
    let small = try DotTextTests.small.render(format: .svg)
    try await withThrowingTaskGroup(of: Bool.self) { group in
      for number in 0..<16 {
        group.addTask {
          if number % 4 == 0 {
            return try !makeDot(.chain(400)).render(format: .svg).isEmpty
          }
          return try DotTextTests.small.render(format: .svg) == small
        }
      }
      for try await isRight in group { #expect(isRight) }
    }
  }

  @Test("an empty graph gives an empty picture")
  func empty() throws {
    let svg = try Picture(svg: DotGraph(statements: []).render(format: .svg))
    #expect(svg.classes == ["graph": 1])
  }

  @Test("a graph that is too deep is refused before the layout, and has its text")
  func tooDeep() throws {
    let drawing = makeDot(.chain(40_000))
    let error = try #require(throws: RenderingError.self) {
      _ = try drawing.render(format: .svg)
    }
    #expect(error.code == .tooLarge)
    #expect(error.message.contains("40001 boxes deep"))
    #expect(error.message.contains("32767"))
    #expect(error.message.contains("--format dot"))
    #expect(try !drawing.render(format: .dot).isEmpty)
  }

  @Test("a label that is too wide or too long is refused")
  func tooWide() throws {
    let wide = String(repeating: "a", count: 11_000)
    let long = String(repeating: "\n", count: 33_000)
    for (label, number) in [(wide, "11000"), (long, "33001")] {
      let drawing = DotGraph(statements: [.node(id: .node(0), label: label, fillColor: nil)])
      let error = try #require(throws: RenderingError.self) {
        _ = try drawing.render(format: .svg)
      }
      #expect(error.code == .tooLarge)
      #expect(error.message.contains(number))
    }
  }

  @Test("what Graphviz finds too wide is an error with its words")
  func tooWideForGraphviz() throws {
    // Two neighbours in one rank; their characters are twice as wide as letters.
    let label = String(repeating: "中", count: 9_000)
    let drawing = DotGraph(
      statements: (0..<2).map { .node(id: .node($0), label: label, fillColor: nil) })
    let error = try #require(throws: RenderingError.self) {
      _ = try drawing.render(format: .svg)
    }
    #expect(error.code == .refused)
    #expect(error.message.contains("65535"))
  }

  /// Rows of boxes, each joined to the sixty rows below.
  static var tangle: DotGraph {
    var statements: [DotGraph.Statement] = []
    for row in 0..<3_000 {
      for next in row + 1..<min(3_000, row + 60) {
        statements.append(.edge(from: .node(row), to: .node(next)))
      }
    }
    return DotGraph(statements: statements)
  }

  @Test("a layout that takes too long is given up")
  func outOfTime() throws {
    let options = RenderOptions(limits: RenderLimits(seconds: 1))
    let error = try #require(throws: RenderingError.self) {
      _ = try Self.tangle.render(format: .svg, options: options)
    }
    #expect(error.code == .outOfTime)
    #expect(error.message.contains("1 s."))
  }

  @Test("a layout that takes too much memory is given up")
  func outOfMemory() throws {
    let options = RenderOptions(limits: RenderLimits(memory: 100 << 20))
    let error = try #require(throws: RenderingError.self) {
      _ = try Self.tangle.render(format: .svg, options: options)
    }
    #expect(error.code == .outOfMemory)
    #expect(error.message.contains("100 MiB"))
  }
}

/// A small generator of random numbers (Steele, Lea and Flood, 2014), for tests that repeat.
private struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

/// What an SVG consists of; fails to be made from what is not XML.
private final class Picture: NSObject, XMLParserDelegate {
  var elements: Set<String> = []
  var attributes: Set<String> = []
  var classes: [String: Int] = [:]
  var texts: [String] = []
  private var isInText = false

  init(svg: [UInt8]) throws {
    super.init()
    let parser = XMLParser(data: Data(svg))
    parser.delegate = self
    parser.shouldResolveExternalEntities = false
    guard parser.parse() else { throw parser.parserError ?? Mismatch() }
  }

  func parser(
    _ parser: XMLParser, didStartElement element: String, namespaceURI: String?,
    qualifiedName: String?, attributes: [String: String]
  ) {
    elements.insert(element)
    self.attributes.formUnion(attributes.keys)
    if let name = attributes["class"] { classes[name, default: 0] += 1 }
    isInText = element == "text"
    if isInText { texts.append("") }
  }

  func parser(_ parser: XMLParser, foundCharacters text: String) {
    if isInText { texts[texts.count - 1] += text }
  }

  func parser(
    _ parser: XMLParser, didEndElement element: String, namespaceURI: String?,
    qualifiedName: String?
  ) {
    isInText = false
  }
}
