// Residual networks for images, with torchvision's parameter names.

public import Autograd
public import AutogradNN

/// Two convolutions of 3×3 and a shortcut around them.
final class BasicBlock: Module {
  let conv1: Conv2d
  let bn1: BatchNorm2d
  let conv2: Conv2d
  let bn2: BatchNorm2d
  let downsample: Sequential?

  init(_ inputs: Int, _ outputs: Int, stride: Int) {
    conv1 = Conv2d(inputs, outputs, kernelSize: 3, stride: stride, padding: 1, bias: false)
    bn1 = BatchNorm2d(outputs)
    conv2 = Conv2d(outputs, outputs, kernelSize: 3, padding: 1, bias: false)
    bn2 = BatchNorm2d(outputs)
    downsample =
      stride == 1 && inputs == outputs
      ? nil
      : Sequential(
        Conv2d(inputs, outputs, kernelSize: 1, stride: stride, bias: false), BatchNorm2d(outputs))
  }

  override func forward(_ x: Tensor) -> Tensor {
    let identity = downsample?(x) ?? x
    let out = bn1(conv1(x)).relu()
    return (bn2(conv2(out)) + identity).relu()
  }
}

/// ResNet-18.
///
/// Source: He et al., "Deep Residual Learning for Image Recognition", 2015; names as torchvision's
/// `resnet18`, whose weights it loads.
public final class ResNet18: Module {
  let conv1 = Conv2d(3, 64, kernelSize: 7, stride: 2, padding: 3, bias: false)
  let bn1 = BatchNorm2d(64)
  let maxpool = MaxPool2d(3, stride: 2, padding: 1)
  let layer1 = ResNet18.stage(64, 64, stride: 1)
  let layer2 = ResNet18.stage(64, 128, stride: 2)
  let layer3 = ResNet18.stage(128, 256, stride: 2)
  let layer4 = ResNet18.stage(256, 512, stride: 2)
  /// The classifier on top, of 512 features; another one makes the network one for other classes.
  public var fc: Linear

  /// Creates the network for so many classes.
  public init(classes: Int = 1000) { fc = Linear(512, classes) }

  private static func stage(_ inputs: Int, _ outputs: Int, stride: Int) -> Sequential {
    Sequential(
      BasicBlock(inputs, outputs, stride: stride), BasicBlock(outputs, outputs, stride: 1))
  }

  /// N×3×H×W → N×classes.
  public override func forward(_ x: Tensor) -> Tensor {
    var x = maxpool(bn1(conv1(x)).relu())
    for layer in [layer1, layer2, layer3, layer4] { x = layer(x) }
    return fc(x.adaptiveAvgPool2d([1, 1]).flatten(startDim: 1))
  }
}
