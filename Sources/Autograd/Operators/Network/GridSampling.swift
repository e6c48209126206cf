// Elements between those of an image, where a grid says: grid_sample, and affine grids for it.

internal import CKernels
internal import GraphModel

/// How `gridSample` makes elements between those that there are.
public enum GridSamplingMode: String, Sendable {
  /// Along lines between the four around the place.
  case bilinear
  /// The nearest one.
  case nearest
  /// Along cubics through the sixteen around the place.
  case bicubic
}

/// What `gridSample` finds beyond the edge.
public enum GridPaddingMode: String, Sendable {
  /// Zeros.
  case zeros
  /// The outermost elements.
  case border
  /// The elements mirrored at the edge.
  case reflection
}

// MARK: - Forward

extension Tensor {
  /// The elements of each image at the places that a grid names.
  ///
  /// Floating point only, shaped batch × channels × height × width.
  /// - Parameters:
  ///   - grid: the places of each image's result, batch × height × width × 2, x before y, where -1 and
  ///     1 are the edges; of this dtype.
  ///   - mode: how elements between others are made.
  ///   - paddingMode: what there is beyond the edge.
  ///   - alignCorners: whether -1 and 1 are the centres of the outermost elements.
  /// - Returns: a tensor of the batch and channels, and the grid's height and width.
  public func gridSample(
    _ grid: Tensor, mode: GridSamplingMode = .bilinear, paddingMode: GridPaddingMode = .zeros,
    alignCorners: Bool = false
  ) -> Tensor {
    checkGrid(grid)
    return sampled(grid, GridSampling(mode, paddingMode, alignCorners))
  }

  /// Source: ATen/native/GridSamplerUtils.h, check_grid_sampler_common.
  private func checkGrid(_ grid: Tensor) {
    func refuse(_ message: String) -> Never { Autograd.refuse("grid_sampler()", message) }
    let both = "input with sizes \(sizes) and grid with sizes \(grid.sizes)"
    guard sizes.count > 0, grid.sizes.count > 0, sizes[0] == grid.sizes[0] else {
      refuse("expected grid and input to have same batch size, but got \(both)")
    }
    guard grid.sizes.last! == sizes.count - 2 else {
      refuse(
        "expected grid to have size \(sizes.count - 2) in last dimension, but got grid with sizes "
          + "\(grid.sizes)")
    }
    if let empty = sizes.indices.first(where: { $0 >= 2 && sizes[$0] == 0 }) {
      refuse(
        "expected input to have non-empty spatial dimensions, but input has sizes \(sizes) with "
          + "dimension \(empty) being empty")
    }
    guard sizes.count == 4, grid.sizes.count == 4 else {
      refuse("expected 4D input and grid with same number of dimensions, but got \(both)")
    }
    guard sizes[0] * sizes[1] * grid.count > 0 else { return }
    checkFloatingPoint("grid_sampler", "grid_sampler_2d_cpu_kernel_impl")
    guard dtype == grid.dtype else {
      refuse(
        "expected scalar type \(dtype.scalarTypeName) but found \(grid.dtype.scalarTypeName)")
    }
  }

  fileprivate func sampled(_ grid: Tensor, _ sampling: GridSampling) -> Tensor {
    var result = Tensor(
      empty: Dims([sizes[0], sizes[1], grid.sizes[1], grid.sizes[2]]), dtype)
    if result.count > 0 {
      let (input, places) = (contiguousData(), grid.contiguousData())
      var sampler = sampling.sampler(self, grid)
      agk_sample(dtype.kernel, &sampler, result.pointer, input.pointer, places.pointer)
      result = result.inLayout(of: self)
    }
    return result.recorded(from: self, grid) {
      GridSampler2DBackward0(sampling).saving(self, grid)
    }
  }

