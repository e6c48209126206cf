// The stored properties of a type as the runtime tells them, and instances made from their values:
// the one place that relies on how Swift lays out memory.
//
// Reading is what `Mirror` does. Writing relies on three things, which are checked before memory is
// touched, so that a type of another kind is refused and not misread:
// - The fields, each at its offset, of its size and alignment, fill the instance but for the
//   padding that alignment asks for. What a field list leaves out (a C type, a field of the
//   runtime's own) shows as a gap.
// - Every field is of a type for which there is an `ArchivedValue`, an enum of names, or a struct or
//   tuple of such; so none is a reference that may be weak or unowned, but for tensors, which are
//   taken only where the type says that it holds them (`HoldsTensors`).
// - The part of a node that `Node` itself declares holds no reference when it is fresh, so that its
//   bytes can be copied.
// All values are made before memory is taken, so that no instance is ever half made.

internal import CObjects
@_spi(Reflection) internal import Swift

/// A struct whose tensors are strong references, which reflection does not tell.
protocol HoldsTensors {}

/// A stored property.
struct StoredField {
  let name: String
  let type: any Any.Type
  /// From the instance's start, in bytes.
  let offset: Int
}

/// Puts a value into a field of an instance whose address it is given.
typealias FieldInitializer = (UnsafeMutableRawPointer) -> Void

extension StoredField {
  /// What the initialiser of a field of type `T` does with a value.
  func initializer<T>(_ value: T) -> FieldInitializer {
    let offset = offset
    return { ($0 + offset).initializeMemory(as: T.self, to: value) }
  }

  /// The fields of a struct or tuple.
  static func all<T>(of type: T.Type) throws(NodeArchiveError) -> [StoredField] {
    let kind = Autograd.kind(of: type)
    guard kind == .struct || kind == .tuple else {
      throw NodeArchiveError(.notArchivable, "a value of type \(type), which is no plain value")
    }
    var fields: [StoredField] = []
    _ = _forEachField(of: type) { name, offset, fieldType, _ in
      fields.append(StoredField(name: String(cString: name), type: fieldType, offset: offset))
      return true
    }
    try check(fields, from: 0, to: MemoryLayout<T>.size, of: type)
    return fields
  }

  /// The fields of a node's class and of those between it and `Node`, outermost last.
  static func all(ofNode type: Node.Type) throws(NodeArchiveError) -> [StoredField] {
    let start = instanceSize(of: Node.self)
    var fields: [StoredField] = []
    // The option is `classType`, whose name is not safe to use from several threads.
    _ = _forEachField(of: type, options: _EachFieldOptions(rawValue: 1)) {
      name, offset, fieldType, _ in
      if offset >= start {
        fields.append(StoredField(name: String(cString: name), type: fieldType, offset: offset))
      }
      return true
    }
    try check(fields, from: start, to: instanceSize(of: type), of: type)
    return fields
  }

  private static func check(
    _ fields: [StoredField], from start: Int, to end: Int, of type: any Any.Type
  ) throws(NodeArchiveError) {
    var place = start
    for field in fields.sorted(by: { $0.offset < $1.offset }) {
      let (size, alignment) = layout(of: field.type)
      let aligned = (place + alignment - 1) & ~(alignment - 1)
      guard field.offset == aligned, alignment <= largestAlignment else {
        throw NodeArchiveError(.notArchivable, "\(type) has a layout that is not known")
      }
      place = aligned + size
      try within(field.name) { () throws(NodeArchiveError) in try checkArchivable(field.type) }
      guard isTensor(field.type), !(type is any HoldsTensors.Type) else { continue }
      throw NodeArchiveError(
        .notArchivable, "\(field.name) of \(type) is a tensor beside those saved")
    }
    guard place == end else {
      throw NodeArchiveError(.notArchivable, "\(type) has a layout that is not known")
    }
    guard Set(fields.map(\.name)).count == fields.count else {
      throw NodeArchiveError(.notArchivable, "\(type) has two fields of one name")
    }
  }

  private static func isTensor(_ type: any Any.Type) -> Bool {
    type == Tensor.self || type == Tensor?.self
  }

  private static func layout(of type: any Any.Type) -> (size: Int, alignment: Int) {
    func layout<T>(_: T.Type) -> (Int, Int) { (MemoryLayout<T>.size, MemoryLayout<T>.alignment) }
    return layout(type)
  }

  /// What the runtime aligns any object to.
  private static let largestAlignment = 16
}

func isEnum<T>(_ type: T.Type) -> Bool { kind(of: type) == .enum }

private struct Holder<Value> { let value: Value }

/// What kind of type it is, which the runtime tells of a field's.
private func kind<T>(of _: T.Type) -> _MetadataKind? {
  var found: _MetadataKind?
  _ = _forEachField(of: Holder<T>.self) { _, _, _, kind in
    found = kind
    return true
  }
  return found
}

/// A value under another name of its type, which a generic function does not know to be the same.
func sameValue<T, Same>(_ value: T, as _: Same.Type) -> Same {
  precondition(T.self == Same.self)
  return withUnsafeBytes(of: value) { $0.baseAddress!.assumingMemoryBound(to: Same.self).pointee }
}

/// A struct or tuple of the fields' values.
func makeValue<T>(_: T.Type, _ fields: [FieldInitializer]) -> T {
  withUnsafeTemporaryAllocation(of: T.self, capacity: 1) { memory in
    let pointer = memory.baseAddress!
    for field in fields { field(UnsafeMutableRawPointer(pointer)) }
    return pointer.move()
  }
}

/// A node of a class, with the fields' values and, for the rest, as fresh as any.
func makeNode(_ type: Node.Type, _ fields: [FieldInitializer]) -> Node {
  let object = cob_allocate(
    unsafeBitCast(type as AnyClass, to: UnsafeRawPointer.self), instanceSize(of: type), 15)
  // The header, a pointer and the counts of references, is the object's own.
  let header = 2 * MemoryLayout<Int>.size
  let fresh = Node(sequenceNumber: 0)
  withExtendedLifetime(fresh) {
    let bytes = Unmanaged.passUnretained(fresh).toOpaque()
    (object + header).copyMemory(
      from: bytes + header, byteCount: instanceSize(of: Node.self) - header)
  }
  for field in fields { field(object) }
  return Unmanaged<Node>.fromOpaque(object).takeRetainedValue()
}

/// The size of an object of a class in bytes.
private func instanceSize(of type: Node.Type) -> Int { Int(instanceExtents(type).positive) }

@_silgen_name("_swift_getSwiftClassInstanceExtents")
private func instanceExtents(_: AnyClass) -> (negative: UInt, positive: UInt)
