// Steps of optimisers: the same bits from every instruction set and number of threads.
import CKernels
import Testing

@Suite struct UpdateTests {
  private static let rules: [agk_update_rule] = [
    .AGK_SGD, .AGK_SGD_MOMENTUM, .AGK_ADAM, .AGK_ADAM_AMSGRAD, .AGK_RMSPROP, .AGK_ADAGRAD,
    .AGK_ADAMAX, .AGK_NADAM,
  ]

  private func update(_ rule: agk_update_rule, _ dtype: agk_dtype) -> agk_update {
    var update = agk_update()
    update.rule = rule
    update.dtype = dtype
    update.maximize = true
    update.weight_decay = 0.03
    update.shrink = 0.99
    update.rate = -0.1
    update.gradient_rate = -0.02
    update.momentum = 0.8
    update.share = 0.7
    update.nesterov = true
    update.has_momentum = true
    update.centered = true
    update.beta1 = 0.7
    update.beta2 = 0.95
    update.correction = 0.6
    update.eps = 1e-3
    return update
  }

  /// Parameter and states after one step by `step`, joined.
  private func result<T: Element & BinaryFloatingPoint>(
    _ rule: agk_update_rule, _ count: Int, _: T.Type,
    _ step: (
      UnsafePointer<agk_update>, UnsafeMutableRawPointer, UnsafeRawPointer,
      [UnsafeMutableRawPointer]
    ) -> Void
  ) -> [T] {
    var update = update(rule, T.dtype)
    // From 0.1 to 0.2: a mean of squares is not less than the square of the mean.
    var all = samples(4 * count, seed: count, as: T.self).map { abs($0) / 10 + T(0.1) }
    let gradient = samples(count, seed: count + 1, as: T.self)
    all.withUnsafeMutableBytes { bytes in
      let size = count * MemoryLayout<T>.size
      let parts = (0..<4).map { bytes.baseAddress! + $0 * size }
      gradient.withUnsafeBytes { gradient in
        step(&update, parts[0], gradient.baseAddress!, Array(parts[1...]))
      }
    }
    return all
  }

  @Test(arguments: rules)
  func `Instruction sets agree`(rule: agk_update_rule) {
    func test<T: Element & BinaryFloatingPoint>(_: T.Type) {
      for count in [1, 7, 64, 1023, 2500] {
        let results = Variant.all.map { variant in
          result(rule, count, T.self) { update, parameter, gradient, states in
            variant.kernels.step(
              update, Int64(count), parameter, gradient, states[0], states[1], states[2])
          }
        }
        #expect(results.allSatisfy { $0 == results[0] })
      }
    }
    test(Float.self)
    test(Double.self)
  }

  @Test(arguments: rules)
  func `Threads change nothing`(rule: agk_update_rule) {
    let count = 40_001
    func run() -> [Float] {
      result(rule, count, Float.self) { update, parameter, gradient, states in
        agk_step(update, Int64(count), parameter, gradient, states.map { $0 })
      }
    }
    let threads = agk_threads()
    defer { agk_set_threads(threads) }
    agk_set_threads(1)
    let alone = run()
    agk_set_threads(4)
    #expect(run() == alone)
  }

  @Test(arguments: rules, [1, 16_384, 16_385, 2_100_000])
  func `A step that measures makes the same, and finds what is there`(
    rule: agk_update_rule, count: Int
  ) {
    func test<T: Element & BinaryFloatingPoint>(_: T.Type) {
      var found = agk_statistics()
      let measured = result(rule, count, T.self) { update, parameter, gradient, states in
        agk_step_measured(
          update, Int64(count), parameter, gradient, states.map { $0 }, &found)
      }
      let plain = result(rule, count, T.self) { update, parameter, gradient, states in
        agk_step(update, Int64(count), parameter, gradient, states.map { $0 })
      }
      #expect(measured == plain)
      var expected = agk_statistics()
      agk_measure(T.dtype, Int64(count), plain, false, &expected)
      #expect(found.hash == expected.hash && found.norm == expected.norm)
      #expect(found.minimum == expected.minimum && found.mean == expected.mean)
    }
    test(Float.self)
    if count < 100_000 { test(Double.self) }
  }
}
