import Autograd
import GraphModel
func layer(_ x: Tensor) -> Tensor {
  (x * 2).exp()
}
let x = Tensor(1.0, requiresGrad: true)
let y = captureSource {
  layer(x)
    + x.sin()
}
for n in y.graph().nodes { print(n.name, n.source as Any) }
