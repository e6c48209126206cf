// Overlays: what is drawn onto a graph, and what the legend says of it.

import GraphModel
import Testing

@testable import GraphRendering

@Suite("Overlays")
struct GraphOverlayTests {
  /// sum(w * x): one root, a node that is broken, a leaf, one that got nothing.
  static let graph = ComputationGraph(
    producer: .agviz, roots: [0],
    nodes: [
      .init(
        id: 0, name: "SumBackward0", kind: .backward, inputs: [.init(node: 1, output: 0)],
        outputs: [.init(shape: [], dtype: "float32")], sequence: 1),
      .init(
        id: 1, name: "MulBackward0", kind: .backward,
        inputs: [.init(node: 2, output: 0), .init(node: 3, output: 0)],
        outputs: [.init(shape: [2], dtype: "float32")], sequence: 0),
      .init(
        id: 2, name: "AccumulateGrad", kind: .accumulateGrad, inputs: [],
        outputs: [.init(shape: [2], dtype: "float32")], leaf: 1),
      .init(
        id: 3, name: "AccumulateGrad", kind: .accumulateGrad, inputs: [],
        outputs: [.init(shape: [2], dtype: "float32")], leaf: 2),
    ],
    tensors: [
      .init(
        id: 0, role: .root, shape: [], dtype: "float32", requiresGrad: true,
        gradFn: .init(node: 0, output: 0), storage: 0),
      .init(
        id: 1, role: .leaf, name: "w", shape: [2], dtype: "float32", requiresGrad: true,
        storage: 1),
      .init(
        id: 2, role: .leaf, name: "x", shape: [2], dtype: "float32", requiresGrad: true,
        storage: 2),
    ])

  static let overlay = GraphOverlay(
    title: "pass <3>", scale: .init("norm", of: [1, 16, 0, .nan]) { "\($0)" },
    nodes: [
      0: .init(.value(16), note: "16"), 1: .init(.origin, note: "1 NaN of 2"),
      2: .init(.broken), 3: .init(.absent),
    ],
    tensors: [0: .init(.plain, note: "= 3"), 1: .init(.broken), 2: .init(.zero, note: "0")],
    edges: [
      .init(node: 1, input: 0): .init(.broken, note: "0.5"),
      .init(node: 1, input: 1): .init(.absent),
    ])

