// The layers of Reference/layers.py, in Swift.
import Autograd
import AutogradNN

/// A layer under test and how it is called.
struct LayerSubject: Sendable {
  var layer: @Sendable () -> Module
  /// For each input the bound of its whole numbers; nil for one of floating point.
  var highs: [Bool?]
  var run: @Sendable (Module, [Tensor]) -> [Tensor]

  /// A layer of one floating-point input and one output.
  init(_ layer: @escaping @Sendable () -> Module) {
    self.init(layer, [nil]) { [$0($1[0])] }
  }

  init(
    _ layer: @escaping @Sendable () -> Module, _ highs: [Bool?],
    _ run: @escaping @Sendable (Module, [Tensor]) -> [Tensor]
  ) {
    self.layer = layer
    self.highs = highs
    self.run = run
  }

  static let all: [String: LayerSubject] = [
    "linear": LayerSubject { Linear(5, 4) },
    "linear_no_bias": LayerSubject { Linear(5, 4, bias: false) },
    "bilinear": LayerSubject({ Bilinear(3, 4, 2) }, [nil, nil]) {
      [($0 as! Bilinear)($1[0], $1[1])]
    },
    "sequential": LayerSubject { Sequential(Linear(4, 8), ReLU(), Linear(8, 2)) },
    "flatten": LayerSubject { Flatten() },
    "unflatten": LayerSubject { Unflatten(1, [2, 3]) },
    "identity": LayerSubject { Identity() },
  ]
}
