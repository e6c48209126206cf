// Values as Python prints them, for the descriptions of modules.

/// `True` or `False`.
func python(_ value: Bool) -> String { value ? "True" : "False" }

/// A tuple: `(2, 2)`, `(3,)`.
func python(_ values: [Int]) -> String {
  values.count == 1 ? "(\(values[0]),)" : "(\(values.map(String.init).joined(separator: ", ")))"
}

/// A number, or `None`.
func python<Number: Numeric>(_ value: Number?) -> String { value.map { "\($0)" } ?? "None" }
