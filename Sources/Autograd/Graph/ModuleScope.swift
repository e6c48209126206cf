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

  /// Creates the scope of the module at `path`.
  public init(_ path: String) { self.path = path }

  /// Runs `body`; nodes that it makes on this thread carry this scope, but for those of scopes that
  /// run within.
  @discardableResult
  public func run<Result, Failure: Error>(
    _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let state = ats_current()
    let outer = state.pointee.scope
    state.pointee.scope = Unmanaged.passUnretained(self).toOpaque()
    defer { state.pointee.scope = outer }
    return try body()
  }

  /// The scope that runs now on this thread; nil outside of all.
  public static var current: ModuleScope? { current(in: ats_current()) }

  @inline(__always)
  static func current(in state: UnsafeMutablePointer<ats_state>) -> ModuleScope? {
    guard let scope = state.pointee.scope else { return nil }
    return Unmanaged<ModuleScope>.fromOpaque(scope).takeUnretainedValue()
  }
}
