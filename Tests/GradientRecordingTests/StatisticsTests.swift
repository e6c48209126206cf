// What statistics say besides what is stored.

import GradientRecording
import GraphModel
import Testing

@Test("Statistics count what is not finite, and know the largest magnitude")
func derivedStatistics() {
  let statistics = GradientStatistics(
    count: 8, nanCount: 1, positiveInfinityCount: 2, negativeInfinityCount: 3, zeroCount: 2,
    minimum: -4, maximum: 3)
  #expect(statistics.nonFiniteCount == 6)
  #expect(!statistics.isFinite)
  #expect(statistics.maximumMagnitude == 4)
  #expect(statistics.zeroFraction == 0.25)
}
