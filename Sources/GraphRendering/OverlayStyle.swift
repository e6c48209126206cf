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
  /// The fill of what is zero.
  var zero: Color
  /// Text on light fills.
  var darkText = Color(0x000000)
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
  /// The border of a box in the legend that has no other.
  var line = Color(0x1f2328)
  /// Text beside an arrow and above the legend.
  var text = Color(0x1f2328)

  static let light = OverlayStyle(
    ramp: yellowGreenBlue, plain: Color(0xffffff), sound: Color(0xd6e6f2),
    zero: Color(0xd3d6da))

  static let dark = OverlayStyle(
    ramp: yellowGreenBlue.reversed(), plain: Color(0x23272e), sound: Color(0x2c4a63),
    zero: Color(0x4b5058),
    alarm: Color(0xff5a5f), broken: Color(0x5c1f26),
    origin: Color(0xff5a5f), absent: Color(0x767d86), line: Color(0x9aa3af), text: Color(0xe8eaed))

  /// For paper: grey, and what is broken by its border.
  static let print = OverlayStyle(
    ramp: [Color(0xf2f2f2), Color(0x505050)], plain: Color(0xffffff), sound: Color(0xe4e4e4),
    zero: Color(0xffffff),
    alarm: Color(0x000000), broken: Color(0xffffff),
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

    /// The share of white's light that it gives.
    ///
    /// Source: WCAG 2.2, relative luminance.
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

  /// How a box looks, in the graph and in the legend.
  struct Look {
    var fill: Color
    var text: Color
    /// Nil for the theme's.
    var border: Color?
    var width = 1.0
    /// Graphviz's styles of borders: `rounded`, `dotted`, `dashed`.
    var borderStyle: [String] = []
  }

  /// The look of a box of a kind, which PyTorchViz's fill colour names, under a mark.
  func look(
    _ kind: String?, _ level: GraphOverlay.Level?, _ scale: GraphOverlay.Scale?
  ) -> Look {
    var look = Look(fill: plain, text: darkText)
    switch kind {
    case DotGraph.FillColor.leaf: look.borderStyle.append("rounded")
    case DotGraph.FillColor.saved: look.borderStyle.append("dotted")
    case DotGraph.FillColor.root, DotGraph.FillColor.base: look.width = 2
    default: break
    }
    switch level {
    case .value(let value): if let scale { look.fill = color(at: scale.position(of: value)) }
    case .sound: look.fill = sound
    case .zero: look.fill = zero
    case .broken: (look.fill, look.border, look.width) = (broken, alarm, 2.5)
    case .origin: (look.fill, look.border, look.width) = (origin, alarm, 3)
    case .absent:
      look.border = absent
      look.borderStyle.append("dashed")
    case .plain, nil: break
    }
    look.text = level == .absent ? absent : isLight(look.fill) ? darkText : lightText
    return look
  }

  /// Whether dark text has the better contrast: both meet where the square of the fill's luminance
  /// is their product.
  private func isLight(_ fill: Color) -> Bool {
    let distance = fill.luminance + 0.05
    return distance * distance > (darkText.luminance + 0.05) * (lightText.luminance + 0.05)
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

extension OverlayStyle.Look {
  /// The look as a node's attributes.
  var attributes: [DotAttribute] {
    var result = [DotAttribute("fillcolor", fill.text), DotAttribute("fontcolor", text.text)]
    if let border { result.append(DotAttribute("color", border.text)) }
    if width != 1 { result.append(DotAttribute("penwidth", penWidth)) }
    if !borderStyle.isEmpty {
      result.append(DotAttribute("style", (["filled"] + borderStyle).joined(separator: ",")))
    }
    return result
  }

  private var penWidth: String {
    width == width.rounded() ? "\(Int(width))" : "\(width)"
  }

  /// The look as a cell of a table in Graphviz's markup, with a text of ours.
  func cell(_ text: String, line: OverlayStyle.Color) -> String {
    let styles = borderStyle.isEmpty ? "" : " STYLE=\"\(borderStyle.joined(separator: ","))\""
    return """
      <TD BORDER="\(Int(width.rounded(.up)))" COLOR="\((border ?? line).text)" \
      BGCOLOR="\(fill.text)"\(styles)><FONT COLOR="\(self.text.text)">\(markup(text))</FONT></TD>
      """
  }
}

/// A text with nothing in it that Graphviz's markup would take for its own, and its lines broken.
func markup(_ text: String) -> String {
  var result = ""
  for scalar in escaped(text).unicodeScalars {
    switch scalar {
    case "<": result += "&lt;"
    case ">": result += "&gt;"
    case "\"": result += "&quot;"
    case "\n": result += "<BR/>"
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result
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
