// Palette.swift: the colours of a page, light and dark, as pairs that a test holds to WCAG's contrast.

internal import Glibc

/// Hexadecimal colours by role. Differences never rest on red against green: worse is orange, better is blue, and both carry a mark.
struct Palette: Sendable {
  var paper: String
  var ink: String
  /// Text that matters less.
  var soft: String
  var line: String
  /// Head of tables, frames of pictures.
  var panel: String
  var link: String
  var better: String
  var worse: String
  /// Of heat maps, from much worse to much better; ink is written on each.
  var heat: [String]
  /// Of lines and points.
  var series: [String]

  static let light = Palette(
    paper: "#ffffff", ink: "#1a1a1a", soft: "#595959", line: "#8c8c8c", panel: "#f3f4f6",
    link: "#0b57d0", better: "#00558c", worse: "#9c3a00",
    heat: ["#f2a07b", "#f7c4aa", "#fbe3d6", "#f4f4f4", "#d9e9f5", "#aed2ec", "#7fb8e0"],
    series: ["#00558c", "#9c3a00", "#3f6b00", "#6b3fa0", "#5f5f00", "#a0206a"])

  static let dark = Palette(
    paper: "#14171a", ink: "#f0f0f0", soft: "#b4b8bd", line: "#7d848c", panel: "#20252a",
    link: "#8ab4f8", better: "#7cc0f0", worse: "#f5a97f",
    heat: ["#8a3d14", "#693419", "#45291c", "#2a2e33", "#1d3547", "#1b4866", "#15608f"],
    series: ["#7cc0f0", "#f5a97f", "#a8d468", "#c7a6f2", "#d9d36a", "#f08cc0"])

  /// As custom properties.
  var properties: String {
    let plain = [
      ("paper", paper), ("ink", ink), ("soft", soft), ("line", line), ("panel", panel),
      ("link", link), ("better", better), ("worse", worse),
    ]
    let numbered =
      heat.enumerated().map { ("h\($0)", $1) } + series.enumerated().map { ("s\($0)", $1) }
    return (plain + numbered).map { "--\($0.0):\($0.1)" }.joined(separator: ";")
  }

  /// The contrast ratio of two colours (WCAG 2.2, relative luminance of sRGB).
  static func contrast(_ one: String, _ other: String) -> Double {
    let (a, b) = (luminance(one), luminance(other))
    return (max(a, b) + 0.05) / (min(a, b) + 0.05)
  }

  private static func luminance(_ color: String) -> Double {
    let value = Int(color.dropFirst(), radix: 16) ?? 0
    let channels = [value >> 16 & 255, value >> 8 & 255, value & 255].map { channel -> Double in
      let share = Double(channel) / 255
      return share <= 0.04045 ? share / 12.92 : pow((share + 0.055) / 1.055, 2.4)
    }
    return 0.2126 * channels[0] + 0.7152 * channels[1] + 0.0722 * channels[2]
  }
}
