// What recorders know of tensors from pass to pass: names, and what was measured of them.

internal import GradientJournal

/// What a recorder knows of a leaf, or of a leaf's gradient; the tensor holds it.
///
/// All of it is read and changed under the recorders' lock.
final class KnownTensor {
  fileprivate final class Owner {}

  fileprivate let owner: Owner
  /// What another recorder knows of the tensor.
  fileprivate let next: KnownTensor?

  fileprivate(set) var name: String?
  /// Whether the program gave the name, rather than a module that was called.
  fileprivate var isGiven = false
  /// Whether it wanted a gradient when its name was told.
  fileprivate var requiresGrad = false

  /// What the last pass met.
  private var met: MemoryState?
  private var measured: (state: MemoryState, values: MeasuredTensor)?
  /// Whether what the next step of an optimiser makes of the tensor is to be measured.
  private var measuresNextStep = false

  /// Which memory a tensor has, and how often that was changed.
  private struct MemoryState: Equatable {
    let storage: ObjectIdentifier
    let version: UInt32

    init(_ tensor: Tensor) {
      storage = ObjectIdentifier(tensor.storage)
      version = tensor.storage.version
    }
  }

  fileprivate init(_ owner: Owner, next: KnownTensor?) {
    self.owner = owner
    self.next = next
  }

  /// What was measured of the tensor; nil where it has been changed since.
  func measured(_ tensor: Tensor) -> MeasuredTensor? {
    guard let measured, measured.state == MemoryState(tensor) else { return nil }
    return measured.values
  }

  /// Notes that a pass met the tensor, and what was measured of it.
  func meet(
    _ tensor: Tensor, _ values: MeasuredTensor? = nil, measuresNextStep: Bool = false
  ) {
    let state = MemoryState(tensor)
    met = state
    measured = values.map { (state, $0) }
    self.measuresNextStep = measuresNextStep
  }

  /// Whether the tensor has been changed since a pass met it, or none has.
  func hasChanged(_ tensor: Tensor) -> Bool { met != MemoryState(tensor) }
}

// MARK: - Steps of optimisers

extension KnownTensor {
  /// Whether a recorder wants to know what a step makes of `tensor`.
  ///
  /// The step has it in the processor's cache, where it is not any more when the next pass asks.
  static func measuresStep(of tensor: Tensor) -> Bool {
    guard tensor.known != nil else { return false }
    return PassRecorder.locked { all(of: tensor).contains { $0.measuresNextStep } }
  }

  /// Notes what a step measured.
  static func stepped(_ tensor: Tensor, _ values: MeasuredTensor) {
    PassRecorder.locked {
      for known in all(of: tensor) where known.measuresNextStep {
        known.measured = (MemoryState(tensor), values)
        // Steps that no recorded pass comes between measure nothing.
        known.measuresNextStep = false
      }
    }
  }

  private static func all(of tensor: Tensor) -> some Sequence<KnownTensor> {
    sequence(first: tensor.known) { $0?.next }.prefix { $0 != nil }.lazy.map { $0! }
  }
}

// MARK: - A recorder's tensors

/// The tensors that a recorder knows.
struct KnownTensors {
  private let owner = KnownTensor.Owner()
  private var named: [ObjectIdentifier: Named] = [:]

  private struct Named {
    weak var tensor: Tensor?
    let known: KnownTensor
  }

  /// What is known of a tensor; nil where it was never met.
  func knowledge(of tensor: Tensor) -> KnownTensor? {
    var known = tensor.known
    while let one = known, one.owner !== owner { known = one.next }
    return known
  }

  /// What is known of a tensor; from now on it is.
  func meet(_ tensor: Tensor) -> KnownTensor {
    if let known = knowledge(of: tensor) { return known }
    let known = KnownTensor(owner, next: tensor.known)
    tensor.known = known
    return known
  }

  // MARK: Names

  /// Adds names, where the program gave none; returns the parameters to tell of.
  mutating func name(
    _ parameters: [(name: String, tensor: Tensor)], areGiven: Bool
  ) -> [Parameter] {
    var news: [Parameter] = []
    for (name, tensor) in parameters {
      let known = meet(tensor)
      if known.name == name, known.requiresGrad == tensor.requiresGrad { continue }
      if !areGiven, known.isGiven { continue }
      (known.name, known.isGiven, known.requiresGrad) = (name, areGiven, tensor.requiresGrad)
      named[ObjectIdentifier(tensor)] = Named(tensor: tensor, known: known)
      news.append(Parameter(name, tensor))
    }
    return news
  }

  /// The parameters that want a gradient now and did not, or the other way round.
  mutating func changed() -> [Parameter] {
    named = named.filter { $0.value.tensor != nil }
    var changed: [Parameter] = []
    for entry in named.values {
      guard let tensor = entry.tensor, tensor.requiresGrad != entry.known.requiresGrad else {
        continue
      }
      entry.known.requiresGrad = tensor.requiresGrad
      changed.append(Parameter(entry.known.name!, tensor))
    }
    return changed.sorted { $0.name < $1.name }
  }

  func name(of tensor: Tensor) -> String? { knowledge(of: tensor)?.name }

  /// The tensors that have names and live, by name.
  var byName: [String: Tensor] {
    named.values.reduce(into: [:]) { all, entry in
      if let tensor = entry.tensor { all[entry.known.name!] = tensor }
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
