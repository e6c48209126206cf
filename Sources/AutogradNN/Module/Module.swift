// The class of all layers and networks.

public import Autograd

/// A layer, or a network of layers: parameters, buffers, child modules and a forward function.
///
/// ```swift
/// final class Net: Module {
///   let hidden = Linear(784, 512)
///   let output = Linear(512, 10)
///   override func forward(_ x: Tensor) -> Tensor { output(hidden(x).relu()) }
/// }
///
/// let model = Net()
/// let optimizer = SGD(model.parameters(), lr: 0.1)
/// let loss = model(images).crossEntropy(labels)
/// ```
///
/// Children are the stored properties that are a module, or an optional, array or dictionary of
/// modules; parameters and buffers those marked by ``Parameter`` and ``Buffer``. Their names are the
/// properties' in Python's case (`runningMean` is `running_mean`), so that the state has PyTorch's keys.
/// A module is called, `model(x)`, rather than its `forward`: the call runs the hooks, and lets the
/// nodes of the graph carry the module's name. It must not be used on two threads at once.
open class Module {
  /// Whether layers that behave differently while training do so now; see ``train(_:)``.
  public final internal(set) var training = true

  /// What was registered by name; nil for most modules.
  final var registered: RegisteredMembers?
  final var hooks: ModuleHooks?
  /// The scope that the module's calls run in, for the scope that ran when it was last called.
  @exclusivity(unchecked) final var scope: ModuleScope?
  @exclusivity(unchecked) final var scopeParent: ModuleScope?
  /// The scopes of all modules within this one, in calls from this one's.
  final var scopesWithin: (scope: ModuleScope, of: [ObjectIdentifier: ModuleScope])?

  /// Creates a module in training mode.
  public init() {}

  /// What the module computes; a subclass says it.
  open func forward(_ input: Tensor) -> Tensor {
    refuse(typeName, "Module [\(typeName)] is missing the required \"forward\" function")
  }

  /// The arguments that the module's description shows, such as `in_features=2`.
  open var extraRepr: String { "" }

  /// The module's class, as PyTorch calls it.
  open var typeName: String { "\(type(of: self))" }

  /// Runs the forward function, with the hooks around it, in the module's scope.
  @_disfavoredOverload  // Modules of several outputs have a form of their own.
  public final func callAsFunction(_ input: Tensor) -> Tensor {
    if hooks != nil { return call([input]) { [self.forward($0[0])] }[0] }
    return inScope { forward(input) }
  }

  /// What was registered, made when it is first asked for.
  final func makeRegistered() -> RegisteredMembers {
    if let registered { return registered }
    let made = RegisteredMembers()
    registered = made
    return made
  }

  /// Whether the description shows neighbours that look the same as one.
  var showsEqualChildrenOnce: Bool { false }

  /// Takes in a state's entries for this module alone that an older version had otherwise.
  func adaptState(_ state: inout StateDict, prefix: String) {}
}

// MARK: - Members by name

extension Module {
  /// Adds a parameter that is no property, as layers do that make names up.
  public final func registerParameter(_ name: String, _ tensor: Tensor?) {
    Module.check(name, "register_parameter")
    let slot = ParameterSlot(name: name, requiresGrad: true, tensor: tensor)
    makeRegistered().parameters.set(name, slot)
  }

  /// Adds a buffer that is no property; one that is not persistent is left out of the state.
  public final func registerBuffer(_ name: String, _ tensor: Tensor?, persistent: Bool = true) {
    Module.check(name, "register_buffer")
    let slot = BufferSlot(name: name, isPersistent: persistent, tensor: tensor)
    let registered = makeRegistered()
    registered.buffers.removeAll { $0.name == name }
    registered.buffers.append((name, slot))
  }

  /// Adds a child that is no property.
  public final func registerModule(_ name: String, _ module: Module) {
    Module.check(name, "register_module")
    let registered = makeRegistered()
    if let i = registered.children.firstIndex(where: { $0.name == name }) {
      registered.children[i].module = module
    } else {
      registered.children.append((name, module))
    }
  }

  /// The parameter of this module that was registered as `name`.
  final func registeredParameter(_ name: String) -> Tensor? {
    registered?.parameters.first { $0.name == name }?.slot.tensor
  }

  private static func check(_ name: String, _ operation: String) {
    guard !name.isEmpty else { refuse(operation, "name can't be empty string \"\"") }
    guard !name.contains(".") else { refuse(operation, "name can't contain \".\", got: \(name)") }
  }
}
