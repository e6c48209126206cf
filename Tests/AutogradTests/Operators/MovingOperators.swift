// Rows of the table for operators that move elements: along dimensions, by masks, into parts.
@testable import Autograd

extension DifferentiableOperator {
  static let moving: [DifferentiableOperator] =
    alongDimensions + reducedInPlaces + masked + rearranged + padded + diagonals + partsReplaced
    + takenApart + shaped

  private static func pair(
    _ name: String, _ first: [Int], _ second: [Int],
    _ apply: @escaping @Sendable (Tensor, Tensor) -> Tensor
  ) -> DifferentiableOperator {
    DifferentiableOperator(
      name,
      [
        [SampleInput(first), SampleInput(second)],
        [SampleInput(first, .transposed), SampleInput(second, .sliced)],
      ]
    ) { apply($0[0], $0[1]) }
  }

  private static let alongDimensions: [DifferentiableOperator] = [
    .matrix("gather") { $0.gather(dim: 1, index: Tensor([[1, 1, 0], [0, 1, 1]])) },
    .matrix("gather along the first") { $0.gather(dim: -2, index: Tensor([[1, 0]])) },
    .unary("gather of any shape") {
      $0.gather(dim: 0, index: Tensor.zeros($0.shape, dtype: .int64))
    },
    .matrix("indexSelect") { $0.indexSelect(dim: -1, index: Tensor([1, 0, 1])) },
    DifferentiableOperator("indexSelect of a number", [[SampleInput([])]]) {
      $0[0].indexSelect(dim: 0, index: Tensor([0]))
    },
    .matrix("takeAlongDim") { $0.takeAlongDim(Tensor([[1, 0, 1, 1]]), dim: 1) },
    .matrix("takeAlongDim of all") { $0.takeAlongDim(Tensor([5, 0, 5])) },
    .matrix("take") { $0.take(Tensor([[-1, 0], [5, 5]])) },
    .pair("put", [2, 3], [2]) { $0.put(Tensor([4, 0]), $1) },
    .pair("put_, accumulating", [2, 3], [3]) {
      $0.clone().put_(Tensor([4, 0, -2]), $1, accumulate: true)
    },
    .pair("scatter", [3, 3], [2, 3]) {
      $0.scatter(dim: 0, index: Tensor([[0, 1, 2], [2, 0, 1]]), src: $1)
    },
    .matrix("scatter of a number") { $0.scatter(dim: 1, index: Tensor([[1], [0]]), value: 2) },
    .pair("scatterAdd", [3, 3], [2, 3]) {
      $0.scatterAdd(dim: 0, index: Tensor([[0, 1, 2], [0, 0, 1]]), src: $1)
    },
    .pair("scatterAdd_", [3, 3], [2, 3]) {
      $0.clone().scatterAdd_(dim: 0, index: Tensor([[0, 1, 2], [0, 0, 1]]), src: $1)
    },
    .pair("indexAdd", [3, 2], [4, 2]) {
      $0.indexAdd(dim: 0, index: Tensor([0, 2, 2, 1]), source: $1, alpha: 2.5)
    },
    .pair("indexCopy", [3, 2], [2, 2]) { $0.indexCopy(dim: 0, index: Tensor([2, 0]), source: $1) },
    .matrix("indexFill") { $0.indexFill(dim: 1, index: Tensor([1, -2]), value: 3) },
    DifferentiableOperator("indexFill by a tensor", [[SampleInput([3, 2]), SampleInput([])]]) {
      $0[0].indexFill(dim: 0, index: Tensor([2, 0, 2]), value: $0[1])
    },
  ]

  private static let reducedInPlaces: [DifferentiableOperator] =
    ([.sum, .prod, .mean, .amax, .amin] as [ScatterReduction]).flatMap { reduction in
      [true, false].map { includesSelf in
        .pair("scatterReduce, \(reduction), \(includesSelf)", [3, 3], [2, 3]) {
          $0.scatterReduce(
            dim: 0, index: Tensor([[0, 1, 2], [0, 0, 1]]), src: $1, reduce: reduction,
            includeSelf: includesSelf)
        }
      }
    } + [
      .pair("scatterReduce_", [3, 3], [2, 3]) {
        $0.clone().scatterReduce_(
          dim: 0, index: Tensor([[0, 1, 2], [0, 0, 1]]), src: $1, reduce: .prod)
      }
    ]

