// Gradients that come back along several ways and cancel.

internal import GraphModel

/// Finds sums of gradients that are far smaller than what is summed, all the time.
enum Cancellation {
  static func findings(_ passes: [DetailedPass], _ examination: Examination) -> [Finding] {
    guard passes.count >= Thresholds.zeroPasses else { return [] }
    var sums: [Spot: [Sum]] = [:]
    for pass in passes {
      let shares = Dictionary(grouping: pass.contributions) { [$0.order, $0.output] }
      for (at, shares) in shares where pass.calls.indices.contains(at[0]) {
        guard let sum = pass.measurement(.gradOutput, at[1], at: at[0])?.statistics else {
          continue
        }
        let node = pass.calls[at[0]].node
        let total = shares.reduce(0) { $0 + $1.norm }
        guard total.isFinite, total > 0, sum.norm.isFinite else { continue }
        let sources = shares.compactMap { share in
          share.source.flatMap { source in
            pass.calls.indices.contains(source.order) ? pass.calls[source.order].node : nil
          }
        }
        sums[Spot(graph: pass.pass.graph, node: node, output: at[1]), default: []].append(
          Sum(pass: pass, norm: sum.norm, shares: shares.map(\.norm), sources: sources))
      }
    }
    // A leaf before what lies between.
    return sums.filter { spot, found in
      found.count == passes.count { $0.pass.graph == spot.graph }
        && found.count >= Thresholds.zeroPasses
        && found.allSatisfy { $0.norm <= Thresholds.cancellation * $0.shares.reduce(0, +) }
    }.map { spot, found in finding(spot, found, examination) }
      .sorted {
        ($0.node?.leaf == nil ? 1 : 0, $0.node?.node ?? 0) < (
          $1.node?.leaf == nil ? 1 : 0, $1.node?.node ?? 0
        )
      }
  }

  private struct Spot: Hashable {
    var graph: Int
    var node: Int
    var output: Int
  }

  private struct Sum {
    var pass: DetailedPass
    var norm: Double
    var shares: [Double]
    var sources: [Int]
  }

  private static func finding(
    _ spot: Spot, _ found: [Sum], _ examination: Examination
  ) -> Finding {
    let first = found[0]
    let structure = first.pass.structure
    let isLeaf = structure.graph.nodes[spot.node].kind == .accumulateGrad
    let what = isLeaf ? structure.leafText(spot.node) : structure.text(spot.node)
    let shares = zip(first.shares, first.sources).map {
      "\(text($0)) from \(structure.text($1))"
    }
    return Finding(
      .cancellingGradients,
      "\(what) is used \(first.shares.count == 2 ? "twice" : "\(first.shares.count) times"), and "
        + "the contributions to its gradient cancel",
      evidence: [
        "norms: \(listed(shares.isEmpty ? first.shares.map(text) : shares)); of their sum: "
          + "\(text(first.norm)) (step \(first.pass.pass.step))",
        "so it is in all \(counted(found.count, "pass", "passes")) that were looked at",
      ],
      node: try? examination.place(spot.node, of: spot.graph),
      parameters: structure.leafName(spot.node).map { [$0] } ?? [], pass: first.pass.pass)
  }
}
