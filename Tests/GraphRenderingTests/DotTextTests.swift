// The DOT text: golden, in styles, and with names that would speak to Graphviz.

import GraphModel
import Testing

@testable import GraphRendering

@Suite("DOT text")
struct DotTextTests {
  /// A drawing with every kind of box and arrow.
  static let small = DotGraph(statements: [
    .node(id: .tensor(0), label: "\n (2, 3)", fillColor: DotGraph.FillColor.root),
    .edge(from: .node(0), to: .tensor(1), attributes: .init(dir: "none")),
    .node(id: .tensor(1), label: "self\n (2, 3)", fillColor: DotGraph.FillColor.saved),
    .node(id: .node(0), label: "SinBackward0", fillColor: nil),
    .edge(from: .node(0), to: .tensor(0)),
    .node(id: .tensor(2), label: "b\n (6)", fillColor: DotGraph.FillColor.base),
    .edge(from: .tensor(2), to: .tensor(0), attributes: .init(style: "dotted")),
  ])

  @Test("is python-graphviz's")
  func golden() {
    #expect(
      Self.small.source == """
        digraph {
        \tgraph [size="12,12"]
        \tnode [align=left fontname=monospace fontsize=10 height=0.2 ranksep=0.1 shape=box style=filled]
        \ttensor0 [label="
         (2, 3)" fillcolor=darkolivegreen1]
        \tnode0 -> tensor1 [dir=none]
        \ttensor1 [label="self
         (2, 3)" fillcolor=orange]
        \tnode0 [label=SinBackward0]
        \tnode0 -> tensor0
        \ttensor2 [label="b
         (6)" fillcolor=darkolivegreen3]
        \ttensor2 -> tensor0 [style=dotted]
        }

        """)
  }

  @Test("in another style has that style's attributes and a legend of what is drawn")
  func styled() {
    let options = RenderOptions(direction: .leftToRight, theme: .print, legend: true)
    #expect(
      Self.small.source(options: options) == """
        digraph {
        \tgraph [size="12,12" rankdir=LR bgcolor=white]
        \tnode [align=left fontname=monospace fontsize=10 height=0.2 ranksep=0.1 shape=box \
        style=filled fillcolor=white]
        \ttensor0 [label="
         (2, 3)" fillcolor="#e4e4e4" style="filled,bold"]
        \tnode0 -> tensor1 [dir=none]
        \ttensor1 [label="self
         (2, 3)" fillcolor=white style="filled,dashed"]
        \tnode0 [label=SinBackward0]
        \tnode0 -> tensor0
        \ttensor2 [label="b
         (6)" fillcolor="#e4e4e4" style="filled,dotted"]
        \ttensor2 -> tensor0 [style=dotted]
        \tlegend0 [label="backward node" width=1.5]
        \tlegend1 [label="saved tensor" fillcolor=white style="filled,dashed" width=1.5]
        \tlegend2 [label="base of a view" fillcolor="#e4e4e4" style="filled,dotted" width=1.5]
        \tlegend3 [label=root fillcolor="#e4e4e4" style="filled,bold" width=1.5]
        \tlegend0 -> legend1 [style=invis]
        \tlegend1 -> legend2 [style=invis]
        \tlegend2 -> legend3 [style=invis]
        }

        """)
  }

  @Test("is the same every time", arguments: ReferenceCase.all.prefix(5))
  func deterministic(_ reference: ReferenceCase) {
    let first = makeDot(reference.graph, showAttrs: true, showSaved: true).source
    #expect(makeDot(reference.graph, showAttrs: true, showSaved: true).source == first)
  }

  @Test(
    "grows the picture with its statements as PyTorchViz does",
    arguments: [(80, "12,12"), (81, "12.15,12.15"), (87, "13.049999999999999,13.049999999999999")])
  func size(statements: Int, expected: String) {
    let node = DotGraph.Statement.node(id: .node(0), label: "a", fillColor: nil)
    let drawing = DotGraph(statements: Array(repeating: node, count: statements))
    #expect(drawing.source.contains("size=\"\(expected)\""))
  }

  @Test(
    "escapes what Graphviz or XML would take for its own",
    arguments: [
      (#"a\N\G\l"#, #"a\\N\\G\\l"#), ("&lt;", "&amp;lt;"), ("a\u{0}b\u{1F}\u{7F}", "a␀b␟␡"),
      ("a\tb\r\n", "a␉b␍\n"), ("\u{9B}\u{FFFE}", "\u{FFFD}\u{FFFD}"), ("é中😀", "é中😀"),
    ])
  func escapes(label: String, expected: String) {
    #expect(escaped(label) == expected)
  }

  @Test(
    "quotes all but words and numbers",
    arguments: [
      ("SinBackward0", "SinBackward0"), ("0.2", "0.2"), ("", "\"\""), ("<b>", "\"<b>\""),
      ("Node", "\"Node\""), ("12,12", "\"12,12\""), ("a\"]b", #""a\"]b""#), ("1a", "\"1a\""),
      ("é", "\"é\""), ("1.2.3", "\"1.2.3\""),
    ])
  func quotes(text: String, expected: String) {
    #expect(list([DotAttribute("label", text)]) == " [label=\(expected)]\n")
  }
}
