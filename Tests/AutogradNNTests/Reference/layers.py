"""Writes layers.jsonl: what PyTorch's layers hold after a seed, how they print, what they compute.

Inputs and what flows into the outputs follow a formula: element i of tensor k is
((i * 7919 + k * 104729) mod 2001 - 1000) / 1000. Integer inputs are (i * 7 + k) mod `high`.
"""

import json
from pathlib import Path

import torch
from torch import nn


def fill(shape, k):
    i = torch.arange(torch.Size(shape).numel(), dtype=torch.int64)
    return (((i * 7919 + k * 104729) % 2001 - 1000).double() / 1000).reshape(shape).float()


def whole(shape, k, high):
    i = torch.arange(torch.Size(shape).numel(), dtype=torch.int64)
    return ((i * 7 + k) % high).reshape(shape)


class Lists(nn.Module):
    """Modules and parameters in containers."""

    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(3, 3) for _ in range(3)] + [nn.Linear(3, 2)])
        self.choices = nn.ModuleDict({"relu": nn.ReLU(), "last": nn.Linear(2, 2)})
        self.scales = nn.ParameterList([torch.ones(2), torch.zeros(2)])

    def forward(self, x):
        for layer in self.layers:
            x = self.choices["relu"](layer(x))
        return self.choices["last"](x) * self.scales[0] + self.scales[1]


class Masked(nn.Module):
    """Attention with both masks."""

    def __init__(self):
        super().__init__()
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)

    def forward(self, x):
        mask = torch.triu(torch.ones(5, 5, dtype=torch.bool), 1)
        padding = torch.tensor([[False] * 5, [False] * 3 + [True] * 2])
        with_weights = self.attention(x, x, x, key_padding_mask=padding, attn_mask=mask)
        without = self.attention(x, x, x, key_padding_mask=padding, attn_mask=mask, need_weights=False)
        causal = self.attention(x, x, x, attn_mask=mask, need_weights=False, is_causal=True)
        return [*with_weights, without[0], causal[0]]


