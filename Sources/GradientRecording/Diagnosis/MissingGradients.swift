// Parameters that get no gradient, and where their path was cut.

internal import GraphModel

/// Finds parameters that no recorded pass reached.
struct MissingGradients {
  private(set) var findings: [Finding] = []
  private(set) var notes: [String] = []

  init(_ examination: Examination) throws {
    let recording = examination.recording
    let parameters = MissingGradients.latest(try recording.parameters())
    let cuts = try recording.cuts()
    let frozen = parameters.filter { !$0.requiresGrad }.map { printable($0.name) }
    let reached = try MissingGradients.reached(examination)
    let missing = parameters.filter { $0.requiresGrad && !reached.contains($0.name) }

    if recording.passes.isEmpty {
      guard recording.sessions.contains(where: { $0.state != .recording }) else { return }
      findings = [noPass(parameters, cuts, frozen)]
      return
    }
    if !frozen.isEmpty, frozen.count == parameters.count {
      findings.append(
        Finding(
          .missingGradient, "all \(counted(frozen.count, "parameter")) are frozen",
          evidence: [
            "requiresGrad is false: \(listed(frozen))", "nothing of the model is trained",
          ], parameters: frozen))
    } else if !frozen.isEmpty {
      notes.append("\(counted(frozen.count, "parameter")) frozen: \(listed(frozen))")
    }

    // One finding a reason: a cut takes many parameters at once.
    var groups: [(reason: Reason, names: [String])] = []
    for parameter in missing {
      let reason = try reason(parameter.name, cuts, examination)
      if let known = groups.firstIndex(where: { $0.reason == reason }) {
        groups[known].names.append(parameter.name)
      } else {
        groups.append((reason, [parameter.name]))
      }
    }
    let shapes = Dictionary(uniqueKeysWithValues: parameters.map { ($0.name, $0.shape) })
    let twins = shapes.filter { reached.contains($0.key) }
    groups.removeAll { reason, names in
      guard MissingGradients.isCopy(reason, names, shapes, of: twins) else { return false }
      notes.append(
        "\(counted(names.count, "parameter")) without a gradient, which look like a copy of others: "
          + listed(names.map { printable($0) }))
      return true
    }
    findings += groups.sorted { $0.reason.rank < $1.reason.rank }.map {
      finding($0.reason, $0.names, examination)
    }
  }

  /// Each parameter as it was told last.
  private static func latest(_ told: [Recording.Parameter]) -> [Recording.Parameter] {
    guard let session = told.map(\.session).max() else { return [] }
    var latest: [String: Recording.Parameter] = [:]
    for parameter in told where parameter.session == session { latest[parameter.name] = parameter }
    return latest.values.sorted { $0.name < $1.name }
  }

  /// The names of the leaves that graphs lead to.
  private static func reached(_ examination: Examination) throws -> Set<String> {
    var reached: Set<String> = []
    let ofPasses = Set(examination.graphs)
    for graph in examination.recording.nodeCounts.keys {
      // Passes that were left out, or deleted, ran over others; one that is damaged tells nothing.
      guard
        let structure = ofPasses.contains(graph)
          ? try examination.structure(graph) : try? examination.structure(graph)
      else { continue }
      for node in structure.leafNodes { structure.leafName(node).map { _ = reached.insert($0) } }
    }
    return reached
  }

  /// Whether parameters are those of a network that is kept without gradients beside one that is
  /// trained: a target network, a teacher.
  private static func isCopy(
    _ reason: Reason, _ names: [String], _ shapes: [String: [Int]], of twins: [String: [Int]]
  ) -> Bool {
    guard case .cut(let cut) = reason, cut.kind != .notDifferentiable else { return false }
    func tail(_ name: String) -> Substring? {
      name.firstIndex(of: ".").map { name[name.index(after: $0)...] }
    }
    return names.allSatisfy { name in
      guard let own = tail(name) else { return false }
      return twins.contains { tail($0.key) == own && $0.value == shapes[name] }
    }
  }

  /// Why a parameter gets no gradient.
  private enum Reason: Equatable {
    case cut(Recording.Cut)
    case notALeaf(String)
    case unused

    var rank: Int {
      switch self {
      case .cut: 0
      case .notALeaf: 1
      case .unused: 2
      }
    }
  }

