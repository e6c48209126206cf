// Results of the forward pass that nothing kept, from the operands that their nodes saved.

internal import GraphModel

extension Node {
  /// The forward result, computed again from what the node saved; nil where that is not all that it
  /// takes.
  ///
  /// Those operators are here that can make what is not finite from what is.
  func recomputedResult() -> Tensor? {
    let unpacked = unpackedForExport()
    func saved(_ name: String) -> Tensor? {
      guard let slot = type(of: self).savedNames.firstIndex(of: name) else { return nil }
      let saved = savedTensor(slot)
      // Without a history: nothing here is part of a graph, nor a cut.
      return unpacked[slot] ?? saved.stored?.alias()
        ?? saved.storedScalar.map { Operand.scalar($0).asTensor() }
    }
    func one(_ function: (Tensor) -> Tensor) -> Tensor? { saved("self").map(function) }
    func two(_ first: String, _ second: String, _ function: (Tensor, Tensor) -> Tensor) -> Tensor? {
      guard let a = saved(first), let b = saved(second) else { return nil }
      return function(a, b)
    }
    switch name {
    case "LogBackward0": return one { $0.log() }
    case "Log2Backward0": return one { $0.log2() }
    case "Log10Backward0": return one { $0.log10() }
    case "Log1PBackward0": return one { $0.log1p() }
    case "AsinBackward0": return one { $0.asin() }
    case "AcosBackward0": return one { $0.acos() }
    case "AcoshBackward0": return one { $0.acosh() }
    case "AtanhBackward0": return one { $0.atanh() }
    case "SinhBackward0": return one { $0.sinh() }
    case "CoshBackward0": return one { $0.cosh() }
    case "PowBackward0":
      switch attributes["exponent"] {
      case .double(let exponent): return one { $0.pow(exponent) }
      case .int(let exponent): return one { $0.pow(exponent) }
      default: return nil
      }
    case "MulBackward0": return two("self", "other") { $0 * $1 }
    case "DivBackward0": return two("self", "other") { $0 / $1 }
    case "MmBackward0": return two("self", "mat2") { $0.mm($1) }
    case "BmmBackward0": return two("self", "mat2") { $0.bmm($1) }
    default: return nil
    }
  }
}
