// What a module is made of, found in its stored properties.

internal import Autograd

/// A module's own parameters, buffers and children by name, each in the order of declaration.
struct ModuleMembers {
  private(set) var parameters: [(name: String, slot: ParameterSlot)] = []
  private(set) var buffers: [(name: String, slot: BufferSlot)] = []
  private(set) var children: [(name: String, module: Module)] = []

  /// Looks at the properties of all classes from `Module` down, then at what was registered.
  init(of module: Module) {
    var mirrors: [Mirror] = []
    var next: Mirror? = Mirror(reflecting: module)
    while let mirror = next, mirror.subjectType != Module.self {
      mirrors.append(mirror)
      next = mirror.superclassMirror
    }
    for mirror in mirrors.reversed() {
      for case (let label?, let value) in mirror.children { add(label, value) }
    }
    if let registered = module.registered {
      parameters += registered.parameters
      buffers += registered.buffers
      children += registered.children
    }
  }

  private mutating func add(_ label: String, _ value: Any) {
    switch value {
    case let slot as ParameterSlot: parameters.append((slot.name ?? Self.name(label), slot))
    case let slot as BufferSlot: buffers.append((slot.name ?? Self.name(label), slot))
    case let slot as SubmoduleSlot: addChildren(slot.name, slot.anyValue)
    default: addChildren(nil, value, label: label)
    }
  }

  /// Adds the modules in `value`: one, or those of an optional, array or dictionary.
  private mutating func addChildren(_ name: String?, _ value: Any, label: String = "") {
    if let module = value as? Module {
      return children.append((name ?? Self.name(label), module))
    }
    // Looking closer takes time, so that numbers and text are told first.
    switch value {
    case is Int, is Double, is String, is Bool, is Tensor: return
    default: break
    }
    let mirror = Mirror(reflecting: value)
    switch mirror.displayStyle {
    case .optional:
      if let inner = mirror.children.first { addChildren(name, inner.value, label: label) }
    case .collection:
      guard mirror.children.first.map({ Self.mayHoldModules($0.value) }) ?? false else { return }
      let name = name ?? Self.name(label)
      for (i, element) in mirror.children.enumerated() {
        addChildren("\(name).\(i)", element.value)
      }
    case .dictionary:
      let name = name ?? Self.name(label)
      var entries: [(key: String, value: Any)] = []
      for child in mirror.children {
        let pair = Mirror(reflecting: child.value).children.map(\.value)
        guard pair.count == 2, Self.mayHoldModules(pair[1]) else { return }
        entries.append(("\(pair[0])", pair[1]))
      }
      // A dictionary has no order of its own.
      entries.sort { a, b in
        if let first = Int(a.key), let second = Int(b.key) { return first < second }
        return a.key < b.key
      }
      for (key, value) in entries { addChildren("\(name).\(key)", value) }
    default: break
    }
  }

  private static func mayHoldModules(_ value: Any) -> Bool {
    if value is Module { return true }
    switch Mirror(reflecting: value).displayStyle {
    case .optional, .collection, .dictionary: return true
    default: return false
    }
  }

  /// The property's name in PyTorch's case, which is Python's: `runningMean` is `running_mean`.
  static func name(_ label: String) -> String {
    var characters = Substring(label)
    // What the compiler calls the storage of lazy and wrapped properties.
    let lazyPrefix = "$__lazy_storage_$_"
    if characters.hasPrefix(lazyPrefix) {
      characters = characters.dropFirst(lazyPrefix.count)
    } else if characters.hasPrefix("_") {
      characters = characters.dropFirst()
    }
    let letters = Array(characters)
    var name = ""
    for (i, letter) in letters.enumerated() {
      if letter.isUppercase, i > 0, letters[i - 1] != "_" {
        let startsWord =
          !letters[i - 1].isUppercase || (i + 1 < letters.count && letters[i + 1].isLowercase)
        if startsWord { name += "_" }
      }
      name += letter.lowercased()
    }
    return name
  }
}

/// What was added to a module by name rather than as a property.
final class RegisteredMembers {
  var parameters: [(name: String, slot: ParameterSlot)] = []
  var buffers: [(name: String, slot: BufferSlot)] = []
  var children: [(name: String, module: Module)] = []
}

extension [(name: String, slot: ParameterSlot)] {
  mutating func set(_ name: String, _ slot: ParameterSlot) {
    if let i = firstIndex(where: { $0.name == name }) {
      self[i].slot = slot
    } else {
      append((name, slot))
    }
  }
}
