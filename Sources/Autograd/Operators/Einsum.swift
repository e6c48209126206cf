// einsum: sums of products named by letters, in PyTorch's steps down to bmm.

extension Tensor {
  /// The sums of products that an equation names, such as `"bij,bjk->bik"`.
  ///
  /// Each letter is a dimension; those that the right side leaves out are summed over. `...` stands
  /// for dimensions that are broadcast. Without an arrow, the result has the letters that appear
  /// once, in the order of the alphabet. `path` says which two operands to multiply next, two
  /// numbers a product, whose result goes to the end of the list; from left to right unless given.
  /// Source: ATen/native/Linear.cpp, einsum.
  public static func einsum(
    _ equation: String, _ operands: [Tensor], path: [Int]? = nil
  ) -> Tensor {
    guard !operands.isEmpty else { refuse("einsum", "must provide at least one operand") }
    if let path {
      let expected = operands.count == 1 ? 1 : 2 * (operands.count - 1)
      guard path.count == expected else {
        refuse(
          "einsum",
          "expected contraction path given in path parameter to have size \(expected) but got "
            + "\(path.count)")
      }
    }
    var plan = EinsumPlan(EinsumEquation(equation, operandCount: operands.count), operands)
    var list = operands.indices.map { plan.aligned(operands[$0], $0) }
    var next = path?.makeIterator()
    while list.count > 1 {
      var (i, j) = (0, 1)
      if next != nil {
        let pair = [next!.next()!, next!.next()!].sorted()
        (i, j) = (pair[0], pair[1])
        guard i != j, i >= 0, j < list.count else {
          refuse("einsum", "invalid contraction path: \(i), \(j) of \(list.count) operands")
        }
      }
      let b = list.remove(at: j)
      let a = list.remove(at: i)
      let product = plan.contract(a, b)
      if path == nil { list.insert(product, at: 0) } else { list.append(product) }
    }
    let summed = Array(plan.outputRank..<plan.rank)
    if summed.isEmpty { return list[0] }
    // What several operands shared was summed with their product: sizes of 1 are left.
    if operands.count > 1 { return list[0].view(Array(list[0].shape[..<plan.outputRank])) }
    return list[0].sum(dim: summed)
  }

  /// As `einsum(_:_:path:)`, from left to right.
  public static func einsum(_ equation: String, _ operands: Tensor...) -> Tensor {
    einsum(equation, operands)
  }

  /// The products of two tensors of one rank, summed over `dims`, which stay with size 1.
  ///
  /// As a product of batches: what both have and keep is the batch, what is summed is between.
  /// Source: ATen/native/Linear.cpp, sumproduct_pair.
  fileprivate static func sumOfProducts(_ a: Tensor, _ b: Tensor, over dims: [Int]) -> Tensor {
    if dims.isEmpty { return a * b }
    var (left, right) = (a, b)
    var (both, onlyLeft, onlyRight) = ([Int](), [Int](), [Int]())
    var summed = 1
    for d in a.sizes.indices {
      let (isLeft, isRight) = (left.sizes[d] != 1, right.sizes[d] != 1)
      if dims.contains(d) {
        if isLeft, isRight {
          summed *= left.sizes[d]
        } else if isLeft {
          left = left.sum(dim: d, keepdim: true)
        } else if isRight {
          right = right.sum(dim: d, keepdim: true)
        }
      } else if isLeft, isRight {
        both.append(d)
      } else if isLeft {
        onlyLeft.append(d)
      } else {
        onlyRight.append(d)
      }
    }
    func size(_ dims: [Int], _ x: Tensor) -> Int { dims.reduce(1) { $0 * x.sizes[$1] } }
    let (batch, rows, columns) = (size(both, left), size(onlyLeft, left), size(onlyRight, right))
    let shape =
      both.map { left.sizes[$0] } + onlyLeft.map { left.sizes[$0] } + dims.map { _ in 1 }
      + onlyRight.map { right.sizes[$0] }
    let order = both + onlyLeft + dims + onlyRight
    var inverse = Array(repeating: 0, count: order.count)
    for (i, d) in order.enumerated() { inverse[d] = i }
    left = left.permute(order).reshape([batch, rows, summed])
    right = right.permute(both + dims + onlyRight + onlyLeft).reshape([batch, summed, columns])
    return left.bmm(right).view(shape).permute(inverse)
  }
}

