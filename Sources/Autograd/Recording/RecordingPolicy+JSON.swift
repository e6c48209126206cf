// Policies as JSON, and triggers as people write them.

internal import FoundationEssentials

extension RecordingPolicy {
  /// The policy as JSON, with the keys in order.
  package var json: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try! encoder.encode(self), as: UTF8.self)
  }

  /// Reads a policy; what is not said is as in ``init(detail:forward:capturesSource:firstStep:lastStep:everySteps:nodes:triggers:raisedDetail:stepsBefore:sizeLimit:)``.
  ///
  /// Throws a ``PolicyError`` for what is no JSON, a key that is not known, and a value out of range.
  package init(json: String) throws {
    do {
      self = try JSONDecoder().decode(RecordingPolicy.self, from: Data(json.utf8))
    } catch let error as DecodingError {
      throw PolicyError(error)
    }
  }

  enum CodingKeys: String, CodingKey, CaseIterable {
    case detail, forward, capturesSource, firstStep, lastStep, everySteps, nodes, triggers,
      raisedDetail, stepsBefore, sizeLimit
  }

  private struct AnyKey: CodingKey {
    var stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  /// Reads a policy; what is not said is as in the other initialiser.
  public init(from decoder: any Decoder) throws {
    for key in try decoder.container(keyedBy: AnyKey.self).allKeys
    where CodingKeys(stringValue: key.stringValue) == nil {
      let known = CodingKeys.allCases.map(\.rawValue).joined(separator: ", ")
      throw PolicyError("a policy has no \"\(key.stringValue)\", but \(known)")
    }
    let values = try decoder.container(keyedBy: CodingKeys.self)
    self.init()
    func read<Value: Decodable>(_ key: CodingKeys, _ value: inout Value) throws {
      if let given = try values.decodeIfPresent(Value.self, forKey: key) { value = given }
    }
    func readNumber(_ key: CodingKeys, from least: Int, _ value: inout Int) throws {
      try read(key, &value)
      guard value >= least else {
        throw PolicyError("\"\(key.rawValue)\" is a number from \(least) on, not \(value)")
      }
    }
    try read(.detail, &detail)
    try read(.forward, &forward)
    try read(.capturesSource, &capturesSource)
    try readNumber(.firstStep, from: 0, &firstStep)
    lastStep = try values.decodeIfPresent(Int.self, forKey: .lastStep)
    try readNumber(.everySteps, from: 1, &everySteps)
    try read(.nodes, &nodes)
    try read(.triggers, &triggers)
    try read(.raisedDetail, &raisedDetail)
    try readNumber(.stepsBefore, from: 0, &stepsBefore)
    sizeLimit = try values.decodeIfPresent(Int.self, forKey: .sizeLimit)
  }
}

extension RecordingPolicy.Trigger: CustomStringConvertible {
  /// The trigger as people write it: `nonfinite`, `nan` or `norm>1000`; so it is in JSON, too.
  public var description: String {
    switch self {
    case .nonFinite: "nonfinite"
    case .nan: "nan"
    case .norm(let bound): "norm>\(bound)"
    }
  }

  /// Reads such a text; nil for any other.
  public init?(_ text: String) {
    let text = text.filter { !$0.isWhitespace }.lowercased()
    switch text {
    case "nonfinite": self = .nonFinite
    case "nan": self = .nan
    default:
      guard text.hasPrefix("norm>"), let bound = Double(text.dropFirst("norm>".count)),
        bound.isFinite
      else { return nil }
      self = .norm(above: bound)
    }
  }

  /// Reads a trigger from its text.
  public init(from decoder: any Decoder) throws {
    let text = try decoder.singleValueContainer().decode(String.self)
    guard let trigger = RecordingPolicy.Trigger(text) else {
      throw PolicyError("a trigger is nonfinite, nan or norm>X, not \"\(text)\"")
    }
    self = trigger
  }

  /// Writes a trigger as its text.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}

/// Why a text is no policy, in one line.
package struct PolicyError: Error, Sendable, Hashable, CustomStringConvertible {
  package var description: String

  init(_ description: String) { self.description = description }

  init(_ error: DecodingError) {
    func place(_ context: DecodingError.Context) -> String {
      let path = context.codingPath.map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }
      return path.isEmpty ? "" : "\"\(path.joined(separator: "."))\": "
    }
    switch error {
    case .typeMismatch(_, let context), .valueNotFound(_, let context),
      .keyNotFound(_, let context), .dataCorrupted(let context):
      description =
        context.codingPath.isEmpty
        ? "the policy is no JSON object of a policy's keys"
        : place(context) + context.debugDescription
    @unknown default: description = "the policy is no JSON object of a policy's keys"
    }
  }
}
