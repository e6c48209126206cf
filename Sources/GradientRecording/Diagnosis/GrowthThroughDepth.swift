// Gradients that grow or decay from layer to layer.

internal import Foundation
internal import GraphModel

/// Finds what a network's depth does to gradients.
enum GrowthThroughDepth {
  static func findings(_ passes: [DetailedPass], _ examination: Examination) -> [Finding] {
    let chains = passes.compactMap { Chain($0) }
    // A passing state is none of the network's making.
    guard let first = chains.first, 2 * chains.count > passes.count else { return [] }
    let alike = chains.filter { $0.isGrowing == first.isGrowing }
    guard 2 * alike.count > passes.count else { return [] }
    let structure = first.pass.structure
    let (near, far) = (first.links[0], first.links.last!)
    let onset = first.onset
    let layers = first.links.count
    let verb = first.isGrowing ? "exploding" : "vanishing"
    let change =
      first.isGrowing
      ? "\(text(first.factor)) times larger" : "\(text(1 / first.factor)) times smaller"
    var evidence = [
      "over \(layers) layers of \(structure.name(near.node)) its norm goes from "
        + "\(text(near.norm)) to \(text(far.norm)) (step \(first.pass.pass.step))",
      "nearest to the loss: \(structure.text(near.node)); farthest: \(structure.text(far.node))",
    ]
    if let (strong, weak) = first.parameters {
      evidence.append(
        "norm per element: \(text(strong.size)) in \(structure.leafText(strong.node)), "
          + "\(text(weak.size)) in \(structure.leafText(weak.node))")
    }
    if alike.count > 1 {
      evidence.append("so it is in \(alike.count) of the \(passes.count) passes looked at")
    }
    return [
      Finding(
        first.isGrowing ? .explodingThroughDepth : .vanishingThroughDepth,
        "\(verb) gradients through depth: \(change) each layer, from "
          + "\(structure.text(onset.node)) on",
        evidence: evidence, node: try? examination.place(onset.node, of: first.pass.pass.graph),
        parameters: first.parameters.flatMap { pair in
          structure.leafName(first.isGrowing ? pair.strong.node : pair.weak.node).map { [$0] }
        } ?? [], pass: first.pass.pass, factor: first.factor)
    ]
  }
}

/// Layers of one kind, in the order in which a pass ran through them, whose gradients change too much.
private struct Chain {
  struct Link {
    var node: Int
    var norm: Double
  }

  struct Parameter {
    var node: Int
    /// The root of the mean square of its gradient's elements.
    var size: Double
  }

  var pass: DetailedPass
  var links: [Link]
  var isGrowing: Bool
  /// How many times larger the gradient becomes at each layer: the geometric mean.
  var factor: Double
  var parameters: (strong: Parameter, weak: Parameter)?

  init?(_ pass: DetailedPass) {
    self.pass = pass
    let families = Chain.families(pass)
    // The longest way says most.
    for family in families.sorted(by: { $0.count > $1.count }) {
      guard family.count >= Thresholds.depth else { break }
      guard let first = family.first?.norm, let last = family.last?.norm, first > 0 else {
        continue
      }
      let ratio = last / first
      guard ratio >= Thresholds.depthFactor || ratio <= 1 / Thresholds.depthFactor else { continue }
      let isGrowing = ratio > 1
      let steps = zip(family, family.dropFirst())
      let along = steps.count { isGrowing ? $0.norm <= $1.norm : $0.norm >= $1.norm }
      guard Double(along) >= Thresholds.upwardShare * Double(family.count - 1) else { continue }
      guard let parameters = Chain.parameters(pass, isGrowing: isGrowing) else { continue }
      links = family
      self.isGrowing = isGrowing
      // What underflowed to zero has no rate: that of what came before it.
      let measured = family.prefix { $0.norm > 0 }
      factor = pow(measured.last!.norm / first, 1 / Double(max(measured.count - 1, 1)))
      self.parameters = parameters
      return
    }
    return nil
  }

  /// The nodes of one name and shape, each with the gradient that it took.
  private static func families(_ pass: DetailedPass) -> [[Link]] {
    struct Kind: Hashable {
      var name: String
      var shape: [Int]
    }
    var families: [Kind: [Link]] = [:]
    for call in pass.calls {
      let node = pass.structure.graph.nodes[call.node]
      guard node.kind != .accumulateGrad,
        let taken = pass.measurement(.gradOutput, at: call.order), taken.statistics.norm.isFinite
      else { continue }
      families[Kind(name: node.name, shape: taken.shape), default: []].append(
        Link(node: call.node, norm: taken.statistics.norm))
    }
    // In an order that does not change from run to run.
    return families.sorted { ($0.key.name, $0.value[0].node) < ($1.key.name, $1.value[0].node) }
      .map(\.value)
  }

  /// The parameters with the largest and the smallest gradients, where they show the same.
  private static func parameters(
    _ pass: DetailedPass, isGrowing: Bool
  ) -> (strong: Parameter, weak: Parameter)? {
    let all = pass.calls.compactMap { call -> Parameter? in
      guard pass.structure.graph.nodes[call.node].kind == .accumulateGrad,
        let taken = pass.measurement(.gradOutput, at: call.order),
        // Where gradients grow, so may activations, and weights show only the product.
        isGrowing || taken.shape.count >= 2, taken.statistics.norm.isFinite,
        taken.statistics.count > 0
      else { return nil }
      let size = taken.statistics.norm / Double(taken.statistics.count).squareRoot()
      return Parameter(node: call.node, size: size)
    }
    let strong: Parameter
    let weak: Parameter
    if isGrowing {
      guard let most = all.max(by: { $0.size < $1.size }),
        let least = all.filter({ $0.size > 0 }).min(by: { $0.size < $1.size })
      else { return nil }
      (strong, weak) = (most, least)
    } else {
      guard let first = all.first, first.size > 0,
        let least = all.dropFirst().min(by: { $0.size < $1.size })
      else { return nil }
      (strong, weak) = (first, least)
    }
    return strong.size >= Thresholds.parameterFactor * weak.size ? (strong, weak) : nil
  }

  /// The first layer at which the change shows.
  var onset: Link {
    links.first {
      isGrowing
        ? $0.norm >= Thresholds.depthOnset * links[0].norm
        : $0.norm * Thresholds.depthOnset <= links[0].norm
    } ?? links.last!
  }
}
