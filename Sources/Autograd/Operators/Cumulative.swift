// Running sums, products, extremes and log-sums along a dimension.

internal import CKernels
internal import GraphModel

/// Elements chosen along a dimension and where they were: what `max(dim:)`, `sort` and others give.
public struct ValuesAndIndices {
  /// The elements.
  public let values: Tensor
  /// Their positions along the dimension, int64.
  public let indices: Tensor
}

extension Tensor {
  /// The sums of all elements up to each along a dimension.
  ///
  /// Integers and bool become int64.
  public func cumsum(dim: Int, dtype: DType? = nil) -> Tensor {
    let result = cumulated(.AGK_SUM, dim, dtype, "cumsum")
    if isRecording(self) {
      let node = CumsumBackward0(dim: dim)
      node.addEdge(to: self)
      node.adopt(result)
    }
    return result
  }

  /// The products of all elements up to each along a dimension.
  ///
  /// Integers and bool become int64.
  public func cumprod(dim: Int, dtype: DType? = nil) -> Tensor {
    let result = cumulated(.AGK_PROD, dim, dtype, "cumprod")
    if isRecording(self) {
      let node = CumprodBackward0(dim: dim)
      node.addEdge(to: self)
      node.save(.result(result), 0)
      node.save(.input(self), 1)
      node.adopt(result)
    }
    return result
  }

  private func cumulated(
    _ op: agk_reduce_op, _ dim: Int, _ dtype: DType?, _ operation: String
  ) -> Tensor {
    let d = wrap(dim, operation)
    let target = dtype ?? (self.dtype.isFloatingPoint ? self.dtype : .int64)
    if target == .bool { refuse(operation, "\"\(operation)_out_cpu\" not implemented for 'Bool'") }
    let layout = ReducedLayout(converted(to: target), along: d)
    let result = Tensor(empty: sizes, target)
    agk_cumulate(
      op, target.kernel, Int64(layout.outer), Int64(layout.length), Int64(layout.inner),
      result.pointer, layout.data.pointer)
    return result
  }

  /// The largest of all elements up to each along a dimension, and the last place that has it.
  public func cummax(dim: Int) -> ValuesAndIndices {
    runningExtremes(.AGK_MAX, dim, "cummax") { CummaxBackward0($0, dim: dim) }
  }

  /// The smallest of all elements up to each along a dimension, and the last place that has it.
  public func cummin(dim: Int) -> ValuesAndIndices {
    runningExtremes(.AGK_MIN, dim, "cummin") { CumminBackward0($0, dim: dim) }
  }

  private func runningExtremes(
    _ op: agk_reduce_op, _ dim: Int, _ operation: String, node: (Tensor) -> Node
  ) -> ValuesAndIndices {
    let layout = ReducedLayout(self, along: wrap(dim, operation))
    let values = Tensor(empty: sizes, dtype)
    let indices = Tensor(empty: sizes, .int64)
    agk_extremes(
      op, dtype.kernel, true, Int64(layout.outer), Int64(layout.length), Int64(layout.inner),
      values.pointer, indices.int64Pointer, layout.data.pointer)
    if isRecording(self) {
      let node = node(self)
      node.addEdge(to: self)
      node.save(.input(indices), 0)
      node.save(.input(self), 1)
      node.adopt(values)
      endsHistory("indices of \(operation)")
    }
    return ValuesAndIndices(values: values, indices: indices)
  }

  /// log Σ exp of all elements up to each along a dimension, without overflow.
  ///
  /// Floating point only.
  public func logcumsumexp(dim: Int) -> Tensor {
    let axis = wrap(dim, "logcumsumexp")
    checkFloatingPoint("logcumsumexp", "logcumsumexp_out_cpu")
    let layout = ReducedLayout(self, along: axis)
    let result = Tensor(empty: sizes, dtype)
    agk_log_cumulate(
      dtype.kernel, Int64(layout.outer), Int64(layout.length), Int64(layout.inner),
      result.pointer, layout.data.pointer)
    if isRecording(self) {
      let node = LogcumsumexpBackward0(dim: dim)
      node.addEdge(to: self)
      node.save(.result(result), 0)
      node.save(.input(self), 1)
      node.adopt(result)
    }
    return result
  }
}

// MARK: - Derivatives

extension Tensor {
  /// The sums of all elements from each to the end.
  fileprivate func reversedCumsum(_ dim: Int) -> Tensor {
    sizes.count == 0 || sizes[wrap(dim, "cumsum")] <= 1
      ? self : flip([dim]).cumsum(dim: dim).flip([dim])
  }
}

final class CumsumBackward0: DimensionNode {
  override func backward(_ g: Tensor) -> Gradients {
    guard g.count > 1, g.size(dim) > 1 else { return Gradients(g) }
    return Gradients(g.reversedCumsum(dim))
  }
}

final class CumprodBackward0: DimensionNode {
  override class var savedNames: [String] { ["result", "self"] }

