// A step of training for four networks, with the losses that PyTorch gets.
//
// A perceptron, a residual network, a transformer and a recurrent network, filled by a formula rather
// than at random, so that any other program can repeat what is printed here.

import Autograd
import AutogradNN
import GraphModel
import SampleNetworks
import SampleSupport

for network in NetworkCase.allCases {
  let model = network.makeModel(.float32)
  let input = network.makeInput(.float32)
  let optimizer = SGD(model.parameters(), lr: 0.01)

  let loss = network.loss(model, input)
  let graph = loss.graph(parameters: Dictionary(uniqueKeysWithValues: model.namedParameters()))
  // The pictures of the other two are long.
  if network == .mlp || network == .resnet18 { save(graph, as: "networks-\(network.rawValue)") }
  try loss.backward()
  optimizer.step()
  let after = noGrad { network.loss(model, input) }

  let count = model.parameters().map(\.count).reduce(0, +)
  print("\(network): \(count) parameters, \(graph.nodes.count) nodes")
  print("  loss \(digits(loss)), after a step \(digits(after))")
}

/// Three decimals, which are the same on every processor.
func digits(_ loss: Tensor) -> Double { (loss.item() * 1000).rounded() / 1000 }
