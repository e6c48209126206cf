// A small GPT: a transformer that predicts the next token.

public import Autograd
public import AutogradNN

/// Causal attention by several heads, then a perceptron, each around a shortcut.
final class Block: Module {
  @Submodule("ln_1") var ln1: LayerNorm
  @Submodule("attn_qkv") var attentionInput: Linear
  @Submodule("attn_proj") var attentionOutput: Linear
  @Submodule("ln_2") var ln2: LayerNorm
  @Submodule("mlp_fc") var up: Linear
  @Submodule("mlp_proj") var down: Linear
  private let heads: Int

  init(_ d: Int, heads: Int) {
    self.heads = heads
    super.init()
    ln1 = LayerNorm(d)
    attentionInput = Linear(d, 3 * d)
    attentionOutput = Linear(d, d)
    ln2 = LayerNorm(d)
    up = Linear(d, 4 * d)
    down = Linear(4 * d, d)
  }

  override func forward(_ x: Tensor) -> Tensor {
    let attended = x + attentionOutput(attention(attentionInput(ln1(x))))
    return attended + down(up(ln2(attended)).gelu(approximate: .tanh))
  }

  /// N×T×3d → N×T×d.
  private func attention(_ x: Tensor) -> Tensor {
    let (n, t, d) = (x.size(0), x.size(1), x.size(2) / 3)
    let parts = x.split(d, dim: 2).map {
      $0.view([n, t, heads, d / heads]).transpose(1, 2)
    }
    let isFuture = Tensor.ones([t, t], dtype: x.dtype).tril().eq(0)
    let scale = 1 / Double(d / heads).squareRoot()
    let scores = parts[0].matmul(parts[1].transpose(-2, -1)) * scale
    return scores.maskedFill(isFuture, -Double.infinity).softmax(dim: -1).matmul(parts[2])
      .transpose(1, 2).contiguous().view([n, t, d])
  }
}

/// A transformer of the GPT kind, whose output layer has weights of its own.
public final class GPT: Module {
  let wte: Embedding
  let wpe: Embedding
  let h: ModuleList
  @Submodule("ln_f") var lnF: LayerNorm
  @Submodule("lm_head") var head: Linear

  /// Creates a transformer for so many different tokens, as many in a row as `context`.
  public init(vocabulary: Int, context: Int, d: Int, heads: Int, layers: Int) {
    wte = Embedding(vocabulary, d)
    wpe = Embedding(context, d)
    h = ModuleList((0..<layers).map { _ in Block(d, heads: heads) })
    super.init()
    lnF = LayerNorm(d)
    head = Linear(d, vocabulary, bias: false)
  }

  /// N×T tokens of int64 → N×T×vocabulary.
  public override func forward(_ tokens: Tensor) -> Tensor {
    var x = wte(tokens) + wpe(Tensor.arange(tokens.size(1)))
    for block in h { x = block(x) }
    return head(lnF(x))
  }
}
