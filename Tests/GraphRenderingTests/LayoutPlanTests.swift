// The measure of a drawing, on which it depends where and how it is laid out.

import GraphModel
import Testing

@testable import GraphRendering

@Suite("Layout plan")
struct LayoutPlanTests {
  /// Arrows between numbered boxes.
  static func drawing(_ arrows: [(Int, Int)]) -> DotGraph {
    DotGraph(statements: arrows.map { .edge(from: .node($0), to: .node($1)) })
  }

  @Test("measures ranks, the longest arrow and virtual nodes")
  func extent() {
    // A way of four boxes, an arrow past two of them, and a box that hangs on the second.
    let extent = DotExtent(Self.drawing([(0, 1), (1, 2), (2, 3), (0, 3), (1, 4)]))
    #expect(extent.nodes == 5)
    #expect(extent.edges == 5)
    #expect(extent.ranks == 4)
    #expect(extent.longestEdge == 3)
    #expect(extent.virtualNodes == 2)
  }

  @Test("turns the arrow that closes a cycle")
  func cycle() {
    let extent = DotExtent(Self.drawing([(0, 1), (1, 2), (2, 3), (3, 0), (2, 2)]))
    #expect(extent.ranks == 4)
    #expect(extent.virtualNodes == 2)
  }

  @Test("measures labels")
  func labels() {
    let extent = DotExtent(
      DotGraph(statements: [
        .node(id: .node(0), label: "a\n\néé", fillColor: nil),
        .node(id: .node(0), label: "abcde", fillColor: nil),
      ]))
    #expect(extent.nodes == 1)
    #expect(extent.labelLines == 3)
    #expect(extent.labelWidth == 5)
    #expect(extent.labelBytes == 12)
  }

  @Test("an empty drawing measures nothing")
  func empty() {
    #expect(DotExtent(DotGraph(statements: [])) == DotExtent())
  }

  @Test(
    "goes from this process to a child, then to straight edges and haste",
    arguments: [
      (DotExtent(nodes: 20, edges: 20, virtualNodes: 10), false, []),
      (DotExtent(nodes: 301, edges: 300), true, []),
      (DotExtent(nodes: 20, edges: 20, labelBytes: 200_000), true, []),
      (DotExtent(nodes: 600, edges: 600), true, ["newrank", "nslimit"]),
      (
        DotExtent(nodes: 600, edges: 600, longestEdge: 400), true,
        ["newrank", "nslimit", "splines"]
      ),
      (
        DotExtent(nodes: 6_000, edges: 6_000), true,
        ["newrank", "nslimit", "nslimit1", "mclimit", "splines"]
      ),
    ])
  func plan(extent: DotExtent, isIsolated: Bool, attributes: [String]) {
    let plan = LayoutPlan(extent)
    #expect(plan.isIsolated == isIsolated)
    #expect(plan.attributes.map(\.name) == attributes)
  }
}
