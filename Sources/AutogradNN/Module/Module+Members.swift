// Going over a module's members, its own and those of all modules within.

public import Autograd

extension Module {
  /// The child modules by name, in the order of declaration; one that is there twice comes once.
  public final func namedChildren() -> [(String, Module)] {
    var seen: Set<ObjectIdentifier> = []
    return ModuleMembers(of: self).children.filter {
      seen.insert(ObjectIdentifier($0.module)).inserted
    }
    .map { ($0.name, $0.module) }
  }

  /// The child modules, in the order of declaration.
  public final func children() -> [Module] { namedChildren().map(\.1) }

  /// This module and all within by path, each before its children; the path of this one is empty.
  public final func namedModules() -> [(String, Module)] {
    var result: [(String, Module)] = []
    var seen: Set<ObjectIdentifier> = []
    collectModules("", &result, &seen)
    return result
  }

  private func collectModules(
    _ path: String, _ result: inout [(String, Module)], _ seen: inout Set<ObjectIdentifier>
  ) {
    guard seen.insert(ObjectIdentifier(self)).inserted else { return }
    result.append((path, self))
    for (name, child) in ModuleMembers(of: self).children {
      child.collectModules(path.isEmpty ? name : "\(path).\(name)", &result, &seen)
    }
  }

  /// This module and all within, each before its children.
  public final func modules() -> [Module] { namedModules().map(\.1) }

  /// The parameters by path, a module's own before its children's; a shared one comes once.
  ///
  /// - Parameters:
  ///   - prefix: what stands before the paths, with a dot.
  ///   - recurse: whether those of the modules within are among them.
  /// - Returns: paths and tensors.
  public final func namedParameters(
    prefix: String = "", recurse: Bool = true
  ) -> [(String, Tensor)] {
    namedTensors(prefix, recurse) { $0.parameters.map { ($0.name, $0.slot) } }
  }

  /// The parameters, a module's own before its children's.
  public final func parameters(recurse: Bool = true) -> [Tensor] {
    namedParameters(recurse: recurse).map(\.1)
  }

  /// The buffers by path, a module's own before its children's; a shared one comes once.
  ///
  /// - Parameters:
  ///   - prefix: what stands before the paths, with a dot.
  ///   - recurse: whether those of the modules within are among them.
  /// - Returns: paths and tensors.
  public final func namedBuffers(
    prefix: String = "", recurse: Bool = true
  ) -> [(String, Tensor)] {
    namedTensors(prefix, recurse) { $0.buffers.map { ($0.name, $0.slot) } }
  }

  /// The buffers, a module's own before its children's.
  public final func buffers(recurse: Bool = true) -> [Tensor] {
    namedBuffers(recurse: recurse).map(\.1)
  }

  private func namedTensors(
    _ prefix: String, _ recurse: Bool, _ slots: (ModuleMembers) -> [(String, TensorSlot)]
  ) -> [(String, Tensor)] {
    var seen: Set<ObjectIdentifier> = []
    var result: [(String, Tensor)] = []
    for (path, module) in recurse ? namedModules() : [("", self)] {
      let path = Module.joined(prefix, path)
      for (name, slot) in slots(ModuleMembers(of: module)) {
        guard let tensor = slot.tensor, seen.insert(ObjectIdentifier(tensor)).inserted else {
          continue
        }
        result.append((Module.joined(path, name), tensor))
      }
    }
    return result
  }

  static func joined(_ path: String, _ name: String) -> String {
    path.isEmpty ? name : name.isEmpty ? path : "\(path).\(name)"
  }

  /// Calls `body` with every module within and at last with this one.
  @discardableResult
  public final func apply(_ body: (Module) throws -> Void) rethrows -> Self {
    for child in children() { try child.apply(body) }
    try body(self)
    return self
  }

  /// Sets training mode for this module and all within, or evaluation mode.
  @discardableResult
  public final func train(_ mode: Bool = true) -> Self {
    for module in modules() { module.training = mode }
    return self
  }

  /// Sets evaluation mode for this module and all within.
  @discardableResult
  public final func eval() -> Self { train(false) }

  /// Asks for gradients of all parameters, or no longer: `false` freezes the module.
  @discardableResult
  public final func requiresGrad_(_ requiresGrad: Bool = true) -> Self {
    for parameter in parameters() { parameter.requiresGrad_(requiresGrad) }
    return self
  }

  /// Forgets the gradients of all parameters, or sets them to zero.
  public final func zeroGrad(setToNone: Bool = true) {
    for parameter in parameters() { parameter.clearGrad(setToNone: setToNone) }
  }

  /// Converts all floating-point parameters and buffers to a floating-point dtype.
  ///
  /// The parameters are other tensors then: make optimisers afterwards.
  @discardableResult
  public final func to(_ dtype: DType) -> Self {
    guard dtype.isFloatingPoint else {
      refuse(
        "to", "nn.Module.to only accepts floating point dtypes, but got desired dtype=\(dtype.name)"
      )
    }
    var converted: [ObjectIdentifier: Tensor] = [:]
    for module in modules() {
      let members = ModuleMembers(of: module)
      for slot in members.parameters.map({ $0.slot as TensorSlot }) + members.buffers.map(\.slot) {
        guard let tensor = slot.tensor, tensor.dtype.isFloatingPoint, tensor.dtype != dtype else {
          continue
        }
        let id = ObjectIdentifier(tensor)
        let replacement = converted[id] ?? tensor.leaf(as: dtype)
        converted[id] = replacement
        slot.tensor = replacement
      }
    }
    return self
  }

  /// Converts all floating-point parameters and buffers to float32.
  @discardableResult
  public final func float() -> Self { to(.float32) }

  /// Converts all floating-point parameters and buffers to float64.
  @discardableResult
  public final func double() -> Self { to(.float64) }
}

extension Tensor {
  /// Forgets the gradient or sets it to zero.
  func clearGrad(setToNone: Bool) {
    guard let gradient = grad else { return }
    if setToNone {
      grad = nil
    } else if gradient.gradFn == nil {
      gradient.requiresGrad_(false).zero_()
    } else {
      grad = .zeros(like: gradient)
    }
  }

  /// A leaf of another dtype with the same elements, and with the gradient if there is one.
  fileprivate func leaf(as dtype: DType) -> Tensor {
    let result = noGrad { to(dtype) }.requiresGrad_(requiresGrad)
    if let gradient = grad { result.grad = noGrad { gradient.to(dtype) } }
    return result
  }
}
