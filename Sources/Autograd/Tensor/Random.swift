// Random tensors: PyTorch's CPU generator, number for number.

internal import CKernels

/// The generator that all random tensors draw from, in the order in which they are made.
private let generator = Locked(seeded(67_280_421_310_721))

private func seeded(_ seed: UInt64) -> agk_generator {
  var generator = agk_generator()
  agk_generator_seed(&generator, seed)
  return generator
}

/// Starts the random numbers anew: the same seed gives the numbers that PyTorch gives on the CPU.
public func manualSeed(_ seed: Int) {
  generator.withLock { agk_generator_seed(&$0, UInt64(bitPattern: Int64(seed))) }
}

/// Where the random numbers stand: what comes next follows from it.
public struct RNGState: Sendable, Hashable {
  fileprivate let words: [UInt32]
  fileprivate let left: Int32
  fileprivate let next: Int32
  fileprivate let nextNormal: Double?
}

/// The state of the random numbers now.
public func getRNGState() -> RNGState {
  generator.withLock { generator in
    RNGState(
      words: withUnsafeBytes(of: generator.state) { Array($0.bindMemory(to: UInt32.self)) },
      left: generator.left, next: generator.next,
      nextNormal: generator.has_next_normal ? generator.next_normal : nil)
  }
}

/// Lets the random numbers go on from `state`.
public func setRNGState(_ state: RNGState) {
  generator.withLock { generator in
    state.words.withUnsafeBytes { words in
      withUnsafeMutableBytes(of: &generator.state) { $0.copyMemory(from: words) }
    }
    generator.left = state.left
    generator.next = state.next
    generator.has_next_normal = state.nextNormal != nil
    generator.next_normal = state.nextNormal ?? 0
  }
}

/// Runs `body` and lets the random numbers go on afterwards as if it had drawn none.
package func keepingRandomState<Result>(_ body: () throws -> Result) rethrows -> Result {
  let before = getRNGState()
  defer { setRNGState(before) }
  return try body()
}

extension Tensor {
  /// Numbers drawn evenly from 0 up to 1.
  ///
  /// Floating point only.
  public static func rand(
    _ shape: [Int], dtype: DType = .float32, device: Device = .cpu, requiresGrad: Bool = false
  ) -> Tensor { drawn(shape, dtype, device, requiresGrad, "rand", agk_random_uniform) }

  /// Numbers drawn evenly from 0 up to 1.
  ///
  /// Floating point only.
  public static func rand(
    _ shape: Int..., dtype: DType = .float32, device: Device = .cpu, requiresGrad: Bool = false
  ) -> Tensor { rand(shape, dtype: dtype, device: device, requiresGrad: requiresGrad) }

  /// Numbers drawn from the normal distribution of mean 0 and variance 1.
  ///
  /// Floating point only.
  public static func randn(
    _ shape: [Int], dtype: DType = .float32, device: Device = .cpu, requiresGrad: Bool = false
  ) -> Tensor { drawn(shape, dtype, device, requiresGrad, "randn", agk_random_normal) }

  /// Numbers drawn from the normal distribution of mean 0 and variance 1.
  ///
  /// Floating point only.
  public static func randn(
    _ shape: Int..., dtype: DType = .float32, device: Device = .cpu, requiresGrad: Bool = false
  ) -> Tensor { randn(shape, dtype: dtype, device: device, requiresGrad: requiresGrad) }

  /// Numbers drawn evenly from 0 up to 1, in the shape and dtype of another tensor.
  public static func rand(like other: Tensor, requiresGrad: Bool = false) -> Tensor {
    rand(other.shape, dtype: other.dtype, requiresGrad: requiresGrad)
  }

  /// Normally distributed numbers in the shape and dtype of another tensor.
  public static func randn(like other: Tensor, requiresGrad: Bool = false) -> Tensor {
    randn(other.shape, dtype: other.dtype, requiresGrad: requiresGrad)
  }

  /// Whole numbers drawn evenly from `low` up to `high`, which is left out.
  public static func randint(
    low: Int = 0, high: Int, _ shape: [Int], dtype: DType = .int64
  ) -> Tensor {
    guard low < high else {
      refuse("randint", "random_ expects 'from' to be less than 'to', but got \(low) >= \(high)")
    }
    let result = Tensor(empty: checked(shape, "randint"), dtype)
    generator.withLock {
      agk_random_integers(
        &$0, dtype.kernel, Int64(low), Int64(high), Int64(result.count), result.pointer)
    }
    return result
  }

  /// The whole numbers from 0 up to `n`, which is left out, in random order.
  public static func randperm(_ n: Int) -> Tensor {
    let result = Tensor(empty: checked([n], "randperm"), .int64)
    generator.withLock {
      agk_random_permutation(
        &$0, Int64(n), result.pointer.assumingMemoryBound(to: Int64.self))
    }
    return result
  }

  private static func drawn(
    _ shape: [Int], _ dtype: DType, _ device: Device, _ requiresGrad: Bool, _ operation: String,
    _ draw: (UnsafeMutablePointer<agk_generator>, agk_dtype, Int64, UnsafeMutableRawPointer) -> Void
  ) -> Tensor {
    device.checkAvailable(for: operation)
    guard dtype.isFloatingPoint else {
      refuse(operation, "\"\(operation)\" not implemented for '\(dtype.name)'")
    }
    let result = Tensor(empty: checked(shape, operation), dtype)
    generator.withLock { draw(&$0, dtype.kernel, Int64(result.count), result.pointer) }
    return requiresGrad ? result.requiresGrad_() : result
  }
}

/// Draws from the generator, alone.
func withGenerator(_ draw: (UnsafeMutablePointer<agk_generator>) -> Void) {
  generator.withLock { draw(&$0) }
}
