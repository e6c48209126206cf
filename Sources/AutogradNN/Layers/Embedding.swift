// Vectors for numbers.

public import Autograd

/// A vector for each whole number from zero up.
///
/// weight: [numEmbeddings, embeddingDim], drawn from the normal distribution.
public final class Embedding: Module {
  /// The vectors, [numEmbeddings, embeddingDim].
  @Parameter public var weight: Tensor
  /// The number of vectors.
  public let numEmbeddings: Int
  /// The size of a vector.
  public let embeddingDim: Int
  /// The number whose vector is zero and gets no gradient, if any.
  public let paddingIdx: Int?
  private let maxNorm: Double?
  private let normType: Double
  private let scaleGradByFreq: Bool

  /// A layer with random vectors; a negative `paddingIdx` counts from the end.
  public init(
    _ numEmbeddings: Int, _ embeddingDim: Int, paddingIdx: Int? = nil, maxNorm: Double? = nil,
    normType: Double = 2, scaleGradByFreq: Bool = false, dtype: DType = .float32
  ) {
    self.numEmbeddings = numEmbeddings
    self.embeddingDim = embeddingDim
    self.paddingIdx = paddingIdx.map { index in
      guard -numEmbeddings..<numEmbeddings ~= index else {
        refuse("Embedding", "Padding_idx must be within num_embeddings")
      }
      return index < 0 ? index + numEmbeddings : index
    }
    self.maxNorm = maxNorm
    self.normType = normType
    self.scaleGradByFreq = scaleGradByFreq
    weight = Init.normal_(.zeros(numEmbeddings, embeddingDim, dtype: dtype))
    super.init()
    if let paddingIdx = self.paddingIdx { noGrad { _ = weight[paddingIdx].fill_(0) } }
  }

  /// A layer of the vectors given, which do not learn unless said.
  public init(pretrained vectors: Tensor, freeze: Bool = true, paddingIdx: Int? = nil) {
    guard vectors.dim == 2 else {
      refuse("Embedding", "Embeddings parameter is expected to be 2-dimensional")
    }
    numEmbeddings = vectors.size(0)
    embeddingDim = vectors.size(1)
    self.paddingIdx = paddingIdx
    maxNorm = nil
    normType = 2
    scaleGradByFreq = false
    weight = vectors.detach()
    super.init()
    weight.requiresGrad_(!freeze)
  }

  /// Whole numbers of any shape to [*, embeddingDim].
  public override func forward(_ input: Tensor) -> Tensor {
    input.embedding(
      weight, paddingIdx: paddingIdx, maxNorm: maxNorm, normType: normType,
      scaleGradByFreq: scaleGradByFreq)
  }

  /// The sizes, and what is not as by default.
  public override var extraRepr: String {
    var text = "\(numEmbeddings), \(embeddingDim)"
    if let paddingIdx { text += ", padding_idx=\(paddingIdx)" }
    if let maxNorm { text += ", max_norm=\(maxNorm)" }
    if normType != 2 { text += ", norm_type=\(normType)" }
    if scaleGradByFreq { text += ", scale_grad_by_freq=True" }
    return text
  }
}
