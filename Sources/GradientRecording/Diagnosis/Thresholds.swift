// Where a diagnosis draws its lines. A false alarm is worse than a miss: each is far from what
// programs that learn show.

/// Where a diagnosis draws its lines.
enum Thresholds {
  // MARK: How much is looked at

  /// So many passes are looked at call by call: enough to tell what persists from what passes.
  static let detailedPasses = 12
  /// So many measured tensors at most are read for that.
  static let detailedRows = 60_000
  /// So many measured leaves at most are read for how they change over steps.
  static let leafRows = 120_000
  /// Where not all passes are read, so many in a row are: accumulation shows between neighbours.
  static let neighbours = 8

  // MARK: Growth over steps

  /// A gradient has exploded that has grown by so much since it was least.
  ///
  /// A loss on a plateau before it falls may grow its gradient a hundredfold.
  static let explosion = 1e3
  /// In so many steps at least: two of them may be a warm-up.
  static let explosionSteps = 3
  /// Of the steps between, so many must be upward.
  ///
  /// Momentum swings.
  static let upwardShare = 0.75
  /// With it the loss has grown by so much.
  ///
  /// Where it has not, training goes well.
  static let lossGrowth = 10.0
  /// A loss that rises at each of so many steps, and to `lossRise` times what it was, rises by
  /// mistake.
  static let risingSteps = 10
  static let lossRise = 2.0

  // MARK: Growth through depth

  /// So many layers of a kind at least: fewer have no rate.
  static let depth = 6
  /// The gradient of the last to that of the first: float32 resolves 1e-7.
  static let depthFactor = 1e5
  /// The layers' parameters show it as well, the shapes of which differ.
  static let parameterFactor = 1e4
  /// From this share of the way on, in orders of magnitude, it is named: the layer where it shows.
  static let depthOnset = 1e2

  // MARK: Zeros

  /// Passes in which it must be so.
  ///
  /// In a first pass much is zero: a layer that starts at zero.
  static let zeroPasses = 3
  /// Of what a relu hands on, so much is zero.
  ///
  /// Half is usual.
  static let deadShare = 0.95
  /// Of a layer's units so many get no gradient from a whole batch.
  ///
  /// Sparse layers have a tenth.
  static let deadUnits = 0.5
  /// So many samples a batch at least: of fewer, many units see none that they fire for.
  static let deadBatch = 8
  /// What a sigmoid or tanh hands on to what it took: 1 in the middle of tanh.
  static let saturation = 1e-5

  // MARK: Sums

  /// Steps over which a gradient is carried on though its parameter has changed.
  ///
  /// Two networks that train against each other carry one.
  static let carriedSteps = 3
  /// Where passes between were left out: so many times what they can have added must be there before
  /// a pass.
  ///
  /// A gradient is larger at times.
  static let carriedOver = 2.0
  /// The norm of a sum to those of what is summed.
  ///
  /// A fit's gradients cancel at its end, not at its start.
  static let cancellation = 1e-3

  // MARK: Numbers

  /// float32 holds no larger one than about 3.4e38.
  static let largestFloat32 = 3.4e38
  /// exp of more than this is beyond float32.
  static let largestExponent = 88.7
  /// A division by less than this is one by next to nothing.
  static let nextToNothing = 1e-12
}
