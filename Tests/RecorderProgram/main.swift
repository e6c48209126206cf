// A program that trains and records, for tests that end it: it tells the number of each pass on
// standard output when it is over. With `unrecorded` it leaves recording to who started it, and goes on
// for the steps that it is to do once that has asked for no more.

import Autograd
import AutogradRecorder
import Glibc
import GraphModel

let path = CommandLine.arguments[1]
let steps = CommandLine.arguments.dropFirst(2).first.flatMap(Int.init) ?? .max
let isUnrecorded = CommandLine.arguments.contains("unrecorded")
let policy = RecordingPolicy(
  detail: CommandLine.arguments.contains("everything") ? .everything : .statistics)

func complain(_ message: String) {
  var line = message + "\n"
  line.withUTF8 { _ = write(STDERR_FILENO, $0.baseAddress, $0.count) }
}

do {
  let recorder =
    isUnrecorded
    ? nil : try GradientRecorder(writingTo: path, policy: policy)
  let w = Tensor.linspace(-1, 1, steps: 64).view(8, 8).requiresGrad_()
  let b = Tensor.zeros(8).requiresGrad_()
  recorder?.watch([("weight", w), ("bias", b)])
  let x = Tensor.linspace(-2, 2, steps: 32).view(4, 8)
  var hasComplained = false
  var number: UInt64 = 0
  var end = isUnrecorded ? UInt64(1_000_000) : UInt64(steps)
  while number < end {
    func pass() throws { try (x.matmul(w) + b).tanh().square().sum().backward() }
    if let recorder {
      try recorder.record(step: Int(number), phase: "train") { try pass() }
    } else {
      try pass()
    }
    noGrad {
      w.sub_(w.grad! * 1e-3)
      b.sub_(b.grad! * 1e-3)
    }
    (w.grad, b.grad) = (nil, nil)
    if let failure = recorder?.failure, !hasComplained {
      hasComplained = true
      complain("\(failure)")
    }
    // Nobody reads any more: the test is over.
    if write(STDOUT_FILENO, &number, 8) != 8 { exit(2) }
    number += 1
    if isUnrecorded, end == 1_000_000, access("\(path)-journal.stop", F_OK) == 0 {
      end = number + UInt64(steps)
    }
  }
  try recorder?.close()
} catch {
  complain("\(error)")
  exit(1)
}
