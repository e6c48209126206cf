// Functions of functions, and gradcheck's verdicts, beside PyTorch's.
import Testing

@testable import Autograd

@Suite struct FunctionalTests {
  @Test(arguments: ReferenceCase.all("functional.jsonl"))
  func `functions of functions give what PyTorch gives`(reference: ReferenceCase) throws {
    try reference.check(Self.programs)
  }

  @Test func `inputs are left as they are`() throws {
    let x = plain(1, 2)
    _ = try jacobian(Self.sine, x)
    #expect(!x.requiresGrad)
    let leaf = leaf(1, 2)
    _ = try hessian({ Self.sine($0).sum() }, leaf)
    #expect(leaf.grad == nil)
    try gradcheck(Self.sine, leaf)
    #expect(leaf.toArray() == [1, 2])
    #expect(leaf.version == 0)
  }

  @Test func `gradcheck refuses float32`() {
    let error = #expect(throws: AutogradError.self) {
      try gradcheck(Self.sine, Tensor([1, 2], dtype: .float32).requiresGrad_())
    }
    #expect(error?.code == .invalidArgument)
    #expect(error?.message.contains("float64") ?? false)
  }

  @Test func `gradcheck shows both Jacobians and where they differ`() {
    let error = #expect(throws: AutogradError.self) { try gradcheck(WrongSquare.apply, leaf(1, 2)) }
    #expect(error?.code == .gradcheckFailed)
    let message = error?.message ?? ""
    #expect(message.contains("numerical:tensor([[2.0000, 0.0000],\n        [0.0000, 4.0000]]"))
    #expect(message.contains("analytical:tensor([[2.1000, 0.0000],\n        [0.0000, 4.2000]]"))
    #expect(message.contains("row 1"))
  }

  @Test func `gradcheck finds NaN`() {
    #expect(throws: AutogradError.self) { try gradcheck({ ($0 - 1).sqrt() }, leaf(1)) }
  }

  @Test func `what the function throws is thrown`() {
    struct Own: Error {}
    let error = #expect(throws: AutogradError.self) {
      _ = try vjp({ (_: Tensor) in throw Own() }, leaf(1))
    }
    #expect(error?.code == .userError)
    #expect(error?.underlying is Own)
  }

  @Test func `hessians of functions that differentiate themselves`() throws {
    // f = |∇(Σx⁴/4)|² = Σx⁶
    let second = try hessian(
      { (x: Tensor) in
        let g = try grad(of: (x.pow(4) / 4).sum(), withRespectTo: x, createGraph: true)
        return (g * g).sum()
      }, plain(1, 2))
    #expect(second.allclose(Tensor([[30.0, 0], [0, 480]], dtype: .float64)))
  }

  // MARK: Functions

  private static func sine(_ x: Tensor) -> Tensor { x.sin() * x }
  private static func one(_ x: Tensor) -> Tensor { (x.sin() * x).sum(dim: 0) }
  private static func oneNumber(_ x: Tensor) -> Tensor { one(x).sum() }

  private static func several(_ at: [Tensor]) -> [Tensor] {
    let (x, w) = (at[0], at[1])
    return [x.mv(w).tanh(), (x * x).sum() * w, w.exp()]
  }

  private static func number(_ at: [Tensor]) -> Tensor {
    let (x, w) = (at[0], at[1])
    return (x.mv(w).tanh() * x.sum(dim: 1)).sum() + w.pow(3).sum()
  }

  private static func unused(_ at: [Tensor]) -> [Tensor] { [(at[0] * at[0]).sum(), at[0].exp()] }
  private static func linear(_ at: [Tensor]) -> Tensor { at[0].mv(at[1]).sum() }

  private static func inputs() -> [Tensor] {
    [plain(0.5, -1, 2, 1.5, 0.25, -0.75).view(2, 3), plain(1, 2, -1)]
  }

  private static func leaves() -> [Tensor] { inputs().map { $0.requiresGrad_() } }

  private static func networkInputs() -> [Tensor] {
    let numbers = Tensor.arange(1, 26, dtype: .float64).cos().split([4, 6, 3, 12])
    return [
      numbers[0].view(2, 2), numbers[1].view(3, 2), numbers[2], numbers[3].view(4, 3),
    ]
  }

  private static func network(_ at: [Tensor]) -> Tensor {
    let hidden = (at[0].mm(at[1].t()) + at[2]).sigmoid()
    return -hidden.mm(at[3].t()).logSoftmax(dim: 1)[0..., 1].mean()
  }

  private static func vX() -> Tensor { plain(1, 2, 3, -1, -2, -3).view(2, 3) }
  private static func vW() -> Tensor { plain(0.5, 1, -2) }
  private static func two() -> Tensor { plain(2)[0] }
  private static func vOut() -> [Tensor] { [plain(1, -2), plain(3, 0, 1), plain(1, 1, 2)] }

  // MARK: Programs

  private static func refused(
    _ call: @escaping (_ x: Tensor, _ w: Tensor) throws -> Void
  ) -> (CaseLog) throws -> Void {
    { _ in
      let at = inputs()
      do {
        try call(at[0], at[1])
      } catch let error as AutogradError {
        throw InPythonsWords(error)
      }
    }
  }

  private static func checked(
    _ call: @escaping (_ x: Tensor, _ w: Tensor) throws -> Void
  ) -> (CaseLog) throws -> Void {
    { log in
      let at = leaves()
      do {
        try call(at[0], at[1])
      } catch let error as AutogradError {
        throw InPythonsWords(error)
      }
      log.note("True")
    }
  }

  /// A message in which sizes and arguments are written as in Python.
  private struct InPythonsWords: Error, CustomStringConvertible {
    let description: String

    init(_ error: AutogradError) {
      description = error.message.replacing("size: should be ", with: "size: should be Size(")
        .replacing(" but got [", with: ") but got Size([").replacing("].", with: "]).")
        .replacing("createGraph: true", with: "create_graph=True")
        .replacing("requiresGrad: true", with: "requires_grad=True")
    }
  }

  private nonisolated(unsafe) static let programs: [String: (CaseLog) throws -> Void] = [
    "vjp": { log in
      let at = inputs()
      let of1 = try vjp(one, at[0], v: vW())
      log.note("one", of1.output, of1.vjp)
      let several = try vjp(several, at, v: vOut())
      log.note("several", several.outputs + several.vjp)
      let third = try vjp({ [number($0)] }, at)
      log.note("number", third.outputs + third.vjp)
      let unused = try vjp(unused, at, v: [two(), vX()])
      log.note("unused", unused.outputs + unused.vjp)
    },
    "jvp": { log in
      let at = inputs()
      let of1 = try jvp(one, at[0], v: vX())
      log.note("one", of1.output, of1.jvp)
      let several = try jvp(several, at, v: [vX(), vW()])
      log.note("several", several.outputs + several.jvp)
      let unused = try jvp(unused, at, v: [vX(), vW()])
      log.note("unused", unused.outputs + unused.jvp)
    },
    "jacobian": { log in
      let at = inputs()
      log.note("one", try jacobian(one, at[0]))
      log.note("several", try jacobian(several, at).flatMap { $0 })
      log.note("unused", try jacobian(unused, at).flatMap { $0 })
    },
    "hessian": { log in
      let at = inputs()
      log.note("one", try hessian(oneNumber, at[0]))
      log.note("number", try hessian(number, at).flatMap { $0 })
      log.note("linear", try hessian(linear, at).flatMap { $0 })
    },
    "products_with_hessian": { log in
      let at = inputs()
      let first = try vhp(oneNumber, at[0], v: vX())
      log.note("one vhp", first.output, first.vhp)
      let second = try hvp(oneNumber, at[0], v: vX())
      log.note("one hvp", second.output, second.hvp)
      let third = try vhp(number, at, v: [vX(), vW()])
      log.note("number vhp", [third.output] + third.vhp)
      let fourth = try hvp(number, at, v: [vX(), vW()])
      log.note("number hvp", [fourth.output] + fourth.hvp)
      let fifth = try vhp(linear, at, v: [vX(), vW()])
      log.note("linear vhp", [fifth.output] + fifth.vhp)
    },
    "of_network": { log in
      let at = networkInputs()
      let v = at.map { Tensor.ones(like: $0) }
      let first = try vjp({ [network($0)] }, at)
      log.note("vjp", first.outputs + first.vjp)
      let second = try jvp({ [network($0)] }, at, v: v)
      log.note("jvp", second.outputs + second.jvp)
      let third = try hvp(network, at, v: v)
      log.note("hvp", [third.output] + third.hvp)
      let fourth = try vhp(network, at, v: v)
      log.note("vhp", [fourth.output] + fourth.vhp)
      log.note("hessian", try hessian(network, at).flatMap { $0 })
    },
    "recorded": { log in
      let x = inputs()[0].requiresGrad_()
      func by(_ result: Tensor) throws -> Tensor {
        try grad(of: (result * result).sum(), withRespectTo: x)
      }
      log.note("jacobian", try by(jacobian(one, x, createGraph: true)))
      log.note("vjp", try by(vjp(one, x, v: vW(), createGraph: true).vjp))
      log.note("jvp", try by(jvp(one, x, v: vX(), createGraph: true).jvp))
      log.note("hvp", try by(hvp(oneNumber, x, v: vX(), createGraph: true).hvp))
      log.note("hessian", try by(hessian(oneNumber, x, createGraph: true)))
      log.note("requires \(try jacobian(one, x).requiresGrad ? "True" : "False")")
    },
    "vjp_needs_v": refused { x, _ in _ = try vjp(one, x) },
    "jvp_needs_v": refused { x, _ in _ = try jvp(one, x) },
    "hvp_needs_v": refused { x, w in _ = try hvp(number, [x, w]) },
    "v_of_other_shape": refused { x, _ in _ = try vjp(one, x, v: vX()) },
    "v_of_other_count": refused { x, w in _ = try jvp(several, [x, w], v: [vX()]) },
    "entry_of_v_of_other_shape": refused { x, w in _ = try vhp(number, [x, w], v: [vX(), vX()]) },
    "hessian_of_several_numbers": refused { x, _ in _ = try hessian(one, x) },
    "hvp_of_several_numbers": refused { x, _ in _ = try hvp(one, x, v: vX()) },
    "strict_vjp": refused { x, w in _ = try vjp(unused, [x, w], v: [two(), vX()], strict: true) },
    "strict_vjp_constant": refused { x, _ in
      _ = try vjp({ (x: Tensor) in x.detach() }, x, v: vX(), strict: true)
    },
    "strict_jacobian": refused { x, w in _ = try jacobian(unused, [x, w], strict: true) },
    "strict_jvp_of_linear": refused { x, _ in
      _ = try jvp({ (x: Tensor) in (x * 2).sum() }, x, v: vX(), strict: true)
    },
    "strict_hessian_of_linear": refused { x, _ in
      _ = try hessian({ (x: Tensor) in x.sum() }, x, strict: true)
    },
    "strict_hvp_of_linear": refused { x, _ in
      _ = try hvp({ (x: Tensor) in x.sum() }, x, v: vX(), strict: true)
    },
    "strict_jacobian_recorded": refused { x, _ in
      _ = try jacobian(
        { (x: Tensor) in x * 2 }, x.requiresGrad_(), createGraph: true, strict: true)
    },
    "gradcheck_passes": checked { x, w in try gradcheck(several, [x, w]) },
    "gradcheck_passes_for_part": checked { x, w in try gradcheck(several, [x, w.detach()]) },
    "gradcheck_passes_for_constant": checked { x, _ in
      try gradcheck({ (_: Tensor) in Tensor.ones(2, dtype: .float64) }, x)
    },
    "gradcheck_fails": checked { x, _ in try gradcheck(WrongSquare.apply, x) },
    "gradcheck_of_second_input_fails": checked { x, w in
      try gradcheck({ [$0[0].sum(), WrongSquare.apply($0[1])] }, [x, w])
    },
    "gradcheck_cut_off": checked { x, _ in try gradcheck({ (x: Tensor) in x.detach() * 2 }, x) },
    "gradcheck_not_linear": checked { x, _ in try gradcheck(NotLinear.apply, x) },
    "gradcheck_unsteady": checked { x, _ in try gradcheck(Unsteady.function(), x) },
    "gradcheck_unsteady_tolerated": checked { x, _ in
      try gradcheck(Unsteady.function(), x, nondetTol: 1e-3)
    },
    "gradcheck_needs_input": checked { x, _ in try gradcheck(one, x.detach()) },
    "gradcheck_expanded": checked { _, w in
      try gradcheck(one, w.detach().expand(2, 3).requiresGrad_())
    },
    "gradgradcheck_passes": checked { x, w in try gradgradcheck({ [number($0)] }, [x, w]) },
    "gradgradcheck_fails": checked { x, _ in try gradgradcheck(WrongSecond.apply, x) },
    "gradcheck_of_wrong_second_passes": checked { x, _ in try gradcheck(WrongSecond.apply, x) },
  ]
}

