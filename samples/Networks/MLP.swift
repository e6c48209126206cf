// A perceptron of three layers for images of 28×28.

public import Autograd
public import AutogradNN

/// 784 inputs, two hidden layers of 512, 10 classes.
public final class MLP: Module {
  let fc1 = Linear(784, 512)
  let fc2 = Linear(512, 512)
  let fc3 = Linear(512, 10)

  /// N×784 → N×10.
  public override func forward(_ x: Tensor) -> Tensor {
    fc3(fc2(fc1(x).relu()).relu())
  }
}
