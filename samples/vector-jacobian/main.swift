import Autograd
import GraphModel
import GraphRendering
manualSeed(42)
let b = Tensor.randn(1, requiresGrad: true), w = Tensor.randn(1, requiresGrad: true)
let x = Tensor.rand(100, 1), y = Tensor.randn(100, 1)
let loss = captureSource { (y - (b + w * x)).pow(2).mean() }
try loss.graph(parameters: ["b": b, "w": w]).write(to: "/tmp/loss.json")