  private static let masked: [DifferentiableOperator] = [
    .unary("maskedSelect") { $0.maskedSelect($0.detach().gt(0.2)) },
    .matrix("maskedSelect, broadcast") {
      $0.maskedSelect(Tensor([[[true]], [[false]], [[true]]]))
    },
    .pair("maskedScatter", [2, 3], [7]) {
      $0.maskedScatter($0.detach().gt(0), $1)
    },
    .pair("maskedScatter, broadcast", [2, 1], [2, 3]) {
      $0.maskedScatter(Tensor([true, false, true]), $1)
    },
    DifferentiableOperator("maskedFill by a tensor", [[SampleInput([2, 3]), SampleInput([])]]) {
      $0[0].maskedFill($0[0].detach().gt(0), $0[1])
    },
    DifferentiableOperator("maskedFill_ by a tensor", [[SampleInput([2, 3]), SampleInput([])]]) {
      $0[0].clone().maskedFill_(Tensor([true, false, true]), $0[1])
    },
    .matrix("maskedFill_") { $0.clone().maskedFill_($0.detach().gt(0), 2) },
  ]

  private static let rearranged: [DifferentiableOperator] = [
    .unary("flip") { $0.flip(0) },
    .matrix("flip both") { $0.flip(1, 0) },
    .matrix("fliplr") { $0.fliplr() },
    .unary("roll") { $0.roll(2) },
    .matrix("roll in two dimensions") { $0.roll([-1, 4], dims: [-1, 0]) },
    .matrix("rot90") { $0.rot90() },
    .matrix("rot90 backwards") { $0.rot90(-1, dims: [1, 0]) },
    .matrix("rot90 twice") { $0.rot90(2) },
    .matrix("repeat") { $0.repeat(2, 1, 3) },
    .matrix("repeat never") { $0.repeat(2, 0) },
    DifferentiableOperator("repeat in many dimensions", [[SampleInput([1, 2, 1, 2, 2, 1])]]) {
      $0[0].repeat(2, 2, 1, 2, 2, 2)
    },
    .unary("tile") { $0.tile(2) },
    .unary("repeatInterleave") { $0.repeatInterleave(2) },
    .matrix("repeatInterleave along a dimension") { $0.repeatInterleave(3, dim: -1) },
    .matrix("repeatInterleave by a tensor") {
      $0.repeatInterleave(Tensor.arange($0.size(0)), dim: 0)
    },
    .matrix("unfold") { $0.unfold(dimension: 1, size: 2, step: 1) },
    DifferentiableOperator(
      "unfold with gaps", [[SampleInput([6, 2], .transposed)], [SampleInput([7], .sliced)]]
    ) { $0[0].unfold(dimension: 0, size: 2, step: 3) },
    DifferentiableOperator("unfold a number", [[SampleInput([])]]) {
      $0[0].unfold(dimension: 0, size: 1, step: 1)
    },
    .matrix("tril") { $0.tril(diagonal: -1) },
    .matrix("triu") { $0.triu(diagonal: 1) },
    .matrix("tril_") { $0.clone().tril_() },
    .matrix("triu_") { $0.clone().triu_() },
  ]

  private static let padded: [DifferentiableOperator] =
    [
      .matrix("pad") { $0.pad([1, -1, 0, 2], value: 3) },
      .matrix("pad, circular") { $0.pad([2, 1], mode: .circular) },
    ]
    + ([.reflect, .replicate, .circular] as [PaddingMode]).flatMap { mode in
      [
        DifferentiableOperator(
          "pad, \(mode), one dimension",
          [[SampleInput([2, 3])], [SampleInput([2, 1, 3], .transposed)]]
        ) { $0[0].pad([2, 1], mode: mode) },
        DifferentiableOperator("pad, \(mode), two dimensions", [[SampleInput([1, 2, 3])]]) {
          $0[0].pad([1, 2, 1, 0], mode: mode)
        },
        DifferentiableOperator("pad, \(mode), three dimensions", [[SampleInput([1, 2, 2, 2])]]) {
          $0[0].pad([1, 0, 1, 1, 0, 1], mode: mode)
        },
      ]
    }

