// Functions of one tensor.

import Autograd

let unaryOperators: [String: Operator] = [
  "neg": unary { $0.neg() }, "abs": unary { $0.abs() }, "sign": unary { $0.sign() },
  "sgn": unary { $0.sgn() },
  "exp": unary { $0.exp() },
  "log": unary { $0.log() }, "sqrt": unary { $0.sqrt() }, "rsqrt": unary { $0.rsqrt() },
  "reciprocal": unary { $0.reciprocal() }, "sin": unary { $0.sin() }, "cos": unary { $0.cos() },
  "atan": unary { $0.atan() }, "tanh": unary { $0.tanh() }, "sigmoid": unary { $0.sigmoid() },
  "erf": unary { $0.erf() }, "floor": unary { $0.floor() }, "ceil": unary { $0.ceil() },
  "round": unary { $0.round() },
  "trunc": unary { $0.trunc() }, "relu": unary { $0.relu() }, "square": unary { $0.square() },
  "neg_": unary { $0.neg_() }, "abs_": unary { $0.abs_() }, "exp_": unary { $0.exp_() },
  "log_": unary { $0.log_() },
  "sqrt_": unary { $0.sqrt_() }, "reciprocal_": unary { $0.reciprocal_() },
  "sin_": unary { $0.sin_() },
  "cos_": unary { $0.cos_() }, "tanh_": unary { $0.tanh_() }, "sigmoid_": unary { $0.sigmoid_() },
  "relu_": unary { $0.relu_() },
]
