// An overlay in a theme's colours and borders.

internal import Glibc

/// How a theme draws an overlay.
///
/// What is large stands out against the background, what is small is close to it. The ramp is
/// ColorBrewer's YlGnBu, which people see alike who see colours differently, and which keeps its
/// order in grey.
struct OverlayStyle {
  /// The colours of the scale, from its lower end to its upper, at equal distances.
  var ramp: [Color]
  /// The fill of what has no value and of kinds of boxes that have none.
  var plain: Color
  /// The fill of what is sound.
  var sound: Color
  /// Text on light fills.
  var darkText = Color(0x1f2328)
  /// Text on dark fills.
  var lightText = Color(0xffffff)
  /// The border of what is broken, and the arrows to it.
  var alarm = Color(0xc1121f)
  /// The fill of what is broken.
  var broken = Color(0xfbdcdc)
  /// Where that began: the fill.
  var origin = Color(0xc1121f)
  /// The border and text of what did not run.
  var absent = Color(0x9aa0a6)
  /// Text beside an arrow and above the legend.
  var text = Color(0x1f2328)

  static let light = OverlayStyle(
    ramp: yellowGreenBlue, plain: Color(0xffffff), sound: Color(0xd6e6f2))

  static let dark = OverlayStyle(
    ramp: yellowGreenBlue.reversed(), plain: Color(0x23272e), sound: Color(0x2c4a63),
    lightText: Color(0xe8eaed), alarm: Color(0xff5a5f), broken: Color(0x5c1f26),
    origin: Color(0xff5a5f), absent: Color(0x767d86), text: Color(0xe8eaed))

  /// For paper: grey, and what is broken by its border.
  static let print = OverlayStyle(
    ramp: [Color(0xf2f2f2), Color(0x505050)], plain: Color(0xffffff), sound: Color(0xe4e4e4),
    darkText: Color(0x000000), alarm: Color(0x000000), broken: Color(0xffffff),
    origin: Color(0x000000))

  private static let yellowGreenBlue = [
    0xedf8b1, 0xc7e9b4, 0x7fcdbb, 0x41b6c4, 0x1d91c0, 0x225ea8, 0x253494,
  ].map { Color($0) }

  /// A colour of a screen.
  struct Color: Hashable {
    var red, green, blue: Double

    /// A colour from six hexadecimal digits.
    init(_ digits: Int) {
      red = Double(digits >> 16 & 255) / 255
      green = Double(digits >> 8 & 255) / 255
      blue = Double(digits & 255) / 255
    }

    /// Graphviz's name for it, such as `#ffea46`.
    var text: String {
      let digits = [red, green, blue].map { channel in
        let digits = String(Int((channel * 255).rounded()), radix: 16)
        return digits.count < 2 ? "0" + digits : digits
      }
      return "#" + digits.joined()
    }

    /// The share of white's light that it gives. Source: WCAG 2.2, relative luminance.
    var luminance: Double {
      func linear(_ channel: Double) -> Double {
        channel <= 0.04045 ? channel / 12.92 : pow((channel + 0.055) / 1.055, 2.4)
      }
      return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
    }

    /// The colour at a place between two.
    static func between(_ low: Color, _ high: Color, _ place: Double) -> Color {
      var result = low
      result.red += (high.red - low.red) * place
      result.green += (high.green - low.green) * place
      result.blue += (high.blue - low.blue) * place
      return result
    }
  }

  /// The ramp's colour at a position from 0 to 1.
  func color(at position: Double) -> Color {
    let place = position * Double(ramp.count - 1)
    let below = min(Int(place), ramp.count - 2)
    return .between(ramp[below], ramp[below + 1], place - Double(below))
  }

  /// The attributes of a box of a kind, which PyTorchViz's fill colour names, under a mark.
  func box(
    _ kind: String?, _ level: GraphOverlay.Level?, _ scale: GraphOverlay.Scale?
  ) -> [DotAttribute] {
    var fill = plain
    var styles = ["filled"]
    var attributes: [DotAttribute] = []
    switch kind {
    case DotGraph.FillColor.leaf: styles.append("rounded")
    case DotGraph.FillColor.saved: styles.append("dotted")
    case DotGraph.FillColor.root, DotGraph.FillColor.base:
      attributes.append(DotAttribute("peripheries", "2"))
    default: break
    }
    switch level {
    case .value(let value): if let scale { fill = color(at: scale.position(of: value)) }
    case .sound: fill = sound
    case .zero: styles.append("diagonals")
    case .broken:
      fill = broken
      attributes += [DotAttribute("color", alarm.text), DotAttribute("penwidth", "2.5")]
    case .origin:
      fill = origin
      attributes += [DotAttribute("color", alarm.text), DotAttribute("penwidth", "3")]
    case .absent:
      styles.append("dashed")
      attributes += [DotAttribute("color", absent.text)]
    case .plain, nil: break
    }
    // The better of the two contrasts: both meet where the square of the fill's is their product.
    let distance = fill.luminance + 0.05
    let isLight = distance * distance > (darkText.luminance + 0.05) * (lightText.luminance + 0.05)
    let text = level == .absent ? absent : isLight ? darkText : lightText
    return [DotAttribute("fillcolor", fill.text), DotAttribute("fontcolor", text.text)]
      + attributes + [DotAttribute("style", styles.joined(separator: ","))]
  }

  /// The attributes of an arrow under a mark.
  func arrow(_ mark: GraphOverlay.Mark) -> [DotAttribute] {
    var attributes: [DotAttribute] = []
    if let note = mark.note {
      attributes += [
        DotAttribute("label", note), DotAttribute("fontname", "monospace"),
        DotAttribute("fontsize", "8"),
        DotAttribute("fontcolor", mark.level.isBroken ? alarm.text : text.text),
      ]
    }
    switch mark.level {
    case .broken, .origin:
      attributes += [DotAttribute("color", alarm.text), DotAttribute("penwidth", "2.5")]
    case .absent:
      attributes += [DotAttribute("color", absent.text), DotAttribute("style", "dashed")]
    default: break
    }
    return attributes
  }
}

extension GraphOverlay.Level {
  /// Whether what is not finite is there.
  var isBroken: Bool { self == .broken || self == .origin }

  /// What the legend calls a level that is no value, in the legend's order.
  static let names: [(level: GraphOverlay.Level, text: String)] = [
    (.origin, "not finite from here on"), (.broken, "not finite"), (.zero, "all zero"),
    (.sound, "finite"), (.absent, "did not run"),
  ]
}
