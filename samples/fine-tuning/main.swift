// A network trained before gets a new last layer for other classes, and only that is trained.
//
// Follows PyTorch's "A gentle introduction to torch.autograd", "Exclusion from the DAG".

import Autograd
import AutogradNN
import Foundation
import GraphModel
import SampleNetworks
import SampleSupport

// 1. The network that was trained before, here filled by a formula, is saved.
let pretrained = ResNet18()
fill(pretrained)
let file = FileManager.default.temporaryDirectory.appending(
  path: "agviz-resnet18-\(UUID().uuidString).safetensors")
try SafeTensors.save(pretrained.stateDict(), to: file.path)

// 2. Another one takes its weights from the file.
let model = ResNet18()
try model.loadStateDict(SafeTensors.load(file.path))
try FileManager.default.removeItem(at: file)
print("loaded \(model.stateDict().count) tensors, \(count(model.parameters())) parameters")

// 3. All of it is frozen, and then gets a last layer for five classes, which is not.
model.requiresGrad_(false)
manualSeed(0)
model.fc = Linear(512, 5)
let trained = model.namedParameters().filter { $0.1.requiresGrad }
print("trained:", trained.map(\.0).joined(separator: ", "), "-", count(trained.map(\.1)))

// 4. The frozen layers stay as they were, statistics included.
model.eval()
let images = formulaInput([4, 3, 64, 64])
let classes = formulaTargets(4, classes: 5)
let optimizer = SGD(model.parameters(), lr: 0.01, momentum: 0.5)
for step in 0..<10 {
  let loss = model(images).crossEntropy(classes)
  if step == 0 {
    // The graph shows what a gradient flows to, and nothing else.
    let graph = loss.graph(parameters: Dictionary(uniqueKeysWithValues: model.namedParameters()))
    save(graph, as: "fine-tuning")
    print("graph: \(graph.nodes.map(\.name).joined(separator: ", "))")
  }
  print("step \(step), loss \(String(format: "%.4f", loss.item()))")
  try loss.backward()
  optimizer.step()
  optimizer.zeroGrad()
}

func count(_ tensors: [Tensor]) -> Int { tensors.map(\.count).reduce(0, +) }
