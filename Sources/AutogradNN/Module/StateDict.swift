// The tensors of a module or optimiser by name, as they are saved and loaded.

public import Autograd

/// Tensors by name, in order.
///
/// ```swift
/// var state = model.stateDict()
/// state["fc.weight"] = nil
/// try model.loadStateDict(state, strict: false)
/// ```
public struct StateDict {
  /// The names, in order.
  public private(set) var keys: [String] = []
  private var tensors: [String: Tensor] = [:]

  /// An empty one.
  public init() {}

  /// The tensors given, in their order; of two with one name the later counts.
  public init(_ entries: some Sequence<(String, Tensor)>) {
    for (key, tensor) in entries { self[key] = tensor }
  }

  /// The tensor of a name; setting nil takes it out.
  public subscript(key: String) -> Tensor? {
    get { tensors[key] }
    set {
      if let newValue {
        if tensors.updateValue(newValue, forKey: key) == nil { keys.append(key) }
      } else if tensors.removeValue(forKey: key) != nil {
        keys.removeAll { $0 == key }
      }
    }
  }
}

extension StateDict: RandomAccessCollection {
  /// The first position.
  public var startIndex: Int { 0 }
  /// The position after the last.
  public var endIndex: Int { keys.count }
  /// A name with its tensor.
  public subscript(position: Int) -> (key: String, tensor: Tensor) {
    (keys[position], tensors[keys[position]]!)
  }
}

extension StateDict: ExpressibleByDictionaryLiteral {
  /// The tensors given, in their order.
  public init(dictionaryLiteral elements: (String, Tensor)...) { self.init(elements) }
}

/// Why a state does not fit a module.
public struct StateDictError: Error, CustomStringConvertible {
  /// A tensor whose shape is not that of the module's.
  public struct Mismatch: Sendable, Hashable {
    /// The name in the state.
    public var key: String
    /// The shape in the state.
    public var found: [Int]
    /// The shape in the module.
    public var expected: [Int]

    /// A mismatch of these.
    public init(key: String, found: [Int], expected: [Int]) {
      self.key = key
      self.found = found
      self.expected = expected
    }
  }

  /// The class of the module.
  public var module: String
  /// What the module has and the state lacks.
  public var missing: [String]
  /// What the state has and the module lacks.
  public var unexpected: [String]
  /// What both have in different shapes.
  public var mismatches: [Mismatch]

  /// The message, in PyTorch's words.
  public var description: String {
    var lines = ["Error(s) in loading state_dict for \(module):"]
    func quoted(_ keys: [String]) -> String {
      keys.map { "\"\($0)\"" }.joined(separator: ", ")
    }
    if !missing.isEmpty { lines.append("Missing key(s) in state_dict: \(quoted(missing)). ") }
    if !unexpected.isEmpty {
      lines.append("Unexpected key(s) in state_dict: \(quoted(unexpected)). ")
    }
    for mismatch in mismatches {
      lines.append(
        "size mismatch for \(mismatch.key): copying a param with shape "
          + "torch.Size(\(mismatch.found)) from checkpoint, the shape in current model is "
          + "torch.Size(\(mismatch.expected)).")
    }
    return lines.joined(separator: "\n\t")
  }
}
