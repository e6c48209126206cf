// What is known of leaves from pass to pass: their names, and what was measured of them.

internal import GradientJournal

/// A leaf that has a name, or that a recorded pass has met.
final class KnownLeaf {
  fileprivate(set) weak var tensor: Tensor?
  fileprivate(set) var name: String?
  /// Whether the program gave the name, rather than a module that was called.
  fileprivate var isGiven = false
  /// Whether it wanted a gradient when its name was told.
  fileprivate var requiresGrad = false
  /// What was measured of the leaf itself.
  private var own: (state: MemoryState, statistics: MeasuredTensor?)?
  /// Not held: a gradient's memory is soon used again.
  private weak var gradient: Tensor?
  private var ofGradient: (state: MemoryState, statistics: MeasuredTensor)?

  /// Which memory a tensor has, and how often that was changed.
  private struct MemoryState: Equatable {
    let storage: ObjectIdentifier
    let version: UInt32

    init(_ tensor: Tensor) {
      storage = ObjectIdentifier(tensor.storage)
      version = tensor.storage.version
    }
  }

  fileprivate init(_ tensor: Tensor) { self.tensor = tensor }

  /// What was measured of the leaf; nil where it has been changed since.
  func measured(_ leaf: Tensor) -> MeasuredTensor? {
    guard let own, own.state == MemoryState(leaf) else { return nil }
    return own.statistics
  }

  /// What was measured of the leaf's gradient; nil where that has been changed or replaced since.
  func measured(gradient: Tensor) -> MeasuredTensor? {
    guard let ofGradient, ofGradient.state == MemoryState(gradient), self.gradient === gradient
    else { return nil }
    return ofGradient.statistics
  }

  /// Notes what was measured of the leaf, nil where it was met and not measured.
  func note(_ statistics: MeasuredTensor?, of leaf: Tensor) {
    own = (MemoryState(leaf), statistics)
  }

  func note(_ statistics: MeasuredTensor, ofGradient gradient: Tensor) {
    self.gradient = gradient
    ofGradient = (MemoryState(gradient), statistics)
  }

  /// Whether the leaf has been changed since a pass met it, or none has.
  func hasChanged(_ leaf: Tensor) -> Bool { own?.state != MemoryState(leaf) }
}

/// The leaves that are known, while they live.
struct KnownLeaves {
  private var leaves: [ObjectIdentifier: KnownLeaf] = [:]
  /// Leaves that are gone are forgotten when there are so many.
  private var limit = 64

  /// What is known of a leaf; from now on it is.
  mutating func leaf(_ tensor: Tensor) -> KnownLeaf {
    let id = ObjectIdentifier(tensor)
    if let leaf = leaves[id], leaf.tensor === tensor { return leaf }
    if leaves.count >= limit {
      leaves = leaves.filter { $0.value.tensor != nil }
      limit = max(64, 2 * leaves.count)
    }
    let leaf = KnownLeaf(tensor)
    leaves[id] = leaf
    return leaf
  }

  // MARK: Names

  /// Adds names, where the program gave none; returns the parameters to tell of.
  mutating func name(
    _ parameters: [(name: String, tensor: Tensor)], areGiven: Bool
  ) -> [Parameter] {
    var news: [Parameter] = []
    for (name, tensor) in parameters {
      let leaf = leaf(tensor)
      if leaf.name == name, leaf.requiresGrad == tensor.requiresGrad { continue }
      if !areGiven, leaf.isGiven { continue }
      (leaf.name, leaf.isGiven, leaf.requiresGrad) = (name, areGiven, tensor.requiresGrad)
      news.append(Parameter(name, tensor))
    }
    return news
  }

  /// The parameters that want a gradient now and did not, or the other way round.
  func changed() -> [Parameter] {
    var changed: [Parameter] = []
    for leaf in leaves.values {
      guard let name = leaf.name, let tensor = leaf.tensor,
        tensor.requiresGrad != leaf.requiresGrad
      else { continue }
      leaf.requiresGrad = tensor.requiresGrad
      changed.append(Parameter(name, tensor))
    }
    return changed.sorted { $0.name < $1.name }
  }

  func name(of tensor: Tensor) -> String? {
    guard let leaf = leaves[ObjectIdentifier(tensor)], leaf.tensor === tensor else { return nil }
    return leaf.name
  }

  /// The leaves that have names and live, by name.
  var named: [String: Tensor] {
    leaves.values.reduce(into: [:]) { named, leaf in
      if let name = leaf.name, let tensor = leaf.tensor { named[name] = tensor }
    }
  }
}

extension Parameter {
  fileprivate init(_ name: String, _ tensor: Tensor) {
    self.init(
      name: name, shape: tensor.shape, dtype: tensor.dtype.name,
      requiresGrad: tensor.requiresGrad)
  }
}
