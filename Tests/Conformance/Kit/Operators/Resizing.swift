// Dimensions in other sizes, channels turned into pixels, and classes into vectors.

import Autograd

let resizingOperators: [String: Operator] = [
  "interpolate": { (call) throws(CallError) in
    let x = try call.input
    let name = try call.text(nil, "mode", default: "nearest")
    guard let mode = InterpolationMode(rawValue: name) else {
      throw .malformed("interpolate knows no mode \(name)")
    }
    let corners =
      call.optional(nil, "align_corners") == nil
      ? nil : try call.bool(nil, "align_corners", default: false)
    if call.optional(nil, "size") != nil {
      if case .list? = call.optional(nil, "size") {
        return [
          x.interpolate(size: try call.ints(nil, "size") ?? [], mode: mode, alignCorners: corners)
        ]
      }
      return [x.interpolate(size: try call.int(nil, "size"), mode: mode, alignCorners: corners)]
    }
    let recomputes = try call.bool(nil, "recompute_scale_factor", default: false)
    if case .list(let list)? = call.optional(nil, "scale_factor") {
      let factors = list.compactMap {
        if case .number(let number) = $0 { number.double } else { nil }
      }
      return [
        x.interpolate(
          scaleFactor: factors, mode: mode, alignCorners: corners,
          recomputeScaleFactor: recomputes)
      ]
    }
    return [
      x.interpolate(
        scaleFactor: try call.number(nil, "scale_factor").double, mode: mode,
        alignCorners: corners, recomputeScaleFactor: recomputes)
    ]
  },
  "grid_sample": { (call) throws(CallError) in
    let mode = try call.text(nil, "mode", default: "bilinear")
    let padding = try call.text(nil, "padding_mode", default: "zeros")
    guard let mode = GridSamplingMode(rawValue: mode),
      let padding = GridPaddingMode(rawValue: padding)
    else { throw .malformed("grid_sample knows no mode \(mode) or padding \(padding)") }
    return [
      try call.input.gridSample(
        try call.tensor(1, "grid"), mode: mode, paddingMode: padding,
        alignCorners: try call.bool(nil, "align_corners", default: false))
    ]
  },
  "affine_grid": { (call) throws(CallError) in
    [
      try call.tensor(0, "theta").affineGrid(
        try call.ints(1, "size") ?? [],
        alignCorners: try call.bool(nil, "align_corners", default: false))
    ]
  },
  "pixel_shuffle": { (call) throws(CallError) in
    [try call.input.pixelShuffle(try call.int(1, "upscale_factor"))]
  },
  "pixel_unshuffle": { (call) throws(CallError) in
    [try call.input.pixelUnshuffle(try call.int(1, "downscale_factor"))]
  },
  "channel_shuffle": { (call) throws(CallError) in
    [try call.input.channelShuffle(try call.int(1, "groups"))]
  },
  "one_hot": { (call) throws(CallError) in
    let classes = call.optional(1, "num_classes") == nil ? nil : try call.int(1, "num_classes")
    return [try call.input.oneHot(numClasses: classes)]
  },
]
