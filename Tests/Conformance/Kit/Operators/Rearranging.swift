// Tensors taken apart, rearranged, repeated, padded, and put on diagonals and grids.

import Autograd

let rearrangingOperators: [String: Operator] = [
  "split": { (call) throws(CallError) in
    let dim = try call.int(2, "dim", default: 0)
    if case .list? = call.optional(1, "split_size_or_sections") {
      return try call.input.split(try call.ints(1, "split_size_or_sections") ?? [], dim: dim)
    }
    return try call.input.split(try call.int(1, "split_size_or_sections"), dim: dim)
  },
  "chunk": { (call) throws(CallError) in
    try call.input.chunk(try call.int(1, "chunks"), dim: try call.int(2, "dim", default: 0))
  },
  "tensor_split": { (call) throws(CallError) in
    let dim = try call.int(2, "dim", default: 0)
    return try call.cut({ $0.tensorSplit($1, dim: dim) }, { $0.tensorSplit($1, dim: dim) })
  },
  "hsplit": { (call) throws(CallError) in
    try call.cut({ $0.hsplit($1) }, { $0.hsplit($1) })
  },
  "vsplit": { (call) throws(CallError) in
    try call.cut({ $0.vsplit($1) }, { $0.vsplit($1) })
  },
  "dsplit": { (call) throws(CallError) in
    try call.cut({ $0.dsplit($1) }, { $0.dsplit($1) })
  },
  "hstack": { (call) throws(CallError) in [.hstack(try call.tensors(0, "tensors"))] },
  "vstack": { (call) throws(CallError) in [.vstack(try call.tensors(0, "tensors"))] },
  "dstack": { (call) throws(CallError) in [.dstack(try call.tensors(0, "tensors"))] },
  "column_stack": { (call) throws(CallError) in [.columnStack(try call.tensors(0, "tensors"))] },
  "flip": { (call) throws(CallError) in [try call.input.flip(try call.ints(1, "dims") ?? [])] },
  "fliplr": { (call) throws(CallError) in [try call.input.fliplr()] },
  "flipud": { (call) throws(CallError) in [try call.input.flipud()] },
  "roll": { (call) throws(CallError) in
    [
      try call.input.roll(
        try call.ints(1, "shifts") ?? [], dims: try call.ints(2, "dims") ?? [])
    ]
  },
  "rot90": { (call) throws(CallError) in
    [
      try call.input.rot90(
        try call.int(1, "k", default: 1), dims: try call.ints(2, "dims") ?? [0, 1])
    ]
  },
  "repeat": { (call) throws(CallError) in
    [try call.input.repeat(try call.sizes(from: 1, "sizes"))]
  },
  "tile": { (call) throws(CallError) in [try call.input.tile(try call.ints(1, "dims") ?? [])] },
  "repeat_interleave": { (call) throws(CallError) in
    let dim = call.optional(2, "dim") == nil ? nil : try call.int(2, "dim")
    if case .number = try call.operand(1, "repeats") {
      return [try call.input.repeatInterleave(try call.int(1, "repeats"), dim: dim)]
    }
    return [try call.input.repeatInterleave(try call.tensor(1, "repeats"), dim: dim)]
  },
  "pad": { (call) throws(CallError) in
    let name = try call.text(2, "mode", default: "constant")
    guard let mode = PaddingMode(rawValue: name) else {
      throw .malformed("pad knows no mode \(name)")
    }
    return [
      try call.input.pad(
        try call.ints(1, "pad") ?? [], mode: mode,
        value: try call.number(3, "value", default: .int(0)))
    ]
  },
  "unfold": { (call) throws(CallError) in
    // torch.nn.functional's has the name too.
    if call.optional(nil, "kernel_size") != nil {
      return [
        try call.input.unfold(
          try call.spatial(nil, "kernel_size", 2, default: 1),
          dilation: try call.spatial(nil, "dilation", 2, default: 1),
          padding: try call.spatial(nil, "padding", 2, default: 0),
          stride: try call.spatial(nil, "stride", 2, default: 1))
      ]
    }
    return [
      try call.input.unfold(
        dimension: try call.int(1, "dimension"), size: try call.int(2, "size"),
        step: try call.int(3, "step"))
    ]
  },
  "tril": { (call) throws(CallError) in
    [try call.input.tril(diagonal: try call.int(1, "diagonal", default: 0))]
  },
  "triu": { (call) throws(CallError) in
    [try call.input.triu(diagonal: try call.int(1, "diagonal", default: 0))]
  },
  "tril_": { (call) throws(CallError) in
    [try call.input.tril_(diagonal: try call.int(1, "diagonal", default: 0))]
  },
  "triu_": { (call) throws(CallError) in
    [try call.input.triu_(diagonal: try call.int(1, "diagonal", default: 0))]
  },
  "tril_indices": { (call) throws(CallError) in
    [
      .trilIndices(
        row: try call.int(0, "row"), col: try call.int(1, "col"),
        offset: try call.int(2, "offset", default: 0))
    ]
  },
  "triu_indices": { (call) throws(CallError) in
    [
      .triuIndices(
        row: try call.int(0, "row"), col: try call.int(1, "col"),
        offset: try call.int(2, "offset", default: 0))
    ]
  },
  "diagonal": { (call) throws(CallError) in
    [
      try call.input.diagonal(
        offset: try call.int(1, "offset", default: 0), dim1: try call.int(2, "dim1", default: 0),
        dim2: try call.int(3, "dim2", default: 1))
    ]
  },
  "diag": { (call) throws(CallError) in
    [try call.input.diag(try call.int(1, "diagonal", default: 0))]
  },
  "diag_embed": { (call) throws(CallError) in
    [
      try call.input.diagEmbed(
        offset: try call.int(1, "offset", default: 0), dim1: try call.int(2, "dim1", default: -2),
        dim2: try call.int(3, "dim2", default: -1))
    ]
  },
  "diagflat": { (call) throws(CallError) in
    [try call.input.diagflat(try call.int(1, "offset", default: 0))]
  },
  "select_scatter": { (call) throws(CallError) in
    [
      try call.input.selectScatter(
        try call.tensor(1, "src"), dim: try call.int(2, "dim"), index: try call.int(3, "index"))
    ]
  },
  "slice_scatter": { (call) throws(CallError) in
    [
      try call.input.sliceScatter(
        try call.tensor(1, "src"), dim: try call.int(2, "dim", default: 0),
        start: call.optional(3, "start") == nil ? nil : try call.int(3, "start"),
        end: call.optional(4, "end") == nil ? nil : try call.int(4, "end"),
        step: try call.int(5, "step", default: 1))
    ]
  },
  "diagonal_scatter": { (call) throws(CallError) in
    [
      try call.input.diagonalScatter(
        try call.tensor(1, "src"), offset: try call.int(2, "offset", default: 0),
        dim1: try call.int(3, "dim1", default: 0), dim2: try call.int(4, "dim2", default: 1))
    ]
  },
  "combinations": { (call) throws(CallError) in
    [
      try call.input.combinations(
        try call.int(1, "r", default: 2),
        withReplacement: try call.bool(2, "with_replacement", default: false))
    ]
  },
  "broadcast_tensors": { (call) throws(CallError) in
    Tensor.broadcastTensors(try call.allTensors())
  },
  "block_diag": { (call) throws(CallError) in [.blockDiag(try call.allTensors())] },
  "cartesian_prod": { (call) throws(CallError) in [.cartesianProd(try call.allTensors())] },
  "meshgrid": { (call) throws(CallError) in
    let name = try call.text(nil, "indexing", default: "ij")
    guard let indexing = GridIndexing(rawValue: name) else {
      throw .malformed("meshgrid knows no indexing \(name)")
    }
    return Tensor.meshgrid(try call.allTensors(), indexing: indexing)
  },
]

