// Modules that hold modules or parameters by number or name.

public import Autograd

/// Modules that run one after the other.
///
/// ```swift
/// let model = Sequential(Linear(784, 512), ReLU(), Linear(512, 10))
/// ```
///
/// The children's names are their numbers, unless they are given: `Sequential([("fc", Linear(2, 3))])`.
open class Sequential: ModuleList {
  /// Runs the modules, each on the result of the one before.
  open override func forward(_ input: Tensor) -> Tensor {
    var x = input
    for i in indices { x = self[i](x) }
    return x
  }

  override var showsEqualChildrenOnce: Bool { false }
}

/// Modules by number, which some other module calls.
open class ModuleList: Module {
  /// The modules given.
  public convenience init(_ modules: Module...) { self.init(modules) }

  /// The modules given.
  public init(_ modules: [Module]) {
    super.init()
    for module in modules { append(module) }
  }

  /// The modules given, with names of their own.
  public init(_ modules: [(String, Module)]) {
    super.init()
    for (name, module) in modules { registerModule(name, module) }
  }

  /// Adds a module at the end.
  public final func append(_ module: Module) { registerModule("\(count)", module) }

  override var showsEqualChildrenOnce: Bool { true }
}

extension ModuleList: RandomAccessCollection {
  /// The first position.
  public var startIndex: Int { 0 }
  /// The position after the last, the number of modules.
  public var endIndex: Int { registered?.children.count ?? 0 }
  /// A module by number; setting one replaces it.
  public subscript(position: Int) -> Module {
    get { makeRegistered().children[position].module }
    set { makeRegistered().children[position].module = newValue }
  }
}

/// Modules by name, which some other module calls.
public final class ModuleDict: Module {
  /// The modules given, in their order.
  public init(_ modules: KeyValuePairs<String, Module> = [:]) {
    super.init()
    for (name, module) in modules { registerModule(name, module) }
  }

  /// The names, in order.
  public var keys: [String] { registered?.children.map(\.name) ?? [] }

  /// A module by name; setting nil takes it out.
  public subscript(name: String) -> Module? {
    get { registered?.children.first { $0.name == name }?.module }
    set {
      if let newValue {
        registerModule(name, newValue)
      } else {
        registered?.children.removeAll { $0.name == name }
      }
    }
  }
}

/// Parameters by number.
public final class ParameterList: Module {
  /// The tensors given, which ask for gradients from then on.
  public init(_ tensors: [Tensor] = []) {
    super.init()
    for tensor in tensors { append(tensor) }
  }

  /// Adds a parameter at the end.
  public func append(_ tensor: Tensor) { registerParameter("\(count)", tensor) }

  /// A line for each parameter.
  public override var extraRepr: String { parameterLines(registered) }
}

extension ParameterList: RandomAccessCollection {
  /// The first position.
  public var startIndex: Int { 0 }
  /// The position after the last, the number of parameters.
  public var endIndex: Int { registered?.parameters.count ?? 0 }
  /// A parameter by number.
  public subscript(position: Int) -> Tensor {
    get { makeRegistered().parameters[position].slot.tensor! }
    set { registerParameter("\(position)", newValue) }
  }
}

/// Parameters by name.
public final class ParameterDict: Module {
  /// The tensors given, in their order, which ask for gradients from then on.
  public init(_ tensors: KeyValuePairs<String, Tensor> = [:]) {
    super.init()
    for (name, tensor) in tensors { registerParameter(name, tensor) }
  }

  /// The names, in order.
  public var keys: [String] { registered?.parameters.map(\.name) ?? [] }

  /// A parameter by name; setting nil takes it out.
  public subscript(name: String) -> Tensor? {
    get { registeredParameter(name) }
    set {
      if let newValue {
        registerParameter(name, newValue)
      } else {
        registered?.parameters.removeAll { $0.name == name }
      }
    }
  }

  /// A line for each parameter.
  public override var extraRepr: String { parameterLines(registered) }
}

private func parameterLines(_ members: RegisteredMembers?) -> String {
  (members?.parameters ?? []).compactMap { name, slot in
    slot.tensor.map { tensor in
      let sizes = tensor.shape.map(String.init).joined(separator: "x")
      let type = "torch.\(tensor.dtype.name)"
      return "  (\(name)): Parameter containing: [\(type) of size \(sizes)]"
    }
  }.joined(separator: "\n")
}

/// Hands its input on.
public final class Identity: Module {
  /// A module that does nothing.
  public override init() { super.init() }
  /// The input itself.
  public override func forward(_ input: Tensor) -> Tensor { input }
}

/// Makes a range of dimensions one.
public final class Flatten: Module {
  private let startDim: Int
  private let endDim: Int

  /// All dimensions but the first, unless said.
  public init(startDim: Int = 1, endDim: Int = -1) {
    self.startDim = startDim
    self.endDim = endDim
    super.init()
  }

  /// The input with those dimensions joined.
  public override func forward(_ input: Tensor) -> Tensor {
    input.flatten(startDim: startDim, endDim: endDim)
  }

  /// The range.
  public override var extraRepr: String { "start_dim=\(startDim), end_dim=\(endDim)" }
}

/// Makes one dimension several.
public final class Unflatten: Module {
  private let dim: Int
  private let sizes: [Int]

  /// The dimension, and the sizes that it is split into.
  public init(_ dim: Int, _ unflattenedSize: [Int]) {
    self.dim = dim
    sizes = unflattenedSize
    super.init()
  }

  /// The input with that dimension split.
  public override func forward(_ input: Tensor) -> Tensor { input.unflatten(dim, sizes) }

  /// The dimension and the sizes.
  public override var extraRepr: String { "dim=\(dim), unflattened_size=\(python(sizes))" }
}
