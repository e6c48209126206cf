// Values as JSON and back, by what their types are.

internal import GraphModel

/// Throws where values of a type cannot be written down, or read from the memory where they lie.
func checkArchivable<T>(_: T.Type) throws(NodeArchiveError) {
  if T.self == Tensor.self { return }
  if let type = T.self as? any ArchivedValue.Type { return try type.checkArchivable() }
  if isEnum(T.self), T.self is any RawRepresentable<String>.Type { return }
  _ = try StoredField.all(of: T.self)
}

/// Writes values; a tensor is told by its place in a list.
struct FieldWriter {
  private(set) var tensors: [Tensor]
  private var indices: [ObjectIdentifier: Int] = [:]

  init(_ tensors: [Tensor]) {
    self.tensors = tensors
    for (i, tensor) in tensors.enumerated() { indices[ObjectIdentifier(tensor)] = i }
  }

  /// The place of a tensor in the list, to which it is added where it is not there.
  mutating func index(of tensor: Tensor) -> Int {
    if let index = indices[ObjectIdentifier(tensor)] { return index }
    indices[ObjectIdentifier(tensor)] = tensors.count
    tensors.append(tensor)
    return tensors.count - 1
  }

  mutating func json<T>(_ value: T) throws(NodeArchiveError) -> JSONValue {
    if T.self == Tensor.self { return .int(index(of: value as! Tensor)) }
    if let type = T.self as? any ArchivedValue.Type { return try json(value, type) }
    if isEnum(T.self), let name = value as? any RawRepresentable<String> {
      return .string(name.rawValue)
    }
    let fields = try StoredField.all(of: T.self)
    return try withUnsafeBytes(of: value) { bytes throws(NodeArchiveError) in
      try json(fields, in: bytes.baseAddress!)
    }
  }

  /// The value, whose type adopts the protocol as `Adopted`, which is `T`.
  private mutating func json<T, Adopted: ArchivedValue>(
    _ value: T, _: Adopted.Type
  ) throws(NodeArchiveError) -> JSONValue {
    try sameValue(value, as: Adopted.self).archived(&self)
  }

  /// The fields of the instance at `instance` as an object.
  mutating func json(
    _ fields: [StoredField], in instance: UnsafeRawPointer
  ) throws(NodeArchiveError) -> JSONValue {
    var members: [JSONValue.Member] = []
    for field in fields {
      members.append(
        JSONValue.Member(
          field.name,
          try within(field.name) { () throws(NodeArchiveError) in
            try json(field.type, at: instance + field.offset)
          }))
    }
    return .object(members)
  }

  private mutating func json<T>(
    _: T.Type, at place: UnsafeRawPointer
  ) throws(NodeArchiveError) -> JSONValue {
    try json(place.assumingMemoryBound(to: T.self).pointee)
  }
}

/// Makes values of what was written.
struct FieldReader {
  let tensors: [Tensor]
  /// The dtype that takes the place of every other for floating-point numbers.
  let floatingPoint: DType?

  /// The dtype in which something of `dtype` is computed.
  func converted(_ dtype: DType) -> DType {
    dtype.isFloatingPoint ? floatingPoint ?? dtype : dtype
  }

  func tensor(_ index: Int) throws(NodeArchiveError) -> Tensor {
    guard tensors.indices.contains(index) else {
      throw NodeArchiveError(
        .badTensor, "there is no tensor \(index): there are \(tensors.count)")
    }
    let tensor = tensors[index]
    return tensor.converted(to: converted(tensor.dtype))
  }

  func value<T>(_: T.Type, _ json: JSONValue) throws(NodeArchiveError) -> T {
    if T.self == Tensor.self { return try tensor(Int(archived: json, self)) as! T }
    if let type = T.self as? any ArchivedValue.Type { return try value(type, as: T.self, json) }
    if isEnum(T.self), let type = T.self as? any RawRepresentable<String>.Type {
      return try named(type, json) as! T
    }
    return makeValue(T.self, try initializers(try StoredField.all(of: T.self), json))
  }

  /// A value whose type adopts the protocol as `Adopted`, which is `T`.
  private func value<T, Adopted: ArchivedValue>(
    _: Adopted.Type, as _: T.Type, _ json: JSONValue
  ) throws(NodeArchiveError) -> T {
    sameValue(try Adopted(archived: json, self), as: T.self)
  }

  private func named<Name: RawRepresentable<String>>(
    _: Name.Type, _ json: JSONValue
  ) throws(NodeArchiveError) -> Name {
    guard case .string(let text) = json, let name = Name(rawValue: text) else {
      throw json.unexpected("a \(Name.self)")
    }
    return name
  }

  /// What puts the values of an object into the fields of an instance.
  func initializers(
    _ fields: [StoredField], _ json: JSONValue
  ) throws(NodeArchiveError) -> [FieldInitializer] {
    let values = try json.members(fields.map(\.name))
    var initializers: [FieldInitializer] = []
    for (field, json) in zip(fields, values) {
      initializers.append(
        try within(field.name) { () throws(NodeArchiveError) in
          try initializer(field, field.type, json)
        })
    }
    return initializers
  }

  private func initializer<T>(
    _ field: StoredField, _: T.Type, _ json: JSONValue
  ) throws(NodeArchiveError) -> FieldInitializer {
    field.initializer(try value(T.self, json))
  }
}