  override func backward(_ g: Tensor) -> Gradients {
    let result = savedValue(0)
    let x = savedValue(1)
    guard x.count > 1, x.size(dim) > 1 else { return Gradients(g) }
    let hasZero: Bool = noGrad { x.eq(0).sum().item() > 0 }
    guard hasZero else { return Gradients((result * g).reversedCumsum(dim) / x) }
    let d = x.wrap(dim, "cumprod")
    guard !isGradEnabled else { return Gradients(CumprodBackward0.withZeros(g, x, d)) }
    let gradient = Tensor(empty: x.sizes, x.dtype)
    if x.dtype == .float32 {
      CumprodBackward0.setWithZeros(gradient, g, x, d, of: Float.self)
    } else {
      CumprodBackward0.setWithZeros(gradient, g, x, d, of: Double.self)
    }
    return Gradients(gradient)
  }

  /// As `withZeros`, in time that grows with the length: what lies behind a run's first zero only
  /// has a share in the gradient of that zero.
  private static func setWithZeros<T: BinaryFloatingPoint>(
    _ result: Tensor, _ gradient: Tensor, _ input: Tensor, _ d: Int, of type: T.Type
  ) {
    let layout = ReducedLayout(input, along: d)
    let x = layout.data.pointer.assumingMemoryBound(to: T.self)
    let dense = gradient.contiguousData()
    let g = dense.pointer.assumingMemoryBound(to: T.self)
    let out = result.pointer.assumingMemoryBound(to: T.self)
    for o in 0..<layout.outer {
      for i in 0..<layout.inner {
        func place(_ k: Int) -> Int { (o * layout.length + k) * layout.inner + i }
        let zero = (0..<layout.length).first { x[place($0)] == 0 } ?? layout.length
        var products: [Double] = []
        var product = 1.0
        for k in 0..<zero {
          product *= Double(x[place(k)])
          products.append(product)
        }
        var sum = 0.0
        var running = product
        for k in zero..<layout.length {
          if k > zero { running *= Double(x[place(k)]) }
          sum += Double(g[place(k)]) * running
          out[place(k)] = 0
        }
        if zero < layout.length { out[place(zero)] = T(sum) }
        sum = 0
        for k in (0..<zero).reversed() {
          sum += Double(g[place(k)]) * products[k]
          out[place(k)] = T(sum / Double(x[place(k)]))
        }
      }
    }
  }

  /// For each factor the sum of the gradients times the products without it.
  ///
  /// Takes the square of the length, but no division, and is differentiable.
  private static func withZeros(_ g: Tensor, _ x: Tensor, _ d: Int) -> Tensor {
    let size = x.sizes[d]
    var edge = x.sizes
    edge[d] = 1
    let ones = Tensor.full(edge, .int(1), x.dtype)
    let parts = (0..<size).map { k in
      let before =
        k == 0 ? ones : x.narrow(dim: d, start: 0, length: k).prod(dim: d, keepdim: true)
      var omitted = before
      if k < size - 1 {
        let after = x.narrow(dim: d, start: k + 1, length: size - k - 1).cumprod(dim: d)
        omitted = Tensor.cat([before, before * after], dim: d)
      }
      return (g.narrow(dim: d, start: k, length: size - k) * omitted).sum(dim: d)
    }
    return Tensor.stack(parts, dim: d)
  }
}

/// The gradient goes to where the running extreme was.
class RunningExtremeNode: DimensionNode {
  override final class var savedNames: [String] { ["indices", "self"] }

  init(_ x: Tensor, dim: Int) { super.init(dim: dim) }

  override final func backward(_ g: Tensor) -> Gradients {
    guard g.count > 0 else { return Gradients(g) }
    let zeros = Tensor.full(savedValue(1).sizes, .int(0), g.dtype)
    return Gradients(zeros.scatterAdd(dim: dim, index: savedValue(0), src: g))
  }
}

final class CummaxBackward0: RunningExtremeNode {}
final class CumminBackward0: RunningExtremeNode {}

final class LogcumsumexpBackward0: DimensionNode {
  override class var savedNames: [String] { ["result", "self"] }

  /// Positive and negative parts apart, in logarithms.
  ///
  /// Source: logcumsumexp_backward in torch/csrc/autograd/FunctionsManual.cpp.
  override func backward(_ g: Tensor) -> Gradients {
    guard g.sizes.count > 0, g.count > 0 else { return Gradients(g) }
    let result = savedValue(0)
    let x = savedValue(1)
    let lowest: Double =
      g.dtype == .float32
      ? -Double(Float.greatestFiniteMagnitude) : -Double.greatestFiniteMagnitude
    let nothing = Tensor.full(Dims(), .double(lowest), g.dtype)
    let logarithm = g.abs().log()
    let positive = Tensor.where(g.gt(0), logarithm, nothing)
    let negative = Tensor.where(g.lt(0), logarithm, nothing)
    func share(_ part: Tensor) -> Tensor {
      ((part - result).flip([dim]).logcumsumexp(dim: dim).flip([dim]) + x).exp()
    }
    let above = share(positive)
    return Gradients(above - share(negative))
  }
}