# Name, layer, shapes of the inputs (a number after them: whole numbers below it).
CASES = [
    ("linear", lambda: nn.Linear(5, 4), [[3, 5]]),
    ("linear_no_bias", lambda: nn.Linear(5, 4, bias=False), [[2, 3, 5]]),
    ("bilinear", lambda: nn.Bilinear(3, 4, 2), [[2, 3], [2, 4]]),
    ("sequential", lambda: nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2)), [[3, 4]]),
    ("flatten", lambda: nn.Flatten(), [[2, 3, 4]]),
    ("unflatten", lambda: nn.Unflatten(1, (2, 3)), [[2, 6]]),
    ("identity", lambda: nn.Identity(), [[2, 6]]),
    ("conv1d", lambda: nn.Conv1d(4, 6, 3, padding=1, groups=2), [[2, 4, 7]]),
    ("conv1d_same", lambda: nn.Conv1d(3, 2, 4, padding="same", dilation=2, bias=False), [[2, 3, 9]]),
    ("conv2d", lambda: nn.Conv2d(3, 4, 3, stride=2, padding=(1, 0)), [[2, 3, 7, 6]]),
    ("conv2d_valid", lambda: nn.Conv2d(2, 4, (2, 3), padding="valid", dilation=(1, 2)), [[2, 5, 8]]),
    ("conv2d_reflect", lambda: nn.Conv2d(2, 3, 3, padding=(1, 2), padding_mode="reflect"), [[1, 2, 5, 6]]),
    ("conv2d_circular", lambda: nn.Conv2d(2, 3, 2, padding="same", padding_mode="circular"), [[1, 2, 5, 6]]),
    ("conv3d", lambda: nn.Conv3d(2, 3, 2), [[1, 2, 3, 4, 3]]),
    ("conv_transpose1d", lambda: nn.ConvTranspose1d(4, 6, 3, stride=2, groups=2, output_padding=1), [[2, 4, 5]]),
    ("conv_transpose2d", lambda: nn.ConvTranspose2d(3, 4, 3, padding=1, dilation=2), [[2, 3, 5, 4]]),
    ("conv_transpose3d", lambda: nn.ConvTranspose3d(2, 3, 2, bias=False), [[1, 2, 3, 2, 3]]),
    ("batch_norm1d", lambda: nn.BatchNorm1d(4), [[5, 4]]),
    ("batch_norm2d", lambda: nn.BatchNorm2d(3, momentum=None), [[2, 3, 4, 2]]),
    ("batch_norm2d_eval", lambda: nn.BatchNorm2d(3).eval(), [[2, 3, 4, 2]]),
    ("batch_norm3d", lambda: nn.BatchNorm3d(2, affine=False, track_running_stats=False), [[2, 2, 2, 3, 2]]),
    ("instance_norm1d", lambda: nn.InstanceNorm1d(3), [[2, 3, 5]]),
    ("instance_norm2d", lambda: nn.InstanceNorm2d(3, affine=True, track_running_stats=True), [[2, 3, 3, 4]]),
    ("instance_norm2d_unbatched", lambda: nn.InstanceNorm2d(3), [[3, 3, 4]]),
    ("layer_norm", lambda: nn.LayerNorm(6), [[3, 6]]),
    ("layer_norm_2", lambda: nn.LayerNorm([3, 4], bias=False), [[2, 3, 4]]),
    ("rms_norm", lambda: nn.RMSNorm(6), [[3, 6]]),
    ("group_norm", lambda: nn.GroupNorm(2, 6), [[2, 6, 5]]),
    ("embedding", lambda: nn.Embedding(7, 5, padding_idx=2), [([3, 4], 7)]),
    ("embedding_bag", lambda: nn.EmbeddingBag(7, 5, mode="max", padding_idx=2), [([3, 4], 7)]),
    ("rnn", lambda: nn.RNN(3, 4), [[5, 2, 3]]),
    ("rnn_relu", lambda: nn.RNN(3, 4, nonlinearity="relu", bias=False), [[4, 2, 3], [1, 2, 4]]),
    ("lstm", lambda: nn.LSTM(3, 4), [[5, 2, 3]]),
    ("lstm_deep", lambda: nn.LSTM(3, 4, num_layers=2, batch_first=True, bidirectional=True), [[2, 5, 3]]),
    ("gru", lambda: nn.GRU(3, 4), [[5, 2, 3]]),
    ("gru_deep", lambda: nn.GRU(3, 4, num_layers=2, batch_first=True, bidirectional=True), [[2, 5, 3]]),
    ("gru_unbatched", lambda: nn.GRU(3, 4), [[5, 3]]),
    ("rnn_cell", lambda: nn.RNNCell(3, 4), [[2, 3], [2, 4]]),
    ("gru_cell", lambda: nn.GRUCell(3, 4), [[2, 3], [2, 4]]),
    ("lstm_cell", lambda: nn.LSTMCell(3, 4), [[2, 3]]),
    ("module_list", lambda: Lists(), [[2, 3]]),
    ("zero_pad2d", lambda: nn.ZeroPad2d((1, 2, 0, 1)), [[1, 2, 3, 3]]),
    ("constant_pad1d", lambda: nn.ConstantPad1d(2, 0.5), [[1, 2, 3]]),
    ("reflection_pad2d", lambda: nn.ReflectionPad2d(1), [[1, 2, 3, 3]]),
    ("replication_pad3d", lambda: nn.ReplicationPad3d(1), [[1, 1, 2, 2, 2]]),
    ("dropout", lambda: nn.Dropout(0.3), [[4, 10]]),
    ("dropout2d", lambda: nn.Dropout2d(0.3), [[3, 4, 2, 2]]),
    ("alpha_dropout", lambda: nn.AlphaDropout(0.3), [[4, 10]]),
    ("dropout_eval", lambda: nn.Dropout(0.3).eval(), [[4, 10]]),
    ("lstm_dropout", lambda: nn.LSTM(3, 4, num_layers=2, dropout=0.4), [[3, 2, 3]]),
    ("attention", lambda: nn.MultiheadAttention(8, 2), [[3, 2, 8]]),
    ("attention_cross", lambda: nn.MultiheadAttention(8, 2, kdim=6, vdim=5, bias=False), [[3, 2, 8], [4, 2, 6], [4, 2, 5]]),
    ("attention_kv", lambda: nn.MultiheadAttention(8, 4, add_bias_kv=True, add_zero_attn=True, batch_first=True), [[2, 3, 8], [2, 5, 8]]),
    ("attention_masked", lambda: Masked(), [[2, 5, 8]]),
    ("encoder_layer", lambda: nn.TransformerEncoderLayer(8, 2, 16, dropout=0.0), [[3, 2, 8]]),
    ("encoder_layer_dropout", lambda: nn.TransformerEncoderLayer(8, 2, 16, batch_first=True, activation="gelu", norm_first=True), [[2, 3, 8]]),
    ("encoder", lambda: nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16, dropout=0.0), 2, nn.LayerNorm(8)), [[3, 2, 8]]),
    ("decoder", lambda: nn.TransformerDecoder(nn.TransformerDecoderLayer(8, 2, 16, dropout=0.0), 2), [[3, 2, 8], [4, 2, 8]]),
    ("max_pool1d", lambda: nn.MaxPool1d(2), [[2, 3, 7]]),
    ("max_pool2d", lambda: nn.MaxPool2d((2, 3), stride=2, padding=1), [[2, 3, 7, 6]]),
    ("max_pool3d", lambda: nn.MaxPool3d(2, ceil_mode=True), [[1, 2, 3, 4, 5]]),
    ("avg_pool1d", lambda: nn.AvgPool1d(2, 1), [[2, 3, 7]]),
    ("avg_pool2d", lambda: nn.AvgPool2d(3, padding=1, count_include_pad=False), [[2, 3, 7, 6]]),
    ("avg_pool3d", lambda: nn.AvgPool3d(2), [[1, 2, 4, 4, 4]]),
    ("adaptive_avg_pool2d", lambda: nn.AdaptiveAvgPool2d((2, 3)), [[2, 3, 7, 6]]),
    ("adaptive_max_pool1d", lambda: nn.AdaptiveMaxPool1d(3), [[2, 3, 7]]),
    ("upsample", lambda: nn.Upsample(scale_factor=2, mode="bilinear"), [[1, 2, 3, 4]]),
    ("upsample_size", lambda: nn.Upsample(size=5), [[1, 2, 3]]),
    ("pixel_shuffle", lambda: nn.PixelShuffle(2), [[1, 8, 3, 2]]),
    ("pixel_unshuffle", lambda: nn.PixelUnshuffle(2), [[1, 2, 4, 2]]),
    ("mse_loss", lambda: nn.MSELoss(), [[3, 4], [3, 4]]),
    ("l1_loss", lambda: nn.L1Loss(reduction="sum"), [[3, 4], [3, 4]]),
    ("smooth_l1_loss", lambda: nn.SmoothL1Loss(beta=0.5), [[3, 4], [3, 4]]),
    ("huber_loss", lambda: nn.HuberLoss(delta=0.5), [[3, 4], [3, 4]]),
    ("cross_entropy", lambda: nn.CrossEntropyLoss(torch.tensor([1.0, 2.0, 0.5, 1.5]), label_smoothing=0.1), [[3, 4], ([3], 4)]),
    ("nll_loss", lambda: nn.NLLLoss(), [[3, 4], ([3], 4)]),
    ("bce_with_logits", lambda: nn.BCEWithLogitsLoss(pos_weight=torch.tensor([2.0])), [[3, 4], [3, 4]]),
    ("kl_div", lambda: nn.KLDivLoss(reduction="batchmean", log_target=True), [[3, 4], [3, 4]]),
    ("multi_margin", lambda: nn.MultiMarginLoss(p=2, margin=0.5), [[3, 4], ([3], 4)]),
    ("multilabel_margin", lambda: nn.MultiLabelMarginLoss(), [[3, 4], ([3, 4], 4)]),
    ("ctc", lambda: nn.CTCLoss(blank=1, reduction="sum"), [[5, 2, 4], ([2, 2], 1)]),
    ("triplet", lambda: nn.TripletMarginLoss(), [[3, 4], [3, 4], [3, 4]]),
    ("circular_pad1d", lambda: nn.CircularPad1d(1), [[1, 2, 3]]),
] + [
    (f"activation {make()}", make, [[3, 6]])
    for make in (
        lambda: nn.ReLU(), lambda: nn.ReLU(inplace=False), lambda: nn.ReLU6(), lambda: nn.SiLU(),
        lambda: nn.Mish(), lambda: nn.SELU(), lambda: nn.Hardsigmoid(), lambda: nn.Hardswish(),
        lambda: nn.Sigmoid(), lambda: nn.Tanh(), lambda: nn.LogSigmoid(), lambda: nn.Softsign(),
        lambda: nn.Tanhshrink(), lambda: nn.RReLU(), lambda: nn.Hardtanh(),
        lambda: nn.Hardtanh(-0.5, 0.3), lambda: nn.ELU(0.7), lambda: nn.CELU(0.7),
        lambda: nn.LeakyReLU(0.2), lambda: nn.Threshold(0.1, 0.5), lambda: nn.Hardshrink(),
        lambda: nn.Softshrink(0.3), lambda: nn.Softplus(), lambda: nn.Softplus(2.0, 0.5),
        lambda: nn.GLU(), lambda: nn.Softmax(dim=1), lambda: nn.LogSoftmax(dim=0),
        lambda: nn.Softmin(dim=-1), lambda: nn.GELU(), lambda: nn.GELU("tanh"), lambda: nn.PReLU(),
        lambda: nn.PReLU(6),
    )
]