  private func reason(
    _ name: String, _ cuts: [Recording.Cut], _ examination: Examination
  ) throws -> Reason {
    for graph in examination.graphs {
      let known = try examination.structure(graph).graph
      if let tensor = known.tensors.first(where: { $0.name == name }), let made = tensor.gradFn {
        return .notALeaf(known.nodes[made.node].name)
      }
    }
    // What cuts a result off says more than an operator on the leaf itself, as optimisers have them.
    let own = cuts.filter { $0.leaves.contains(name) }
    if let cut = own.first(where: { $0.node != nil && $0.kind != .notDifferentiable })
      ?? own.first(where: { $0.kind != .notDifferentiable })
      ?? own.first(where: { !$0.isAside }) ?? own.first
    {
      return .cut(cut)
    }
    // An operator says one of the leaves that it took: those of the same module came with it.
    if let end = name.lastIndex(of: ".") {
      let module = name[...end]
      if let cut = cuts.first(where: { cut in
        cut.kind != .notDifferentiable
          && cut.leaves.contains {
            $0.hasPrefix(module) && !$0.dropFirst(module.count).contains(".")
          }
      }) {
        return .cut(cut)
      }
    }
    return .unused
  }

  private func finding(
    _ reason: Reason, _ names: [String], _ examination: Examination
  ) -> Finding {
    let shown = listed(names.map { printable($0) })
    let verb = names.count == 1 ? "gets" : "get"
    let pass = examination.recording.passes.first
    let over = "in none of \(counted(examination.recording.passes.count, "pass", "passes"))"
    switch reason {
    case .cut(let cut):
      return Finding(
        .missingGradient, "\(shown) \(verb) no gradient: the path is cut by \(cut.words)",
        evidence: [cut.sentence, "the gradient arrives \(over)"], node: nil, parameters: names,
        pass: pass)
    case .notALeaf(let maker):
      return Finding(
        .missingGradient,
        "\(shown) \(verb) no gradient: not a leaf, but the result of \(printable(maker))",
        evidence: [
          "gradients accumulate in leaves; what is computed is none, though it requires gradients",
          "set requiresGrad after the computation: detach().requiresGrad_()",
        ], parameters: names, pass: pass)
    case .unused:
      return Finding(
        .missingGradient, "\(shown) \(verb) no gradient: unused",
        evidence: ["no graph leads there, and no cut on the way was seen, \(over)"],
        parameters: names, pass: pass)
    }
  }

  private func noPass(
    _ parameters: [Recording.Parameter], _ cuts: [Recording.Cut], _ frozen: [String]
  ) -> Finding {
    var evidence: [String] = []
    if !frozen.isEmpty, frozen.count == parameters.count {
      evidence.append("all parameters are frozen: \(listed(frozen))")
    }
    evidence += cuts.prefix(4).map(\.sentence)
    if evidence.isEmpty { evidence.append("backward() was not called while it was recorded") }
    return Finding(.noPass, "no backward pass is recorded", evidence: evidence)
  }
}

extension Recording.Cut {
  /// The leaves that were cut off.
  var leaves: [String] {
    leaf.map { $0.split(separator: ", ").map(String.init) } ?? []
  }

  /// Whether what was made without a history may be there to be looked at only.
  fileprivate var isAside: Bool {
    ["item", "toArray"].contains(operation) || operation.contains(" of ")
  }

  /// `detach at model.swift:12`.
  fileprivate var words: String {
    let what =
      switch kind {
      case .detach: "\(printable(operation))()"
      case .noGrad: "noGrad"
      case .notDifferentiable: "\(printable(operation)) (not differentiable)"
      }
    return what + (place.map { " at \($0)" } ?? "")
  }

  fileprivate var sentence: String {
    let what =
      node.map { "the result of \(printable($0))" } ?? leaf.map { printable($0) } ?? "a leaf"
    let why =
      switch kind {
      case .detach: "was detached from its history"
      case .noGrad: "came to \(printable(operation)) that records nothing: gradients were off"
      case .notDifferentiable: "came to \(printable(operation)), which has no derivative"
      }
    let module = scope.flatMap { $0.isEmpty ? nil : "in \(printable($0))" }
    let parts = [module, place.map { "at \($0)" }].compactMap { $0 }
    return "\(what) \(why)" + (parts.isEmpty ? "" : " (\(parts.joined(separator: ", ")))")
  }

  private var place: String? {
    guard let file, let line else { return nil }
    return "\(printable(file)):\(line)"
  }
}
