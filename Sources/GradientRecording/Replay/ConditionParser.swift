// Reads the expressions of breakpoints.

internal import GraphModel

/// Reads an expression; `Condition` says what there is.
struct ConditionParser {
  private(set) var nodeTerms: [Condition.NodeTerm] = []
  private(set) var tensorTerms: [Condition.TensorTerm] = []
  private(set) var shareTerms: [Condition.ShareTerm] = []
  private var tokens: [ConditionToken]
  private var next = 0
  private var depth = 0

  /// Each term about tensors has a bit of a word in a search.
  private static let mostTerms = 60
  private static let deepest = 50

  init(_ text: String) throws(ConditionError) {
    tokens = try ConditionToken.tokens(of: text)
  }

  mutating func parse() throws(ConditionError) -> Condition.Expression {
    guard token.kind != .end else { throw error("an expression is missing") }
    // `break if nan`, as in gdb.
    _ = accept("if")
    let expression = try alternatives()
    guard token.kind == .end else {
      throw error("expected and, or, or the end, not \(token.shown)")
    }
    return expression
  }

  // MARK: Structure

  private mutating func alternatives() throws(ConditionError) -> Condition.Expression {
    var parts = [try conjunction()]
    while accept("or") || accept("||") { parts.append(try conjunction()) }
    return parts.count == 1 ? parts[0] : .any(parts)
  }

  private mutating func conjunction() throws(ConditionError) -> Condition.Expression {
    var parts = [try negation()]
    while accept("and") || accept("&&") || accept("if") || accept(",") {
      parts.append(try negation())
    }
    return parts.count == 1 ? parts[0] : .all(parts)
  }

  private mutating func negation() throws(ConditionError) -> Condition.Expression {
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.deepest else { throw error("the expression is nested too deeply") }
    if accept("not") || accept("!") { return .not(try negation()) }
    guard accept("(") else { return try term() }
    let inner = try alternatives()
    guard accept(")") else { throw error("expected ), not \(token.shown)") }
    return inner
  }

  // MARK: Terms

  private mutating func term() throws(ConditionError) -> Condition.Expression {
    if token.kind == .number {
      return node(.id(try wholeNumber("a node's id")))
    }
    guard token.kind == .word || token.kind == .quoted else {
      throw error("expected a term, not \(token.shown)")
    }
    if token.kind == .word, Self.joining.contains(token.text) {
      throw error("expected a term, not \(token.shown)")
    }
    if token.kind == .word, let keyword = keywordTerm { return try self.term(keyword) }
    return node(.name(try pattern("a node's name")))
  }

  /// Words that stand between terms.
  private static let joining: Set<String> = ["and", "or", "if", "not", "by"]

  private enum Keyword: String, CaseIterable {
    case node, name, `operator`, op, module, parameter, source, pass, step, microbatch, phase
    case `in`, out, before, after, leaf
    case cosine, share, changes
  }

  /// The keyword that stands here; nil where a name or a quantity does.
  private var keywordTerm: KeywordOrQuantity? {
    if let keyword = Keyword(rawValue: token.text) { return .keyword(keyword) }
    return startsQuantity ? .quantity : nil
  }

  private enum KeywordOrQuantity {
    case keyword(Keyword)
    case quantity
  }

  private mutating func term(
    _ start: KeywordOrQuantity
  ) throws(ConditionError) -> Condition.Expression {
    guard case .keyword(let keyword) = start else {
      return try tensorTerm(Condition.TensorTerm.gradients)
    }
    if keyword != .changes { next += 1 }
    switch keyword {
    case .node:
      if token.kind == .number { return node(.id(try wholeNumber("a node's id"))) }
      return node(.name(try pattern("a node's id or name")))
    case .name, .operator, .op: return node(.name(try pattern("the name of an operator")))
    case .module: return node(.module(try pattern("a module's path")))
    case .parameter: return node(.parameter(try pattern("a parameter's name")))
    case .source: return try sourceTerm()
    case .pass: return .pass(.number(try count("a pass's number")))
    case .step: return .pass(.step(try count("a step")))
    case .microbatch: return .pass(.microBatch(try count("a micro-batch")))
    case .phase: return .pass(.phase(try pattern("a phase")))
    case .in: return try tensorTerm([.gradOutput])
    case .out: return try tensorTerm([.gradInput])
    case .before: return try tensorTerm([.gradBefore])
    case .after: return try tensorTerm([.gradAfter])
    case .leaf: return try tensorTerm([.parameter])
    case .changes: return try tensorTerm(Condition.TensorTerm.gradients)
    case .cosine, .share:
      shareTerms.append(
        Condition.ShareTerm(isCosine: keyword == .cosine, comparison: try comparison()))
      try checkCount()
      return .share(shareTerms.count - 1)
    }
  }

  private mutating func node(_ term: Condition.NodeTerm) -> Condition.Expression {
    nodeTerms.append(term)
    return .node(nodeTerms.count - 1)
  }

  private mutating func sourceTerm() throws(ConditionError) -> Condition.Expression {
    let start = next
    let text = try word("a file, as in model.swift:12")
    guard let colon = text.lastIndex(of: ":") else {
      return node(.source(Pattern(text), line: nil))
    }
    guard let line = Int(text[text.index(after: colon)...]), line > 0 else {
      next = start
      throw error("a line's number goes behind the colon, as in model.swift:12")
    }
    return node(.source(Pattern(String(text[..<colon])), line: line))
  }

