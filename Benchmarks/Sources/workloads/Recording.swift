// What recording costs: the same steps unrecorded, with health and hashes, and with statistics.

import Autograd
import AutogradNN
import AutogradRecorder
import Glibc
import GraphModel
import SampleNetworks

/// A training step, in which the backward pass is recorded by `recorder` if there is one.
private func step(
  _ model: Module, _ input: Tensor, classes: Int, _ optimizer: Optimizer,
  _ recorder: GradientRecorder?
) -> Step {
  let count = model(input).count / classes
  let targets = Tensor.randint(high: classes, [count])
  func pass() { try! model(input).view(count, classes).crossEntropy(targets).backward() }
  return {
    if let recorder { recorder.record { pass() } } else { pass() }
    optimizer.step()
    optimizer.zeroGrad()
  }
}

private func mlp(_ recorder: GradientRecorder?) -> Step {
  let model = MLP()
  return step(
    model, .randn(128, 784), classes: 10, SGD(model.parameters(), lr: 0.01, momentum: 0.9),
    recorder)
}

private func gpt(_ recorder: GradientRecorder?) -> Step {
  let model = GPT(vocabulary: 1024, context: 128, d: 256, heads: 8, layers: 4)
  return step(
    model, .randint(high: 1024, [4, 128]), classes: 1024, AdamW(model.parameters(), lr: 3e-4),
    recorder)
}

/// `((x*w+b)**2).mean()` of 11 elements and its backward pass.
private func tiny(_ recorder: GradientRecorder?) -> Step {
  let (x, w, b) = (Tensor.randn(11), leaf(1), leaf(1))
  let pass = forwardAndBackward([w, b]) { (x * w + b).pow(2).mean() }
  return { if let recorder { recorder.record(pass) } else { pass() } }
}

/// A recorder that writes to a file of its own in the temporary folder.
private func recorder(_ name: String, _ detail: RecordingPolicy.Detail) -> GradientRecorder {
  let path = "/tmp/agviz-benchmark-\(getpid())-\(name)-\(detail).agviz"
  unlink(path)
  return try! GradientRecorder(
    writingTo: path, policy: RecordingPolicy(detail: detail, sizeLimit: 256 << 20))
}

/// A workload without a recorder, and with one of little and of usual detail.
private func recorded(
  _ name: String, _ make: @escaping @Sendable (GradientRecorder?) -> Step
) -> [Workload] {
  [
    Workload(name: "record.\(name)_off", isTimedByTheWall: true) { make(nil) },
    Workload(name: "record.\(name)_health", isTimedByTheWall: true) {
      make(recorder(name, .health))
    },
    Workload(name: "record.\(name)", isTimedByTheWall: true) {
      make(recorder(name, .statistics))
    },
  ]
}

let recordingWorkloads =
  recorded("mlp", mlp) + recorded("gpt", gpt) + recorded("tiny", tiny)