let dimensionOperators: [String: Operator] = [
  "movedim": { (call) throws(CallError) in
    [
      try call.input.movedim(
        try call.ints(1, "source") ?? [], try call.ints(2, "destination") ?? [])
    ]
  },
  "moveaxis": { (call) throws(CallError) in
    [
      try call.input.moveaxis(
        try call.ints(1, "source") ?? [], try call.ints(2, "destination") ?? [])
    ]
  },
  "swapaxes": { (call) throws(CallError) in
    [try call.input.swapaxes(try call.int(1, "axis0"), try call.int(2, "axis1"))]
  },
  "swapdims": { (call) throws(CallError) in
    [try call.input.swapdims(try call.int(1, "dim0"), try call.int(2, "dim1"))]
  },
  "adjoint": { (call) throws(CallError) in [try call.input.adjoint()] },
  "unflatten": { (call) throws(CallError) in
    [try call.input.unflatten(try call.int(1, "dim"), try call.ints(2, "sizes") ?? [])]
  },
  "ravel": { (call) throws(CallError) in [try call.input.ravel()] },
  "expand_as": { (call) throws(CallError) in
    [try call.input.expandAs(try call.tensor(1, "other"))]
  },
  "view_as": { (call) throws(CallError) in [try call.input.viewAs(try call.tensor(1, "other"))] },
  "reshape_as": { (call) throws(CallError) in
    [try call.input.reshapeAs(try call.tensor(1, "other"))]
  },
  "broadcast_to": { (call) throws(CallError) in
    [try call.input.broadcastTo(try call.ints(1, "size") ?? [])]
  },
  "atleast_1d": { (call) throws(CallError) in [try call.input.atLeast1D()] },
  "atleast_2d": { (call) throws(CallError) in [try call.input.atLeast2D()] },
  "atleast_3d": { (call) throws(CallError) in [try call.input.atLeast3D()] },
]

extension Call {
  /// Cuts into a number of sections, or at positions.
  fileprivate func cut(
    _ sections: (Tensor, Int) -> [Tensor], _ indices: (Tensor, [Int]) -> [Tensor]
  ) throws(CallError) -> [Tensor?] {
    if case .list? = optional(1, "indices") {
      return indices(try input, try ints(1, "indices") ?? [])
    }
    return sections(try input, try int(1, "sections"))
  }

  /// All positional arguments, which are tensors.
  fileprivate func allTensors() throws(CallError) -> [Tensor] {
    var tensors: [Tensor] = []
    while optional(tensors.count, "") != nil {
      tensors.append(try tensor(tensors.count, "tensors"))
    }
    return tensors
  }
}
