// Parameters and inputs filled by a formula that any language can repeat.

public import Autograd
public import AutogradNN

/// Element i of tensor number k: ((7919 i + 104729 k) mod 2001 - 1000) / 1000, times a scale, plus
/// an offset; computed in float64 and rounded to float32, also where the tensor is of float64.
func formula(
  _ shape: [Int], number k: Int, scale: Double = 1, offset: Double = 0
) -> Tensor {
  // From the element 2001 on the numbers come again.
  let period = 2001
  let values = (0..<period).map { i -> Double in
    let step = (i * 7919 + k * 104_729) % period - 1000
    return offset + Double(step) / 1000 * scale
  }
  let count = shape.reduce(1, *)
  return Tensor(values, dtype: .float64).to(.float32).repeat([(count + period - 1) / period])
    .narrow(dim: 0, start: 0, length: count).view(shape)
}

/// Fills every parameter of a network by the formula.
///
/// A parameter of two or more dimensions is scaled by 1/√(its fan-in); of the others, the weights of
/// normalisations lie around 1 and biases around 0, within a tenth.
public func fill(_ model: Module) {
  noGrad {
    for (k, (name, parameter)) in model.namedParameters().enumerated() {
      let shape = parameter.shape
      let values =
        if shape.count >= 2 {
          formula(shape, number: k, scale: 1 / Double(parameter.count / shape[0]).squareRoot())
        } else {
          formula(shape, number: k, scale: 0.1, offset: name.hasSuffix("weight") ? 1 : 0)
        }
      parameter.copy_(values)
    }
  }
}

/// An input filled by the formula, of float32.
public func formulaInput(_ shape: [Int]) -> Tensor { formula(shape, number: 9999) }

/// Class targets: (31 i) mod `classes`.
public func formulaTargets(_ count: Int, classes: Int) -> Tensor {
  Tensor((0..<count).map { $0 * 31 % classes }, dtype: .int64)
}
