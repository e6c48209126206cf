// Vectors for numbers, reduced by bags.

public import Autograd

/// The sum, mean or maximum of the vectors of the numbers in each bag.
///
/// weight: [numEmbeddings, embeddingDim], drawn from the normal distribution.
public final class EmbeddingBag: Module {
  /// The vectors, [numEmbeddings, embeddingDim].
  @Parameter public var weight: Tensor
  /// The number of vectors.
  public let numEmbeddings: Int
  /// The size of a vector.
  public let embeddingDim: Int
  /// The number that counts nothing in its bag, if any.
  public let paddingIdx: Int?
  private let maxNorm: Double?
  private let normType: Double
  private let scaleGradByFreq: Bool
  private let mode: EmbeddingBagMode
  private let includeLastOffset: Bool

  /// A layer with random vectors; a negative `paddingIdx` counts from the end.
  public init(
    _ numEmbeddings: Int, _ embeddingDim: Int, maxNorm: Double? = nil, normType: Double = 2,
    scaleGradByFreq: Bool = false, mode: EmbeddingBagMode = .mean,
    includeLastOffset: Bool = false, paddingIdx: Int? = nil, dtype: DType = .float32
  ) {
    self.numEmbeddings = numEmbeddings
    self.embeddingDim = embeddingDim
    self.paddingIdx = paddingIdx.map { index in
      guard -numEmbeddings..<numEmbeddings ~= index else {
        refuse("EmbeddingBag", "padding_idx must be within num_embeddings")
      }
      return index < 0 ? index + numEmbeddings : index
    }
    self.maxNorm = maxNorm
    self.normType = normType
    self.scaleGradByFreq = scaleGradByFreq
    self.mode = mode
    self.includeLastOffset = includeLastOffset
    weight = Init.normal_(.zeros(numEmbeddings, embeddingDim, dtype: dtype))
    super.init()
    if let paddingIdx = self.paddingIdx { noGrad { _ = weight[paddingIdx].fill_(0) } }
  }

  /// A layer of the vectors given, which do not learn unless said.
  public init(
    pretrained vectors: Tensor, freeze: Bool = true, mode: EmbeddingBagMode = .mean,
    includeLastOffset: Bool = false, paddingIdx: Int? = nil
  ) {
    guard vectors.dim == 2 else {
      refuse("EmbeddingBag", "Embeddings parameter is expected to be 2-dimensional")
    }
    numEmbeddings = vectors.size(0)
    embeddingDim = vectors.size(1)
    self.paddingIdx = paddingIdx
    maxNorm = nil
    normType = 2
    scaleGradByFreq = false
    self.mode = mode
    self.includeLastOffset = includeLastOffset
    weight = vectors.detach()
    super.init()
    weight.requiresGrad_(!freeze)
  }

  /// Bags of numbers, the rows of a matrix, to [bags, embeddingDim].
  public override func forward(_ input: Tensor) -> Tensor { bags(input, nil, nil) }

  /// Bags of numbers, the rows of a matrix or a vector divided at `offsets`, to [bags, embeddingDim].
  public func callAsFunction(
    _ input: Tensor, offsets: Tensor?, perSampleWeights: Tensor? = nil
  ) -> Tensor {
    call([input]) { [bags($0[0], offsets, perSampleWeights)] }[0]
  }

  private func bags(_ input: Tensor, _ offsets: Tensor?, _ weights: Tensor?) -> Tensor {
    input.embeddingBag(
      weight, offsets: offsets, maxNorm: maxNorm, normType: normType,
      scaleGradByFreq: scaleGradByFreq, mode: mode, perSampleWeights: weights,
      includeLastOffset: includeLastOffset, paddingIdx: paddingIdx)
  }

  /// The sizes, the mode, and what is not as by default.
  public override var extraRepr: String {
    var text = "\(numEmbeddings), \(embeddingDim)"
    if let maxNorm { text += ", max_norm=\(maxNorm)" }
    if normType != 2 { text += ", norm_type=\(normType)" }
    if scaleGradByFreq { text += ", scale_grad_by_freq=True" }
    text += ", mode='\(mode)'"
    if let paddingIdx { text += ", padding_idx=\(paddingIdx)" }
    return text
  }
}
