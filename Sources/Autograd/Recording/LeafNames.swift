// The names of parameters, and what is known of leaves from the pass before.

internal import GradientJournal

/// The tensors that have names.
struct LeafNames {
  private struct Named {
    weak var tensor: Tensor?
    var name: String
    var requiresGrad: Bool
    /// Whether the program gave it, rather than a module that was called.
    var isGiven: Bool
  }

  private var named: [ObjectIdentifier: Named] = [:]

  /// Adds names; returns the parameters to tell of. A name that the program gave stays.
  mutating func add(
    _ parameters: [(name: String, tensor: Tensor)], areGiven: Bool
  ) -> [Parameter] {
    var news: [Parameter] = []
    for (name, tensor) in parameters {
      let id = ObjectIdentifier(tensor)
      if let known = named[id], known.tensor === tensor, known.name == name,
        known.requiresGrad == tensor.requiresGrad
      {
        continue
      }
      if !areGiven, let known = named[id], known.tensor === tensor, known.isGiven { continue }
      named[id] = Named(
        tensor: tensor, name: name, requiresGrad: tensor.requiresGrad, isGiven: areGiven)
      news.append(Parameter(name, tensor))
    }
    return news
  }

  /// The parameters that want a gradient now and did not, or the other way round.
  mutating func changed() -> [Parameter] {
    var changed: [Parameter] = []
    for (id, entry) in named {
      guard let tensor = entry.tensor else {
        named[id] = nil
        continue
      }
      guard tensor.requiresGrad != entry.requiresGrad else { continue }
      named[id]!.requiresGrad = tensor.requiresGrad
      changed.append(Parameter(entry.name, tensor))
    }
    return changed
  }

  func name(of tensor: Tensor) -> String? {
    guard let entry = named[ObjectIdentifier(tensor)], entry.tensor === tensor else { return nil }
    return entry.name
  }

  /// The tensors that live, by name.
  var all: [String: Tensor] {
    named.values.reduce(into: [:]) { all, entry in
      if let tensor = entry.tensor { all[entry.name] = tensor }
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

/// What was measured of tensors that are likely to come again unchanged: leaves and their gradients.
struct LeafCache {
  private struct Entry {
    /// Not held: a gradient's memory is soon used again.
    weak var tensor: Tensor?
    var version: UInt32
    /// Nil where it was seen, but not measured.
    var statistics: Statistics?
  }

  private var entries: [ObjectIdentifier: Entry] = [:]
  private var entriesBefore: [ObjectIdentifier: Entry] = [:]

  /// Forgets what no pass asked for since the last call.
  mutating func age() {
    entriesBefore = entries
    entries.removeAll(keepingCapacity: true)
  }

  mutating func statistics(of tensor: Tensor) -> Statistics? {
    let id = ObjectIdentifier(tensor)
    guard let entry = entries[id] ?? entriesBefore[id], entry.tensor === tensor,
      entry.version == tensor.storage.version, let statistics = entry.statistics
    else { return nil }
    entries[id] = entry
    return statistics
  }

  mutating func note(_ statistics: Statistics?, of tensor: Tensor) {
    entries[ObjectIdentifier(tensor)] = Entry(
      tensor: tensor, version: tensor.storage.version, statistics: statistics)
  }

  /// Whether a leaf of the pass before has been changed since, or was not there.
  func hasChanged(_ leaf: Tensor) -> Bool {
    let id = ObjectIdentifier(leaf)
    guard let entry = entries[id] ?? entriesBefore[id] else { return true }
    return entry.tensor !== leaf || entry.version != leaf.storage.version
  }
}
