// A recurrent network written by hand from linear layers.

public import Autograd
public import AutogradNN

/// A long short-term memory, unrolled over time; its last state classifies the sequence.
public final class HandWrittenLSTM: Module {
  let ih: Linear
  let hh: Linear
  let out: Linear
  private let hidden: Int

  /// Creates a network of so many inputs a step, hidden units and classes.
  public init(inputs: Int, hidden: Int, classes: Int) {
    ih = Linear(inputs, 4 * hidden)
    hh = Linear(hidden, 4 * hidden)
    out = Linear(hidden, classes)
    self.hidden = hidden
  }

  /// N×T×inputs → N×classes.
  public override func forward(_ x: Tensor) -> Tensor {
    var h = Tensor.zeros([x.size(0), hidden], dtype: x.dtype)
    var c = Tensor.zeros([x.size(0), hidden], dtype: x.dtype)
    for t in 0..<x.size(1) {
      let gates = (ih(x[0..., t]) + hh(h)).chunk(4, dim: 1)
      c = gates[1].sigmoid() * c + gates[0].sigmoid() * gates[2].tanh()
      h = gates[3].sigmoid() * c.tanh()
    }
    return out(h)
  }
}