/// The letters of an equation; nil stands for the dots.
private struct EinsumEquation {
  var inputs: [[Character?]] = []
  /// nil without an arrow.
  var output: [Character?]?

  init(_ text: String, operandCount: Int) {
    let characters = Array(text)
    var sides: [[Character]] = [[]]
    var i = 0
    while i < characters.count {
      if characters[i] == "-", i + 1 < characters.count, characters[i + 1] == ">", sides.count == 1
      {
        sides.append([])
        i += 2
      } else {
        sides[sides.count - 1].append(characters[i])
        i += 1
      }
    }
    let terms = sides[0].split(separator: ",", omittingEmptySubsequences: false)
    guard terms.count == operandCount else {
      refuse(
        "einsum",
        "\(terms.count < operandCount ? "more" : "fewer") operands were provided than specified in "
          + "the equation '\(text)': \(operandCount)")
    }
    for (k, term) in terms.enumerated() {
      inputs.append(EinsumEquation.letters(term, "operand \(k)"))
    }
    if sides.count > 1 { output = EinsumEquation.letters(sides[1][...], "the output") }
  }

  private static func letters(_ text: ArraySlice<Character>, _ place: String) -> [Character?] {
    var letters: [Character?] = []
    var rest = text.filter { $0 != " " }[...]
    while let letter = rest.popFirst() {
      if letter == "." {
        guard rest.prefix(2) == [".", "."], !letters.contains(nil) else {
          refuse("einsum", "found '.' for \(place) that is not part of the only ellipsis (...)")
        }
        rest = rest.dropFirst(2)
        letters.append(nil)
      } else {
        guard letter.isASCII, letter.isLetter else {
          refuse(
            "einsum",
            "invalid subscript given for \(place), subscripts must be in [a-zA-Z], not '\(letter)'")
        }
        letters.append(letter)
      }
    }
    return letters
  }
}

/// Where each letter is in the common shape, and how the operands come to it.
private struct EinsumPlan {
  private let equation: EinsumEquation
  private var places: [Character: Int] = [:]
  private var dotsPlace = 0
  private let dotsRank: Int
  private var sizes: [Int]
  /// How many operands have a size other than 1 there.
  private var counts: [Int]
  /// The number of dimensions that stay.
  let outputRank: Int
  /// The number of dimensions of the common shape.
  let rank: Int

  init(_ equation: EinsumEquation, _ operands: [Tensor]) {
    self.equation = equation
    var frequency: [Character: Int] = [:]
    var dotsRank = 0
    for (k, letters) in equation.inputs.enumerated() {
      let named = letters.compactMap { $0 }
      let rank = operands[k].sizes.count
      let hasDots = named.count < letters.count
      guard hasDots ? named.count <= rank : named.count == rank else {
        refuse(
          "einsum",
          "the number of subscripts in the equation (\(named.count)) "
            + (hasDots ? "is more than" : "does not match") + " the number of dimensions "
            + "(\(rank)) for operand \(k)" + (hasDots ? "" : " and no ellipsis was given"))
      }
      if hasDots { dotsRank = Swift.max(dotsRank, rank - named.count) }
      for letter in named { frequency[letter, default: 0] += 1 }
    }
    self.dotsRank = dotsRank
    // Capitals come before small letters in both ASCII and the equation's alphabet.
    let alphabet = frequency.keys.sorted()
    var next = 0
    var hasDots = false
    let output = equation.output ?? [nil] + alphabet.filter { frequency[$0] == 1 }
    for letter in output {
      guard let letter else {
        dotsPlace = next
        next += dotsRank
        hasDots = true
        continue
      }
      guard frequency[letter] != nil, places[letter] == nil else {
        refuse(
          "einsum",
          "output subscript \(letter) "
            + (places[letter] != nil
              ? "appears more than once in the output"
              : "does not appear in the equation for any input operand"))
      }
      places[letter] = next
      next += 1
    }
    outputRank = next
    if !hasDots {
      dotsPlace = next
      next += dotsRank
    }
    for letter in alphabet where places[letter] == nil {
      places[letter] = next
      next += 1
    }
    rank = next
    guard rank <= Dims.capacity else {
      refuse("einsum", "tensors can have at most \(Dims.capacity) dimensions, not \(rank)")
    }
    sizes = Array(repeating: 1, count: rank)
    counts = Array(repeating: 0, count: rank)
  }