  /// The gradients of an image and a grid; this is the gradient of the result.
  fileprivate func sampledBackward(
    _ input: Tensor, _ grid: Tensor, _ sampling: GridSampling, byInput: Bool
  ) -> (input: Tensor?, grid: Tensor) {
    let byGrid = Tensor(empty: grid.sizes, dtype)
    let inputGradient = byInput ? Tensor.full(input.sizes, .int(0), dtype) : nil
    if input.count > 0, count > 0 {
      let (gradient, x, places) = (contiguousData(), input.contiguousData(), grid.contiguousData())
      var sampler = sampling.sampler(input, grid)
      agk_sample_backward(
        dtype.kernel, &sampler, inputGradient?.pointer, byGrid.pointer, gradient.pointer,
        x.pointer, places.pointer)
    } else {
      noGrad { _ = byGrid.zero_() }
    }
    if isGradEnabled, requiresGrad || input.requiresGrad || grid.requiresGrad {
      let node = GridSampler2DBackwardBackward0(sampling).saving(self, grid, input)
      for tensor in [self, input, grid] { node.addEdge(to: tensor) }
      // Without the first output the second keeps its number.
      node.adopt([inputGradient ?? Tensor(empty: input.sizes, dtype), byGrid])
    }
    return (inputGradient, byGrid)
  }
}

/// What a sampling was called with.
struct GridSampling {
  let mode: GridSamplingMode
  let padding: GridPaddingMode
  let alignCorners: Bool

  fileprivate init(_ mode: GridSamplingMode, _ padding: GridPaddingMode, _ alignCorners: Bool) {
    self.mode = mode
    self.padding = padding
    self.alignCorners = alignCorners
  }

  private var sampling: agk_sampling {
    switch mode {
    case .bilinear: .AGK_SAMPLE_BILINEAR
    case .nearest: .AGK_SAMPLE_NEAREST
    case .bicubic: .AGK_SAMPLE_BICUBIC
    }
  }

  private var border: agk_sampling_border {
    switch padding {
    case .zeros: .AGK_SAMPLE_ZEROS
    case .border: .AGK_SAMPLE_BORDER
    case .reflection: .AGK_SAMPLE_REFLECTION
    }
  }

  fileprivate func sampler(_ input: Tensor, _ grid: Tensor) -> agk_sampler {
    agk_sampler(
      sampling: sampling, border: border, aligned: alignCorners, batch: Int64(input.sizes[0]),
      channels: Int64(input.sizes[1]), height: Int64(input.sizes[2]),
      width: Int64(input.sizes[3]), places: Int64(grid.sizes[1] * grid.sizes[2]))
  }

  fileprivate var attributes: [String: AttributeValue] {
    [
      "align_corners": .bool(alignCorners), "interpolation_mode": .int(Int(sampling.rawValue)),
      "padding_mode": .int(Int(border.rawValue)),
    ]
  }
}

// MARK: - Derivatives

final class GridSampler2DBackward0: Node {
  private let sampling: GridSampling

  init(_ sampling: GridSampling) {
    self.sampling = sampling
    super.init()
  }

  override class var savedNames: [String] { ["input", "grid"] }
  override var attributes: [String: AttributeValue] { sampling.attributes }

  override func backward(_ g: Tensor) -> Gradients {
    let both = g.sampledBackward(savedValue(0), savedValue(1), sampling, byInput: needs(0))
    return Gradients(both.input, needs(1) ? both.grid : nil)
  }
}

final class GridSampler2DBackwardBackward0: Node {
  private let sampling: GridSampling

  init(_ sampling: GridSampling) {
    self.sampling = sampling
    super.init()
  }

  override class var savedNames: [String] { ["grad_output", "grid", "input"] }
  override var attributes: [String: AttributeValue] { sampling.attributes }

  override func backward(_ gradients: consuming Gradients) throws(AutogradError) -> Gradients {
    let (g, grid, input) = (savedValue(0), savedValue(1), savedValue(2))
    var result: [Tensor?] = [nil, nil, nil]
    if let byInput = gradients[0] {
      if needs(0) { result[0] = byInput.sampled(grid, sampling) }
      if needs(2) { result[2] = g.sampledBackward(byInput, grid, sampling, byInput: false).grid }
    }
    if let byGrid = gradients[1], sampling.mode != .nearest {
      for (i, part) in twice(byGrid, g, input, grid).enumerated() where needs(i) {
        result[i] = result[i].map { $0 + part } ?? part
      }
    }
    return Gradients(result)
  }

