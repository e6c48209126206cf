// Scaled dot-product attention: which way PyTorch takes, and the way of operators.
//
// Source: ATen/native/transformers/attention.cpp, sdp_utils_cpp.cpp.

internal import GraphModel

extension Tensor {
  /// softmax(scale · self·keyᵀ + attnMask) · value, over the last two dimensions.
  ///
  /// Queries L×E, keys S×E, values S×Ev after any batch dimensions; all of one floating-point dtype.
  /// `attnMask` is bool (what takes part) or is added; it is broadcast to L×S. `isCausal` lets query i
  /// see the first i + 1 keys. `scale` is 1/√E unless given. With `enableGqa` each head (dimension -3)
  /// of keys and values serves several of the queries.
  ///
  /// As in PyTorch, one node stands for all where no dropout is asked for, no gradient of the mask, and
  /// all have four dimensions and one size E: it has no second derivative. Otherwise operators do it.
  public func scaledDotProductAttention(
    _ key: Tensor, _ value: Tensor, attnMask: Tensor? = nil, dropoutP: Double = 0,
    isCausal: Bool = false, scale: Double? = nil, enableGqa: Bool = false
  ) -> Tensor {
    checkAttention(key, value, attnMask)
    let isFlash = isFlashAttention(key, value, attnMask, dropoutP, enableGqa)
    let mask = attnMask.map { $0.additiveMask(dtype) }
    return isFlash
      ? flashAttention(key, value, mask, isCausal, scale)
      : mathAttention(key, value, mask, dropoutP, isCausal, scale, enableGqa)
  }

  private func checkAttention(_ key: Tensor, _ value: Tensor, _ mask: Tensor?) {
    let name = "scaled_dot_product_attention"
    guard dtype == key.dtype, dtype == value.dtype else {
      refuse(
        name,
        "Expected query, key, and value to have the same dtype, but got query.dtype: \(dtype.name) "
          + "key.dtype: \(key.dtype.name) and value.dtype: \(value.dtype.name) instead.")
    }
    guard sizes.count >= 2, key.sizes.count >= 2, value.sizes.count >= 2 else {
      refuse(
        name,
        "Expected query, key, and value to all be  at least 2 dimensional, but got query.dim: "
          + "\(sizes.count) key.dim: \(key.sizes.count) and value.dim: \(value.sizes.count) instead."
      )
    }
    if let mask, mask.dtype != .bool, mask.dtype != .float32, mask.dtype != dtype {
      refuse(
        name,
        "Expected attn_mask dtype to be bool or float or to match query dtype, but got "
          + "attn_mask.dtype: \(mask.dtype.name) and  query.dtype: \(dtype.name) instead.")
    }
    checkFloatingPoint(name, name)
  }

  private func isFlashAttention(
    _ key: Tensor, _ value: Tensor, _ mask: Tensor?, _ dropoutP: Double, _ enableGqa: Bool
  ) -> Bool {
    let all = [self, key, value]
    guard dropoutP == 0, all.allSatisfy({ $0.sizes.count == 4 }),
      all.allSatisfy({ $0.sizes[0] == sizes[0] && $0.sizes[3] == sizes[3] }),
      all.allSatisfy({ $0.sizes[2] != 0 && $0.strides[3] == 1 }),
      key.sizes[2] == value.sizes[2], count > 0
    else { return false }
    let heads = [sizes[1], key.sizes[1], value.sizes[1]]
    let areHeadsEqual = heads[0] == heads[1] && heads[0] == heads[2]
    let areHeadsShared = enableGqa && heads[1] == heads[2] && heads[0] % heads[1] == 0
    guard areHeadsEqual || areHeadsShared else { return false }
    guard let mask else { return true }
    func fits(_ d: Int, _ size: Int) -> Bool { mask.sizes[d] == 1 || mask.sizes[d] == size }
    let rank = mask.sizes.count
    if mask.requiresGrad { return false }
    guard rank >= 2 else {
      refuse(
        "scaled_dot_product_attention",
        "Dimension out of range (expected to be in range of [-1, 0], but got -2): attn_mask of shape "
          + "\(mask.sizes)")
    }
    guard fits(rank - 2, sizes[2]), fits(rank - 1, key.sizes[2]) else {
      return false
    }
    return rank == 2 || (rank == 4 && fits(0, sizes[0]) && fits(1, sizes[1]))
  }