  private static let diagonals: [DifferentiableOperator] = [
    .matrix("diagonal") { $0.diagonal() },
    .matrix("diagonal above") { $0.diagonal(offset: 1, dim1: -2, dim2: -1) },
    .matrix("diagonal outside") { $0.diagonal(offset: -7) },
    .matrix("diag of a matrix") { $0.diag(-1) },
    DifferentiableOperator("diag of a vector", [[SampleInput([3])]]) { $0[0].diag(1) },
    .matrix("diagEmbed") { $0.diagEmbed(offset: -1, dim1: 0, dim2: 2) },
    .matrix("diagflat") { $0.diagflat() },
    DifferentiableOperator(
      "blockDiag", [[SampleInput([2, 3]), SampleInput([2]), SampleInput([]), SampleInput([1])]]
    ) { Tensor.blockDiag($0) },
  ]

  private static let partsReplaced: [DifferentiableOperator] = [
    .pair("selectScatter", [2, 3], [2]) { $0.selectScatter($1, dim: 1, index: -1) },
    .pair("sliceScatter", [4, 2], [2, 2]) { $0.sliceScatter($1, start: 1, step: 2) },
    .pair("diagonalScatter", [2, 3], [2]) { $0.diagonalScatter($1, offset: 1) },
  ]

  private static let takenApart: [DifferentiableOperator] = [
    .matrix("split") {
      let parts = $0.split(1, dim: 0)
      return parts[0] * parts[1]
    },
    .matrix("split, one part used") { $0.split(2, dim: -1)[0] },
    .matrix("split into sizes") { $0.split([1, 0, $0.size(1) - 1], dim: 1)[2] },
    .matrix("chunk") { $0.chunk(2, dim: 1)[1] },
    .matrix("tensorSplit") { $0.tensorSplit(2, dim: 1)[0] },
    .matrix("tensorSplit at positions") { $0.tensorSplit([1, -1], dim: -1)[0] },
    .matrix("hsplit") { $0.hsplit([1])[0] },
    .pair("hstack", [2, 3], [2, 1]) { Tensor.hstack([$0, $1]) },
    .pair("vstack", [2, 3], [3]) { Tensor.vstack([$0, $1]) },
    .pair("dstack", [2, 3], [2, 3]) { Tensor.dstack([$0, $1]) },
    .pair("columnStack", [2], [2, 3]) { Tensor.columnStack([$0, $1]) },
    .pair("meshgrid", [2], [3]) {
      let grid = Tensor.meshgrid($0, $1, indexing: .xy)
      return grid[0] * grid[1]
    },
    .pair("cartesianProd", [2], [3]) { Tensor.cartesianProd($0, $1) },
    DifferentiableOperator("combinations", [[SampleInput([4])], [SampleInput([3], .sliced)]]) {
      $0[0].combinations(2)
    },
  ]

  private static let shaped: [DifferentiableOperator] = [
    DifferentiableOperator("movedim", [[SampleInput([2, 1, 3])]]) {
      $0[0].movedim([0, 1], [-1, 0])
    },
    .matrix("swapdims") { $0.swapdims(0, 1) },
    .unary("T") { $0.T },
    .matrix("mT") { $0.mT },
    DifferentiableOperator("unflatten", [[SampleInput([4, 2])]]) { $0[0].unflatten(0, [2, -1]) },
    .matrix("ravel") { $0.ravel() },
    DifferentiableOperator(
      "squeeze several", [[SampleInput([1, 2, 1])], [SampleInput([2, 1, 3])]]
    ) {
      $0[0].squeeze([0, -2])
    },
    .pair("broadcastTensors", [2, 1], [3]) {
      let both = Tensor.broadcastTensors($0, $1)
      return both[0] * both[1]
    },
    .unary("atLeast3D") { $0.atLeast3D() },
    .matrix("reshape of a strided view") { $0.t()[0].reshape([1, -1]) },
  ]
}
