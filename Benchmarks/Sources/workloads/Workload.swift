// What a workload is, and how one repetition of it is timed.

import Autograd
import Glibc

/// One step of a workload, ready to be repeated.
typealias Step = () -> Void

struct Workload: Sendable {
  /// The name that the other side knows it by, too: a topic, a dot, and what.
  let name: String
  /// Whether more than one thread makes a difference.
  var usesThreads = true
  /// Whether the time that passes counts, whatever the process's threads do in it.
  var isTimedByTheWall = false
  /// The floating-point operations of a step, where they are what counts.
  var flops: Int?
  /// Makes the inputs.
  let make: @Sendable () -> Step
}

/// A forward pass, a backward pass with a gradient of ones or, for a result of more than one element,
/// of random numbers, and the release of all that they made.
func forwardAndBackward(_ leaves: [Tensor], _ forward: @escaping () -> Tensor) -> Step {
  let result = forward()
  let gradient = result.count == 1 ? nil : Tensor.randn(result.shape, dtype: result.dtype)
  return {
    try! forward().backward(gradient: gradient)
    for leaf in leaves { leaf.grad = nil }
  }
}

/// A leaf that wants a gradient.
func leaf(_ shape: Int...) -> Tensor { Tensor.randn(shape, requiresGrad: true) }

/// A workload that is being repeated.
struct Repeated {
  private let step: Step
  private let steps: Int
  private let clock: clockid_t

  /// Warms the workload up and finds how many steps take about `target` microseconds.
  ///
  /// With one thread the process's own time is taken, which on an idle machine is the time that
  /// passes and on a busy one does not contain what others do.
  init(_ workload: Workload, target: Double) {
    step = workload.make()
    clock =
      getNumThreads() == 1 && !workload.isTimedByTheWall
      ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_MONOTONIC
    step()
    var steps = 1
    while true {
      let time = Repeated.microseconds(clock, steps, step)
      if time > target / 8 {
        self.steps = max(1, Int(Double(steps) * target / time))
        return
      }
      steps *= 2
    }
  }

  /// The time of one step, of one repetition of some steps.
  func microsecondsPerStep() -> Double {
    Repeated.microseconds(clock, steps, step) / Double(steps)
  }

  private static func microseconds(_ clock: clockid_t, _ steps: Int, _ step: Step) -> Double {
    func now() -> Double {
      var time = timespec()
      clock_gettime(clock, &time)
      return Double(time.tv_sec) * 1e6 + Double(time.tv_nsec) * 1e-3
    }
    let start = now()
    for _ in 0..<steps { step() }
    return now() - start
  }
}