  /// Operand `k` with its dimensions in the places of their letters, and 1 where it has none.
  mutating func aligned(_ operand: Tensor, _ k: Int) -> Tensor {
    var operand = operand
    let letters = equation.inputs[k]
    let covered = operand.sizes.count - (letters.count - 1)
    var order = Array(repeating: -1, count: rank)
    var dim = 0
    for letter in letters {
      guard let letter else {
        for j in (dotsRank - covered)..<dotsRank {
          note(operand.sizes[dim], dotsPlace + j, "dimension \(dim) covered by ellipsis", k)
          order[dotsPlace + j] = dim
          dim += 1
        }
        continue
      }
      let place = places[letter]!
      if order[place] == -1 {
        note(operand.sizes[dim], place, "subscript \(letter)", k)
        order[place] = dim
        dim += 1
      } else {
        let before = order[place]
        guard operand.sizes[dim] == operand.sizes[before] else {
          refuse(
            "einsum",
            "subscript \(letter) is repeated for operand \(k) but the sizes don't match, "
              + "\(operand.sizes[dim]) != \(operand.sizes[before])")
        }
        operand = operand.diagonal(offset: 0, dim1: before, dim2: dim)
        let last = operand.sizes.count - 1
        operand = operand.permute(
          Array(0..<before) + [last] + Array(before..<last))
      }
    }
    for place in order.indices where order[place] == -1 {
      operand = operand.unsqueeze(dim)
      order[place] = dim
      dim += 1
    }
    return operand.permute(order)
  }

  private mutating func note(_ size: Int, _ place: Int, _ what: String, _ k: Int) {
    guard size != 1 else { return }
    guard sizes[place] == 1 || sizes[place] == size else {
      refuse(
        "einsum",
        "\(what) has size \(size) for operand \(k) which does not broadcast with previously seen "
          + "size \(sizes[place])")
    }
    sizes[place] = size
    counts[place] += 1
  }

  /// The product of two aligned operands, summed over what no other operand has any more.
  mutating func contract(_ a: Tensor, _ b: Tensor) -> Tensor {
    var (shared, onlyA, onlyB) = ([Int](), [Int](), [Int]())
    for d in outputRank..<rank {
      if a.sizes[d] != 1, b.sizes[d] != 1 {
        counts[d] -= 1
        if counts[d] == 1 {
          shared.append(d)
          counts[d] = 0
        }
      } else if counts[d] == 1 {
        if a.sizes[d] != 1 {
          onlyA.append(d)
          counts[d] = 0
        } else if b.sizes[d] != 1 {
          onlyB.append(d)
          counts[d] = 0
        }
      }
    }
    let left = onlyA.isEmpty ? a : a.sum(dim: onlyA, keepdim: true)
    let right = onlyB.isEmpty ? b : b.sum(dim: onlyB, keepdim: true)
    return Tensor.sumOfProducts(left, right, over: shared)
  }
}
