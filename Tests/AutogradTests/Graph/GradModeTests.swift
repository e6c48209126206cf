// Recording switched off and on.
import Testing

@testable import Autograd

@Suite struct GradModeTests {
  @Test func `modes nest and end with their bodies`() {
    let x = Tensor(1.0, requiresGrad: true)
    var modes = [isGradEnabled]
    noGrad {
      modes.append(isGradEnabled)
      enableGrad {
        modes.append(isGradEnabled)
        noGrad { modes.append((x * 2).requiresGrad) }
        modes.append((x * 2).requiresGrad)
      }
      modes.append(isGradEnabled)
    }
    modes.append(isGradEnabled)
    #expect(modes == [true, false, true, false, true, false, true])
  }

  struct Failure: Error, Equatable { var number: Int }

  @Test func `a body that throws leaves the mode as it was`() {
    #expect(throws: Failure(number: 1)) {
      try noGrad { throw Failure(number: 1) }
    }
    #expect(isGradEnabled)
    noGrad {
      #expect(throws: Failure(number: 2)) {
        try enableGrad { throw Failure(number: 2) }
      }
      #expect(!isGradEnabled)
    }
    #expect(isGradEnabled)
  }

  @Test func `errors keep their type and results come back`() throws {
    func fails() throws(Failure) -> Int {
      try noGrad { () throws(Failure) in throw Failure(number: 3) }
    }
    do {
      _ = try fails()
    } catch {
      #expect(error.number == 3)
    }
    #expect(noGrad { 5 } == 5)
  }

  @Test func `a leaf made within noGrad still requires its gradient`() throws {
    let x = noGrad { Tensor(2.0, requiresGrad: true) }
    try (x * x).backward()
    #expect(x.grad?.item() == 4)
  }

  @Test func `the mode belongs to the thread`() {
    var elsewhere = false
    noGrad { inNewThread { elsewhere = isGradEnabled } }
    #expect(elsewhere)
  }
}
