// The numbers that the tutorials print, one by one, as PyTorch 2.13 prints them.

/// A number, or several, of a tutorial and the line of the sample that states it.
struct TutorialNumber: Sendable, CustomStringConvertible {
  var sample: Sample
  var name: String
  var line: String

  init(_ sample: Sample, _ name: String, _ line: String) {
    self.sample = sample
    self.name = name
    self.line = line
  }

  var description: String { "\(sample.rawValue): \(name)" }

  static let all =
    [
      TutorialNumber(
        .linearRegression, "first loss", "loss: tensor(41., grad_fn=<MeanBackward0>)"),
      TutorialNumber(
        .linearRegression, "first gradients", "gradients: tensor([[-35.]]) tensor([-12.])"),
      TutorialNumber(
        .linearRegression, "W and b after a step",
        "after one step: W = 0.03500000014901161, b = 0.012000000104308128"),
      TutorialNumber(
        .linearRegression, "W and b at the end",
        "after 200 steps: W = 2.0195605754852295, b = 0.7054842114448547"),

      TutorialNumber(.dynamicGraph, "b of seed 42", "b: tensor([0.3367], requires_grad=True)"),
      TutorialNumber(.dynamicGraph, "w of seed 42", "w: tensor([0.1288], requires_grad=True)"),

      TutorialNumber(
        .thermometer, "first gradient", "gradient: tensor([4517.2969,   82.6000])"),
      TutorialNumber(.thermometer, "loss at 500", "Epoch 500, Loss 7.860115"),
      TutorialNumber(.thermometer, "loss at 5,000", "Epoch 5000, Loss 2.927647"),
      TutorialNumber(
        .thermometer, "parameters", "tensor([  5.3671, -17.3012], requires_grad=True)"),

      TutorialNumber(.cubicSine, "gradient of 3x³", "dQ/dx: tensor([18., 72.])"),
      TutorialNumber(.cubicSine, "gradient of -y²", "dQ/dy: tensor([-20., -12.])"),
      TutorialNumber(.cubicSine, "diverging, step 0", "0 13046.208"),
      TutorialNumber(.cubicSine, "diverging, step 1", "1 104830.83"),
      TutorialNumber(.cubicSine, "diverging, step 2", "2 1078234.0"),
      TutorialNumber(.cubicSine, "diverging, step 3", "3 11174872.0"),
      TutorialNumber(.cubicSine, "first infinite loss", "34 inf"),
      TutorialNumber(.cubicSine, "fitting, step 99", "99 463.81201171875"),
      TutorialNumber(.cubicSine, "fitting, last step", "1999 9.045997619628906"),
      TutorialNumber(
        .cubicSine, "coefficients",
        "Result: y = 0.009060 + 0.844616 x + -0.001563 x^2 + -0.091606 x^3"),
      TutorialNumber(.cubicSine, "frozen coefficients", "gradients of a and c: none"),

      TutorialNumber(
        .vectorJacobian, "the doubled vector",
        "y: tensor([2048., 2048., 2048.], grad_fn=<MulBackward0>)"),
      TutorialNumber(
        .vectorJacobian, "204.8, 2048, 0.2048",
        "vector-Jacobian product: tensor([2.0480e+02, 2.0480e+03, 2.0480e-01])"),
      TutorialNumber(.vectorJacobian, "accumulated", "accumulated: tensor([9., 9., 9., 9.])"),
      TutorialNumber(.vectorJacobian, "zeroed", "zeroed before: tensor([3., 3., 3., 3.])"),
      TutorialNumber(.vectorJacobian, "detached", "detach(): tensor(4.)"),
      TutorialNumber(.vectorJacobian, "not recorded", "noGrad: tensor(4.)"),
      TutorialNumber(.vectorJacobian, "no longer required", "requiresGrad_(false): tensor(4.)"),

      TutorialNumber(.legendre, "loss at 99", "99 209.95834"),
      TutorialNumber(.legendre, "last loss", "1999 8.943642"),
      TutorialNumber(.legendre, "coefficients", "y = 0.0 + -2.2085 · P3(0.0 + 0.2555 x)"),

      TutorialNumber(.networks, "perceptron", "  loss 2.307, after a step 1.717"),
      TutorialNumber(.networks, "ResNet-18", "  loss 7.038, after a step 6.659"),
      TutorialNumber(.networks, "GPT", "  loss 4.972, after a step 4.788"),
      TutorialNumber(.networks, "LSTM", "  loss 1.633, after a step 1.632"),

      TutorialNumber(.fineTuning, "first loss", "step 0, loss 1.6268"),
      TutorialNumber(.fineTuning, "last loss", "step 9, loss 1.4615"),
    ]
    + zip(1..., ["21.63", "11.03", "5.63", "2.88", "1.47", "0.76", "0.39", "0.21", "0.11", "0.06"])
    .map { count, loss in
      let epoch = 20 * count
      return TutorialNumber(
        .linearRegression, "loss at \(epoch)",
        "epoch \(epoch < 100 ? " " : "")\(epoch)  loss \(loss)")
    }
}