  /// A mask to be added: this one, or 0 where a bool one is true and -∞ elsewhere.
  private func additiveMask(_ dtype: DType) -> Tensor {
    guard self.dtype == .bool else { return self }
    return noGrad {
      Tensor.full(sizes, .int(0), dtype).maskedFill_(logicalNot(), -Double.infinity)
    }
  }

  private func mathAttention(
    _ key: Tensor, _ value: Tensor, _ mask: Tensor?, _ dropoutP: Double, _ isCausal: Bool,
    _ scale: Double?, _ enableGqa: Bool
  ) -> Tensor {
    let name = "scaled_dot_product_attention"
    let factor = (scale?.magnitude ?? 1 / Double(columns).squareRoot()).squareRoot()
    var mask = mask
    if isCausal, mask != nil {
      refuse(
        name,
        "_scaled_dot_product_attention: Explicit attn_mask should not be set when is_causal=True")
    }
    if let nothing = attentionOfNothing(key, value) { return nothing }
    let query = scaled(by: .double((scale ?? 1) < 0 ? -factor : factor))
    if isCausal {
      mask = Tensor.ones([rows, key.rows], dtype: .bool).tril().additiveMask(dtype)
    }
    let (key, value) =
      enableGqa ? (key.servingHeads(of: self), value.servingHeads(of: self)) : (key, value)
    var scores = query.matmul(key.transpose(-2, -1).scaled(by: .double(factor)))
    if let mask { scores = scores.add_(mask) }
    var shares = scores.safeSoftmax()
    if dropoutP > 0 { shares = shares.dropout(p: dropoutP) }
    return shares.matmul(value)
  }

  /// Zeros, with history, where there are no results or no keys.
  private func attentionOfNothing(_ key: Tensor, _ value: Tensor) -> Tensor? {
    guard count == 0 || key.rows == 0 || value.columns == 0 || key.count == 0 else { return nil }
    var outer = batch
    for other in [key.batch, value.batch] {
      outer = Broadcast.sizes(outer, other, "scaled_dot_product_attention")
    }
    let shape = outer + [rows, value.columns]
    guard shape.product == 0 || key.rows == 0 else { return nil }
    let ofValue = value.sum()
    let ofKey = key.sum()
    let none = (sum() + ofKey + ofValue).scaled(by: .int(0))
    return Tensor.full(shape, .int(0), dtype) + none
  }

  /// Keys or values whose heads are repeated for those of the queries.
  private func servingHeads(of query: Tensor) -> Tensor {
    let (wanted, heads) = (query.size(-3), size(-3))
    if wanted == heads { return self }
    guard heads > 0, wanted % heads == 0 else {
      refuse(
        "scaled_dot_product_attention",
        "Number of heads in key and value must divide the number of heads in query: \(heads) and "
          + "\(wanted)")
    }
    return repeatInterleave(wanted / heads, dim: -3)
  }

  /// softmax along the last dimension, 0 where all is -∞.
  private func safeSoftmax() -> Tensor {
    let result: Tensor = noGrad {
      let shares = softmax(dim: -1)
      let isHidden = eq(-Double.infinity).all(dim: -1, keepdim: true)
      return isHidden.any().item(as: Bool.self) ? shares.maskedFill_(isHidden, 0) : shares
    }
    return .recorded(result, self) {
      let node = SafeSoftmaxBackward0(dim: -1)
      node.save(.result(result), 0)
      return node
    }
  }
}

final class SafeSoftmaxBackward0: DimensionNode {
  override class var savedNames: [String] { ["result"] }

  override func backward(_ g: Tensor) -> Gradients {
    Gradients(g.softmaxBackwardData(savedValue(0), dim: dim))
  }
}