// MARK: - Functions that are wrong

private enum WrongSquare: UnaryFunction {
  static func forward(_ ctx: FunctionContext, _ x: Tensor) -> Tensor {
    ctx.saveForBackward(x)
    return x * x
  }

  static func backward(_ ctx: FunctionContext, _ g: Tensor) -> Tensor {
    g * ctx.savedTensors[0] * 2.1
  }
}

private enum NotLinear: UnaryFunction {
  static func forward(_ ctx: FunctionContext, _ x: Tensor) -> Tensor { x * 1 }
  static func backward(_ ctx: FunctionContext, _ g: Tensor) -> Tensor { g + 1e-9 }
}

/// A derivative that is a little larger each time.
private enum Unsteady: Function {
  final class Counter { var calls = 0.0 }

  static func function() -> (Tensor) -> Tensor {
    let counter = Counter()
    return { apply([$0], counter)[0] }
  }

  static func forward(_ ctx: FunctionContext, _ inputs: [Tensor], _ counter: Counter) -> [Tensor] {
    ctx.counter = counter
    return [inputs[0] * 1]
  }

  static func backward(_ ctx: FunctionContext, _ gradOutputs: [Tensor?]) -> [Tensor?] {
    let counter: Counter = ctx.counter!
    counter.calls += 1
    return [gradOutputs[0]! * (1 + 1e-8 * counter.calls)]
  }
}

/// Its derivative is right and cuts off what it depends on.
private enum WrongSecond: UnaryFunction {
  static func forward(_ ctx: FunctionContext, _ x: Tensor) -> Tensor {
    ctx.saveForBackward(x)
    return x * x
  }

  static func backward(_ ctx: FunctionContext, _ g: Tensor) -> Tensor {
    g * ctx.savedTensors[0].detach() * 2
  }
}
