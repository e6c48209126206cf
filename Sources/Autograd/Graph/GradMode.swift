// Whether operators record what they do.

internal import CThreadState

/// Whether operators on tensors that require gradients build the graph now.
public var isGradEnabled: Bool { !ats_current().pointee.grad_disabled }

/// Runs `body` without recording: its results require no gradient.
///
/// The mode holds for the calling task while `body` runs, and is as it was before afterwards,
/// also when `body` throws.
@discardableResult
public func noGrad<Result, Failure: Error>(
  _ body: () throws(Failure) -> Result
) throws(Failure) -> Result {
  try withGradMode(enabled: false, body)
}

/// Runs `body` with recording, also inside `noGrad`.
@discardableResult
public func enableGrad<Result, Failure: Error>(
  _ body: () throws(Failure) -> Result
) throws(Failure) -> Result {
  try withGradMode(enabled: true, body)
}

/// Switches recording on or off for the calling thread, until it is set again or a closure of
/// `noGrad`, `enableGrad` or `setGradEnabled` that this is called in ends.
public func setGradEnabled(_ mode: Bool) { ats_current().pointee.grad_disabled = !mode }

/// Runs `body` with recording or without.
@discardableResult
public func setGradEnabled<Result, Failure: Error>(
  _ mode: Bool, _ body: () throws(Failure) -> Result
) throws(Failure) -> Result {
  try withGradMode(enabled: mode, body)
}

@inline(__always)
func withGradMode<Result, Failure: Error>(
  enabled: Bool, _ body: () throws(Failure) -> Result
) throws(Failure) -> Result {
  let state = ats_current()
  let before = state.pointee.grad_disabled
  state.pointee.grad_disabled = !enabled
  defer { state.pointee.grad_disabled = before }
  return try body()
}
