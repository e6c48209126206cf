import Autograd
import GraphModel
let X = Tensor([1.0, 2, 3, 4]), y = Tensor([3.0, 5, 7, 9])
let w = Tensor(0.0, requiresGrad: true), b = Tensor(0.0, requiresGrad: true)
print(X * w + b)
for epoch in 0..<200 {
  let loss = (X * w + b - y).pow(2).mean()
  try loss.backward()
  if epoch < 2 { print(loss, w.grad!, b.grad!) }
  noGrad { w.sub_(w.grad! * 0.001); b.sub_(b.grad! * 0.001) }
  if epoch < 2 { print(w.item(), b.item()) }
  w.grad = nil; b.grad = nil
}
print(w.item(), b.item())
let x = Tensor([[1.0, 2], [3, 4]], requiresGrad: true)
let z = x * 2
z[0].mul_(3)
print(z, z[0..., 1], z[1])
try z.sum().backward()
print(x.grad!)
var c = Tensor(1.0, requiresGrad: true)
do {
  var t = c
  for _ in 0..<1_000_000 { t = t * 1.0 }
  try t.backward()
  print(c.grad!)
  print(t.graph().nodes.count)
}
print("freed")
manualSeed(42)
print(Tensor.randn(1), Tensor.randn(1))
