// What one cycle of learning rates runs between.

/// The rates and momenta of a group in a ``OneCycleLR``.
struct OneCycleBounds {
  var maxLr: Double
  var minLr: Double
  var maxMomentum: Double
  var baseMomentum: Double
}