  /// What arrived for the grid's gradient goes to what that was made of, to no higher order.
  private func twice(_ h: Tensor, _ g: Tensor, _ input: Tensor, _ grid: Tensor) -> [Tensor] {
    let parts = [g, input, grid].map { Tensor.full($0.sizes, .int(0), $0.dtype) }
    if g.count > 0, input.count > 0 {
      let given = [h, g, input, grid].map { $0.contiguousData() }
      var sampler = sampling.sampler(input, grid)
      agk_sample_twice(
        g.dtype.kernel, &sampler, parts[0].pointer, parts[1].pointer, parts[2].pointer,
        given[0].pointer, given[1].pointer, given[2].pointer, given[3].pointer)
      withExtendedLifetime(given) {}
    }
    return parts.map { part in
      .recorded(part, h, g, input, grid) { NotImplemented("grid_sampler_2d_backward") }
    }
  }
}

// MARK: - Affine grids

extension Tensor {
  /// Grids for `gridSample` that turn, scale, shear and shift images: a matrix for each.
  ///
  /// Floating point only: batch × 2 × 3 for images, batch × 3 × 4 for volumes.
  /// - Parameters:
  ///   - size: the shape of the result of the sampling: batch, channels, height and width, or batch,
  ///     channels, depth, height and width.
  ///   - alignCorners: whether -1 and 1 are the centres of the outermost elements.
  /// - Returns: a tensor of batch × height × width × 2, or with the depth in front and 3.
  public func affineGrid(_ size: [Int], alignCorners: Bool = false) -> Tensor {
    let operation = "affine_grid"
    guard dtype.isFloatingPoint else {
      refuse(
        operation, "Expected theta to have floating point type, but got torch.\(dtype.name)")
    }
    guard 4...5 ~= size.count else {
      refuse(
        operation,
        "only supports 4D and 5D sizes, for 2D and 3D affine transforms, respectively. Got size "
          + "\(size).")
    }
    let n = size.count - 2
    guard sizes.count == 3, sizes[1] == n, sizes[2] == n + 1 else {
      refuse(
        operation,
        "Expected a batch of \(n)D affine matrices of shape Nx\(n)x\(n + 1) for size \(size). Got "
          + "\(sizes).")
    }
    guard size.allSatisfy({ $0 > 0 }) else {
      refuse(operation, "Expected non-zero, positive output size. Got \(size)")
    }
    guard sizes[0] == size[0] else {
      refuse(
        operation,
        "Expected size for first two dimensions of batch2 tensor to be: [\(size[0]), \(n + 1)] but "
          + "got: [\(sizes[0]), \(n + 1)].")
    }
    let grid = noGrad {
      Tensor.baseGrid(size, alignCorners, dtype).bmm(transpose(1, 2))
        .unsafeView(Dims([size[0]] + size[2...] + [n]))
    }
    return grid.recorded(from: self) { AffineGridGeneratorBackward0(size, alignCorners) }
  }

  /// The places of a result of the shape `size`, each with a 1 behind: batch × places × n + 1.
  fileprivate static func baseGrid(_ size: [Int], _ alignCorners: Bool, _ dtype: DType) -> Tensor {
    let n = size.count - 2
    let result = Tensor.full(Dims([size[0]] + size[2...] + [n + 1]), .int(1), dtype)
    noGrad {
      for d in 0..<n {
        let length = size[2 + d]
        var places =
          length > 1
          ? Tensor.linspace(-1, 1, steps: length, dtype: dtype) : Tensor.zeros(length, dtype: dtype)
        if !alignCorners { places = places * Double(length - 1) / Double(length) }
        // The last dimension comes first in a place.
        let shape = (0..<n).map { $0 == d ? length : 1 }
        result.select(dim: -1, index: n - 1 - d).copy_(places.view(shape))
      }
    }
    return result.viewed(Dims([size[0], size[2...].reduce(1, *), n + 1]))
  }
}

final class AffineGridGeneratorBackward0: Node {
  private let size: [Int]
  private let alignCorners: Bool

  init(_ size: [Int], _ alignCorners: Bool) {
    self.size = size
    self.alignCorners = alignCorners
    super.init()
  }

  override var attributes: [String: AttributeValue] {
    ["align_corners": .bool(alignCorners), "size": .ints(size)]
  }

  override func backward(_ g: Tensor) -> Gradients {
    let places = Tensor.baseGrid(size, alignCorners, g.dtype)
    let gradient = g.view([size[0], -1, size.count - 2])
    return Gradients(noGrad { places.transpose(1, 2) }.bmm(gradient).transpose(1, 2))
  }
}