def numbers(tensor):
    return {"shape": list(tensor.shape), "values": tensor.detach().double().flatten().tolist()}


def line(name, make, shapes):
    torch.manual_seed(7)
    layer = make()
    state = {key: numbers(value) for key, value in layer.state_dict().items()}
    inputs = []
    for k, shape in enumerate(shapes):
        if isinstance(shape, tuple):
            inputs.append(whole(shape[0], k, shape[1]))
        else:
            inputs.append(fill(shape, k).requires_grad_())
    torch.manual_seed(11)
    if name in ("attention",):
        outputs = layer(*inputs * 3)
    elif name in ("attention_kv",):
        outputs = layer(inputs[0], inputs[1], inputs[1])
    elif name == "ctc":
        outputs = layer(inputs[0].log_softmax(2), inputs[1], [5, 4], [2, 1])
    elif name == "bce_with_logits":
        outputs = layer(inputs[0], inputs[1].sigmoid())
    else:
        outputs = layer(*inputs)
    flat = []

    def collect(value):
        if isinstance(value, torch.Tensor):
            flat.append(value)
        elif value is not None:
            for part in value:
                collect(part)

    collect(outputs)
    torch.autograd.backward(
        [o for o in flat if o.requires_grad],
        [fill(o.shape, 100 + k) for k, o in enumerate(flat) if o.requires_grad],
    ) if any(o.requires_grad for o in flat) else None
    nodes = set()

    def walk(node):
        if node is not None and node not in nodes:
            nodes.add(node)
            for next_node, _ in node.next_functions:
                walk(next_node)

    for o in flat:
        walk(o.grad_fn)
    names = {}
    for node in nodes:
        names[node.name()] = names.get(node.name(), 0) + 1
    return {
        "name": name,
        "repr": repr(layer),
        "state": [[key, value] for key, value in state.items()],
        "inputs": [list(s[0]) + [s[1]] if isinstance(s, tuple) else list(s) for s in shapes],
        "outputs": [numbers(o) for o in flat],
        "nodes": dict(sorted(names.items())),
        "input_gradients": [None if i.grad is None else numbers(i.grad) for i in inputs],
        "gradients": [
            [key, None if p.grad is None else numbers(p.grad)] for key, p in layer.named_parameters()
        ],
        "after": [[key, numbers(value)] for key, value in layer.named_buffers()],
    }


if __name__ == "__main__":
    # Without it an LSTM's layer in float32 is one node, not the steps.
    torch.backends.mkldnn.set_flags(False)
    lines = [json.dumps(line(*case)) for case in CASES]
    Path(__file__).with_suffix(".jsonl").write_text("\n".join(lines) + "\n")