  private mutating func tensorTerm(
    _ roles: Set<Recording.Role>
  ) throws(ConditionError) -> Condition.Expression {
    tensorTerms.append(Condition.TensorTerm(roles: roles, question: try question()))
    try checkCount()
    return .tensor(tensorTerms.count - 1)
  }

  private mutating func question() throws(ConditionError) -> Condition.TensorTerm.Question {
    let hasQuantity = startsQuantity
    if hasQuantity {
      let (quantity, isFlag) = try quantity()
      if accept("changes") {
        return accept("by") ? try change(of: quantity) : .change(quantity, .difference, .notZero)
      }
      // `nan` alone asks whether there is any.
      if isFlag, !startsComparison { return .quantity(quantity, .positive) }
      return .quantity(quantity, try comparison())
    }
    guard accept("changes") else {
      throw error("expected nan, inf, norm or another quantity, not \(token.shown)")
    }
    return accept("by") ? try change(of: .norm) : .changes
  }

  private mutating func change(
    of quantity: Condition.Quantity
  ) throws(ConditionError) -> Condition.TensorTerm.Question {
    let relation = startsComparison ? try self.relation() : .greater
    let number = try self.number(mayHaveUnit: true)
    let change: Condition.Change = accept("x") ? .factor : accept("%") ? .percent : .difference
    return .change(
      quantity, change, Condition.Comparison(relation: relation, number: number))
  }

  // MARK: Quantities

  private var startsQuantity: Bool {
    guard token.kind == .word else { return false }
    switch token.text {
    case "nan", "inf", "nonfinite", "zero", "subnormal": return true
    default: return Condition.Quantity(rawValue: token.text) != nil
    }
  }

  /// A quantity, and whether it can stand without a comparison.
  private mutating func quantity() throws(ConditionError) -> (Condition.Quantity, isFlag: Bool) {
    let first = token.text
    next += 1
    if let quantity = Condition.Quantity(rawValue: first) { return (quantity, false) }
    if token.kind == .word, let quantity = Condition.Quantity(rawValue: "\(first) \(token.text)") {
      next += 1
      return (quantity, false)
    }
    switch first {
    case "nan": return (.nanCount, true)
    case "inf": return (.infinityCount, true)
    case "nonfinite": return (.nonFiniteCount, true)
    default: throw error("expected count or fraction after \(first), not \(token.shown)")
    }
  }

  private var startsComparison: Bool {
    token.kind == .symbol
      && (token.text == "=" || Condition.Comparison.Relation(rawValue: token.text) != nil)
  }

  private mutating func relation() throws(ConditionError) -> Condition.Comparison.Relation {
    guard startsComparison else {
      throw error("expected a comparison such as > 1e3, not \(token.shown)")
    }
    let text = token.text
    next += 1
    return Condition.Comparison.Relation(rawValue: text) ?? .equal
  }

  private mutating func comparison() throws(ConditionError) -> Condition.Comparison {
    Condition.Comparison(relation: try relation(), number: try number(mayHaveUnit: false))
  }

  private mutating func number(mayHaveUnit: Bool) throws(ConditionError) -> Double {
    guard token.kind == .number, let number = Double(token.text) else {
      throw error("expected a number, not \(token.shown)")
    }
    next += 1
    if !mayHaveUnit, token.isAttached, token.text == "x" || token.text == "%" {
      throw error("\(token.shown) goes with changes, as in norm changes by > 10x")
    }
    return number
  }

  /// A whole number, or a comparison with one.
  private mutating func count(_ meaning: String) throws(ConditionError) -> Condition.Comparison {
    let relation = startsComparison ? try self.relation() : .equal
    return Condition.Comparison(relation: relation, number: Double(try wholeNumber(meaning)))
  }

  private mutating func wholeNumber(_ meaning: String) throws(ConditionError) -> Int {
    guard token.kind == .number, let number = Int(token.text) else {
      throw error("expected \(meaning), not \(token.shown)")
    }
    next += 1
    return number
  }

  // MARK: Words

  private mutating func pattern(_ meaning: String) throws(ConditionError) -> Pattern {
    Pattern(try word(meaning))
  }

  private mutating func word(_ meaning: String) throws(ConditionError) -> String {
    guard [.word, .quoted, .number].contains(token.kind) else {
      throw error("expected \(meaning), not \(token.shown)")
    }
    next += 1
    return tokens[next - 1].text
  }

  private var token: ConditionToken { tokens[next] }

  private mutating func accept(_ text: String) -> Bool {
    guard token.kind == .word || token.kind == .symbol, token.text == text else { return false }
    next += 1
    return true
  }

  private func checkCount() throws(ConditionError) {
    if tensorTerms.count + shareTerms.count > Self.mostTerms {
      throw error("the expression has more than \(Self.mostTerms) terms about gradients")
    }
  }

  private func error(_ message: String) -> ConditionError {
    ConditionError(message: message, offset: token.offset)
  }
}

extension Condition.Comparison {
  fileprivate static let positive = Self(relation: .greater, number: 0)
  fileprivate static let notZero = Self(relation: .notEqual, number: 0)
}