  @Test("fills boxes, marks arrows, and says in a legend what that means")
  func golden() {
    #expect(
      // The legend is one line, which is broken here behind each cell.
      makeDot(Self.graph, overlay: Self.overlay).source.replacing("</TD>", with: "</TD>\n") == """
        digraph {
        \tgraph [size="12,12"]
        \tnode [align=left fontname=monospace fontsize=10 height=0.2 ranksep=0.1 shape=box \
        style=filled]
        \ttensor0 [label="
         ()
        = 3" fillcolor="#ffffff" fontcolor="#000000" penwidth=2]
        \tnode0 [label="SumBackward0
        16" fillcolor="#253494" fontcolor="#ffffff"]
        \tnode1 -> node0
        \tnode1 [label="MulBackward0
        1 NaN of 2" fillcolor="#c1121f" fontcolor="#ffffff" color="#c1121f" penwidth=3]
        \tnode2 -> node1 [label=0.5 fontname=monospace fontsize=8 fontcolor="#c1121f" \
        color="#c1121f" penwidth=2.5]
        \ttensor1 [label="w
         (2)" fillcolor="#fbdcdc" fontcolor="#000000" color="#c1121f" penwidth=2.5 \
        style="filled,rounded"]
        \ttensor1 -> node2 [color="#c1121f" penwidth=2.5]
        \tnode2 [label=AccumulateGrad fillcolor="#fbdcdc" fontcolor="#000000" color="#c1121f" \
        penwidth=2.5]
        \tnode3 -> node1 [color="#9aa0a6" style=dashed]
        \ttensor2 [label="x
         (2)
        0" fillcolor="#d3d6da" fontcolor="#000000" style="filled,rounded"]
        \ttensor2 -> node3
        \tnode3 [label=AccumulateGrad fillcolor="#ffffff" fontcolor="#9aa0a6" color="#9aa0a6" \
        style="filled,dashed"]
        \tnode0 -> tensor0
        \tlabel=<<TABLE BORDER="0" CELLSPACING="0" CELLPADDING="3"><TR><TD ALIGN="LEFT"><TABLE \
        BORDER="0" CELLSPACING="2" CELLPADDING="3"><TR><TD ALIGN="LEFT" BALIGN="LEFT"><FONT \
        COLOR="#1f2328">pass &lt;3&gt;</FONT></TD>
        </TR></TABLE></TD>
        </TR><TR><TD ALIGN="LEFT"><TABLE BORDER="0" CELLSPACING="2" CELLPADDING="3"><TR><TD \
        ALIGN="LEFT" BALIGN="LEFT"><FONT COLOR="#1f2328">norm</FONT></TD>
        <TD BORDER="1" COLOR="#1f2328" BGCOLOR="#edf8b1"><FONT COLOR="#000000">1.0</FONT></TD>
        <TD BORDER="1" COLOR="#1f2328" BGCOLOR="#a3dbb8"><FONT COLOR="#000000">2.0</FONT></TD>
        <TD BORDER="1" COLOR="#1f2328" BGCOLOR="#41b6c4"><FONT COLOR="#000000">4.0</FONT></TD>
        <TD BORDER="1" COLOR="#1f2328" BGCOLOR="#2078b4"><FONT COLOR="#ffffff">8.0</FONT></TD>
        <TD BORDER="1" COLOR="#1f2328" BGCOLOR="#253494"><FONT COLOR="#ffffff">16.0</FONT></TD>
        </TR></TABLE></TD>
        </TR><TR><TD ALIGN="LEFT"><TABLE BORDER="0" CELLSPACING="2" CELLPADDING="3"><TR><TD \
        BORDER="3" COLOR="#c1121f" BGCOLOR="#c1121f"><FONT COLOR="#ffffff">not finite from here \
        on</FONT></TD>
        <TD BORDER="3" COLOR="#c1121f" BGCOLOR="#fbdcdc"><FONT COLOR="#000000">not \
        finite</FONT></TD>
        <TD BORDER="1" COLOR="#1f2328" BGCOLOR="#d3d6da"><FONT COLOR="#000000">all zero</FONT></TD>
        <TD BORDER="1" COLOR="#9aa0a6" BGCOLOR="#ffffff" STYLE="dashed"><FONT \
        COLOR="#9aa0a6">did not run</FONT></TD>
        <TD BORDER="1" COLOR="#1f2328" BGCOLOR="#ffffff" STYLE="rounded"><FONT \
        COLOR="#000000">leaf</FONT></TD>
        <TD BORDER="2" COLOR="#1f2328" BGCOLOR="#ffffff"><FONT COLOR="#000000">root</FONT></TD>
        </TR></TABLE></TD>
        </TR></TABLE>>
        \tlabelloc=t
        \tlabeljust=l
        \tfontname=monospace
        \tfontsize=10
        }

        """)
  }

  @Test("leaves PyTorchViz's picture as it is where there is none")
  func without() {
    let plain = makeDot(Self.graph).source
    #expect(plain.contains("fillcolor=darkolivegreen1"))
    #expect(!plain.contains("label=<"))
  }

  @Test(
    "takes no name for markup, in boxes or in the legend", arguments: ["<b>x</b>", "a\"b", "&lt;"])
  func hostileNames(name: String) throws {
    var overlay = Self.overlay
    overlay.title = name
    overlay.nodes[0]!.note = name
    let drawing = makeDot(Self.graph, overlay: overlay)
    let picture = String(decoding: try drawing.render(format: .svg), as: UTF8.self)
    #expect(!picture.contains("<b>"))
  }

  @Test("is drawn in every theme", arguments: RenderOptions.Theme.allCases)
  func themes(theme: RenderOptions.Theme) throws {
    let drawing = makeDot(Self.graph, overlay: Self.overlay)
    let picture = try drawing.render(format: .svg, options: RenderOptions(theme: theme))
    let text = String(decoding: picture, as: UTF8.self)
    for part in ["1 NaN of 2", "not finite from here on", "did not run", "all zero"] {
      #expect(text.contains(part.replacing(" ", with: "&#160;")) || text.contains(part))
    }
  }

  @Test("has a scale from the smallest positive value to the largest")
  func scale() throws {
    let scale = try #require(
      GraphOverlay.Scale("x", of: [1, 10_000, 0, -3, .infinity]) { "\($0)" })
    #expect(scale.lower == 1)
    #expect(scale.upper == 10_000)
    #expect(scale.ticks.first?.value == 1)
    #expect(scale.ticks.last?.value == 10_000)
    #expect(scale.position(of: 1) == 0)
    #expect(scale.position(of: 10_000) == 1)
    #expect(abs(scale.position(of: 100) - 0.5) < 1e-12)
    #expect(scale.position(of: 1e9) == 1)
    #expect(scale.position(of: 0) == 0)
    let positions = [1, 2, 30, 400, 5000].map { scale.position(of: $0) }
    #expect(positions == positions.sorted())
  }

  @Test("has no scale of no values, and one tick for one value")
  func smallScales() throws {
    #expect(GraphOverlay.Scale("x", of: [0, .nan, -1]) { "\($0)" } == nil)
    let one = try #require(GraphOverlay.Scale("x", of: [3, 3]) { "\($0)" })
    #expect(one.ticks.count == 1)
    #expect(one.position(of: 3) == 0.5)
  }

  @Test(
    "keeps the order of its colours in grey, and its texts readable",
    arguments: [
      OverlayStyle.light, .dark, .print,
    ])
  func colors(style: OverlayStyle) throws {
    let scale = try #require(GraphOverlay.Scale("x", of: [1, 1024]) { "\($0)" })
    let steps = (0...20).map { style.color(at: Double($0) / 20).luminance }
    #expect(steps == steps.sorted() || steps == steps.sorted(by: >))
    let levels: [GraphOverlay.Level] =
      (0...10).map { .value(Double(1 << $0)) } + [.plain, .sound, .zero, .broken, .origin]
    for level in levels {
      let look = style.look(nil, level, scale)
      let (a, b) = (look.fill.luminance + 0.05, look.text.luminance + 0.05)
      // WCAG 2.2, level AA for text.
      #expect(max(a, b) / min(a, b) >= 4.5, "\(level)")
    }
  }
}
