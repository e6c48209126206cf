// Which module's forward call a node was made in.

internal import CThreadState

/// The place of a module among the modules of a network, which the nodes that it makes carry.
///
/// ```swift
/// let scope = ModuleScope("layer1.0.conv1")
/// let y = scope.run { x.conv2d(weight) }  // y.gradFn is exported with this scope
/// ```
public final class ModuleScope {
  /// The names of the modules from the outermost to this one, joined by dots, as in PyTorch's
  /// parameter names; empty for the outermost.
  public let path: String

  /// The module, if it made the scope itself.
  package private(set) weak var owner: AnyObject?

  /// Creates the scope of the module at `path`.
  public init(_ path: String) { self.path = path }

  /// Creates the scope of `owner`, which is the module at `path`.
  package init(_ path: String, owner: AnyObject) {
    self.path = path
    self.owner = owner
  }

  /// Runs `body`; nodes that it makes on this thread carry this scope, but for those of scopes that
  /// run within.
  @discardableResult
  public func run<Result, Failure: Error>(
    _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let outer = enter()
    defer { leave(to: outer) }
    return try body()
  }

  /// Lets this scope run until it is left again; the caller holds it for so long.
  ///
  /// - Returns: what to leave to.
  package func enter() -> UnsafeMutableRawPointer? {
    let state = ats_current()
    let outer = state.pointee.scope
    state.pointee.scope = Unmanaged.passUnretained(self).toOpaque()
    return outer
  }

  /// Lets the scope run again that ran when this one was entered.
  package func leave(to outer: UnsafeMutableRawPointer?) { ats_current().pointee.scope = outer }

  /// The scope that runs now on this thread; nil outside of all.
  public static var current: ModuleScope? { current(in: ats_current()) }

  @inline(__always)
  static func current(in state: UnsafeMutablePointer<ats_state>) -> ModuleScope? {
    guard let scope = state.pointee.scope else { return nil }
    return Unmanaged<ModuleScope>.fromOpaque(scope).takeUnretainedValue()
  }
}
